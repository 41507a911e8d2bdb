//! The auth store: what is in its tables, in SQLite and in PostgreSQL.
//!
//! A store knows hashes, never a code. What is done with it is written once, over a
//! [`Transaction`] that both databases have: statements with parameters `$1`, `$2` …, and a
//! trailing `FOR UPDATE` where a row is read that is about to be changed. PostgreSQL then locks
//! that row; SQLite, which has one writer, locks everything from the transaction's beginning.
//!
//! An act on a holder touches one lane, and first of all locks that lane's head of the audit
//! ([`audit::lock`]); so acts in a lane go one after the other, and no two wait for each other. What
//! goes through many lanes takes them one by one.

pub mod account;
pub(crate) mod activation;
mod address;
pub mod audit;
mod bulk;
pub mod challenge;
pub(crate) mod change;
mod check;
pub mod clerk;
pub(crate) mod counter;
pub(crate) mod day_list;
mod error;
pub(crate) mod grant;
pub(crate) mod key;
pub(crate) mod limit;
pub mod mail;
pub(crate) mod person;
pub mod phase_out;
mod pool;
pub(crate) mod post;
mod postgres;
pub mod schema;
pub(crate) mod sealed;
pub(crate) mod secret;
pub mod session;
pub mod signer;
mod sqlite;
mod state;
mod strangers;
pub mod token;
mod value;

use std::{path::Path, sync::Arc};

use tokenkaart_token::files;

use self::{address::Endpoint, schema::Dialect};
pub use self::{
    address::{Address, AddressError, Surroundings},
    bulk::Bulk,
    check::Problem,
    error::{Cause, StoreError},
    pool::{Pool, Pooled},
    state::State,
    strangers::Stranger,
    value::{Cell, Kind, StoreRow, Value},
};

/// An open auth store: one connection, for one thread.
pub struct Store {
    name: Arc<str>,
    address: Address,
    connection: Connection,
    watch: Watch,
    /// Whether temporary tables may be in the connection, which a new one hasn't.
    is_staged: bool,
}

enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Session>),
}

/// What a store was asked: for those who count.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Journeys to PostgreSQL and back; none to SQLite, which is in the process.
    pub round_trips: u64,
    /// Statements but for those that begin and end a transaction.
    pub statements: u64,
    /// Their texts, if [`Store::keep_statements`] was called.
    pub texts: Vec<&'static str>,
    keeps_texts: bool,
}

/// How long a transaction may take before the database ends it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pace {
    /// An act on a holder.
    Act,
    /// What goes through many rows.
    Long,
    /// What fills temporary tables.
    Staging,
    /// What only reads.
    Read,
}

/// What came of a statement.
struct Done {
    rows: Vec<StoreRow>,
    changed: u64,
}

impl Store {
    /// Opens a store that [`Store::create`] made.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be reached, or there is none, or another version.
    pub fn open(address: &Address) -> Result<Self, StoreError> {
        let mut store = Self::connect(address)?;
        let name = store.name.to_string();
        let found = schema::found(&mut store.read()?)?;
        match found {
            None => Err(StoreError::NoStore { store: name }),
            Some(found) if found != schema::VERSION => {
                Err(StoreError::OtherVersion { store: name, found })
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
        if let Endpoint::Sqlite(path) = &address.0 {
            // Of several who make it at once each goes on with the file of the first.
            files::create_empty(path)?;
        }
        let mut store = Self::connect(address)?;
        let added = schema::migrate(&mut store, false)?;
        Ok((store, added))
    }

    /// As [`Store::create`], on Citus: the tables of a new store are spread over its machines.
    ///
    /// # Errors
    /// [`StoreError`], also when the server has no Citus; there is no store then.
    pub fn create_distributed(address: &Address) -> Result<(Self, Vec<i64>), StoreError> {
        let mut store = Self::connect(address)?;
        let added = schema::migrate(&mut store, true)?;
        Ok((store, added))
    }

    fn connect(address: &Address) -> Result<Self, StoreError> {
        let name = address.to_string();
        let connection = match &address.0 {
            Endpoint::Sqlite(path) => Connection::Sqlite(open_sqlite(&name, path)?),
            Endpoint::Postgres(server) => {
                Connection::Postgres(Box::new(postgres::Session::open(&name, server)?))
            }
        };
        let watch = Watch::default();
        Ok(Self {
            name: name.into(),
            address: address.clone(),
            connection,
            watch,
            is_staged: false,
        })
    }

    /// Another connection to the same store.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be reached.
    pub fn again(&self) -> Result<Self, StoreError> {
        Self::connect(&self.address)
    }

    /// The store, as an error names it: without a password.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file of an SQLite store.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.address.0 {
            Endpoint::Sqlite(path) => Some(path),
            Endpoint::Postgres(_) => None,
        }
    }

    /// Which of the two databases it is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Keeps the texts of the statements from now on.
    pub const fn keep_statements(&mut self) {
        self.watch.keeps_texts = true;
    }

    /// What was asked since this was called last.
    pub fn watched(&mut self) -> Watch {
        let keeps_texts = self.watch.keeps_texts;
        std::mem::replace(&mut self.watch, Watch { keeps_texts, ..Watch::default() })
    }

    /// Whether the connection is known to be lost.
    fn is_closed(&self) -> bool {
        match &self.connection {
            Connection::Sqlite(_) => false,
            Connection::Postgres(session) => session.is_closed(),
        }
    }

    /// Connects again where the connection was lost, unless something was in it.
    fn revive(&mut self) -> Result<(), StoreError> {
        if !self.is_staged && self.is_closed() {
            let Self { connection, .. } = Self::connect(&self.address)?;
            self.connection = connection;
        }
        Ok(())
    }

    /// Runs statements as they are, outside of any transaction but one that they begin: for a
    /// connection that is used for nothing else.
    pub(crate) fn plain(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                connection.execute_batch(sql).map_err(|error| sqlite::failed(&self.name, &error))
            }
            Connection::Postgres(session) => session.plain(&self.name, sql),
        }
    }

    /// Begins to write. What isn't committed is undone, also when the process or the connection
    /// dies. A connection that was lost before is replaced.
    ///
    /// # Errors
    /// [`StoreError`] when the store is busy or gone.
    pub fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.revive()?;
        self.transaction(Pace::Act)
    }

    /// Begins to write many rows: as [`Store::begin`], without the limits on an act's time.
    ///
    /// # Errors
    /// [`StoreError`] when the store is busy or gone.
    pub fn begin_long(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.transaction(Pace::Long)
    }

    /// Begins to write temporary tables and nothing else, so that nobody waits.
    pub(crate) fn begin_staging(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.is_staged = true;
        self.transaction(Pace::Staging)
    }

    /// Begins to read: all that is read is of one moment, and nobody waits for it. A connection that
    /// was lost before is replaced.
    ///
    /// # Errors
    /// [`StoreError`] when the store is gone.
    pub fn read(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.revive()?;
        self.transaction(Pace::Read)
    }

    fn transaction(&mut self, pace: Pace) -> Result<Transaction<'_>, StoreError> {
        let open = match &mut self.connection {
            Connection::Sqlite(connection) => {
                let writes = matches!(pace, Pace::Act | Pace::Long);
                Open::Sqlite(sqlite::begin(&self.name, connection, !writes)?)
            }
            Connection::Postgres(session) => Open::Postgres(session.begin(pace)),
        };
        Ok(Transaction { store: &self.name, watch: &mut self.watch, open })
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
    store: &'s Arc<str>,
    watch: &'s mut Watch,
    open: Open<'s>,
}

enum Open<'s> {
    Sqlite(rusqlite::Transaction<'s>),
    Postgres(postgres::Begun<'s>),
}

impl Transaction<'_> {
    fn note(&mut self, sql: &'static str) {
        self.watch.statements += 1;
        if self.watch.keeps_texts {
            self.watch.texts.push(sql);
        }
    }

    fn travels(&mut self) {
        if let Open::Postgres(_) = &self.open {
            self.watch.round_trips += 1;
        }
    }

    /// Runs statements that need no answer of one another, in order and in one journey; gives the
    /// rows of each.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn all(
        &mut self,
        statements: Vec<(&'static str, Vec<Value>)>,
    ) -> Result<Vec<Vec<StoreRow>>, StoreError> {
        let done = self.done(statements)?;
        Ok(done.into_iter().map(|done| done.rows).collect())
    }

    fn done(
        &mut self,
        statements: Vec<(&'static str, Vec<Value>)>,
    ) -> Result<Vec<Done>, StoreError> {
        for (sql, _) in &statements {
            self.note(sql);
        }
        self.travels();
        match &mut self.open {
            Open::Sqlite(open) => statements
                .iter()
                .map(|(sql, values)| sqlite::run(self.store, open, sql, values))
                .collect(),
            Open::Postgres(open) => open.send(self.store, statements, None),
        }
    }

    fn one(&mut self, sql: &'static str, values: &[Value]) -> Result<Done, StoreError> {
        let mut done = self.done(vec![(sql, values.to_vec())])?;
        Ok(done.pop().unwrap_or(Done { rows: Vec::new(), changed: 0 }))
    }

    /// Runs a statement, and says how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        Ok(self.one(sql, values)?.changed)
    }

    /// Has a statement run with the next one or with the commit, whose answer nobody needs.
    ///
    /// # Errors
    /// [`StoreError`], now or with the next statement; the transaction is to be dropped then.
    pub fn queue(&mut self, sql: &'static str, values: Vec<Value>) -> Result<(), StoreError> {
        self.note(sql);
        match &mut self.open {
            Open::Sqlite(open) => sqlite::run(self.store, open, sql, &values).map(drop),
            Open::Postgres(open) => {
                open.queue(sql, values);
                Ok(())
            }
        }
    }

    /// Runs a query, and gives all rows that it finds.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn query(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<StoreRow>, StoreError> {
        Ok(self.one(sql, values)?.rows)
    }

    /// Runs a query of which at most one row is wanted.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn query_one(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<StoreRow>, StoreError> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    /// Runs several statements without parameters, for tables that are made on the way.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.travels();
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
    /// was done ([`Cause::InDoubt`]).
    pub fn commit(mut self) -> Result<(), StoreError> {
        self.travels();
        match self.open {
            Open::Sqlite(open) => sqlite::commit(self.store, open),
            Open::Postgres(open) => open.commit(self.store),
        }
    }
}
