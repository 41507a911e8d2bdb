//! What became of each letter of a run, by what the inserting machine's camera read.
//!
//! Of each letter some bits are kept, so that a list of a million rows takes no more memory than
//! the letters do. Nothing is believed that a run does not bear out: a row names a letter of the
//! run, or it is told as foreign or unreadable.

mod anew;
mod finding;
mod letters;
mod scans;
mod words;

use std::{
    collections::HashMap,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{Act, FileError, Writing},
    shell::shown,
};

use self::{
    anew::MadeAnew,
    letters::{Letters, State},
    scans::{Read, Scans, SerialIndex},
};
pub use self::{
    finding::{Finding, Findings, Letter, Note, Row},
    scans::{ForeignRow, UnreadableRow},
};
use crate::{
    read::{Excerpt, ListError},
    run::{Finished, FinishedError, run_around},
};

/// Findings of each kind that are listed; all are counted.
pub const MAX_LISTED: usize = 50;
/// The first line of the list of letters that are to be made anew.
const TO_REISSUE: &str = "serial,sequence,reason\n";

/// What became of the letters.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Letters of all runs.
    pub letters: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Letters that no row names; those made anew are not among these and the next two.
    pub missing: Findings,
    /// Letters of which a page was read as good more than once.
    pub double: Findings,
    /// Letters that are spoilt.
    pub spoilt: Findings,
    /// Letters of which it isn't understood how they are.
    pub unclear: Findings,
    /// Letters that were read as good, and made anew all the same.
    pub void: Findings,
    /// Rows that name a letter of another run.
    pub foreign: Findings,
    /// Rows that name nothing.
    pub unreadable: Findings,
    /// Letters that were missing, double or spoilt, and were made anew already.
    pub made_anew: Findings,
    /// Letters that are missing, double or spoilt, and were not made anew yet.
    pub to_reissue: u64,
    /// What should be known of the lists.
    pub notes: Vec<Note>,
}

impl Account {
    /// Whether each letter was read once as good or made anew, and nothing else was read.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.findings().all(|findings| findings.total == 0)
    }

    /// All that must be looked at, as far as it is listed, the worst first.
    pub fn findings(&self) -> impl Iterator<Item = &Findings> {
        let Self { double, void, spoilt, unclear, missing, foreign, unreadable, .. } = self;
        [double, void, spoilt, unclear, missing, foreign, unreadable].into_iter()
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
    /// A list of what is to be made anew inside a run, where nothing is to be added.
    #[error(
        "{}: lies in the run {}, to whose files nothing is added; choose a place outside",
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
    /// A run that made nothing of these letters anew.
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

impl From<tokenkaart_token::run_files::journal::JournalError> for ReconcileError {
    fn from(error: tokenkaart_token::run_files::journal::JournalError) -> Self {
        Self::Run(error.into())
    }
}

/// A letter by its run's place in the list of runs, from 0, and its own in the run, from 1.
type Place = (usize, u64);

/// A row that is to be told of a letter, when it is known which serial that has.
struct Noted {
    row: Row,
    place: Place,
    /// What the letter is by that row; another row may say worse of it.
    state: State,
    status: Option<Excerpt>,
}

/// The first rows of each kind by which letters are not as they should be; each letter once.
#[derive(Default)]
struct Notebook {
    rows: Vec<Noted>,
    counts: [usize; 3],
}

impl Notebook {
    fn note(&mut self, noted: Noted) {
        let count = match noted.state {
            State::Double => &mut self.counts[0],
            State::Spoilt => &mut self.counts[1],
            _ => &mut self.counts[2],
        };
        if *count < MAX_LISTED {
            *count += 1;
            self.rows.push(noted);
        }
    }
}

/// Whether the list of what is to be made anew can be a new file there. It is asked before anything
/// is read, so that an older list is never taken for the new one.
///
/// # Errors
/// [`ReconcileError::File`] when something is there, and [`ReconcileError::InRun`].
pub fn require_new(to_reissue: &Path) -> Result<(), ReconcileError> {
    let path = to_reissue.to_owned();
    if path.symlink_metadata().is_ok() {
        let source = io::ErrorKind::AlreadyExists.into();
        return Err(FileError { act: Act::Create, path, source }.into());
    }
    match run_around(to_reissue) {
        Some(run) => Err(ReconcileError::InRun { path, run }),
        None => Ok(()),
    }
}

/// Holds what was scanned to the letters of a run, or of several shards of one, and writes the
/// serials of those that are to be made anew into a new file, if there are any. What `reissued` made
/// anew already is not among them.
///
/// # Errors
/// [`ReconcileError`] when a run or a list can't be read, or the new file can't be written.
pub fn reconcile(
    runs: &[Finished],
    scans: &[PathBuf],
    reissued: &[Finished],
    to_reissue: Option<&Path>,
) -> Result<Account, ReconcileError> {
    to_reissue.map_or(Ok(()), require_new)?;
    let mut account = Account::default();
    let made_anew = MadeAnew::by(reissued)?;
    let mut letters: Vec<Letters> = runs.iter().map(|run| Letters::of(run.manifest())).collect();
    account.letters = runs.iter().map(|run| run.manifest().holders).sum();
    let mut notebook = Notebook::default();
    let mut serials = SerialIndex::default();
    for path in scans {
        for run in runs.iter().chain(reissued) {
            if run.is_its_mail(path)? {
                let run = run.folder().to_owned();
                return Err(ReconcileError::Expected { path: path.clone(), run });
            }
        }
        let scans = Scans::open(path, runs, &mut serials)?;
        account.notes.extend(scans.notes());
        let rows_before = account.rows;
        for read in scans {
            let (line, read) = read?;
            account.rows += 1;
            let row = Row { path: path.clone(), line };
            match read {
                Read::Good { place, page } => {
                    if letters[place.0].good(place.1, page) {
                        notebook.note(Noted { row, place, state: State::Double, status: None });
                    }
                }
                Read::Spoilt { place } => {
                    if letters[place.0].spoilt(place.1) {
                        notebook.note(Noted { row, place, state: State::Spoilt, status: None });
                    }
                }
                Read::Unclear { place, status } => {
                    if letters[place.0].unclear(place.1) {
                        let status = Some(status);
                        notebook.note(Noted { row, place, state: State::Unclear, status });
                    }
                }
                Read::Foreign(what) => account.foreign.add(Finding::Foreign { row, what }),
                Read::Unreadable(what) => account.unreadable.add(Finding::Unreadable { row, what }),
            }
        }
        if account.rows == rows_before {
            account.notes.push(Note::NoRows { path: path.clone() });
        }
    }
    if let (0, Some(path)) = (account.rows, scans.first()) {
        return Err(ReconcileError::NoRows { path: path.clone() });
    }
    settle(runs, &letters, notebook.rows, made_anew, to_reissue, &mut account)?;
    Ok(account)
}

/// Looks at each letter once more, with its serial.
fn settle(
    runs: &[Finished],
    letters: &[Letters],
    noted: Vec<Noted>,
    mut made_anew: MadeAnew<'_>,
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
                let state = letters.state(sequence);
                let by = made_anew.meet(serial).map(|run| run.folder().to_owned());
                let was = match (state, by) {
                    (State::Good, None) => continue,
                    (State::Good, Some(by)) => {
                        account.void.add(Finding::Void { letter: letter(), by });
                        continue;
                    }
                    (State::Unclear, _) => {
                        account.unclear.total += 1;
                        continue;
                    }
                    (State::Missing | State::Double | State::Spoilt, Some(by)) => {
                        let was = state.word();
                        account.made_anew.add(Finding::MadeAnew { letter: letter(), was, by });
                        continue;
                    }
                    (State::Missing, None) => {
                        account.missing.add(Finding::Missing(letter()));
                        state.word()
                    }
                    (State::Double, None) => {
                        account.double.total += 1;
                        state.word()
                    }
                    (State::Spoilt, None) => {
                        account.spoilt.total += 1;
                        state.word()
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
                writeln!(begun, "{serial},{sequence},{was}").map_err(failed)?;
                list = Some(begun);
            }
        }
    }
    for Noted { row, place, state, status } in noted {
        let Some(letter) = wanted.get(&place).cloned().flatten() else { continue };
        // Told once, as the worst that is said of it.
        if letters[place.0].state(place.1) != state
            || state != State::Unclear && made_anew.meet(&letter.serial).is_some()
        {
            continue;
        }
        match (state, status) {
            (State::Double, _) => account.double.list(Finding::Double { row, letter }),
            (State::Spoilt, _) => {
                let is_good_too = letters[place.0].is_good(place.1);
                account.spoilt.list(Finding::Spoilt { row, letter, is_good_too });
            }
            (_, Some(status)) => account.unclear.list(Finding::Unclear { row, letter, status }),
            (_, None) => {}
        }
    }
    made_anew.require_all_met()?;
    if let Some(list) = list {
        list.commit()?;
    }
    Ok(())
}
