//! A file beside its final name, until it is whole.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{Act, FileError, PART, failed, folder_of, private, sync_folder};

fn create_private(path: &Path) -> Result<File, FileError> {
    let mut options = private();
    options.write(true).create_new(true);
    options.open(path).map_err(failed(Act::Create, path))
}

/// A file that stands whole and synced beside its final name.
#[must_use = "without `commit` the file is taken away again"]
pub struct Pending {
    part: PathBuf,
    path: PathBuf,
    committed: bool,
}

impl Pending {
    /// Writes a file (0600) beside `path` and waits until it is on the disk.
    ///
    /// # Errors
    /// [`FileError`], also when `path` is taken; nothing is left behind then.
    pub fn write(path: &Path, bytes: &[u8]) -> Result<Self, FileError> {
        let (pending, mut file) = Self::begin(path)?;
        file.write_all(bytes).map_err(failed(Act::Write, path))?;
        file.sync_all().map_err(failed(Act::Sync, path))?;
        Ok(pending)
    }

    /// Makes an empty file (0600) beside `path`.
    fn begin(path: &Path) -> Result<(Self, File), FileError> {
        if path.symlink_metadata().is_ok() {
            return Err(failed(Act::Create, path)(io::ErrorKind::AlreadyExists.into()));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(PART);
        let part = path.with_file_name(name);
        let file = create_private(&part)?;
        Ok((Self { part, path: path.to_owned(), committed: false }, file))
    }

    /// Gives the file its final name. The folder is to be synced afterwards.
    ///
    /// # Errors
    /// [`FileError`]; the file is taken away again.
    pub fn commit(mut self) -> Result<(), FileError> {
        fs::rename(&self.part, &self.path).map_err(failed(Act::Rename, &self.path))?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.committed {
            // The error that led here is the one to tell.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// A file too large for memory, written piece by piece beside its final name (0600).
///
/// Dropped before [`Writing::commit`], it leaves nothing.
pub struct Writing {
    // Before `pending`, so that it is closed before it is taken away.
    file: BufWriter<File>,
    pending: Pending,
}

impl Writing {
    /// Makes an empty file beside `path`.
    ///
    /// # Errors
    /// [`FileError`], also when `path` is taken.
    pub fn begin(path: &Path) -> Result<Self, FileError> {
        let (pending, file) = Pending::begin(path)?;
        Ok(Self { file: BufWriter::with_capacity(1 << 16, file), pending })
    }

    /// Brings all of it to the disk and gives it its name.
    ///
    /// # Errors
    /// [`FileError`]; nothing is left behind then.
    pub fn commit(self) -> Result<(), FileError> {
        let Self { file, pending } = self;
        let path = pending.path.clone();
        let file = file.into_inner().map_err(|error| failed(Act::Write, &path)(error.into()))?;
        file.sync_all().map_err(failed(Act::Sync, &path))?;
        pending.commit()?;
        sync_folder(folder_of(&path))
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_written_piece_by_piece_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.sql");
        let mut writing = Writing::begin(&path).unwrap();
        writing.write_all(&vec![b'x'; 1 << 17]).unwrap();
        assert_eq!(names(folder.path()), ["export.sql.part"]);
        drop(writing);
        assert!(names(folder.path()).is_empty());
        let mut writing = Writing::begin(&path).unwrap();
        writing.write_all(b"one ").unwrap();
        writing.write_all(b"two").unwrap();
        writing.commit().unwrap();
        assert_eq!(names(folder.path()), ["export.sql"]);
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        assert!(Writing::begin(&path).is_err());
    }
}
