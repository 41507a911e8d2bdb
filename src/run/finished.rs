//! A finished run, opened to be counted, or reissued in part.

use std::path::{Path, PathBuf};

use tokenkaart_token::{
    files::{self, FileError, Sha256Digest},
    run_files::{
        JOURNAL, MAIL,
        bundles::InOrder,
        journal::JournalError,
        manifest::{Manifest, ManifestError, Vouching},
    },
    shell::shown,
};

/// A finished run whose journal is the one that its manifest lists.
pub struct Finished {
    folder: PathBuf,
    manifest: Manifest,
    /// The fingerprint of who signed it, where somebody has looked.
    signer: Option<String>,
}

/// Why a run can't be counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinishedError {
    /// There is no finished run.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A run as a print house gets it.
    #[error(
        "{} has a manifest and no {JOURNAL}, as what a print house is sent; name the folder that \
         the run was issued to",
        shown(folder)
    )]
    NoJournal {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is not the one that the manifest lists.
    #[error(
        "{}: this is not the file that the manifest lists (its size or SHA-256 differs), so \
         nothing was done; check the run",
        shown(.path)
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// One run named twice.
    #[error("{} and {} are one run; name it once", shown(.first), shown(.second))]
    Twice {
        /// The first folder.
        first: PathBuf,
        /// The second one.
        second: PathBuf,
    },
}

impl Finished {
    /// Opens a run, without a look at its signature.
    ///
    /// # Errors
    /// [`FinishedError`], also when the journal is another than the manifest lists.
    pub fn open(folder: &Path) -> Result<Self, FinishedError> {
        Self::open_vouched(folder, Vouching::Nobody)
    }

    fn open_vouched(folder: &Path, vouching: Vouching<'_>) -> Result<Self, FinishedError> {
        let (manifest, _, signer) = Manifest::read_vouched(folder, vouching)?;
        if !files::is_there(&folder.join(JOURNAL))? {
            return Err(FinishedError::NoJournal { folder: folder.to_owned() });
        }
        let run = Self { folder: folder.to_owned(), manifest, signer };
        let listed = &run.manifest.journal;
        run.require(JOURNAL, listed.sha256, listed.bytes)?;
        Ok(run)
    }

    /// Opens a run, or all shards of one, each vouched for as is demanded.
    ///
    /// # Errors
    /// [`FinishedError`], also when one is named twice, or nobody vouches for one who should.
    pub fn open_all(
        folders: &[PathBuf],
        vouching: Vouching<'_>,
    ) -> Result<Vec<Self>, FinishedError> {
        let runs = folders.iter().map(|folder| Self::open_vouched(folder, vouching));
        let runs = runs.collect::<Result<Vec<_>, _>>()?;
        for (index, second) in runs.iter().enumerate() {
            let same = |first: &&Self| first.manifest.run == second.manifest.run;
            if let Some(first) = runs[..index].iter().find(same) {
                let (first, second) = (first.folder.clone(), second.folder.clone());
                return Err(FinishedError::Twice { first, second });
            }
        }
        Ok(runs)
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The fingerprint of who signed it, if the signature was verified.
    #[must_use]
    pub fn signer(&self) -> Option<&str> {
        self.signer.as_deref()
    }

    /// Its bundles, as the journal has them, in the order of their cards.
    ///
    /// # Errors
    /// [`FinishedError::Journal`].
    pub fn bundles(&self) -> Result<InOrder, FinishedError> {
        Ok(InOrder::open(&self.folder.join(JOURNAL))?)
    }

    /// Whether a file is the run's own list of envelopes, or a copy of it.
    ///
    /// # Errors
    /// [`FinishedError::File`] when it can't be read.
    pub(crate) fn is_its_mail(&self, path: &Path) -> Result<bool, FinishedError> {
        let mut listed = self.manifest.others.iter();
        let Some(listed) = listed.find(|listed| listed.path == MAIL) else {
            return Ok(false);
        };
        let is_as_long =
            path.metadata().is_ok_and(|file| file.is_file() && file.len() == listed.bytes);
        Ok(is_as_long && files::digest(path)?.0 == listed.sha256)
    }

    /// The path of a file of the run, if the file is the one that the manifest lists.
    pub(super) fn require(
        &self,
        path: &str,
        sha256: Sha256Digest,
        bytes: u64,
    ) -> Result<PathBuf, FinishedError> {
        let inside = files::inside(&self.folder, path);
        let Some(inside) = inside else {
            return Err(FinishedError::Changed { path: self.folder.join(path) });
        };
        if files::digest(&inside)? == (sha256, bytes) {
            Ok(inside)
        } else {
            Err(FinishedError::Changed { path: inside })
        }
    }
}
