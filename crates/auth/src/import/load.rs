//! A run's tokens and their hashes into the store, where nobody sees them yet.

use std::{
    num::NonZeroUsize,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use tokenkaart_token::{
    files::FileError,
    record::{Record, RecordError},
    run_files::records::{Faults, RecordLine, Source},
};

use super::{ImportError, ImportOptions, guard::Guard};
use crate::{
    Lane,
    store::{Cell, Kind, Store, StoreError, Transaction, schema::Dialect},
};

/// Records that are loaded in one transaction, which is short.
const PART: usize = 1000;
/// Between two transactions of SQLite, which has one writer: long enough that somebody who waits
/// sees it.
const PAUSE: Duration = Duration::from_millis(3);

/// The rows of a part go to pages all over the tables: these are kept at hand, and brought from the
/// log into the file many parts at a time. Nobody sees them yet, so a part needn't be on the disk when
/// it is committed: a power cut takes it away with its row in `loads`, and whatever is committed
/// after it, such as a switch, brings the log with it to the disk.
const SQLITE: &str = "\
    PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16384; PRAGMA synchronous = NORMAL;";

const TOKENS: [(&str, Kind); 12] = [
    ("lane", Kind::Small),
    ("holder", Kind::Text),
    ("serial", Kind::Text),
    ("run", Kind::Text),
    ("came_at", Kind::Big),
    ("issued", Kind::Text),
    ("expires", Kind::Text),
    ("voids", Kind::Text),
    ("scheme", Kind::Text),
    ("key_id", Kind::Text),
    ("code_format", Kind::Text),
    ("record_sha256", Kind::Text),
];
const CODES: [(&str, Kind); 5] = [
    ("lane", Kind::Small),
    ("holder", Kind::Text),
    ("serial", Kind::Text),
    ("position", Kind::Small),
    ("hash", Kind::Text),
];

/// A source that is loaded.
pub(super) struct Loading<'a> {
    pub(super) source: &'a Source,
    /// How many of its records are in the store by another source.
    pub(super) known: u64,
    pub(super) options: &'a ImportOptions<'a>,
    pub(super) guard: &'a mut Guard,
}

/// Tokens that are loaded together, and the number of the first record.
struct Part {
    first: i64,
    tokens: Vec<TokenText>,
}

/// What the tables have of a record, in text: the reader has time to write it, the database has
/// none.
struct TokenText {
    lane: Lane,
    holder: String,
    serial: String,
    issued: String,
    expires: Option<String>,
    voids: Option<String>,
    scheme: String,
    key_id: Option<String>,
    code_format: String,
    record_sha256: String,
    /// In the order of the positions.
    hashes: Vec<String>,
}

impl TokenText {
    fn of(line: &RecordLine<'_>) -> Result<Self, RecordError> {
        let record = &line.record;
        let voids: Vec<String> = record.voids().iter().map(ToString::to_string).collect();
        Ok(Self {
            lane: Lane::of(record.holder().as_str()),
            holder: record.holder().as_str().to_owned(),
            serial: record.serial().to_string(),
            issued: record.issued().to_string(),
            expires: record.expires().map(|date| date.to_string()),
            voids: (!voids.is_empty()).then(|| voids.join(" ")),
            scheme: scheme(record),
            key_id: record.key_id().map(|id| id.to_string()),
            code_format: code_format(record)?,
            record_sha256: line.sha256.to_string(),
            hashes: record.hashes().map(|(_, hash)| hash.to_string()).collect(),
        })
    }
}

impl Loading<'_> {
    /// Loads what isn't loaded yet: the reader goes ahead while the database writes.
    pub(super) fn run(
        self,
        store: &mut Store,
        on_loaded: &mut dyn FnMut(u64),
    ) -> Result<(), ImportError> {
        let Self { source, known, options, guard } = self;
        let writers: usize = match store.dialect() {
            Dialect::Postgres => {
                thread::available_parallelism().map_or(1, |cores| cores.get().min(4))
            }
            Dialect::Sqlite => 1,
        };
        let loaded = begun(store, source)?;
        let (sender, parts) = mpsc::sync_channel::<Part>(writers);
        let parts = Mutex::new(parts);
        let has_failed = AtomicBool::new(false);
        let mut connections = Vec::with_capacity(writers);
        for _ in 0..writers {
            connections.push(store.again()?);
        }
        let mut is_there = loaded.is_there;
        let mut faults = Faults::default();
        thread::scope(|scope| {
            let writing: Vec<_> = connections
                .into_iter()
                .map(|store| {
                    let (parts, has_failed) = (&parts, &has_failed);
                    scope.spawn(move || {
                        let written = write_all(store, source, known > 0, options, parts);
                        if written.is_err() {
                            has_failed.store(true, Ordering::Relaxed);
                            // The reader may wait to hand over what it has, before it looks.
                            while receive(parts).is_some() {}
                        }
                        written
                    })
                })
                .collect();
            let mut part = Part { first: 0, tokens: Vec::with_capacity(PART) };
            let mut send = |part: &mut Part, next: i64| -> Result<(), ImportError> {
                let ready =
                    std::mem::replace(part, Part { first: next, tokens: Vec::with_capacity(PART) });
                let count = ready.tokens.len() as u64;
                if count == 0 || loaded.firsts.binary_search(&ready.first).is_ok() {
                    return Ok(());
                }
                if !is_there {
                    add_run(store, source, &ready.tokens[0], options)?;
                    is_there = true;
                }
                guard.check()?;
                // Who takes it no more has failed, which is told.
                let _ = sender.send(ready);
                on_loaded(count);
                Ok(())
            };
            let mut next = 0;
            // Whoever writes needs the other processors.
            let read =
                source.read::<ImportError>(NonZeroUsize::MIN, &mut faults, &mut |line, _| {
                    part.tokens.push(TokenText::of(&line)?);
                    next += 1;
                    if part.tokens.len() == PART {
                        if has_failed.load(Ordering::Relaxed) {
                            return Err(ImportError::File(stopped(source)));
                        }
                        send(&mut part, next)?;
                    }
                    Ok(())
                });
            let read = read.and_then(|()| send(&mut part, next));
            drop(sender);
            let mut result = Ok(());
            for thread in writing {
                match thread.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => result = Err(error),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            result.and(read)
        })?;
        if faults.count() > 0 {
            return Err(ImportError::ChangedMeanwhile(faults));
        }
        Ok(())
    }
}

/// Why the reader stops when a writer has failed, whose error is the one that is told.
fn stopped(source: &Source) -> FileError {
    FileError {
        act: tokenkaart_token::files::FileAct::Read,
        path: source.path().to_owned(),
        source: std::io::ErrorKind::Interrupted.into(),
    }
}

/// What an earlier call has loaded.
struct Loaded {
    is_there: bool,
    /// The first records of the parts, in order.
    firsts: Vec<i64>,
}

fn begun(store: &mut Store, source: &Source) -> Result<Loaded, StoreError> {
    let mut transaction = store.read()?;
    let run = || vec![source.run_id().into()];
    let found = transaction.all(vec![
        ("SELECT run FROM runs WHERE run = $1", run()),
        ("SELECT first FROM loads WHERE lane = 256 AND run = $1 ORDER BY first", run()),
    ])?;
    let firsts = found.get(1).into_iter().flatten().map(|row| row.int("first"));
    Ok(Loaded {
        is_there: found.first().is_some_and(|rows| !rows.is_empty()),
        firsts: firsts.collect::<Result<_, _>>()?,
    })
}

/// The row of a run, or of a file alone.
fn add_run(
    store: &mut Store,
    source: &Source,
    first: &TokenText,
    options: &ImportOptions<'_>,
) -> Result<(), ImportError> {
    let manifest = source.manifest();
    let mut transaction = store.begin()?;
    transaction.queue(
        "INSERT INTO runs \
         (run, begun_at, manifest_sha256, tokens, scheme, code_format, program, signer) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vec![
            source.run_id().into(),
            options.now.as_millisecond().into(),
            manifest.map(|(_, sha256)| sha256.to_string()).into(),
            i64::try_from(source.records()).unwrap_or(i64::MAX).into(),
            first.scheme.clone().into(),
            first.code_format.clone().into(),
            manifest.map(|(manifest, _)| manifest.program.clone()).into(),
            source.signer().into(),
        ],
    )?;
    transaction.commit()?;
    Ok(())
}

/// What is to be loaded next; none when the reader is done.
fn receive(parts: &Mutex<Receiver<Part>>) -> Option<Part> {
    parts.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn write_all(
    mut store: Store,
    source: &Source,
    some_are_known: bool,
    options: &ImportOptions<'_>,
    parts: &Mutex<Receiver<Part>>,
) -> Result<(), ImportError> {
    if store.dialect() == Dialect::Sqlite {
        store.plain(SQLITE)?;
    }
    loop {
        let Some(part) = receive(parts) else { return Ok(()) };
        let mut transaction = store.begin_long()?;
        write(&mut transaction, source, some_are_known, options, part)?;
        transaction.commit()?;
        if store.dialect() == Dialect::Sqlite {
            thread::sleep(PAUSE);
        }
    }
}

fn write(
    transaction: &mut Transaction<'_>,
    source: &Source,
    some_are_known: bool,
    options: &ImportOptions<'_>,
    mut part: Part,
) -> Result<(), ImportError> {
    let run = source.run_id();
    let count = i64::try_from(part.tokens.len()).unwrap_or(i64::MAX);
    transaction.queue(
        "INSERT INTO loads (lane, run, first, records) VALUES ($1, $2, $3, $4)",
        vec![Lane::OFFICE.into(), run.into(), part.first.into(), count.into()],
    )?;
    if some_are_known {
        drop_known(transaction, run, &mut part)?;
    }
    // In the order of their keys, so that an index is written page by page.
    part.tokens.sort_unstable_by(|a, b| (a.lane, &a.holder).cmp(&(b.lane, &b.holder)));
    let now = options.now.as_millisecond();
    let mut bulk = transaction.bulk("tokens", &TOKENS)?;
    for token in &part.tokens {
        bulk.push(&[
            Cell::Int(token.lane.number().into()),
            Cell::Text(&token.holder),
            Cell::Text(&token.serial),
            Cell::Text(run),
            Cell::Int(now),
            Cell::Text(&token.issued),
            token.expires.as_deref().into(),
            token.voids.as_deref().into(),
            Cell::Text(&token.scheme),
            token.key_id.as_deref().into(),
            Cell::Text(&token.code_format),
            Cell::Text(&token.record_sha256),
        ])?;
    }
    bulk.finish()?;
    let mut bulk = transaction.bulk("codes", &CODES)?;
    for token in &part.tokens {
        for (position, hash) in (1..).zip(&token.hashes) {
            bulk.push(&[
                Cell::Int(token.lane.number().into()),
                Cell::Text(&token.holder),
                Cell::Text(&token.serial),
                Cell::Int(position),
                Cell::Text(hash),
            ])?;
        }
    }
    bulk.finish()?;
    Ok(())
}

/// Leaves out what the store has by another source, with the same record.
fn drop_known(
    transaction: &mut Transaction<'_>,
    run: &str,
    part: &mut Part,
) -> Result<(), ImportError> {
    let mut fresh = Vec::with_capacity(part.tokens.len());
    for token in part.tokens.drain(..) {
        let known = transaction.query_one(
            "SELECT serial FROM tokens WHERE lane = $1 AND holder = $2 AND serial = $3 \
             AND (run IS NULL OR run <> $4)",
            &[
                token.lane.into(),
                token.holder.as_str().into(),
                token.serial.as_str().into(),
                run.into(),
            ],
        )?;
        if known.is_none() {
            fresh.push(token);
        }
    }
    part.tokens = fresh;
    Ok(())
}

/// The scheme with its parameters, of a record's first hash.
fn scheme(record: &Record) -> String {
    record.hashes().next().map(|(_, hash)| hash.scheme().to_string()).unwrap_or_default()
}

fn code_format(record: &Record) -> Result<String, RecordError> {
    serde_json::to_string(record.code_format()).map_err(RecordError::Json)
}
