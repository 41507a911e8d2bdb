//! SQLite: one file, one writer at a time.

use std::{fmt::Write as _, fs, path::Path, sync::Arc, thread, time::Duration};

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
    let to_write = || {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if connection.is_readonly("main")? {
            return Ok(None);
        }
        // A use that was told must outlive a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        write_ahead(&connection)?;
        Ok(Some(connection))
    };
    match to_write() {
        Ok(Some(connection)) => Ok(connection),
        Ok(None) => open_to_read(store, path),
        Err(error) if can_not_write(&error) => open_to_read(store, path),
        Err(error) => Err(failed(store, &error)),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<rusqlite::Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // A name that begins with `file:` would be an address, of another file.
    let is_name = !flags.contains(OpenFlags::SQLITE_OPEN_URI);
    let whole = is_name.then(|| std::path::absolute(path).ok()).flatten();
    let path = whole.as_deref().unwrap_or(path);
    let mut connection = rusqlite::Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_handler(Some(|looks| {
        thread::sleep(LOOK);
        looks < LOOKS
    }))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// Has what is written go into a log first. Who sets that while others do is turned away at once,
/// without a look whether they are done.
fn write_ahead(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    for _ in 0..LOOKS {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                thread::sleep(LOOK);
            }
            other => return other,
        }
    }
    connection.pragma_update(None, "journal_mode", "WAL")
}

fn can_not_write(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    )
}

/// Opens a file that can't be written to, such as one on a medium or another's (SQLite's
/// documentation, "Write-Ahead Logging", "Read-Only Databases").
fn open_to_read(store: &str, path: &Path) -> Result<rusqlite::Connection, StoreError> {
    let looked = |connection: rusqlite::Connection| {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    };
    let error = match connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(looked) {
        Ok(connection) => return Ok(connection),
        Err(error) => error,
    };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let is_left = |log: &fs::Metadata| log.len() > 0;
    if !can_not_write(&error) || fs::File::open(path).is_err() {
        return Err(failed(store, &error));
    }
    if fs::metadata(Path::new(&log)).is_ok_and(|log| is_left(&log)) {
        let why = format!(
            "what was written last is in {}, and in a folder that can't be written to the two \
             can't be read together; copy both into another folder, and ask the copy",
            Path::new(&log).display()
        );
        return Err(StoreError::Database { store: store.to_owned(), cause: Cause::Other, why });
    }
    // Whoever had it open would have a log beside it, so nobody writes to it.
    let address = format!("file:{}?immutable=1", escaped(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    connect(Path::new(&address), flags).and_then(looked).map_err(|error| failed(store, &error))
}

/// A path as a URI has it (SQLite's documentation, "Uniform Resource Identifiers").
fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                text.push(char::from(*byte));
            }
            other => {
                // A text takes all that is written into it.
                let _ = write!(text, "%{other:02x}");
            }
        }
    }
    text
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
        Some(ErrorCode::ReadOnly) => Cause::ReadOnlyFile,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Cause::Unreadable,
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Cause::Damaged,
        _ => Cause::Other,
    };
    StoreError::Database { store: store.to_owned(), cause, why: error.to_string() }
}
