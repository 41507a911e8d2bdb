//! What to do about an error, in this program's flags; the library tells what happened.

use tokenkaart_auth::verify::VerifyError;
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
