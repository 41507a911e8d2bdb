//! Who has a token already, by the runs and lists that an operator names.

use std::{
    collections::{BTreeSet, HashSet},
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use tokenkaart_token::{
    files::{BoundedLines, FileError, PART, Sha256Digest},
    holder::HolderId,
    record::{self, Named},
    shell::shown,
    token::Serial,
};

use super::finished::{Finished, FinishedError};
use crate::read::is_id_header;

/// The longest line of a list, in bytes; a record has about 3500.
const MAX_LINE: usize = 1 << 20;
/// The mark of a text in UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A holder, however long the id is.
type HolderKey = [u8; 16];

/// The holders who have a token already: 16 bytes each, and 9 for the serial where it is known.
#[derive(Default)]
pub struct Known {
    keys: [RandomState; 2],
    ids: HashSet<HolderKey>,
    tokens: BTreeSet<(HolderKey, [u8; Serial::PACKED])>,
    runs: Vec<String>,
    /// What was added: of a run its id, of a file its digest.
    sources: BTreeSet<String>,
    /// The latest date of issue of a token whose serial is known.
    issued: Option<Date>,
}

/// Why it can't be known who has a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownError {
    /// A folder that is no finished run, or is not as its manifest says.
    #[error(transparent)]
    Run(#[from] FinishedError),
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file that is not whole.
    #[error(
        "{}: the file is unfinished, as its name ends in .{PART}; name the folder of the \
         run, or the whole file",
        shown(.path)
    )]
    Part {
        /// The file.
        path: PathBuf,
    },
    /// A line names nobody.
    #[error(
        "{}:{line}: neither a record nor an id; name the folder of a run, a file of records, \
         or a file with an id on each line",
        shown(.path)
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// A line of several cells, so nobody would be known by it.
    #[error(
        "{}:{line}: a line with a comma, a semicolon or a tab is not an id; save the column of ids \
         alone, an id on each line",
        shown(.path)
    )]
    Cells {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// The first line is the name of the column.
    #[error(
        "{}:{line}: this is a header, and each line should be an id; delete the line",
        shown(.path)
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// Nobody is in it.
    #[error("{}: it contains no ids, so it names nobody; name another file", shown(.path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl Known {
    /// Adds the holders of a finished run, or of a file: records, or an id on each line.
    ///
    /// # Errors
    /// [`KnownError`]: whoever isn't read would get a second token.
    pub fn add(&mut self, path: &Path) -> Result<(), KnownError> {
        if path.is_dir() {
            return self.add_run(&Finished::open(path)?);
        }
        if path.extension().is_some_and(|ending| ending == PART) {
            return Err(KnownError::Part { path: path.to_owned() });
        }
        let sha256 = self.add_file(path)?;
        self.sources.insert(format!("file {sha256}"));
        Ok(())
    }

    fn add_run(&mut self, run: &Finished) -> Result<(), KnownError> {
        let manifest = run.manifest();
        for bundle in &manifest.bundles {
            let records = &bundle.records;
            let path = run.require(&records.path, records.sha256, records.bytes)?;
            self.add_file(&path)?;
        }
        self.runs.push(manifest.run.clone());
        self.sources.insert(format!("run {}", manifest.run));
        Ok(())
    }

    fn add_file(&mut self, path: &Path) -> Result<Sha256Digest, KnownError> {
        let mut lines = BoundedLines::open(path, MAX_LINE)?;
        let mut digest = Sha256::new();
        let mut is_empty = true;
        while let Some((number, line)) = lines.next_line()? {
            digest.update(line);
            let text = line.trim_ascii();
            // As Excel begins a text.
            let text = if number == 1 { text.strip_prefix(BOM).unwrap_or(text) } else { text };
            let text = text.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let Named { holder, serial, issued } = named(path, number, text, is_empty)?;
            is_empty = false;
            let key = self.key(&holder);
            self.issued = self.issued.max(issued);
            match serial {
                Some(serial) => drop(self.tokens.insert((key, serial.packed()))),
                None => drop(self.ids.insert(key)),
            }
        }
        if is_empty {
            return Err(KnownError::Empty { path: path.to_owned() });
        }
        Ok(Sha256Digest::from_bytes(digest.finalize().into()))
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

    /// A digest that who knows the same runs and files has too, in whatever order they are named.
    pub(super) fn sha256(&self) -> Sha256Digest {
        let sources: Vec<&str> = self.sources.iter().map(String::as_str).collect();
        Sha256Digest::of(sources.join("\n").as_bytes())
    }

    fn key(&self, id: &HolderId) -> HolderKey {
        let [high, low] = self.keys.each_ref().map(|key| u128::from(key.hash_one(id)));
        (high << 64 | low).to_be_bytes()
    }
}

/// Whom a line names.
fn named(path: &Path, line: u64, text: &[u8], is_first: bool) -> Result<Named, KnownError> {
    let path = path.to_owned();
    let nobody = |path| KnownError::Line { path, line };
    let Ok(text) = std::str::from_utf8(text) else { return Err(nobody(path)) };
    if text.starts_with('{') {
        return record::named(text).ok_or_else(|| nobody(path));
    }
    if text.contains([',', ';', '\t']) {
        return Err(KnownError::Cells { path, line });
    }
    if is_first && is_id_header(text) {
        return Err(KnownError::Header { path, line });
    }
    let holder = HolderId::new(text).map_err(|_| nobody(path))?;
    Ok(Named { holder, serial: None, issued: None })
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
        assert!(known.add(folder.path()).unwrap_err().to_string().contains("is not a run"));
    }

    #[test]
    fn a_list_by_which_nobody_would_be_known_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        for (text, says) in [
            ("4711\n4712;An Claes\n", "list:2: a line with a comma, a semicolon or a tab"),
            ("id,name\n", "list:1: a line with a comma"),
            ("4711\tAn\n", "list:1: a line with a comma"),
            ("\n Rijksregisternummer\n4711\n", "list:2: this is a header"),
            ("\u{feff}Nr.\r\n4711\r\n", "list:1: this is a header"),
            ("\u{feff}", "list: it contains no ids"),
            ("\n \n", "list: it contains no ids"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Known::default().add(&path).unwrap_err().to_string();
            assert!(error.contains(says), "{text:?}: {error}");
        }
        std::fs::write(&path, "\u{feff}4711\r\nid\r\n").unwrap();
        let mut known = Known::default();
        known.add(&path).unwrap();
        assert!(["4711", "id"].iter().all(|id| known.has(&HolderId::new(id).unwrap())));
        let part = folder.path().join("0001.jsonl.part");
        std::fs::copy(&path, &part).unwrap();
        assert!(known.add(&part).unwrap_err().to_string().contains("unfinished"));
    }

    #[test]
    fn who_knows_the_same_has_the_same_digest() {
        let folder = tempfile::tempdir().unwrap();
        let digest = |texts: &[&str]| {
            let mut known = Known::default();
            for text in texts {
                let path = folder.path().join("list");
                std::fs::write(&path, text).unwrap();
                known.add(&path).unwrap();
            }
            known.sha256()
        };
        assert_eq!(digest(&["1\n", "2\n"]), digest(&["2\n", "1\n", "1\n"]));
        assert_ne!(digest(&["1\n", "2\n"]), digest(&["1\n"]));
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
