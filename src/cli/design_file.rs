//! Designs and fonts by their names and files.

use std::path::Path;

use tokenkaart::{
    design::{Design, DesignFileError},
    layout::{FallbackFont, MAX_FALLBACK_BYTES},
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{files, shell::shown, token::CodeFormat};

/// A design by its name, or by its file if the name ends in `.toml`.
pub(super) fn load(name: &str) -> Result<Design, Failure> {
    Design::by_name(name, Path::new("")).map_err(told)
}

/// A font for names that the program's own fonts can't set.
pub(super) fn fallback_font(path: &Path) -> Result<FallbackFont, Failure> {
    let bytes = files::read_whole(path, MAX_FALLBACK_BYTES)?;
    FallbackFont::parse(bytes).map_err(|error| Failure::new(format!("{}: {error}", shown(path))))
}

/// A design by its file, which has room for codes as they are usually.
pub(super) fn check(path: &Path) -> Result<Design, Failure> {
    Design::open(path, Some(&CodeFormat::default())).map_err(told)
}

/// The error itself, of which it is known what to do about it.
fn told(error: DesignFileError) -> Failure {
    match error {
        DesignFileError::File(error) => error.into(),
        DesignFileError::Design(error) => error.into(),
        other => other.into(),
    }
}
