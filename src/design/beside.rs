//! A design in a file, with its artwork in files beside it.

use std::path::Path;

use tokenkaart_token::{
    files::{self, FileError},
    shell::shown,
    token::CodeFormat,
};

use super::{artwork::MAX_BYTES as MAX_ARTWORK_BYTES, element::Design, fault::DesignError, file};

/// The largest design file, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Why a design could not be taken from its file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DesignFileError {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its text is in another encoding.
    #[error("{path}:{line}: this is not UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// The file, as a message shows it.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// There is no such design, or something is wrong with it.
    #[error(transparent)]
    Design(#[from] DesignError),
}

impl Design {
    /// A design by its name, or by its file in a folder if the name ends in `.toml`.
    ///
    /// # Errors
    /// [`DesignFileError`].
    pub fn by_name(name: &str, folder: &Path) -> Result<Self, DesignFileError> {
        let path = Path::new(name);
        let is_file =
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        if is_file { Self::open(&folder.join(path), None) } else { Ok(Self::built_in(name)?) }
    }

    /// A design in a file; where a format is given, that its codes are too small is a fault too.
    ///
    /// # Errors
    /// [`DesignFileError`].
    pub fn open(path: &Path, format: Option<&CodeFormat>) -> Result<Self, DesignFileError> {
        let text = String::from_utf8(files::read_whole(path, MAX_BYTES)?).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            DesignFileError::NotUtf8 { path: shown(path), line }
        })?;
        let folder = files::folder_of(path);
        let name = path.display().to_string();
        Ok(file::parse(&name, &text, &mut |file| artwork(folder, file), format)?)
    }
}

/// An artwork file's bytes. A design may come from somebody else, so it names no file outside its
/// own folder, be it by a link.
fn artwork(folder: &Path, file: &str) -> Result<Vec<u8>, String> {
    let outside = || "it lies outside the design's folder; copy it beside the design".to_owned();
    let path = files::inside(folder, file).ok_or_else(outside)?;
    if let (Ok(folder), Ok(path)) = (folder.canonicalize(), path.canonicalize())
        && !path.starts_with(&folder)
    {
        return Err(outside());
    }
    files::read_whole(&path, MAX_ARTWORK_BYTES).map_err(|error| error.to_string())
}
