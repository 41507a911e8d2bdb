//! Files that are whole or not there: written beside, synced, renamed; never overwritten.
//!
//! On Unix a folder is made 0700 and a file 0600. Elsewhere the user's own profile folder
//! guards them, as other programs' private files.

mod bounded_lines;
mod pending;
mod sha256;

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, FileType, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use self::{
    bounded_lines::BoundedLines,
    pending::{Pending, Writing},
    sha256::{NotADigest, Sha256Digest},
};
use crate::{
    key_half::{KeyHalf, key_half},
    shell::{quoted, shown},
};

/// The ending of a file that is not whole yet.
pub const PART: &str = "part";

/// What was done to a file when it failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FileAct {
    /// Making a folder.
    MakeFolder,
    /// Making a file.
    Create,
    /// Writing to it.
    Write,
    /// Waiting until it is on the disk.
    Sync,
    /// Giving it its name.
    Rename,
    /// Reading it.
    Read,
    /// Taking it away.
    Remove,
    /// Keeping the list of holders in a nameless file of the folder.
    KeepList,
}

impl FileAct {
    const fn words(self) -> &'static str {
        match self {
            Self::MakeFolder => "make the folder",
            Self::Create => "make the file",
            Self::Write => "write the file",
            Self::Sync => "bring to the disk",
            Self::Rename => "give its final name to",
            Self::Read => "read",
            Self::Remove => "delete",
            Self::KeepList => "keep the list of holders in",
        }
    }
}

/// A file or folder that could not be made, written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {} {}: {source}{}", act.words(), shown(.path), remedy(*act, source))]
pub struct FileError {
    /// What failed.
    pub act: FileAct,
    /// Where.
    pub path: PathBuf,
    /// Why, in the system's words.
    pub source: io::Error,
}

impl FileError {
    /// Makes an error of the system one of a file.
    pub fn at(act: FileAct, path: &Path) -> impl Fn(io::Error) -> Self + Copy {
        move |source| Self { act, path: path.to_owned(), source }
    }
}

/// What to do about an error of the system, `; ` before it; empty where nothing is known.
#[must_use]
pub fn remedy(act: FileAct, error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;

    match error.kind() {
        Kind::AlreadyExists => "; nothing is ever overwritten, so choose another name",
        Kind::ResourceBusy => "; another program is writing it, so wait for that one to end",
        Kind::StorageFull => "; free some space",
        Kind::QuotaExceeded => "; the quota is used up, so free some space or have it raised",
        Kind::PermissionDenied if act == FileAct::Read => "; have its owner let you read it",
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            "; choose a folder that you may write to"
        }
        Kind::NotFound => "; check the path, and that its parent folder is there",
        Kind::FileTooLarge => {
            "; larger files than this are not allowed there, so choose another folder"
        }
        Kind::IsADirectory => "; name a file",
        Kind::NotADirectory => "; a file stands where a folder should",
        _ if is_gone(error) => {
            "; the disk is gone or failing, so see that it is connected and mounted, and try again"
        }
        _ => "",
    }
}

/// Whether a disk, a stick or a network drive no longer answers.
fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;

    /// EIO, ENXIO and ENODEV, which have the same numbers on Linux, macOS and the BSDs.
    const GONE: [i32; 3] = [5, 6, 19];
    let gone = cfg!(unix) && error.raw_os_error().is_some_and(|number| GONE.contains(&number));
    gone || matches!(
        error.kind(),
        Kind::StaleNetworkFileHandle
            | Kind::NotConnected
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::NetworkDown
            | Kind::TimedOut
    )
}

/// Makes a folder that is not there yet, for its owner alone (0700).
///
/// # Errors
/// [`FileError`] when something of that name is there, or the folder can't be made.
pub fn make_private_folder(path: &Path) -> Result<(), FileError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(FileError::at(FileAct::MakeFolder, path))
}

/// Makes a folder that is there its owner's alone (0700).
///
/// # Errors
/// [`FileError`] when it belongs to somebody else.
pub fn make_private(path: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .map_err(FileError::at(FileAct::MakeFolder, path))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// How a file is made that only its owner may read (0600).
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Waits until a folder's names are on the disk.
///
/// # Errors
/// [`FileError`] when the system can't.
pub fn sync_folder(path: &Path) -> Result<(), FileError> {
    if cfg!(unix) {
        let synced = File::open(path).and_then(|folder| folder.sync_all());
        match synced {
            // On SMB, some NFS and FUSE a folder can't be synced: names are on the server when it
            // has answered, or it has no better.
            Err(error) if has_no_sync(&error) => {}
            other => other.map_err(FileError::at(FileAct::Sync, path))?,
        }
    }
    Ok(())
}

/// Whether an error of `fsync` says that what it was asked for can't be synced (POSIX.1-2024, fsync:
/// EINVAL; Linux also ENOTSUP).
fn has_no_sync(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// Gives a folder its name, when all that is in it is on the disk.
///
/// # Errors
/// [`FileError`], also when `path` is taken by anything but an empty folder.
pub fn rename_folder(part: &Path, path: &Path) -> Result<(), FileError> {
    fs::rename(part, path).map_err(FileError::at(FileAct::Rename, path))?;
    sync_folder(folder_of(path))
}

/// Writes one whole file and syncs its folder.
///
/// # Errors
/// [`FileError`], also when `path` is taken; nothing is left half-written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    Pending::write(path, bytes)?.commit()?;
    sync_folder(folder_of(path))
}

/// Makes an empty file (0600), unless there is something at `path` already; one that is there and
/// empty gets that mode, since what comes into it is its owner's alone.
///
/// # Errors
/// [`FileError`]; there is no file then.
pub fn create_empty(path: &Path) -> Result<(), FileError> {
    match private().write(true).create_new(true).open(path) {
        Ok(_) => sync_folder(folder_of(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            keep_private(path).map_err(FileError::at(FileAct::Create, path))
        }
        Err(error) => Err(FileError::at(FileAct::Create, path)(error)),
    }
}

#[cfg(unix)]
fn keep_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::metadata(path)?;
    if metadata.is_file() && metadata.len() == 0 && metadata.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_private(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder that a file is in; a bare name is in the current one.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Whether what is at a path is this very file.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;

        let (here, there) = (file.metadata()?, fs::symlink_metadata(path)?);
        Ok((here.dev(), here.ino()) == (there.dev(), there.ino()))
    }
    // Elsewhere a file that is open keeps its name.
    #[cfg(not(unix))]
    {
        let _ = (file, path);
        Ok(true)
    }
}

/// `ENOLCK`, which std has no kind for.
const NO_LOCK: i32 = if cfg!(target_os = "linux") { 37 } else { 77 };

/// A file that only grows, one synced line at a time, by one process.
pub struct Appender {
    file: File,
    path: PathBuf,
}

impl Appender {
    /// Makes an empty file (0600); `None` when another process was quicker to take it.
    ///
    /// # Errors
    /// [`FileError`], also when `path` is taken.
    pub fn create(path: &Path) -> Result<Option<Self>, FileError> {
        let mut options = private();
        options.append(true).create_new(true);
        let file = options.open(path).map_err(FileError::at(FileAct::Create, path))?;
        let file = Self { file, path: path.to_owned() };
        if !file.lock()? {
            return Ok(None);
        }
        sync_folder(folder_of(path))?;
        Ok(Some(file))
    }

    /// Opens a file that an earlier process has left; `None` while another one appends to it.
    ///
    /// # Errors
    /// [`FileError`] when it is not there or may not be written to.
    pub fn open(path: &Path) -> Result<Option<Self>, FileError> {
        let file = OpenOptions::new().read(true).append(true).open(path);
        let file = Self {
            file: file.map_err(FileError::at(FileAct::Write, path))?,
            path: path.to_owned(),
        };
        // Until it was locked, another process may have deleted it and begun another.
        let is_held =
            file.lock()? && is_at(&file.file, path).map_err(FileError::at(FileAct::Read, path))?;
        Ok(is_held.then_some(file))
    }

    /// Keeps other processes off until this one ends, however it ends; `false` when another
    /// one is at work. A disk that knows no locks, as some network disks, lets anybody in.
    fn lock(&self) -> Result<bool, FileError> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(true)
            }
            // It should know them, and nobody answers: whether another process is at work can't be
            // told.
            Err(TryLockError::Error(error)) if error.raw_os_error() == Some(NO_LOCK) => {
                Err(FileError::at(FileAct::Write, &self.path)(io::Error::other(format!(
                    "the network disk gives out no locks ({error}), so that another program \
                     could be at the same work; see to its lock service, mount it with locks of \
                     this machine (NFS: local_lock=flock, SMB: nobrl), or take a folder on a disk \
                     of this machine"
                ))))
            }
            Err(TryLockError::Error(error)) => {
                Err(FileError::at(FileAct::Write, &self.path)(error))
            }
        }
    }

    /// Cuts the file to `bytes`, for its last line may be half there.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn cut(&mut self, bytes: u64) -> Result<(), FileError> {
        let cut = self.file.set_len(bytes).and_then(|()| self.file.sync_all());
        cut.map_err(FileError::at(FileAct::Write, &self.path))
    }

    /// Appends bytes and waits until they are on the disk.
    ///
    /// # Errors
    /// [`FileError`]; the file may then end in a part of `bytes`.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.file.write_all(bytes).map_err(FileError::at(FileAct::Write, &self.path))?;
        self.file.sync_all().map_err(FileError::at(FileAct::Sync, &self.path))
    }
}

/// A path that a list gives, `/` between its parts, as a place in a folder; none when it leads
/// elsewhere.
#[must_use]
pub fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !path.is_empty()).then(|| folder.join(relative))
}

/// The digest of a whole file, and its size in bytes.
///
/// # Errors
/// [`FileError`] when it can't be read.
pub fn digest(path: &Path) -> Result<(Sha256Digest, u64), FileError> {
    let read = || {
        let mut file = File::open(path)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 64 << 10];
        let mut bytes = 0;
        loop {
            let length = match file.read(&mut buffer) {
                Ok(0) => return Ok((Sha256Digest::from_bytes(digest.finalize().into()), bytes)),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            digest.update(&buffer[..length]);
            bytes += length as u64;
        }
    };
    read().map_err(FileError::at(FileAct::Read, path))
}

/// What is at a path: a link is a link, wherever it leads.
///
/// # Errors
/// [`FileError`] when there is nothing, or it can't be looked at.
pub fn kind(path: &Path) -> Result<FileType, FileError> {
    path.symlink_metadata()
        .map(|found| found.file_type())
        .map_err(FileError::at(FileAct::Read, path))
}

/// Takes a file away. The folder is to be synced afterwards.
///
/// # Errors
/// [`FileError`] when the system won't.
pub fn remove(path: &Path) -> Result<(), FileError> {
    fs::remove_file(path).map_err(FileError::at(FileAct::Remove, path))
}

/// The names in a folder, sorted.
///
/// # Errors
/// [`FileError`] when it can't be read.
pub fn names(folder: &Path) -> Result<Vec<OsString>, FileError> {
    let read = || {
        let entries = fs::read_dir(folder)?;
        let mut names =
            entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    };
    read().map_err(FileError::at(FileAct::Read, folder))
}

impl Drop for Appender {
    fn drop(&mut self) {
        // Closing it is not enough while a program that is being started has a copy of it.
        let _ = self.file.unlock();
    }
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// [`FileError`] when it can't be read or is larger.
pub fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let read = || {
        let file = File::open(path)?;
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::other(format!("it is larger than {limit} bytes")));
        }
        Ok(bytes)
    };
    read().map_err(FileError::at(FileAct::Read, path))
}

/// Whether something is at a path, or where a link there leads.
///
/// # Errors
/// [`FileError`] when it can't be known, as in a folder that one may not look into.
pub fn is_there(path: &Path) -> Result<bool, FileError> {
    match path.metadata() {
        Ok(_) => Ok(true),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(false),
            _ => Err(FileError::at(FileAct::Read, path)(error)),
        },
    }
}

/// Reads a file that holds a secret: of at most `limit` bytes, and on Unix readable by its
/// owner alone. The bytes wipe themselves.
///
/// # Errors
/// [`FileError`] when it can't be read, is larger, others may read it, or it is the public half of
/// a key.
pub fn read_secret(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let read = || {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // With room for all of it no copy is left behind by growing.
        let room = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        // First, for whoever gave it other permissions or made it smaller would have gained nothing.
        if key_half(&bytes) == Some(KeyHalf::Public) {
            return Err(io::Error::other(
                "this is the public half of a key; give the file of its secret half, whose name \
                 does not end in .pub",
            ));
        }
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
            return Err(io::Error::other(format!(
                "others than its owner may read this secret; run `chmod 600 {}`",
                quoted(path.as_os_str())
            )));
        }
        if bytes.len() as u64 > limit {
            return Err(io::Error::other(format!("it is larger than {limit} bytes")));
        }
        Ok(bytes)
    };
    read().map_err(FileError::at(FileAct::Read, path))
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
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kaart é.pdf");
        let pending = Pending::write(&path, b"one").unwrap();
        assert_eq!(names(folder.path()), ["kaart é.pdf.part"]);
        drop(pending);
        assert!(names(folder.path()).is_empty());
        write_whole(&path, b"two").unwrap();
        assert_eq!(names(folder.path()), ["kaart é.pdf"]);
        assert_eq!(read_whole(&path, 3).unwrap(), b"two");
        assert!(read_whole(&path, 2).is_err());
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0001.pdf");
        write_whole(&path, b"first").unwrap();
        let error = write_whole(&path, b"second").unwrap_err();
        assert!(error.to_string().contains("nothing is ever overwritten"), "{error}");
        assert!(Appender::create(&path).is_err());
        assert!(make_private_folder(folder.path()).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_replaced_is_not_taken_for_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut first = Appender::create(&path).unwrap().unwrap();
        assert!(Appender::open(&path).unwrap().is_none(), "somebody appends to it");
        fs::remove_file(&path).unwrap();
        let second = Appender::create(&path).unwrap().unwrap();
        assert!(!is_at(&first.file, &path).unwrap());
        assert!(is_at(&second.file, &path).unwrap());
        first.append(b"lost\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_look() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        make_private_folder(&run).unwrap();
        write_whole(&run.join("a"), b"").unwrap();
        Appender::create(&run.join("b")).unwrap().unwrap().append(b"x\n").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&run), 0o700);
        assert_eq!(mode(&run.join("a")), 0o600);
        assert_eq!(mode(&run.join("b")), 0o600);
    }

    #[test]
    fn a_digest_is_the_one_everybody_computes() {
        let digest = Sha256Digest::of(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.to_string(), text);
        assert_eq!(Sha256Digest::try_from(text.to_owned()), Ok(digest));
        assert_eq!(Sha256Digest::try_from(text.to_uppercase()), Err(NotADigest));
        assert_eq!(Sha256Digest::try_from("é".repeat(32)), Err(NotADigest));
    }
}
