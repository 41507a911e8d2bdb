//! Why there is no export.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokenkaart_token::{files::FileError, record::RecordError, run_files::records::Faults};

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Something is wrong with the records.
    #[error("{0}\nnothing was exported")]
    Faulty(Faults),
    /// A file can't be read or made.
    #[error(transparent)]
    File(#[from] FileError),
    /// What was begun can't be written to its end.
    #[error("cannot write {}: {source}", path.as_ref().map_or_else(
        || "to standard output".to_owned(), |path| path.display().to_string()
    ))]
    Write {
        /// The file; none for a stream.
        path: Option<PathBuf>,
        /// Why, in the system's words.
        source: io::Error,
    },
    /// A record that has no text.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// It was asked to stop.
    #[error("stopped; nothing was exported")]
    Stopped,
}

/// Why the second reading, that writes, ended early.
pub(super) enum Broken {
    Write(io::Error),
    Other(ExportError),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<FileError> for Broken {
    fn from(error: FileError) -> Self {
        Self::Other(error.into())
    }
}

impl From<RecordError> for Broken {
    fn from(error: RecordError) -> Self {
        Self::Other(error.into())
    }
}

impl Broken {
    /// The same of the file that was written, if it was one.
    pub(super) fn at(self, path: Option<&Path>) -> ExportError {
        match self {
            Self::Write(source) => ExportError::Write { path: path.map(Path::to_owned), source },
            Self::Other(error) => error,
        }
    }
}
