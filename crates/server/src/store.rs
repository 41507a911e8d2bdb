//! `tokenkaart-server store`: an auth store made, and its tables shown.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use jiff::Timestamp;
use tokenkaart_auth::store::{
    Address, Problem, Store,
    schema::{Dialect, VERSION},
    signer::{self, Signer},
};
use tokenkaart_terminal::{Document, Failure, Outcome, count, finding, result};
use tokenkaart_token::{
    shell::{harmless, shown},
    sign::Signers,
};

use crate::options::{Actor, StoreAddress};

#[derive(Subcommand)]
pub(super) enum StoreCommand {
    /// Make an auth store in a new file or an empty database, or bring one up to date
    Create {
        #[command(flatten)]
        store: StoreAddress,
        /// Take runs alone that this OpenSSH key has signed, or one of these allowed signers
        #[arg(long, value_name = "KEY")]
        require_signer: Option<PathBuf>,
        #[command(flatten)]
        actor: Actor,
        /// On Citus: spread the tables of a new store over its machines
        #[arg(long)]
        distributed: bool,
        /// Say nothing but errors
        #[arg(long, short)]
        quiet: bool,
    },
    /// Copy an SQLite store into a new file while it is used
    Backup {
        /// The file, which is not there yet
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        store: StoreAddress,
    },
    /// Look whether a store is sound: the database's own check, the audit, and both held together
    Check {
        #[command(flatten)]
        store: StoreAddress,
    },
    /// Say whose signature a run must have
    Signer {
        #[command(subcommand)]
        command: SignerCommand,
    },
    /// Print the tables as SQL, for a DBA to read and run
    Schema {
        /// The database: postgres or sqlite
        #[arg(long = "for", value_name = "DATABASE")]
        dialect: Dialect,
        /// Print the roles and grants instead
        #[arg(long)]
        roles: bool,
        /// Print instead what spreads the tables over the machines of Citus
        #[arg(long, conflicts_with = "roles")]
        distributed: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum SignerCommand {
    /// Take runs alone that one of the signers has signed, this one among them
    Add {
        /// An OpenSSH public key (Ed25519), or a file of allowed signers
        #[arg(value_name = "KEY")]
        key: PathBuf,
        #[command(flatten)]
        store: StoreAddress,
        #[command(flatten)]
        actor: Actor,
    },
    /// Take no more runs that this one has signed
    Remove {
        /// The fingerprint, as `list` shows it
        fingerprint: String,
        #[command(flatten)]
        store: StoreAddress,
        #[command(flatten)]
        actor: Actor,
    },
    /// Show the signers
    List {
        #[command(flatten)]
        store: StoreAddress,
    },
}

pub(super) fn run(command: &StoreCommand) -> Result<Outcome, Failure> {
    match command {
        StoreCommand::Create { store, require_signer, actor, distributed, quiet } => {
            // A key that is none is told before anything is made.
            let signers = require_signer.as_deref().map(Signers::read).transpose()?;
            let said = create(&store.address()?, *distributed)?;
            if let Some(signers) = signers {
                let mut store = Store::open(&store.address()?)?;
                signer::add(&mut store, &signers, &actor.name(), Timestamp::now())?;
            }
            if !quiet {
                result(&said)?;
            }
            Ok(Outcome::Done)
        }
        StoreCommand::Backup { file, store } => backup(&store.address()?, file),
        StoreCommand::Check { store } => check(&store.address()?),
        StoreCommand::Signer { command } => signer(command),
        StoreCommand::Schema { dialect, roles, distributed } => {
            schema(*dialect, *roles, *distributed)
        }
    }
}

fn backup(address: &Address, file: &Path) -> Result<Outcome, Failure> {
    let mut store = Store::open(address)?;
    if !store.backup(file)? {
        return Err(Failure::new(
            "PostgreSQL makes its own backups: `pg_dump --format=custom`, or base backups with the WAL",
        ));
    }
    result(&format!("{}: the store is in it as it is now\n", shown(file)))?;
    Ok(Outcome::Done)
}

fn check(address: &Address) -> Result<Outcome, Failure> {
    let mut store = Store::open(address)?;
    let problems = store.check()?;
    let line = |problem: &Problem| format!("{}: {}", store.name(), harmless(&problem.to_string()));
    if !problems.is_empty() {
        finding(problems.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        return Ok(Outcome::Complaints);
    }
    result(&format!("{}: the store is sound\n", store.name()))?;
    Ok(Outcome::Done)
}

fn signer(command: &SignerCommand) -> Result<Outcome, Failure> {
    match command {
        SignerCommand::Add { key, store, actor } => {
            let signers = Signers::read(key)?;
            let mut store = Store::open(&store.address()?)?;
            let added = signer::add(&mut store, &signers, &actor.name(), Timestamp::now())?;
            result(&format!("{} added\n", count(added, "signer", "signers")))?;
        }
        SignerCommand::Remove { fingerprint, store, actor } => {
            let mut store = Store::open(&store.address()?)?;
            if !signer::remove(&mut store, fingerprint, &actor.name(), Timestamp::now())? {
                finding("the store has no such signer")?;
                return Ok(Outcome::Complaints);
            }
            result("1 signer removed\n")?;
        }
        SignerCommand::List { store } => {
            let mut store = Store::open(&store.address()?)?;
            let signers = signer::list(&mut store.read()?)?;
            let line = |signer: &Signer| format!("{} {}\n", signer.fingerprint, signer.key);
            result(&if signers.is_empty() {
                "none: the store takes runs that nobody has signed\n".to_owned()
            } else {
                signers.iter().map(line).collect()
            })?;
        }
    }
    Ok(Outcome::Done)
}

/// Makes a store, and says what it is now.
fn create(address: &Address, distributed: bool) -> Result<String, Failure> {
    let (store, added) =
        if distributed { Store::create_distributed(address)? } else { Store::create(address)? };
    let name = store.name();
    Ok(match added.first() {
        None => format!("{name} is an auth store of version {VERSION} already\n"),
        Some(1) => format!("{name} is an empty auth store now, version {VERSION}\n"),
        Some(_) => format!("{name} is brought up to version {VERSION}\n"),
    })
}

fn schema(dialect: Dialect, roles: bool, distributed: bool) -> Result<Outcome, Failure> {
    let mut document = Document::begin();
    if distributed {
        if dialect == Dialect::Sqlite {
            return Err(Failure::new("SQLite is one file on one machine; take --for postgres"));
        }
        document.write_all(Dialect::distributed().as_bytes())?;
    } else if roles {
        let Some(roles) = dialect.roles() else {
            return Err(Failure::new(
                "SQLite has no roles: who may read and write the file may do all; take --for postgres",
            ));
        };
        document.write_all(roles.as_bytes())?;
    } else {
        document.write_all(dialect.schema().as_bytes())?;
    }
    document.flush()?;
    Ok(Outcome::Done)
}
