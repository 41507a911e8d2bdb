//! `tokenkaart-server account key`: digital keys beside the token, for who has lost the phone.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::{Timestamp, tz::TimeZone};
use rand::rngs::SysRng;
use tokenkaart_auth::{
    Key,
    account::{self, HeldKey, KeyAct},
    store::Store,
};
use tokenkaart_terminal::{Failure, Outcome, count, finding, note, result};
use tokenkaart_token::{holder::HolderId, token::Random};

use crate::{
    config::Config,
    mail,
    options::{Actor, StoreAddress, holder},
    remedy,
};

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Show the keys that a holder has beside the token, and whether one is locked
    List(List),
    /// Let a key be used again that was locked by wrong codes
    Unlock(Change),
    /// Remove a key, also the last one: the phone is lost, or it isn't the holder who has it
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove(Change),
}

const REMOVE_EXAMPLES: &str = "\
Examples:
  tokenkaart-server account key remove --holder 4711 --key app --reason 'phone lost'
      All sessions end, and a mail tells of it.
  tokenkaart-server account activate --holder 4711 --activation-codes jan.csv
      Then, who has no other key gets one by another activation.";

#[derive(Args)]
pub(crate) struct List {
    /// Whose keys
    #[arg(long, value_name = "ID", value_parser = holder)]
    holder: HolderId,
    #[command(flatten)]
    store: StoreAddress,
}

#[derive(Args)]
pub(crate) struct Change {
    /// Whose key it is
    #[arg(long, value_name = "ID", value_parser = holder)]
    holder: HolderId,
    /// Which key: app or mail
    #[arg(long, value_parser = beside_the_token)]
    key: Key,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The configuration of the sign-in service, which sends the mail that tells of it
    #[arg(long, value_name = "FILE", default_value = "server.toml")]
    config: PathBuf,
    #[command(flatten)]
    store: StoreAddress,
    #[command(flatten)]
    actor: Actor,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// A key that is none of cards: those have commands of their own.
fn beside_the_token(text: &str) -> Result<Key, &'static str> {
    match text.parse() {
        Ok(Key::Token) => Err("the token has the commands unlock and revoke; write app or mail"),
        Ok(key) => Ok(key),
        Err(_) => Err("write app or mail"),
    }
}

pub(super) fn run(command: &KeyCommand) -> Result<Outcome, Failure> {
    match command {
        KeyCommand::List(options) => list(options),
        KeyCommand::Unlock(options) => change(options, KeyAct::Unlock),
        KeyCommand::Remove(options) => change(options, KeyAct::Remove),
    }
}

fn list(options: &List) -> Result<Outcome, Failure> {
    let mut store = Store::open(&options.store.address()?)?;
    let held = account::keys_of(&mut store, &options.holder)?;
    if held.is_empty() {
        finding(format_args!("holder {} has no key beside the token", options.holder))?;
        return Ok(Outcome::Complaints);
    }
    let lines: String = held.iter().map(line).collect();
    result(&lines)?;
    Ok(Outcome::Done)
}

fn line(held: &HeldKey) -> String {
    let since = held.since.to_zoned(TimeZone::system()).date();
    let failures = match held.failures {
        0 => String::new(),
        number => {
            let locked = if held.is_locked() { "locked by " } else { "" };
            format!(", {locked}{}", count(number.into(), "wrong code", "wrong codes in a row"))
        }
    };
    format!("{}: since {since}{failures}\n", held.key)
}

fn change(options: &Change, act: KeyAct) -> Result<Outcome, Failure> {
    let Change { holder, key, reason, config, store, actor, quiet } = options;
    let config = Config::read(config)?;
    let outbox = match &config.mail {
        Some(_) => Some(mail::outbox(&config)?),
        None => None,
    };
    let mut store = Store::open(&store.address_or(&config.store)?)?;
    let (actor, now) = (actor.name(), Timestamp::now());
    let random = &mut Random::new(SysRng);
    let (outbox, reason) = (outbox.as_ref(), reason.as_deref());
    let changed =
        account::change_key(&mut store, outbox, holder, *key, act, reason, &actor, now, random)?;
    if *quiet {
        return Ok(Outcome::Done);
    }
    if outbox.is_none() {
        note("the configuration has no [mail], so nobody is told of it");
    }
    let what = match act {
        KeyAct::Remove => "is removed, and all sessions have ended",
        KeyAct::Unlock => "can be used again",
    };
    let way = if changed.has_key { "" } else { remedy::NO_KEY_LEFT };
    result(&format!("the key {key} of holder {holder} {what}{way}\n"))?;
    Ok(Outcome::Done)
}
