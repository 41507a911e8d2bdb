//! What is wrong with records, and where; a list that is cut, and a count that isn't.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::{
    hash::{DearScheme, WeakScheme},
    holder::HolderId,
    listed::Listed,
    record::RecordError,
    shell::shown,
    token::Serial,
};

/// One thing that is wrong.
#[derive(Debug)]
pub struct RecordFault {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; none when it is the file.
    pub line: Option<u64>,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with a record or a file of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// No record.
    #[error("the line {0}")]
    Record(RecordError),
    /// Bytes that are no text.
    #[error("the line is not UTF-8, so it is not a record")]
    NotText,
    /// More bytes than any record has.
    #[error("the line is longer than any record; is this a file of records?")]
    TooLong,
    /// The file ends in the middle of a line.
    #[error("the last line is cut off; get the whole file")]
    CutOff,
    /// A file without records.
    #[error("there are no records in it; is this a file of records?")]
    Empty,
    /// A record and the manifest tell different things.
    #[error("the record and the manifest differ in {0}")]
    Differs(&'static str),
    /// More or fewer than the manifest says.
    #[error("the manifest lists {listed} records and {found} are there")]
    Count {
        /// As the manifest has it.
        listed: u64,
        /// As found.
        found: u64,
    },
    /// Not the bytes that the run wrote.
    #[error("changed since the run wrote it (its size or SHA-256 is not the listed one)")]
    Changed,
    /// Other bytes than a moment ago.
    #[error("changed while it was read; try again when nobody writes to it")]
    ChangedNow,
    /// A listed file is gone.
    #[error("the manifest lists this file and it is not there")]
    Missing,
    /// A link, a folder or a device in a file's place.
    #[error("this is not a plain file")]
    NotAFile,
    /// An entry of the manifest that leads elsewhere.
    #[error("the manifest lists a file that is not in the run folder; it was left alone")]
    Outside,
    /// Hashes that cost whoever verifies them too much.
    #[error("{0}")]
    Dear(DearScheme),
    /// Hashes that are made too cheaply.
    #[error("{0}")]
    Weak(WeakScheme),
    /// A holder has two tokens in what is read.
    #[error("holder {holder} has another record, on line {line} of {}", shown(.file))]
    HolderTwice {
        /// The holder.
        holder: HolderId,
        /// The file of the earlier record.
        file: PathBuf,
        /// Its line.
        line: u64,
    },
    /// A holder has tokens in two runs, and it can't be told which of them is the newer one.
    #[error(
        "holder {holder} has another record of the same day, on line {line} of {}, and neither \
         voids the other; import the run with the older card first, by itself",
        shown(.file)
    )]
    HolderInTwo {
        /// The holder.
        holder: HolderId,
        /// The file of the other record.
        file: PathBuf,
        /// Its line.
        line: u64,
    },
    /// A serial that stands twice in what is read.
    #[error("serial {serial} has another record, on line {line} of {}", shown(.file))]
    SerialTwice {
        /// The serial.
        serial: Serial,
        /// The file of the earlier record.
        file: PathBuf,
        /// Its line.
        line: u64,
    },
    /// Another manifest of a run that the store has.
    #[error(
        "the store has this run already, by another manifest; one of the two is not of your runs"
    )]
    OtherManifest,
    /// A record that voids somebody else's token.
    #[error("it voids {serial}, which is another holder's token")]
    VoidsForeign {
        /// The token that it voids.
        serial: Serial,
    },
    /// A token that came into the store as one of this run, and is none.
    #[error(
        "the store has token {serial} by an earlier call for this run, and no record has it: the files \
         were changed in the middle of that call, and what it loaded is never used; issue these cards \
         again"
    )]
    NotOfRun {
        /// The token.
        serial: Serial,
    },
    /// Another record of a serial that the store has.
    #[error(
        "serial {serial} is in the store already, with another record; one of the two is not of \
         your runs"
    )]
    OtherRecord {
        /// The serial.
        serial: Serial,
    },
}

impl RecordFault {
    pub(super) fn in_file(file: &Path, why: Why) -> Self {
        Self { file: file.to_owned(), line: None, why }
    }
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(&self.file))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.why)
    }
}

/// All that is wrong.
pub type Faults = Listed<RecordFault>;
