//! What is done, line by line, in a file that outlives a crash; never a code.
//!
//! The first line names the run, each further line a bundle whose cards and records are on
//! the disk. A bundle that the journal does not name was never finished.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    files::{Appender, BoundedLines, FileError, Sha256Digest},
    run_files::Parameters,
    shell::{harmless, shown},
    token::Serial,
};

/// The version of the journal's lines.
pub const VERSION: u8 = 1;
/// The longest line that is read, in bytes: far more than that of the largest bundle.
const MAX_LINE: usize = 1 << 25;

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
pub enum JournalEntry {
    /// The first line: which run this is.
    Run(Box<RunStarted>),
    /// A process began to work on the run, or went on with it.
    Process {
        /// Its id, as the operating system numbers processes.
        id: u32,
    },
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
    /// The program, with its version.
    pub program: String,
    /// How many holders the run has.
    pub holders: u64,
    /// The digest of the input's bytes.
    pub input_sha256: Sha256Digest,
    /// The digest of the holders as the program read them, in the order of their cards.
    pub holders_sha256: Sha256Digest,
    /// What the run does alike for all its holders.
    pub parameters: Parameters,
}

/// A bundle whose cards and records are on the disk.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BundleDone {
    /// The bundle's number, from 1.
    pub number: u32,
    /// The first holder's place in the run, from 1.
    pub first: u64,
    /// The last holder's place in the run.
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
pub enum JournalError {
    /// The file can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is none that this program writes.
    #[error(
        "{}:{line}: not a line of a journal ({why}); the run can't be trusted, so print none of it",
        shown(.path)
    )]
    Line {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        why: String,
    },
    /// A bundle that does not follow the one before it, or has not the cards that it says.
    #[error(
        "{}: bundle {number} has cards {first} to {last} where {found} from {wanted} on belong; the run \
         can't be trusted, so print none of it",
        shown(.path)
    )]
    Order {
        /// The journal.
        path: PathBuf,
        /// The bundle.
        number: u32,
        /// Its first card, as it says.
        first: u64,
        /// Its last one.
        last: u64,
        /// How many serials it has.
        found: usize,
        /// The card behind those of the bundle before it.
        wanted: u64,
    },
}

/// Why an unfinished journal can't be taken over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// Another process is at work on the run.
    #[error(
        "{}: {} is at work on this run; wait until it ends, or stop it first",
        shown(.path),
        process.map_or_else(|| "another process".to_owned(), |id| format!("process {id}"))
    )]
    AtWork {
        /// The journal.
        path: PathBuf,
        /// Its id, where the journal says it.
        process: Option<u32>,
    },
    /// It can't be read back.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<FileError> for ResumeError {
    fn from(error: FileError) -> Self {
        Self::Journal(error.into())
    }
}

/// A journal that is being written.
pub struct Journal(Appender);

/// An unfinished journal, taken over from a process that has ended.
pub struct Resumed {
    /// The journal, without the part of a line that its last writer left.
    pub journal: Journal,
    /// Which run it tells of; none if its first line was never finished.
    pub run: Option<RunStarted>,
}

impl Journal {
    /// Makes an empty journal and keeps other processes off it.
    ///
    /// # Errors
    /// [`ResumeError`], also when there is a journal already.
    pub fn create(path: &Path) -> Result<Self, ResumeError> {
        Appender::create(path)?.map(Self).ok_or_else(|| at_work(path))
    }

    /// Takes an unfinished journal over, and gives each bundle that it names.
    ///
    /// # Errors
    /// [`ResumeError`]; a line that was cut off is no reason.
    pub fn resume(path: &Path, mut done: impl FnMut(BundleDone)) -> Result<Resumed, ResumeError> {
        let Some(mut appender) = Appender::open(path)? else { return Err(at_work(path)) };
        let mut run = None;
        let whole = read(path, &mut |entry, _| match entry {
            JournalEntry::Run(started) => run = Some(*started),
            JournalEntry::Bundle(bundle) => done(bundle),
            JournalEntry::Process { .. } => {}
        })?;
        appender.cut(whole.bytes)?;
        Ok(Resumed { journal: Self(appender), run })
    }

    /// Says which run this is: the first line.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn begin(&mut self, run: RunStarted) -> Result<(), FileError> {
        self.append(&JournalEntry::Run(Box::new(run)))
    }

    /// Says which process works on the run from now on.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn process(&mut self, id: u32) -> Result<(), FileError> {
        self.append(&JournalEntry::Process { id })
    }

    /// Says that a bundle is on the disk, and waits until that is on the disk too.
    ///
    /// # Errors
    /// [`FileError`]; whether the bundle counts as done is then seen when the journal is read.
    pub fn bundle_done(&mut self, bundle: BundleDone) -> Result<(), FileError> {
        self.append(&JournalEntry::Bundle(bundle))
    }

    fn append(&mut self, entry: &JournalEntry) -> Result<(), FileError> {
        let mut line = to_line(entry);
        line.push(b'\n');
        self.0.append(&line)
    }
}

/// Another process has the journal; which one, it says itself.
fn at_work(path: &Path) -> ResumeError {
    let mut process = None;
    // That somebody is at work is known also when the journal can't be read just now.
    let _ = read(path, &mut |entry, _| {
        if let JournalEntry::Process { id } = entry {
            process = Some(id);
        }
    });
    ResumeError::AtWork { path: path.to_owned(), process }
}

fn to_line(entry: &JournalEntry) -> Vec<u8> {
    // Keys are strings and no value can fail to serialise.
    serde_json::to_vec(entry).unwrap_or_default()
}

/// Reads a finished journal back: the run and its bundles, in the order in which they were
/// done.
///
/// # Errors
/// [`JournalError`], also for a line that was cut off.
pub fn replay(path: &Path) -> Result<(RunStarted, Vec<BundleDone>), JournalError> {
    let mut run = None;
    let mut bundles = Vec::new();
    let whole = read(path, &mut |entry, _| match entry {
        JournalEntry::Run(started) => run = Some(*started),
        JournalEntry::Bundle(bundle) => bundles.push(bundle),
        JournalEntry::Process { .. } => {}
    })?;
    let fault = |line: usize, why: &str| {
        Err(JournalError::Line { path: path.to_owned(), line, why: why.to_owned() })
    };
    match run {
        _ if whole.rest => fault(whole.lines + 1, "it is cut off"),
        Some(run) => Ok((run, bundles)),
        None => fault(1, "it is empty"),
    }
}

/// The run that a journal tells of, whether it is finished or not; none if its first line was
/// never finished.
///
/// # Errors
/// [`JournalError`].
pub fn run(path: &Path) -> Result<Option<RunStarted>, JournalError> {
    let mut run = None;
    read(path, &mut |entry, _| {
        if let JournalEntry::Run(started) = entry {
            run = Some(*started);
        }
    })?;
    Ok(run)
}

/// The lines of a journal that are whole.
pub(super) struct Whole {
    lines: usize,
    bytes: u64,
    /// Whether something follows them.
    rest: bool,
}

/// Gives every whole line of a journal, and the byte at which it begins.
pub(super) fn read(
    path: &Path,
    give: &mut dyn FnMut(JournalEntry, u64),
) -> Result<Whole, JournalError> {
    let mut text = BoundedLines::open(path, MAX_LINE)?;
    let mut whole = Whole { lines: 0, bytes: 0, rest: false };
    while let Some((_, line)) = text.next_line()? {
        let fault = |why: &str| JournalError::Line {
            path: path.to_owned(),
            line: whole.lines + 1,
            why: why.to_owned(),
        };
        let Some(text) = line.strip_suffix(b"\n") else {
            // Only what ends with the file may be a line that was cut off.
            if line.len() == MAX_LINE {
                return Err(fault("it is longer than any line of a journal"));
            }
            whole.rest = true;
            break;
        };
        let entry =
            serde_json::from_slice(text).map_err(|error| fault(&harmless(&error.to_string())))?;
        match &entry {
            JournalEntry::Run(_) if whole.lines != 0 => return Err(fault("a second run")),
            JournalEntry::Run(run) if run.version != VERSION => {
                return Err(fault("a version this program does not know"));
            }
            JournalEntry::Bundle(_) | JournalEntry::Process { .. } if whole.lines == 0 => {
                return Err(fault("no run before it"));
            }
            _ => give(entry, whole.bytes),
        }
        whole.lines += 1;
        whole.bytes += line.len() as u64;
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_files::bundles::InOrder;
    use crate::{
        hash::Scheme,
        language::Language,
        run_files::{Sort, Window},
        token::CodeFormat,
    };

    fn started() -> RunStarted {
        RunStarted {
            version: VERSION,
            run: "00".repeat(16),
            program: "tokenkaart 0".into(),
            holders: 1,
            input_sha256: Sha256Digest::of(b"input"),
            holders_sha256: Sha256Digest::of(b"holders"),
            parameters: Parameters {
                issued: jiff::civil::date(2026, 11, 22),
                expires: None,
                design: "card".into(),
                design_sha256: Sha256Digest::of(b"design"),
                fallback_font: None,
                language: Language::Nl,
                office: None,
                phone: None,
                back: false,
                reply_to: None,
                country: crate::country::Country::BELGIUM,
                window: Window::Left,
                tagged: false,
                marked: false,
                numbered: false,
                url: None,
                code_format: CodeFormat::default(),
                scheme: Scheme::default(),
                key_id: None,
                sort: Sort::Input,
                part: None,
                replaces: None,
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
        let mut journal = Journal::create(&path).unwrap();
        journal.begin(started()).unwrap();
        journal.process(7).unwrap();
        journal.bundle_done(done()).unwrap();
        assert_eq!(replay(&path).unwrap(), (started(), vec![done()]));
    }

    #[test]
    fn bundles_are_given_in_the_order_of_their_cards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        journal.begin(started()).unwrap();
        for number in [3, 1, 2] {
            let (card, serials) = (u64::from(number), vec!["V2PY-4X22-8XCK-Y522".parse().unwrap()]);
            let bundle = BundleDone { number, first: card, last: card, serials, ..done() };
            journal.bundle_done(bundle).unwrap();
            journal.process(number).unwrap();
        }
        let bundles = InOrder::open(&path).unwrap().map(|bundle| bundle.unwrap().number);
        assert_eq!(bundles.collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_journal_cut_off_anywhere_is_taken_over_with_its_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let lines = [
            JournalEntry::Run(Box::new(started())),
            JournalEntry::Process { id: 7 },
            JournalEntry::Bundle(done()),
        ];
        let lines: Vec<_> =
            lines.iter().map(|entry| [to_line(entry), vec![b'\n']].concat()).collect();
        let ends: Vec<usize> = (0..=3).map(|count| lines[..count].concat().len()).collect();
        let text = lines.concat();
        for length in 0..=text.len() {
            std::fs::write(&path, &text[..length]).unwrap();
            let mut bundles = Vec::new();
            let mut resumed = Journal::resume(&path, |bundle| bundles.push(bundle)).unwrap();
            assert_eq!(resumed.run, (length >= ends[1]).then(started), "{length}");
            assert_eq!(bundles.len(), usize::from(length == ends[3]), "{length}");
            let kept = ends.iter().rev().find(|end| **end <= length).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().len(), *kept as u64, "{length}");
            if resumed.run.is_none() {
                resumed.journal.begin(started()).unwrap();
            }
            resumed.journal.process(8).unwrap();
            assert_eq!(replay(&path).unwrap(), (started(), bundles), "{length}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_taken_for_one_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut text = [to_line(&JournalEntry::Run(Box::new(started()))), vec![b'\n']].concat();
        text.resize(text.len() + MAX_LINE + 1, b' ');
        text.push(b'\n');
        std::fs::write(&path, &text).unwrap();
        let error = Journal::resume(&path, drop).err().unwrap().to_string();
        assert!(
            error.contains("journal.jsonl:2: not a line of a journal (it is longer"),
            "{error}"
        );
        assert_eq!(std::fs::metadata(&path).unwrap().len(), text.len() as u64, "nothing is cut");
    }

    #[test]
    fn of_two_processes_on_one_run_the_second_is_told_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        for process in [None, Some(4711), Some(4712)] {
            match process {
                None => journal.begin(started()).unwrap(),
                Some(id) => journal.process(id).unwrap(),
            }
            let error = Journal::resume(&path, drop).err().unwrap();
            assert!(
                matches!(&error, ResumeError::AtWork { process: told, .. } if *told == process),
                "{error}"
            );
        }
        drop(journal);
        assert!(Journal::resume(&path, drop).is_ok());
    }

    #[test]
    fn a_line_that_is_cut_off_or_foreign_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let run = String::from_utf8(to_line(&JournalEntry::Run(Box::new(started())))).unwrap();
        let bundle = String::from_utf8(to_line(&JournalEntry::Bundle(done()))).unwrap();
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
