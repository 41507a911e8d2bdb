//! A request for a card by post is cancelled.

use tokenkaart_token::holder::HolderId;

use super::{error::PostError, request::PostRequest};
use crate::{
    Lane,
    store::{
        Store,
        audit::{self, Entry, Event},
        post::{self, RequestRow},
    },
    verify::{Clock, retry::retried},
};

/// What came of cancelling a request for a card by post.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cancelling {
    /// It is cancelled, and name and address are deleted. It was as far as this says: one that was
    /// exported may be in a run already, whose card is to be taken out of the post.
    Done(PostRequest),
    /// The holder has no open request.
    NoRequest,
}

/// Cancels the open request of a holder, and deletes name and address.
///
/// # Errors
/// [`PostError`]; nothing was changed then.
pub fn cancel(
    store: &mut Store,
    holder: &HolderId,
    clerk: &str,
    clock: &(impl Clock + ?Sized),
) -> Result<Cancelling, PostError> {
    retried(|| {
        let id = holder.as_str();
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, Lane::of(id))?;
        let now = clock.now().timestamp();
        let Some(row) = RequestRow::find(&mut transaction, id)? else {
            return Ok(Cancelling::NoRequest);
        };
        post::cancel(&mut transaction, id, &row, clerk, now)?;
        let reference = audit::reference(&mut transaction, id)?;
        let detail = row.batch.map(|batch| format!("in batch {batch}")).unwrap_or_default();
        let entry = Entry {
            event: Event::PostCancelled,
            reference: reference.as_deref(),
            serial: None,
            position: None,
            detail: &detail,
        };
        audit::append(&mut transaction, &mut head, now, clerk, &[entry])?;
        transaction.commit()?;
        Ok(Cancelling::Done(PostRequest::of(row)))
    })
}
