//! Requests that are exported together, for a run of letters.

use tokenkaart_token::holder::Holder;

use super::error::PostError;
use crate::{
    Lane,
    store::{
        Store,
        audit::{self, Entry, Event},
        post::{self, BatchRow},
    },
    verify::{Clock, retry::retried},
};

/// Requests that were exported together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its number and what has become of it.
    pub counts: BatchCounts,
    /// Whose requests are still open, in the order in which they were asked.
    pub holders: Vec<Holder>,
}

/// What has become of the requests of a batch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BatchCounts {
    /// The number, from 1.
    pub number: u64,
    /// Who exported it.
    pub clerk: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// How many requests it had.
    pub requests: u64,
    /// How many of them are open.
    pub open: u64,
    /// How many were cancelled since.
    pub cancelled: u64,
}

impl BatchCounts {
    fn of(row: BatchRow) -> Self {
        let BatchRow { number, clerk, at, requests, open, cancelled } = row;
        Self { number, clerk, at, requests, open, cancelled }
    }
}

/// Puts all requests that no batch has into a new one; none when there are none.
///
/// # Errors
/// [`PostError`]; there is no batch then, or nobody knows
/// ([`Cause::InDoubt`](crate::store::Cause::InDoubt)): [`batches`] tells.
pub fn export(
    store: &mut Store,
    clerk: &str,
    clock: &(impl Clock + ?Sized),
) -> Result<Option<Batch>, PostError> {
    let number = retried(|| {
        let mut transaction = store.begin_long()?;
        let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
        let now = clock.now().timestamp();
        let number = post::next_batch(&mut transaction)?;
        let requests = post::put_into(&mut transaction, number)?;
        if requests == 0 {
            return Ok::<_, PostError>(None);
        }
        post::insert_batch(&mut transaction, number, requests, clerk, now)?;
        let entry = Entry {
            event: Event::PostExported,
            reference: None,
            serial: None,
            position: None,
            detail: &format!("batch {number}, {requests} requests"),
        };
        audit::append(&mut transaction, &mut head, now, clerk, &[entry])?;
        transaction.commit()?;
        Ok(Some(number))
    })?;
    match number {
        Some(number) => batch(store, number),
        None => Ok(None),
    }
}

/// A batch by its number, with those of its requests that are still open; none if there is no such.
///
/// # Errors
/// [`PostError`].
pub fn batch(store: &mut Store, number: u64) -> Result<Option<Batch>, PostError> {
    let mut transaction = store.read()?;
    let Some(row) = BatchRow::find(&mut transaction, number)? else { return Ok(None) };
    let holders = post::addressed(&mut transaction, number)?;
    let holders = holders.into_iter().map(|row| row.holder()).collect::<Result<_, _>>()?;
    Ok(Some(Batch { counts: BatchCounts::of(row), holders }))
}

/// All batches, the latest first.
///
/// # Errors
/// [`PostError`].
pub fn batches(store: &mut Store) -> Result<Vec<BatchCounts>, PostError> {
    let rows = BatchRow::all(&mut store.read()?)?;
    Ok(rows.into_iter().map(BatchCounts::of).collect())
}

/// How many requests the next export would take.
///
/// # Errors
/// [`PostError`].
pub fn waiting(store: &mut Store) -> Result<u64, PostError> {
    Ok(post::waiting(&mut store.read()?)?)
}
