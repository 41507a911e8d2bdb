//! The lines of a file, and the digest of all that was read.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    str,
};

use sha2::{Digest, Sha256};

use super::Why;
use crate::files::{Act, FileError, Sha256Digest};

/// The longest line that is read, in bytes; a record has about 3500.
const MAX_LINE: u64 = 1 << 20;

/// A file that is read line by line.
pub(super) struct Lines {
    text: BufReader<Digesting>,
    path: PathBuf,
    line: Vec<u8>,
    number: u64,
}

/// A line's number, and its text without the line feed or what is wrong with it.
pub(super) type Numbered<'a> = (u64, Result<&'a str, Why>);

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

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let file = File::open(path).map_err(failed(path))?;
        let digesting = Digesting { file, digest: Sha256::new(), bytes: 0 };
        let text = BufReader::with_capacity(1 << 17, digesting);
        Ok(Self { text, path: path.to_owned(), line: Vec::new(), number: 0 })
    }

    /// The next line, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<Numbered<'_>>, FileError> {
        self.line.clear();
        let read = (&mut self.text).take(MAX_LINE).read_until(b'\n', &mut self.line);
        let length = read.map_err(failed(&self.path))?;
        if length == 0 {
            return Ok(None);
        }
        self.number += 1;
        let text = match self.line.strip_suffix(b"\n") {
            Some(line) => str::from_utf8(line).map_err(|_| Why::NotText),
            None if length as u64 == MAX_LINE => {
                self.text.skip_until(b'\n').map_err(failed(&self.path))?;
                Err(Why::TooLong)
            }
            None => Err(Why::CutOff),
        };
        Ok(Some((self.number, text)))
    }

    /// What was read; of the whole file when there is no next line.
    pub(super) fn end(self) -> End {
        let Digesting { digest, bytes, .. } = self.text.into_inner();
        let sha256 = Sha256Digest::from_bytes(digest.finalize().into());
        End { lines: self.number, bytes, sha256 }
    }
}

/// The digest of a file and the number of its lines, whatever they are.
pub(super) fn survey(path: &Path) -> Result<(Sha256Digest, u64), FileError> {
    let mut lines = Lines::open(path)?;
    while lines.next()?.is_some() {}
    let end = lines.end();
    Ok((end.sha256, end.lines))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FileError {
    move |source| FileError { act: Act::Read, path: path.to_owned(), source }
}
