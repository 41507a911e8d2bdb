//! Who alone gets a card: a list of ids, held against the holder file.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{BoundedLines, FileError},
    holder::{FieldError, HolderId},
    listed::Listed,
    shell::shown,
};

use super::refusal::Refused;
use crate::read::{Excerpt, List, ListError};

/// The longest line of a list, in bytes.
const MAX_LINE: usize = 1 << 20;
/// The names that the column of ids may have; the first is that of `tokenkaart-server status`.
const ID: &[&str] = &["id", "holderid"];

/// The holders of a list: they alone get a card.
#[derive(Debug)]
pub struct Only {
    list: PathBuf,
    /// Of each holder the line of the list, and whether the holder file has the holder.
    holders: HashMap<HolderId, (u64, bool)>,
}

/// A line of a list that is no id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoId {
    list: PathBuf,
    /// The line, from 1.
    line: u64,
    /// What stands there.
    found: Excerpt,
    /// Why it is none.
    why: FieldError,
}

impl fmt::Display for NoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, line, found, why } = self;
        write!(f, "{}:{line}: \"{found}\" is not an id: it {why}", shown(list))
    }
}

/// Why a list of ids can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnlyError {
    /// The list can't be read.
    #[error(transparent)]
    List(#[from] ListError),
    /// The list can't be read to its end.
    #[error(transparent)]
    File(#[from] FileError),
    /// Lines that are no ids.
    #[error("{0}")]
    NoId(Listed<NoId>),
    /// There is nobody in the list.
    #[error("{}: it contains no ids, so nobody would get a card", shown(.list))]
    Nobody {
        /// The list.
        list: PathBuf,
    },
}

impl Only {
    /// Reads a list: a table with a column `id`, as `tokenkaart-server status` writes it, or an id on
    /// each line. An id that stands there twice counts once.
    ///
    /// # Errors
    /// [`OnlyError`], with all lines that are no ids.
    pub fn read(list: &Path) -> Result<Self, OnlyError> {
        let mut only = Self { list: list.to_owned(), holders: HashMap::new() };
        let mut faults = Listed::default();
        let mut add = |line, id: &str| match HolderId::new(id) {
            Ok(id) => {
                if let Entry::Vacant(entry) = only.holders.entry(id) {
                    entry.insert((line, false));
                }
            }
            Err(why) => {
                faults.add(NoId { list: list.to_owned(), line, found: Excerpt::new(id), why });
            }
        };
        let table = List::open(list, &[ID])?;
        if table.has(0) {
            for row in table {
                let row = row?;
                add(row.line, &row.cells.concat());
            }
        } else if table.others().len() <= 1 {
            each_line(list, add)?;
        } else {
            return Err(table.lacks("the id").into());
        }
        if !faults.is_empty() {
            return Err(OnlyError::NoId(faults));
        }
        if only.holders.is_empty() {
            return Err(OnlyError::Nobody { list: only.list });
        }
        Ok(only)
    }

    /// Notes that the holder file has a holder; says whether the list has them too.
    pub(super) fn meets(&mut self, id: &HolderId) -> bool {
        self.holders.get_mut(id).map(|(_, is_met)| *is_met = true).is_some()
    }

    /// The holders whom the holder file doesn't have, in the order of the list.
    pub(super) fn absent(&self) -> impl Iterator<Item = Refused> {
        let absent = self.holders.iter().filter(|(_, (_, is_met))| !is_met);
        let mut absent: Vec<_> = absent.map(|(id, (line, _))| (*line, id.clone())).collect();
        absent.sort_by_key(|(line, _)| *line);
        let list = self.list.clone();
        absent.into_iter().map(move |(line, id)| Refused::NotInFile {
            list: list.clone(),
            line,
            id,
        })
    }
}

/// Gives each line that isn't blank, trimmed, with its number from 1.
fn each_line(path: &Path, mut give: impl FnMut(u64, &str)) -> Result<(), FileError> {
    let mut lines = BoundedLines::open(path, MAX_LINE)?;
    while let Some((number, bytes)) = lines.next_line()? {
        let line = String::from_utf8_lossy(bytes);
        let line = line.trim_start_matches('\u{feff}').trim();
        if !line.is_empty() {
            give(number, line);
        }
    }
    Ok(())
}
