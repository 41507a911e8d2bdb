//! Why letters can't be counted.

use std::path::PathBuf;

use tokenkaart_token::{files::FileError, run_files::journal::JournalError, shell::shown};

use crate::{read::ListError, run::FinishedError};

/// Why letters can't be counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconcileError {
    /// A run can't be read.
    #[error(transparent)]
    Run(#[from] FinishedError),
    /// A list of scans can't be read.
    #[error(transparent)]
    List(#[from] ListError),
    /// The list of letters to reissue can't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A list of letters to reissue inside a run, where nothing is to be added.
    #[error(
        "{}: is inside the run {}, which takes no other files; choose a place outside",
        shown(.path), shown(.run)
    )]
    InRun {
        /// The list.
        path: PathBuf,
        /// The run's folder.
        run: PathBuf,
    },
    /// The list of what there should be.
    #[error(
        "{}: is the list of envelopes of {}, which says what should be there and not what was \
         read; give the list that the camera wrote",
        shown(.path), shown(.run)
    )]
    Expected {
        /// The list.
        path: PathBuf,
        /// The run's folder.
        run: PathBuf,
    },
    /// A manifest that counts letters which its bundles don't have.
    #[error(
        "{}: its manifest counts {holders} holders, and its bundles have others; check the run",
        shown(.run)
    )]
    Holders {
        /// The run's folder.
        run: PathBuf,
        /// What the manifest counts.
        holders: u64,
    },
    /// A run that reissued none of these letters.
    #[error(
        "{}: its records void no serial of the letters that are counted; name a run that \
         reissued some of them",
        shown(.run)
    )]
    VoidsNone {
        /// The run's folder.
        run: PathBuf,
    },
    /// Lists of no rows.
    #[error(
        "{}: has a header and no rows, so each letter would be missing; give the list that the \
         camera wrote",
        shown(.path)
    )]
    NoRows {
        /// The first of them.
        path: PathBuf,
    },
    /// No row names a letter of these runs, so that each letter would be missing.
    #[error(
        "{}: none of its {rows} rows names a letter of this run, so each letter would be missing; {first}",
        shown(.path)
    )]
    NoLetter {
        /// The first of the lists.
        path: PathBuf,
        /// The rows of all lists.
        rows: u64,
        /// What is wrong with the first of them.
        first: String,
    },
    /// No row of the lists of returned letters names one of these runs.
    #[error("{}: none of its {rows} rows names a letter of this run; {first}", shown(.path))]
    NoneReturned {
        /// The first of the lists.
        path: PathBuf,
        /// The rows of all lists.
        rows: u64,
        /// What is wrong with the first of them.
        first: String,
    },
    /// A letter that the journal has and the records haven't.
    #[error("{}: no record has the token of letter {sequence}; check the run", shown(.run))]
    NoRecord {
        /// The run's folder.
        run: PathBuf,
        /// The letter's place in the run, from 1.
        sequence: u64,
    },
    /// Numbers that may be of any of several runs.
    #[error(
        "{}: it has the sequence alone, which each of the {runs} runs has; give a list with \
         the marks or the serials, or reconcile each run alone",
        shown(.path)
    )]
    WhichRun {
        /// The list.
        path: PathBuf,
        /// How many runs there are.
        runs: usize,
    },
}

impl From<JournalError> for ReconcileError {
    fn from(error: JournalError) -> Self {
        Self::Run(error.into())
    }
}
