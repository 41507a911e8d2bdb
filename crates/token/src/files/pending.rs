//! A file beside its final name, until it is whole.

use std::{
    fs::{self, File, TryLockError},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{FileAct, FileError, PART, folder_of, is_at, private, sync_folder};

fn create_private(path: &Path) -> Result<File, FileError> {
    let mut options = private();
    options.write(true).create_new(true);
    options.open(path).map_err(FileError::at(FileAct::Create, path))
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(PART);
    path.with_file_name(name)
}

/// Takes away what a killed process left of a file that is in nobody's hands any more.
fn take_away_left(part: &Path) -> Result<(), FileError> {
    // Opening a pipe would wait, and a link leads elsewhere; `create_private` refuses both.
    if !part.symlink_metadata().is_ok_and(|found| found.is_file()) {
        return Ok(());
    }
    let left =
        File::options().write(true).open(part).map_err(FileError::at(FileAct::Write, part))?;
    match left.try_lock() {
        // Another process may have taken it away, and begun again under its name.
        Ok(()) if is_at(&left, part).unwrap_or(false) => super::remove(part),
        Err(TryLockError::WouldBlock) => {
            Err(FileError::at(FileAct::Create, part)(io::ErrorKind::ResourceBusy.into()))
        }
        // Where there are no locks, nobody knows whether it is in somebody's hands.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
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
        file.write_all(bytes).map_err(FileError::at(FileAct::Write, path))?;
        file.sync_all().map_err(FileError::at(FileAct::Sync, path))?;
        Ok(pending)
    }

    /// Makes an empty file (0600) beside `path`.
    fn begin(path: &Path) -> Result<(Self, File), FileError> {
        if path.symlink_metadata().is_ok() {
            return Err(FileError::at(FileAct::Create, path)(io::ErrorKind::AlreadyExists.into()));
        }
        let part = part_of(path);
        let file = create_private(&part)?;
        Ok((Self { part, path: path.to_owned(), committed: false }, file))
    }

    /// Gives the file its final name. The folder is to be synced afterwards.
    ///
    /// # Errors
    /// [`FileError`]; the file is taken away again.
    pub fn commit(mut self) -> Result<(), FileError> {
        fs::rename(&self.part, &self.path).map_err(FileError::at(FileAct::Rename, &self.path))?;
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
    /// Where the file is until it is committed.
    #[must_use]
    pub fn part(&self) -> &Path {
        &self.pending.part
    }

    /// Makes an empty file beside `path`.
    ///
    /// # Errors
    /// [`FileError`], also when `path` is taken, or another process is writing it.
    pub fn begin(path: &Path) -> Result<Self, FileError> {
        if path.symlink_metadata().is_err() {
            take_away_left(&part_of(path))?;
        }
        let (pending, file) = Pending::begin(path)?;
        // Keeps others from taking it for one that was left; some disks know no locks.
        let is_taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock))
            || !is_at(&file, &pending.part).unwrap_or(false);
        if is_taken {
            return Err(FileError::at(FileAct::Create, path)(io::ErrorKind::ResourceBusy.into()));
        }
        Ok(Self { file: BufWriter::with_capacity(1 << 16, file), pending })
    }

    /// Brings all of it to the disk and gives it its name.
    ///
    /// # Errors
    /// [`FileError`]; nothing is left behind then.
    pub fn commit(self) -> Result<(), FileError> {
        let Self { file, pending } = self;
        let path = pending.path.clone();
        let file = file
            .into_inner()
            .map_err(|error| FileError::at(FileAct::Write, &path)(error.into()))?;
        file.sync_all().map_err(FileError::at(FileAct::Sync, &path))?;
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

    #[test]
    fn what_a_killed_process_left_is_in_nobodys_way_and_what_is_written_now_is_safe() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spoilt.csv");
        fs::write(folder.path().join("spoilt.csv.part"), "serial,seq").unwrap();
        let mut writing = Writing::begin(&path).unwrap();
        let error = Writing::begin(&path).err().unwrap();
        assert_eq!(error.source.kind(), io::ErrorKind::ResourceBusy);
        assert!(error.to_string().contains("another program is writing it"), "{error}");
        writing.write_all(b"whole").unwrap();
        writing.commit().unwrap();
        assert_eq!(names(folder.path()), ["spoilt.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        fs::create_dir(folder.path().join("a.part")).unwrap();
        assert!(Writing::begin(&folder.path().join("a")).is_err());
    }
}
