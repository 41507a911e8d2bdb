//! The rows of who works at the desk, and of their sessions there.

use jiff::Timestamp;

use super::{StoreError, StoreRow, Transaction, Value, session};
use crate::{Key, Lane, Role};

/// Somebody who works at the desk.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClerkRow {
    /// Whose account it is.
    pub holder: String,
    /// What they sign in by.
    pub user_name: String,
    /// What they may do.
    pub role: Role,
    /// Since when, in milliseconds since 1970.
    pub since: i64,
}

impl ClerkRow {
    fn read(row: &StoreRow) -> Result<Self, StoreError> {
        Ok(Self {
            holder: row.text("holder")?.to_owned(),
            user_name: row.text("user_name")?.to_owned(),
            role: row.parsed("role")?,
            since: row.int("since")?,
        })
    }

    /// Who works at the desk by this account.
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        holder: &str,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT holder, user_name, role, since FROM clerks WHERE lane = $1 AND holder = $2",
            &[Lane::OFFICE.into(), holder.into()],
        )?;
        row.map(|row| Self::read(&row)).transpose()
    }

    /// All of them, by their user names.
    pub(crate) fn all(transaction: &mut Transaction<'_>) -> Result<Vec<Self>, StoreError> {
        let rows = transaction.query(
            "SELECT holder, user_name, role, since FROM clerks WHERE lane = $1 \
             ORDER BY user_name, holder",
            &[Lane::OFFICE.into()],
        )?;
        rows.iter().map(Self::read).collect()
    }

    /// Has somebody work at the desk, in a lane that is locked; a conflict when they do.
    pub(crate) fn insert(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO clerks (lane, holder, user_name, role, since) VALUES ($1, $2, $3, $4, $5)",
            vec![
                Lane::OFFICE.into(),
                self.holder.as_str().into(),
                self.user_name.as_str().into(),
                self.role.as_str().into(),
                self.since.into(),
            ],
        )
    }

    /// Has them work there no longer: what they are signed in by counts no more.
    pub(crate) fn delete(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "DELETE FROM clerks WHERE lane = $1 AND holder = $2",
            vec![Lane::OFFICE.into(), self.holder.as_str().into()],
        )
    }
}

/// Who is signed in at the desk.
#[derive(Clone, Debug)]
pub(crate) struct DeskSessionRow {
    pub(crate) lane: Lane,
    /// The SHA-256 of its id.
    pub(crate) id: String,
    pub(crate) holder: String,
    pub(crate) key: Key,
    pub(crate) signed_in_at: i64,
    pub(crate) seen_at: i64,
    pub(crate) locked_at: Option<i64>,
}

impl DeskSessionRow {
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT holder, key, signed_in_at, seen_at, locked_at FROM desk_sessions \
             WHERE lane = $1 AND id = $2",
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
            locked_at: row.int_or_null("locked_at")?,
        }))
    }

    fn key(&self) -> Vec<Value> {
        vec![self.lane.into(), self.id.as_str().into()]
    }

    /// Keeps it as a new session, and as one of the holder's sign-ins.
    pub(crate) fn insert(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO desk_sessions (lane, id, holder, key, signed_in_at, seen_at) \
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
        session::keep_sign_in(transaction, &self.holder, self.signed_in_at, &self.id, self.key)
    }

    /// Notes that its browser was seen.
    pub(crate) fn touch(
        &self,
        transaction: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let values = [self.key(), vec![now.as_millisecond().into()]].concat();
        transaction
            .queue("UPDATE desk_sessions SET seen_at = $3 WHERE lane = $1 AND id = $2", values)
    }

    /// Locks its screen, or opens it from now on; false when it is there no longer.
    pub(crate) fn set_locked(
        &self,
        transaction: &mut Transaction<'_>,
        is_locked: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let moment: Value = now.as_millisecond().into();
        let locked_at = if is_locked { moment.clone() } else { Value::Null };
        let values = [self.key(), vec![locked_at, moment]].concat();
        let changed = transaction.execute(
            "UPDATE desk_sessions SET locked_at = $3, seen_at = $4 WHERE lane = $1 AND id = $2",
            &values,
        )?;
        Ok(changed == 1)
    }

    /// Ends it; false when it is there no longer.
    pub(crate) fn end(&self, transaction: &mut Transaction<'_>) -> Result<bool, StoreError> {
        let ended = transaction
            .execute("DELETE FROM desk_sessions WHERE lane = $1 AND id = $2", &self.key())?;
        Ok(ended == 1)
    }
}

/// Ends all sessions of somebody at the desk.
pub(crate) fn end_all(transaction: &mut Transaction<'_>, holder: &str) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM desk_sessions WHERE lane = $1 AND holder = $2",
        vec![Lane::of(holder).into(), holder.into()],
    )
}
