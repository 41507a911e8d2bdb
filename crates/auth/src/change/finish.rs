//! The last step of a change: all of it in one transaction, and the mails that tell of it.

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::token::Random;

use super::{Change, Changed, Done, tell};
use crate::{
    Key,
    outbox::{News, Outgoing},
    sign_in::{Service, SignInError},
    store::{
        Cause, Pool, State, StoreError, Transaction,
        audit::{self, Entry, Event, Head},
        change,
        key::KeyRow,
        session, token,
    },
    verify::{Clock, retry::retried},
};

/// A key that becomes active.
pub(super) struct NewKey {
    pub(super) row: KeyRow,
    /// The step of an app whose code has proven it.
    pub(super) step: Option<i64>,
}

impl Change {
    /// Has the address be confirmed, and the account's own; and a key be active, for which the token
    /// ends where the office has it so.
    pub(super) fn finish<R: TryCryptoRng>(
        &self,
        service: &Service,
        pool: &Pool,
        new: Option<&NewKey>,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        let address = self.address(service)?;
        let has_confirmed = self.row.detail.is_some();
        let is_other = self.is_other(&address);
        let ends = new.is_some() && service.rules.ends_token && self.row.key == Some(Key::Token);
        let now = clock.now().timestamp();
        let mails = self.mails(service, new, &address, is_other, ends, now, random)?;
        let actor = &service.gate.actor;
        let done = retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, self.row.lane)?;
            if !self.row.take(&mut transaction)? {
                return Ok(false);
            }
            let holder = self.row.holder.as_str();
            if has_confirmed {
                change::confirm(&mut transaction, holder, &address, now)?;
                let confirmed = (Event::AddressConfirmed, "");
                tell(&mut transaction, &mut head, &self.row, confirmed, actor, now)?;
            }
            if is_other {
                self.put_address(&mut transaction, &address)?;
                let changed = (Event::AddressChanged, "");
                tell(&mut transaction, &mut head, &self.row, changed, actor, now)?;
            }
            if let Some(NewKey { row, step }) = new {
                row.put(&mut transaction)?;
                if let Some(step) = step {
                    row.take_step(&mut transaction, *step, now)?;
                }
                let active = (Event::KeyActive, row.key.as_str());
                tell(&mut transaction, &mut head, &self.row, active, actor, now)?;
                if ends {
                    let by = format!("replaced by {}", row.key);
                    self.end_token(&mut transaction, &mut head, &by, actor, now)?;
                }
            }
            for mail in &mails {
                mail.insert(&mut transaction)?;
            }
            transaction.commit()?;
            Ok(true)
        });
        match done {
            Ok(false) => return Ok(Changed::Over),
            // Another account has the address.
            Err(StoreError::Database { cause: Cause::Conflict, .. }) if is_other => {
                return Ok(Changed::AddressTaken);
            }
            other => other?,
        };
        Ok(Changed::Done(match new {
            Some(new) => Done::KeyActive {
                key: new.row.key,
                token_ended: ends,
                request: self.row.request.clone(),
            },
            None => Done::AddressChanged,
        }))
    }

    /// Ends the token, since another key takes its place, and all sessions with it.
    fn end_token(
        &self,
        transaction: &mut Transaction<'_>,
        head: &mut Head,
        by: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let holder = self.row.holder.as_str();
        let Some(token) = token::live_of(transaction, holder)? else { return Ok(()) };
        token::end(transaction, &token, State::Voided, Some(by), now)?;
        session::end_all(transaction, self.row.lane, holder)?;
        let reference = audit::reference(transaction, holder)?;
        let entry = Entry {
            event: Event::Replaced,
            reference: reference.as_deref(),
            serial: Some(&token.serial.to_string()),
            position: None,
            detail: by,
        };
        audit::append(transaction, head, now, actor, &[entry])
    }

    /// What is told of it, and where: of another address at both.
    // What a mail says depends on each.
    #[allow(clippy::too_many_arguments, reason = "see above")]
    fn mails<R: TryCryptoRng>(
        &self,
        service: &Service,
        new: Option<&NewKey>,
        address: &str,
        is_other: bool,
        token_ended: bool,
        now: Timestamp,
        random: &mut Random<R>,
    ) -> Result<Vec<Outgoing>, SignInError> {
        let Some(outbox) = service.outbox() else { return Ok(Vec::new()) };
        let mut told = Vec::new();
        if is_other {
            let news = News::EmailChanged { address };
            told.extend([(self.account.email.as_str(), news), (address, news)]);
        }
        if let Some(new) = new {
            told.push((address, News::KeyActive { key: new.row.key, token_ended }));
        }
        told.into_iter()
            .map(|(to, news)| outbox.tell(to, &self.account, &news, now, random))
            .collect::<Result<_, _>>()
            .map_err(|error| SignInError::random(&error))
    }
}
