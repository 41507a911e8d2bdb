//! What became of each letter of a run, by what the inserting machine's camera read.
//!
//! Of each letter some bits are kept, so that a list of a million rows takes no more memory than
//! the letters do. Nothing is believed that a run does not bear out: a row names a letter of the
//! run, or it is told as foreign or unreadable.

mod letters;
mod scans;

use std::{
    collections::HashMap,
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
};

pub use self::scans::{ForeignRow, UnreadableRow};
use self::{
    letters::{Letters, State},
    scans::{Read, Scans, SerialIndex},
};
use crate::{
    files::{Act, FileError, Writing},
    read::{ListError, shown},
    run::{Finished, FinishedError},
    token::Serial,
};

/// Findings of each kind that are listed; all are counted.
pub const MAX_LISTED: usize = 50;
/// The first line of the list of letters that are to be made anew.
const TO_REISSUE: &str = "serial,sequence,reason\n";

/// A row of a list of scans.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
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
        row: Row,
        /// The letter.
        letter: Letter,
    },
    /// A letter that is spoilt.
    Spoilt {
        /// Where that is said.
        row: Row,
        /// The letter.
        letter: Letter,
        /// Whether it was read as good too, which need not mean that there are two.
        is_good_too: bool,
    },
    /// A letter of another run.
    Foreign {
        /// The row.
        row: Row,
        /// What it names.
        what: ForeignRow,
    },
    /// A row that names nothing.
    Unreadable {
        /// The row.
        row: Row,
        /// What is wrong with it.
        what: UnreadableRow,
    },
}

impl fmt::Display for Row {
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
                write!(f, "missing: {letter} was not read; look for it, or make it anew")
            }
            Self::Double { row, letter } => write!(
                f,
                "DOUBLE: {row}: {letter} was read as good before, so two papers may have its \
                 codes: hold both back, and make it anew"
            ),
            Self::Spoilt { row, letter, is_good_too: false } => {
                write!(f, "spoilt: {row}: {letter}; destroy it, and make it anew")
            }
            Self::Spoilt { row, letter, is_good_too: true } => write!(
                f,
                "spoilt: {row}: {letter} was read as good too: see that it is not posted, destroy \
                 it, and make it anew"
            ),
            Self::Foreign { row, what } => write!(f, "foreign: {row}: {what}"),
            Self::Unreadable { row, what } => write!(f, "unreadable: {row}: {what}"),
        }
    }
}

/// The first findings of a kind, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The first [`MAX_LISTED`].
    pub first: Vec<Finding>,
    /// How many there are: letters, or of what is foreign or unreadable, rows.
    pub total: u64,
}

impl Findings {
    fn list(&mut self, finding: Finding) {
        if self.first.len() < MAX_LISTED {
            self.first.push(finding);
        }
    }

    fn add(&mut self, finding: Finding) {
        self.total += 1;
        self.list(finding);
    }
}

/// What became of the letters.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Letters of all runs.
    pub letters: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Letters that no row names.
    pub missing: Findings,
    /// Letters of which a page was read as good more than once.
    pub double: Findings,
    /// Letters that are spoilt.
    pub spoilt: Findings,
    /// Rows that name a letter of another run.
    pub foreign: Findings,
    /// Rows that name nothing.
    pub unreadable: Findings,
    /// Letters that are missing, double or spoilt.
    pub to_reissue: u64,
}

impl Account {
    /// Whether each letter was read once as good, and nothing else was read.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.to_reissue == 0 && self.foreign.total == 0 && self.unreadable.total == 0
    }

    /// All findings that are listed, the worst first.
    pub fn findings(&self) -> impl Iterator<Item = &Findings> {
        [&self.double, &self.spoilt, &self.missing, &self.foreign, &self.unreadable].into_iter()
    }
}

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
    /// The list of what is to be made anew can't be written.
    #[error(transparent)]
    File(#[from] FileError),
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

impl From<crate::journal::JournalError> for ReconcileError {
    fn from(error: crate::journal::JournalError) -> Self {
        Self::Run(error.into())
    }
}

/// A letter by its run's place in the list of runs, from 0, and its own in the run, from 1.
type Place = (usize, u64);

/// A row that is to be told of a letter, when it is known which serial that has.
struct Noted {
    row: Row,
    place: Place,
    is_double: bool,
}

/// Holds what was scanned to the letters of a run, or of several shards of one, and writes the
/// serials of those that are to be made anew into a new file, if there are any.
///
/// # Errors
/// [`ReconcileError`] when a run or a list can't be read, or the new file can't be written.
pub fn reconcile(
    runs: &[Finished],
    scans: &[PathBuf],
    to_reissue: Option<&Path>,
) -> Result<Account, ReconcileError> {
    let mut account = Account::default();
    let mut letters: Vec<Letters> = runs.iter().map(|run| Letters::of(run.manifest())).collect();
    account.letters = runs.iter().map(|run| run.manifest().holders).sum();
    let mut noted: Vec<Noted> = Vec::new();
    let mut listed = [0; 2];
    let mut serials = SerialIndex::default();
    for path in scans {
        for read in Scans::open(path, runs, &mut serials)? {
            let (line, read) = read?;
            account.rows += 1;
            let row = Row { path: path.clone(), line };
            let (place, is_double) = match read {
                Read::Good { place, page } => {
                    if !letters[place.0].good(place.1, page) {
                        continue;
                    }
                    (place, true)
                }
                Read::Spoilt { place } => {
                    letters[place.0].spoilt(place.1);
                    (place, false)
                }
                Read::Foreign(what) => {
                    account.foreign.add(Finding::Foreign { row, what });
                    continue;
                }
                Read::Unreadable(what) => {
                    account.unreadable.add(Finding::Unreadable { row, what });
                    continue;
                }
            };
            let listed = &mut listed[usize::from(is_double)];
            if *listed < MAX_LISTED {
                *listed += 1;
                noted.push(Noted { row, place, is_double });
            }
        }
    }
    settle(runs, &letters, noted, to_reissue, &mut account)?;
    Ok(account)
}

/// Looks at each letter once more, with its serial.
fn settle(
    runs: &[Finished],
    letters: &[Letters],
    noted: Vec<Noted>,
    to_reissue: Option<&Path>,
    account: &mut Account,
) -> Result<(), ReconcileError> {
    let mut wanted: HashMap<Place, Option<Letter>> =
        noted.iter().map(|noted| (noted.place, None)).collect();
    let mut list: Option<Writing> = None;
    for (index, (run, letters)) in runs.iter().zip(letters).enumerate() {
        for bundle in run.bundles()? {
            let bundle = bundle?;
            for (sequence, serial) in (bundle.first..).zip(&bundle.serials) {
                let letter = || Letter {
                    run: run.folder().to_owned(),
                    sequence,
                    serial: serial.clone(),
                    file: bundle.cards.path.clone(),
                };
                if let Some(letter_wanted) = wanted.get_mut(&(index, sequence)) {
                    *letter_wanted = Some(letter());
                }
                let reason = match letters.state(sequence) {
                    State::Good => continue,
                    State::Missing => {
                        account.missing.add(Finding::Missing(letter()));
                        "missing"
                    }
                    State::Double => {
                        account.double.total += 1;
                        "double"
                    }
                    State::Spoilt => {
                        account.spoilt.total += 1;
                        "spoilt"
                    }
                };
                account.to_reissue += 1;
                let Some(path) = to_reissue else { continue };
                let failed = |source| FileError { act: Act::Write, path: path.to_owned(), source };
                let mut begun = if let Some(begun) = list.take() {
                    begun
                } else {
                    let mut begun = Writing::begin(path)?;
                    begun.write_all(TO_REISSUE.as_bytes()).map_err(failed)?;
                    begun
                };
                writeln!(begun, "{serial},{sequence},{reason}").map_err(failed)?;
                list = Some(begun);
            }
        }
    }
    for Noted { row, place, is_double } in noted {
        let Some(letter) = wanted.get(&place).cloned().flatten() else { continue };
        if is_double {
            account.double.list(Finding::Double { row, letter });
        } else {
            let is_good_too = letters[place.0].is_good(place.1);
            account.spoilt.list(Finding::Spoilt { row, letter, is_good_too });
        }
    }
    if let Some(list) = list {
        list.commit()?;
    }
    Ok(())
}
