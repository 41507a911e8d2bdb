//! Why a check could not be done.

use tokenkaart_token::{
    files::FileError,
    hash::{HashError, KeyId},
    run_files::manifest::ManifestError,
    shell::harmless,
};

use crate::layout::{BrokenFont, LayoutError};

/// Why a check could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is no finished run.
    #[error(transparent)]
    Manifest(ManifestError),
    /// A file or folder can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The hashes are keyed with a pepper that was not given.
    #[error("the run's hashes are keyed with the pepper {0}; give it")]
    PepperNeeded(KeyId),
    /// Another pepper than the run's.
    #[error("the run's hashes are keyed with the pepper {needed}, not with {given}; give that one")]
    OtherPepper {
        /// The run's.
        needed: KeyId,
        /// The one that was given.
        given: KeyId,
    },
    /// A pepper for hashes that are not keyed.
    #[error("the run's hashes are not keyed, so the pepper {0} is not needed; leave it out")]
    NoPepperNeeded(KeyId),
    /// Another identity than any that the run is sealed to.
    #[error(
        "{file} is not sealed to this identity, but to {}; give the identity of one of them",
        sealed_to.join(", ")
    )]
    OtherIdentity {
        /// The sealed file, from the run folder.
        file: String,
        /// The fingerprints of those it is sealed to.
        sealed_to: Vec<String>,
    },
    /// An identity for cards that are not sealed.
    #[error("the run's cards are not sealed, so no identity is needed; leave it out")]
    NoIdentityNeeded,
    /// The design that the run was made with is needed to know where names stand, or another was
    /// given.
    #[error(
        "where the names of this run stand is in its design {}, which is no design of this \
         version of the program; give that one",
        harmless(.0)
    )]
    DesignNeeded(String),
    /// The design can't be what the run was made with, since its texts can't be filled in.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The program's own fonts can't be read.
    #[error(transparent)]
    Font(#[from] BrokenFont),
    /// No code can be verified.
    #[error(transparent)]
    Hash(#[from] HashError),
}
