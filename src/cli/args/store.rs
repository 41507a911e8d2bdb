//! The arguments of what is done with an auth store.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Span;
use tokenkaart::{
    holder::HolderId,
    store::schema::Dialect,
    token::Serial,
    verify::{ChallengeId, LockAfter, SlowAfter},
};

/// Which auth store.
#[derive(Args)]
pub(in crate::cli) struct StoreAddress {
    // Taken as it is: an error of clap would repeat a password in it.
    #[arg(
        long,
        value_name = "STORE",
        help_heading = "Store",
        help = "The auth store: sqlite:auth.db or postgres://user@host/database",
        long_help = "The auth store: sqlite:auth.db or postgres://user@host/database\n\n\
            Without it, TOKENKAART_STORE names it. A password belongs in PGPASSWORD, since others \
            on the machine can read a command line. Another machine is spoken to over TLS alone, \
            unless sslmode=disable is written out."
    )]
    pub(in crate::cli) store: Option<String>,
}

/// Who acts.
#[derive(Args)]
pub(in crate::cli) struct Actor {
    /// Who does it, as the audit says [default: the login]
    #[arg(long, value_name = "NAME", help_heading = "Store")]
    pub(in crate::cli) actor: Option<String>,
}

#[derive(Subcommand)]
pub(in crate::cli) enum StoreCommand {
    /// Make an auth store in a new file or an empty database, or bring one up to date
    Create {
        #[command(flatten)]
        store: StoreAddress,
        /// Say nothing but errors
        #[arg(long, short)]
        quiet: bool,
    },
    /// Print the tables as SQL, for a DBA to read and run
    Schema {
        /// The database: postgres or sqlite
        #[arg(long = "for", value_name = "DATABASE")]
        dialect: Dialect,
        /// Print the roles and grants instead
        #[arg(long)]
        roles: bool,
    },
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  tokenkaart verify --store sqlite:auth.db --holder 4711
      Asks \"code 13?\", reads the answer without showing it, and says how it went.
  tokenkaart verify --store sqlite:auth.db --holder 4711 --ask --json
      Only asks: prints the position and the id of the challenge.
  tokenkaart verify --store sqlite:auth.db --challenge 0f3a... < answer
      Only judges: the answer is a line of standard input.

Exit codes:
  0  accepted; with --ask: the challenge is open
  1  not accepted
  2  could not verify: for the operator, not for the holder";

// Each is a switch of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(in crate::cli) struct Verify {
    #[command(flatten)]
    pub(in crate::cli) store: StoreAddress,
    /// Whom to ask: the id of the holder, as in the holder file
    #[arg(long, value_name = "ID", value_parser = holder, required_unless_present = "challenge")]
    pub(in crate::cli) holder: Option<HolderId>,
    /// Judge the answer to this challenge, which --ask has drawn
    #[arg(long, value_name = "ID", conflicts_with = "holder")]
    pub(in crate::cli) challenge: Option<ChallengeId>,
    /// Only ask, and read no answer
    #[arg(long, requires = "holder")]
    pub(in crate::cli) ask: bool,
    /// A pepper that hashes are keyed with; may be repeated
    #[arg(
        long,
        value_name = "FILE",
        long_help = "A pepper that hashes are keyed with; may be repeated\n\n\
            Without it, TOKENKAART_PEPPER_FILE names one. Of several, each token's key id picks \
            its own, so that a pepper can be rotated."
    )]
    pub(in crate::cli) pepper_file: Vec<PathBuf>,
    /// Wrong answers in a row from which on one has to wait, 1 to 100
    #[arg(long, value_name = "N", value_parser = slow_after, default_value = "3", help_heading = "Rules")]
    pub(in crate::cli) slow_after: SlowAfter,
    /// Wrong answers in a row after which the token is locked, 1 to 100
    #[arg(long, value_name = "N", value_parser = lock_after, default_value = "10", help_heading = "Rules")]
    pub(in crate::cli) lock_after: LockAfter,
    /// Say that codes are low when so few are left, or fewer
    #[arg(long, value_name = "N", default_value = "6", help_heading = "Rules")]
    pub(in crate::cli) warn_below: u8,
    /// Let positions come back, never twice in a row: the legacy mode of the federal token
    #[arg(long, help_heading = "Rules")]
    pub(in crate::cli) reuse: bool,
    #[command(flatten)]
    pub(in crate::cli) actor: Actor,
    /// Print what came of it as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Say nothing but errors; the exit code tells
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

/// Which token.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct TokenChoice {
    /// The token with this serial, as printed on the card
    #[arg(long)]
    pub(in crate::cli) serial: Option<Serial>,
    /// The live token of this holder
    #[arg(long, value_name = "ID", value_parser = holder)]
    pub(in crate::cli) holder: Option<HolderId>,
}

#[derive(Args)]
pub(in crate::cli) struct Life {
    #[command(flatten)]
    pub(in crate::cli) store: StoreAddress,
    #[command(flatten)]
    pub(in crate::cli) token: TokenChoice,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) reason: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) actor: Actor,
    /// Say nothing but errors
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Args)]
pub(in crate::cli) struct Revoke {
    #[command(flatten)]
    pub(in crate::cli) store: StoreAddress,
    #[command(flatten)]
    pub(in crate::cli) token: TokenChoice,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) reason: String,
    #[command(flatten)]
    pub(in crate::cli) actor: Actor,
    /// Say nothing but errors
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Args)]
pub(in crate::cli) struct Expire {
    #[command(flatten)]
    pub(in crate::cli) store: StoreAddress,
    /// End also those that were not used for so long, as 12months or 90days
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub(in crate::cli) unused_for: Option<Span>,
    #[command(flatten)]
    pub(in crate::cli) actor: Actor,
    /// Print what was done as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Say nothing but errors
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

/// How tokens are shown.
#[derive(Clone, Copy, Default, Eq, PartialEq, ValueEnum)]
pub(in crate::cli) enum StatusFormat {
    /// To be read
    #[default]
    Text,
    /// With a header; the column id is the holder's
    Csv,
    /// One array
    Json,
}

#[derive(Args)]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    pub(in crate::cli) store: StoreAddress,
    /// The token with this serial
    #[arg(long, group = "which")]
    pub(in crate::cli) serial: Option<Serial>,
    /// All tokens of this holder
    #[arg(long, value_name = "ID", value_parser = holder, group = "which")]
    pub(in crate::cli) holder: Option<HolderId>,
    /// Active tokens with at most N unused codes: their holders need new ones
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "6", group = "which")]
    pub(in crate::cli) low: Option<u8>,
    /// How to show them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(in crate::cli) format: StatusFormat,
}

/// How the audit is exported.
#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
pub(in crate::cli) enum AuditFormat {
    /// One JSON object a line, as it is chained, and its hash
    Jsonl,
    /// With a header
    Csv,
}

const AUDIT_EXIT_CODES: &str = "\
Exit codes:
  0  exported; with --verify: whole
  1  a row was altered, removed or moved; the first one is named
  2  could not read it";

#[derive(Args)]
#[command(after_help = AUDIT_EXIT_CODES)]
pub(in crate::cli) struct Audit {
    #[command(flatten)]
    pub(in crate::cli) store: StoreAddress,
    /// Reckon the whole chain anew; prints its head, to be kept elsewhere
    #[arg(long, required_unless_present = "format")]
    pub(in crate::cli) verify: bool,
    /// A head that was kept elsewhere, which the chain must go through
    #[arg(long, value_name = "HASH", requires = "verify")]
    pub(in crate::cli) head: Option<String>,
    /// Export all rows
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "verify")]
    pub(in crate::cli) format: Option<AuditFormat>,
}

/// A holder's id, with the reason where it is none.
fn holder(text: &str) -> Result<HolderId, String> {
    HolderId::new(text).map_err(|error| format!("it {error}"))
}

fn lock_after(text: &str) -> Result<LockAfter, String> {
    let number = text.parse().map_err(|_| "it must be a whole number from 1 to 100")?;
    LockAfter::new(number).map_err(|error| error.to_string())
}

fn slow_after(text: &str) -> Result<SlowAfter, String> {
    let number = text.parse().map_err(|_| "it must be a whole number from 1 to 100")?;
    SlowAfter::new(number).map_err(|error| error.to_string())
}

/// A span of whole days, weeks, months or years.
fn span(text: &str) -> Result<Span, &'static str> {
    let span = text.parse::<Span>().map_err(|_| "write it as 12months or 90days")?;
    let by_clock = span.get_hours() != 0
        || span.get_minutes() != 0
        || span.get_seconds() != 0
        || span.get_milliseconds() != 0
        || span.get_microseconds() != 0
        || span.get_nanoseconds() != 0;
    if by_clock || span.is_zero() || span.is_negative() {
        return Err("it must be of whole days, as 12months or 90days");
    }
    Ok(span)
}
