//! Opens the cards of a sealed run: what the print house does before it prints.
//!
//! All digests are checked before the first file is opened. The cards are opened in a folder of
//! another name, which gets its own when the last one is there: a folder of opened cards is whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{self, FileAct, FileError, Sha256Digest},
    run_files::{
        journal::CardsFile,
        manifest::{ListedBundle, ListedFile, Manifest, ManifestError, Vouching},
    },
    shell::{harmless, shown},
    token::Serial,
};
use zeroize::Zeroizing;

use crate::{
    paper::{Paper, PaperError},
    run::{self, Stop},
    seal::{self, Identity},
};

/// Larger than any file of a run, in bytes.
const MAX_BYTES: u64 = 1 << 31;

/// What was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The run's id, 32 hexadecimal digits.
    pub run: String,
    /// PDF files.
    pub files: u64,
    /// Their pages.
    pub pages: u64,
    /// Their cards.
    pub cards: u64,
    /// The serial of the first card; none in a run without cards.
    pub first_serial: Option<Serial>,
    /// The serial of the last card.
    pub last_serial: Option<Serial>,
    /// The fingerprint of who signed the manifest, if that was asked for.
    pub signed_by: Option<String>,
}

/// Why nothing was opened; no plain card is on the disk then, but where it says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no finished run, or none by the one it should be by.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nobody has said who must have signed the run, nor that nobody needs to.
    #[error(
        "{}: nobody has said who must have signed this run, and cards that somebody else made are \
         not to be printed; nothing was opened",
        shown(.folder)
    )]
    NotVerified {
        /// The run folder.
        folder: PathBuf,
    },
    /// There is something under the name of the folder to make.
    #[error(
        "{} is already there, and nothing is ever overwritten; choose another folder",
        shown(.path)
    )]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A killed call has left opened cards.
    #[error(
        "{} was left by a call that was killed, and has readable cards; destroy it, and try again",
        shown(.path)
    )]
    Left {
        /// The folder.
        path: PathBuf,
    },
    /// The opened cards could not be taken away again.
    #[error("{cause}; {} has readable cards and could not be deleted: destroy it", shown(.path))]
    Remains {
        /// The folder.
        path: PathBuf,
        /// Why not all were opened.
        cause: Box<Self>,
    },
    /// It was asked to.
    #[error("stopped; no card was opened")]
    Stopped,
    /// The manifest doesn't list each bundle once.
    #[error(
        "{}: the manifest doesn't list each bundle and each card once; print none of the run, \
         and tell who sent it",
        shown(.folder)
    )]
    Inconsistent {
        /// The run folder.
        folder: PathBuf,
    },
    /// The cards are plain PDF files.
    #[error("{}: the cards of this run are not sealed, so there is nothing to open", shown(.folder))]
    NotSealed {
        /// The run folder.
        folder: PathBuf,
    },
    /// A file that the manifest lists is not there.
    #[error("{}: the manifest lists this file and it is not there; have it sent again", shown(.path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A listed path that is not a file of the run folder.
    #[error(
        "{}: the manifest lists this, and it is no file of the run folder; print none of the run",
        harmless(.path)
    )]
    NotAFile {
        /// The path as listed.
        path: String,
    },
    /// Not the bytes that were sealed.
    #[error(
        "{}: this is not the file that the manifest lists (its size or SHA-256 differs); \
         have it sent again",
        shown(.path)
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The identity doesn't open it.
    #[error("{}: {source}", shown(.path))]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: seal::UnsealError,
    },
    /// What was sealed is no PDF.
    #[error("{}: what is sealed in this file is not for print: {source}", shown(.path))]
    Paper {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PaperError,
    },
    /// A PDF with other pages than the manifest says.
    #[error(
        "{}: {listed} pages are listed and {found} are there; print none of the run, and tell \
         who sent it",
        shown(.path)
    )]
    Pages {
        /// The file.
        path: PathBuf,
        /// What the manifest says.
        listed: u32,
        /// What is there.
        found: usize,
    },
}

/// Decrypts the cards of a sealed run into a new folder (0700), a PDF (0600) a bundle.
///
/// Somebody must vouch for the run, or it must be said that nobody needs to: a signature that was
/// taken away looks like none. Needed of the run are its manifest, its cards and, if somebody must
/// vouch for it, the signature. The list of
/// envelopes and the page of reconciliation may be left out; where they are, they must be the
/// listed ones, for letters are counted by them. The PDF files are the paper: whoever reads one has
/// its codes.
///
/// # Errors
/// [`OpenError`]; the new folder is not there then.
pub fn open(
    run: &Path,
    identity: &Identity,
    vouching: Vouching<'_>,
    out: &Path,
    stop: &Stop,
) -> Result<Opened, OpenError> {
    if out.symlink_metadata().is_ok() {
        return Err(OpenError::Exists { path: out.to_owned() });
    }
    let part = part_of(out);
    if part.symlink_metadata().is_ok() {
        return Err(OpenError::Left { path: part });
    }
    if matches!(vouching, Vouching::Unsaid) {
        // Whether it is a run at all is told first.
        Manifest::read(run)?;
        return Err(OpenError::NotVerified { folder: run.to_owned() });
    }
    let (manifest, _, signed_by) = Manifest::read_vouched(run, vouching)?;
    if manifest.parameters.sealed_to.is_empty() {
        return Err(OpenError::NotSealed { folder: run.to_owned() });
    }
    for bundle in &manifest.bundles {
        sealed(run, &bundle.cards)?;
    }
    manifest.others.iter().try_for_each(|other| require_as_listed(run, other))?;
    require_consistent(run, &manifest)?;
    files::make_private_folder(&part)?;
    let opened = manifest
        .bundles
        .iter()
        .try_for_each(|bundle| {
            if stop.is_asked() {
                return Err(OpenError::Stopped);
            }
            open_bundle(run, bundle, identity, &part)
        })
        .and_then(|()| Ok(files::rename_folder(&part, out)?));
    if let Err(cause) = opened {
        // What stands there was made a moment ago by this very call.
        return Err(match fs::remove_dir_all(&part) {
            Err(_) if part.exists() => OpenError::Remains { path: part, cause: Box::new(cause) },
            _ => cause,
        });
    }
    Ok(Opened {
        files: manifest.bundles.len() as u64,
        pages: manifest.bundles.iter().map(|bundle| u64::from(bundle.cards.pages)).sum(),
        cards: manifest.bundles.iter().map(|bundle| u64::from(bundle.records.records)).sum(),
        first_serial: manifest.bundles.first().map(|bundle| bundle.first_serial.clone()),
        last_serial: manifest.bundles.last().map(|bundle| bundle.last_serial.clone()),
        run: manifest.run,
        signed_by,
    })
}

/// The folder in which the cards are opened.
fn part_of(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(files::PART);
    out.with_file_name(name)
}

/// Each bundle once, in its own file, and as many cards as holders.
fn require_consistent(folder: &Path, manifest: &Manifest) -> Result<(), OpenError> {
    let mut cards: u64 = 0;
    let each_once = (1..).zip(&manifest.bundles).all(|(number, bundle)| {
        cards = cards.saturating_add(u64::from(bundle.records.records));
        bundle.number == number && bundle.cards.path == run::cards_path(number, true)
    });
    if each_once && cards == manifest.holders {
        return Ok(());
    }
    Err(OpenError::Inconsistent { folder: folder.to_owned() })
}

/// The bytes of a sealed file, held to the manifest, and where they are.
fn sealed(run: &Path, listed: &CardsFile) -> Result<(PathBuf, Vec<u8>), OpenError> {
    let not_a_file = || OpenError::NotAFile { path: listed.path.clone() };
    let path = files::inside(run, &listed.path).ok_or_else(not_a_file)?;
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::Missing { path });
        }
        Err(error) => return Err(FileError::at(FileAct::Read, &path)(error).into()),
        _ => return Err(not_a_file()),
    }
    let bytes = files::read_whole(&path, MAX_BYTES)?;
    if bytes.len() as u64 != listed.bytes || Sha256Digest::of(&bytes) != listed.sha256 {
        return Err(OpenError::Changed { path });
    }
    Ok((path, bytes))
}

/// A file beside the cards, which is the listed one or isn't there.
fn require_as_listed(run: &Path, listed: &ListedFile) -> Result<(), OpenError> {
    let not_a_file = || OpenError::NotAFile { path: listed.path.clone() };
    let path = files::inside(run, &listed.path).ok_or_else(not_a_file)?;
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(FileError::at(FileAct::Read, &path)(error).into()),
        Ok(found) if found.is_file() => {}
        _ => return Err(not_a_file()),
    }
    if files::digest(&path)? == (listed.sha256, listed.bytes) {
        Ok(())
    } else {
        Err(OpenError::Changed { path })
    }
}

fn open_bundle(
    run: &Path,
    bundle: &ListedBundle,
    identity: &Identity,
    out: &Path,
) -> Result<(), OpenError> {
    let (path, bytes) = sealed(run, &bundle.cards)?;
    let plain = match identity.open(&bytes, MAX_BYTES) {
        Ok(plain) => plain,
        Err(source) => return Err(OpenError::Sealed { path, source }),
    };
    let found = match pages(&plain) {
        Ok(found) => found,
        Err(source) => return Err(OpenError::Paper { path, source }),
    };
    let listed = bundle.cards.pages;
    if usize::try_from(listed) != Ok(found) {
        return Err(OpenError::Pages { path, listed, found });
    }
    files::write_whole(&out.join(format!("{:04}.pdf", bundle.number)), &plain)?;
    Ok(())
}

fn pages(plain: &Zeroizing<Vec<u8>>) -> Result<usize, PaperError> {
    Paper::open(plain.to_vec()).map(|paper| paper.page_count())
}
