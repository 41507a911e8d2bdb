//! The arguments of `tokenkaart export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tokenkaart::export::{BaseDn, Dialect};

const EXAMPLES: &str = "\
Examples:
  tokenkaart export run --to sql --dialect mariadb --out run.sql
  mariadb auth < run.sql
      Two tables, tokenkaart_tokens and tokenkaart_codes, made where they are not there, and
      all rows in one transaction.
  tokenkaart export run --to csv --out run.csv
      A line a code, with a header.
  tokenkaart export run --to ldif --base ou=tokens,dc=example,dc=be --out run.ldif
      An entry a token, and one a code below it.
  tokenkaart export shard-1 shard-2 --to sql --dialect postgresql --out - | psql auth
      A run in shards: all of them.

Exit codes:
  0  all records are exported
  2  could not run; there is no file, and what came out of standard output is not to be used";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Export {
    /// The folder of a finished run; of a run in shards, all of them
    #[arg(value_name = "RUN", required = true)]
    pub(in crate::cli) runs: Vec<PathBuf>,
    /// In whose words
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(in crate::cli) to: Words,
    /// Whose SQL: postgresql, mariadb or sqlite
    #[arg(long, required_if_eq("to", "sql"))]
    pub(in crate::cli) dialect: Option<Dialect>,
    /// The entry of the directory under which tokens come
    #[arg(long, value_name = "DN", required_if_eq("to", "ldif"))]
    pub(in crate::cli) base: Option<BaseDn>,
    /// The file to make, which is never overwritten; - writes to standard output
    #[arg(long, short, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    /// Take one shard of a run without the others
    #[arg(long)]
    pub(in crate::cli) shard_alone: bool,
    /// Say nothing but errors
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What other stores read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(in crate::cli) enum Words {
    /// Statements that make two tables and fill them
    Sql,
    /// A line a code
    Csv,
    /// Entries for a directory (LDAP)
    Ldif,
}
