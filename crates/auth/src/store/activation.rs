//! The rows of activations: who may choose user name and password by a code and a link.

use super::{StoreError, Transaction, Value};
use crate::Lane;

/// An activation that was begun.
pub(crate) struct ActivationRow {
    pub(crate) holder: String,
    /// The SHA-256 of the link.
    pub(crate) link: String,
    /// The digest of the code under the link.
    pub(crate) code: String,
    /// In milliseconds since 1970.
    pub(crate) made_at: i64,
    pub(crate) expires_at: i64,
}

/// What finds whether a holder has one. Parameters: lane, holder.
const BEGUN: &str = "SELECT expires_at FROM activations WHERE lane = $1 AND holder = $2";

impl ActivationRow {
    /// Makes it the holder's one; the one before is worth nothing any more.
    pub(crate) fn put(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        let lane = Lane::of(&self.holder);
        transaction.queue(
            "DELETE FROM activations WHERE lane = $1 AND holder = $2",
            vec![lane.into(), self.holder.as_str().into()],
        )?;
        transaction.queue(
            "INSERT INTO activations (lane, holder, link, code, made_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            vec![
                lane.into(),
                self.holder.as_str().into(),
                self.link.as_str().into(),
                self.code.as_str().into(),
                self.made_at.into(),
                self.expires_at.into(),
            ],
        )
    }

    /// The one of a link, whether its time is over or not.
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        link: &str,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT holder, code, made_at, expires_at FROM activations \
             WHERE lane = $1 AND link = $2",
            &[lane.into(), link.into()],
        )?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Self {
            holder: row.text("holder")?.to_owned(),
            link: link.to_owned(),
            code: row.text("code")?.to_owned(),
            made_at: row.int("made_at")?,
            expires_at: row.int("expires_at")?,
        }))
    }
}

/// Uses a holder's activation up; false when it was used, or another one took its place.
pub(crate) fn take(
    transaction: &mut Transaction<'_>,
    holder: &str,
    link: &str,
) -> Result<bool, StoreError> {
    let taken = transaction.execute(
        "DELETE FROM activations WHERE lane = $1 AND holder = $2 AND link = $3",
        &[Lane::of(holder).into(), holder.into(), link.into()],
    )?;
    Ok(taken == 1)
}

/// What finds whether a holder has an activation that nobody has used.
pub(crate) fn look_up(holder: &str) -> (&'static str, Vec<Value>) {
    (BEGUN, vec![Lane::of(holder).into(), holder.into()])
}

/// Until when a holder's activation can be used that nobody has used, in milliseconds since 1970.
pub(crate) fn begun(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Option<i64>, StoreError> {
    let (sql, values) = look_up(holder);
    transaction.query_one(sql, &values)?.map(|row| row.int("expires_at")).transpose()
}
