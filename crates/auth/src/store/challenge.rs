//! The rows of challenges, and of wrong answers.

use jiff::Timestamp;
use tokenkaart_token::token::{Position, Serial};

use std::collections::BTreeSet;

use super::{Row, StoreError, Transaction, token};

/// A challenge: who is asked for which code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChallengeRow {
    /// Who was asked.
    pub holder: String,
    /// Of which token; none when no answer can be right.
    pub serial: Option<Serial>,
    /// For the code at which position.
    pub position: Position,
    /// Until when it may be answered, in milliseconds since 1970.
    pub expires_at: i64,
    /// When it was answered rightly.
    pub answered_at: Option<i64>,
    /// Typing slips so far.
    pub slips: i64,
}

impl ChallengeRow {
    /// Whether it can still be answered.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answered_at.is_none() && self.expires_at > now.as_millisecond()
    }
}

/// Wrong answers of a holder in a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempts {
    /// The live token that they were given to.
    pub serial: Option<String>,
    /// How many.
    pub failures: u32,
    /// No other answer is taken before, in milliseconds since 1970.
    pub not_before: i64,
}

fn read(row: &Row) -> Result<ChallengeRow, StoreError> {
    let serial = row.text_or_null(1)?.map(|text| text.parse().map_err(|_| row.malformed(1)));
    Ok(ChallengeRow {
        holder: row.text(0)?.to_owned(),
        serial: serial.transpose()?,
        position: token::position(row, 2)?,
        expires_at: row.int(3)?,
        answered_at: row.int_or_null(4)?,
        slips: row.int(5)?,
    })
}

/// A challenge by its id.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(
    transaction: &mut Transaction<'_>,
    id: &str,
) -> Result<Option<ChallengeRow>, StoreError> {
    let row = transaction.query_one(
        "SELECT holder, serial, position, expires_at, answered_at, slips FROM challenges \
         WHERE id = $1",
        &[id.into()],
    )?;
    row.map(|row| read(&row)).transpose()
}

/// The challenges of a holder that can still be answered, the first to end first.
///
/// # Errors
/// [`StoreError`].
pub fn open_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
    now: Timestamp,
) -> Result<Vec<ChallengeRow>, StoreError> {
    let rows = transaction.query(
        "SELECT holder, serial, position, expires_at, answered_at, slips FROM challenges \
         WHERE holder = $1 AND expires_at > $2 AND answered_at IS NULL ORDER BY expires_at",
        &[holder.into(), now.as_millisecond().into()],
    )?;
    rows.iter().map(read).collect()
}

/// Keeps a new challenge.
///
/// # Errors
/// [`StoreError`].
pub fn insert(
    transaction: &mut Transaction<'_>,
    id: &str,
    row: &ChallengeRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO challenges (id, holder, serial, position, drawn_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            id.into(),
            row.holder.as_str().into(),
            row.serial.as_ref().map(Serial::to_string).into(),
            row.position.number().into(),
            now.as_millisecond().into(),
            row.expires_at.into(),
        ],
    )?;
    Ok(())
}

/// Counts a typing slip.
///
/// # Errors
/// [`StoreError`].
pub fn slip(transaction: &mut Transaction<'_>, id: &str) -> Result<(), StoreError> {
    transaction.execute("UPDATE challenges SET slips = slips + 1 WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Closes a challenge, if nobody else has; whether nobody had.
///
/// # Errors
/// [`StoreError`].
pub fn close(
    transaction: &mut Transaction<'_>,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let closed = transaction.execute(
        "UPDATE challenges SET answered_at = $1 WHERE id = $2 AND answered_at IS NULL",
        &[now.as_millisecond().into(), id.into()],
    )?;
    Ok(closed == 1)
}

/// Forgets all challenges of a holder.
///
/// # Errors
/// [`StoreError`].
pub fn forget(transaction: &mut Transaction<'_>, holder: &str) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM challenges WHERE holder = $1", &[holder.into()])?;
    Ok(())
}

/// Forgets the challenges of a holder that ended before a moment; says how many.
///
/// # Errors
/// [`StoreError`].
pub fn forget_ended(
    transaction: &mut Transaction<'_>,
    holder: &str,
    before: Timestamp,
) -> Result<u64, StoreError> {
    transaction.execute(
        "DELETE FROM challenges WHERE holder = $1 AND expires_at < $2",
        &[holder.into(), before.as_millisecond().into()],
    )
}

/// The wrong answers of a holder, known or not, locked until the transaction ends.
///
/// # Errors
/// [`StoreError`].
pub fn lock_attempts(
    transaction: &mut Transaction<'_>,
    holder: &str,
    now: Timestamp,
) -> Result<Attempts, StoreError> {
    // The update that changes nothing takes the lock.
    let row = transaction.query_one(
        "INSERT INTO attempts (holder, serial, failures, not_before) VALUES ($1, NULL, 0, $2) \
         ON CONFLICT (holder) DO UPDATE SET failures = attempts.failures \
         RETURNING serial, failures, not_before",
        &[holder.into(), now.as_millisecond().into()],
    )?;
    let none = Attempts { serial: None, failures: 0, not_before: now.as_millisecond() };
    row.map_or(Ok(none), |row| {
        Ok(Attempts {
            serial: row.text_or_null(0)?.map(str::to_owned),
            failures: row.int(1)?.try_into().map_err(|_| row.malformed(1))?,
            not_before: row.int(2)?,
        })
    })
}

/// Writes the wrong answers of a holder, whose row is locked.
///
/// # Errors
/// [`StoreError`].
pub fn set_attempts(
    transaction: &mut Transaction<'_>,
    holder: &str,
    attempts: &Attempts,
) -> Result<(), StoreError> {
    transaction.execute(
        "UPDATE attempts SET serial = $1, failures = $2, not_before = $3 WHERE holder = $4",
        &[
            attempts.serial.clone().into(),
            attempts.failures.into(),
            attempts.not_before.into(),
            holder.into(),
        ],
    )?;
    Ok(())
}

/// Forgets a page of all challenges that ended before a moment; says how many, and nothing when
/// there are none.
///
/// It takes a holder's as [`forget_ended`] does in a sign-in of theirs, so that the two don't wait
/// for each other; and no attempts are to be locked after it, which a sign-in locks first.
///
/// # Errors
/// [`StoreError`].
pub fn sweep(
    transaction: &mut Transaction<'_>,
    before: Timestamp,
    page: u32,
) -> Result<Option<u64>, StoreError> {
    let rows = transaction.query(
        "SELECT holder FROM challenges WHERE expires_at < $1 ORDER BY expires_at LIMIT $2",
        &[before.as_millisecond().into(), page.into()],
    )?;
    let holders = rows.iter().map(|row| row.text(0)).collect::<Result<BTreeSet<_>, _>>()?;
    let mut forgotten = None;
    for holder in holders {
        *forgotten.get_or_insert(0) += forget_ended(transaction, holder, before)?;
    }
    Ok(forgotten)
}

/// Forgets the attempts of holders without a live token that are older than a moment; says how
/// many.
///
/// # Errors
/// [`StoreError`].
pub fn sweep_attempts(
    transaction: &mut Transaction<'_>,
    before: Timestamp,
) -> Result<u64, StoreError> {
    transaction.execute(
        "DELETE FROM attempts WHERE not_before < $1 AND NOT EXISTS (SELECT 1 FROM tokens \
         WHERE tokens.holder = attempts.holder AND state IN ('active', 'suspended', 'locked'))",
        &[before.as_millisecond().into()],
    )
}
