//! Who alone gets a card: a list of ids, held against the holder file.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    path::{Path, PathBuf},
};

use tokenkaart_token::{holder::HolderId, listed::Listed, shell::shown};

use super::{
    id_list::{IdListError, NotAnId, compared, for_each_id},
    refusal::Refused,
};
use crate::read::Excerpt;

/// The holders of a list: they alone get a card.
#[derive(Debug)]
pub struct Only {
    list: PathBuf,
    /// By what is compared of an id: the line of the list, the id, and whether the holder file has
    /// the holder.
    holders: HashMap<String, (u64, HolderId, bool)>,
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
    why: NotAnId,
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
    List(#[from] IdListError),
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
    /// Reads a list: a table with a column of ids, as `tokenkaart-server status` writes it, or an id
    /// on each line. An id that stands there twice counts once.
    ///
    /// # Errors
    /// [`OnlyError`], with all lines that are no ids.
    pub fn read(list: &Path) -> Result<Self, OnlyError> {
        let mut only = Self { list: list.to_owned(), holders: HashMap::new() };
        let mut faults = Listed::default();
        for_each_id(list, |line, text, id| match id {
            Ok(id) => {
                if let Entry::Vacant(entry) = only.holders.entry(compared(&id)) {
                    entry.insert((line, id, false));
                }
            }
            Err(why) => {
                let (list, found) = (list.to_owned(), Excerpt::new(text));
                faults.add(NoId { list, line, found, why });
            }
        })?;
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
        self.holders.get_mut(&compared(id)).map(|(.., is_met)| *is_met = true).is_some()
    }

    /// The holders whom the holder file doesn't have, in the order of the list.
    pub(super) fn absent(&self) -> impl Iterator<Item = Refused> {
        let absent = self.holders.values().filter(|(.., is_met)| !is_met);
        let mut absent: Vec<_> = absent.map(|(line, id, _)| (*line, id.clone())).collect();
        absent.sort_by_key(|(line, _)| *line);
        let list = self.list.clone();
        absent.into_iter().map(move |(line, id)| Refused::NotInFile {
            list: list.clone(),
            line,
            id,
        })
    }
}
