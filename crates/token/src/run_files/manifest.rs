//! The list of all that a finished run left, written last.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::JOURNAL;
use crate::{
    files::{self, FileAct, FileError, Sha256Digest},
    run_files::{
        Parameters,
        journal::{CardsFile, RecordsFile},
    },
    shell::{harmless, shown},
    sign::{SignatureError, Signers},
    token::Serial,
};

/// The file's name in the run folder.
pub const NAME: &str = "manifest.json";
/// The signature's name in the run folder; the one file that no list names.
pub const SIGNATURE: &str = "manifest.json.sig";
/// The version of the manifest.
pub const VERSION: u8 = 1;
const MAX_BYTES: u64 = 1 << 28;
const MAX_SIGNATURE: u64 = 1 << 16;
const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a finished run is made of. A run without a manifest is not for the printer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the manifest.
    pub version: u8,
    /// The program that wrote it, with its version.
    pub program: String,
    /// The run's id, 32 hexadecimal digits.
    pub run: String,
    /// How many holders got a card; as many as there are tokens and records.
    pub holders: u64,
    /// Pages of one card, or of one sheet of cards: the front, and the back if it is printed.
    pub pages_per_card: u32,
    /// Where cards lie on a sheet's front, in order; none when a page is one card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<Cell>,
    /// What the run did alike for all its holders.
    pub parameters: Parameters,
    /// The bundles, in order of their numbers.
    pub bundles: Vec<ListedBundle>,
    /// The journal.
    pub journal: ListedFile,
    /// What else lies in the folder.
    #[serde(default)]
    pub others: Vec<ListedFile>,
    /// The SHA-256 of this file with this member's 64 digits as zeros.
    pub digest: Sha256Digest,
}

/// Where a card lies on a sheet: millimetres from the upper left corner.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The card's left edge.
    pub x: f32,
    /// The card's upper edge.
    pub y: f32,
    /// How wide the card is.
    pub width: f32,
    /// How high the card is.
    pub height: f32,
}

/// A bundle in a manifest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListedBundle {
    /// The bundle's number, from 1.
    pub number: u32,
    /// The serial of its first card.
    pub first_serial: Serial,
    /// The serial of its last card.
    pub last_serial: Serial,
    /// The paper.
    pub cards: CardsFile,
    /// The hashes.
    pub records: RecordsFile,
}

/// Any other file in a manifest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListedFile {
    /// The path in the run folder.
    pub path: String,
    /// The digest of the whole file.
    pub sha256: Sha256Digest,
    /// Its size.
    pub bytes: u64,
}

/// Who must have signed a run before anything is done by it.
#[derive(Clone, Copy, Debug)]
pub enum Vouching<'a> {
    /// One of these.
    By(&'a Signers),
    /// Nobody: a signature is not looked at.
    Nobody,
    /// Nobody has said. A run without a signature is taken; one that has a signature is not, for it
    /// may be a signature of somebody else, or of another run.
    Unsaid,
}

impl<'a> Vouching<'a> {
    /// These signers, if there are any; otherwise whether a run without them was asked for.
    #[must_use]
    pub const fn of(signers: Option<&'a Signers>, unsigned: bool) -> Self {
        match signers {
            Some(signers) => Self::By(signers),
            None if unsigned => Self::Nobody,
            None => Self::Unsaid,
        }
    }
}

/// Whether a signature lies beside a run's manifest, of whomever; also one that can't be read, or a
/// link that leads nowhere.
#[must_use]
pub fn has_signature(folder: &Path) -> bool {
    let found = folder.join(SIGNATURE).symlink_metadata();
    !found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Why a manifest can't be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// There is no such folder.
    #[error("{}: there is no such folder; name the folder of a run", shown(.folder))]
    NoFolder {
        /// What was named.
        folder: PathBuf,
    },
    /// A file stands where the folder should.
    #[error("{}: is a file; name the folder of a run", shown(.folder))]
    NotAFolder {
        /// What was named.
        folder: PathBuf,
    },
    /// A folder that no run was made in.
    #[error(
        "{} is not a run: it has neither {NAME} nor {JOURNAL}; name the folder that a run \
         was issued to",
        shown(.folder)
    )]
    NoRun {
        /// The folder.
        folder: PathBuf,
    },
    /// The run was never finished.
    #[error(
        "{} has no {NAME}, so the run is not finished: print none of it; if no program is at \
         work on it, resume it by the command that began it",
        shown(.folder)
    )]
    Missing {
        /// The run folder.
        folder: PathBuf,
    },
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not what this program writes.
    #[error("{}: not a manifest of this program ({why}); print none of the run", shown(.path))]
    Malformed {
        /// The manifest.
        path: PathBuf,
        /// What the parser says.
        why: String,
    },
    /// It is not signed.
    #[error(
        "{} is not there, so nobody knows who made this run; print none of it, and ask for the \
         signature",
        shown(.path)
    )]
    Unsigned {
        /// The signature.
        path: PathBuf,
    },
    /// A signature that nobody has looked at.
    #[error(
        "{}: this run is signed, and nobody has said who must have signed it, so nothing was done",
        shown(.folder)
    )]
    NotVerified {
        /// The run folder.
        folder: PathBuf,
    },
    /// Its signature does not count.
    #[error("{}: {source}", shown(.path))]
    Signature {
        /// The signature.
        path: PathBuf,
        /// Why.
        source: SignatureError,
    },
    /// It was changed.
    #[error("{}: changed since it was written; print none of the run", shown(.path))]
    Changed {
        /// The manifest.
        path: PathBuf,
    },
}

impl Manifest {
    /// The bytes of the file, the digest filled in.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let blank = Self { digest: Sha256Digest::from_bytes([0; 32]), ..self.clone() };
        // Keys are strings and no value can fail to serialise.
        let mut text = serde_json::to_string_pretty(&blank).unwrap_or_default();
        text.push('\n');
        let digest = Sha256Digest::of(text.as_bytes()).to_string();
        // The digest is the last member, so its zeros are the last ones.
        if let Some(at) = text.rfind(NO_DIGEST) {
            text.replace_range(at..at + NO_DIGEST.len(), &digest);
        }
        text.into_bytes()
    }

    /// Reads a run's manifest and holds it to its own digest.
    ///
    /// # Errors
    /// [`ManifestError`] when it is missing, malformed or changed by as much as a bit.
    pub fn read(folder: &Path) -> Result<Self, ManifestError> {
        Self::parse(folder, Self::bytes(folder)?)
    }

    /// Reads a run's manifest and holds it to its signature as well; gives the fingerprint of
    /// who signed it.
    ///
    /// # Errors
    /// [`ManifestError`] as of [`Manifest::read`], and when none of the signers signed it.
    pub fn read_signed(folder: &Path, signers: &Signers) -> Result<(Self, String), ManifestError> {
        let bytes = Self::bytes(folder)?;
        let signer = Self::signer(folder, &bytes, signers)?;
        Ok((Self::parse(folder, bytes)?, signer))
    }

    /// Reads a run's manifest, vouched for as is demanded: the manifest, the SHA-256 of the very
    /// bytes that were read, and the fingerprint of who signed them, if that was looked at.
    ///
    /// # Errors
    /// [`ManifestError`] as of [`Manifest::read`], and when nobody vouches for it who should.
    pub fn read_vouched(
        folder: &Path,
        vouching: Vouching<'_>,
    ) -> Result<(Self, Sha256Digest, Option<String>), ManifestError> {
        let bytes = Self::bytes(folder)?;
        let signer = match vouching {
            Vouching::By(signers) => Some(Self::signer(folder, &bytes, signers)?),
            Vouching::Unsaid if has_signature(folder) => {
                return Err(ManifestError::NotVerified { folder: folder.to_owned() });
            }
            Vouching::Unsaid | Vouching::Nobody => None,
        };
        let sha256 = Sha256Digest::of(&bytes);
        Ok((Self::parse(folder, bytes)?, sha256, signer))
    }

    fn signer(folder: &Path, bytes: &[u8], signers: &Signers) -> Result<String, ManifestError> {
        let path = folder.join(SIGNATURE);
        if !has_signature(folder) {
            return Err(ManifestError::Unsigned { path });
        }
        if !files::kind(&path)?.is_file() {
            // Such as a pipe, which nobody writes into.
            let source = io::Error::other("this is not a plain file");
            return Err(FileError { act: FileAct::Read, path, source }.into());
        }
        let signature = files::read_whole(&path, MAX_SIGNATURE)?;
        signers
            .verify(bytes, &signature)
            .map_err(|source| ManifestError::Signature { path, source })
    }

    fn bytes(folder: &Path) -> Result<Vec<u8>, ManifestError> {
        let path = folder.join(NAME);
        if !files::is_there(&path)? {
            let folder = folder.to_owned();
            return Err(match folder.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    ManifestError::NoFolder { folder }
                }
                Ok(found) if found.is_file() => ManifestError::NotAFolder { folder },
                _ if files::is_there(&folder.join(JOURNAL))? => ManifestError::Missing { folder },
                _ => ManifestError::NoRun { folder },
            });
        }
        Ok(files::read_whole(&path, MAX_BYTES)?)
    }

    fn parse(folder: &Path, bytes: Vec<u8>) -> Result<Self, ManifestError> {
        let path = folder.join(NAME);
        let malformed =
            |why: String| ManifestError::Malformed { path: path.clone(), why: harmless(&why) };
        let mut text = String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
        let manifest: Self =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        if manifest.version != VERSION {
            return Err(malformed(format!("version {} is unknown", manifest.version)));
        }
        let digest = manifest.digest.to_string();
        let fits = text.rfind(&digest).is_some_and(|at| {
            text.replace_range(at..at + digest.len(), NO_DIGEST);
            Sha256Digest::of(text.as_bytes()) == manifest.digest
        });
        if fits { Ok(manifest) } else { Err(ManifestError::Changed { path }) }
    }
}
