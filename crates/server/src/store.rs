//! `tokenkaart-server store`: an auth store made, and its tables shown.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use jiff::Timestamp;
use tokenkaart_auth::store::{
    Address, Store,
    schema::{Dialect, VERSION},
    signer,
};
use tokenkaart_terminal::{Failure, Outcome, count};
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
            let outcome = create(&store.address()?, *distributed, *quiet)?;
            if let Some(signers) = signers {
                let mut store = Store::open(&store.address()?)?;
                signer::add(&mut store, &signers, &actor.name(), Timestamp::now())?;
            }
            Ok(outcome)
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
    println!("{}: the store is in it as it is now", shown(file));
    Ok(Outcome::Done)
}

fn check(address: &Address) -> Result<Outcome, Failure> {
    let mut store = Store::open(address)?;
    let problems = store.check()?;
    for problem in &problems {
        eprintln!("{}: {}", store.name(), harmless(&problem.to_string()));
    }
    if !problems.is_empty() {
        return Ok(Outcome::Complaints);
    }
    println!("{}: the store is sound", store.name());
    Ok(Outcome::Done)
}

fn signer(command: &SignerCommand) -> Result<Outcome, Failure> {
    match command {
        SignerCommand::Add { key, store, actor } => {
            let signers = Signers::read(key)?;
            let mut store = Store::open(&store.address()?)?;
            let added = signer::add(&mut store, &signers, &actor.name(), Timestamp::now())?;
            println!("{} added", count(added, "signer", "signers"));
        }
        SignerCommand::Remove { fingerprint, store, actor } => {
            let mut store = Store::open(&store.address()?)?;
            if !signer::remove(&mut store, fingerprint, &actor.name(), Timestamp::now())? {
                eprintln!("the store has no such signer");
                return Ok(Outcome::Complaints);
            }
            println!("1 signer removed");
        }
        SignerCommand::List { store } => {
            let mut store = Store::open(&store.address()?)?;
            let signers = signer::list(&mut store.read()?)?;
            if signers.is_empty() {
                println!("none: the store takes runs that nobody has signed");
            }
            for signer in signers {
                println!("{} {}", signer.fingerprint, signer.key);
            }
        }
    }
    Ok(Outcome::Done)
}

fn create(address: &Address, distributed: bool, quiet: bool) -> Result<Outcome, Failure> {
    let (store, added) =
        if distributed { Store::create_distributed(address)? } else { Store::create(address)? };
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

fn schema(dialect: Dialect, roles: bool, distributed: bool) -> Result<Outcome, Failure> {
    if distributed {
        if dialect == Dialect::Sqlite {
            return Err(Failure::new("SQLite is one file on one machine; take --for postgres"));
        }
        print!("{}", Dialect::distributed());
    } else if roles {
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
