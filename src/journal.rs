//! What is done, line by line, in a file that outlives a crash; never a code.
//!
//! The first line names the run, each further line a bundle whose cards and records are on
//! the disk. A bundle that the journal does not name was never finished.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    design::Window,
    files::{self, Appender, FileError, Sha256Digest},
    hash::{KeyId, Scheme},
    language::Language,
    token::{CodeFormat, Serial},
};

/// The version of the journal's lines.
pub const VERSION: u8 = 1;
/// The largest journal that is read, in bytes: a million serials take about 25 MB.
const MAX_BYTES: u64 = 1 << 30;

/// What a run does alike for all its holders.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The date of request, printed on each card.
    pub issued: Date,
    /// The name of the design.
    pub design: String,
    /// The digest of the font for names that the design's own font can't set.
    pub fallback_font: Option<Sha256Digest>,
    /// The language of holders who have none of their own.
    pub language: Language,
    /// Who issues the cards.
    pub office: Option<String>,
    /// Whom to call when a card is lost.
    pub phone: Option<String>,
    /// Whether the backs are printed too.
    pub back: bool,
    /// On which side the envelopes have their window.
    pub window: Window,
    /// The sign-in page in the QR code, `{serial}` standing for the serial.
    pub url: Option<String>,
    /// What codes look like.
    pub code_format: CodeFormat,
    /// The hashing scheme with its parameters.
    pub scheme: Scheme,
    /// The key id of the pepper.
    pub key_id: Option<KeyId>,
    /// Holders per bundle.
    pub bundle: u32,
    /// Whom the cards are sealed to, by fingerprint; nobody when they are not sealed.
    pub sealed_to: Vec<String>,
}

/// A file of cards, as it left the process.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CardsFile {
    /// The path in the run folder, `/` between its parts.
    pub path: String,
    /// The digest of the whole file.
    pub sha256: Sha256Digest,
    /// Its size.
    pub bytes: u64,
    /// Its pages.
    pub pages: u32,
}

/// A file of records, as it left the process.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordsFile {
    /// The path in the run folder, `/` between its parts.
    pub path: String,
    /// The digest of the whole file.
    pub sha256: Sha256Digest,
    /// Its size.
    pub bytes: u64,
    /// Its lines.
    pub records: u32,
}

/// One line of the journal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase", deny_unknown_fields)]
pub enum Entry {
    /// The first line: which run this is.
    Run(RunStarted),
    /// A bundle is on the disk.
    Bundle(BundleDone),
}

/// Which run a journal tells of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RunStarted {
    /// The version of the journal's lines.
    pub version: u8,
    /// The run's id, 32 hexadecimal digits.
    pub run: String,
    /// How many holders the input has.
    pub holders: u64,
    /// The digest of the input's bytes.
    pub input_sha256: Sha256Digest,
    /// What the run does alike for all its holders.
    pub parameters: Parameters,
}

/// A bundle whose cards and records are on the disk.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BundleDone {
    /// The bundle's number, from 1.
    pub number: u32,
    /// The first holder's place in the input, from 1.
    pub first: u64,
    /// The last holder's place in the input.
    pub last: u64,
    /// The serials, in the order of the cards.
    pub serials: Vec<Serial>,
    /// The paper.
    pub cards: CardsFile,
    /// The hashes.
    pub records: RecordsFile,
}

/// Why a journal can't be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is none that this program writes.
    #[error(
        "{}:{line}: not a line of a journal ({why}); the run can't be trusted, so print none of it",
        path.display()
    )]
    Line {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        why: String,
    },
}

/// A journal that is being written.
pub struct Journal(Appender);

impl Journal {
    /// Begins a journal with the line that names the run.
    ///
    /// # Errors
    /// [`FileError`], also when there is a journal already.
    pub fn create(path: &Path, run: RunStarted) -> Result<Self, FileError> {
        let mut journal = Self(Appender::create(path)?);
        journal.append(&Entry::Run(run))?;
        Ok(journal)
    }

    /// Says that a bundle is on the disk, and waits until that is on the disk too.
    ///
    /// # Errors
    /// [`FileError`]; the bundle then counts as not done.
    pub fn bundle_done(&mut self, bundle: BundleDone) -> Result<(), FileError> {
        self.append(&Entry::Bundle(bundle))
    }

    fn append(&mut self, entry: &Entry) -> Result<(), FileError> {
        let mut line = to_line(entry);
        line.push(b'\n');
        self.0.append(&line)
    }
}

fn to_line(entry: &Entry) -> Vec<u8> {
    // Keys are strings and no value can fail to serialise.
    serde_json::to_vec(entry).unwrap_or_default()
}

/// Reads a finished journal back: the run and its bundles, in the order in which they were
/// done.
///
/// # Errors
/// [`JournalError`], also for a line that was cut off.
pub fn replay(path: &Path) -> Result<(RunStarted, Vec<BundleDone>), JournalError> {
    let bytes = files::read_whole(path, MAX_BYTES)?;
    let fault = |line: usize, why: &str| JournalError::Line {
        path: path.to_owned(),
        line,
        why: why.to_owned(),
    };
    let mut run = None;
    let mut bundles = Vec::new();
    let mut rest = &bytes[..];
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(|| fault(number, "it is cut off"))?;
        let entry = serde_json::from_slice(&rest[..end])
            .map_err(|error| fault(number, &error.to_string()))?;
        match entry {
            Entry::Run(_) if number != 1 => return Err(fault(number, "a second run")),
            Entry::Run(started) if started.version != VERSION => {
                return Err(fault(number, "a version this program does not know"));
            }
            Entry::Run(started) => run = Some(started),
            Entry::Bundle(_) if number == 1 => return Err(fault(number, "no run before it")),
            Entry::Bundle(bundle) => bundles.push(bundle),
        }
        rest = &rest[end + 1..];
    }
    run.map(|run| (run, bundles)).ok_or_else(|| fault(1, "it is empty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started() -> RunStarted {
        RunStarted {
            version: VERSION,
            run: "00".repeat(16),
            holders: 1,
            input_sha256: Sha256Digest::of(b"input"),
            parameters: Parameters {
                issued: jiff::civil::date(2026, 11, 22),
                design: "card".into(),
                fallback_font: None,
                language: Language::Nl,
                office: None,
                phone: None,
                back: false,
                window: Window::Left,
                url: None,
                code_format: CodeFormat::default(),
                scheme: Scheme::default(),
                key_id: None,
                bundle: 250,
                sealed_to: vec![],
            },
        }
    }

    fn done() -> BundleDone {
        BundleDone {
            number: 1,
            first: 1,
            last: 1,
            serials: vec![],
            cards: CardsFile {
                path: "cards/0001.pdf".into(),
                sha256: Sha256Digest::of(b"cards"),
                bytes: 5,
                pages: 1,
            },
            records: RecordsFile {
                path: "records/0001.jsonl".into(),
                sha256: Sha256Digest::of(b"records"),
                bytes: 7,
                records: 1,
            },
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path, started()).unwrap();
        journal.bundle_done(done()).unwrap();
        assert_eq!(replay(&path).unwrap(), (started(), vec![done()]));
    }

    #[test]
    fn a_line_that_is_cut_off_or_foreign_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let run = String::from_utf8(to_line(&Entry::Run(started()))).unwrap();
        let bundle = String::from_utf8(to_line(&Entry::Bundle(done()))).unwrap();
        for (text, line) in [
            (String::new(), 1),
            (run.clone(), 1),
            (format!("{bundle}\n"), 1),
            (format!("{run}\n{run}\n"), 2),
            (format!("{run}\n{bundle}\n{}", &bundle[..20]), 3),
            (format!("{run}\n{bundle}\n\n"), 3),
            (format!("{}\n", run.replace("\"version\":1", "\"version\":2")), 1),
        ] {
            std::fs::write(&path, &text).unwrap();
            let error = replay(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("journal.jsonl:{line}:")), "{text:?}: {error}");
        }
    }
}
