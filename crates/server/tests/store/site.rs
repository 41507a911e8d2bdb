//! An empty auth store, and other eyes on it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use jiff::Timestamp;
use rusqlite::{fallible_iterator::FallibleIterator as _, types::ValueRef};
use tempfile::TempDir;
use tokenkaart_auth::{
    Lane,
    store::{Address, Store},
};

use super::{
    IS_POSTGRES,
    cluster::{Database, cluster},
};

/// One of the two databases with an empty store.
pub(crate) enum Site {
    Sqlite(TempDir),
    Postgres(Database<'static>),
}

impl Site {
    /// A site of the database that this target is for.
    pub(crate) fn new() -> Self {
        let site = Self::empty();
        Store::create(&site.address()).unwrap();
        site
    }

    /// The same without a store in it.
    pub(crate) fn empty() -> Self {
        if IS_POSTGRES {
            Self::Postgres(cluster().database())
        } else {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("auth.db"), "").unwrap();
            fs::set_permissions(folder.path().join("auth.db"), fs::Permissions::from_mode(0o600))
                .unwrap();
            Self::Sqlite(folder)
        }
    }

    /// As `--store` takes it.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}/auth.db", folder.path().display()),
            Self::Postgres(database) => database.url("owner"),
        }
    }

    pub(crate) fn address(&self) -> Address {
        self.url().parse().unwrap()
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.address()).unwrap()
    }

    /// What the database says to statements, as its owner, with no check of ours; columns are
    /// parted by `|`, and each row is a line.
    #[track_caller]
    pub(crate) fn shell(&self, sql: &str) -> String {
        let folder = match self {
            Self::Postgres(database) => return database.psql(sql),
            Self::Sqlite(folder) => folder,
        };
        let connection = rusqlite::Connection::open(folder.path().join("auth.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
        let mut said = String::new();
        let mut batch = rusqlite::Batch::new(&connection, sql);
        while let Some(mut statement) = batch.next().unwrap() {
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let cells: Vec<String> = (0..columns)
                    .map(|column| match row.get_ref(column).unwrap() {
                        ValueRef::Integer(number) => number.to_string(),
                        ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
                        _ => String::new(),
                    })
                    .collect();
                said += &(cells.join("|") + "\n");
            }
        }
        said
    }

    /// The number that a query finds.
    #[track_caller]
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.shell(sql).trim().parse().unwrap()
    }

    /// Puts a holder's live token into another state, behind the back of the rules.
    pub(crate) fn set_state(&self, holder: &str, state: &str) {
        let lane = Lane::of(holder);
        let of =
            format!("FROM states WHERE lane = {lane} AND holder = '{holder}' AND state = 'active'");
        self.shell(&match state {
            "suspended" | "locked" => format!(
                "INSERT INTO {} (lane, holder, serial, since) \
                 SELECT lane, holder, serial, 0 {of}",
                if state == "locked" { "locks" } else { "suspensions" }
            ),
            _ => format!(
                "INSERT INTO ends (lane, holder, serial, state, was, at) \
                 SELECT lane, holder, serial, '{state}', 'active', 0 {of}; DELETE {of}"
            ),
        });
    }

    /// The state of a holder's tokens, as the program shows them.
    pub(crate) fn states(&self, holder: &str) -> Vec<String> {
        let mut store = self.open();
        let mut transaction = store.read().unwrap();
        let tokens = tokenkaart_auth::store::token::all_of(&mut transaction, holder).unwrap();
        tokens.iter().map(|token| token.state.to_string()).collect()
    }

    /// The mode of the file, of SQLite.
    pub(crate) fn mode(&self) -> Option<u32> {
        match self {
            Self::Postgres(_) => None,
            Self::Sqlite(folder) => {
                let file = fs::metadata(folder.path().join("auth.db")).unwrap();
                Some(file.permissions().mode() & 0o777)
            }
        }
    }
}

/// A moment, in milliseconds after another that all tests begin at.
pub(crate) fn moment(later: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_000_000_000 + later).unwrap()
}
