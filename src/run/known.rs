//! Who has a token already, by the runs and lists that an operator names.

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    hash::{BuildHasher, RandomState},
    io::Read as _,
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use tokenkaart_token::{
    files::{BoundedLines, FileAct, FileError, PART, Sha256Digest},
    holder::HolderId,
    record::{self, Named},
    shell::shown,
    token::Serial,
};

use super::{
    finished::{Finished, FinishedError},
    id_list::{IdListError, compared, for_each_id},
};
use crate::read::Excerpt;

/// The longest line of a list, in bytes; a record has about 3500.
const MAX_LINE: usize = 1 << 20;
/// The mark of a text in UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A holder, however long the id is.
type HolderKey = [u8; 16];

/// A token: whose it is, its serial, and the source by which it is known.
type KnownToken = (HolderKey, [u8; Serial::PACKED], u16);

/// The holders who have a token already: 18 bytes each, and 9 for the serial where it is known.
#[derive(Default)]
pub struct Known {
    keys: [RandomState; 2],
    ids: HashMap<HolderKey, u16>,
    tokens: BTreeSet<KnownToken>,
    /// The runs and lists, by their numbers.
    paths: Vec<PathBuf>,
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
    /// The list of ids can't be read.
    #[error(transparent)]
    List(#[from] IdListError),
    /// A row of a list is no id.
    #[error("{}:{line}: \"{found}\" is not an id, it {why}", shown(.path))]
    NoId {
        /// The list.
        path: PathBuf,
        /// The line or row, from 1.
        line: u64,
        /// What stands there.
        found: Excerpt,
        /// Why it is none.
        why: String,
    },
    /// Nobody is in it.
    #[error("{}: it contains no ids, so it names nobody; name another file", shown(.path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl Known {
    /// Adds the holders of a finished run, or of a file: records, a table with a column of ids, or an
    /// id on each line.
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
        let source = self.source(path);
        let sha256 = if has_records(path)? {
            self.add_records(path, source)?
        } else {
            self.add_list(path, source)?
        };
        self.sources.insert(format!("file {sha256}"));
        Ok(())
    }

    /// Adds the holders of a list of ids.
    fn add_list(&mut self, path: &Path, source: u16) -> Result<Sha256Digest, KnownError> {
        let (mut is_empty, mut fault) = (true, None);
        let Self { keys, ids, .. } = self;
        for_each_id(path, |line, text, id| match id {
            Ok(id) => {
                is_empty = false;
                ids.entry(key(keys, &id)).or_insert(source);
            }
            Err(why) => {
                let (path, found) = (path.to_owned(), Excerpt::new(text));
                fault.get_or_insert(KnownError::NoId { path, line, found, why: why.to_string() });
            }
        })?;
        match fault {
            Some(fault) => Err(fault),
            None if is_empty => Err(KnownError::Empty { path: path.to_owned() }),
            None => digest_of(path),
        }
    }

    /// The number by which a source is remembered.
    fn source(&mut self, path: &Path) -> u16 {
        self.paths.push(path.to_owned());
        u16::try_from(self.paths.len() - 1).unwrap_or(u16::MAX)
    }

    fn add_run(&mut self, run: &Finished) -> Result<(), KnownError> {
        let manifest = run.manifest();
        let source = self.source(run.folder());
        for bundle in &manifest.bundles {
            let records = &bundle.records;
            let path = run.require(&records.path, records.sha256, records.bytes)?;
            self.add_records(&path, source)?;
        }
        self.runs.push(manifest.run.clone());
        self.sources.insert(format!("run {}", manifest.run));
        Ok(())
    }

    fn add_records(&mut self, path: &Path, source: u16) -> Result<Sha256Digest, KnownError> {
        let mut lines = BoundedLines::open(path, MAX_LINE)?;
        let mut digest = Sha256::new();
        while let Some((number, line)) = lines.next_line()? {
            digest.update(line);
            let text = line.trim_ascii();
            // As Excel begins a text.
            let text = if number == 1 { text.strip_prefix(BOM).unwrap_or(text) } else { text };
            let text = text.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let Named { holder, serial, issued } = named(path, number, text)?;
            let key = key(&self.keys, &holder);
            self.issued = self.issued.max(issued);
            match serial {
                Some(serial) => drop(self.tokens.insert((key, serial.packed(), source))),
                None => drop(self.ids.entry(key).or_insert(source)),
            }
        }
        Ok(Sha256Digest::from_bytes(digest.finalize().into()))
    }

    /// Whether a holder has a token already.
    #[must_use]
    pub fn has(&self, id: &HolderId) -> bool {
        self.by(id).is_some()
    }

    /// The run or list by which a holder is known to have a token; one of them, if several.
    #[must_use]
    pub fn by(&self, id: &HolderId) -> Option<&Path> {
        let source = self.ids.get(&key(&self.keys, id)).copied();
        let source = source.or_else(|| Some(self.tokens_of(id).next()?.2))?;
        self.paths.get(usize::from(source)).map(PathBuf::as_path)
    }

    fn tokens_of(&self, id: &HolderId) -> impl Iterator<Item = &KnownToken> {
        let key = key(&self.keys, id);
        let all = (key, [0; Serial::PACKED], 0)..=(key, [u8::MAX; Serial::PACKED], u16::MAX);
        self.tokens.range(all)
    }

    /// The serials of a holder's tokens, as far as they are known.
    pub(super) fn serials(&self, id: &HolderId) -> impl Iterator<Item = Serial> + '_ {
        let mut serials: Vec<_> = self.tokens_of(id).map(|(_, serial, _)| *serial).collect();
        // The same token may be known by two sources.
        serials.dedup();
        serials.into_iter().map(Serial::unpacked)
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
}

/// What is remembered of a holder; a national register number is the same however it is divided.
fn key(keys: &[RandomState; 2], id: &HolderId) -> HolderKey {
    let compared = compared(id);
    let [high, low] = keys.each_ref().map(|key| u128::from(key.hash_one(&compared)));
    (high << 64 | low).to_be_bytes()
}

/// Whether a file begins as records do.
fn has_records(path: &Path) -> Result<bool, FileError> {
    let mut lines = BoundedLines::open(path, MAX_LINE)?;
    while let Some((_, line)) = lines.next_line()? {
        let text = line.strip_prefix(BOM).unwrap_or(line).trim_ascii();
        if !text.is_empty() {
            return Ok(text.starts_with(b"{"));
        }
    }
    Ok(false)
}

fn digest_of(path: &Path) -> Result<Sha256Digest, KnownError> {
    let failed = FileError::at(FileAct::Read, path);
    let mut digest = Sha256::new();
    let mut file = File::open(path).map_err(&failed)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer).map_err(&failed)? {
            0 => return Ok(Sha256Digest::from_bytes(digest.finalize().into())),
            length => digest.update(&buffer[..length]),
        }
    }
}

/// Whom a record names.
fn named(path: &Path, line: u64, text: &[u8]) -> Result<Named, KnownError> {
    let record = std::str::from_utf8(text).ok().and_then(record::named);
    record.ok_or_else(|| KnownError::Line { path: path.to_owned(), line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_known_by_records_and_by_lists() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let mut known = Known::default();
        for text in ["4711\r\n\n  Zo\u{e9} 7 \n", "{\"holder\":\"9\",\"codes\":[]}\n"] {
            std::fs::write(&path, text).unwrap();
            known.add(&path).unwrap();
        }
        for (id, has) in [("4711", true), ("Zo\u{e9} 7", true), ("9", true), ("8", false)] {
            assert_eq!(known.has(&HolderId::new(id).unwrap()), has, "{id}");
        }
        for (text, says) in [
            ("{\"holder\":\"9\"}\n4711\n", "list:2: neither a record nor an id"),
            ("{\n", "list:1: neither a record nor an id"),
            ("a\0b", "list:1: \"a\\0b\" is not an id"),
            ("4711\u{200b}\n", "has U+200B at character 5"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = known.add(&path).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(known.add(folder.path()).unwrap_err().to_string().contains("is not a run"));
    }

    #[test]
    fn a_list_by_which_nobody_would_be_known_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        for (text, says) in [
            ("naam;straat\nJan;Dorp\n", "list: no column gives the id"),
            ("\n Rijksregisternummer\n4711\n", "list:3: \"4711\" is not an id"),
            ("id;naam\n", "list: it contains no ids"),
            ("4711;An\n4712;Bo\n", "list: no column gives the id"),
            ("x\nid\n4711\n", "list: line 2 looks like the header"),
            ("\u{feff}", "list: is empty"),
            ("\n \n", "list: is empty"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Known::default().add(&path).unwrap_err().to_string();
            assert!(error.contains(says), "{text:?}: {error}");
        }
        std::fs::write(&path, "\u{feff}4711\r\n").unwrap();
        let mut known = Known::default();
        known.add(&path).unwrap();
        assert!(known.has(&HolderId::new("4711").unwrap()));
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
        let lines = [line("4711", one), line("4712", other), line("4711", other)];
        let mut known = Known::default();
        for text in [lines.concat(), "INSZ\n93.05.18-223.61\n".into(), "4713\n".into()] {
            std::fs::write(&path, text).unwrap();
            known.add(&path).unwrap();
        }
        for id in ["93051822361", "93.05.18-223.61"] {
            assert!(known.has(&HolderId::new(id).unwrap()), "{id}");
        }
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
