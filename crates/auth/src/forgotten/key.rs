//! The code of a key that is not e-mail: asked for, and judged.

use rand::TryCryptoRng;
use tokenkaart_token::token::Random;

use super::{Forgotten, ForgottenAnswer, ForgottenStage, name_of};
use crate::{
    Key,
    mail_code::Bound,
    sign_in::{KeyJudged, Service, SignInError},
    store::{Pool, StoreError, audit, change::ChangeRow, key::KeyAttempts},
    totp::Digits,
    verify::{Answer, Asked, Clock, retry::retried},
};

impl Forgotten {
    /// Chooses the key whose code is given next, the token or an app; another one may be chosen after
    /// that. Who has no such key is asked all the same.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn choose<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        key: Key,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<ForgottenAnswer, SignInError> {
        let is_next = self.stage != ForgottenStage::Mail && Self::keys().contains(&key);
        let (true, Some(holder)) = (is_next, self.holder()) else {
            return Ok(ForgottenAnswer::Next);
        };
        let mut store = pool.get()?;
        let mut row = ChangeRow { bound_to: None, ..self.row.clone() };
        if key == Key::Token {
            match service.gate.challenge(&mut store, &holder, clock, random)? {
                Asked::Wait { until } => return Ok(ForgottenAnswer::Wait { until, step: self }),
                Asked::Challenge(challenge) => row.bound_to = Some(challenge.id.to_string()),
            }
            "token".clone_into(&mut row.stage);
        } else {
            let now = clock.now().timestamp();
            let attempts = KeyAttempts::find(&mut store.read()?, holder.as_str(), key)?;
            let policy = &service.gate.policy;
            if let Some(until) = policy.wait(attempts.failures, attempts.not_before, now) {
                return Ok(ForgottenAnswer::Wait { until, step: self });
            }
            name_of(ForgottenStage::App).clone_into(&mut row.stage);
        }
        let is_ours = retried(|| -> Result<bool, StoreError> {
            let mut transaction = store.begin()?;
            let is_ours = row.advance(&mut transaction, &self.row.stage)?;
            transaction.commit()?;
            Ok(is_ours)
        })?;
        Ok(if is_ours { ForgottenAnswer::Next } else { ForgottenAnswer::Over })
    }

    /// Gives the code of the key. The caller is to wipe `typed`.
    ///
    /// # Errors
    /// [`SignInError`], for the operator; nothing changes.
    pub fn answer_key<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        typed: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<ForgottenAnswer, SignInError> {
        match self.stage {
            ForgottenStage::Token(_) => self.answer_token(service, pool, typed, clock, random),
            ForgottenStage::App => self.answer_app(service, pool, typed, clock, random),
            ForgottenStage::Mail | ForgottenStage::Key => Ok(ForgottenAnswer::Next),
        }
    }

    fn answer_token<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        typed: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<ForgottenAnswer, SignInError> {
        let (Some(challenge), Some(holder)) = (&self.challenge, self.holder()) else {
            return Ok(ForgottenAnswer::Again);
        };
        let now = clock.now().timestamp();
        let (id, next) = self.proven(now, random)?;
        match service.gate.answer_with(pool, &challenge.id, typed, clock)? {
            Answer::Accepted { .. } => {
                let is_ours = retried(|| -> Result<bool, StoreError> {
                    let mut store = pool.get()?;
                    let mut transaction = store.begin()?;
                    audit::lock(&mut transaction, self.row.lane)?;
                    // A lock and an operator end what was under way.
                    if !self.row.take(&mut transaction)? {
                        return Ok(false);
                    }
                    next.insert(&mut transaction)?;
                    transaction.commit()?;
                    Ok(true)
                })?;
                Ok(if is_ours { ForgottenAnswer::Proven(id) } else { ForgottenAnswer::Over })
            }
            Answer::Refused => {
                let has_ended = retried(|| -> Result<bool, StoreError> {
                    let mut store = pool.get()?;
                    let mut transaction = store.begin()?;
                    audit::lock(&mut transaction, self.row.lane)?;
                    let is_up = service.is_up(&mut transaction, &holder)?;
                    if is_up {
                        self.row.take(&mut transaction)?;
                        transaction.commit()?;
                    }
                    Ok(is_up)
                })?;
                Ok(if has_ended { ForgottenAnswer::Over } else { ForgottenAnswer::Refused(self) })
            }
            Answer::Wait { until } => Ok(ForgottenAnswer::Wait { until, step: self }),
            Answer::Slip(slip) => Ok(ForgottenAnswer::Slip(Some(slip), self)),
            Answer::Over => Ok(ForgottenAnswer::Again),
        }
    }

    fn answer_app<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        typed: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<ForgottenAnswer, SignInError> {
        let Some(holder) = self.holder() else { return Ok(ForgottenAnswer::Over) };
        let Ok(digits) = Digits::read(typed) else { return Ok(ForgottenAnswer::Slip(None, self)) };
        let now = clock.now().timestamp();
        let (id, next) = self.proven(now, random)?;
        let bound = Bound { lane: self.row.lane, id: &self.row.id };
        let judged = retried(|| -> Result<Option<KeyJudged>, SignInError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, self.row.lane)?;
            let found = ChangeRow::find(&mut transaction, self.row.lane, &self.row.id, now)?;
            if found.is_none_or(|found| found.stage != self.row.stage) {
                return Ok(None);
            }
            let whose = (&holder, Key::App);
            let judged =
                service.judge_key(&mut transaction, &mut head, whose, bound, digits, now)?;
            match judged {
                KeyJudged::Right => {
                    self.row.take(&mut transaction)?;
                    next.insert(&mut transaction)?;
                }
                KeyJudged::Wrong { is_last: true } => {
                    self.row.take(&mut transaction)?;
                }
                KeyJudged::Wrong { .. } => {}
                KeyJudged::Wait(_) | KeyJudged::Over => return Ok(Some(judged)),
            }
            transaction.commit()?;
            Ok(Some(judged))
        })?;
        Ok(match judged {
            Some(KeyJudged::Right) => ForgottenAnswer::Proven(id),
            Some(KeyJudged::Wrong { is_last: false }) => ForgottenAnswer::Refused(self),
            Some(KeyJudged::Wait(until)) => ForgottenAnswer::Wait { until, step: self },
            Some(KeyJudged::Over | KeyJudged::Wrong { .. }) | None => ForgottenAnswer::Over,
        })
    }
}
