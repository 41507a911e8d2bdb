//! Who must have signed the runs that a command goes by.

use std::path::PathBuf;

use clap::Args;
use tokenkaart_token::{
    run_files::manifest::Vouching,
    shell::quoted_path,
    sign::{Signers, SignersError},
};

#[derive(Args)]
#[command(next_help_heading = "Signature of RUN")]
pub(super) struct SignedBy {
    /// Who must have signed the manifest: a .pub file of SSH, or a file of allowed signers
    #[arg(long, value_name = "KEY", conflicts_with = "unsigned")]
    signed_by: Option<PathBuf>,
    /// Take RUN without a look at its signature: nobody vouches for it then
    #[arg(long)]
    unsigned: bool,
}

/// Who must have signed, read from their file.
pub(super) struct Demanded {
    signers: Option<Signers>,
    unsigned: bool,
}

impl SignedBy {
    pub(super) fn read(&self) -> Result<Demanded, SignersError> {
        Demanded::read(self.signed_by.as_ref(), self.unsigned)
    }

    /// The same options, for the command that comes next.
    pub(super) fn again(&self) -> String {
        match &self.signed_by {
            Some(path) => format!(" --signed-by {}", quoted_path(path)),
            None if self.unsigned => " --unsigned".to_owned(),
            None => String::new(),
        }
    }
}

impl Demanded {
    pub(super) fn read(signed_by: Option<&PathBuf>, unsigned: bool) -> Result<Self, SignersError> {
        let signers = signed_by.map(|path| Signers::read(path)).transpose()?;
        Ok(Self { signers, unsigned })
    }

    pub(super) const fn vouching(&self) -> Vouching<'_> {
        Vouching::of(self.signers.as_ref(), self.unsigned)
    }
}
