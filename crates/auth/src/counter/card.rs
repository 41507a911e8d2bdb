//! A card that was printed at a counter, and what became of it.

use jiff::Timestamp;
use tokenkaart_token::{holder::HolderId, token::Serial};

use super::error::CounterError;
use crate::{
    Lane,
    store::{
        State, Store, StoreError, Transaction,
        audit::{self, Entry, Event, Head},
        counter::{HandedOverRow, PrintedRow},
        token::{self, TokenRow},
    },
};

/// A card that was printed at a counter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CounterCard {
    /// Its token.
    pub serial: Serial,
    /// Who had it printed; empty where the store doesn't say.
    pub clerk: String,
    /// When, in milliseconds since 1970.
    pub printed_at: i64,
    /// What has become of it.
    pub standing: Standing,
}

/// What has become of a card that was printed at a counter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// Nobody has said yet; its token is pending.
    Waiting {
        /// Until when that can be said, in milliseconds since 1970.
        until: i64,
    },
    /// Its holder has it.
    HandedOver {
        /// Who handed it over.
        clerk: String,
        /// When, in milliseconds since 1970.
        at: i64,
        /// What its token is now.
        state: State,
    },
    /// It was never handed over, and never will be.
    Over {
        /// What its token is.
        state: State,
        /// Since when, in milliseconds since 1970.
        at: i64,
        /// Why.
        reason: Option<String>,
    },
}

/// Why a token is void that nobody has said anything of, as [`Standing::Over`] tells it.
pub const LAPSED: &str = "not handed over in time";

impl CounterCard {
    /// What the rows of a token say together.
    pub(super) fn of(
        token: &TokenRow,
        printed: Option<PrintedRow>,
        handed_over: Option<HandedOverRow>,
        now: Timestamp,
    ) -> Self {
        let state = token.state_at(now);
        let standing = match (handed_over, state, token.pending_until) {
            (Some(HandedOverRow { clerk, at }), _, _) => Standing::HandedOver { clerk, at, state },
            (None, State::Pending, Some(until)) => Standing::Waiting { until },
            (None, _, Some(until)) if token.state == State::Pending => {
                Standing::Over { state, at: until, reason: Some(LAPSED.to_owned()) }
            }
            _ => Standing::Over { state, at: token.state_since, reason: token.reason.clone() },
        };
        let (clerk, printed_at) =
            printed.map_or((String::new(), token.came_at), |printed| (printed.clerk, printed.at));
        Self { serial: token.serial.clone(), clerk, printed_at, standing }
    }

    /// Reads what became of a token's card.
    pub(super) fn read(
        transaction: &mut Transaction<'_>,
        token: &TokenRow,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let printed = PrintedRow::find(transaction, token)?;
        let handed_over = HandedOverRow::find(transaction, token)?;
        Ok(Self::of(token, printed, handed_over, now))
    }
}

/// The card of a holder that waits to be handed over, if one does.
///
/// # Errors
/// [`CounterError`].
pub fn waiting(
    store: &mut Store,
    holder: &HolderId,
    now: Timestamp,
) -> Result<Option<CounterCard>, CounterError> {
    let mut transaction = store.read()?;
    let pending = token::pending_of(&mut transaction, holder.as_str())?;
    let Some(token) = pending.filter(|token| token.state_at(now) == State::Pending) else {
        return Ok(None);
    };
    Ok(Some(CounterCard::read(&mut transaction, &token, now)?))
}

/// The card of a holder that was printed at a counter last, whatever became of it.
///
/// # Errors
/// [`CounterError`].
pub fn latest(
    store: &mut Store,
    holder: &HolderId,
    now: Timestamp,
) -> Result<Option<CounterCard>, CounterError> {
    let mut transaction = store.read()?;
    let Some(serial) = PrintedRow::latest(&mut transaction, holder.as_str())? else {
        return Ok(None);
    };
    let token = token::of_holder(&mut transaction, holder.as_str(), &serial)?;
    let card = token.map(|token| CounterCard::read(&mut transaction, &token, now));
    Ok(card.transpose()?)
}

/// What became of a holder's card that was printed at a counter; none if the token was never.
///
/// # Errors
/// [`CounterError`].
pub fn card(
    store: &mut Store,
    holder: &HolderId,
    serial: &Serial,
    now: Timestamp,
) -> Result<Option<CounterCard>, CounterError> {
    let mut transaction = store.read()?;
    let Some(token) = token::of_holder(&mut transaction, holder.as_str(), serial)? else {
        return Ok(None);
    };
    if PrintedRow::find(&mut transaction, &token)?.is_none() {
        return Ok(None);
    }
    Ok(Some(CounterCard::read(&mut transaction, &token, now)?))
}

/// Ends a pending token whose time is up, in a lane that is locked.
pub(super) fn lapse(
    transaction: &mut Transaction<'_>,
    head: &mut Head,
    token: &TokenRow,
    clerk: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    token::end(transaction, token, State::Voided, Some(LAPSED), now)?;
    let reference = audit::reference(transaction, &token.holder)?;
    let entry = Entry {
        event: Event::CardLapsed,
        reference: reference.as_deref(),
        serial: Some(&token.serial.to_string()),
        position: None,
        detail: "",
    };
    audit::append(transaction, head, now, clerk, &[entry])
}

/// The lane of a holder, locked.
pub(super) fn locked(
    transaction: &mut Transaction<'_>,
    holder: &HolderId,
) -> Result<Head, StoreError> {
    audit::lock(transaction, Lane::of(holder.as_str()))
}
