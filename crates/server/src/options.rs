//! Options that several commands share, and how their values are read.

use std::{env, ffi::OsString};

use clap::Args;
use tokenkaart_auth::store::{Address, Surroundings};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{holder::HolderId, token::Serial};

/// Names the store where `--store` doesn't.
const STORE: &str = "TOKENKAART_STORE";

/// Which auth store.
#[derive(Args)]
pub(super) struct StoreAddress {
    // Taken as it is: an error of clap would repeat a password in it.
    #[arg(
        long,
        value_name = "STORE",
        help_heading = "Store",
        help = "The auth store: sqlite:auth.db or postgres://user@host/database",
        long_help = "The auth store: sqlite:auth.db or postgres://user@host/database\n\n\
            Without it, TOKENKAART_STORE names it. What an address of PostgreSQL leaves out is \
            taken from where its own programs find it: PGHOST, PGPORT, PGDATABASE, PGUSER, \
            PGSERVICE, PGSSLMODE, PGSSLROOTCERT and their like. A password belongs in ~/.pgpass \
            (PGPASSFILE) or PGPASSWORD, since others on the machine can read a command line. \
            Another machine is spoken to over TLS alone, unless sslmode=disable is written out."
    )]
    store: Option<String>,
}

impl StoreAddress {
    /// The store that is meant, or that of a configuration where nothing else is said.
    pub(super) fn address_or(&self, usual: &Address) -> Result<Address, Failure> {
        if self.store.is_none() && env::var_os(STORE).is_none() {
            return Ok(usual.clone());
        }
        self.address()
    }

    /// The store that is meant, with its password.
    pub(super) fn address(&self) -> Result<Address, Failure> {
        let (from, text) = match (&self.store, env::var(STORE)) {
            (Some(text), _) => ("--store", text.clone()),
            (None, Ok(text)) => (STORE, text),
            (None, Err(_)) => {
                return Err(Failure::new(format!(
                    "which auth store? Write --store sqlite:auth.db or --store \
                 postgres://user@host/database, or set {STORE}"
                )));
            }
        };
        // What is no text names no server and no login.
        let said = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let surroundings = Surroundings::of(env::vars_os().filter_map(said));
        Address::parse(&text, &surroundings)
            .map_err(|error| Failure::new(format!("{from}: {error}")))
    }
}

/// Who acts.
#[derive(Args)]
pub(super) struct Actor {
    /// Who does it, as the audit says [default: the login]
    #[arg(long, value_name = "NAME", help_heading = "Store")]
    actor: Option<String>,
}

impl Actor {
    /// Who acts, for the audit: the one who is named, or the login.
    pub(super) fn name(&self) -> String {
        let login = || env::var("USER").or_else(|_| env::var("LOGNAME")).ok();
        self.actor.clone().or_else(login).unwrap_or_else(|| "unknown".to_owned())
    }
}

/// Which token.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct TokenChoice {
    /// The token with this serial, as printed on the card
    #[arg(long)]
    pub(super) serial: Option<Serial>,
    /// The live token of this holder
    #[arg(long, value_name = "ID", value_parser = holder)]
    pub(super) holder: Option<HolderId>,
}

/// A holder's id, with the reason where it is none.
pub(super) fn holder(text: &str) -> Result<HolderId, String> {
    HolderId::new(text).map_err(|error| format!("it {error}"))
}
