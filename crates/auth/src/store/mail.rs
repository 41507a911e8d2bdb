//! The rows of mails: what is to be sent, whose turn it is, and what was given up.

use jiff::Timestamp;

use super::{StoreError, Transaction, Value};
use crate::Lane;

/// A mail that is to be sent.
pub(crate) struct MailRow {
    pub(crate) lane: Lane,
    /// 32 hexadecimal digits.
    pub(crate) id: String,
    /// Whom it is about, if it is one.
    pub(crate) holder: Option<String>,
    /// What it tells, in a word or two; for whoever looks at what is left.
    pub(crate) kind: String,
    /// Sealed.
    pub(crate) body: String,
    /// In milliseconds since 1970.
    pub(crate) made_at: i64,
    /// Until when it is of use.
    pub(crate) until: i64,
}

/// A mail whose time to be sent has come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DueMail {
    pub(crate) lane: Lane,
    pub(crate) id: String,
    pub(crate) tries: u32,
    pub(crate) next_at: i64,
}

/// A mail that nobody could send while it was of use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GivenUp {
    /// What it told, in a word or two.
    pub kind: String,
    /// When it was written, in milliseconds since 1970.
    pub made_at: i64,
    /// When it was given up.
    pub at: i64,
    /// How often it was tried.
    pub tries: u32,
    /// What the mail server said last.
    pub why: String,
}

/// What is left of mails.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MailCounts {
    /// Mails that wait to be sent.
    pub waiting: u64,
    /// When the oldest of them was written, in milliseconds since 1970.
    pub oldest: Option<i64>,
    /// How many were given up and are not forgotten yet.
    pub given_up: u64,
    /// The last of those, the latest first.
    pub last_given_up: Vec<GivenUp>,
}

impl MailRow {
    /// Has it be sent from now on.
    pub(crate) fn insert(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO mails (lane, id, holder, kind, body, made_at, until) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            vec![
                self.lane.into(),
                self.id.as_str().into(),
                self.holder.as_deref().into(),
                self.kind.as_str().into(),
                self.body.as_str().into(),
                self.made_at.into(),
                self.until.into(),
            ],
        )?;
        transaction.queue(
            "INSERT INTO mail_turns (lane, id, tries, next_at) VALUES ($1, $2, 0, $3)",
            vec![self.lane.into(), self.id.as_str().into(), self.made_at.into()],
        )
    }

    /// Does as much as [`MailRow::insert`], and leaves nothing: for a mail that nobody is sent, where it
    /// shall not be seen that nobody is.
    pub(crate) fn pretend(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM mail_turns WHERE lane = $1 AND id = $2",
            "DELETE FROM mails WHERE lane = $1 AND id = $2",
        ] {
            transaction.queue(sql, vec![self.lane.into(), self.id.as_str().into()])?;
        }
        Ok(())
    }

    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT holder, kind, body, made_at, until FROM mails WHERE lane = $1 AND id = $2",
            &[lane.into(), id.into()],
        )?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Self {
            lane,
            id: id.to_owned(),
            holder: row.text_or_null("holder")?.map(str::to_owned),
            kind: row.text("kind")?.to_owned(),
            body: row.text("body")?.to_owned(),
            made_at: row.int("made_at")?,
            until: row.int("until")?,
        }))
    }

    /// Takes it away; false when somebody has.
    pub(crate) fn delete(&self, transaction: &mut Transaction<'_>) -> Result<bool, StoreError> {
        let key = || -> Vec<Value> { vec![self.lane.into(), self.id.as_str().into()] };
        let deleted =
            transaction.execute("DELETE FROM mail_turns WHERE lane = $1 AND id = $2", &key())?;
        transaction.queue("DELETE FROM mails WHERE lane = $1 AND id = $2", key())?;
        Ok(deleted == 1)
    }

    /// Keeps that it was given up; nothing of its text.
    pub(crate) fn give_up(
        &self,
        transaction: &mut Transaction<'_>,
        tries: u32,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO mails_given_up (lane, id, kind, made_at, at, tries, why) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            vec![
                self.lane.into(),
                self.id.as_str().into(),
                self.kind.as_str().into(),
                self.made_at.into(),
                now.as_millisecond().into(),
                tries.into(),
                why.into(),
            ],
        )
    }
}

/// The mails whose time has come, the one first that waits longest. It asks all lanes: each instance
/// sends whatever is there.
pub(crate) fn due(
    transaction: &mut Transaction<'_>,
    now: Timestamp,
    at_most: u32,
) -> Result<Vec<DueMail>, StoreError> {
    let rows = transaction.query(
        "SELECT lane, id, tries, next_at FROM mail_turns WHERE next_at <= $1 \
         ORDER BY next_at, lane, id LIMIT $2",
        &[now.as_millisecond().into(), at_most.into()],
    )?;
    let read = |row: &super::StoreRow| {
        Ok(DueMail {
            lane: Lane::new(row.number("lane")?).ok_or_else(|| row.malformed("lane"))?,
            id: row.text("id")?.to_owned(),
            tries: row.number("tries")?,
            next_at: row.int("next_at")?,
        })
    };
    rows.iter().map(read).collect()
}

impl DueMail {
    /// Takes the turn: nobody else has it before `next_at`; false when somebody was quicker.
    pub(crate) fn take(
        &self,
        transaction: &mut Transaction<'_>,
        next_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let taken = transaction.execute(
            "UPDATE mail_turns SET tries = $3, next_at = $4 \
             WHERE lane = $1 AND id = $2 AND tries = $5 AND next_at = $6",
            &[
                self.lane.into(),
                self.id.as_str().into(),
                self.tries.saturating_add(1).into(),
                next_at.as_millisecond().into(),
                self.tries.into(),
                self.next_at.into(),
            ],
        )?;
        Ok(taken == 1)
    }
}

/// Has a mail wait until a moment.
pub(crate) fn put_off(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    id: &str,
    next_at: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "UPDATE mail_turns SET next_at = $3 WHERE lane = $1 AND id = $2",
        vec![lane.into(), id.into(), next_at.as_millisecond().into()],
    )
}

/// What is left of mails in all lanes, and the last that were given up.
///
/// # Errors
/// [`StoreError`].
pub fn counts(transaction: &mut Transaction<'_>, at_most: u32) -> Result<MailCounts, StoreError> {
    let found = transaction.all(vec![
        ("SELECT count(*) AS waiting, min(made_at) AS oldest FROM mails", vec![]),
        ("SELECT count(*) AS given_up FROM mails_given_up", vec![]),
        (
            "SELECT kind, made_at, at, tries, why FROM mails_given_up \
             ORDER BY at DESC, lane, id LIMIT $1",
            vec![at_most.into()],
        ),
    ])?;
    let mut counts = MailCounts::default();
    for row in found.first().into_iter().flatten() {
        counts.waiting = row.number("waiting")?;
        counts.oldest = row.int_or_null("oldest")?;
    }
    for row in found.get(1).into_iter().flatten() {
        counts.given_up = row.number("given_up")?;
    }
    for row in found.get(2).into_iter().flatten() {
        counts.last_given_up.push(GivenUp {
            kind: row.text("kind")?.to_owned(),
            made_at: row.int("made_at")?,
            at: row.int("at")?,
            tries: row.number("tries")?,
            why: row.text("why")?.to_owned(),
        });
    }
    Ok(counts)
}

/// Forgets a lane's mails that were given up before a moment.
pub(crate) fn sweep(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    before: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM mails_given_up WHERE lane = $1 AND at < $2",
        vec![lane.into(), before.as_millisecond().into()],
    )
}
