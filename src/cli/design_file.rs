//! Designs and fonts by their names and files.

use std::path::Path;

use tokenkaart::{
    design::{Design, DesignError, MAX_ARTWORK_BYTES},
    layout::{FallbackFont, MAX_FALLBACK_BYTES},
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{files, shell::shown, token::CodeFormat};

/// The largest design file, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A design by its name, or by its file if the name ends in `.toml`.
pub(super) fn load(name: &str) -> Result<Design, Failure> {
    let path = Path::new(name);
    let is_file = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    if is_file { read(path) } else { Ok(Design::built_in(name)?) }
}

/// A font for names that the program's own fonts can't set.
pub(super) fn fallback_font(path: &Path) -> Result<FallbackFont, Failure> {
    let bytes = files::read_whole(path, MAX_FALLBACK_BYTES)?;
    FallbackFont::parse(bytes).map_err(|error| Failure::new(format!("{}: {error}", shown(path))))
}

/// A design by its file.
fn read(path: &Path) -> Result<Design, Failure> {
    with_text(path, |name, text, artwork| Design::parse(name, text, artwork))
}

/// A design by its file, which has room for codes as they are usually.
pub(super) fn check(path: &Path) -> Result<Design, Failure> {
    with_text(path, |name, text, artwork| {
        Design::parse_for(name, text, artwork, &CodeFormat::default())
    })
}

/// Gives an artwork file's bytes.
type Loader<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>;

fn with_text(
    path: &Path,
    parse: impl FnOnce(&str, &str, Loader<'_>) -> Result<Design, DesignError>,
) -> Result<Design, Failure> {
    let name = path.display().to_string();
    let text = String::from_utf8(files::read_whole(path, MAX_BYTES)?).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .split(|byte| *byte == b'\n')
            .count();
        Failure::new(format!("{}:{line}: this is not UTF-8; save the file as UTF-8", shown(path)))
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(parse(&name, &text, &mut |file| artwork(folder, file))?)
}

/// An artwork file's bytes. A design may come from somebody else, so it names no file outside its
/// own folder, be it by a link.
fn artwork(folder: &Path, file: &str) -> Result<Vec<u8>, String> {
    let outside = || "it lies outside the design's folder; copy it beside the design".to_owned();
    let path = files::inside(folder, file).ok_or_else(outside)?;
    if let (Ok(folder), Ok(path)) = (folder_or_here(folder).canonicalize(), path.canonicalize())
        && !path.starts_with(&folder)
    {
        return Err(outside());
    }
    files::read_whole(&path, MAX_ARTWORK_BYTES).map_err(|error| error.to_string())
}

fn folder_or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
