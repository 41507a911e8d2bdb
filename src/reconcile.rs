//! What became of each letter of a run, by what the inserting machine's camera read.
//!
//! Of each letter some bits are kept, so that a list of a million rows takes no more memory than
//! the letters do. Nothing is believed that a run does not bear out: a row names a letter of the
//! run, or it is told as foreign or unreadable.

mod error;
mod finding;
mod framing;
mod letters;
mod note;
mod reissued;
mod returned;
mod scans;
mod words;

use std::{
    collections::HashMap,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{FileAct, FileError, Writing},
    listed::Listed,
    token::Serial,
};

pub use self::{
    error::ReconcileError,
    finding::{Finding, Letter, ScanRow},
    note::Note,
    returned::{ReturnedLetter, Returns, returned},
    scans::{ForeignRow, UnreadableRow},
};
use self::{
    letters::{LetterPlace, LetterState, LetterStates},
    reissued::Reissued,
    scans::{ScannedAs, Scans, SerialIndex},
};
use crate::{
    read::Excerpt,
    run::{Finished, run_around},
};

/// The first line of the list of letters to reissue.
const TO_REISSUE: &str = "serial,sequence,reason\n";

/// What became of the letters.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Letters of all runs.
    pub letters: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Letters that no row names; reissued ones are not among these and the next two.
    pub missing: Listed<Finding>,
    /// Letters of which a page was read as good more than once.
    pub double: Listed<Finding>,
    /// Letters that are spoilt.
    pub spoilt: Listed<Finding>,
    /// Letters of which it isn't understood how they are.
    pub unclear: Listed<Finding>,
    /// Letters that were read as good, and reissued all the same.
    pub void: Listed<Finding>,
    /// Rows that name a letter of another run.
    pub foreign: Listed<Finding>,
    /// Rows that name nothing.
    pub unreadable: Listed<Finding>,
    /// Letters that were missing, double or spoilt, and were reissued already.
    pub reissued: Listed<Finding>,
    /// Letters that are missing, double or spoilt, and were not reissued yet.
    pub to_reissue: u64,
    /// What should be known of the lists.
    pub notes: Vec<Note>,
}

impl Tally {
    /// Whether each letter was read once as good or reissued, and nothing else was read.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.findings().all(Listed::is_empty)
    }

    /// All that must be looked at, as far as it is listed, the worst first.
    pub fn findings(&self) -> impl Iterator<Item = &Listed<Finding>> {
        let Self { double, void, spoilt, unclear, missing, foreign, unreadable, .. } = self;
        [double, void, spoilt, unclear, missing, foreign, unreadable].into_iter()
    }
}

/// A row that is to be told of a letter, when it is known which serial that has.
struct Noted {
    row: ScanRow,
    place: LetterPlace,
    /// What the letter is by that row; another row may say worse of it.
    state: LetterState,
    status: Option<Excerpt>,
}

/// Rows of each kind that are noted, as many as are listed.
const NOTED: usize = 50;

/// The first rows of each kind by which letters are not as they should be; each letter once.
#[derive(Default)]
struct Notebook {
    rows: Vec<Noted>,
    counts: [usize; 3],
}

impl Notebook {
    fn note(&mut self, noted: Noted) {
        let count = match noted.state {
            LetterState::Double => &mut self.counts[0],
            LetterState::Spoilt => &mut self.counts[1],
            _ => &mut self.counts[2],
        };
        if *count < NOTED {
            *count += 1;
            self.rows.push(noted);
        }
    }
}

/// Whether the list of letters to reissue can be a new file there. It is asked before anything
/// is read, so that an older list is never taken for the new one.
///
/// # Errors
/// [`ReconcileError::File`] when something is there, and [`ReconcileError::InRun`].
pub fn require_new(to_reissue: &Path) -> Result<(), ReconcileError> {
    let path = to_reissue.to_owned();
    if path.symlink_metadata().is_ok() {
        let source = io::ErrorKind::AlreadyExists.into();
        return Err(FileError::at(FileAct::Create, &path)(source).into());
    }
    match run_around(to_reissue) {
        Some(run) => Err(ReconcileError::InRun { path, run }),
        None => Ok(()),
    }
}

/// Holds what was scanned to the letters of a run, or of several shards of one, and writes the
/// serials of those to reissue into a new file, if there are any. What `reissued` has replaced
/// already is not among them.
///
/// # Errors
/// [`ReconcileError`] when a run or a list can't be read, or the new file can't be written.
pub fn reconcile(
    runs: &[Finished],
    scans: &[PathBuf],
    reissued: &[Finished],
    to_reissue: Option<&Path>,
) -> Result<Tally, ReconcileError> {
    to_reissue.map_or(Ok(()), require_new)?;
    let mut tally = Tally::default();
    let by_others = Reissued::by(reissued)?;
    let mut letters = Vec::with_capacity(runs.len());
    for run in runs {
        let holders = run.manifest().holders;
        // The journal is as long as its letters are many, so memory for them is held to it.
        let counted = run.bundles()?.try_fold(0, |letters: u64, bundle| {
            bundle.map(|bundle| letters.saturating_add(bundle.serials.len() as u64))
        })?;
        if counted != holders {
            return Err(ReconcileError::Holders { run: run.folder().to_owned(), holders });
        }
        letters.push(
            LetterStates::of(run.manifest())
                .ok_or_else(|| ReconcileError::Holders { run: run.folder().to_owned(), holders })?,
        );
    }
    tally.letters = runs.iter().map(|run| run.manifest().holders).sum();
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
        tally.notes.extend(scans.notes());
        let rows_before = tally.rows;
        for read in scans {
            let (line, read) = read?;
            tally.rows += 1;
            let row = ScanRow { path: path.clone(), line };
            match read {
                ScannedAs::Good { place, page } => {
                    if letters[place.0].good(place.1, page) {
                        notebook.note(Noted {
                            row,
                            place,
                            state: LetterState::Double,
                            status: None,
                        });
                    }
                }
                ScannedAs::Spoilt { place } => {
                    if letters[place.0].spoilt(place.1) {
                        notebook.note(Noted {
                            row,
                            place,
                            state: LetterState::Spoilt,
                            status: None,
                        });
                    }
                }
                ScannedAs::Unclear { place, status } => {
                    if letters[place.0].unclear(place.1) {
                        let status = Some(status);
                        notebook.note(Noted { row, place, state: LetterState::Unclear, status });
                    }
                }
                ScannedAs::Foreign(what) => tally.foreign.add(Finding::Foreign { row, what }),
                ScannedAs::Unreadable(what) => {
                    tally.unreadable.add(Finding::Unreadable { row, what });
                }
            }
        }
        if tally.rows == rows_before {
            tally.notes.push(Note::NoRows { path: path.clone() });
        }
    }
    if let (0, Some(path)) = (tally.rows, scans.first()) {
        return Err(ReconcileError::NoRows { path: path.clone() });
    }
    let named = tally.rows - tally.foreign.count() - tally.unreadable.count();
    if let (0, Some(path)) = (named, scans.first()) {
        let findings = tally.unreadable.kept().first().or(tally.foreign.kept().first());
        let first = findings.map(ToString::to_string).unwrap_or_default();
        return Err(ReconcileError::NoLetter { path: path.clone(), rows: tally.rows, first });
    }
    settle(runs, &letters, notebook.rows, by_others, to_reissue, &mut tally)?;
    Ok(tally)
}

/// What is to be said of a letter, and done with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// It was read as good, and nothing else is known of it.
    Settled,
    /// It was read as good, and its codes are void.
    Void,
    /// Somebody has to look at it.
    Unclear,
    /// It needed to be reissued, and was.
    Reissued,
    /// It is to be reissued.
    ToReissue,
}

impl Verdict {
    const fn of(state: LetterState, is_reissued: bool) -> Self {
        match (state, is_reissued) {
            (LetterState::Good, false) => Self::Settled,
            (LetterState::Good, true) => Self::Void,
            (LetterState::Unclear, _) => Self::Unclear,
            (LetterState::Missing | LetterState::Double | LetterState::Spoilt, true) => {
                Self::Reissued
            }
            (LetterState::Missing | LetterState::Double | LetterState::Spoilt, false) => {
                Self::ToReissue
            }
        }
    }
}

/// Judges each letter, with its serial.
fn settle(
    runs: &[Finished],
    letters: &[LetterStates],
    noted: Vec<Noted>,
    mut reissued: Reissued<'_>,
    to_reissue: Option<&Path>,
    tally: &mut Tally,
) -> Result<(), ReconcileError> {
    let mut wanted: HashMap<LetterPlace, Option<Letter>> =
        noted.iter().map(|noted| (noted.place, None)).collect();
    let mut list = to_reissue.map(SerialList::new);
    let (mut double, mut spoilt, mut unclear) = (0, 0, 0);
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
                let by = reissued.meet(serial).map(|run| run.folder().to_owned());
                let verdict = Verdict::of(state, by.is_some());
                let by = by.unwrap_or_default();
                match verdict {
                    Verdict::Settled => {}
                    Verdict::Void => tally.void.add(Finding::Void { letter: letter(), by }),
                    Verdict::Unclear => unclear += 1,
                    Verdict::Reissued => {
                        let was = state.word();
                        tally.reissued.add(Finding::Reissued { letter: letter(), was, by });
                    }
                    Verdict::ToReissue => {
                        match state {
                            LetterState::Double => double += 1,
                            LetterState::Spoilt => spoilt += 1,
                            _ => tally.missing.add(Finding::Missing(letter())),
                        }
                        tally.to_reissue += 1;
                        if let Some(list) = &mut list {
                            list.add(serial, sequence, state.word())?;
                        }
                    }
                }
            }
        }
    }
    reissued.require_all_met()?;
    let (mut doubles, mut spoilts, mut unclears) = (Vec::new(), Vec::new(), Vec::new());
    for Noted { row, place, state, status } in noted {
        let Some(letter) = wanted.get(&place).cloned().flatten() else { continue };
        let letters = &letters[place.0];
        let verdict = Verdict::of(state, reissued.meet(&letter.serial).is_some());
        // Told once, as the worst that is said of it.
        if letters.state(place.1) != state || verdict == Verdict::Reissued {
            continue;
        }
        match (state, status) {
            (LetterState::Double, _) => doubles.push(Finding::Double { row, letter }),
            (LetterState::Spoilt, _) => {
                let is_good_too = letters.is_good(place.1);
                spoilts.push(Finding::Spoilt { row, letter, is_good_too });
            }
            (_, Some(status)) => unclears.push(Finding::Unclear { row, letter, status }),
            (_, None) => {}
        }
    }
    tally.double = Listed::of(doubles, double);
    tally.spoilt = Listed::of(spoilts, spoilt);
    tally.unclear = Listed::of(unclears, unclear);
    list.map_or(Ok(()), SerialList::commit)
}

/// The list of letters to reissue, which is begun with its first line.
struct SerialList<'a> {
    path: &'a Path,
    begun: Option<Writing>,
}

impl<'a> SerialList<'a> {
    const fn new(path: &'a Path) -> Self {
        Self { path, begun: None }
    }

    fn add(&mut self, serial: &Serial, sequence: u64, was: &str) -> Result<(), ReconcileError> {
        let failed = FileError::at(FileAct::Write, self.path);
        let list = match &mut self.begun {
            Some(list) => list,
            begun => {
                let list = begun.insert(Writing::begin(self.path)?);
                list.write_all(TO_REISSUE.as_bytes()).map_err(failed)?;
                list
            }
        };
        Ok(writeln!(list, "{serial},{sequence},{was}").map_err(failed)?)
    }

    fn commit(self) -> Result<(), ReconcileError> {
        Ok(self.begun.map_or(Ok(()), Writing::commit)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_reissued_once_if_it_is_missing_double_or_spoilt() {
        for state in [LetterState::Missing, LetterState::Double, LetterState::Spoilt] {
            assert_eq!(Verdict::of(state, false), Verdict::ToReissue);
            assert_eq!(Verdict::of(state, true), Verdict::Reissued);
        }
        assert_eq!(Verdict::of(LetterState::Good, false), Verdict::Settled);
        assert_eq!(Verdict::of(LetterState::Good, true), Verdict::Void);
        assert_eq!(Verdict::of(LetterState::Unclear, true), Verdict::Unclear);
    }
}
