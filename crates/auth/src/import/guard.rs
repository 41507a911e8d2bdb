//! One import at a time.

use std::fs::{File, OpenOptions};

use tokenkaart_token::files::{FileAct, FileError};

use crate::store::{Store, StoreError};

/// It waits as long as another import takes, and is idle as long as this one. The number is of no
/// meaning.
const POSTGRES: &str = "\
BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; \
SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock(8135427602)";

/// Keeps other imports waiting until it is dropped, or its process dies.
///
/// In PostgreSQL it is a transaction of its own connection that does nothing else, in SQLite a lock
/// of a file beside the store: an import's own transactions come and go.
pub(super) struct Guard(Kind);

enum Kind {
    Postgres(Box<Store>),
    Sqlite { _file: File },
}

impl Guard {
    pub(super) fn take(store: &Store) -> Result<Self, StoreError> {
        let Some(path) = store.file() else {
            let mut own = store.again()?;
            own.plain(POSTGRES)?;
            return Ok(Self(Kind::Postgres(Box::new(own))));
        };
        let mut name = path.as_os_str().to_owned();
        name.push("-import");
        let failed = |source| {
            StoreError::File(FileError { act: FileAct::Create, path: name.clone().into(), source })
        };
        let file = OpenOptions::new().create(true).append(true).open(&name).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self(Kind::Sqlite { _file: file }))
    }

    /// Sees that it still holds: a connection may be lost.
    pub(super) fn check(&mut self) -> Result<(), StoreError> {
        match &mut self.0 {
            Kind::Postgres(store) => store.plain("SELECT 1"),
            Kind::Sqlite { .. } => Ok(()),
        }
    }
}
