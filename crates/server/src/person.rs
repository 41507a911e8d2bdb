//! `tokenkaart-server person`: all that the store has of one person, told or forgotten.

use std::io::Write as _;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use tokenkaart_auth::{person, store::Store};
use tokenkaart_terminal::{Document, Failure, Outcome, count, finding, result};
use tokenkaart_token::holder::HolderId;

use crate::options::{Actor, StoreAddress, holder};

#[derive(Subcommand)]
pub(super) enum PersonCommand {
    /// Print all that the store has of a person, as JSON; nothing secret
    Export(Export),
    /// Delete all that the store has of a person; the audit stays whole and names nobody
    Forget(Forget),
}

#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    store: StoreAddress,
    /// Of whom: the id of the holder, as in the holder file
    #[arg(long, value_name = "ID", value_parser = holder)]
    holder: HolderId,
}

#[derive(Args)]
pub(super) struct Forget {
    #[command(flatten)]
    store: StoreAddress,
    #[command(flatten)]
    actor: Actor,
    /// Whom: the id of the holder, as in the holder file
    #[arg(long, value_name = "ID", value_parser = holder)]
    holder: HolderId,
}

pub(super) fn run(command: &PersonCommand) -> Result<Outcome, Failure> {
    match command {
        PersonCommand::Export(options) => export(options),
        PersonCommand::Forget(options) => forget(options),
    }
}

fn export(options: &Export) -> Result<Outcome, Failure> {
    let mut store = Store::open(&options.store.address()?)?;
    let Some(told) = person::export(&mut store, &options.holder)? else {
        return unknown(&options.holder);
    };
    let mut out = Document::begin();
    writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
    out.flush()?;
    Ok(Outcome::Done)
}

fn forget(options: &Forget) -> Result<Outcome, Failure> {
    let mut store = Store::open(&options.store.address()?)?;
    let actor = options.actor.name();
    let rows = person::forget(&mut store, &options.holder, &actor, Timestamp::now())?;
    if rows == 0 {
        return unknown(&options.holder);
    }
    result(&format!(
        "holder {} is forgotten: {} deleted; backups and runs have their own copies\n",
        options.holder,
        count(rows, "row was", "rows were"),
    ))?;
    Ok(Outcome::Done)
}

fn unknown(holder: &HolderId) -> Result<Outcome, Failure> {
    finding(format_args!("the store has nothing of holder {holder}"))?;
    Ok(Outcome::Complaints)
}
