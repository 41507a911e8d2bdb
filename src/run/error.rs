//! Why a run stopped.

use std::path::PathBuf;

use tokenkaart_token::{
    files::FileError,
    hash::HashError,
    run_files::{
        journal::{JournalError, ResumeError},
        manifest::ManifestError,
    },
    shell::shown,
    sign::SignError,
};

use super::{bundle::BundleError, difference::Difference, reconciliation::ReconciliationError};

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is something under the run folder's name.
    #[error(
        "{} is already there, and a run is never overwritten; \
         move it away, or choose another folder",
        shown(.path)
    )]
    Exists {
        /// The run folder.
        path: PathBuf,
    },
    /// A run in the folder of another one, which would then have files that it didn't make.
    #[error(
        "{} would be inside the run {}, which holds its own files alone; choose another \
         folder",
        shown(.path), shown(.run)
    )]
    Inside {
        /// The folder to make.
        path: PathBuf,
        /// The run that it would be in.
        run: PathBuf,
    },
    /// An unfinished run is there, and it was not said to resume it.
    #[error("{} is a run that is not finished: print none of it, and resume it", shown(.path))]
    Unfinished {
        /// The run folder.
        path: PathBuf,
    },
    /// The unfinished run was begun in another way.
    #[error(
        "{} can't be resumed, for it was begun in another way: {}; give what was given then, or \
         delete it and issue the cards again",
        shown(.path), in_one_line(.differences)
    )]
    Differs {
        /// The run folder.
        path: PathBuf,
        /// What differs.
        differences: Vec<Difference>,
    },
    /// It is finished, and was not signed.
    #[error(
        "{} was finished without a signature, and a finished run is not changed; sign \
         manifest.json with `ssh-keygen -Y sign`, or issue the cards again and sign them",
        shown(.path)
    )]
    Unsigned {
        /// The run folder.
        path: PathBuf,
    },
    /// A file that no run makes lies in the run folder.
    #[error("{} was not made by this run; move it away, and resume the run", shown(.path))]
    Stranger {
        /// The file.
        path: PathBuf,
    },
    /// A file is not as the journal says.
    #[error(
        "{} is missing or changed since it was written, so the run can't be trusted; \
         print none of it, delete it and issue the cards again",
        shown(.path)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// It was asked to.
    #[error("stopped with {done} of {of} bundles done")]
    Stopped {
        /// Bundles on the disk.
        done: u32,
        /// Bundles of the run.
        of: u32,
    },
    /// The journal of an unfinished run can't be taken over.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The journal of a finished run can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The manifest of a finished run can't be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A bundle could not be made.
    #[error("bundle {number}: {source}")]
    Bundle {
        /// The bundle's number.
        number: u32,
        /// Why.
        source: BundleError,
    },
    /// The manifest could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A hasher has no memory.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A thread ended with work left; a fault of this program.
    #[error("a worker thread died with work left; please report it, and try again")]
    WorkerDied,
    /// The page of reconciliation can't be made.
    #[error(transparent)]
    Reconciliation(#[from] ReconciliationError),
    /// The operating system gives no random bytes.
    #[error(
        "the operating system's generator gives no random bytes ({0}); no code was drawn without it"
    )]
    Random(String),
}

fn in_one_line(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
