//! `tokenkaart revoke`, `suspend`, `resume`, `unlock` and `expire`: what operators do to tokens.

use jiff::{Timestamp, Zoned};
use serde_json::json;
use tokenkaart::{
    store::Store,
    verify::{self, Act, Who},
};

use super::{
    args::{Expire, Life, Revoke, TokenChoice},
    say::{Failure, Outcome, count},
    store,
};

pub(super) fn revoke(args: &Revoke) -> Result<Outcome, Failure> {
    let Revoke { store, token, reason, actor, quiet } = args;
    let mut store = Store::open(&store::address(store)?)?;
    act(&mut store, token, Act::Revoke, Some(reason), &store::actor(actor), *quiet)
}

pub(super) fn change(args: &Life, what: Act) -> Result<Outcome, Failure> {
    let Life { store, token, reason, actor, quiet } = args;
    let mut store = Store::open(&store::address(store)?)?;
    act(&mut store, token, what, reason.as_deref(), &store::actor(actor), *quiet)
}

fn act(
    store: &mut Store,
    token: &TokenChoice,
    act: Act,
    reason: Option<&str>,
    actor: &str,
    quiet: bool,
) -> Result<Outcome, Failure> {
    let who = match (&token.serial, &token.holder) {
        (Some(serial), _) => Who::Serial(serial.clone()),
        (None, Some(holder)) => Who::Holder(holder.clone()),
        // clap asks for one of them.
        (None, None) => return Ok(Outcome::CouldNotRun),
    };
    let changed = verify::change(store, &who, act, reason, actor, Timestamp::now())?;
    if !quiet {
        println!(
            "token {} of holder {} was {}, and is {} now",
            changed.serial, changed.holder, changed.from, changed.to
        );
    }
    Ok(Outcome::Done)
}

pub(super) fn expire(args: &Expire) -> Result<Outcome, Failure> {
    let mut store = Store::open(&store::address(&args.store)?)?;
    let actor = store::actor(&args.actor);
    let swept = verify::expire(&mut store, args.unused_for, &actor, &Zoned::now())?;
    if args.json {
        println!(
            "{}",
            json!({
                "expired": swept.expired,
                "challenges_forgotten": swept.challenges,
                "attempts_forgotten": swept.attempts,
            })
        );
    } else if !args.quiet {
        println!(
            "{} expired; {} and {} forgotten",
            count(swept.expired, "token", "tokens"),
            count(swept.challenges, "old challenge", "old challenges"),
            count(swept.attempts, "old attempt of nobody known", "old attempts of nobody known"),
        );
    }
    Ok(Outcome::Done)
}
