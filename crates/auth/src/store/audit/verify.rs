//! The chains recomputed, and held to a checkpoint.

use std::{
    num::NonZero,
    sync::{Mutex, PoisonError},
    thread,
};

use super::{Head, checkpoint::Checkpoint, digest, read};
use crate::{
    Lane,
    store::{Store, StoreError, Transaction},
};

/// Where a chain breaks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Break {
    /// A number is left out.
    #[error("row {0} is missing")]
    Missing(i64),
    /// A row is not what its digest says.
    #[error("row {0} was altered, or stands where another stood")]
    Altered(i64),
    /// Rows at the end are missing.
    #[error("the rows end at {last}, and the head says {head}: the rows between are missing")]
    Cut {
        /// The last row that is there.
        last: i64,
        /// The row that the head names.
        head: i64,
    },
    /// The head isn't that of the last row.
    #[error("the head is not that of the last row, {last}")]
    Head {
        /// The last row.
        last: i64,
    },
    /// A head that was kept is not the row's that it was.
    #[error(
        "row {0} is not the one that the checkpoint has: the rows were recomputed or cut after it"
    )]
    NotKept(i64),
}

/// How one lane's chain stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// Rows that were read.
    pub rows: u64,
    /// The head that its rows make, as far as they are whole.
    pub head: Head,
    /// The first break, if there is one.
    pub broken: Option<Break>,
}

/// How the audit stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// Rows that were read.
    pub rows: u64,
    /// The heads of all lanes, in order.
    pub heads: Vec<Head>,
    /// The first break of each lane that has one.
    pub broken: Vec<(Lane, Break)>,
}

/// Recomputes all chains, several at once, and looks for the heads of a checkpoint that was kept
/// elsewhere. With a checkpoint only what came after it is read.
///
/// # Errors
/// [`StoreError`].
pub fn verify(store: &Store, since: Option<&Checkpoint>) -> Result<Verified, StoreError> {
    let address = &store.address;
    let lanes = Mutex::new(Lane::all());
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(8);
    let verify_some = || -> Result<Vec<Verdict>, StoreError> {
        let mut store = Store::open(address)?;
        let mut verdicts = Vec::new();
        loop {
            let next = lanes.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(lane) = next else { return Ok(verdicts) };
            let kept = since.map(|checkpoint| checkpoint.head(lane));
            verdicts.push(verify_lane(&mut store.read()?, lane, kept)?);
        }
    };
    let verdicts = thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(verify_some)).collect();
        let mut verdicts = Vec::new();
        for thread in started {
            match thread.join() {
                Ok(found) => verdicts.extend(found?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok::<_, StoreError>(verdicts)
    });
    let mut verdicts = verdicts?;
    verdicts.sort_by_key(|verdict| verdict.head.lane);
    let broken = verdicts
        .iter()
        .filter_map(|verdict| Some((verdict.head.lane, verdict.broken.clone()?)))
        .collect();
    Ok(Verified {
        rows: verdicts.iter().map(|verdict| verdict.rows).sum(),
        heads: verdicts.into_iter().map(|verdict| verdict.head).collect(),
        broken,
    })
}

fn verify_lane(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    kept: Option<&Head>,
) -> Result<Verdict, StoreError> {
    let first = Head::first(lane);
    let before = kept.unwrap_or(&first);
    let mut verdict = Verdict { rows: 0, head: before.clone(), broken: None };
    if before.seq > 0 {
        let row = transaction.query_one(
            "SELECT hash FROM audit WHERE lane = $1 AND seq = $2",
            &[lane.into(), before.seq.into()],
        )?;
        let is_there = row.map(|row| row.text("hash").map(|hash| hash == before.hash));
        if !is_there.transpose()?.unwrap_or(false) {
            verdict.broken = Some(Break::NotKept(before.seq));
        }
    }
    // Rows before the first number too: nobody writes such, but whoever owns the tables.
    let after = if before.seq == 0 { i64::MIN } else { before.seq };
    read(transaction, lane, after, |row| {
        verdict.rows += 1;
        if verdict.broken.is_none() {
            let expected = verdict.head.seq.saturating_add(1);
            if row.seq > expected {
                verdict.broken = Some(Break::Missing(expected));
            } else if row.seq < expected || row.hash != digest(&verdict.head.hash, &row) {
                verdict.broken = Some(Break::Altered(row.seq));
            } else {
                verdict.head = Head { lane, seq: row.seq, hash: row.hash };
            }
        }
        Ok::<(), StoreError>(())
    })?;
    let stated = transaction
        .query_one("SELECT seq, hash FROM audit_head WHERE lane = $1", &[lane.into()])?
        .map_or_else(|| Ok(Head::first(lane)), |row| Head::read(lane, &row))?;
    if verdict.broken.is_none() {
        let last = verdict.head.seq;
        verdict.broken = if stated.seq > last {
            Some(Break::Cut { last, head: stated.seq })
        } else if stated != verdict.head {
            Some(Break::Head { last })
        } else {
            None
        };
    }
    Ok(verdict)
}
