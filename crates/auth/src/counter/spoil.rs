//! A card was spoilt: its token is void.

use tokenkaart_token::{holder::HolderId, token::Serial};

use super::{
    card::{CounterCard, Standing, locked},
    error::CounterError,
};
use crate::{
    store::{
        State, Store,
        audit::{self, Entry, Event},
        token,
    },
    verify::{Clock, retry::retried},
};

/// Why the token of a spoilt card is void, as [`Standing::Over`] tells it.
pub const SPOILT: &str = "card spoilt at the counter";

/// What came of saying that a card is spoilt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Spoiling {
    /// Its token is void now, and another card can be printed.
    Done(CounterCard),
    /// It was over before, for the reason that it says; another card can be printed.
    Over(CounterCard),
    /// It was handed over before, so its token is in use; nothing was changed.
    HandedOver(CounterCard),
    /// There is no such card of the holder's.
    NoCard,
}

/// Says that a card was spoilt, or never came out of the printer: its token is void.
///
/// # Errors
/// [`CounterError`]; nothing was changed then, or nobody knows
/// ([`Cause::InDoubt`](crate::store::Cause::InDoubt)), and the same call tells.
pub fn spoil(
    store: &mut Store,
    holder: &HolderId,
    serial: &Serial,
    clerk: &str,
    clock: &(impl Clock + ?Sized),
) -> Result<Spoiling, CounterError> {
    retried(|| {
        let mut transaction = store.begin()?;
        let mut head = locked(&mut transaction, holder)?;
        let now = clock.now().timestamp();
        let Some(token) = token::of_holder(&mut transaction, holder.as_str(), serial)? else {
            return Ok(Spoiling::NoCard);
        };
        let card = CounterCard::read(&mut transaction, &token, now)?;
        // Also where its time is up: that it was spoilt says more.
        let is_pending = token.state == State::Pending;
        match card.standing {
            Standing::HandedOver { .. } => return Ok(Spoiling::HandedOver(card)),
            Standing::Over { .. } if !is_pending => return Ok(Spoiling::Over(card)),
            Standing::Waiting { .. } | Standing::Over { .. } => {}
        }
        token::end(&mut transaction, &token, State::Voided, Some(SPOILT), now)?;
        let reference = audit::reference(&mut transaction, holder.as_str())?;
        let entry = Entry {
            event: Event::CardSpoilt,
            reference: reference.as_deref(),
            serial: Some(&serial.to_string()),
            position: None,
            detail: "",
        };
        audit::append(&mut transaction, &mut head, now, clerk, &[entry])?;
        transaction.commit()?;
        let (at, reason) = (now.as_millisecond(), Some(SPOILT.to_owned()));
        let standing = Standing::Over { state: State::Voided, at, reason };
        Ok(Spoiling::Done(CounterCard { standing, ..card }))
    })
}
