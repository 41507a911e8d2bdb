//! What to do about an error, in this program's flags; the library tells what happened.

use tokenkaart_auth::verify::{ExpireError, VerifyError};
use tokenkaart_terminal::Failure;

/// What an operator of a verifier can do.
pub(super) fn verify(error: VerifyError) -> Failure {
    match error {
        VerifyError::NoPepper { .. } => {
            Failure::new(format!("{error}: add --pepper-file, which may be repeated"))
        }
        other => other.into(),
    }
}

/// What an operator can do whose clock or count looks wrong.
pub(super) fn expire(error: ExpireError) -> Failure {
    match error {
        ExpireError::Clock { would, .. } | ExpireError::Many { would, .. } => {
            Failure::new(format!("{error} (--expect {would}; --dry-run only counts)"))
        }
        other => other.into(),
    }
}
