//! PostgreSQL: many writers, who lock the rows that they read in order to change them.

use std::{collections::HashMap, error::Error as _, io};

use postgres::{
    IsolationLevel, NoTls, Statement,
    binary_copy::BinaryCopyInWriter,
    error::SqlState,
    types::{ToSql, Type},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Bulk, Cause, Kind, Row, StoreError, Value, address::Server};

/// A connection and the statements that it has prepared.
pub(super) struct Session {
    client: postgres::Client,
    prepared: HashMap<&'static str, Statement>,
}

impl Session {
    pub(super) fn open(store: &str, server: &Server) -> Result<Self, StoreError> {
        let client = if server.is_encrypted {
            server.config.connect(tls(store)?)
        } else {
            server.config.connect(NoTls)
        };
        let mut client = client.map_err(|error| failed(store, &error))?;
        // A use that was told must outlive a power cut, whatever the server's default is.
        client
            .batch_execute(
                "SELECT set_config('synchronous_commit', 'on', false) \
                 WHERE current_setting('synchronous_commit') = 'off'",
            )
            .map_err(|error| failed(store, &error))?;
        Ok(Self { client, prepared: HashMap::new() })
    }

    pub(super) fn begin(
        &mut self,
        store: &str,
        is_read_only: bool,
    ) -> Result<Begun<'_>, StoreError> {
        // Written transactions lock what they rely on, and must see what others committed
        // while they waited; read ones are of one moment.
        let level = if is_read_only {
            IsolationLevel::RepeatableRead
        } else {
            IsolationLevel::ReadCommitted
        };
        let transaction = self
            .client
            .build_transaction()
            .isolation_level(level)
            .read_only(is_read_only)
            .start()
            .map_err(|error| failed(store, &error))?;
        Ok(Begun { transaction, prepared: &mut self.prepared })
    }
}

fn tls(store: &str) -> Result<MakeRustlsConnect, StoreError> {
    // Another provider, where a program of others has installed one, does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    MakeRustlsConnect::with_native_certs()
        .map(|(connector, _)| connector)
        .map_err(|_| StoreError::NoCertificates { store: store.to_owned() })
}

/// A transaction that has begun.
pub(super) struct Begun<'s> {
    transaction: postgres::Transaction<'s>,
    prepared: &'s mut HashMap<&'static str, Statement>,
}

impl Begun<'_> {
    fn prepare(&mut self, store: &str, sql: &'static str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.transaction.prepare(sql).map_err(|error| failed(store, &error))?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(
        &mut self,
        store: &str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<u64, StoreError> {
        let statement = self.prepare(store, sql)?;
        let sent = sent(store, statement.params(), values)?;
        self.transaction
            .execute(&statement, &as_parameters(&sent))
            .map_err(|error| failed(store, &error))
    }

    pub(super) fn query(
        &mut self,
        store: &str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(store, sql)?;
        let sent = sent(store, statement.params(), values)?;
        let found = self
            .transaction
            .query(&statement, &as_parameters(&sent))
            .map_err(|error| failed(store, &error))?;
        let row = |row: postgres::Row| {
            let values = (0..row.len()).map(|column| value(&row, column));
            let values = values.collect::<Result<_, _>>().map_err(|error| failed(store, &error))?;
            Ok(Row { store: store.to_owned(), values })
        };
        found.into_iter().map(row).collect()
    }

    pub(super) fn batch(&mut self, store: &str, sql: &str) -> Result<(), StoreError> {
        self.transaction.batch_execute(sql).map_err(|error| failed(store, &error))
    }

    pub(super) fn bulk(
        &mut self,
        store: &str,
        table: &str,
        columns: &[(&str, Kind)],
    ) -> Result<Bulk<'_>, StoreError> {
        let types: Vec<Type> = columns.iter().map(|(_, kind)| kind_type(*kind)).collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let sql = format!("COPY {table} ({}) FROM STDIN BINARY", names.join(", "));
        let writer = self
            .transaction
            .copy_in(&sql)
            .map(|writer| BinaryCopyInWriter::new(writer, &types))
            .map_err(|error| failed(store, &error))?;
        Ok(Bulk::postgres(store, writer, types))
    }

    pub(super) fn commit(self, store: &str) -> Result<(), StoreError> {
        self.transaction.commit().map_err(|error| failed(store, &error))
    }
}

const fn kind_type(kind: Kind) -> Type {
    match kind {
        Kind::Small => Type::INT2,
        Kind::Big => Type::INT8,
        Kind::Text => Type::TEXT,
    }
}

/// A value in the type that a parameter or a column has.
pub(super) enum Sent<'v> {
    Small(Option<i16>),
    Int(Option<i32>),
    Big(Option<i64>),
    Text(Option<&'v str>),
}

impl<'v> Sent<'v> {
    /// None when the value doesn't fit the type.
    pub(super) fn new(kind: &Type, value: &'v Value) -> Option<Self> {
        Some(match (kind, value) {
            (&Type::INT2, Value::Null) => Self::Small(None),
            (&Type::INT2, Value::Int(number)) => Self::Small(Some((*number).try_into().ok()?)),
            (&Type::INT4, Value::Null) => Self::Int(None),
            (&Type::INT4, Value::Int(number)) => Self::Int(Some((*number).try_into().ok()?)),
            (&Type::INT8, Value::Null) => Self::Big(None),
            (&Type::INT8, Value::Int(number)) => Self::Big(Some(*number)),
            (&(Type::TEXT | Type::VARCHAR), Value::Null) => Self::Text(None),
            (&(Type::TEXT | Type::VARCHAR), Value::Text(text)) => Self::Text(Some(text)),
            _ => return None,
        })
    }

    fn as_parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Small(value) => value,
            Self::Int(value) => value,
            Self::Big(value) => value,
            Self::Text(value) => value,
        }
    }
}

pub(super) fn sent<'v>(
    store: &str,
    types: &[Type],
    values: &'v [Value],
) -> Result<Vec<Sent<'v>>, StoreError> {
    let sent = types.iter().zip(values).map(|(kind, value)| Sent::new(kind, value));
    sent.collect::<Option<Vec<_>>>().ok_or_else(|| StoreError::Database {
        store: store.to_owned(),
        cause: Cause::Other,
        why: "a value does not fit its column".to_owned(),
    })
}

pub(super) fn as_parameters<'v>(sent: &'v [Sent<'v>]) -> Vec<&'v (dyn ToSql + Sync)> {
    sent.iter().map(Sent::as_parameter).collect()
}

/// A value of another kind is none; no query asks for one.
fn value(row: &postgres::Row, column: usize) -> Result<Value, postgres::Error> {
    Ok(match *row.columns()[column].type_() {
        Type::INT2 => row.try_get::<_, Option<i16>>(column)?.map(i64::from).into(),
        Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
        Type::INT8 => row.try_get::<_, Option<i64>>(column)?.into(),
        Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(column)?.into(),
        _ => Value::Null,
    })
}

/// The server's message and its code. Its detail is left out: the row stands in it.
pub(super) fn failed(store: &str, error: &postgres::Error) -> StoreError {
    let (cause, why) = error.as_db_error().map_or_else(
        || unsaid(error),
        |said| (cause(said.code()), format!("{} ({})", said.message(), said.code().code())),
    );
    StoreError::Database { store: store.to_owned(), cause, why }
}

/// What went wrong without a word of the server: on the way there, or in this process.
fn unsaid(error: &postgres::Error) -> (Cause, String) {
    let said = error.to_string();
    let source = error.source();
    let cause = match source.and_then(|source| source.downcast_ref::<io::Error>()) {
        // What rustls says of a certificate comes so.
        Some(error) if error.kind() == io::ErrorKind::InvalidData => Cause::Refused,
        Some(_) => Cause::Unreachable,
        None if error.is_closed() || said.contains("connect") || said.contains("timeout") => {
            Cause::Unreachable
        }
        None if said.contains("authentication") || said.contains("configuration") => Cause::Refused,
        None => Cause::Other,
    };
    (cause, source.map_or_else(|| said.clone(), |source| format!("{said}: {source}")))
}

/// By the classes of PostgreSQL's Appendix A.
fn cause(code: &SqlState) -> Cause {
    match code.code() {
        "42501" => Cause::Denied,
        "40001" | "40P01" | "55P03" | "53300" => Cause::Busy,
        "53100" => Cause::Full,
        code if code.starts_with("08") || code.starts_with("57P") => Cause::Unreachable,
        code if code.starts_with("28") => Cause::Refused,
        code if code.starts_with("23") => Cause::Conflict,
        code if code.starts_with("XX") => Cause::Damaged,
        _ => Cause::Other,
    }
}
