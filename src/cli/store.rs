//! `tokenkaart store`: an auth store made, and its tables shown; and which store `--store` means.

use std::env;

use tokenkaart::store::{
    Address, Store,
    schema::{Dialect, VERSION},
};

use super::{
    args::{Actor, StoreAddress, StoreCommand},
    say::{Failure, Outcome},
};

/// Names the store where `--store` doesn't.
const STORE: &str = "TOKENKAART_STORE";
/// Where PostgreSQL's own programs look for a password, too.
const PASSWORD: &str = "PGPASSWORD";

pub(super) fn run(command: &StoreCommand) -> Result<Outcome, Failure> {
    match command {
        StoreCommand::Create { store, quiet } => create(&address(store)?, *quiet),
        StoreCommand::Schema { dialect, roles } => schema(*dialect, *roles),
    }
}

/// The store that is meant, with its password.
pub(super) fn address(args: &StoreAddress) -> Result<Address, Failure> {
    let (from, text) = match (&args.store, env::var(STORE)) {
        (Some(text), _) => ("--store", text.clone()),
        (None, Ok(text)) => (STORE, text),
        (None, Err(_)) => {
            return Err(Failure::new(format!(
                "which auth store? Write --store sqlite:auth.db or --store \
                 postgres://user@host/database, or set {STORE}"
            )));
        }
    };
    let address: Address =
        text.parse().map_err(|error| Failure::new(format!("{from}: {error}")))?;
    Ok(match env::var(PASSWORD) {
        Ok(password) if address.lacks_password() => address.with_password(&password),
        _ => address,
    })
}

/// Who acts, for the audit: the one who is named, or the login.
pub(super) fn actor(args: &Actor) -> String {
    let login = || env::var("USER").or_else(|_| env::var("LOGNAME")).ok();
    args.actor.clone().or_else(login).unwrap_or_else(|| "unknown".to_owned())
}

fn create(address: &Address, quiet: bool) -> Result<Outcome, Failure> {
    let (store, added) = Store::create(address)?;
    if !quiet {
        let name = store.name();
        match added.first() {
            None => println!("{name} is an auth store of version {VERSION} already"),
            Some(1) => println!("{name} is an empty auth store now, version {VERSION}"),
            Some(_) => println!("{name} is brought up to version {VERSION}"),
        }
    }
    Ok(Outcome::Done)
}

fn schema(dialect: Dialect, roles: bool) -> Result<Outcome, Failure> {
    if roles {
        let Some(roles) = dialect.roles() else {
            return Err(Failure::new(
                "SQLite has no roles: who may read and write the file may do all; take --for postgres",
            ));
        };
        print!("{roles}");
    } else {
        print!("{}", dialect.schema());
    }
    Ok(Outcome::Done)
}
