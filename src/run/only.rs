//! Who alone gets a card: a list of ids, held against the holder file.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{Act, FileError},
    holder::HolderId,
    shell::shown,
};

use crate::read::{Excerpt, List, ListError};

/// How many faults are listed; more are counted.
const MAX_LISTED: usize = 50;
/// The longest line of a list, in bytes.
const MAX_LINE: u64 = 1 << 20;
/// The names that the column of ids may have; the first is that of `tokenkaart-server status`.
const ID: &[&str] = &["id", "holderid"];

/// The holders of a list: they alone get a card.
#[derive(Debug)]
pub struct Only {
    list: PathBuf,
    /// Of each holder the line of the list, and whether the holder file has the holder.
    holders: HashMap<HolderId, (u64, bool)>,
}

/// A holder of a list whom the holder file lacks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotThere {
    /// The list.
    pub list: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// Who it is.
    pub id: HolderId,
}

/// A line of a list that is no id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoId {
    /// The line, from 1.
    line: u64,
    /// What stands there.
    found: String,
    /// Why it is none.
    why: String,
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
    #[error("{}", NoIds { list, faults, total: *total })]
    NoId {
        /// The list.
        list: PathBuf,
        /// The first of them.
        faults: Vec<NoId>,
        /// How many there are.
        total: u64,
    },
    /// There is nobody in the list.
    #[error("{}: no id is in it, so nobody gets a card", shown(.list))]
    Nobody {
        /// The list.
        list: PathBuf,
    },
}

struct NoIds<'a> {
    list: &'a Path,
    faults: &'a [NoId],
    total: u64,
}

impl fmt::Display for NoIds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = shown(self.list);
        for (index, NoId { line, found, why }) in self.faults.iter().enumerate() {
            let end = if index > 0 { "\n" } else { "" };
            write!(f, "{end}{list}:{line}: \"{}\" is no id, it {why}", Excerpt::new(found))?;
        }
        match self.total - self.faults.len() as u64 {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more"),
        }
    }
}

impl Only {
    /// Reads a list: a table with a column `id`, as `tokenkaart-server status` writes it, or an id on
    /// each line. An id that stands there twice counts once.
    ///
    /// # Errors
    /// [`OnlyError`], with all lines that are no ids.
    pub fn read(list: &Path) -> Result<Self, OnlyError> {
        let mut only = Self { list: list.to_owned(), holders: HashMap::new() };
        let (mut faults, mut total) = (Vec::new(), 0);
        let mut add = |line, id: &str| match HolderId::new(id) {
            Ok(id) => {
                if let Entry::Vacant(entry) = only.holders.entry(id) {
                    entry.insert((line, false));
                }
            }
            Err(why) => {
                total += 1;
                if faults.len() < MAX_LISTED {
                    faults.push(NoId { line, found: id.to_owned(), why: why.to_string() });
                }
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
        let list = list.to_owned();
        if total > 0 {
            return Err(OnlyError::NoId { list, faults, total });
        }
        if only.holders.is_empty() {
            return Err(OnlyError::Nobody { list });
        }
        Ok(only)
    }

    /// Takes note that the holder file has a holder; says whether the list has them too.
    pub(super) fn meets(&mut self, id: &HolderId) -> bool {
        self.holders.get_mut(id).map(|(_, is_met)| *is_met = true).is_some()
    }

    /// The holders whom the holder file doesn't have: the first ones, and how many there are.
    pub(super) fn not_met(&self) -> Option<(Vec<NotThere>, u64)> {
        let not_met = self.holders.iter().filter(|(_, (_, is_met))| !is_met);
        let mut holders: Vec<_> = not_met
            .map(|(id, (line, _))| NotThere {
                list: self.list.clone(),
                line: *line,
                id: id.clone(),
            })
            .collect();
        holders.sort_by_key(|holder| holder.line);
        let total = holders.len() as u64;
        holders.truncate(MAX_LISTED);
        (total > 0).then_some((holders, total))
    }
}

/// Gives each line that isn't blank, trimmed, with its number from 1.
fn each_line(path: &Path, mut give: impl FnMut(u64, &str)) -> Result<(), FileError> {
    let failed = |source| FileError { act: Act::Read, path: path.to_owned(), source };
    let mut text = BufReader::new(File::open(path).map_err(failed)?);
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if (&mut text).take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_start_matches('\u{feff}').trim();
        if !line.is_empty() {
            give(number, line);
        }
    }
    Ok(())
}
