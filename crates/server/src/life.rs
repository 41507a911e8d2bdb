//! `tokenkaart-server revoke`, `suspend`, `resume` and `unlock`: what operators do to a token.

use clap::Args;
use jiff::Timestamp;
use tokenkaart_auth::{
    store::Store,
    verify::{self, Act, Who},
};
use tokenkaart_terminal::{Failure, Outcome};

use crate::options::{Actor, StoreAddress, TokenChoice};

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
pub(super) struct Revoke {
    #[command(flatten)]
    store: StoreAddress,
    #[command(flatten)]
    token: TokenChoice,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    actor: Actor,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn revoke(args: &Revoke) -> Result<Outcome, Failure> {
    let Revoke { store, token, reason, actor, quiet } = args;
    let mut store = Store::open(&store.address()?)?;
    act(&mut store, token, Act::Revoke, Some(reason), &actor.name(), *quiet)
}

pub(super) fn change(args: &Options, what: Act) -> Result<Outcome, Failure> {
    let Options { store, token, reason, actor, quiet } = args;
    let mut store = Store::open(&store.address()?)?;
    act(&mut store, token, what, reason.as_deref(), &actor.name(), *quiet)
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
