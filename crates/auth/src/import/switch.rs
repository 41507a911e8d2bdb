//! Lane by lane the old tokens end and the new ones become active.

use tokenkaart_token::{files::Sha256Digest, run_files::records::Source};

use super::{ImportError, ImportOptions, guard::Guard};
use crate::{
    Lane,
    store::{
        Store, StoreError, StoreRow, Transaction, Value,
        audit::{self, Entry, Event},
        post,
        schema::Dialect,
    },
};

/// Whether a token comes too late, in a table of new ones: its holder has had one with a later date
/// of issue, or one that names it in `voids`. What a token names in `voids` is older than it
/// whatever the dates say, for a date on a card may be one to come. One that is loading, or was
/// never handed over, holds nothing up.
macro_rules! late {
    ($new:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM tokens t \
             LEFT JOIN states o ON o.lane = t.lane AND o.holder = t.holder \
               AND o.serial = t.serial \
             LEFT JOIN ends x ON x.lane = t.lane AND x.holder = t.holder AND x.serial = t.serial \
             WHERE t.lane = ",
            $new,
            ".lane AND t.holder = ",
            $new,
            ".holder AND t.serial <> ",
            $new,
            ".serial AND (o.state = 'active' OR x.was <> 'pending') \
             AND ((t.issued > ",
            $new,
            ".issued AND COALESCE(",
            $new,
            ".voids, '') NOT LIKE '%' || t.serial || '%' \
               AND NOT EXISTS (SELECT 1 FROM tokens v WHERE v.lane = t.lane \
                               AND v.holder = t.holder AND v.voids LIKE '%' || t.serial || '%')) \
              OR t.voids LIKE '%' || ",
            $new,
            ".serial || '%'))"
        )
    };
}
pub(super) use late;

/// The tokens of a run in a lane that are loading: the tokens `n`. Parameters: lane, run.
macro_rules! loading {
    () => {
        "n.lane = $1 AND n.run = $2 \
         AND NOT EXISTS (SELECT 1 FROM states l WHERE l.lane = n.lane AND l.holder = n.holder \
                         AND l.serial = n.serial) "
    };
}

/// Those of them that have no end: all but the late ones.
macro_rules! not_ended {
    () => {
        "NOT EXISTS (SELECT 1 FROM ends f WHERE f.lane = n.lane AND f.holder = n.holder \
                     AND f.serial = n.serial)"
    };
}

const END_LATE: &str = concat!(
    "INSERT INTO ends (lane, holder, serial, state, was, at, reason) \
     SELECT n.lane, n.holder, n.serial, 'voided', 'loading', $3, 'imported after a newer one' \
     FROM tokens n WHERE ",
    loading!(),
    "AND ",
    not_ended!(),
    " AND ",
    late!("n")
);
const END_OLD: &str = concat!(
    "INSERT INTO ends (lane, holder, serial, state, was, at, reason) \
     SELECT s.lane, s.holder, s.serial, 'voided', \
     CASE WHEN h.serial IS NOT NULL THEN 'suspended' WHEN l.serial IS NOT NULL THEN 'locked' \
     ELSE s.state END, $3, \
     'replaced by ' || n.serial FROM tokens n \
     JOIN states s ON s.lane = n.lane AND s.holder = n.holder AND s.serial <> n.serial \
     LEFT JOIN suspensions h ON h.lane = s.lane AND h.holder = s.holder AND h.serial = s.serial \
     LEFT JOIN locks l ON l.lane = s.lane AND l.holder = s.holder AND l.serial = s.serial \
     WHERE ",
    loading!(),
    "AND NOT EXISTS (SELECT 1 FROM ends e WHERE e.lane = s.lane AND e.holder = s.holder \
                     AND e.serial = s.serial) \
     AND (",
    not_ended!(),
    " OR n.voids LIKE '%' || s.serial || '%') RETURNING serial"
);
const FORGET_OLD: &str = "\
    DELETE FROM states WHERE lane = $1 \
    AND holder IN (SELECT n.holder FROM tokens n WHERE n.lane = $1 AND n.run = $2) \
    AND EXISTS (SELECT 1 FROM ends e WHERE e.lane = states.lane AND e.holder = states.holder \
                AND e.serial = states.serial)";
const ACTIVATE: &str = concat!(
    "INSERT INTO states (lane, holder, serial, state, since, pending_until) \
     SELECT n.lane, n.holder, n.serial, 'active', $3, NULL FROM tokens n WHERE ",
    loading!(),
    "AND ",
    not_ended!()
);

/// After how many tokens that begin or end a transaction of SQLite is over, where each waits for the
/// disk and others wait for it.
const AT_ONCE: u64 = 1000;

/// What switching did, in one lane or all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Switched {
    pub(super) active: u64,
    pub(super) ended: u64,
    pub(super) late: u64,
}

/// Switches the lanes that aren't yet, and says that the run is in the store. After the last run of an
/// import decoys become like most tokens.
pub(super) fn switch(
    store: &mut Store,
    source: &Source,
    options: &ImportOptions<'_>,
    guard: &mut Guard,
    is_last: bool,
) -> Result<Switched, ImportError> {
    let run = source.run_id();
    let at_once = match store.dialect() {
        // Whoever signs in waits for one lane at the most.
        Dialect::Postgres => 0,
        Dialect::Sqlite => AT_ONCE,
    };
    let mut rest = lanes(store, run)?.into_iter();
    while let Some(lane) = rest.next() {
        guard.check()?;
        let mut transaction = store.begin()?;
        let mut tokens = switch_lane(&mut transaction, lane, run, options)?;
        while tokens < at_once
            && let Some(lane) = rest.next()
        {
            tokens += switch_lane(&mut transaction, lane, run, options)?;
        }
        transaction.commit()?;
    }
    let most = if is_last { most(store)? } else { None };
    Ok(finish(store, source, options, most)?)
}

/// The lanes in which tokens of a run are that haven't been switched.
fn lanes(store: &mut Store, run: &str) -> Result<Vec<Lane>, StoreError> {
    let rows = store.read()?.query(
        "SELECT DISTINCT n.lane AS lane FROM tokens n WHERE n.run = $1 AND NOT EXISTS \
         (SELECT 1 FROM switches s WHERE s.lane = n.lane AND s.run = n.run) ORDER BY 1",
        &[run.into()],
    )?;
    let lane = |row: &crate::store::StoreRow| {
        Lane::new(row.number("lane")?).ok_or_else(|| row.malformed("lane"))
    };
    rows.iter().map(lane).collect()
}

/// Switches a lane, and says how many tokens began and ended.
fn switch_lane(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    run: &str,
    options: &ImportOptions<'_>,
) -> Result<u64, StoreError> {
    let key = || vec![lane.into(), run.into()];
    let timed =
        || -> Vec<Value> { vec![lane.into(), run.into(), options.now.as_millisecond().into()] };
    let mut head = audit::lock(transaction, lane)?;
    let late = transaction.execute(END_LATE, &timed())?;
    let ended = transaction.query(END_OLD, &timed())?;
    transaction.queue(FORGET_OLD, key())?;
    let active = transaction.execute(ACTIVATE, &timed())?;
    let mut serials = ended.iter().map(|row| row.text("serial")).collect::<Result<Vec<_>, _>>()?;
    serials.sort_unstable();
    let digest = Sha256Digest::of((serials.join("\n")).as_bytes());
    let detail =
        format!("run {run}: {active} active, {} ended ({digest}), {late} late", serials.len());
    transaction.queue(
        "INSERT INTO switches (lane, run, at, active, ended, late) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        vec![
            lane.into(),
            run.into(),
            options.now.as_millisecond().into(),
            int(active),
            int(serials.len() as u64),
            int(late),
        ],
    )?;
    let closed = post::close(transaction, lane, run, options.actor, options.now)?;
    let closed_detail = format!("run {run}: {closed} requests");
    let entry =
        |event, detail| Entry { event, reference: None, serial: None, position: None, detail };
    let entries = [entry(Event::Switched, &*detail), entry(Event::PostClosed, &*closed_detail)];
    let told = if closed > 0 { &entries[..] } else { &entries[..1] };
    audit::append(transaction, &mut head, options.now, options.actor, told)?;
    Ok(active + late + serials.len() as u64)
}

/// What most tokens are like.
fn most(store: &mut Store) -> Result<Option<StoreRow>, StoreError> {
    store.read()?.query_one(
        "SELECT t.scheme AS scheme, t.code_format AS code_format, count(*) AS tokens \
         FROM states s JOIN tokens t ON t.lane = s.lane AND t.holder = s.holder \
         AND t.serial = s.serial WHERE s.state = 'active' GROUP BY t.scheme, t.code_format \
         ORDER BY 3 DESC, 1, 2 LIMIT 1",
        &[],
    )
}

/// Says in the office's lane that a run is in the store.
fn finish(
    store: &mut Store,
    source: &Source,
    options: &ImportOptions<'_>,
    most: Option<StoreRow>,
) -> Result<Switched, StoreError> {
    let run = source.run_id();
    let mut transaction = store.begin()?;
    let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
    let sums = transaction.query_one(
        "SELECT CAST(sum(active) AS bigint) AS active, CAST(sum(ended) AS bigint) AS ended, \
         CAST(sum(late) AS bigint) AS late FROM switches WHERE run = $1",
        &[run.into()],
    )?;
    let mut switched = Switched::default();
    if let Some(row) = sums {
        let number = |column| {
            row.int_or_null(column)?.unwrap_or(0).try_into().map_err(|_| row.malformed(column))
        };
        switched =
            Switched { active: number("active")?, ended: number("ended")?, late: number("late")? };
    }
    transaction.queue(
        "INSERT INTO imported (lane, run, at) VALUES ($1, $2, $3)",
        vec![Lane::OFFICE.into(), run.into(), options.now.as_millisecond().into()],
    )?;
    if let Some(row) = most {
        transaction.queue(
            "INSERT INTO decoys (one, scheme, code_format) VALUES (1, $1, $2) \
             ON CONFLICT (one) DO UPDATE SET scheme = excluded.scheme, \
             code_format = excluded.code_format",
            vec![row.text("scheme")?.into(), row.text("code_format")?.into()],
        )?;
    }
    let Switched { active, ended, late } = switched;
    let signed = source.signer().map_or("not signed".to_owned(), |by| format!("signed by {by}"));
    let tokens = active + late;
    let detail = format!("run {run}, {tokens} tokens; {ended} ended, {late} late; {signed}");
    let entry = Entry {
        event: Event::Imported,
        reference: None,
        serial: None,
        position: None,
        detail: &detail,
    };
    audit::append(&mut transaction, &mut head, options.now, options.actor, &[entry])?;
    transaction.commit()?;
    Ok(switched)
}

fn int(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}
