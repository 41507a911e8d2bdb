//! What should be known of the lists themselves.

use std::{fmt, path::PathBuf};

use tokenkaart_token::shell::shown;

use crate::read::listed;

/// Something about a list that changes no count by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// No column says how a letter is.
    NoStatus {
        /// The list.
        path: PathBuf,
    },
    /// The sequence alone names the letters, as those of any run.
    NamesNoRun {
        /// The list.
        path: PathBuf,
    },
    /// Columns of another meaning.
    ColumnsNotUsed {
        /// The list.
        path: PathBuf,
        /// Their headers.
        columns: Vec<String>,
    },
    /// A header, and no row.
    NoRows {
        /// The list.
        path: PathBuf,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStatus { path } => write!(
                f,
                "{}: no column says which are spoilt, so each row is one that was read as good",
                shown(path)
            ),
            Self::NamesNoRun { path } => write!(
                f,
                "{}: it has the sequence alone, so it is taken on trust that it is of this run",
                shown(path)
            ),
            Self::ColumnsNotUsed { path, columns } => {
                write!(f, "{}: columns that are not used: {}", shown(path), listed(columns))
            }
            Self::NoRows { path } => write!(f, "{}: has no rows", shown(path)),
        }
    }
}
