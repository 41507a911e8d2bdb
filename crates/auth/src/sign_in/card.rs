//! A new card: somebody who is signed in asks the office for one.

use tokenkaart_token::holder::HolderId;

use super::{Service, SignInError};
use crate::{
    SessionId,
    session::Session,
    store::{
        Pool, StoreError,
        audit::{self, Entry, Event},
        token,
    },
    verify::{Clock, retry::retried},
};

/// What came of asking for a new card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CardRequest {
    /// The office has the request, now or since before.
    Asked,
    /// There is no live token that a new one could take the place of.
    NoToken,
    /// Nobody is signed in.
    Over,
}

impl Service {
    /// Asks for a new card in place of the live token of whoever is signed in. The old one counts
    /// until the new one is there, and a second request for it changes nothing.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn ask_for_card(
        &self,
        pool: &Pool,
        id: &SessionId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<CardRequest, SignInError> {
        let Some(Session { holder, .. }) = self.session(pool, id, clock)? else {
            return Ok(CardRequest::Over);
        };
        Ok(retried(|| self.keep_request(pool, &holder, clock))?)
    }

    fn keep_request(
        &self,
        pool: &Pool,
        holder: &HolderId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<CardRequest, StoreError> {
        let mut store = pool.get()?;
        let mut transaction = store.begin()?;
        let lane = crate::Lane::of(holder.as_str());
        let mut head = audit::lock(&mut transaction, lane)?;
        let Some(live) = token::live_of(&mut transaction, holder.as_str())? else {
            return Ok(CardRequest::NoToken);
        };
        let now = clock.now().timestamp();
        if !token::ask_for(&mut transaction, &live, now)? {
            return Ok(CardRequest::Asked);
        }
        let (serial, reference) =
            (live.serial.to_string(), audit::reference(&mut transaction, holder.as_str())?);
        let entry = Entry {
            event: Event::CardAsked,
            reference: reference.as_deref(),
            serial: Some(&serial),
            position: None,
            detail: "",
        };
        audit::append(&mut transaction, &mut head, now, &self.gate.actor, &[entry])?;
        transaction.commit()?;
        Ok(CardRequest::Asked)
    }
}
