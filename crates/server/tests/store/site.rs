//! An empty auth store in either database, and other people's eyes on it.

use std::{fs, process::Command};

use jiff::Timestamp;
use tempfile::TempDir;
use tokenkaart_auth::store::{Address, Store};

use super::cluster::{Database, cluster};

/// One of the two databases with an empty store.
pub(crate) enum Site {
    Sqlite(TempDir),
    Postgres(Database<'static>),
}

impl Site {
    /// Both, so that no test forgets one.
    pub(crate) fn both() -> [Self; 2] {
        let folder = tempfile::tempdir().unwrap();
        let site = Self::Sqlite(folder);
        Store::create(&site.address()).unwrap();
        [site, Self::Postgres(empty_store())]
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

    /// What the database's own shell says to a statement; columns are parted by `|`.
    pub(crate) fn shell(&self, sql: &str) -> String {
        match self {
            Self::Postgres(database) => database.psql(sql),
            Self::Sqlite(folder) => {
                let output = Command::new("sqlite3")
                    .args(["-batch", "-bail"])
                    .arg(folder.path().join("auth.db"))
                    .arg(sql)
                    .output()
                    .expect("there is no sqlite3; scripts/test.sh installs what the tests need");
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{sql}: {said}");
                String::from_utf8(output.stdout).unwrap()
            }
        }
    }

    /// The mode of the file, of SQLite.
    pub(crate) fn mode(&self) -> Option<u32> {
        use std::os::unix::fs::PermissionsExt as _;
        match self {
            Self::Postgres(_) => None,
            Self::Sqlite(folder) => {
                let file = fs::metadata(folder.path().join("auth.db")).unwrap();
                Some(file.permissions().mode() & 0o777)
            }
        }
    }
}

/// A database of PostgreSQL with an empty auth store in it.
pub(crate) fn empty_store() -> Database<'static> {
    let database = cluster().database();
    Store::create(&database.url("owner").parse().unwrap()).unwrap();
    database
}

/// A moment, in milliseconds after another that all tests begin at.
pub(crate) fn moment(later: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_000_000_000 + later).unwrap()
}

/// Waits until so many connections to a database of PostgreSQL wait for others.
pub(crate) fn until_waiting(site: &Site, connections: usize) {
    let waiting = "SELECT count(*) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while site.shell(waiting).trim() != connections.to_string() {}
}
