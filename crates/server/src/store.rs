//! `tokenkaart-server store`: an auth store made, and its tables shown.

use clap::Subcommand;
use tokenkaart_auth::store::{
    Address, Store,
    schema::{Dialect, VERSION},
};
use tokenkaart_terminal::{Failure, Outcome};

use crate::options::StoreAddress;

#[derive(Subcommand)]
pub(super) enum StoreCommand {
    /// Make an auth store in a new file or an empty database, or bring one up to date
    Create {
        #[command(flatten)]
        store: StoreAddress,
        /// On Citus: spread the tables of a new store over its machines
        #[arg(long)]
        distributed: bool,
        /// Say nothing but errors
        #[arg(long, short)]
        quiet: bool,
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

pub(super) fn run(command: &StoreCommand) -> Result<Outcome, Failure> {
    match command {
        StoreCommand::Create { store, distributed, quiet } => {
            create(&store.address()?, *distributed, *quiet)
        }
        StoreCommand::Schema { dialect, roles, distributed } => {
            schema(*dialect, *roles, *distributed)
        }
    }
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
