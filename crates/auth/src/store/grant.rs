//! The rows of what applications were given: codes of OpenID Connect, and access tokens.

use jiff::Timestamp;

use super::{StoreError, StoreRow, Transaction, Value};
use crate::{Key, Lane};

/// What an application was given.
#[derive(Clone, Debug)]
pub(crate) struct GrantRow {
    pub(crate) lane: Lane,
    /// The SHA-256 of the code.
    pub(crate) id: String,
    pub(crate) holder: String,
    /// The SHA-256 of the session's id.
    pub(crate) session: String,
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: String,
    pub(crate) nonce: Option<String>,
    pub(crate) pkce: Option<String>,
    pub(crate) acr: Option<String>,
    pub(crate) key: Key,
    pub(crate) signed_in_at: i64,
    pub(crate) expires_at: i64,
}

/// A grant and what has become of it, in a query that the rest is behind.
macro_rules! select {
    ($columns:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT g.id AS id, g.holder AS holder, g.session AS session, g.client AS client, \
             g.redirect_uri AS redirect_uri, g.scopes AS scopes, g.nonce AS nonce, \
             g.pkce AS pkce, g.acr AS acr, g.key AS key, g.signed_in_at AS signed_in_at, \
             g.expires_at AS expires_at",
            $columns,
            " FROM ",
            $from,
            $rest
        )
    };
}

impl GrantRow {
    fn read(lane: Lane, row: &StoreRow) -> Result<Self, StoreError> {
        let text = |column| row.text(column).map(str::to_owned);
        let text_or_null = |column| row.text_or_null(column).map(|text| text.map(str::to_owned));
        Ok(Self {
            lane,
            id: text("id")?,
            holder: text("holder")?,
            session: text("session")?,
            client: text("client")?,
            redirect_uri: text("redirect_uri")?,
            scopes: text("scopes")?,
            nonce: text_or_null("nonce")?,
            pkce: text_or_null("pkce")?,
            acr: text_or_null("acr")?,
            key: row.parsed("key")?,
            signed_in_at: row.int("signed_in_at")?,
            expires_at: row.int("expires_at")?,
        })
    }

    pub(crate) fn insert(
        &self,
        transaction: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO grants (lane, id, holder, session, client, redirect_uri, scopes, nonce, \
             pkce, acr, key, signed_in_at, given_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            vec![
                self.lane.into(),
                self.id.as_str().into(),
                self.holder.as_str().into(),
                self.session.as_str().into(),
                self.client.as_str().into(),
                self.redirect_uri.as_str().into(),
                self.scopes.as_str().into(),
                self.nonce.as_deref().into(),
                self.pkce.as_deref().into(),
                self.acr.as_deref().into(),
                self.key.as_str().into(),
                self.signed_in_at.into(),
                now.as_millisecond().into(),
                self.expires_at.into(),
            ],
        )
    }

    /// The grant of a code, and whether the code came before.
    pub(crate) fn of_code(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        id: &str,
    ) -> Result<Option<(Self, bool)>, StoreError> {
        let row = transaction.query_one(
            select!(
                ", r.at AS redeemed_at",
                "grants g LEFT JOIN redeemed r ON r.lane = g.lane AND r.id = g.id ",
                "WHERE g.lane = $1 AND g.id = $2"
            ),
            &[lane.into(), id.into()],
        )?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((Self::read(lane, &row)?, row.int_or_null("redeemed_at")?.is_some())))
    }

    /// The grant of an access token that may be used still: neither withdrawn nor too old, and of a
    /// session that hasn't ended.
    pub(crate) fn of_access(
        transaction: &mut Transaction<'_>,
        lane: Lane,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            select!(
                "",
                "access_tokens a JOIN grants g ON g.lane = a.lane AND g.id = a.code \
                 JOIN sessions s ON s.lane = g.lane AND s.id = g.session \
                 LEFT JOIN withdrawn w ON w.lane = g.lane AND w.id = g.id ",
                "WHERE a.lane = $1 AND a.id = $2 AND a.expires_at > $3 AND w.id IS NULL"
            ),
            &[lane.into(), id.into(), now.as_millisecond().into()],
        )?;
        row.map(|row| Self::read(lane, &row)).transpose()
    }

    fn key_at(&self, now: Timestamp) -> Vec<Value> {
        vec![self.lane.into(), self.id.as_str().into(), now.as_millisecond().into()]
    }

    /// Marks the code as brought in; the key lets one win.
    pub(crate) fn redeem(
        &self,
        transaction: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transaction
            .queue("INSERT INTO redeemed (lane, id, at) VALUES ($1, $2, $3)", self.key_at(now))
    }

    /// Has what the code gave count no longer.
    pub(crate) fn withdraw(
        &self,
        transaction: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO withdrawn (lane, id, at) VALUES ($1, $2, $3) \
             ON CONFLICT (lane, id) DO NOTHING",
            self.key_at(now),
        )
    }

    /// Keeps an access token of this grant.
    pub(crate) fn insert_access(
        &self,
        transaction: &mut Transaction<'_>,
        id: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO access_tokens (lane, id, code, expires_at) VALUES ($1, $2, $3, $4)",
            vec![
                self.lane.into(),
                id.into(),
                self.id.as_str().into(),
                expires_at.as_millisecond().into(),
            ],
        )
    }
}

/// Keeps an assertion by its digest; false when it is kept already.
pub(crate) fn insert_assertion(
    transaction: &mut Transaction<'_>,
    id: &str,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let inserted = transaction.execute(
        "INSERT INTO assertions (lane, id, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (lane, id) DO NOTHING",
        &[Lane::of(id).into(), id.into(), expires_at.as_millisecond().into()],
    )?;
    Ok(inserted == 1)
}

/// Forgets a lane's grants that were given before a moment, with what they gave, and assertions
/// whose time is over.
pub(crate) fn sweep(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    given_before: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM grants WHERE lane = $1 AND given_at < $2",
        vec![lane.into(), given_before.as_millisecond().into()],
    )?;
    transaction.queue(
        "DELETE FROM assertions WHERE lane = $1 AND expires_at < $2",
        vec![lane.into(), now.as_millisecond().into()],
    )
}
