//! To whom the cards of a run are sealed, and who signs for them.

use std::path::PathBuf;

use clap::Args;
use tokenkaart::seal::Recipients;
use tokenkaart_terminal::Failure;
use tokenkaart_token::sign::SigningKey;

/// To whom the cards are sealed, and who signs for them.
#[derive(Args)]
#[command(next_help_heading = "Hand-over")]
pub(super) struct HandOver {
    /// Encrypt the cards to this recipient of age (age1…) or SSH key ("ssh-ed25519 …"); may be
    /// repeated, and each recipient can open them alone
    #[arg(long, value_name = "RECIPIENT")]
    seal_to: Vec<String>,
    /// Encrypt the cards to the recipients of a file, one on each line
    #[arg(long, value_name = "FILE")]
    recipients_file: Option<PathBuf>,
    /// Sign the manifest with an Ed25519 key of OpenSSH
    #[arg(long, value_name = "KEY")]
    sign_with: Option<PathBuf>,
}

impl HandOver {
    /// Whom the cards are sealed to, if they are.
    pub(super) fn recipients(&self) -> Result<Option<Recipients>, Failure> {
        Ok(Recipients::read(&self.seal_to, self.recipients_file.as_deref())?)
    }

    /// The key that signs the manifest, if it is signed.
    pub(super) fn signing_key(&self) -> Result<Option<SigningKey>, Failure> {
        Ok(self.sign_with.as_deref().map(SigningKey::read).transpose()?)
    }
}
