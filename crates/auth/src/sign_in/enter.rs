//! Both factors were right: somebody is signed in.

use std::fmt;

use jiff::Timestamp;
use tokenkaart_token::holder::HolderId;

use super::{Entrance, PasswordProven, Service};
use crate::{
    Key, SessionId,
    store::{
        StoreError, Transaction,
        audit::{self, Entry, Event, Head},
        clerk::DeskSessionRow,
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
    service: &Service,
    now: Timestamp,
) -> Result<Option<BothFactors>, StoreError> {
    let PasswordProven { row, holder, key } = proven;
    if !row.take(transaction)? {
        return Ok(None);
    }
    let (lane, id, holder_text, key) = (row.lane, id.digest(), holder.as_str().to_owned(), *key);
    let [signed_in_at, seen_at] = [now.as_millisecond(); 2];
    let detail = match service.rules.entrance {
        Entrance::Citizens => {
            let holder = holder_text;
            SessionRow { lane, id, holder, key, signed_in_at, seen_at }.insert(transaction)?;
            key.as_str().to_owned()
        }
        Entrance::Desk => {
            let (holder, locked_at) = (holder_text, None);
            let row = DeskSessionRow { lane, id, holder, key, signed_in_at, seen_at, locked_at };
            row.insert(transaction)?;
            format!("{key}, at the desk")
        }
    };
    let reference = audit::reference(transaction, holder.as_str())?;
    let entry = Entry {
        event: Event::SignedIn,
        reference: reference.as_deref(),
        serial: None,
        position: None,
        detail: &detail,
    };
    audit::append(transaction, head, now, &service.gate.actor, &[entry])?;
    Ok(Some(BothFactors { holder: holder.clone(), key }))
}
