//! The rows of a desk's holder file of a day, sealed.

use jiff::Timestamp;

use super::{StoreError, Transaction};
use crate::Lane;

/// A page of holders, sealed.
pub(crate) struct DayListRow {
    pub(crate) list: String,
    pub(crate) page: u32,
    pub(crate) pages: u32,
    pub(crate) body: String,
    /// In milliseconds since 1970.
    pub(crate) made_at: i64,
    pub(crate) until: i64,
}

impl DayListRow {
    pub(crate) fn insert(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO day_lists (lane, list, page, pages, body, made_at, until) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            vec![
                Lane::OFFICE.into(),
                self.list.as_str().into(),
                self.page.into(),
                self.pages.into(),
                self.body.as_str().into(),
                self.made_at.into(),
                self.until.into(),
            ],
        )
    }
}

/// The pages of the list that counts now, in order.
pub(crate) fn all(
    transaction: &mut Transaction<'_>,
    now: Timestamp,
) -> Result<Vec<DayListRow>, StoreError> {
    let rows = transaction.query(
        "SELECT list, page, pages, body, made_at, until FROM day_lists \
         WHERE lane = $1 AND until > $2 ORDER BY list, page",
        &[Lane::OFFICE.into(), now.as_millisecond().into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(DayListRow {
                list: row.text("list")?.to_owned(),
                page: row.number("page")?,
                pages: row.number("pages")?,
                body: row.text("body")?.to_owned(),
                made_at: row.int("made_at")?,
                until: row.int("until")?,
            })
        })
        .collect()
}

/// Forgets all of them; says how many rows that were.
pub(crate) fn delete(transaction: &mut Transaction<'_>) -> Result<u64, StoreError> {
    transaction.execute("DELETE FROM day_lists WHERE lane = $1", &[Lane::OFFICE.into()])
}

/// Forgets those whose day is over.
pub(crate) fn sweep(transaction: &mut Transaction<'_>, now: Timestamp) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM day_lists WHERE lane = $1 AND until <= $2",
        vec![Lane::OFFICE.into(), now.as_millisecond().into()],
    )
}
