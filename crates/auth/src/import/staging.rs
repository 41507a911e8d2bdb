//! Records on their way: temporary tables, and the statements over them and the store's.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use jiff::Timestamp;
use tokenkaart_token::{
    files::Sha256Digest,
    holder::HolderId,
    record::{Record, RecordError},
    run_files::records::{Fault, Faults, Line, Source, Why},
    token::Serial,
};

use super::ImportError;
use crate::store::{Kind, Row, StoreError, Transaction, Value, schema::Dialect};

/// Records that are staged at a time: about 10 MiB in memory, and enough for a statement.
const CHUNK: usize = 4000;
/// Voided tokens that are told at a time.
const PAGE: i64 = 1000;

/// The tables are small when the first statements are planned and large at the end, so the plans
/// are those for large ones from the beginning. What is switched off only costs more to the
/// planner, and dear plans would be compiled.
const POSTGRES: &str = "\
SET LOCAL enable_seqscan = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL jit = off;
CREATE TEMPORARY TABLE import_tokens (
    file bigint, line bigint, serial text, holder text, issued text, expires text, scheme text,
    key_id text, code_format text, voids text, record_sha256 text, late smallint
) ON COMMIT DROP;
CREATE INDEX import_tokens_serial ON import_tokens (serial);
CREATE INDEX import_tokens_holder ON import_tokens (holder);
CREATE TEMPORARY TABLE import_voids (file bigint, line bigint, holder text, serial text)
    ON COMMIT DROP;
CREATE TEMPORARY TABLE import_seen (serial text, holder text, file bigint, line bigint)
    ON COMMIT DROP;
CREATE INDEX import_seen_serial ON import_seen (serial);
CREATE INDEX import_seen_holder ON import_seen (holder);
CREATE TEMPORARY TABLE import_voided (
    number bigint GENERATED ALWAYS AS IDENTITY, holder text, serial text, reason text
) ON COMMIT DROP;
CREATE INDEX import_voided_number ON import_voided (number);
";
const SQLITE: &str = "\
PRAGMA cache_size = -32768;
CREATE TEMPORARY TABLE import_tokens (
    file INTEGER, line INTEGER, serial TEXT, holder TEXT, issued TEXT, expires TEXT, scheme TEXT,
    key_id TEXT, code_format TEXT, voids TEXT, record_sha256 TEXT, late INTEGER
);
CREATE INDEX import_tokens_serial ON import_tokens (serial);
CREATE INDEX import_tokens_holder ON import_tokens (holder);
CREATE TEMPORARY TABLE import_voids (file INTEGER, line INTEGER, holder TEXT, serial TEXT);
CREATE TEMPORARY TABLE import_seen (serial TEXT, holder TEXT, file INTEGER, line INTEGER);
CREATE INDEX import_seen_serial ON import_seen (serial);
CREATE INDEX import_seen_holder ON import_seen (holder);
CREATE TEMPORARY TABLE import_voided (
    number INTEGER PRIMARY KEY, holder TEXT, serial TEXT, reason TEXT
);
";
const SQLITE_END: &str = "\
DROP TABLE import_tokens;
DROP TABLE import_voids;
DROP TABLE import_seen;
DROP TABLE import_voided;
";

const TOKENS: [(&str, Kind); 12] = [
    ("file", Kind::Big),
    ("line", Kind::Big),
    ("serial", Kind::Text),
    ("holder", Kind::Text),
    ("issued", Kind::Text),
    ("expires", Kind::Text),
    ("scheme", Kind::Text),
    ("key_id", Kind::Text),
    ("code_format", Kind::Text),
    ("voids", Kind::Text),
    ("record_sha256", Kind::Text),
    ("late", Kind::Small),
];
const VOIDS: [(&str, Kind); 4] =
    [("file", Kind::Big), ("line", Kind::Big), ("holder", Kind::Text), ("serial", Kind::Text)];
const VOIDED: [(&str, Kind); 3] =
    [("holder", Kind::Text), ("serial", Kind::Text), ("reason", Kind::Text)];
const CODES: [(&str, Kind); 3] =
    [("serial", Kind::Text), ("position", Kind::Small), ("hash", Kind::Text)];

/// Records that are staged together.
#[derive(Default)]
pub(super) struct Chunk(Vec<Read>);

/// A record and where it was read.
struct Read {
    file: PathBuf,
    line: u64,
    sha256: Sha256Digest,
    record: Record,
}

impl Chunk {
    pub(super) fn add(&mut self, line: Line<'_>) {
        let Line { file, number, sha256, record } = line;
        self.0.push(Read { file: file.to_owned(), line: number, sha256, record });
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= CHUNK
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

/// A run that the store has.
pub(super) struct KnownRun {
    pub(super) manifest_sha256: Option<String>,
}

pub(super) fn find_run(
    transaction: &mut Transaction<'_>,
    run: &str,
) -> Result<Option<KnownRun>, StoreError> {
    let found =
        transaction.query_one("SELECT manifest_sha256 FROM runs WHERE run = $1", &[run.into()])?;
    let known =
        |row: Row| Ok(KnownRun { manifest_sha256: row.text_or_null(0)?.map(str::to_owned) });
    found.map(known).transpose()
}

/// A token that was voided, or came in so.
pub(super) struct Voided {
    pub(super) number: i64,
    pub(super) holder: String,
    pub(super) serial: String,
    pub(super) reason: String,
}

/// The next of them, in order.
pub(super) fn voided_after(
    transaction: &mut Transaction<'_>,
    last: i64,
) -> Result<Vec<Voided>, StoreError> {
    let rows = transaction.query(
        "SELECT number, holder, serial, reason FROM import_voided WHERE number > $1 \
         ORDER BY number LIMIT $2",
        &[last.into(), PAGE.into()],
    )?;
    let voided = |row: Row| {
        Ok(Voided {
            number: row.int(0)?,
            holder: row.text(1)?.to_owned(),
            serial: row.text(2)?.to_owned(),
            reason: row.text(3)?.to_owned(),
        })
    };
    rows.into_iter().map(voided).collect()
}

/// The temporary tables, and the files whose numbers are in them.
pub(super) struct Staging {
    files: Vec<PathBuf>,
    /// Whether the source at hand has its row already.
    pub(super) is_run_there: bool,
}

impl Staging {
    pub(super) fn begin(transaction: &mut Transaction<'_>) -> Result<Self, StoreError> {
        transaction.begin_many()?;
        transaction.batch(match transaction.dialect() {
            Dialect::Postgres => POSTGRES,
            Dialect::Sqlite => SQLITE,
        })?;
        Ok(Self { files: Vec::new(), is_run_there: false })
    }

    /// Fills the tables, adds what is wrong to `faults`, and gives the serials of records that the
    /// store has already.
    pub(super) fn stage(
        &mut self,
        transaction: &mut Transaction<'_>,
        chunk: &Chunk,
        faults: &mut Faults,
    ) -> Result<HashSet<String>, ImportError> {
        transaction.batch(match transaction.dialect() {
            Dialect::Postgres => "TRUNCATE import_tokens, import_voids",
            Dialect::Sqlite => "DELETE FROM import_tokens; DELETE FROM import_voids",
        })?;
        self.fill(transaction, chunk, faults)?;
        self.find_twice(transaction, faults)?;
        transaction.execute(
            "INSERT INTO import_seen (serial, holder, file, line) \
             SELECT serial, holder, file, line FROM import_tokens",
            &[],
        )?;
        self.find_foreign(transaction, faults)?;
        self.find_known(transaction, faults)
    }

    fn fill(
        &mut self,
        transaction: &mut Transaction<'_>,
        chunk: &Chunk,
        faults: &mut Faults,
    ) -> Result<(), ImportError> {
        let (mut serials, mut holders) = (HashMap::new(), HashMap::new());
        let mut rows = Vec::with_capacity(chunk.0.len());
        let mut voids = Vec::new();
        for read in &chunk.0 {
            let (serial, holder) = (read.record.serial(), read.record.holder());
            let fault = |why| Fault { file: read.file.clone(), line: Some(read.line), why };
            // Those of other chunks are found by the database.
            if let Some(first) = serials.insert(serial, read) {
                faults.add(fault(serial_twice(serial, first.file.clone(), first.line)));
                continue;
            }
            if let Some(first) = holders.insert(holder, read) {
                faults.add(fault(holder_twice(holder, first.file.clone(), first.line)));
                continue;
            }
            let file = self.number(&read.file);
            for serial in read.record.voids() {
                voids.push([
                    file.clone(),
                    int(read.line),
                    holder.as_str().into(),
                    serial.to_string().into(),
                ]);
            }
            rows.push(row(file, read)?);
        }
        let mut bulk = transaction.bulk("import_tokens", &TOKENS)?;
        for row in &rows {
            bulk.push(row)?;
        }
        bulk.finish()?;
        if !voids.is_empty() {
            let mut bulk = transaction.bulk("import_voids", &VOIDS)?;
            for row in &voids {
                bulk.push(row)?;
            }
            bulk.finish()?;
        }
        Ok(())
    }

    /// The number of a file; its records come one after the other.
    fn number(&mut self, file: &PathBuf) -> Value {
        if self.files.last() != Some(file) {
            self.files.push(file.clone());
        }
        int(self.files.len() as u64 - 1)
    }

    fn find_twice(
        &self,
        transaction: &mut Transaction<'_>,
        faults: &mut Faults,
    ) -> Result<(), StoreError> {
        let serials = transaction.query(
            "SELECT s.file, s.line, s.serial, e.file, e.line \
             FROM import_tokens s JOIN import_seen e ON e.serial = s.serial ORDER BY 1, 2",
            &[],
        )?;
        for row in serials {
            let serial: Serial = row.text(2)?.parse().map_err(|_| row.malformed(2))?;
            let file = self.file(&row, 3)?;
            self.add(&row, serial_twice(&serial, file, line(&row, 4)?), faults)?;
        }
        let holders = transaction.query(
            "SELECT s.file, s.line, s.holder, e.file, e.line \
             FROM import_tokens s JOIN import_seen e ON e.holder = s.holder \
             WHERE e.serial <> s.serial ORDER BY 1, 2",
            &[],
        )?;
        for row in holders {
            let holder = HolderId::new(row.text(2)?).map_err(|_| row.malformed(2))?;
            let file = self.file(&row, 3)?;
            self.add(&row, holder_twice(&holder, file, line(&row, 4)?), faults)?;
        }
        Ok(())
    }

    /// Records that void a token of somebody else.
    fn find_foreign(
        &self,
        transaction: &mut Transaction<'_>,
        faults: &mut Faults,
    ) -> Result<(), StoreError> {
        let foreign = transaction.query(
            "SELECT v.file, v.line, v.serial FROM import_voids v \
             JOIN tokens t ON t.serial = v.serial WHERE t.holder <> v.holder ORDER BY 1, 2",
            &[],
        )?;
        for row in foreign {
            let serial: Serial = row.text(2)?.parse().map_err(|_| row.malformed(2))?;
            self.add(&row, Why::VoidsForeign { serial }, faults)?;
        }
        Ok(())
    }

    /// Records that the store has already; they are taken out of the table.
    fn find_known(
        &self,
        transaction: &mut Transaction<'_>,
        faults: &mut Faults,
    ) -> Result<HashSet<String>, ImportError> {
        let rows = transaction.query(
            "SELECT s.file, s.line, s.serial, s.record_sha256, t.record_sha256 \
             FROM import_tokens s JOIN tokens t ON t.serial = s.serial \
             WHERE NOT EXISTS (SELECT 1 FROM import_seen e WHERE e.serial = s.serial \
                               AND (e.file <> s.file OR e.line <> s.line)) \
             ORDER BY 1, 2",
            &[],
        )?;
        let mut known = HashSet::new();
        for row in rows {
            if row.text(3)? == row.text(4)? {
                known.insert(row.text(2)?.to_owned());
            } else {
                let serial: Serial = row.text(2)?.parse().map_err(|_| row.malformed(2))?;
                self.add(&row, Why::OtherRecord { serial }, faults)?;
            }
        }
        if !known.is_empty() {
            transaction.execute(
                "DELETE FROM import_tokens WHERE EXISTS \
                 (SELECT 1 FROM tokens t WHERE t.serial = import_tokens.serial)",
                &[],
            )?;
        }
        Ok(known)
    }

    /// The file whose number is in a column.
    fn file(&self, row: &Row, column: usize) -> Result<PathBuf, StoreError> {
        let index = usize::try_from(row.int(column)?).ok();
        let file = index.and_then(|index| self.files.get(index));
        file.cloned().ok_or_else(|| row.malformed(column))
    }

    /// Adds a fault whose file and line are a row's first columns.
    fn add(&self, row: &Row, why: Why, faults: &mut Faults) -> Result<(), StoreError> {
        let file = self.file(row, 0)?;
        faults.add(Fault { file, line: Some(line(row, 1)?), why });
        Ok(())
    }

    /// Writes what is staged into the store's tables; says how many older tokens it voided.
    pub(super) fn write(
        &mut self,
        transaction: &mut Transaction<'_>,
        source: &Source,
        chunk: &Chunk,
        known: &HashSet<String>,
        now: Timestamp,
    ) -> Result<u64, ImportError> {
        if !self.is_run_there {
            add_run(transaction, source, chunk, now)?;
            self.is_run_there = true;
        }
        let now = Value::from(now.as_millisecond());
        // What is told is what was done: an operator may end a token a moment before.
        let voided = transaction.query(
            "UPDATE tokens SET state = 'voided', state_since = $1, reason = \
             (SELECT 'replaced by ' || s.serial FROM import_tokens s \
              WHERE s.holder = tokens.holder) \
             WHERE state IN ('active', 'suspended', 'locked') \
             AND holder IN (SELECT holder FROM import_tokens) \
             AND EXISTS (SELECT 1 FROM import_tokens s WHERE s.holder = tokens.holder \
                         AND (s.late = 0 OR s.voids LIKE '%' || tokens.serial || '%')) \
             RETURNING holder, serial, reason",
            std::slice::from_ref(&now),
        )?;
        let mut bulk = transaction.bulk("import_voided", &VOIDED)?;
        for row in &voided {
            bulk.push(&[row.text(0)?.into(), row.text(1)?.into(), row.text(2)?.into()])?;
        }
        bulk.finish()?;
        transaction.execute(
            "INSERT INTO tokens (serial, holder, run, issued, expires, voids, scheme, key_id, \
             code_format, record_sha256, state, state_since, reason) \
             SELECT serial, holder, CAST($1 AS text), issued, expires, voids, scheme, key_id, \
             code_format, record_sha256, \
             CASE late WHEN 1 THEN 'voided' ELSE 'active' END, CAST($2 AS bigint), \
             CASE late WHEN 1 THEN 'imported after a newer one' END FROM import_tokens",
            &[source.run_id().into(), now],
        )?;
        let mut fresh: Vec<&Record> = chunk.0.iter().map(|read| &read.record).collect();
        // In the order of their key, so that an index is written page by page.
        fresh.sort_unstable_by_key(|record| record.serial());
        let mut bulk = transaction.bulk("codes", &CODES)?;
        for record in fresh {
            let serial = record.serial().to_string();
            if known.contains(&serial) {
                continue;
            }
            let mut row = [serial.into(), Value::Null, Value::Null];
            for (position, hash) in record.hashes() {
                row[1] = position.number().into();
                row[2] = hash.to_string().into();
                bulk.push(&row)?;
            }
        }
        bulk.finish()?;
        Ok(voided.len() as u64)
    }
}

/// Finds out which of those that are staged come in voided; says how many. What a record names in
/// `voids` is older than it whatever the dates say, for a date on a card may be one to come.
pub(super) fn find_late(transaction: &mut Transaction<'_>) -> Result<u64, StoreError> {
    let late = transaction.execute(
        "UPDATE import_tokens SET late = 1 WHERE EXISTS (\
         SELECT 1 FROM tokens t WHERE t.holder = import_tokens.holder \
         AND ((t.issued > import_tokens.issued \
               AND COALESCE(import_tokens.voids, '') NOT LIKE '%' || t.serial || '%' \
               AND NOT EXISTS (SELECT 1 FROM tokens n WHERE n.holder = t.holder \
                               AND n.voids LIKE '%' || t.serial || '%')) \
              OR t.voids LIKE '%' || import_tokens.serial || '%'))",
        &[],
    )?;
    transaction.execute(
        "INSERT INTO import_voided (holder, serial, reason) \
         SELECT holder, serial, 'imported after a newer one' FROM import_tokens WHERE late = 1",
        &[],
    )?;
    Ok(late)
}

/// How many tokens those that are staged would void.
pub(super) fn would_void(transaction: &mut Transaction<'_>) -> Result<u64, StoreError> {
    let found = transaction.query_one(
        "SELECT count(*) FROM import_tokens s JOIN tokens t ON t.holder = s.holder \
         AND t.state IN ('active', 'suspended', 'locked') \
         WHERE s.late = 0 OR s.voids LIKE '%' || t.serial || '%'",
        &[],
    )?;
    found.map_or(Ok(0), |row| row.int(0)?.try_into().map_err(|_| row.malformed(0)))
}

/// Takes the tables away; where they aren't, they are gone with the transaction.
pub(super) fn end(transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
    match transaction.dialect() {
        Dialect::Postgres => Ok(()),
        Dialect::Sqlite => transaction.batch(SQLITE_END),
    }
}

/// The row of a run, or of a file alone: what its first record says is how decoys are made.
fn add_run(
    transaction: &mut Transaction<'_>,
    source: &Source,
    chunk: &Chunk,
    now: Timestamp,
) -> Result<(), ImportError> {
    let Some(Read { record, .. }) = chunk.0.first() else { return Ok(()) };
    let scheme = record.hashes().next().map(|(_, hash)| hash.scheme().to_string());
    let manifest = source.manifest();
    transaction.execute(
        "INSERT INTO runs (run, imported_at, manifest_sha256, tokens, scheme, code_format, program) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            source.run_id().into(),
            now.as_millisecond().into(),
            manifest.map(|(_, sha256)| sha256.to_string()).into(),
            int(source.records()),
            scheme.into(),
            code_format(record)?.into(),
            manifest.map(|(manifest, _)| manifest.program.clone()).into(),
        ],
    )?;
    Ok(())
}

fn row(file: Value, read: &Read) -> Result<[Value; 12], RecordError> {
    let record = &read.record;
    let voids: Vec<String> = record.voids().iter().map(ToString::to_string).collect();
    Ok([
        file,
        int(read.line),
        record.serial().to_string().into(),
        record.holder().as_str().into(),
        record.issued().to_string().into(),
        record.expires().map(|date| date.to_string()).into(),
        record.scheme().as_str().into(),
        record.key_id().map(|id| id.to_string()).into(),
        code_format(record)?.into(),
        (!voids.is_empty()).then(|| voids.join(" ")).into(),
        read.sha256.to_string().into(),
        0_u8.into(),
    ])
}

fn code_format(record: &Record) -> Result<String, RecordError> {
    serde_json::to_string(record.code_format()).map_err(RecordError::Json)
}

/// A count, which is far below 2^63.
fn int(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

fn line(row: &Row, column: usize) -> Result<u64, StoreError> {
    row.int(column)?.try_into().map_err(|_| row.malformed(column))
}

fn serial_twice(serial: &Serial, file: PathBuf, line: u64) -> Why {
    Why::SerialTwice { serial: serial.clone(), file, line }
}

fn holder_twice(holder: &HolderId, file: PathBuf, line: u64) -> Why {
    Why::HolderTwice { holder: holder.clone(), file, line }
}
