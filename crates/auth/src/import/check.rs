//! Everything that may be wrong, found before anything is written.

use std::{
    num::NonZeroUsize,
    path::PathBuf,
    sync::mpsc::{self, SyncSender},
    thread,
};

use tokenkaart_token::{
    files::FileError,
    hash::Scheme,
    holder::HolderId,
    run_files::{
        manifest,
        records::{Faults, RecordFault, RecordLine, Source, Why},
    },
    token::Serial,
};

use super::{ImportError, ImportEvent, ImportOptions, Imported, switch::late};
use crate::{
    Lane,
    store::{Cell, Kind, Store, StoreError, StoreRow, Transaction, schema::Dialect},
};

/// Records that are handed over at a time.
const PART: usize = 1000;
/// Faults of one kind that the database is asked for; more than anybody reads.
const MOST: i64 = 100_000;

const POSTGRES: &str = "\
CREATE TEMPORARY TABLE import_tokens (
    number bigint, source bigint, family bigint, file bigint, line bigint, lane smallint, holder text, serial text,
    issued text, voids text, record_sha256 text, late smallint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE import_voids (number bigint, serial text) ON COMMIT DROP;
";
const SQLITE: &str = "\
CREATE TEMPORARY TABLE import_tokens (
    number INTEGER PRIMARY KEY, source INTEGER, family INTEGER, file INTEGER, line INTEGER, lane INTEGER,
    holder TEXT, serial TEXT, issued TEXT, voids TEXT, record_sha256 TEXT, late INTEGER
);
CREATE TEMPORARY TABLE import_voids (number INTEGER, serial TEXT);
";
/// The tables are planned for as they are.
const FILLED: &str = "ANALYZE import_tokens; ANALYZE import_voids";

/// How many tokens of the store a source would end, as far as a condition has it.
macro_rules! would_end {
    ($and:literal) => {
        concat!(
            "SELECT (SELECT count(*) FROM import_tokens n \
             JOIN states s ON s.lane = n.lane AND s.holder = n.holder \
             LEFT JOIN ends e ON e.lane = s.lane AND e.holder = s.holder AND e.serial = s.serial \
             WHERE n.source = $1 AND e.serial IS NULL AND s.serial <> n.serial \
             AND (n.late = 0 OR n.voids LIKE '%' || s.serial || '%') ",
            $and,
            ")"
        )
    };
}

const TOKENS: [(&str, Kind); 12] = [
    ("number", Kind::Big),
    ("source", Kind::Big),
    ("family", Kind::Big),
    ("file", Kind::Big),
    ("line", Kind::Big),
    ("lane", Kind::Small),
    ("holder", Kind::Text),
    ("serial", Kind::Text),
    ("issued", Kind::Text),
    ("voids", Kind::Text),
    ("record_sha256", Kind::Text),
    ("late", Kind::Small),
];
const VOIDS: [(&str, Kind); 2] = [("number", Kind::Big), ("serial", Kind::Text)];

/// Tokens of a source that come too late by one of a source before it: see [`late`].
const LATE_HERE: &str = "\
    UPDATE import_tokens SET late = 1 WHERE source = $1 AND late = 0 \
    AND EXISTS (SELECT 1 FROM import_tokens t WHERE t.holder = import_tokens.holder \
      AND t.source < $1 \
      AND ((t.issued > import_tokens.issued \
          AND COALESCE(import_tokens.voids, '') NOT LIKE '%' || t.serial || '%' \
          AND NOT EXISTS (SELECT 1 FROM import_tokens v WHERE v.holder = t.holder \
                          AND v.source < $1 AND v.voids LIKE '%' || t.serial || '%')) \
        OR t.voids LIKE '%' || import_tokens.serial || '%'))";
/// How many tokens of the store a source would end.
const WOULD_END: &str = concat!(would_end!(""), " AS tokens");
/// The same, and how many of the sources before it; what these would end is not counted again.
const WOULD_END_OF_SEVERAL: &str = concat!(
    would_end!(
        "AND NOT EXISTS (SELECT 1 FROM import_tokens p WHERE p.holder = s.holder \
         AND p.source < $1 AND (p.late = 0 OR p.voids LIKE '%' || s.serial || '%'))"
    ),
    " + (SELECT count(*) FROM import_tokens p \
      JOIN import_tokens n ON n.holder = p.holder AND n.source = $1 \
      WHERE p.source < $1 AND p.late = 0 AND (n.late = 0 OR n.voids LIKE '%' || p.serial || '%') \
      AND NOT EXISTS (SELECT 1 FROM import_tokens m WHERE m.holder = p.holder \
        AND m.source > p.source AND m.source < $1 \
        AND (m.late = 0 OR m.voids LIKE '%' || p.serial || '%'))) AS tokens"
);

/// What is to become of a source that has no fault.
pub(super) struct Checked {
    /// What was found; of a dry run, what would be done.
    pub(super) imported: Imported,
    /// Whether nothing is left to do.
    pub(super) is_done: bool,
    records: u64,
}

impl Checked {
    /// How many records are to be loaded.
    pub(super) const fn to_load(&self) -> u64 {
        if self.is_done { 0 } else { self.records }
    }
}

/// A source to stage, and its place among the sources.
#[derive(Clone, Copy)]
struct Staging<'a> {
    index: usize,
    source: &'a Source,
    /// The first of those in which a holder may have one token: a run of its own is alone there,
    /// shards are together, and so are files of records.
    family: usize,
}

fn family(sources: &[Source], index: usize) -> usize {
    let is_own = |source: &Source| {
        source.manifest().is_some_and(|(manifest, _)| manifest.parameters.part.is_none())
    };
    let is_file = |source: &Source| source.manifest().is_none();
    let of = &sources[index];
    let same = |other: &Source| !is_own(other) && is_file(other) == is_file(of);
    if is_own(of) { index } else { sources.iter().position(same).unwrap_or(index) }
}

/// What is staged of a record.
struct Staged {
    file: u64,
    line: u64,
    lane: Lane,
    holder: String,
    serial: String,
    issued: String,
    voids: Vec<String>,
    record_sha256: String,
}

/// Reads all sources but those that the store has, and holds them to one another and to the store.
///
/// # Errors
/// [`ImportError`] with all that is wrong.
pub(super) fn check(
    store: &mut Store,
    sources: &[Source],
    options: &ImportOptions<'_>,
    on_event: &mut dyn FnMut(ImportEvent),
) -> Result<Vec<Checked>, ImportError> {
    let mut faults = Faults::default();
    let mut transaction = store.begin_staging()?;
    let mut checked = Vec::new();
    for source in sources {
        checked.push(find(&mut transaction, source, &mut faults)?);
    }
    on_event(ImportEvent::Begun { records: checked.iter().map(Checked::to_load).sum() });
    transaction.batch(match transaction.dialect() {
        Dialect::Postgres => POSTGRES,
        Dialect::Sqlite => SQLITE,
    })?;
    let mut files = Vec::new();
    let (mut number, mut read) = (0, 0);
    for (index, source) in sources.iter().enumerate().filter(|(index, _)| !checked[*index].is_done)
    {
        scheme_of_run(source, options, &mut faults);
        number = stage(
            &mut transaction,
            Staging { index, source, family: family(sources, index) },
            options,
            &mut files,
            &mut faults,
            number,
            &mut |records| {
                read += records;
                on_event(ImportEvent::Read { records: read });
            },
        )?;
    }
    transaction.batch(FILLED)?;
    find_twice(&mut transaction, &files, &mut faults)?;
    // Where a run has a holder twice, pairs would be many.
    let several = faults.count() == 0 && have_holders_in_common(&mut transaction)?;
    if several {
        transaction.batch("CREATE INDEX import_holders ON import_tokens (holder)")?;
        find_undecided(&mut transaction, &files, &mut faults)?;
    }
    find_foreign(&mut transaction, &files, &mut faults)?;
    find_other_records(&mut transaction, &files, &mut faults)?;
    for (index, source) in sources.iter().enumerate().filter(|(index, _)| !checked[*index].is_done)
    {
        find_strangers(&mut transaction, index, source, &mut faults)?;
    }
    if faults.count() > 0 {
        return Err(ImportError::Faulty(faults));
    }
    for (index, checked) in checked.iter_mut().enumerate().filter(|(_, checked)| !checked.is_done) {
        count(&mut transaction, index, checked, options.dry_run, several)?;
    }
    Ok(checked)
}

/// Whether the store has a run already, all of it.
fn find(
    transaction: &mut Transaction<'_>,
    source: &Source,
    faults: &mut Faults,
) -> Result<Checked, StoreError> {
    let found = transaction.query_one(
        "SELECT r.manifest_sha256 AS manifest_sha256, i.at AS at FROM runs r \
         LEFT JOIN imported i ON i.lane = 256 AND i.run = r.run WHERE r.run = $1",
        &[source.run_id().into()],
    )?;
    let mut is_done = false;
    if let Some(row) = found {
        let manifest = source.manifest().map(|(_, sha256)| sha256.to_string());
        if manifest.as_deref() == row.text_or_null("manifest_sha256")? {
            is_done = row.int_or_null("at")?.is_some();
        } else {
            let file = source.path().join(manifest::NAME);
            faults.add(RecordFault { file, line: None, why: Why::OtherManifest });
            // It is refused; what is wrong with the others is told too.
            is_done = true;
        }
    }
    let imported = Imported {
        path: source.path().to_owned(),
        run: source.run_id().to_owned(),
        tokens: 0,
        known: if is_done { source.records() } else { 0 },
        voided: 0,
        late: 0,
    };
    Ok(Checked { imported, is_done, records: source.records() })
}

/// What its manifest says of a run's hashes; each hash is looked at, too.
fn scheme_of_run(source: &Source, options: &ImportOptions<'_>, faults: &mut Faults) {
    let Some((manifest, _)) = source.manifest() else { return };
    let file = source.path().join(manifest::NAME);
    if let Some(why) = wrong_scheme(manifest.parameters.scheme, options) {
        faults.add(RecordFault { file, line: None, why });
    }
}

/// Whether a scheme is too cheap for who may steal the store, or too dear for who verifies.
fn wrong_scheme(scheme: Scheme, options: &ImportOptions<'_>) -> Option<Why> {
    let weak = scheme.require_minimum().err().filter(|_| !options.allow_weak).map(Why::Weak);
    weak.or_else(|| options.ceiling.require(scheme).err().map(Why::Dear))
}

/// Reads a source in a thread of its own, while the database takes what was read before.
fn stage(
    transaction: &mut Transaction<'_>,
    staging: Staging<'_>,
    options: &ImportOptions<'_>,
    files: &mut Vec<PathBuf>,
    faults: &mut Faults,
    mut number: i64,
    on_read: &mut dyn FnMut(u64),
) -> Result<i64, ImportError> {
    let (sender, parts) = mpsc::sync_channel::<Vec<Staged>>(2);
    thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let read = read(staging.source, options, files, faults, &sender);
            // The parts end here.
            drop(sender);
            read
        });
        let staged = (|| {
            let mut voids = Vec::new();
            let mut tokens = transaction.bulk("import_tokens", &TOKENS)?;
            for part in &parts {
                for staged in &part {
                    number += 1;
                    push(&mut tokens, number, staging, staged)?;
                    voids.extend(staged.voids.iter().map(|serial| (number, serial.clone())));
                }
                on_read(part.len() as u64);
            }
            tokens.finish()?;
            if !voids.is_empty() {
                let mut bulk = transaction.bulk("import_voids", &VOIDS)?;
                for (number, serial) in &voids {
                    bulk.push(&[Cell::Int(*number), Cell::Text(serial)])?;
                }
                bulk.finish()?;
            }
            Ok::<(), StoreError>(())
        })();
        // Where the database says no, the reader is to stop.
        drop(parts);
        let read = match reading.join() {
            Ok(read) => read,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        staged?;
        read.map_err(ImportError::File)
    })?;
    Ok(number)
}

fn push(
    tokens: &mut crate::store::Bulk<'_>,
    number: i64,
    staging: Staging<'_>,
    staged: &Staged,
) -> Result<(), StoreError> {
    let voids = staged.voids.join(" ");
    tokens.push(&[
        Cell::Int(number),
        int(staging.index as u64),
        int(staging.family as u64),
        int(staged.file),
        int(staged.line),
        Cell::Int(staged.lane.number().into()),
        Cell::Text(&staged.holder),
        Cell::Text(&staged.serial),
        Cell::Text(&staged.issued),
        if voids.is_empty() { Cell::Null } else { Cell::Text(&voids) },
        Cell::Text(&staged.record_sha256),
        Cell::Int(0),
    ])
}

fn read(
    source: &Source,
    options: &ImportOptions<'_>,
    files: &mut Vec<PathBuf>,
    faults: &mut Faults,
    sender: &SyncSender<Vec<Staged>>,
) -> Result<(), FileError> {
    let mut part = Vec::with_capacity(PART);
    // Those of a run are what its manifest says, which is told once.
    let said = source.manifest().map(|(manifest, _)| manifest.parameters.scheme);
    // The database has little to do meanwhile.
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    source.read::<FileError>(threads, faults, &mut |line, faults| {
        let schemes = line.record.hashes().map(|(_, hash)| hash.scheme());
        let mut others = schemes.filter(|scheme| Some(*scheme) != said);
        if let Some(why) = others.find_map(|scheme| wrong_scheme(scheme, options)) {
            let (file, line) = (line.file.to_owned(), Some(line.number));
            faults.add(RecordFault { file, line, why });
        }
        part.push(staged(&line, files));
        if part.len() == PART {
            // Nobody takes it where the database has failed, which is told.
            let _ = sender.send(std::mem::replace(&mut part, Vec::with_capacity(PART)));
        }
        Ok(())
    })?;
    let _ = sender.send(part);
    Ok(())
}

fn staged(line: &RecordLine<'_>, files: &mut Vec<PathBuf>) -> Staged {
    if files.last().is_none_or(|last| last != line.file) {
        files.push(line.file.to_owned());
    }
    let record = &line.record;
    Staged {
        file: files.len() as u64 - 1,
        line: line.number,
        lane: Lane::of(record.holder().as_str()),
        holder: record.holder().as_str().to_owned(),
        serial: record.serial().to_string(),
        issued: record.issued().to_string(),
        voids: record.voids().iter().map(ToString::to_string).collect(),
        record_sha256: line.sha256.to_string(),
    }
}

/// Serials and holders that are there twice.
fn find_twice(
    transaction: &mut Transaction<'_>,
    files: &[PathBuf],
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let serials = transaction.query(
        "WITH d AS MATERIALIZED (SELECT serial, min(number) AS first FROM import_tokens \
         GROUP BY serial HAVING count(*) > 1) \
         SELECT s.file AS file, s.line AS line, s.serial AS serial, f.file AS first_file, \
         f.line AS first_line FROM d CROSS JOIN import_tokens s CROSS JOIN import_tokens f \
         WHERE s.serial = d.serial AND s.number > d.first AND f.number = d.first ORDER BY s.number LIMIT $1",
        &[MOST.into()],
    )?;
    for row in serials {
        let serial: Serial = row.parsed("serial")?;
        let (file, line) = (file(&row, "first_file", files)?, row.number("first_line")?);
        add(&row, Why::SerialTwice { serial, file, line }, files, faults)?;
    }
    let holders = transaction.query(
        "WITH d AS MATERIALIZED (SELECT holder, family, min(number) AS first FROM import_tokens \
         GROUP BY holder, family HAVING count(*) > 1) \
         SELECT s.file AS file, s.line AS line, s.holder AS holder, f.file AS first_file, \
         f.line AS first_line FROM d CROSS JOIN import_tokens s CROSS JOIN import_tokens f \
         WHERE s.holder = d.holder AND s.family = d.family AND s.number > d.first \
         AND f.number = d.first AND f.serial <> s.serial \
         ORDER BY s.number LIMIT $1",
        &[MOST.into()],
    )?;
    for row in holders {
        let holder = HolderId::new(row.text("holder")?).map_err(|_| row.malformed("holder"))?;
        let (file, line) = (file(&row, "first_file", files)?, row.number("first_line")?);
        add(&row, Why::HolderTwice { holder, file, line }, files, faults)?;
    }
    Ok(())
}

/// Whether a holder has tokens in two runs of their own, as somebody has who lost a card on the day
/// of its issue.
fn have_holders_in_common(transaction: &mut Transaction<'_>) -> Result<bool, StoreError> {
    let found = transaction.query_one(
        "SELECT holder FROM import_tokens GROUP BY holder HAVING min(family) < max(family) LIMIT 1",
        &[],
    )?;
    Ok(found.is_some())
}

/// Holders with tokens in two runs, of which neither is the newer one: by its date, or because it
/// voids the other.
fn find_undecided(
    transaction: &mut Transaction<'_>,
    files: &[PathBuf],
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let undecided = transaction.query(
        "SELECT s.file AS file, s.line AS line, s.holder AS holder, f.file AS first_file, \
         f.line AS first_line FROM import_tokens s \
         JOIN import_tokens f ON f.holder = s.holder AND f.family < s.family \
         WHERE (COALESCE(s.voids, '') LIKE '%' || f.serial || '%') \
             = (COALESCE(f.voids, '') LIKE '%' || s.serial || '%') \
         AND (s.issued = f.issued OR s.voids LIKE '%' || f.serial || '%') \
         ORDER BY s.number, f.number LIMIT $1",
        &[MOST.into()],
    )?;
    for row in undecided {
        let holder = HolderId::new(row.text("holder")?).map_err(|_| row.malformed("holder"))?;
        let (file, line) = (file(&row, "first_file", files)?, row.number("first_line")?);
        add(&row, Why::HolderInTwo { holder, file, line }, files, faults)?;
    }
    Ok(())
}

/// Records that void a token of somebody else.
fn find_foreign(
    transaction: &mut Transaction<'_>,
    files: &[PathBuf],
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let foreign = transaction.query(
        "SELECT s.file AS file, s.line AS line, s.number AS number, v.serial AS serial \
         FROM import_voids v \
         JOIN tokens t ON t.serial = v.serial JOIN import_tokens s ON s.number = v.number \
         WHERE t.holder <> s.holder \
         UNION SELECT s.file, s.line, s.number, v.serial FROM import_voids v \
         JOIN import_tokens t ON t.serial = v.serial JOIN import_tokens s ON s.number = v.number \
         WHERE t.holder <> s.holder ORDER BY number LIMIT $1",
        &[MOST.into()],
    )?;
    for row in foreign {
        let serial: Serial = row.parsed("serial")?;
        add(&row, Why::VoidsForeign { serial }, files, faults)?;
    }
    Ok(())
}

/// Records whose serial the store has with another record.
fn find_other_records(
    transaction: &mut Transaction<'_>,
    files: &[PathBuf],
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let others = transaction.query(
        "WITH x AS MATERIALIZED (SELECT min(s.number) AS number FROM import_tokens s \
         JOIN tokens t ON t.serial = s.serial WHERE t.record_sha256 <> s.record_sha256 \
         GROUP BY s.serial) \
         SELECT s.file AS file, s.line AS line, s.serial AS serial \
         FROM x CROSS JOIN import_tokens s WHERE s.number = x.number ORDER BY s.number LIMIT $1",
        &[MOST.into()],
    )?;
    for row in others {
        let serial: Serial = row.parsed("serial")?;
        add(&row, Why::OtherRecord { serial }, files, faults)?;
    }
    Ok(())
}

/// Tokens that an earlier call loaded for a run, and that its records don't have: somebody changed
/// the files between the checking and the loading.
fn find_strangers(
    transaction: &mut Transaction<'_>,
    index: usize,
    source: &Source,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    let strangers = transaction.query(
        "SELECT t.serial AS serial FROM tokens t LEFT JOIN import_tokens n \
         ON n.serial = t.serial AND n.source = $2 \
         WHERE t.run = $1 AND n.serial IS NULL ORDER BY t.serial LIMIT $3",
        &[source.run_id().into(), index.into(), MOST.into()],
    )?;
    for row in strangers {
        let why = Why::NotOfRun { serial: row.parsed("serial")? };
        faults.add(RecordFault { file: source.path().to_owned(), line: None, why });
    }
    Ok(())
}

/// Counts what of a source the store has already, and in a dry run what would become of the rest.
fn count(
    transaction: &mut Transaction<'_>,
    index: usize,
    checked: &mut Checked,
    dry_run: bool,
    several: bool,
) -> Result<(), ImportError> {
    let source = i64::try_from(index).unwrap_or(i64::MAX);
    let run = checked.imported.run.clone();
    let run = run.as_str();
    let unfinished = transaction.query_one(
        "SELECT t.run AS run FROM import_tokens n JOIN tokens t ON t.serial = n.serial \
         LEFT JOIN imported i ON i.lane = 256 AND i.run = t.run \
         WHERE n.source = $1 AND t.run <> $2 AND i.run IS NULL LIMIT 1",
        &[source.into(), run.into()],
    )?;
    if let Some(row) = unfinished {
        return Err(ImportError::Unfinished { run: row.text("run")?.to_owned() });
    }
    let known = transaction.query_one(
        "SELECT count(*) AS tokens FROM import_tokens n JOIN tokens t ON t.serial = n.serial \
         WHERE n.source = $1 AND (t.run IS NULL OR t.run <> $2)",
        &[source.into(), run.into()],
    )?;
    let imported = &mut checked.imported;
    imported.known = known.map_or(Ok(0), |row| row.number("tokens"))?;
    checked.records = checked.records.saturating_sub(imported.known);
    // The last records of a run that is cut off may all be in the store.
    let is_begun =
        transaction.query_one("SELECT run FROM runs WHERE run = $1", &[run.into()])?.is_some();
    checked.is_done = checked.records == 0 && !is_begun;
    if dry_run && !checked.is_done {
        imported.tokens = checked.records;
        transaction.execute(
            "DELETE FROM import_tokens WHERE source = $1 AND EXISTS (SELECT 1 FROM tokens t \
             WHERE t.serial = import_tokens.serial AND (t.run IS NULL OR t.run <> $2))",
            &[source.into(), run.into()],
        )?;
        imported.late = transaction.execute(
            concat!(
                "UPDATE import_tokens SET late = 1 WHERE source = $1 AND ",
                late!("import_tokens")
            ),
            &[source.into()],
        )?;
        if several {
            imported.late += transaction.execute(LATE_HERE, &[source.into()])?;
        }
        let would = transaction
            .query_one(if several { WOULD_END_OF_SEVERAL } else { WOULD_END }, &[source.into()])?;
        imported.voided = would.map_or(Ok(0), |row| row.number("tokens"))?;
    }
    Ok(())
}

/// The file whose number is in a column.
fn file(row: &StoreRow, column: &'static str, files: &[PathBuf]) -> Result<PathBuf, StoreError> {
    let index: usize = row.number(column)?;
    files.get(index).cloned().ok_or_else(|| row.malformed(column))
}

/// Adds a fault of the record that a row names.
fn add(row: &StoreRow, why: Why, files: &[PathBuf], faults: &mut Faults) -> Result<(), StoreError> {
    let file = file(row, "file", files)?;
    faults.add(RecordFault { file, line: Some(row.number("line")?), why });
    Ok(())
}

/// A count, which is far below 2^63.
fn int(number: u64) -> Cell<'static> {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
