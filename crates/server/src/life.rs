//! `tokenkaart-server revoke`, `suspend`, `resume` and `unlock`: what operators do to a token.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use tokenkaart_auth::{
    store::Store,
    verify::{self, Act, LifeError, Who},
};
use tokenkaart_terminal::{Failure, Outcome, count, finding, result};
use tokenkaart_token::{
    files,
    holder::HolderId,
    shell::{harmless, shown},
    token::Serial,
};

use crate::{
    options::{Actor, StoreAddress, TokenChoice, holder},
    remedy,
};

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    store: StoreAddress,
    #[command(flatten)]
    token: TokenChoice,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    actor: Actor,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Args)]
#[group(id = "which", required = true, multiple = false, args = ["serial", "holder", "from"])]
pub(super) struct Revoke {
    #[command(flatten)]
    store: StoreAddress,
    /// The token with this serial, as printed on the card
    #[arg(long)]
    serial: Option<Serial>,
    /// The live token of this holder
    #[arg(long, value_name = "ID", value_parser = holder)]
    holder: Option<HolderId>,
    /// The tokens that a file names, a serial or a holder's id on each line; or the list of `tokenkaart
    /// reconcile --returned`
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    actor: Actor,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// The largest list, in bytes: a million serials and more.
const MAX_LIST: u64 = 1 << 26;

pub(super) fn revoke(args: &Revoke) -> Result<Outcome, Failure> {
    let mut store = Store::open(&args.store.address()?)?;
    let all = match (&args.serial, &args.holder, &args.from) {
        (Some(serial), _, _) => vec![Who::Serial(serial.clone())],
        (_, Some(holder), _) => vec![Who::Holder(holder.clone())],
        (_, _, Some(path)) => listed(path)?,
        // clap asks for one of them.
        (None, None, None) => return Ok(Outcome::CouldNotRun),
    };
    let actor = args.actor.name();
    if args.from.is_none() {
        let who = &all[0];
        return act(&mut store, who, Act::Revoke, Some(&args.reason), &actor, args.quiet);
    }
    let mut outcome = Outcome::Done;
    let mut revoked = 0;
    let mut lines: Vec<String> = Vec::new();
    for who in &all {
        let now = Timestamp::now();
        match verify::change(&mut store, who, Act::Revoke, Some(&args.reason), &actor, now) {
            Ok(_) => revoked += 1,
            Err(LifeError::Store(error)) => {
                lines.insert(0, format!("{error}{}", remedy::options(&error)));
                lines.push(format!(
                    "{} revoked before that; give the command again for the others",
                    count(revoked, "token was", "tokens were")
                ));
                return Err(Failure::new(lines.join("\n")));
            }
            // Each of the others is done all the same.
            Err(error) => {
                lines.push(harmless(&format!("{error}{}", remedy::options(&error))));
                outcome = Outcome::Complaints;
            }
        }
    }
    if !lines.is_empty() {
        finding(lines.join("\n"))?;
    }
    if !args.quiet {
        result(&format!("{} revoked\n", count(revoked, "token was", "tokens were")))?;
    }
    Ok(outcome)
}

/// Whom a file names: all of its lines must name somebody before anything is done.
fn listed(path: &Path) -> Result<Vec<Who>, Failure> {
    let bytes = files::read_whole(path, MAX_LIST)?;
    let mut all = Vec::new();
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = String::from_utf8_lossy(line);
        let text = line.trim().trim_start_matches('\u{feff}');
        // The list of `tokenkaart reconcile --returned` has the serial first, and a header.
        let (first, is_row) =
            text.split_once([',', ';', '\t']).map_or((text, false), |(first, _)| (first, true));
        let first = first.trim().trim_matches('"');
        if text.is_empty() || (number == 1 && first.eq_ignore_ascii_case("serial")) {
            continue;
        }
        if let (true, Ok(serial)) = (is_row, first.parse::<Serial>()) {
            all.push(Who::Serial(serial));
            continue;
        }
        match (text.parse::<Serial>(), HolderId::new(text)) {
            (Ok(serial), _) => all.push(Who::Serial(serial)),
            (_, Ok(holder)) => all.push(Who::Holder(holder)),
            (_, Err(error)) => faults.push(format!("{}:{number}: it {error}", shown(path))),
        }
    }
    if all.is_empty() && faults.is_empty() {
        faults.push(format!("{}: there is no serial and no holder in it", shown(path)));
    }
    if faults.is_empty() { Ok(all) } else { Err(Failure::new(faults.join("\n"))) }
}

pub(super) fn change(args: &Options, what: Act) -> Result<Outcome, Failure> {
    let Options { store, token, reason, actor, quiet } = args;
    let mut store = Store::open(&store.address()?)?;
    let who = match (&token.serial, &token.holder) {
        (Some(serial), _) => Who::Serial(serial.clone()),
        (None, Some(holder)) => Who::Holder(holder.clone()),
        // clap asks for one of them.
        (None, None) => return Ok(Outcome::CouldNotRun),
    };
    act(&mut store, &who, what, reason.as_deref(), &actor.name(), *quiet)
}

fn act(
    store: &mut Store,
    who: &Who,
    act: Act,
    reason: Option<&str>,
    actor: &str,
    quiet: bool,
) -> Result<Outcome, Failure> {
    let changed = verify::change(store, who, act, reason, actor, Timestamp::now())?;
    if !quiet {
        result(&format!(
            "token {} of holder {} was {}, and is {} now\n",
            changed.serial, changed.holder, changed.from, changed.to
        ))?;
    }
    Ok(Outcome::Done)
}
