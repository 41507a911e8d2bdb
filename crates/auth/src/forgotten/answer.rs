//! The code by e-mail, judged.

use rand::TryCryptoRng;
use tokenkaart_token::token::Random;

use super::{Forgotten, ForgottenAnswer, ForgottenStage, WHAT, name_of};
use crate::{
    ChangeId,
    change::{self, ChangeKind},
    mail_code::{self, Bound, Judged},
    sign_in::{Service, SignInError},
    store::{Pool, StoreError, audit, change::ChangeRow},
    totp::Digits,
    verify::{Clock, retry::retried},
};

impl Forgotten {
    /// Gives the code that was sent. The caller is to wipe `typed`.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn answer_mail<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        typed: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<ForgottenAnswer, SignInError> {
        let (Some(sealer), ForgottenStage::Mail) = (&service.sealer, self.stage) else {
            return Ok(ForgottenAnswer::Next);
        };
        let Ok(digits) = Digits::read(typed) else { return Ok(ForgottenAnswer::Slip(None, self)) };
        let now = clock.now().timestamp();
        let bound = Bound { lane: self.row.lane, id: &self.row.id };
        // A right code is used up with the id; of two who bring it one comes through.
        let judged = retried(|| -> Result<Option<Judged>, SignInError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            audit::lock(&mut transaction, bound.lane)?;
            let judged = mail_code::judge(&mut transaction, sealer, bound, digits, now)?;
            if judged == Judged::Right && !self.row.take(&mut transaction)? {
                return Ok(None);
            }
            transaction.commit()?;
            Ok(Some(judged))
        })?;
        match judged {
            None => return Ok(ForgottenAnswer::Over),
            Some(Judged::Wrong) => return Ok(ForgottenAnswer::Refused(self)),
            Some(Judged::Over) => return Ok(ForgottenAnswer::CodeOver),
            Some(Judged::Right) => {}
        }
        let (id, row) = change::begun(ChangeKind::Password, &self.row.holder, now, random)?;
        let stage = name_of(ForgottenStage::Key).to_owned();
        let row = ChangeRow { what: WHAT.to_owned(), stage, ..row };
        insert(pool, &row)?;
        Ok(ForgottenAnswer::Mailed(id))
    }

    /// Both codes were right: the row before is gone with it, and of two who bring it one comes through.
    pub(super) fn proven<R: TryCryptoRng>(
        &self,
        now: jiff::Timestamp,
        random: &mut Random<R>,
    ) -> Result<(ChangeId, ChangeRow), SignInError> {
        let key = match self.stage {
            ForgottenStage::App => crate::Key::App,
            _ => crate::Key::Token,
        };
        let (id, row) = change::begun(ChangeKind::Password, &self.row.holder, now, random)?;
        Ok((id, ChangeRow { key: Some(key), ..row }))
    }
}

fn insert(pool: &Pool, row: &ChangeRow) -> Result<(), StoreError> {
    retried(|| {
        let mut store = pool.get()?;
        let mut transaction = store.begin()?;
        row.insert(&mut transaction)?;
        transaction.commit()
    })
}
