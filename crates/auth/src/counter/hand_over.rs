//! A card is handed over: its token becomes active, and the older one ends.

use tokenkaart_token::{holder::HolderId, token::Serial};

use super::{
    card::{CounterCard, Standing, lapse, locked},
    document::IdentityDocument,
    error::CounterError,
};
use crate::{
    store::{
        State, Store,
        audit::{self, Entry, Event},
        counter::{self, HandedOverRow},
        token,
    },
    verify::{Clock, retry::retried},
};

/// What came of handing a card over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HandOver {
    /// Its token is active now.
    Done {
        /// The card.
        card: CounterCard,
        /// The token that ended by it, if the holder had one.
        ended: Option<Serial>,
    },
    /// That was said before: of this card, by whom and when it says.
    Already(CounterCard),
    /// It can't be handed over any more: spoilt, too late, or ended by something else.
    Over(CounterCard),
    /// There is no such card of the holder's.
    NoCard,
}

/// Says that a card was printed and handed over, and by which kind of document the clerk saw who the
/// holder is: the token that the holder had ends, and the card's becomes active, in that order and
/// in one transaction.
///
/// # Errors
/// [`CounterError`]; nothing was changed then, or nobody knows
/// ([`Cause::InDoubt`](crate::store::Cause::InDoubt)), and the same call tells.
pub fn hand_over(
    store: &mut Store,
    holder: &HolderId,
    serial: &Serial,
    document: IdentityDocument,
    clerk: &str,
    clock: &(impl Clock + ?Sized),
) -> Result<HandOver, CounterError> {
    retried(|| {
        let mut transaction = store.begin()?;
        let mut head = locked(&mut transaction, holder)?;
        let now = clock.now().timestamp();
        let Some(token) = token::of_holder(&mut transaction, holder.as_str(), serial)? else {
            return Ok(HandOver::NoCard);
        };
        let card = CounterCard::read(&mut transaction, &token, now)?;
        match card.standing {
            Standing::Waiting { .. } => {}
            Standing::HandedOver { .. } => return Ok(HandOver::Already(card)),
            Standing::Over { .. } => {
                if token.state == State::Pending {
                    lapse(&mut transaction, &mut head, &token, clerk, now)?;
                    transaction.commit()?;
                }
                return Ok(HandOver::Over(card));
            }
        }
        let old = token::live_of(&mut transaction, holder.as_str())?;
        if let Some(old) = &old {
            let reason = format!("replaced by {serial}");
            token::end(&mut transaction, old, State::Voided, Some(&reason), now)?;
        }
        counter::activate(&mut transaction, &token, now)?;
        let handed_over = HandedOverRow { clerk: clerk.to_owned(), at: now.as_millisecond() };
        handed_over.insert(&mut transaction, &token, document.as_str())?;
        let reference = audit::reference(&mut transaction, holder.as_str())?;
        let ended = old.map(|old| old.serial);
        let detail = match &ended {
            Some(old) => format!("{document} seen; {old} ended"),
            None => format!("{document} seen"),
        };
        let entry = Entry {
            event: Event::CardHandedOver,
            reference: reference.as_deref(),
            serial: Some(&serial.to_string()),
            position: None,
            detail: &detail,
        };
        audit::append(&mut transaction, &mut head, now, clerk, &[entry])?;
        transaction.commit()?;
        let HandedOverRow { clerk, at } = handed_over;
        let standing = Standing::HandedOver { clerk, at, state: State::Active };
        Ok(HandOver::Done { card: CounterCard { standing, ..card }, ended })
    })
}
