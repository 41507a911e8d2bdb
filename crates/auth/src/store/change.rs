//! The rows of changes of an account that are under way.

use jiff::Timestamp;

use super::{StoreError, Transaction, Value};
use crate::{Key, Lane};

/// A change of an account that is under way.
#[derive(Clone)]
pub(crate) struct ChangeRow {
    pub(crate) lane: Lane,
    /// The SHA-256 of its id.
    pub(crate) id: String,
    pub(crate) holder: String,
    /// What it was proven with, beside user name and password; none where it began otherwise.
    pub(crate) key: Option<Key>,
    /// What is changed.
    pub(crate) what: String,
    /// How far it has come.
    pub(crate) stage: String,
    /// The address that was chosen, sealed.
    pub(crate) detail: Option<String>,
    /// The secret of an app that is not active yet, sealed.
    pub(crate) secret: Option<String>,
    pub(crate) request: String,
    /// The digest of the link that it began with, or the question for a token's code.
    pub(crate) bound_to: Option<String>,
    pub(crate) expires_at: i64,
}

impl ChangeRow {
    /// A change under way, if it is there and its time is not over.
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT holder, key, what, stage, detail, secret, request, bound_to, expires_at \
             FROM changes WHERE lane = $1 AND id = $2",
            &[lane.into(), id.into()],
        )?;
        let Some(row) = row else { return Ok(None) };
        let text = |column| row.text_or_null(column).map(|text| text.map(str::to_owned));
        let found = Self {
            lane,
            id: id.to_owned(),
            holder: row.text("holder")?.to_owned(),
            key: row.parsed_or_null("key")?,
            what: row.text("what")?.to_owned(),
            stage: row.text("stage")?.to_owned(),
            detail: text("detail")?,
            secret: text("secret")?,
            request: row.text("request")?.to_owned(),
            bound_to: text("bound_to")?,
            expires_at: row.int("expires_at")?,
        };
        Ok(Some(found).filter(|row| row.expires_at > now.as_millisecond()))
    }

    pub(crate) fn insert(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO changes (lane, id, holder, key, what, stage, detail, secret, request, \
             bound_to, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            vec![
                self.lane.into(),
                self.id.as_str().into(),
                self.holder.as_str().into(),
                self.key.map(Key::as_str).into(),
                self.what.as_str().into(),
                self.stage.as_str().into(),
                self.detail.as_deref().into(),
                self.secret.as_deref().into(),
                self.request.as_str().into(),
                self.bound_to.as_deref().into(),
                self.expires_at.into(),
            ],
        )
    }

    /// Writes what it has come to; false when it is there no longer, or has come further than
    /// `before`.
    pub(crate) fn advance(
        &self,
        transaction: &mut Transaction<'_>,
        before: &str,
    ) -> Result<bool, StoreError> {
        let changed = transaction.execute(
            "UPDATE changes SET stage = $3, detail = $4, secret = $5, bound_to = $6 \
             WHERE lane = $1 AND id = $2 AND stage = $7",
            &[
                self.lane.into(),
                self.id.as_str().into(),
                self.stage.as_str().into(),
                self.detail.as_deref().into(),
                self.secret.as_deref().into(),
                self.bound_to.as_deref().into(),
                before.into(),
            ],
        )?;
        Ok(changed == 1)
    }

    /// Takes it away; false when it is there no longer, or has come further: somebody else took it.
    pub(crate) fn take(&self, transaction: &mut Transaction<'_>) -> Result<bool, StoreError> {
        let taken = transaction.execute(
            "DELETE FROM changes WHERE lane = $1 AND id = $2 AND stage = $3",
            &[self.lane.into(), self.id.as_str().into(), self.stage.as_str().into()],
        )?;
        Ok(taken == 1)
    }
}

/// Notes that a holder has read a code at an address.
pub(crate) fn confirm(
    transaction: &mut Transaction<'_>,
    holder: &str,
    address: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO confirmed (lane, holder, address, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (lane, holder, address) DO NOTHING",
        vec![Lane::of(holder).into(), holder.into(), address.into(), now.as_millisecond().into()],
    )
}

/// Whether a holder has read a code at an address.
pub(crate) fn is_confirmed(
    transaction: &mut Transaction<'_>,
    holder: &str,
    address: &str,
) -> Result<bool, StoreError> {
    let key: [Value; 3] = [Lane::of(holder).into(), holder.into(), address.into()];
    let row = transaction.query_one(
        "SELECT at FROM confirmed WHERE lane = $1 AND holder = $2 AND address = $3",
        &key,
    )?;
    Ok(row.is_some())
}
