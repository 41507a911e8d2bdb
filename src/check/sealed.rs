//! Cards that are encrypted to the print house.

use std::path::Path;

use tokenkaart_token::{files::Sha256Digest, run_files::journal::CardsFile};

use super::{
    disagreement::{Disagreement, Mismatch},
    error::CheckError,
    folder::MAX_BYTES,
    report::Findings,
};
use crate::seal::{self, Identity, UnsealError};

/// Whether a file's name says that it is sealed.
pub(super) fn is_sealed(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == seal::ENDING)
}

/// How sealed cards are opened, alike for all bundles.
pub(super) struct Sealing<'a> {
    /// The fingerprints of those who can open them.
    pub(super) sealed_to: &'a [String],
    pub(super) identity: Option<&'a Identity>,
}

impl Sealing<'_> {
    /// The PDF in a sealed file, if there is an identity and it opens it; what reads the paper
    /// wipes it.
    pub(super) fn open(
        &self,
        bytes: &[u8],
        listed: &CardsFile,
        findings: &mut Findings<'_>,
    ) -> Result<Option<Vec<u8>>, CheckError> {
        let opened = match self.identity {
            _ if bytes.starts_with(b"%PDF") => Err(Mismatch::NotSealed),
            _ if !seal::is_sealed(bytes) => Err(Mismatch::Sealed(UnsealError::NotSealed)),
            None => Ok(None),
            Some(identity) => match identity.open(bytes, MAX_BYTES) {
                Ok(mut plain) => Ok(Some(std::mem::take(&mut *plain))),
                // A changed file, which has been reported, may only seem to be for others.
                Err(UnsealError::OtherRecipient) if Sha256Digest::of(bytes) == listed.sha256 => {
                    let (file, sealed_to) = (listed.path.clone(), self.sealed_to.to_vec());
                    return Err(CheckError::OtherIdentity { file, sealed_to });
                }
                Err(error) => Err(Mismatch::Sealed(error)),
            },
        };
        Ok(opened.unwrap_or_else(|fault| {
            findings.add(Disagreement::in_file(&listed.path, fault));
            None
        }))
    }
}
