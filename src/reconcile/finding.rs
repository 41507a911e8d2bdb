//! What is found of letters and rows, and what it is called.

use std::{fmt, path::PathBuf};

use tokenkaart_token::{shell::shown, token::Serial};

use super::scans::{ForeignRow, UnreadableRow};
use crate::read::Excerpt;

/// A row of a list of scans.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScanRow {
    /// The list.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: u64,
}

/// A letter of a run; a card in a run without letters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Letter {
    /// The run's folder.
    pub run: PathBuf,
    /// Its place in the run, from 1.
    pub sequence: u64,
    /// The serial of its card.
    pub serial: Serial,
    /// The file that it is in, from the run folder.
    pub file: String,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// A letter that no row names.
    Missing(Letter),
    /// A page that was read as good more than once: there are two papers of one token.
    Double {
        /// Where it was read again.
        row: ScanRow,
        /// The letter.
        letter: Letter,
    },
    /// A letter that is spoilt.
    Spoilt {
        /// Where that is said.
        row: ScanRow,
        /// The letter.
        letter: Letter,
        /// Whether it was read as good too, which need not mean that there are two.
        is_good_too: bool,
    },
    /// A letter of which it isn't understood how it is.
    Unclear {
        /// Where that is said.
        row: ScanRow,
        /// The letter.
        letter: Letter,
        /// What is said.
        status: Excerpt,
    },
    /// A letter that was read as good and was reissued, so that its codes are void.
    Void {
        /// The letter.
        letter: Letter,
        /// The run that replaces it.
        by: PathBuf,
    },
    /// A letter that was reissued already.
    Reissued {
        /// The letter.
        letter: Letter,
        /// What became of it.
        was: &'static str,
        /// The run that replaces it.
        by: PathBuf,
    },
    /// A letter of another run.
    Foreign {
        /// The row.
        row: ScanRow,
        /// What it names.
        what: ForeignRow,
    },
    /// A row that names nothing.
    Unreadable {
        /// The row.
        row: ScanRow,
        /// What is wrong with it.
        what: UnreadableRow,
    },
}

impl fmt::Display for ScanRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", shown(&self.path), self.line)
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, sequence, serial, file } = self;
        write!(f, "letter {sequence} (serial {serial}, {})", shown(&run.join(file)))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(letter) => {
                write!(f, "missing: {letter} was not read; look for it, or reissue it")
            }
            Self::Double { row, letter } => write!(
                f,
                "DOUBLE: {row}: {letter} was read as good before, so two papers may have its \
                 codes: hold both back, and reissue it"
            ),
            Self::Spoilt { row, letter, is_good_too: false } => {
                write!(f, "spoilt: {row}: {letter}; destroy it, and reissue it")
            }
            Self::Spoilt { row, letter, is_good_too: true } => write!(
                f,
                "spoilt: {row}: {letter} was read as good too: see that it is not posted, destroy \
                 it, and reissue it"
            ),
            Self::Unclear { row, letter, status } => write!(
                f,
                "unclear: {row}: {letter}: the status \"{status}\" is unknown; look at it, and \
                 write ok or spoilt"
            ),
            Self::Void { letter, by } => write!(
                f,
                "VOID: {letter} was read as good, and was reissued in {}: see that it is not \
                 posted, and destroy it",
                shown(by)
            ),
            Self::Reissued { letter, was, by } => {
                write!(f, "reissued: {letter}, {was}, in {}", shown(by))
            }
            Self::Foreign { row, what } => write!(f, "foreign: {row}: {what}"),
            Self::Unreadable { row, what } => write!(f, "unreadable: {row}: {what}"),
        }
    }
}
