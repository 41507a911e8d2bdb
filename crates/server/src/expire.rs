//! `tokenkaart-server expire`: ends tokens whose time is over.

use clap::Args;
use jiff::{Span, Zoned};
use serde_json::json;
use tokenkaart_auth::{
    store::Store,
    verify::{self, Expiry},
};
use tokenkaart_terminal::{Failure, Outcome, count, result};

use crate::{
    options::{Actor, StoreAddress},
    remedy,
};

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    store: StoreAddress,
    /// End also those that were not used for so long, as 12months or 90days
    #[arg(long, value_name = "SPAN", value_parser = span)]
    unused_for: Option<Span>,
    /// Say how many would end, and end none
    #[arg(long)]
    dry_run: bool,
    /// End so many, though they are many or the clock is far from the audit's last row
    #[arg(long, value_name = "COUNT", conflicts_with = "dry_run")]
    expect: Option<u64>,
    #[command(flatten)]
    actor: Actor,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let mut store = Store::open(&args.store.address()?)?;
    let actor = args.actor.name();
    let expiry = Expiry { unused_for: args.unused_for, dry_run: args.dry_run, expect: args.expect };
    let swept =
        verify::expire(&mut store, &expiry, &actor, &Zoned::now()).map_err(remedy::expire)?;
    if args.dry_run && !args.json {
        let tokens = count(swept.expired, "token", "tokens");
        result(&format!("{tokens} would expire; nothing was changed (--dry-run)\n"))?;
        return Ok(Outcome::Done);
    }
    if args.json {
        let json = json!({
            "expired": swept.expired,
            "challenges_forgotten": swept.challenges,
            "attempts_forgotten": swept.attempts,
        });
        result(&format!("{json}\n"))?;
    } else if !args.quiet {
        result(&format!(
            "{} expired; {} and {} forgotten\n",
            count(swept.expired, "token", "tokens"),
            count(swept.challenges, "old challenge", "old challenges"),
            count(swept.attempts, "old attempt of nobody known", "old attempts of nobody known"),
        ))?;
    }
    Ok(Outcome::Done)
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
