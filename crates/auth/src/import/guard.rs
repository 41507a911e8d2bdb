//! One import at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
};

use tokenkaart_token::files::{FileAct, FileError};

use crate::store::{Cause, Store, StoreError};

/// It is idle as long as the import takes, and ends when nothing is left at its other end. The lock of a table is had by those alone who may change it:
/// any login may take the lock of a number.
const POSTGRES: &str = "\
BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; \
SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL tcp_keepalives_idle = 60; \
SET LOCAL tcp_keepalives_interval = 10; SET LOCAL tcp_keepalives_count = 3; SAVEPOINT before";
const TRY: &str = "LOCK TABLE decoys IN SHARE UPDATE EXCLUSIVE MODE NOWAIT";
/// It waits as long as another import takes.
const WAIT: &str = "ROLLBACK TO SAVEPOINT before; LOCK TABLE decoys IN SHARE UPDATE EXCLUSIVE MODE";

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
    /// Waits for another import to end, and says so first.
    pub(super) fn take(store: &Store, on_wait: &mut dyn FnMut()) -> Result<Self, StoreError> {
        let Some(path) = store.file() else {
            let mut own = store.again()?;
            own.plain(POSTGRES)?;
            match own.plain(TRY) {
                Err(StoreError::Database { cause: Cause::Busy, .. }) => {
                    on_wait();
                    own.plain(WAIT)?;
                }
                other => other?,
            }
            return Ok(Self(Kind::Postgres(Box::new(own))));
        };
        let mut name = path.as_os_str().to_owned();
        name.push("-import");
        let failed = |source| {
            StoreError::File(FileError { act: FileAct::Create, path: name.clone().into(), source })
        };
        let mut options = OpenOptions::new();
        // Whoever can open it can hold the lock.
        let options = options.create(true).append(true).mode(0o600);
        let file = options.open(&name).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                on_wait();
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
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
