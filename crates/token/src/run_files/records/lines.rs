//! The lines of a file, and the digest of all that was read.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    str,
};

use sha2::{Digest, Sha256};

use super::Why;
use crate::files::{BoundedLines, FileAct, FileError, Sha256Digest};

/// The longest line that is read, in bytes; a record has about 3500.
const MAX_LINE: usize = 1 << 20;
/// Bytes of lines that are read at once, and at most one line more.
const AT_ONCE: usize = 1 << 20;
/// The mark of a text in UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A file that is read line by line.
pub(super) struct RecordLines {
    lines: BoundedLines<Digesting>,
    number: u64,
}

/// A line's number, and its text without the line feed or what is wrong with it.
pub(super) type Numbered<T> = (u64, Result<T, Why>);

/// What a file was, seen from its end.
pub(super) struct End {
    /// Its lines, the last one also when it is cut off.
    pub(super) lines: u64,
    /// Its size.
    pub(super) bytes: u64,
    /// Its digest.
    pub(super) sha256: Sha256Digest,
}

/// A file that remembers the digest of what it gave.
struct Digesting {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl Read for Digesting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.digest.update(&buffer[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
}

impl RecordLines {
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let file = File::open(path).map_err(FileError::at(FileAct::Read, path))?;
        let digesting = Digesting { file, digest: Sha256::new(), bytes: 0 };
        Ok(Self { lines: BoundedLines::of(digesting, path, MAX_LINE), number: 0 })
    }

    /// The next line, if there is one.
    fn next(&mut self) -> Result<Option<Numbered<&str>>, FileError> {
        let Some((number, line)) = self.lines.next_line()? else { return Ok(None) };
        self.number = number;
        let length = line.len();
        // Programs of Windows write a mark before the text.
        let line = line.strip_prefix(BOM).filter(|_| number == 1).unwrap_or(line);
        let text = match line.strip_suffix(b"\n") {
            Some(line) => str::from_utf8(line).map_err(|_| Why::NotText),
            None if length == MAX_LINE => Err(Why::TooLong),
            None => Err(Why::CutOff),
        };
        Ok(Some((number, text)))
    }

    /// The next lines, a few hundred of records; none at the end.
    pub(super) fn next_lines(&mut self) -> Result<Vec<Numbered<String>>, FileError> {
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while bytes < AT_ONCE
            && let Some((number, text)) = self.next()?
        {
            bytes += size_of::<Numbered<String>>() + text.as_ref().map_or(0, |text| text.len());
            lines.push((number, text.map(str::to_owned)));
        }
        Ok(lines)
    }

    /// What was read; of the whole file when there is no next line.
    pub(super) fn end(self) -> End {
        let Digesting { digest, bytes, .. } = self.lines.into_inner();
        let sha256 = Sha256Digest::from_bytes(digest.finalize().into());
        End { lines: self.number, bytes, sha256 }
    }
}

/// The digest of a file and the number of its lines, whatever they are.
pub(super) fn survey(path: &Path) -> Result<(Sha256Digest, u64), FileError> {
    let mut lines = RecordLines::open(path)?;
    while lines.next()?.is_some() {}
    let end = lines.end();
    Ok((end.sha256, end.lines))
}
