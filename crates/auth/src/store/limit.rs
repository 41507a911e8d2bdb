//! The rows of limits: attempts that slow down.
//!
//! A row holds one moment, as the generic cell rate algorithm has it: each attempt moves it on by a
//! step, and time catches up with it. Further ahead than some steps, no attempt is taken. So
//! a limit forgets by itself, and one statement takes an attempt, however many come at once.

use jiff::{SignedDuration, Timestamp};

use super::{StoreError, Transaction};
use crate::Lane;

/// Takes an attempt of a subject, or says until when none is taken: `step` is the time that one
/// costs, and `ahead` how far the attempts may be ahead of time.
pub(crate) fn take(
    transaction: &mut Transaction<'_>,
    subject: &str,
    step: SignedDuration,
    ahead: SignedDuration,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let (lane, now) = (Lane::of(subject), now.as_millisecond());
    let (step, ahead) = (milliseconds(step), milliseconds(ahead));
    // A moment that is further ahead than attempts can move it is of a clock that was wrong.
    let taken = transaction.query_one(
        "INSERT INTO limits (lane, subject, free_at) VALUES ($1, $2, $3) \
         ON CONFLICT (lane, subject) DO UPDATE SET free_at = \
         CASE WHEN limits.free_at > $4 AND limits.free_at <= $5 \
         THEN limits.free_at + $6 ELSE excluded.free_at END \
         WHERE limits.free_at <= $5 OR limits.free_at > $7 RETURNING free_at",
        &[
            lane.into(),
            subject.into(),
            (now + step).into(),
            now.into(),
            (now + ahead).into(),
            step.into(),
            (now + ahead + step).into(),
        ],
    )?;
    if taken.is_some() {
        return Ok(None);
    }
    let row = transaction.query_one(
        "SELECT free_at FROM limits WHERE lane = $1 AND subject = $2",
        &[lane.into(), subject.into()],
    )?;
    let free_at = row.map_or(Ok(now), |row| row.int("free_at"))?;
    Ok(Timestamp::from_millisecond(free_at - ahead).ok())
}

/// Gives an attempt back that was no attempt.
pub(crate) fn give_back(
    transaction: &mut Transaction<'_>,
    subject: &str,
    step: SignedDuration,
) -> Result<(), StoreError> {
    transaction.queue(
        "UPDATE limits SET free_at = free_at - $3 WHERE lane = $1 AND subject = $2",
        vec![Lane::of(subject).into(), subject.into(), milliseconds(step).into()],
    )
}

/// Forgets the attempts of a subject.
pub(crate) fn forget(transaction: &mut Transaction<'_>, subject: &str) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM limits WHERE lane = $1 AND subject = $2",
        vec![Lane::of(subject).into(), subject.into()],
    )
}

/// Forgets a lane's limits that time has caught up with.
pub(crate) fn sweep(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM limits WHERE lane = $1 AND free_at < $2",
        vec![lane.into(), now.as_millisecond().into()],
    )
}

fn milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
