//! The tables, as plain SQL under `crates/auth/schema` that a DBA can read and run alone.

use std::{fmt, str::FromStr};

use super::{Store, StoreError, Transaction, strangers};

/// The version of the schema that this program works with.
pub const VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// What brings a store to a version from the one before: in SQLite, in PostgreSQL.
const MIGRATIONS: [(i64, &str, &str); 8] = [
    (
        1,
        include_str!("../../schema/sqlite/0001.sql"),
        include_str!("../../schema/postgres/0001.sql"),
    ),
    (
        2,
        include_str!("../../schema/sqlite/0002.sql"),
        include_str!("../../schema/postgres/0002.sql"),
    ),
    (
        3,
        include_str!("../../schema/sqlite/0003.sql"),
        include_str!("../../schema/postgres/0003.sql"),
    ),
    (
        4,
        include_str!("../../schema/sqlite/0004.sql"),
        include_str!("../../schema/postgres/0004.sql"),
    ),
    (
        5,
        include_str!("../../schema/sqlite/0005.sql"),
        include_str!("../../schema/postgres/0005.sql"),
    ),
    (
        6,
        include_str!("../../schema/sqlite/0006.sql"),
        include_str!("../../schema/postgres/0006.sql"),
    ),
    (
        7,
        include_str!("../../schema/sqlite/0007.sql"),
        include_str!("../../schema/postgres/0007.sql"),
    ),
    (
        8,
        include_str!("../../schema/sqlite/0008.sql"),
        include_str!("../../schema/postgres/0008.sql"),
    ),
];
/// What lies where on Citus, of each version.
const DISTRIBUTED: [(i64, &str); 8] = [
    (1, include_str!("../../schema/postgres/distributed.sql")),
    (2, include_str!("../../schema/postgres/distributed_0002.sql")),
    (3, include_str!("../../schema/postgres/distributed_0003.sql")),
    (4, include_str!("../../schema/postgres/distributed_0004.sql")),
    (5, include_str!("../../schema/postgres/distributed_0005.sql")),
    (6, include_str!("../../schema/postgres/distributed_0006.sql")),
    (7, include_str!("../../schema/postgres/distributed_0007.sql")),
    (8, include_str!("../../schema/postgres/distributed_0008.sql")),
];
/// Who may do what in PostgreSQL.
const ROLES: &str = include_str!("../../schema/postgres/roles.sql");
/// Two that make the same store wait for each other; the number is of no meaning.
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(8135427601)";

/// One of the two databases.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// The SQL that makes an empty store.
    #[must_use]
    pub fn schema(self) -> String {
        self.schema_up_to(VERSION)
    }

    /// The SQL that makes an empty store of an older version.
    #[must_use]
    pub fn schema_up_to(self, version: i64) -> String {
        let all = MIGRATIONS.iter().filter(|(number, _, _)| *number <= version);
        let all = all.map(|(_, sqlite, postgres)| match self {
            Self::Sqlite => *sqlite,
            Self::Postgres => *postgres,
        });
        all.collect::<Vec<_>>().join("\n")
    }

    /// The SQL that spreads the tables of a new store by their lanes: for Citus alone.
    #[must_use]
    pub fn distributed() -> String {
        DISTRIBUTED.map(|(_, sql)| sql).join("\n")
    }

    /// The SQL that makes roles and grants; SQLite has none.
    #[must_use]
    pub const fn roles(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(ROLES),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A text is neither of the two databases.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("write postgres or sqlite")]
pub struct NoSuchDialect;

impl FromStr for Dialect {
    type Err = NoSuchDialect;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" | "postgresql" => Ok(Self::Postgres),
            _ => Err(NoSuchDialect),
        }
    }
}

/// The version of the store in a database; `None` when there is none.
pub(super) fn found(transaction: &mut Transaction<'_>) -> Result<Option<i64>, StoreError> {
    let is_there = match transaction.dialect() {
        Dialect::Sqlite => {
            "SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'schema_version'"
        }
        Dialect::Postgres => {
            // The types are the operator's own, so that nobody's else is nearer.
            "SELECT count(*) AS tables FROM pg_catalog.pg_class \
             WHERE oid = pg_catalog.to_regclass('schema_version'::text)::oid"
        }
    };
    let count = transaction.query_one(is_there, &[])?.map_or(Ok(0), |row| row.int("tables"))?;
    if count == 0 {
        return Ok(None);
    }
    let row = transaction.query_one("SELECT max(version) AS version FROM schema_version", &[])?;
    Ok(row.map(|row| row.int_or_null("version")).transpose()?.flatten())
}

/// Adds the versions that aren't there yet, all of them or none.
pub(super) fn migrate(store: &mut Store, distributed: bool) -> Result<Vec<i64>, StoreError> {
    let name = store.name.to_string();
    let mut transaction = store.begin_long()?;
    let dialect = transaction.dialect();
    if dialect == Dialect::Postgres {
        transaction.batch(ONE_AT_A_TIME)?;
        let encoding =
            transaction.query_one("SELECT current_setting('server_encoding') AS encoding", &[])?;
        let encoding = encoding.map(|row| row.text("encoding").map(str::to_owned)).transpose()?;
        if let Some(encoding) = encoding.filter(|encoding| encoding != "UTF8") {
            return Err(StoreError::Encoding { store: name, encoding });
        }
    }
    if dialect == Dialect::Postgres {
        let found = strangers::before(&mut transaction)?;
        if !found.is_empty() {
            return Err(StoreError::Strangers { store: name, found });
        }
    }
    let before = found(&mut transaction)?.unwrap_or(0);
    if before > VERSION {
        return Err(StoreError::OtherVersion { store: name, found: before });
    }
    let mut added = Vec::new();
    for (version, sqlite, postgres) in MIGRATIONS {
        if version > before {
            transaction.batch(match dialect {
                Dialect::Sqlite => sqlite,
                Dialect::Postgres => postgres,
            })?;
            added.push(version);
        }
    }
    if distributed && dialect == Dialect::Postgres {
        for (_, sql) in DISTRIBUTED.iter().filter(|(version, _)| added.contains(version)) {
            transaction.batch(sql)?;
        }
    }
    transaction.commit()?;
    Ok(added)
}
