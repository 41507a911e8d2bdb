//! Who has a token already, by the runs and lists that an operator names.

use std::{
    collections::{BTreeSet, HashSet},
    fs::File,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Read},
    path::Path,
};

use jiff::civil::Date;

use super::{JOURNAL, RECORDS};
use crate::{
    files::{self, Act, FileError},
    holder::HolderId,
    journal::{self, JournalError},
    record::{self, Named},
    token::Serial,
};

/// The longest line of a list, in bytes; a record has about 3500.
const MAX_LINE: u64 = 1 << 20;

/// A holder, however long the id is.
type Key = [u8; 16];

/// The holders who have a token already: 16 bytes each, and 9 for the serial where it is known.
#[derive(Default)]
pub struct Known {
    keys: [RandomState; 2],
    ids: HashSet<Key>,
    tokens: BTreeSet<(Key, [u8; Serial::PACKED])>,
    runs: Vec<String>,
    /// The latest date of issue of a token whose serial is known.
    issued: Option<Date>,
}

/// Why a list of holders can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownError {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal of a run can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A line names nobody.
    #[error(
        "{}:{line}: neither a record nor an id; name the folder of a run, a file of records, \
         or a file with an id on each line",
        path.display()
    )]
    Line {
        /// The file.
        path: std::path::PathBuf,
        /// The line, from 1.
        line: u64,
    },
}

impl Known {
    /// Adds the holders of a run, finished or not, or of a file: records, or an id on each line.
    ///
    /// # Errors
    /// [`KnownError`], also for a folder without records.
    pub fn add(&mut self, path: &Path) -> Result<(), KnownError> {
        if !path.is_dir() {
            return self.add_file(path);
        }
        let folder = path.join(RECORDS);
        for name in files::names(&folder)? {
            self.add_file(&folder.join(name))?;
        }
        let journal = path.join(JOURNAL);
        if journal.exists() {
            self.runs.extend(journal::run(&journal)?.map(|run| run.run));
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path) -> Result<(), KnownError> {
        let failed = |source| FileError { act: Act::Read, path: path.to_owned(), source };
        let mut text = BufReader::new(File::open(path).map_err(failed)?);
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if (&mut text).take(MAX_LINE).read_until(b'\n', &mut line).map_err(failed)? == 0 {
                break;
            }
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let holder = std::str::from_utf8(text).ok().and_then(|text| {
                if text.starts_with('{') {
                    record::named(text)
                } else {
                    HolderId::new(text).ok().map(|holder| Named {
                        holder,
                        serial: None,
                        issued: None,
                    })
                }
            });
            let Some(Named { holder, serial, issued }) = holder else {
                return Err(KnownError::Line { path: path.to_owned(), line: number });
            };
            let key = self.key(&holder);
            self.issued = self.issued.max(issued);
            match serial {
                Some(serial) => drop(self.tokens.insert((key, serial.packed()))),
                None => drop(self.ids.insert(key)),
            }
        }
        Ok(())
    }

    /// Whether a holder has a token already.
    #[must_use]
    pub fn has(&self, id: &HolderId) -> bool {
        self.ids.contains(&self.key(id)) || self.serials(id).next().is_some()
    }

    /// The serials of a holder's tokens, as far as they are known.
    pub(super) fn serials(&self, id: &HolderId) -> impl Iterator<Item = Serial> + '_ {
        let key = self.key(id);
        let all = (key, [0; Serial::PACKED])..=(key, [u8::MAX; Serial::PACKED]);
        self.tokens.range(all).map(|(_, serial)| Serial::unpacked(*serial))
    }

    /// The ids of the runs that were added, where a journal told them.
    pub(super) fn runs(&self) -> &[String] {
        &self.runs
    }

    /// The latest date of issue of the tokens that are known.
    #[must_use]
    pub const fn issued(&self) -> Option<Date> {
        self.issued
    }

    fn key(&self, id: &HolderId) -> Key {
        let [high, low] = self.keys.each_ref().map(|key| u128::from(key.hash_one(id)));
        (high << 64 | low).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_known_by_records_and_by_lists() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        std::fs::write(&path, "4711\r\n\n  Zo\u{e9} 7 \n{\"holder\":\"9\",\"codes\":[]}\n")
            .unwrap();
        let mut known = Known::default();
        known.add(&path).unwrap();
        for (id, has) in [("4711", true), ("Zo\u{e9} 7", true), ("9", true), ("8", false)] {
            assert_eq!(known.has(&HolderId::new(id).unwrap()), has, "{id}");
        }
        for (text, line) in [("4711\n{\"serial\":1}\n", 2), ("{\n", 1), ("a\0b", 1)] {
            std::fs::write(&path, text).unwrap();
            let error = known.add(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("list:{line}: neither a record nor an id")), "{error}");
        }
        assert!(known.add(folder.path()).unwrap_err().to_string().contains("records"));
    }

    #[test]
    fn a_holders_tokens_are_known_by_their_serials() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records");
        let (one, other) = ("2222-2222-2222-2222", "K7M2-P9RT-3XYV-4CDX");
        let line =
            |holder, serial| format!("{{\"holder\":\"{holder}\",\"serial\":\"{serial}\"}}\n");
        let lines = [line("4711", one), line("4712", other), line("4711", other), "4713\n".into()];
        std::fs::write(&path, lines.concat()).unwrap();
        let mut known = Known::default();
        known.add(&path).unwrap();
        for (id, serials) in
            [("4711", &[one, other][..]), ("4712", &[other]), ("4713", &[]), ("4714", &[])]
        {
            let id = HolderId::new(id).unwrap();
            let found: Vec<_> = known.serials(&id).map(|serial| serial.to_string()).collect();
            assert_eq!(found, serials, "{id}");
        }
        assert!(known.has(&HolderId::new("4713").unwrap()));
        assert!(!known.has(&HolderId::new("4714").unwrap()));
    }
}
