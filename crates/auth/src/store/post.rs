//! The rows of requests for cards by post.

use jiff::Timestamp;
use tokenkaart_token::{
    holder::{FieldError, Holder, HolderId, HolderName, Line, PostalAddress},
    language::Language,
};

use super::{StoreError, StoreRow, Transaction, Value};
use crate::Lane;

/// An open request, and the batch that it is in.
pub(crate) struct RequestRow {
    pub(crate) act: String,
    pub(crate) clerk: String,
    pub(crate) at: i64,
    pub(crate) batch: Option<u64>,
}

/// A request that is closed.
pub(crate) struct ClosedRow {
    /// Who cancelled it, or imported its run.
    pub(crate) clerk: String,
    pub(crate) asked_at: i64,
    pub(crate) at: i64,
    pub(crate) is_cancelled: bool,
}

/// A batch, and what has become of its requests.
pub(crate) struct BatchRow {
    pub(crate) number: u64,
    pub(crate) clerk: String,
    pub(crate) at: i64,
    pub(crate) requests: u64,
    pub(crate) open: u64,
    pub(crate) cancelled: u64,
}

/// What a letter needs.
pub(crate) struct AddressRow {
    holder: String,
    name: String,
    language: Option<String>,
    /// Street, postal code, city, country, e-mail address, user name.
    lines: [Option<String>; 6],
}

fn key(holder: &str) -> Vec<Value> {
    vec![Lane::of(holder).into(), holder.into()]
}

/// A number of a batch, which the schema keeps above 0.
fn value(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

impl RequestRow {
    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        holder: &str,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT r.act AS act, r.clerk AS clerk, r.at AS at, x.batch AS batch \
             FROM post_requests r \
             LEFT JOIN post_exports x ON x.lane = r.lane AND x.holder = r.holder \
             WHERE r.lane = $1 AND r.holder = $2",
            &key(holder),
        )?;
        let Some(row) = row else { return Ok(None) };
        let batch = match row.int_or_null("batch")? {
            Some(_) => Some(row.number("batch")?),
            None => None,
        };
        Ok(Some(Self {
            act: row.text("act")?.to_owned(),
            clerk: row.text("clerk")?.to_owned(),
            at: row.int("at")?,
            batch,
        }))
    }

    pub(crate) fn insert(
        &self,
        transaction: &mut Transaction<'_>,
        holder: &str,
    ) -> Result<(), StoreError> {
        let mut values = key(holder);
        values.extend([self.act.as_str().into(), self.clerk.as_str().into(), self.at.into()]);
        transaction.queue(
            "INSERT INTO post_requests (lane, holder, act, clerk, at) VALUES ($1, $2, $3, $4, $5)",
            values,
        )
    }
}

/// Keeps what a letter to a holder needs, whose request is there.
pub(crate) fn insert_address(
    transaction: &mut Transaction<'_>,
    holder: &Holder,
) -> Result<(), StoreError> {
    let text = |line: &Option<Line>| -> Value { line.as_ref().map(Line::as_str).into() };
    let address = &holder.address;
    let mut values = key(holder.id.as_str());
    values.extend([
        holder.name.as_str().into(),
        holder.language.map(Language::code).into(),
        text(&address.street),
        text(&address.postal_code),
        text(&address.city),
        text(&address.country),
        text(&holder.email),
        text(&holder.user_name),
    ]);
    transaction.queue(
        "INSERT INTO post_addresses (lane, holder, name, language, street, postal_code, city, \
         country, email, user_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values,
    )
}

impl ClosedRow {
    fn read(row: &StoreRow) -> Result<Self, StoreError> {
        Ok(Self {
            clerk: row.text("clerk")?.to_owned(),
            asked_at: row.int("asked")?,
            at: row.int("at")?,
            is_cancelled: row.text("how")? == "cancelled",
        })
    }

    /// The one that an act has asked.
    pub(crate) fn of_act(
        transaction: &mut Transaction<'_>,
        holder: &str,
        act: &str,
    ) -> Result<Option<Self>, StoreError> {
        let mut values = key(holder);
        values.push(act.into());
        let row = transaction.query_one(
            "SELECT clerk, asked, at, how FROM post_closed \
             WHERE lane = $1 AND holder = $2 AND act = $3",
            &values,
        )?;
        row.map(|row| Self::read(&row)).transpose()
    }

    /// The one that was closed last.
    pub(crate) fn last(
        transaction: &mut Transaction<'_>,
        holder: &str,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(
            "SELECT clerk, asked, at, how FROM post_closed WHERE lane = $1 AND holder = $2 \
             ORDER BY at DESC, act LIMIT 1",
            &key(holder),
        )?;
        row.map(|row| Self::read(&row)).transpose()
    }
}

/// Closes a request as cancelled; what its letter needed goes with it.
pub(crate) fn cancel(
    transaction: &mut Transaction<'_>,
    holder: &str,
    row: &RequestRow,
    clerk: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut values = key(holder);
    values.extend([
        row.act.as_str().into(),
        row.at.into(),
        row.batch.map(value).into(),
        clerk.into(),
        now.as_millisecond().into(),
    ]);
    transaction.queue(
        "INSERT INTO post_closed (lane, holder, act, asked, batch, how, clerk, at) \
         VALUES ($1, $2, $3, $4, $5, 'cancelled', $6, $7)",
        values,
    )?;
    transaction.queue("DELETE FROM post_requests WHERE lane = $1 AND holder = $2", key(holder))
}

/// Closes the exported requests of holders to whom a run has given a token that is active, in a lane
/// that is locked; says how many.
pub(crate) fn close(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    run: &str,
    actor: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let closed = transaction.execute(
        "INSERT INTO post_closed (lane, holder, act, asked, batch, how, clerk, at) \
         SELECT r.lane, r.holder, r.act, r.at, x.batch, 'imported', $3, $4 FROM post_requests r \
         JOIN post_exports x ON x.lane = r.lane AND x.holder = r.holder \
         WHERE r.lane = $1 AND EXISTS (SELECT 1 FROM tokens n JOIN states s ON s.lane = n.lane \
           AND s.holder = n.holder AND s.serial = n.serial WHERE n.lane = r.lane \
           AND n.holder = r.holder AND n.run = $2 AND s.state = 'active')",
        &[lane.into(), run.into(), actor.into(), now.as_millisecond().into()],
    )?;
    if closed > 0 {
        transaction.queue(
            "DELETE FROM post_requests WHERE lane = $1 AND EXISTS (SELECT 1 FROM post_closed c \
             WHERE c.lane = post_requests.lane AND c.holder = post_requests.holder \
             AND c.act = post_requests.act)",
            vec![lane.into()],
        )?;
    }
    Ok(closed)
}

/// The number of the next batch, in the office's lane, which is locked.
pub(crate) fn next_batch(transaction: &mut Transaction<'_>) -> Result<u64, StoreError> {
    let row = transaction.query_one(
        "SELECT COALESCE(max(batch), 0) AS batch FROM post_batches WHERE lane = 256",
        &[],
    )?;
    let last: u64 = row.map_or(Ok(0), |row| row.number("batch"))?;
    Ok(last.saturating_add(1))
}

/// Puts all requests that no batch has into one; says how many.
pub(crate) fn put_into(transaction: &mut Transaction<'_>, number: u64) -> Result<u64, StoreError> {
    transaction.execute(
        "INSERT INTO post_exports (lane, holder, batch) SELECT r.lane, r.holder, $1 \
         FROM post_requests r WHERE NOT EXISTS (SELECT 1 FROM post_exports x \
           WHERE x.lane = r.lane AND x.holder = r.holder)",
        &[value(number)],
    )
}

pub(crate) fn insert_batch(
    transaction: &mut Transaction<'_>,
    number: u64,
    requests: u64,
    clerk: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO post_batches (lane, batch, clerk, at, requests) VALUES (256, $1, $2, $3, $4)",
        vec![value(number), clerk.into(), now.as_millisecond().into(), value(requests)],
    )
}

/// How many requests no batch has.
pub(crate) fn waiting(transaction: &mut Transaction<'_>) -> Result<u64, StoreError> {
    let row = transaction.query_one(
        "SELECT count(*) AS requests FROM post_requests r WHERE NOT EXISTS \
         (SELECT 1 FROM post_exports x WHERE x.lane = r.lane AND x.holder = r.holder)",
        &[],
    )?;
    row.map_or(Ok(0), |row| row.number("requests"))
}

/// A batch and what has become of its requests, in a query that the rest is behind.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT b.batch AS batch, b.clerk AS clerk, b.at AS at, b.requests AS requests, \
             (SELECT count(*) FROM post_exports x WHERE x.batch = b.batch) AS open, \
             (SELECT count(*) FROM post_closed c WHERE c.batch = b.batch \
              AND c.how = 'cancelled') AS cancelled FROM post_batches b WHERE b.lane = 256 ",
            $rest
        )
    };
}

impl BatchRow {
    fn read(row: &StoreRow) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.number("batch")?,
            clerk: row.text("clerk")?.to_owned(),
            at: row.int("at")?,
            requests: row.number("requests")?,
            open: row.number("open")?,
            cancelled: row.number("cancelled")?,
        })
    }

    pub(crate) fn find(
        transaction: &mut Transaction<'_>,
        number: u64,
    ) -> Result<Option<Self>, StoreError> {
        let row = transaction.query_one(select!("AND b.batch = $1"), &[value(number)])?;
        row.map(|row| Self::read(&row)).transpose()
    }

    /// All of them, the latest first.
    pub(crate) fn all(transaction: &mut Transaction<'_>) -> Result<Vec<Self>, StoreError> {
        let rows = transaction.query(select!("ORDER BY b.batch DESC"), &[])?;
        rows.iter().map(Self::read).collect()
    }
}

/// What the letters of a batch need whose requests are open, in the order in which they were asked.
pub(crate) fn addressed(
    transaction: &mut Transaction<'_>,
    number: u64,
) -> Result<Vec<AddressRow>, StoreError> {
    let rows = transaction.query(
        "SELECT a.holder AS holder, a.name AS name, a.language AS language, a.street AS street, \
         a.postal_code AS postal_code, a.city AS city, a.country AS country, a.email AS email, \
         a.user_name AS user_name FROM post_exports x \
         JOIN post_addresses a ON a.lane = x.lane AND a.holder = x.holder \
         JOIN post_requests r ON r.lane = x.lane AND r.holder = x.holder \
         WHERE x.batch = $1 ORDER BY r.at, r.lane, r.holder",
        &[value(number)],
    )?;
    rows.iter().map(AddressRow::read).collect()
}

impl AddressRow {
    fn read(row: &StoreRow) -> Result<Self, StoreError> {
        let text = |column| row.text_or_null(column).map(|text| text.map(str::to_owned));
        Ok(Self {
            holder: row.text("holder")?.to_owned(),
            name: row.text("name")?.to_owned(),
            language: text("language")?,
            lines: [
                text("street")?,
                text("postal_code")?,
                text("city")?,
                text("country")?,
                text("email")?,
                text("user_name")?,
            ],
        })
    }

    /// The holder whose letter it is.
    pub(crate) fn holder(&self) -> Result<Holder, FieldError> {
        let line = |line: &Option<String>| line.as_deref().map_or(Ok(None), Line::new);
        let [street, postal_code, city, country, email, user_name] = &self.lines;
        Ok(Holder {
            id: HolderId::new(&self.holder)?,
            name: HolderName::new(&self.name)?,
            address: PostalAddress {
                street: line(street)?,
                postal_code: line(postal_code)?,
                city: line(city)?,
                country: line(country)?,
            },
            language: self.language.as_deref().and_then(|code| code.parse().ok()),
            email: line(email)?,
            user_name: line(user_name)?,
        })
    }
}
