//! The auth store: what is in its tables, in SQLite and in PostgreSQL.
//!
//! A store knows hashes, never a code. What is done with it is written once, over a
//! [`Transaction`] that both databases have: statements with parameters `$1`, `$2` …, and a
//! trailing `FOR UPDATE` where a row is read that is about to be changed. PostgreSQL then locks
//! that row; SQLite, which has one writer, locks everything from the transaction's beginning.
//!
//! What is locked is locked in this order: the holder's attempts, the holder's token, the head of
//! the audit. So no two acts wait for each other. Who changes many tokens at once calls
//! [`Transaction::begin_many`] first.

mod address;
pub mod audit;
mod bulk;
pub mod challenge;
mod error;
mod postgres;
pub mod schema;
mod sqlite;
mod state;
pub mod token;
mod value;

use std::path::Path;

use tokenkaart_token::files;

use self::{address::Place, schema::Dialect};
pub use self::{
    address::{Address, AddressError},
    bulk::Bulk,
    error::{Cause, StoreError},
    state::State,
    value::{Kind, Row, Value},
};

/// Those who change many tokens in one transaction wait for each other; the number is of no
/// meaning.
const MANY_TOKENS: &str = "SELECT pg_advisory_xact_lock(8135427602)";

/// An open auth store: one connection, for one thread.
pub struct Store {
    name: String,
    connection: Connection,
}

enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Session>),
}

impl Store {
    /// Opens a store that [`Store::create`] made.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be reached, or there is none, or another version.
    pub fn open(address: &Address) -> Result<Self, StoreError> {
        let mut store = Self::connect(address)?;
        let found = schema::found(&mut store.read()?)?;
        match found {
            None => Err(StoreError::NoStore { store: store.name }),
            Some(found) if found != schema::VERSION => {
                Err(StoreError::OtherVersion { store: store.name, found })
            }
            Some(_) => Ok(store),
        }
    }

    /// Makes a store, or brings an older one up to date; says which versions of the schema were
    /// added, none if all were there.
    ///
    /// The file of a new SQLite store is its owner's alone (0600). A database of PostgreSQL must
    /// be there already, and the tables belong to who makes them.
    ///
    /// # Errors
    /// [`StoreError`]; the schema is whole then or not there.
    pub fn create(address: &Address) -> Result<(Self, Vec<i64>), StoreError> {
        if let Place::Sqlite(path) = &address.0
            && !path.exists()
        {
            files::write_whole(path, &[])?;
        }
        let mut store = Self::connect(address)?;
        let added = schema::migrate(&mut store)?;
        Ok((store, added))
    }

    fn connect(address: &Address) -> Result<Self, StoreError> {
        let name = address.to_string();
        let connection = match &address.0 {
            Place::Sqlite(path) => Connection::Sqlite(open_sqlite(&name, path)?),
            Place::Postgres(server) => {
                Connection::Postgres(Box::new(postgres::Session::open(&name, server)?))
            }
        };
        Ok(Self { name, connection })
    }

    /// The store, as an error names it: without a password.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which of the two databases it is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins to write. What isn't committed is undone, also when the process or the connection
    /// dies.
    ///
    /// # Errors
    /// [`StoreError`] when the store is busy or gone.
    pub fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.transaction(false)
    }

    /// Begins to read: all that is read is of one moment, and nobody waits for it.
    ///
    /// # Errors
    /// [`StoreError`] when the store is gone.
    pub fn read(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.transaction(true)
    }

    fn transaction(&mut self, is_read_only: bool) -> Result<Transaction<'_>, StoreError> {
        let name = &self.name;
        let open = match &mut self.connection {
            Connection::Sqlite(connection) => {
                Open::Sqlite(sqlite::begin(name, connection, is_read_only)?)
            }
            Connection::Postgres(session) => Open::Postgres(session.begin(name, is_read_only)?),
        };
        Ok(Transaction { store: name, open })
    }
}

fn open_sqlite(name: &str, path: &Path) -> Result<rusqlite::Connection, StoreError> {
    if path.exists() {
        sqlite::open(name, path)
    } else {
        Err(StoreError::NoFile { path: path.to_owned() })
    }
}

/// What is done as a whole or not at all.
pub struct Transaction<'s> {
    store: &'s str,
    open: Open<'s>,
}

enum Open<'s> {
    Sqlite(rusqlite::Transaction<'s>),
    Postgres(postgres::Begun<'s>),
}

impl Transaction<'_> {
    /// Runs a statement, and says how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        match &mut self.open {
            Open::Sqlite(open) => sqlite::execute(self.store, open, sql, values),
            Open::Postgres(open) => open.execute(self.store, sql, values),
        }
    }

    /// Runs a query, and gives all rows that it finds.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        match &mut self.open {
            Open::Sqlite(open) => sqlite::query(self.store, open, sql, values),
            Open::Postgres(open) => open.query(self.store, sql, values),
        }
    }

    /// Runs a query of which at most one row is wanted.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn query_one(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    /// Runs several statements without parameters, for tables that are made on the way.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match &mut self.open {
            Open::Sqlite(open) => sqlite::batch(self.store, open, sql),
            Open::Postgres(open) => open.batch(self.store, sql),
        }
    }

    /// Begins to write many rows into a table: by binary `COPY` in PostgreSQL, by one prepared
    /// statement in SQLite. Nothing else may be asked before [`Bulk::finish`].
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn bulk(&mut self, table: &str, columns: &[(&str, Kind)]) -> Result<Bulk<'_>, StoreError> {
        match &mut self.open {
            Open::Sqlite(open) => Bulk::sqlite(self.store, open, table, columns),
            Open::Postgres(open) => open.bulk(self.store, table, columns),
        }
    }

    /// Waits for others who change many tokens in one transaction, and keeps them out until this
    /// one ends: each locks tokens in its own order.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn begin_many(&mut self) -> Result<(), StoreError> {
        match self.dialect() {
            Dialect::Postgres => self.batch(MANY_TOKENS),
            // It has one writer.
            Dialect::Sqlite => Ok(()),
        }
    }

    /// Which of the two databases it is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.open {
            Open::Sqlite(_) => Dialect::Sqlite,
            Open::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Makes it so, and waits until it is on the disk.
    ///
    /// # Errors
    /// [`StoreError`]; when the connection is lost in this very moment, nobody can say whether it
    /// was done.
    pub fn commit(self) -> Result<(), StoreError> {
        match self.open {
            Open::Sqlite(open) => sqlite::commit(self.store, open),
            Open::Postgres(open) => open.commit(self.store),
        }
    }
}
