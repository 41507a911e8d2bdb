//! The bytes of a holder file, which can be read more than once.

use std::{
    fs::File,
    io::{self, Cursor, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::{error::ReadError, survey::Survey};

/// A holder file, or what came in its stead through a pipe.
#[derive(Debug)]
pub struct Input {
    path: PathBuf,
    /// The bytes that a file had when it was opened.
    size: Option<u64>,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    File(File),
    Memory(Cursor<Vec<u8>>),
}

impl Input {
    /// What can't be read twice, a pipe, is held in memory up to this many bytes.
    pub const MAX_PIPED_BYTES: u64 = 256 << 20;

    /// Opens a file; a named pipe is read to its end.
    ///
    /// # Errors
    /// [`ReadError::NotFound`], [`ReadError::IsFolder`], [`ReadError::Unreadable`], and
    /// [`ReadError::TooLarge`] for a pipe.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ReadError::NotFound { path: path.to_owned() },
            io::ErrorKind::IsADirectory => ReadError::IsFolder { path: path.to_owned() },
            _ => ReadError::Unreadable { path: path.to_owned(), source },
        };
        // Asked before opening, for Windows opens no folder and blames the permissions.
        if std::fs::metadata(path).map_err(refused)?.is_dir() {
            return Err(ReadError::IsFolder { path: path.to_owned() });
        }
        let file = File::open(path).map_err(refused)?;
        let found = file.metadata().map_err(refused)?;
        if found.is_file() {
            let (path, size) = (path.to_owned(), Some(found.len()));
            Ok(Self { path, size, bytes: Bytes::File(file) })
        } else {
            Self::from_reader(path, file)
        }
    }

    /// Reads a stream to its end, standard input for example; the name is for messages.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`], and [`ReadError::TooLarge`] over [`Input::MAX_PIPED_BYTES`].
    pub fn from_reader(name: &Path, reader: impl Read) -> Result<Self, ReadError> {
        Self::hold(name, reader, Self::MAX_PIPED_BYTES)
    }

    fn hold(name: &Path, reader: impl Read, max: u64) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        reader
            .take(max + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| ReadError::Unreadable { path: name.to_owned(), source })?;
        if bytes.len() as u64 > max {
            return Err(ReadError::TooLarge {
                path: name.to_owned(),
                max_mebibytes: max >> 20,
                unpacked: false,
            });
        }
        let bytes = Bytes::Memory(Cursor::new(bytes));
        Ok(Self { path: name.to_owned(), size: None, bytes })
    }

    /// The same file once more; what came through a pipe is in memory and can't change.
    fn again(&self) -> io::Result<Option<Self>> {
        let Bytes::File(file) = &self.bytes else { return Ok(None) };
        let bytes = Bytes::File(file.try_clone()?);
        Ok(Some(Self { path: self.path.clone(), size: self.size, bytes }))
    }

    /// Looks whether there were fewer bytes than when the file was opened.
    pub(super) fn require_uncut(&self, bytes: u64) -> Result<(), ReadError> {
        if self.size.is_some_and(|size| bytes < size) {
            return Err(ReadError::Changed { path: self.path.clone() });
        }
        Ok(())
    }

    /// The file's name, as messages give it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// What a file's bytes were when they were first looked at.
pub(super) struct Original {
    path: PathBuf,
    sha256: [u8; 32],
    /// The same bytes once more; none of a pipe.
    again: Option<Input>,
}

impl Original {
    pub(super) fn new(input: &Input, sha256: [u8; 32]) -> io::Result<Self> {
        Ok(Self { path: input.path.clone(), sha256, again: input.again()? })
    }

    pub(super) const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Looks whether the bytes are still the same.
    pub(super) fn require_unchanged(&mut self) -> Result<(), ReadError> {
        let path = || self.path.clone();
        let Some(again) = &mut self.again else { return Ok(()) };
        let survey = again
            .rewind()
            .and_then(|()| Survey::take(again, None))
            .map_err(|source| ReadError::Unreadable { path: path(), source })?;
        if survey.sha256 == self.sha256 { Ok(()) } else { Err(ReadError::Changed { path: path() }) }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.bytes {
            Bytes::File(file) => file.read(buffer),
            Bytes::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        match &mut self.bytes {
            Bytes::File(file) => file.seek(position),
            Bytes::Memory(bytes) => bytes.seek(position),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_and_a_file_that_is_not_there_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let error = Input::open(folder.path()).unwrap_err();
        assert!(matches!(error, ReadError::IsFolder { .. }), "{error}");
        let error = Input::open(&folder.path().join("none.csv")).unwrap_err();
        assert!(matches!(error, ReadError::NotFound { .. }), "{error}");
    }

    #[test]
    fn an_endless_stream_is_refused() {
        let error = Input::hold(Path::new("-"), io::repeat(b'x'), 1 << 20).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { unpacked: false, .. }), "{error}");
    }
}
