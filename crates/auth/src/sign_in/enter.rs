//! Both factors were right: somebody is signed in.

use std::fmt;

use jiff::Timestamp;
use tokenkaart_token::holder::HolderId;

use super::PasswordProven;
use crate::{
    Key, SessionId,
    store::{
        StoreError, Transaction,
        audit::{self, Entry, Event, Head},
        session::SessionRow,
    },
};

/// That both factors of a holder were right a moment ago. A sign-in alone makes one, and a change of
/// the account uses it up: whoever has taken somebody's session has none.
pub struct BothFactors {
    pub(crate) holder: HolderId,
    pub(crate) key: Key,
}

/// A holder is not for a log.
impl fmt::Debug for BothFactors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BothFactors({})", self.key)
    }
}

/// Ends a sign-in whose code was right by a session, in a lane that is locked; `None` when somebody
/// has ended it since: then the code is used, and nobody is let in.
pub(super) fn enter(
    transaction: &mut Transaction<'_>,
    head: &mut Head,
    proven: &PasswordProven,
    id: &SessionId,
    actor: &str,
    now: Timestamp,
) -> Result<Option<BothFactors>, StoreError> {
    let PasswordProven { row, holder, key } = proven;
    if !row.take(transaction)? {
        return Ok(None);
    }
    let session = SessionRow {
        lane: row.lane,
        id: id.digest(),
        holder: holder.as_str().to_owned(),
        key: *key,
        signed_in_at: now.as_millisecond(),
        seen_at: now.as_millisecond(),
    };
    session.insert(transaction)?;
    let reference = audit::reference(transaction, holder.as_str())?;
    let entry = Entry {
        event: Event::SignedIn,
        reference: reference.as_deref(),
        serial: None,
        position: None,
        detail: key.as_str(),
    };
    audit::append(transaction, head, now, actor, &[entry])?;
    Ok(Some(BothFactors { holder: holder.clone(), key: *key }))
}
