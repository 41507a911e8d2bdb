//! The bundles of a finished journal in the order of their cards, one in memory at a time.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use super::journal::{BundleDone, JournalEntry, JournalError, read};
use crate::files::{FileAct, FileError};

/// Reads bundles in the order of their numbers, whatever the order in which they were done.
pub struct InOrder {
    path: PathBuf,
    file: BufReader<File>,
    /// Where each bundle's line begins, the last bundle first.
    lines: Vec<(u32, u64)>,
    /// The card that the next bundle begins with.
    next: u64,
}

impl InOrder {
    /// Finds each bundle in a journal.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let mut lines = Vec::new();
        read(path, &mut |entry, at| {
            if let JournalEntry::Bundle(bundle) = entry {
                lines.push((bundle.number, at));
            }
        })?;
        lines.sort_unstable_by(|one, other| other.cmp(one));
        let file = File::open(path).map_err(FileError::at(FileAct::Read, path))?;
        Ok(Self { path: path.to_owned(), file: BufReader::new(file), lines, next: 1 })
    }

    fn bundle(&mut self, at: u64) -> Result<BundleDone, JournalError> {
        let mut line = Vec::new();
        let failed = FileError::at(FileAct::Read, &self.path);
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.read_until(b'\n', &mut line))
            .map_err(failed)?;
        match serde_json::from_slice(&line) {
            Ok(JournalEntry::Bundle(bundle)) => self.in_order(bundle),
            // It was one a moment ago.
            _ => Err(failed(std::io::Error::other("it has changed")).into()),
        }
    }

    /// The bundle, if its cards follow those before it and are as many as its serials.
    fn in_order(&mut self, bundle: BundleDone) -> Result<BundleDone, JournalError> {
        let BundleDone { number, first, last, ref serials, .. } = bundle;
        let (wanted, found) = (self.next, serials.len());
        self.next = wanted.saturating_add(found as u64);
        if first == wanted && last.checked_add(1) == Some(self.next) {
            return Ok(bundle);
        }
        Err(JournalError::Order { path: self.path.clone(), number, first, last, found, wanted })
    }
}

impl Iterator for InOrder {
    type Item = Result<BundleDone, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, at) = self.lines.pop()?;
        Some(self.bundle(at))
    }
}
