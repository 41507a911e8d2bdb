//! The lines of a file, one in memory at a time and none longer than a bound.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{FileAct, FileError};

/// A file that is read line by line; a line that doesn't end can't fill the memory.
pub struct BoundedLines<R = File> {
    text: BufReader<R>,
    path: PathBuf,
    longest: usize,
    line: Vec<u8>,
    number: u64,
}

impl BoundedLines {
    /// Opens a file in which no line should have more than `longest` bytes, its end included.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(path: &Path, longest: usize) -> Result<Self, FileError> {
        let file = File::open(path).map_err(FileError::at(FileAct::Read, path))?;
        Ok(Self::of(file, path, longest))
    }
}

impl<R: Read> BoundedLines<R> {
    /// The lines of what a reader gives, which is told as the file at `path`.
    pub fn of(reader: R, path: &Path, longest: usize) -> Self {
        let text = BufReader::with_capacity(1 << 16, reader);
        Self { text, path: path.to_owned(), longest, line: Vec::new(), number: 0 }
    }

    /// The next line and its number, from 1; none at the end of the file.
    ///
    /// The line feed comes with it. Without one, the line is the last and cut off, or it is as long
    /// as any may be, and the rest of it is skipped.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn next_line(&mut self) -> Result<Option<(u64, &[u8])>, FileError> {
        let failed = FileError::at(FileAct::Read, &self.path);
        self.line.clear();
        let limit = self.longest as u64;
        (&mut self.text).take(limit).read_until(b'\n', &mut self.line).map_err(failed)?;
        if self.is_too_long() {
            self.text.skip_until(b'\n').map_err(failed)?;
        }
        self.number += 1;
        Ok((!self.line.is_empty()).then_some((self.number, &*self.line)))
    }

    /// Whether the line that was read last has more bytes than any may have.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        self.line.len() == self.longest && !self.line.ends_with(b"\n")
    }

    /// The reader, at an unknown place.
    pub fn into_inner(self) -> R {
        self.text.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_never_longer_than_its_bound_and_the_next_one_is_whole() {
        let text = &b"a\n\nlonger than seven\nseven.\nend"[..];
        let mut lines = BoundedLines::of(text, Path::new("text"), 7);
        let mut read = Vec::new();
        while let Some((number, line)) = lines.next_line().unwrap() {
            read.push((number, String::from_utf8(line.to_vec()).unwrap()));
        }
        let wanted = [(1, "a\n"), (2, "\n"), (3, "longer "), (4, "seven.\n"), (5, "end")];
        assert_eq!(read, wanted.map(|(number, line)| (number, line.to_owned())));
    }
}
