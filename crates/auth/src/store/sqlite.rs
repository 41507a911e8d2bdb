//! SQLite: one file, one writer at a time.

use std::{path::Path, time::Duration};

use rusqlite::{
    ErrorCode, OpenFlags, ToSql, TransactionBehavior, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{Cause, Row, StoreError, Value};

/// How long one waits for another's transaction, each of which takes milliseconds; but for an
/// import.
const BUSY: Duration = Duration::from_secs(30);
/// Statements that are kept prepared; there are fewer.
const STATEMENTS: usize = 64;

impl ToSql for Value {
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
        let connection = rusqlite::Connection::open_with_flags(path, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.busy_timeout(BUSY)?;
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
pub(super) fn translated(sql: &str) -> String {
    sql.strip_suffix(" FOR UPDATE").unwrap_or(sql).replace('$', "?")
}

pub(super) fn execute(
    store: &str,
    open: &rusqlite::Transaction<'_>,
    sql: &str,
    values: &[Value],
) -> Result<u64, StoreError> {
    let changed = open
        .prepare_cached(&translated(sql))
        .and_then(|mut statement| statement.execute(params_from_iter(values)))
        .map_err(|error| failed(store, &error))?;
    Ok(changed as u64)
}

pub(super) fn query(
    store: &str,
    open: &rusqlite::Transaction<'_>,
    sql: &str,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let ask = || {
        let mut statement = open.prepare_cached(&translated(sql))?;
        let columns = statement.column_count();
        let mut found = statement.query(params_from_iter(values))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values = (0..columns).map(|column| row.get_ref(column).map(value));
            rows.push(values.collect::<rusqlite::Result<_>>()?);
        }
        Ok(rows)
    };
    let rows: Vec<Vec<Value>> = ask().map_err(|error| failed(store, &error))?;
    Ok(rows.into_iter().map(|values| Row { store: store.to_owned(), values }).collect())
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
