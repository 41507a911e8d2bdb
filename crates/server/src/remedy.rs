//! What to do about an error, in this program's flags; the library tells what happened.

use std::error::Error;

use tokenkaart_auth::{
    account::AccountError,
    activation::ActivationError,
    clerk::ClerkError,
    import::ImportError,
    password_hash::DearHash,
    person::ForgetError,
    post::PostError,
    sign_in::SignInError,
    store::{Cause, StoreError},
    verify::{ExpireError, LifeError, VerifyError},
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::run_files::records::{SourceError, Why};

/// What to type about an error of the store, whatever it is wrapped in.
pub(super) fn options(error: &(dyn Error + 'static)) -> String {
    let of = |error: Option<&StoreError>| error.map(of_store);
    let found = of(error.downcast_ref())
        .or_else(|| match error.downcast_ref()? {
            LifeError::NoToken { .. } => Some("; `tokenkaart-server status` shows those that are"),
            LifeError::Store(error) => Some(of_store(error)),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            ImportError::Store(error) => Some(of_store(error)),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            VerifyError::Store(error) => Some(of_store(error)),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            ExpireError::Store(error) => Some(of_store(error)),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            AccountError::Store(error) => Some(of_store(error)),
            AccountError::NoKey { .. } => Some(" (`tokenkaart-server account key list`)"),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            ActivationError::Store(error) => Some(of_store(error)),
            ActivationError::NoAccount { .. } => Some(" (`tokenkaart-server account create`)"),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            ClerkError::NoAccount { .. } => {
                Some(" (--holder and --email make it here, `tokenkaart-server account create` too)")
            }
            ClerkError::OtherRole { .. } => Some(" (`tokenkaart-server clerk stop`)"),
            ClerkError::NoClerk { .. } => Some("; `tokenkaart-server clerk list` shows who does"),
            ClerkError::Store(error) => Some(of_store(error)),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            SignInError::Store(error) => Some(of_store(error)),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            PostError::Store(error) => Some(of_store(error)),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            ForgetError::Store(error) => Some(of_store(error)),
            ForgetError::Live { .. } => Some(" (`tokenkaart-server revoke` does that)"),
            ForgetError::Clerk { .. } => Some(" (`tokenkaart-server clerk stop` does that)"),
            _ => None,
        });
    found.unwrap_or_default().to_owned()
}

fn of_store(error: &StoreError) -> &'static str {
    match error {
        StoreError::NoFile { .. } => "; make the store with `tokenkaart-server store create`",
        StoreError::NoStore { .. } => "; make one with `tokenkaart-server store create`",
        StoreError::OtherVersion { .. } if error.is_older() => {
            " (`tokenkaart-server store create` does that)"
        }
        StoreError::Database { cause: Cause::Denied, .. } => {
            " (`tokenkaart-server store schema --for postgres --roles`)"
        }
        _ => "",
    }
}

/// How somebody comes back who has no key any more.
pub(super) const NO_KEY_LEFT: &str = "; they have none left, and get one by another activation: \
    `tokenkaart-server account activate --holder ID --activation-codes FILE`";

/// What an importer can do whose runs don't fit together.
pub(super) fn source(error: SourceError) -> Failure {
    let is_alone = matches!(error, SourceError::ShardAlone { .. });
    Failure::from(error).followed_by(if is_alone { ", or say --shard-alone" } else { "" })
}

/// What is wrong with several runs, a line each.
pub(super) fn sources(errors: &[SourceError]) -> Failure {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Failure::new(lines.join("\n"))
}

/// What an importer can do whose hashes are too weak or too dear, or for whose runs nobody vouches.
pub(super) fn import(error: ImportError) -> Failure {
    let has = |is: fn(&Why) -> bool| match &error {
        ImportError::Faulty(faults) => faults.kept().iter().any(|fault| is(&fault.why)),
        _ => false,
    };
    let remedy = match &error {
        ImportError::NotVerified { .. } => {
            " (--signed-by KEY verifies it, --unsigned takes the run without)"
        }
        ImportError::NotSigned { .. } => {
            " (`tokenkaart-server store signer list` shows the signers)"
        }
        _ if has(|why| matches!(why, Why::Weak(_))) => {
            "\nadd --allow-weak-kdf if these tokens are for a test only"
        }
        _ if has(|why| matches!(why, Why::Dear(_))) => {
            "\nadd --max-kdf KDF if your verifiers can bear it"
        }
        _ => "",
    };
    Failure::from(error).followed_by(remedy)
}

/// What an importer can do whose people come with hashes that are too dear.
pub(super) fn dear_hash(error: DearHash) -> String {
    format!("{error} (--max-kdf KDF takes it, and max_kdf of the sign-in service must bear it)")
}

/// What an operator of a verifier can do.
pub(super) fn verify(error: VerifyError) -> Failure {
    match error {
        VerifyError::NoPepper { .. } => {
            Failure::new(format!("{error}: add --pepper-file, which may be repeated"))
        }
        VerifyError::Dear { .. } => {
            Failure::new(format!("{error} (--max-kdf KDF takes it all the same)"))
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
