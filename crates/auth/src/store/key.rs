//! The rows of keys beside the token: an app, codes by e-mail, and their wrong codes.

use jiff::Timestamp;

use super::{StoreError, Transaction, Value};
use crate::{Key, Lane};

/// A key of an account beside its token.
#[derive(Clone)]
pub(crate) struct KeyRow {
    pub(crate) holder: String,
    pub(crate) key: Key,
    /// 32 hexadecimal digits, others for each key that takes the place of one.
    pub(crate) id: String,
    /// Of an app: sealed.
    pub(crate) secret: Option<String>,
    /// In milliseconds since 1970.
    pub(crate) made_at: i64,
}

impl KeyRow {
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        holder: &str,
        key: Key,
    ) -> Result<Option<Self>, StoreError> {
        Ok(all_of(transaction, holder)?.into_iter().find(|row| row.key == key))
    }

    /// Makes it the holder's key of its kind; the one before is gone, with its wrong codes.
    pub(crate) fn put(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        remove(transaction, &self.holder, self.key)?;
        transaction.queue(
            "INSERT INTO keys (lane, holder, key, id, secret, made_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            vec![
                Lane::of(&self.holder).into(),
                self.holder.as_str().into(),
                self.key.as_str().into(),
                self.id.as_str().into(),
                self.secret.as_deref().into(),
                self.made_at.into(),
            ],
        )
    }

    /// The latest step of this app whose code was taken.
    pub(crate) fn last_step(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> Result<Option<i64>, StoreError> {
        let row = transaction.query_one(
            "SELECT max(step) AS step FROM app_uses WHERE lane = $1 AND holder = $2 AND id = $3",
            &[Lane::of(&self.holder).into(), self.holder.as_str().into(), self.id.as_str().into()],
        )?;
        row.map_or(Ok(None), |row| row.int_or_null("step"))
    }

    /// Takes the code of a step; a conflict when it was taken.
    pub(crate) fn take_step(
        &self,
        transaction: &mut Transaction<'_>,
        step: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO app_uses (lane, holder, id, step, at) VALUES ($1, $2, $3, $4, $5)",
            vec![
                Lane::of(&self.holder).into(),
                self.holder.as_str().into(),
                self.id.as_str().into(),
                step.into(),
                now.as_millisecond().into(),
            ],
        )
    }
}

/// The keys of a holder beside the token.
pub(crate) fn all_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Vec<KeyRow>, StoreError> {
    let rows = transaction.query(
        "SELECT key, id, secret, made_at FROM keys WHERE lane = $1 AND holder = $2 ORDER BY key",
        &[Lane::of(holder).into(), holder.into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(KeyRow {
                holder: holder.to_owned(),
                key: row.parsed("key")?,
                id: row.text("id")?.to_owned(),
                secret: row.text_or_null("secret")?.map(str::to_owned),
                made_at: row.int("made_at")?,
            })
        })
        .collect()
}

/// Removes a key, with its wrong codes.
pub(crate) fn remove(
    transaction: &mut Transaction<'_>,
    holder: &str,
    key: Key,
) -> Result<(), StoreError> {
    let lane = Lane::of(holder);
    let of_key = || -> Vec<Value> { vec![lane.into(), holder.into(), key.as_str().into()] };
    if key == Key::App {
        transaction.queue(
            "DELETE FROM app_uses WHERE lane = $1 AND holder = $2",
            vec![lane.into(), holder.into()],
        )?;
    }
    transaction.queue("DELETE FROM keys WHERE lane = $1 AND holder = $2 AND key = $3", of_key())?;
    forget_attempts(transaction, holder, key)
}

/// Forgets the wrong codes of a key.
pub(crate) fn forget_attempts(
    transaction: &mut Transaction<'_>,
    holder: &str,
    key: Key,
) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM key_attempts WHERE lane = $1 AND holder = $2 AND key = $3",
        vec![Lane::of(holder).into(), holder.into(), key.as_str().into()],
    )
}

/// Wrong codes of a key since the last right one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct KeyAttempts {
    pub(crate) failures: u32,
    /// No other code is taken before, in milliseconds since 1970.
    pub(crate) not_before: i64,
}

impl KeyAttempts {
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        holder: &str,
        key: Key,
    ) -> Result<Self, StoreError> {
        let row = transaction.query_one(
            "SELECT failures, not_before FROM key_attempts \
             WHERE lane = $1 AND holder = $2 AND key = $3",
            &[Lane::of(holder).into(), holder.into(), key.as_str().into()],
        )?;
        row.map_or(Ok(Self::default()), |row| {
            Ok(Self { failures: row.number("failures")?, not_before: row.int("not_before")? })
        })
    }

    pub(crate) fn set(
        &self,
        transaction: &mut Transaction<'_>,
        holder: &str,
        key: Key,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO key_attempts (lane, holder, key, failures, not_before) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (lane, holder, key) DO UPDATE \
             SET failures = excluded.failures, not_before = excluded.not_before",
            vec![
                Lane::of(holder).into(),
                holder.into(),
                key.as_str().into(),
                self.failures.into(),
                self.not_before.into(),
            ],
        )
    }
}

/// A code that was sent by e-mail, bound to the sign-in or the change whose id it has.
pub(crate) struct MailCodeRow {
    pub(crate) lane: Lane,
    pub(crate) id: String,
    /// Sealed.
    pub(crate) code: String,
    /// In milliseconds since 1970.
    pub(crate) expires_at: i64,
    /// Wrong ones so far.
    pub(crate) tries: u32,
}

impl MailCodeRow {
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT code, expires_at, tries FROM mail_codes WHERE lane = $1 AND id = $2",
            &[lane.into(), id.into()],
        )?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Self {
            lane,
            id: id.to_owned(),
            code: row.text("code")?.to_owned(),
            expires_at: row.int("expires_at")?,
            tries: row.number("tries")?,
        }))
    }

    /// Keeps it, in the place of one that was sent before.
    pub(crate) fn put(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        self.delete(transaction)?;
        transaction.queue(
            "INSERT INTO mail_codes (lane, id, code, expires_at, tries) \
             VALUES ($1, $2, $3, $4, $5)",
            vec![
                self.lane.into(),
                self.id.as_str().into(),
                self.code.as_str().into(),
                self.expires_at.into(),
                self.tries.into(),
            ],
        )
    }

    pub(crate) fn count_try(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "UPDATE mail_codes SET tries = tries + 1 WHERE lane = $1 AND id = $2",
            vec![self.lane.into(), self.id.as_str().into()],
        )
    }

    pub(crate) fn delete(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "DELETE FROM mail_codes WHERE lane = $1 AND id = $2",
            vec![self.lane.into(), self.id.as_str().into()],
        )
    }
}
