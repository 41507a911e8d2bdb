//! PostgreSQL: many writers, who lock the rows that they read in order to change them.
//!
//! Statements that need no answer of one another travel together: a transaction begins with the
//! first of them, and ends with the last.

use std::{
    collections::HashMap,
    future::{self, Future},
    mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use futures_util::StreamExt as _;
use tokio::runtime::{self, Runtime};
use tokio_postgres::{
    Client, NoTls, RowStream, Statement,
    types::{ToSql, Type},
};

use super::{Bulk, Cause, Done, Kind, Pace, StoreError, StoreRow, Value, address::Server};

mod copy;
mod tls;
mod words;

pub(super) use self::copy::Copy;
use self::words::failed;

/// What every transaction begins with. All settings travel with it and end with it, so that a pool
/// may give the connection to somebody else in between. A use that was told must outlive a power
/// cut, whatever the server's default is; and a client that dies must not stop the others.
macro_rules! begin {
    ($mode:literal, $lock:literal, $statement:literal, $idle:literal) => {
        concat!(
            "BEGIN ",
            $mode,
            "; SET LOCAL lock_timeout = '",
            $lock,
            "'; SET LOCAL statement_timeout = '",
            $statement,
            "'; SET LOCAL idle_in_transaction_session_timeout = '",
            $idle,
            "'; SELECT set_config('synchronous_commit', 'on', true) \
             WHERE current_setting('synchronous_commit') = 'off'"
        )
    };
}
/// Written transactions lock what they rely on, and must see what others committed while they
/// waited.
const ACT: &str = begin!("ISOLATION LEVEL READ COMMITTED", "10s", "30s", "5s");
/// An import's or a sweep's.
const LONG: &str = begin!("ISOLATION LEVEL READ COMMITTED", "10min", "0", "10min");
/// Read ones are of one moment.
const READ: &str = begin!("ISOLATION LEVEL REPEATABLE READ READ ONLY", "10s", "0", "10min");

/// How long one waits for what a statement of an act says: longer than the server lets it take. A
/// server that stands still, or a pooler before it, keeps no sign-in waiting for ever.
const ACT_ANSWERED: Duration = Duration::from_secs(45);
/// The same of a page of what is read.
const READ_ANSWERED: Duration = Duration::from_mins(10);

/// How often one looks whether the other end has closed a connection.
const LOOKS: u32 = 4;

/// A statement on its way.
type Running<'f> = Pin<Box<dyn Future<Output = Result<Done, StoreError>> + 'f>>;

/// A connection and the statements that it has prepared.
pub(super) struct Session {
    runtime: Runtime,
    client: Client,
    prepared: HashMap<&'static str, Prepared>,
    prepares: bool,
    end: End,
    /// Whether it was given up, since the server said nothing.
    is_silent: bool,
}

/// Why a connection ended that nobody waited at, in the server's words if it said some.
type End = Arc<Mutex<Option<tokio_postgres::Error>>>;

#[derive(Clone)]
struct Prepared {
    statement: Statement,
    columns: Arc<[Box<str>]>,
}

impl Session {
    pub(super) fn open(store: &str, server: &Server) -> Result<Self, StoreError> {
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
                StoreError::Database {
                    store: store.to_owned(),
                    cause: Cause::Other,
                    why: error.to_string(),
                }
            })?;
        let tls = tls::connector(store, &server.encryption)?;
        let deadline = server.config.get_connect_timeout().copied();
        let end = End::default();
        let connecting = async {
            if let Some(tls) = tls {
                let (client, connection) = server.config.connect(tls).await?;
                tokio::spawn(keep_end(connection, Arc::clone(&end)));
                Ok(client)
            } else {
                let (client, connection) = server.config.connect(NoTls).await?;
                tokio::spawn(keep_end(connection, Arc::clone(&end)));
                Ok(client)
            }
        };
        // A server that takes the connection and says nothing would keep one for ever.
        let client = runtime.block_on(async {
            match deadline {
                Some(deadline) => tokio::time::timeout(deadline, connecting).await,
                None => Ok(connecting.await),
            }
        });
        let client = client.map_err(|_| StoreError::Database {
            store: store.to_owned(),
            cause: Cause::Unreachable,
            why: "the server takes the connection and does not answer".to_owned(),
        })?;
        let client = client.map_err(|error| words::not_connected(store, server, &error))?;
        Ok(Self {
            runtime,
            client,
            prepared: HashMap::new(),
            prepares: server.prepares,
            end,
            is_silent: false,
        })
    }

    /// Whether the connection was lost, as far as this machine has been told.
    pub(super) fn is_closed(&self) -> bool {
        if self.is_silent {
            return true;
        }
        // The end of it is noticed by who looks.
        self.runtime.block_on(async {
            for _ in 0..LOOKS {
                tokio::task::yield_now().await;
            }
        });
        self.client.is_closed()
    }

    /// The same error, in the words with which the server ended the connection.
    fn ended(&self, error: StoreError) -> StoreError {
        let StoreError::Database { ref store, cause: Cause::Lost, .. } = error else {
            return error;
        };
        // The end of it is noticed by who looks.
        self.is_closed();
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        match &*end {
            Some(end) if end.as_db_error().is_some() => failed(store, end),
            _ => error,
        }
    }

    /// Runs statements as they are.
    pub(super) fn plain(&self, store: &str, sql: &str) -> Result<(), StoreError> {
        self.runtime.block_on(self.client.batch_execute(sql)).map_err(|error| failed(store, &error))
    }

    /// Begins with the first statement that is sent.
    pub(super) const fn begin(&mut self, pace: Pace) -> Begun<'_> {
        let (opening, answered) = match pace {
            Pace::Act => (ACT, Some(ACT_ANSWERED)),
            Pace::Long | Pace::Staging => (LONG, None),
            Pace::Read => (READ, Some(READ_ANSWERED)),
        };
        Begun {
            session: self,
            opening: Some(opening),
            answered,
            queued: Vec::new(),
            is_open: false,
        }
    }

    /// What comes of it, or that the server says nothing for so long.
    fn wait<T>(
        &self,
        store: &str,
        answered: Option<Duration>,
        what: impl Future<Output = T>,
    ) -> Result<T, StoreError> {
        let Some(longest) = answered else { return Ok(self.runtime.block_on(what)) };
        let waited = self.runtime.block_on(async { tokio::time::timeout(longest, what).await });
        waited.map_err(|_| words::silent(store, longest))
    }

    fn prepare(
        &mut self,
        store: &str,
        answered: Option<Duration>,
        sql: &'static str,
    ) -> Result<Prepared, StoreError> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(prepared.clone());
        }
        let statement = self.wait(store, answered, self.client.prepare(sql));
        self.is_silent |= statement.is_err();
        let statement = statement?.map_err(|error| failed(store, &error))?;
        let columns = statement.columns().iter().map(|column| column.name().into()).collect();
        let prepared = Prepared { statement, columns };
        self.prepared.insert(sql, prepared.clone());
        Ok(prepared)
    }
}

/// A transaction, begun or about to.
pub(super) struct Begun<'s> {
    session: &'s mut Session,
    opening: Option<&'static str>,
    /// How long one waits for each answer.
    answered: Option<Duration>,
    queued: Vec<(&'static str, Vec<Value>)>,
    is_open: bool,
}

impl Begun<'_> {
    /// Has a statement travel with the next one.
    pub(super) fn queue(&mut self, sql: &'static str, values: Vec<Value>) {
        self.queued.push((sql, values));
    }

    /// Sends what is queued and these statements, and waits for all of them; gives what came of
    /// these.
    pub(super) fn send(
        &mut self,
        store: &Arc<str>,
        statements: Vec<(&'static str, Vec<Value>)>,
        end: Option<&'static str>,
    ) -> Result<Vec<Done>, StoreError> {
        let mut sent = mem::take(&mut self.queued);
        let before = sent.len();
        sent.extend(statements);
        let mut prepared = Vec::with_capacity(sent.len());
        for (sql, _) in &sent {
            let is_prepared = self.session.prepares;
            let mut prepare = || self.session.prepare(store, self.answered, sql);
            prepared.push(if is_prepared { Some(prepare()?) } else { None });
        }
        let opening = self.opening.take();
        self.is_open = true;
        let client = &self.session.client;
        let mut futures: Vec<Running<'_>> = Vec::with_capacity(sent.len() + 2);
        if let Some(sql) = opening {
            futures.push(Box::pin(plain(client, store, sql)));
        }
        for ((sql, values), prepared) in sent.iter().zip(&prepared) {
            futures.push(Box::pin(run(client, store, sql, prepared.as_ref(), values)));
        }
        if let Some(sql) = end {
            futures.push(Box::pin(plain(client, store, sql)));
        }
        let opened = usize::from(opening.is_some());
        let done = self.session.wait(store, self.answered, in_order(futures));
        self.session.is_silent |= done.is_err();
        let done = done?;
        if end.is_some() {
            self.is_open = false;
        }
        // Those behind one that failed say only that it did.
        let done = done.into_iter().collect::<Result<Vec<_>, _>>();
        let done = done.map_err(|error| self.session.ended(error))?;
        Ok(done.into_iter().skip(opened + before).take(sent.len() - before).collect())
    }

    pub(super) fn batch(&mut self, store: &Arc<str>, sql: &str) -> Result<(), StoreError> {
        self.send(store, Vec::new(), None)?;
        self.session
            .runtime
            .block_on(self.session.client.batch_execute(sql))
            .map_err(|error| failed(store, &error))
    }

    pub(super) fn bulk(
        &mut self,
        store: &Arc<str>,
        table: &str,
        columns: &[(&str, Kind)],
    ) -> Result<Bulk<'_>, StoreError> {
        self.send(store, Vec::new(), None)?;
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let sql = format!("COPY {table} ({}) FROM STDIN BINARY", names.join(", "));
        let Session { runtime, client, .. } = &*self.session;
        let sink = runtime.block_on(client.copy_in(&sql)).map_err(|error| failed(store, &error))?;
        let kinds = columns.iter().map(|(_, kind)| *kind).collect();
        Ok(Bulk::postgres(store, Copy::new(runtime, sink, kinds)))
    }

    /// Makes it so; what was never begun needs no end.
    pub(super) fn commit(mut self, store: &Arc<str>) -> Result<(), StoreError> {
        if self.opening.is_some() && self.queued.is_empty() {
            return Ok(());
        }
        if self.session.is_closed() {
            // Nothing of the commit is on its way, so the server has undone the rest.
            return Err(self.session.ended(words::lost(store)));
        }
        self.send(store, Vec::new(), Some("COMMIT")).map(drop).map_err(|error| match error {
            StoreError::Database { store, cause: Cause::Lost | Cause::Unreachable, why } => {
                StoreError::Database { store, cause: Cause::InDoubt, why }
            }
            other => other,
        })
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if self.is_open && !self.session.is_silent {
            // Where this fails the connection is lost, and with it the transaction.
            let undone = self.session.client.batch_execute("ROLLBACK");
            let undone = self.session.wait("", Some(ACT_ANSWERED), undone);
            self.session.is_silent |= undone.is_err();
        }
    }
}

/// Has all of them sent in order, and waits for the last.
async fn in_order<T>(mut futures: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    future::poll_fn(|context| {
        let mut is_pending = false;
        for (future, done) in futures.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(output) => *done = Some(output),
                Poll::Pending => is_pending = true,
            }
        }
        if is_pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}

async fn plain(client: &Client, store: &str, sql: &str) -> Result<Done, StoreError> {
    client.batch_execute(sql).await.map_err(|error| failed(store, &error))?;
    Ok(Done { rows: Vec::new(), changed: 0 })
}

async fn run(
    client: &Client,
    store: &Arc<str>,
    sql: &str,
    prepared: Option<&Prepared>,
    values: &[Value],
) -> Result<Done, StoreError> {
    let stream = if let Some(Prepared { statement, .. }) = prepared {
        let sent =
            statement.params().iter().zip(values).map(|(kind, value)| Sent::new(kind, value));
        let sent = sent.collect::<Option<Vec<_>>>().ok_or_else(|| unfit(store))?;
        client.query_raw(statement, sent.iter().map(Sent::as_parameter)).await
    } else {
        let sent = values.iter().map(|value| Sent::new(&Sent::kind(value), value));
        let sent = sent.collect::<Option<Vec<_>>>().ok_or_else(|| unfit(store))?;
        let typed = sent.iter().map(Sent::as_parameter).zip(values.iter().map(Sent::kind));
        client.query_typed_raw(sql, typed).await
    };
    let stream = stream.map_err(|error| failed(store, &error))?;
    read(store, stream, prepared.map(|prepared| Arc::clone(&prepared.columns))).await
}

async fn read(
    store: &Arc<str>,
    stream: RowStream,
    mut columns: Option<Arc<[Box<str>]>>,
) -> Result<Done, StoreError> {
    let mut stream = pin!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        let row = row.map_err(|error| failed(store, &error))?;
        let columns = columns.get_or_insert_with(|| {
            row.columns().iter().map(|column| column.name().into()).collect()
        });
        let values = (0..row.len()).map(|column| value(&row, column));
        let values = values.collect::<Result<_, _>>().map_err(|error| failed(store, &error))?;
        rows.push(StoreRow { store: Arc::clone(store), columns: Arc::clone(columns), values });
    }
    let changed = stream.rows_affected().unwrap_or(0);
    Ok(Done { rows, changed })
}

fn unfit(store: &str) -> StoreError {
    StoreError::Database {
        store: store.to_owned(),
        cause: Cause::Other,
        why: "a value does not fit its column".to_owned(),
    }
}

/// A value in the type that a parameter or a column has.
enum Sent<'v> {
    Small(Option<i16>),
    Int(Option<i32>),
    Big(Option<i64>),
    Text(Option<&'v str>),
    /// No value of whatever type the server finds to be meant.
    Unknown(Option<&'v str>),
}

impl<'v> Sent<'v> {
    /// None when the value doesn't fit the type.
    fn new(kind: &Type, value: &'v Value) -> Option<Self> {
        Some(match (kind, value) {
            (&Type::INT2, Value::Null) => Self::Small(None),
            (&Type::INT2, Value::Int(number)) => Self::Small(Some((*number).try_into().ok()?)),
            (&Type::INT4, Value::Null) => Self::Int(None),
            (&Type::INT4, Value::Int(number)) => Self::Int(Some((*number).try_into().ok()?)),
            (&Type::INT8, Value::Null) => Self::Big(None),
            (&Type::INT8, Value::Int(number)) => Self::Big(Some(*number)),
            (&Type::UNKNOWN, Value::Null) => Self::Unknown(None),
            (&(Type::TEXT | Type::VARCHAR), Value::Null) => Self::Text(None),
            (&(Type::TEXT | Type::VARCHAR), Value::Text(text)) => Self::Text(Some(text)),
            _ => return None,
        })
    }

    /// The type of a value where the server isn't asked for it first.
    const fn kind(value: &Value) -> Type {
        match value {
            Value::Null => Type::UNKNOWN,
            Value::Int(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
        }
    }

    fn as_parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Small(value) => value,
            Self::Int(value) => value,
            Self::Big(value) => value,
            Self::Text(value) | Self::Unknown(value) => value,
        }
    }
}

/// A value of another kind is none; no query asks for one.
fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value, tokio_postgres::Error> {
    Ok(match *row.columns()[column].type_() {
        Type::INT2 => row.try_get::<_, Option<i16>>(column)?.map(i64::from).into(),
        Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
        Type::INT8 => row.try_get::<_, Option<i64>>(column)?.into(),
        Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(column)?.into(),
        _ => Value::Null,
    })
}

/// Drives a connection to its end, and keeps why it ended.
async fn keep_end(connection: impl Future<Output = Result<(), tokio_postgres::Error>>, end: End) {
    if let Err(error) = connection.await {
        *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}
