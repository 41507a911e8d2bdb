//! Which letters came back undelivered, and whose they are.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use tokenkaart_token::{holder::HolderId, listed::Listed, token::Serial};

use super::{
    error::ReconcileError,
    finding::{Finding, ScanRow},
    letters::LetterPlace,
    note::Note,
    scans::{ScannedAs, Scans, SerialIndex},
};
use crate::run::Finished;

/// A letter that came back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReturnedLetter {
    /// The serial of its card.
    pub serial: Serial,
    /// Whose it is, by the record.
    pub holder: HolderId,
    /// Its place in the run, from 1.
    pub sequence: u64,
    /// The run's folder.
    pub run: PathBuf,
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct Returns {
    /// The letters, each once, in the order of their runs and places.
    pub letters: Vec<ReturnedLetter>,
    /// Rows that were read.
    pub rows: u64,
    /// Rows that name a letter of another run.
    pub foreign: Listed<Finding>,
    /// Rows that name nothing.
    pub unreadable: Listed<Finding>,
    /// What should be known of the lists.
    pub notes: Vec<Note>,
}

/// Finds the letters of a run, or of several shards of one, that lists of returned letters name, and
/// their holders by the records. Whatever a row says of how a letter is, it came back.
///
/// # Errors
/// [`ReconcileError`] when a run or a list can't be read, or no row names a letter of the run.
pub fn returned(runs: &[Finished], lists: &[PathBuf]) -> Result<Returns, ReconcileError> {
    let mut returns = Returns::default();
    let mut serials = SerialIndex::default();
    let mut places: BTreeMap<LetterPlace, Option<Serial>> = BTreeMap::new();
    for path in lists {
        for run in runs {
            if run.is_its_mail(path)? {
                let run = run.folder().to_owned();
                return Err(ReconcileError::Expected { path: path.clone(), run });
            }
        }
        let scans = Scans::open_bare(path, runs, &mut serials)?;
        // That nobody says which are spoilt is as it should be.
        let notes = scans.notes().into_iter();
        returns.notes.extend(notes.filter(|note| !matches!(note, Note::NoStatus { .. })));
        for read in scans {
            let (line, read) = read?;
            returns.rows += 1;
            let row = ScanRow { path: path.clone(), line };
            match read {
                ScannedAs::Good { place, .. }
                | ScannedAs::Spoilt { place }
                | ScannedAs::Unclear { place, .. } => drop(places.insert(place, None)),
                ScannedAs::Foreign(what) => returns.foreign.add(Finding::Foreign { row, what }),
                ScannedAs::Unreadable(what) => {
                    returns.unreadable.add(Finding::Unreadable { row, what });
                }
            }
        }
    }
    if let (true, Some(path)) = (places.is_empty(), lists.first()) {
        let findings = returns.unreadable.kept().first().or(returns.foreign.kept().first());
        let first = findings.map(ToString::to_string).unwrap_or_default();
        return Err(ReconcileError::NoneReturned { path: path.clone(), rows: returns.rows, first });
    }
    for (index, run) in runs.iter().enumerate() {
        for bundle in run.bundles()? {
            let bundle = bundle?;
            for (sequence, serial) in (bundle.first..).zip(&bundle.serials) {
                if let Some(found) = places.get_mut(&(index, sequence)) {
                    *found = Some(serial.clone());
                }
            }
        }
    }
    returns.letters = with_holders(runs, &places)?;
    Ok(returns)
}

/// The letters with their holders, by the records of the runs.
fn with_holders(
    runs: &[Finished],
    places: &BTreeMap<LetterPlace, Option<Serial>>,
) -> Result<Vec<ReturnedLetter>, ReconcileError> {
    let mut holders: HashMap<&Serial, Option<HolderId>> =
        places.values().flatten().map(|serial| (serial, None)).collect();
    for run in runs {
        run.for_each_named(|named| {
            let holder = named.serial.as_ref().and_then(|serial| holders.get_mut(serial));
            if let Some(holder) = holder {
                *holder = Some(named.holder);
            }
        })?;
    }
    let mut letters = Vec::with_capacity(places.len());
    for ((run, sequence), serial) in places {
        let run = runs[*run].folder().to_owned();
        let found = serial.as_ref().and_then(|serial| {
            let holder = holders.get(serial)?.clone()?;
            Some((serial.clone(), holder))
        });
        let Some((serial, holder)) = found else {
            return Err(ReconcileError::NoRecord { run, sequence: *sequence });
        };
        letters.push(ReturnedLetter { serial, holder, sequence: *sequence, run });
    }
    Ok(letters)
}
