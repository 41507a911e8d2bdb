//! Designs and fonts by their names and files.

use std::path::Path;

use tokenkaart::{
    design::{Design, MAX_ARTWORK_BYTES},
    layout::{FallbackFont, MAX_FALLBACK_BYTES},
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{files, shell::shown};

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
pub(super) fn read(path: &Path) -> Result<Design, Failure> {
    let name = path.display().to_string();
    let text = String::from_utf8(files::read_whole(path, MAX_BYTES)?).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .split(|byte| *byte == b'\n')
            .count();
        Failure::new(format!("{}:{line}: this is not UTF-8; save the file as UTF-8", shown(path)))
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut artwork = |file: &str| {
        let bytes = files::read_whole(&folder.join(file), MAX_ARTWORK_BYTES);
        bytes.map_err(|error| error.to_string())
    };
    Ok(Design::parse(&name, &text, &mut artwork)?)
}
