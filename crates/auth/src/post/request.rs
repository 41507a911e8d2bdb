//! A request for a card by post, and how far it is.

use tokenkaart_token::holder::HolderId;

use super::error::PostError;
use crate::store::{
    Store, StoreError, Transaction,
    post::{ClosedRow, RequestRow},
};

/// A request for a card by post. Nothing of its address is here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PostRequest {
    /// Who asked it at a counter.
    pub clerk: String,
    /// When, in milliseconds since 1970.
    pub asked_at: i64,
    /// How far it is.
    pub progress: Progress,
}

/// How far a request for a card by post is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Progress {
    /// The next export takes it.
    Asked,
    /// It was exported, and its run has not been imported yet.
    Exported {
        /// The number of its batch.
        batch: u64,
    },
    /// Its run was imported: the card is in the post.
    Imported {
        /// When, in milliseconds since 1970.
        at: i64,
    },
    /// It was cancelled.
    Cancelled {
        /// By whom.
        clerk: String,
        /// When, in milliseconds since 1970.
        at: i64,
    },
}

impl PostRequest {
    pub(super) fn of(row: RequestRow) -> Self {
        let progress = row.batch.map_or(Progress::Asked, |batch| Progress::Exported { batch });
        Self { clerk: row.clerk, asked_at: row.at, progress }
    }

    fn of_closed(row: ClosedRow) -> Self {
        let ClosedRow { clerk, asked_at, at, is_cancelled, .. } = row;
        if is_cancelled {
            let progress = Progress::Cancelled { clerk, at };
            return Self { clerk: String::new(), asked_at, progress };
        }
        Self { clerk: String::new(), asked_at, progress: Progress::Imported { at } }
    }

    /// The request of a holder that an act has asked, open or closed.
    pub(super) fn of_act(
        transaction: &mut Transaction<'_>,
        holder: &str,
        act: &str,
    ) -> Result<Option<Self>, StoreError> {
        let open = RequestRow::find(transaction, holder)?.filter(|row| row.act == act);
        if let Some(row) = open {
            return Ok(Some(Self::of(row)));
        }
        Ok(ClosedRow::of_act(transaction, holder, act)?.map(Self::of_closed))
    }
}

/// The open request of a holder, or the one that was closed last.
///
/// # Errors
/// [`PostError`].
pub fn last(store: &mut Store, holder: &HolderId) -> Result<Option<PostRequest>, PostError> {
    let mut transaction = store.read()?;
    if let Some(row) = RequestRow::find(&mut transaction, holder.as_str())? {
        return Ok(Some(PostRequest::of(row)));
    }
    Ok(ClosedRow::last(&mut transaction, holder.as_str())?.map(PostRequest::of_closed))
}
