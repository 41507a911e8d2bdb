//! The rows of sign-ins under way, of sessions, and of the sign-ins that were.

use std::fmt;

use jiff::Timestamp;

use super::{StoreError, StoreRow, Transaction, Value};
use crate::{Key, Lane};

/// A sign-in under way.
#[derive(Clone)]
pub(crate) struct StepRow {
    pub(crate) lane: Lane,
    /// The SHA-256 of its id.
    pub(crate) id: String,
    pub(crate) reached: Reached,
    pub(crate) key: Option<Key>,
    pub(crate) holder: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) request: String,
    pub(crate) expires_at: i64,
}

/// Neither the challenge nor what the application asked for is for a log.
impl fmt::Debug for StepRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StepRow({:?})", self.reached)
    }
}

/// How far a sign-in has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reached {
    Begun,
    Chosen,
    Proven,
    Asked,
}

impl Reached {
    const ALL: [Self; 4] = [Self::Begun, Self::Chosen, Self::Proven, Self::Asked];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Chosen => "chosen",
            Self::Proven => "proven",
            Self::Asked => "asked",
        }
    }
}

/// What finds a sign-in under way. Parameters: lane, id.
const STEP: &str = "SELECT step, key, holder, challenge, request, expires_at FROM steps \
                    WHERE lane = $1 AND id = $2";

impl StepRow {
    fn read(lane: Lane, id: &str, row: &StoreRow) -> Result<Self, StoreError> {
        let step = row.text("step")?;
        let reached = Reached::ALL.into_iter().find(|reached| reached.as_str() == step);
        let text = |column| row.text_or_null(column).map(|text| text.map(str::to_owned));
        Ok(Self {
            lane,
            id: id.to_owned(),
            reached: reached.ok_or_else(|| row.malformed("step"))?,
            key: row.parsed_or_null("key")?,
            holder: text("holder")?,
            challenge: text("challenge")?,
            request: row.text("request")?.to_owned(),
            expires_at: row.int("expires_at")?,
        })
    }

    /// A sign-in under way, if it is there and its time is not over.
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(STEP, &[lane.into(), id.into()])?;
        let row = row.map(|row| Self::read(lane, id, &row)).transpose()?;
        Ok(row.filter(|row| row.expires_at > now.as_millisecond()))
    }

    pub(crate) fn insert(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO steps (lane, id, step, key, holder, challenge, request, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            vec![
                self.lane.into(),
                self.id.as_str().into(),
                self.reached.as_str().into(),
                self.key.map(Key::as_str).into(),
                self.holder.as_deref().into(),
                self.challenge.as_deref().into(),
                self.request.as_str().into(),
                self.expires_at.into(),
            ],
        )
    }

    /// Writes what this sign-in has come to, under the same id; false when it is there no longer,
    /// or has come further than `before`.
    pub(crate) fn advance(
        &self,
        transaction: &mut Transaction<'_>,
        before: Reached,
    ) -> Result<bool, StoreError> {
        let changed = transaction.execute(
            "UPDATE steps SET step = $3, key = $4, challenge = $5 \
             WHERE lane = $1 AND id = $2 AND step = $6",
            &[
                self.lane.into(),
                self.id.as_str().into(),
                self.reached.as_str().into(),
                self.key.map(Key::as_str).into(),
                self.challenge.as_deref().into(),
                before.as_str().into(),
            ],
        )?;
        Ok(changed == 1)
    }

    /// Takes it away; false when it is there no longer, or has come further: somebody else took it.
    pub(crate) fn take(&self, transaction: &mut Transaction<'_>) -> Result<bool, StoreError> {
        let taken = transaction.execute(
            "DELETE FROM steps WHERE lane = $1 AND id = $2 AND step = $3",
            &[self.lane.into(), self.id.as_str().into(), self.reached.as_str().into()],
        )?;
        Ok(taken == 1)
    }
}

/// Ends a sign-in under way, however far it has come.
pub(crate) fn abandon(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    id: &str,
) -> Result<(), StoreError> {
    transaction.queue("DELETE FROM steps WHERE lane = $1 AND id = $2", vec![lane.into(), id.into()])
}

/// Ends all sessions of a holder, and the sign-ins and changes under way whose password was right:
/// what they were proven with counts no longer.
pub(crate) fn end_all(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    holder: &str,
) -> Result<(), StoreError> {
    let key = || -> Vec<Value> { vec![lane.into(), holder.into()] };
    transaction.queue("DELETE FROM sessions WHERE lane = $1 AND holder = $2", key())?;
    transaction.queue("DELETE FROM desk_sessions WHERE lane = $1 AND holder = $2", key())?;
    transaction.queue("DELETE FROM steps WHERE lane = $1 AND holder = $2", key())?;
    transaction.queue("DELETE FROM changes WHERE lane = $1 AND holder = $2", key())
}

/// Ends the sessions of a holder that were begun by a key.
pub(crate) fn end_of_key(
    transaction: &mut Transaction<'_>,
    holder: &str,
    key: Key,
) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM sessions WHERE lane = $1 AND holder = $2 AND key = $3",
        "DELETE FROM desk_sessions WHERE lane = $1 AND holder = $2 AND key = $3",
    ] {
        let of_key = vec![Lane::of(holder).into(), holder.into(), key.as_str().into()];
        transaction.queue(sql, of_key)?;
    }
    Ok(())
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct SessionRow {
    pub(crate) lane: Lane,
    /// The SHA-256 of its id.
    pub(crate) id: String,
    pub(crate) holder: String,
    pub(crate) key: Key,
    pub(crate) signed_in_at: i64,
    pub(crate) seen_at: i64,
}

impl SessionRow {
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT holder, key, signed_in_at, seen_at FROM sessions WHERE lane = $1 AND id = $2",
            &[lane.into(), id.into()],
        )?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Self {
            lane,
            id: id.to_owned(),
            holder: row.text("holder")?.to_owned(),
            key: row.parsed("key")?,
            signed_in_at: row.int("signed_in_at")?,
            seen_at: row.int("seen_at")?,
        }))
    }

    /// Keeps it as a new session, and as one of the holder's sign-ins.
    pub(crate) fn insert(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO sessions (lane, id, holder, key, signed_in_at, seen_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            vec![
                self.lane.into(),
                self.id.as_str().into(),
                self.holder.as_str().into(),
                self.key.as_str().into(),
                self.signed_in_at.into(),
                self.seen_at.into(),
            ],
        )?;
        keep_sign_in(transaction, &self.holder, self.signed_in_at, &self.id, self.key)
    }

    /// Notes that its browser was seen.
    pub(crate) fn touch(
        &self,
        transaction: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "UPDATE sessions SET seen_at = $3 WHERE lane = $1 AND id = $2",
            vec![self.lane.into(), self.id.as_str().into(), now.as_millisecond().into()],
        )
    }

    /// Ends it; false when it is there no longer.
    pub(crate) fn end(&self, transaction: &mut Transaction<'_>) -> Result<bool, StoreError> {
        let ended = transaction.execute(
            "DELETE FROM sessions WHERE lane = $1 AND id = $2",
            &[self.lane.into(), self.id.as_str().into()],
        )?;
        Ok(ended == 1)
    }
}

/// Keeps a sign-in as one of the holder's: when, by which session and key.
pub(crate) fn keep_sign_in(
    transaction: &mut Transaction<'_>,
    holder: &str,
    at: i64,
    session: &str,
    key: Key,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO sign_ins (lane, holder, at, session, key) VALUES ($1, $2, $3, $4, $5)",
        vec![
            Lane::of(holder).into(),
            holder.into(),
            at.into(),
            session.into(),
            key.as_str().into(),
        ],
    )
}

/// A sign-in that was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PastSignIn {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// By which key.
    pub key: Key,
}

/// The last sign-ins of a holder, the latest first.
pub(crate) fn last(
    transaction: &mut Transaction<'_>,
    holder: &str,
    at_most: u32,
) -> Result<Vec<PastSignIn>, StoreError> {
    let rows = transaction.query(
        "SELECT at, key FROM sign_ins WHERE lane = $1 AND holder = $2 \
         ORDER BY at DESC, session LIMIT $3",
        &[Lane::of(holder).into(), holder.into(), at_most.into()],
    )?;
    rows.iter().map(|row| Ok(PastSignIn { at: row.int("at")?, key: row.parsed("key")? })).collect()
}

/// Forgets a lane's sign-ins under way whose time is over, and sessions and past sign-ins that began
/// before a moment each.
pub(crate) fn sweep(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    sessions_before: Timestamp,
    sign_ins_before: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (sql, moment) in [
        ("DELETE FROM steps WHERE lane = $1 AND expires_at < $2", now),
        ("DELETE FROM changes WHERE lane = $1 AND expires_at < $2", now),
        ("DELETE FROM mail_codes WHERE lane = $1 AND expires_at < $2", now),
        ("DELETE FROM sessions WHERE lane = $1 AND signed_in_at < $2", sessions_before),
        ("DELETE FROM desk_sessions WHERE lane = $1 AND signed_in_at < $2", sessions_before),
        ("DELETE FROM sign_ins WHERE lane = $1 AND at < $2", sign_ins_before),
    ] {
        transaction.queue(sql, vec![lane.into(), moment.as_millisecond().into()])?;
    }
    Ok(())
}
