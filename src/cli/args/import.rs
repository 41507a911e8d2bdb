//! The arguments of `tokenkaart import`.

use std::path::PathBuf;

use clap::Args;

use super::{Actor, StoreAddress};

const EXAMPLES: &str = "\
Examples:
  tokenkaart import run --store sqlite:auth.db
      All records of a finished run; each token voids the one that its holder had.
  tokenkaart import run --store postgres://importer@db.example.be/auth
      Given once more after a lost connection, it does what is left: all or nothing.
  tokenkaart import shard-1 shard-2 shard-3 --store sqlite:auth.db
      A run in shards: all of them.
  tokenkaart import run --store sqlite:auth.db --dry-run
      What would be done, and all that is wrong.

Exit codes:
  0  all records are in the store, now or already
  2  could not run; nothing was imported";

// Each is a switch of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Import {
    /// The folder of a finished run, of a run in shards all of them; or a file of records alone
    #[arg(value_name = "RUN", required = true)]
    pub(in crate::cli) sources: Vec<PathBuf>,
    /// Take one shard of a run without the others
    #[arg(long)]
    pub(in crate::cli) shard_alone: bool,
    /// Take hashes below OWASP's minimum, of tests
    #[arg(long)]
    pub(in crate::cli) allow_weak_kdf: bool,
    /// Say what would be done, and do none of it
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Say nothing but errors
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) store: StoreAddress,
    #[command(flatten)]
    pub(in crate::cli) actor: Actor,
}
