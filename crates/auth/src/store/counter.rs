//! The rows of cards at a counter.

use jiff::Timestamp;
use tokenkaart_token::{files::Sha256Digest, record::Record, token::Serial};

use super::{StoreError, Transaction, Value, token::TokenRow};
use crate::Lane;

/// Who had a card printed.
pub(crate) struct PrintedRow {
    pub(crate) clerk: String,
    pub(crate) at: i64,
}

/// Who handed a card over.
pub(crate) struct HandedOverRow {
    pub(crate) clerk: String,
    pub(crate) at: i64,
}

/// Lane, holder and serial.
fn key(token: &TokenRow) -> [Value; 3] {
    [token.lane.into(), token.holder.as_str().into(), token.serial.to_string().into()]
}

impl PrintedRow {
    /// Of a token.
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        token: &TokenRow,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT clerk, at FROM printed_cards WHERE lane = $1 AND holder = $2 AND serial = $3",
            &key(token),
        )?;
        row.map(|row| Ok(Self { clerk: row.text("clerk")?.to_owned(), at: row.int("at")? }))
            .transpose()
    }

    /// The token whose card an act has printed.
    pub(crate) fn of_act(
        transaction: &mut Transaction<'_>,
        holder: &str,
        act: &str,
    ) -> Result<Option<Serial>, StoreError> {
        let row = transaction.query_one(
            "SELECT serial FROM printed_cards WHERE lane = $1 AND holder = $2 AND act = $3",
            &[Lane::of(holder).into(), holder.into(), act.into()],
        )?;
        row.map(|row| row.parsed("serial")).transpose()
    }

    /// The token whose card was printed last.
    pub(crate) fn latest(
        transaction: &mut Transaction<'_>,
        holder: &str,
    ) -> Result<Option<Serial>, StoreError> {
        let row = transaction.query_one(
            "SELECT serial FROM printed_cards WHERE lane = $1 AND holder = $2 \
             ORDER BY at DESC, serial LIMIT 1",
            &[Lane::of(holder).into(), holder.into()],
        )?;
        row.map(|row| row.parsed("serial")).transpose()
    }

    pub(crate) fn insert(
        &self,
        transaction: &mut Transaction<'_>,
        record: &Record,
        act: &str,
    ) -> Result<(), StoreError> {
        let holder = record.holder().as_str();
        transaction.queue(
            "INSERT INTO printed_cards (lane, holder, serial, act, clerk, at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            vec![
                Lane::of(holder).into(),
                holder.into(),
                record.serial().to_string().into(),
                act.into(),
                self.clerk.as_str().into(),
                self.at.into(),
            ],
        )
    }
}

impl HandedOverRow {
    /// Of a token.
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        token: &TokenRow,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT clerk, at FROM handed_over WHERE lane = $1 AND holder = $2 AND serial = $3",
            &key(token),
        )?;
        row.map(|row| Ok(Self { clerk: row.text("clerk")?.to_owned(), at: row.int("at")? }))
            .transpose()
    }

    pub(crate) fn insert(
        &self,
        transaction: &mut Transaction<'_>,
        token: &TokenRow,
        document: &str,
    ) -> Result<(), StoreError> {
        let [lane, holder, serial] = key(token);
        transaction.queue(
            "INSERT INTO handed_over (lane, holder, serial, clerk, document, at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            vec![lane, holder, serial, self.clerk.as_str().into(), document.into(), self.at.into()],
        )
    }
}

/// Inserts a token with its codes, pending until a moment in milliseconds since 1970, in a lane that
/// is locked. The format of its codes and the digest of its line come with it.
pub(crate) fn insert_pending(
    transaction: &mut Transaction<'_>,
    record: &Record,
    (code_format, sha256): (&str, &Sha256Digest),
    until: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let holder = record.holder().as_str();
    let serial = record.serial().to_string();
    let key = || -> [Value; 3] { [Lane::of(holder).into(), holder.into(), serial.as_str().into()] };
    let scheme = record.hashes().next().map(|(_, hash)| hash.scheme().to_string());
    let voids: Vec<String> = record.voids().iter().map(ToString::to_string).collect();
    let voids = (!voids.is_empty()).then(|| voids.join(" "));
    let mut values = key().to_vec();
    values.extend([
        now.as_millisecond().into(),
        record.issued().to_string().into(),
        record.expires().map(|date| date.to_string()).into(),
        voids.into(),
        scheme.into(),
        record.key_id().map(|id| id.to_string()).into(),
        code_format.into(),
        sha256.to_string().into(),
    ]);
    transaction.queue(
        "INSERT INTO tokens (lane, holder, serial, came_at, issued, expires, voids, scheme, \
         key_id, code_format, record_sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values,
    )?;
    for (position, hash) in record.hashes() {
        let mut values = key().to_vec();
        values.extend([position.number().into(), hash.to_string().into()]);
        transaction.queue(
            "INSERT INTO codes (lane, holder, serial, position, hash) \
             VALUES ($1, $2, $3, $4, $5)",
            values,
        )?;
    }
    let mut values = key().to_vec();
    values.extend([now.as_millisecond().into(), until.into()]);
    transaction.queue(
        "INSERT INTO states (lane, holder, serial, state, since, pending_until) \
         VALUES ($1, $2, $3, 'pending', $4, $5)",
        values,
    )
}

/// Makes a pending token active, in a lane that is locked and after the holder's older one ended.
pub(crate) fn activate(
    transaction: &mut Transaction<'_>,
    token: &TokenRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut values = key(token).to_vec();
    values.push(now.as_millisecond().into());
    transaction.queue(
        "UPDATE states SET state = 'active', since = $4, pending_until = NULL \
         WHERE lane = $1 AND holder = $2 AND serial = $3 AND state = 'pending'",
        values,
    )
}
