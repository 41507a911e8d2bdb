//! How the codes of a run are hashed.

use std::path::PathBuf;

use clap::Args;
use tokenkaart_terminal::{Failure, pepper};
use tokenkaart_token::hash::{Pepper, Scheme};

/// How codes are hashed.
#[derive(Args)]
#[command(next_help_heading = "Hashes")]
pub(super) struct Hashes {
    /// How codes are hashed: argon2id:m=KiB,t=passes,p=lanes or pbkdf2-sha256:i=iterations
    /// [default: argon2id:m=19456,t=2,p=1, or the reissued run's]
    #[arg(long, value_name = "SCHEME")]
    kdf: Option<Scheme>,
    /// Allow hashing below OWASP's minimum, for tests
    #[arg(long)]
    allow_weak_kdf: bool,
    /// The verifier's secret key: 32 bytes or more in a file that only you may read
    #[arg(long, value_name = "FILE")]
    pepper_file: Option<PathBuf>,
}

impl Hashes {
    /// The scheme that is asked for, or else this one.
    pub(super) fn scheme(&self, otherwise: Scheme) -> Result<Scheme, Failure> {
        let scheme = self.kdf.unwrap_or(otherwise);
        if !self.allow_weak_kdf {
            scheme.require_minimum()?;
        }
        Ok(scheme)
    }

    /// The pepper, if there is one.
    pub(super) fn pepper(&self) -> Result<Option<Pepper>, Failure> {
        self.pepper_file.as_deref().map(pepper).transpose()
    }
}
