//! Which tokens are reissued, and whose they are: what a list of serials says of a run.
//!
//! A run has no names, so it can't print a card again, and has no codes, so it couldn't anyway.
//! What it has is the holder's id in each record: with a holder file that is sent again, the
//! holders of some serials get new codes, and records that void the old ones.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use tokenkaart_token::{
    files::{BoundedLines, FileError},
    holder::HolderId,
    listed::Listed,
    record::{self, Named},
    shell::shown,
    token::Serial,
};

use super::{
    finished::{Finished, FinishedError},
    refusal::Refused,
    serial_fault::{SerialFault, WrongSerial},
};
use crate::read::{List, ListError, ListRow};

/// The longest line of a file of records, in bytes; one has about 3500.
const MAX_LINE: usize = 1 << 20;
/// The names that the column of serials may have.
const SERIAL: &[&str] = &[
    "serial",
    "serials",
    "serialnumber",
    "serienummer",
    "numerodeserie",
    "noserie",
    "seriennummer",
];

/// The tokens that are reissued, by their holders.
pub struct Reissue {
    runs: Vec<String>,
    /// The latest date of request on the cards of the runs.
    issued: Option<Date>,
    /// Of each holder the serials, and whether the holder file has the holder.
    holders: HashMap<HolderId, (Vec<Serial>, bool)>,
    serials: u64,
    faults: Listed<SerialFault>,
}

/// Why it can't be known whose tokens are reissued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReissueError {
    /// The run can't be read.
    #[error(transparent)]
    Run(#[from] FinishedError),
    /// The list can't be read.
    #[error(transparent)]
    List(#[from] ListError),
    /// A file of records can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is nothing in the list.
    #[error("{}: it contains no serials, so there is nothing to reissue", shown(.path))]
    Nothing {
        /// The list.
        path: PathBuf,
    },
}

impl Reissue {
    /// Reads a list of serials and finds their holders by the records of the runs. Rows that
    /// name no token of them are in [`Reissue::faults`].
    ///
    /// # Errors
    /// [`ReissueError`] when list or runs can't be read.
    pub fn find(runs: &[Finished], list: &Path) -> Result<Self, ReissueError> {
        let mut reissue = Self {
            runs: runs.iter().map(|run| run.manifest().run.clone()).collect(),
            issued: runs.iter().map(|run| run.manifest().parameters.issued).max(),
            holders: HashMap::new(),
            serials: 0,
            faults: Listed::default(),
        };
        let mut wanted = reissue.read(list)?;
        if wanted.is_empty() && reissue.faults.is_empty() {
            return Err(ReissueError::Nothing { path: list.to_owned() });
        }
        for run in runs {
            for bundle in &run.manifest().bundles {
                let records = &bundle.records;
                let path = run.require(&records.path, records.sha256, records.bytes)?;
                for_each_record(&path, record::named, |Named { holder, serial, .. }| {
                    let Some(serial) = serial else { return };
                    if wanted.remove(&serial).is_some() {
                        reissue.serials += 1;
                        reissue.holders.entry(holder).or_default().0.push(serial);
                    }
                })?;
            }
        }
        let mut foreign: Vec<_> = wanted.into_iter().collect();
        foreign.sort_by_key(|(_, line)| *line);
        for (serial, line) in foreign {
            reissue.fault(list, line, WrongSerial::Foreign { serial });
        }
        reissue.faults.kept_mut().sort_by_key(|fault| fault.line);
        Ok(reissue)
    }

    /// The serials of a list with their lines.
    fn read(&mut self, path: &Path) -> Result<HashMap<Serial, u64>, ReissueError> {
        let mut list = List::open(path, &[SERIAL])?;
        let mut wanted: HashMap<Serial, u64> = HashMap::new();
        let mut add = |reissue: &mut Self, ListRow { line, cells, .. }: ListRow| {
            let Ok(serial) = cells.concat().parse::<Serial>() else {
                return reissue.fault(path, line, WrongSerial::NoSerial);
            };
            match wanted.get(&serial) {
                Some(&first) => reissue.fault(path, line, WrongSerial::Twice { serial, first }),
                None => drop(wanted.insert(serial, line)),
            }
        };
        if !list.has(0) {
            return Err(list.lacks("the serial").into());
        }
        for row in list.by_ref() {
            add(self, row?);
        }
        Ok(wanted)
    }

    fn fault(&mut self, path: &Path, line: u64, what: WrongSerial) {
        self.faults.add(SerialFault { path: path.to_owned(), line, what });
    }

    /// The rows of the list that name no token of the runs.
    #[must_use]
    pub const fn faults(&self) -> &Listed<SerialFault> {
        &self.faults
    }

    /// The same, to be told with what else stands in the way.
    pub(super) fn take_faults(&mut self) -> Listed<SerialFault> {
        std::mem::take(&mut self.faults)
    }

    /// How many tokens are reissued.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.serials
    }

    /// The latest date of request on the cards that are reissued: an earlier one on the new cards
    /// would make them look like the older ones.
    #[must_use]
    pub const fn issued(&self) -> Option<Date> {
        self.issued
    }

    /// Whether none is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.serials == 0
    }

    /// Notes that the holder file has a holder; says whether a token of theirs is reissued.
    pub(super) fn meets(&mut self, id: &HolderId) -> bool {
        self.holders.get_mut(id).map(|(_, is_met)| *is_met = true).is_some()
    }

    /// The holders whom the holder file doesn't have, in the order of their serials.
    pub(super) fn absent(&self) -> impl Iterator<Item = Refused> {
        let absent = self.holders.iter().filter(|(_, (_, is_met))| !is_met);
        let mut absent: Vec<_> = absent
            .filter_map(|(id, (serials, _))| Some((serials.first()?.clone(), id.clone())))
            .collect();
        absent.sort();
        absent.into_iter().map(|(serial, id)| Refused::Absent { serial, id })
    }

    /// The serials that a holder's new token voids.
    pub(super) fn serials(&self, id: &HolderId) -> &[Serial] {
        self.holders.get(id).map_or(&[], |(serials, _)| serials)
    }

    pub(super) fn runs(&self) -> &[String] {
        &self.runs
    }
}

impl Finished {
    /// Gives whom each record of the run is of.
    ///
    /// # Errors
    /// [`FinishedError`], also when the records are others than the manifest lists.
    pub(crate) fn for_each_named(&self, mut give: impl FnMut(Named)) -> Result<(), FinishedError> {
        for bundle in &self.manifest().bundles {
            let records = &bundle.records;
            let path = self.require(&records.path, records.sha256, records.bytes)?;
            for_each_record(&path, record::named, &mut give)?;
        }
        Ok(())
    }

    /// Gives each serial that a record of the run voids.
    ///
    /// # Errors
    /// [`FinishedError`], also when the records are others than the manifest lists.
    pub(crate) fn for_each_voided(
        &self,
        mut give: impl FnMut(Serial),
    ) -> Result<(), FinishedError> {
        for bundle in &self.manifest().bundles {
            let records = &bundle.records;
            let path = self.require(&records.path, records.sha256, records.bytes)?;
            for_each_record(&path, record::voided, |voids| voids.into_iter().for_each(&mut give))?;
        }
        Ok(())
    }
}

/// Gives what each record of a file says; its digest has been looked at.
fn for_each_record<T>(
    path: &Path,
    read: impl Fn(&str) -> Option<T>,
    mut give: impl FnMut(T),
) -> Result<(), FinishedError> {
    let mut lines = BoundedLines::open(path, MAX_LINE)?;
    while let Some((_, line)) = lines.next_line()? {
        let record = std::str::from_utf8(line).ok().and_then(&read);
        let record = record.ok_or_else(|| FinishedError::Changed { path: path.to_owned() })?;
        give(record);
    }
    Ok(())
}
