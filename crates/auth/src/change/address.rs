//! The address: looked at, corrected, and confirmed by a code that is sent there.

use std::net::IpAddr;

use rand::TryCryptoRng;
use tokenkaart_token::token::Random;

use super::{Change, ChangeKind, Changed, Stage, tell};
use crate::{
    account::EmailAddress,
    mail_code::{self, Bound, Judged, Prepared},
    outbox::CodeUse,
    sign_in::{Service, SignInError},
    store::{
        Pool, StoreError, Transaction, account,
        audit::{self, Event},
        change::ChangeRow,
        sealed::of_detail,
    },
    totp::Digits,
    verify::{Clock, retry::retried},
};

impl Change {
    fn bound(&self) -> Bound<'_> {
        Bound { lane: self.row.lane, id: &self.row.id }
    }

    /// Sends a code to an address; `from` is where that is asked for. Whether another account has the
    /// address isn't told before somebody has read a code there.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn send_code<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        address: &EmailAddress,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        let (Some(sealer), Some(outbox)) = (&service.sealer, service.outbox()) else {
            return Ok(Changed::Over);
        };
        if !matches!(self.stage, Stage::Address | Stage::Confirm) {
            return Ok(Changed::Next);
        }
        if self.kind == ChangeKind::First && !self.is_other(address.as_str()) {
            // The link was read there.
            return self.go_to(pool, &self.at(Stage::Act));
        }
        let now = clock.now().timestamp();
        let mut store = pool.get()?;
        if let Some(until) = service.take_mail(&mut store, address.as_str(), from, now)? {
            return Ok(Changed::Wait { until, step: self });
        }
        let failed = |error: R::Error| SignInError::random(&error);
        let prepared = Prepared::new(
            (sealer, outbox),
            self.bound(),
            (address.as_str(), &self.account),
            (CodeUse::Address, &self.row.request),
            now,
            random,
        );
        let prepared = prepared.map_err(failed)?;
        let place = of_detail(self.row.lane, &self.row.id);
        let detail = sealer.seal(&place, address.as_str().as_bytes(), random).map_err(failed)?;
        let row = ChangeRow { detail: Some(detail), ..self.at(Stage::Confirm) };
        let is_ours = retried(|| -> Result<bool, StoreError> {
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, row.lane)?;
            if !row.advance(&mut transaction, self.stage.as_str())? {
                return Ok(false);
            }
            prepared.put(&mut transaction)?;
            let (actor, mailed) = (&service.gate.actor, (Event::CodeMailed, "to an address"));
            tell(&mut transaction, &mut head, &row, mailed, actor, now)?;
            transaction.commit()?;
            Ok(true)
        })?;
        Ok(if is_ours { Changed::Next } else { Changed::Over })
    }

    /// Whether an address is another one than the account's.
    pub(super) fn is_other(&self, address: &str) -> bool {
        address.to_lowercase() != self.account.email.to_lowercase()
    }

    /// Has an address be the account's, in place of the one before; a conflict when it is somebody's.
    pub(super) fn put_address(
        &self,
        transaction: &mut Transaction<'_>,
        address: &str,
    ) -> Result<(), StoreError> {
        let (holder, before) = (self.row.holder.as_str(), self.account.email.to_lowercase());
        account::insert_email(transaction, &address.to_lowercase(), holder)?;
        account::delete_email(transaction, &before, holder)?;
        account::set_email(transaction, holder, address)
    }

    /// Back to the address, to correct it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn other_address(self, pool: &Pool) -> Result<Changed, SignInError> {
        if self.stage != Stage::Confirm {
            return Ok(Changed::Next);
        }
        self.go_to(pool, &self.at(Stage::Address))
    }

    /// Writes that the change has come to a row.
    pub(super) fn go_to(&self, pool: &Pool, row: &ChangeRow) -> Result<Changed, SignInError> {
        let is_ours = retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let is_ours = row.advance(&mut transaction, self.stage.as_str())?;
            transaction.commit()?;
            Ok(is_ours)
        })?;
        Ok(if is_ours { Changed::Next } else { Changed::Over })
    }

    /// Gives the code that was sent. The caller is to wipe `typed`.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn confirm<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        typed: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        let Some(sealer) = &service.sealer else { return Ok(Changed::Over) };
        if self.stage != Stage::Confirm {
            return Ok(Changed::Next);
        }
        let Ok(digits) = Digits::read(typed) else { return Ok(Changed::Slip(self)) };
        // A right code is used up, and what it has proven is kept in the same transaction.
        let stage = if self.kind == ChangeKind::First { Stage::Act } else { Stage::Method };
        let row = self.at(stage);
        let judged = retried(|| -> Result<Option<Judged>, SignInError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            audit::lock(&mut transaction, self.row.lane)?;
            let now = clock.now().timestamp();
            let judged = mail_code::judge(&mut transaction, sealer, self.bound(), digits, now)?;
            if judged == Judged::Right && !row.advance(&mut transaction, self.stage.as_str())? {
                return Ok(None);
            }
            transaction.commit()?;
            Ok(Some(judged))
        })?;
        let confirmed = match judged {
            None => return Ok(Changed::Over),
            Some(Judged::Wrong) => return Ok(Changed::Refused(self)),
            Some(Judged::Over) => return Ok(Changed::CodeOver(self)),
            Some(Judged::Right) => Self { row, stage, ..self },
        };
        match confirmed.kind {
            ChangeKind::Email => confirmed.finish(service, pool, None, clock, random),
            ChangeKind::Mail => confirmed.activate_mail(service, pool, clock, random),
            _ => Ok(Changed::Next),
        }
    }
}
