//! SQLite: one file, one writer at a time.

use std::{path::Path, sync::Arc, thread, time::Duration};

use rusqlite::{
    ErrorCode, OpenFlags, ToSql, TransactionBehavior, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{Cause, Cell, Done, StoreError, StoreRow, Value};

/// How long one waits between two looks whether another's transaction is over. They are short, and
/// who looks seldom never finds the moment between two of an import's.
const LOOK: Duration = Duration::from_millis(1);
/// How many looks: half a minute.
const LOOKS: i32 = 30_000;
/// Statements that are kept prepared; there are fewer.
const STATEMENTS: usize = 128;

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

pub(super) fn open(store: &str, path: &Path) -> Result<rusqlite::Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || {
        let mut connection = rusqlite::Connection::open_with_flags(path, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.busy_handler(Some(|looks| {
            thread::sleep(LOOK);
            looks < LOOKS
        }))?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // A use that was told must outlive a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        Ok(connection)
    };
    connect().map_err(|error| failed(store, &error))
}

pub(super) fn begin<'s>(
    store: &str,
    connection: &'s mut rusqlite::Connection,
    is_read_only: bool,
) -> Result<rusqlite::Transaction<'s>, StoreError> {
    let behaviour =
        if is_read_only { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
    connection.transaction_with_behavior(behaviour).map_err(|error| failed(store, &error))
}

/// The same statement in SQLite's words: numbered parameters, and no row locks.
fn translated(sql: &str) -> String {
    sql.strip_suffix(" FOR UPDATE").unwrap_or(sql).replace('$', "?")
}

/// Runs a statement, and gives the rows that it found and how many it changed.
pub(super) fn run(
    store: &Arc<str>,
    open: &rusqlite::Transaction<'_>,
    sql: &str,
    values: &[Value],
) -> Result<Done, StoreError> {
    let ask = || {
        let mut statement = open.prepare_cached(&translated(sql))?;
        if statement.column_count() == 0 {
            let changed = statement.execute(params_from_iter(values))?;
            return Ok(Done { rows: Vec::new(), changed: changed as u64 });
        }
        let columns: Arc<[Box<str>]> = statement.column_names().map(Box::from).collect();
        let mut found = statement.query(params_from_iter(values))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values = (0..columns.len()).map(|column| row.get_ref(column).map(value));
            let values = values.collect::<rusqlite::Result<_>>()?;
            rows.push(StoreRow { store: Arc::clone(store), columns: Arc::clone(&columns), values });
        }
        let changed = rows.len() as u64;
        Ok(Done { rows, changed })
    };
    ask().map_err(|error| failed(store, &error))
}

/// A value of another kind, which no strict table holds, is none.
fn value(found: ValueRef<'_>) -> Value {
    match found {
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        _ => Value::Null,
    }
}

pub(super) fn batch(
    store: &str,
    open: &rusqlite::Transaction<'_>,
    sql: &str,
) -> Result<(), StoreError> {
    open.execute_batch(sql).map_err(|error| failed(store, &error))
}

pub(super) fn commit(store: &str, open: rusqlite::Transaction<'_>) -> Result<(), StoreError> {
    open.commit().map_err(|error| failed(store, &error))
}

pub(super) fn failed(store: &str, error: &rusqlite::Error) -> StoreError {
    let cause = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Cause::Busy,
        Some(ErrorCode::ConstraintViolation) => Cause::Conflict,
        Some(ErrorCode::DiskFull) => Cause::Full,
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Cause::Damaged,
        _ => Cause::Other,
    };
    StoreError::Database { store: store.to_owned(), cause, why: error.to_string() }
}
