//! The code of a token: asked for, and judged.

use std::{fmt, net::IpAddr};

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{
    holder::HolderId,
    token::{Random, Slip},
};

use super::{BothFactors, CodeAsked, KeyAsked, PasswordProven, Service, SignInError, enter::enter};
use crate::{
    Key, SessionId,
    session::Demand,
    store::{
        Pool, StoreError, Transaction, audit, challenge,
        session::{self, Reached, StepRow},
    },
    verify::{Answer, Asked, Clock, retry::retried},
};

/// What comes of asking for a code.
#[derive(Debug)]
pub enum Question {
    /// The code at a position is to be given.
    Asked(CodeAsked),
    /// The code of an app, or one that was sent by e-mail, is to be given.
    KeyAsked(KeyAsked),
    /// Too many were wrong.
    Wait {
        /// Until when none is asked for.
        until: Timestamp,
        /// The step, to be taken again.
        step: PasswordProven,
    },
    /// The application doesn't take the key, or no longer: nothing is asked.
    NotTaken,
    /// The sign-in is over.
    Over,
}

/// What came of a code; what may be told to whoever gave it.
#[derive(Debug)]
pub enum CodeAnswer {
    /// Both factors were right.
    SignedIn(SignedIn),
    /// The code was wrong, or none could be right; nobody is told which.
    Refused(CodeAsked),
    /// What was typed is no code of any card: a typing slip, which is not counted.
    Slip(Slip, CodeAsked),
    /// Too many were wrong; this one was not looked at.
    Wait {
        /// Until when none is taken.
        until: Timestamp,
        /// The step, to be taken again.
        step: CodeAsked,
    },
    /// The question is over; ask another.
    Again(PasswordProven),
    /// The application doesn't take the key, or no longer; the code was not looked at.
    NotTaken,
    /// The sign-in is over: too many codes were wrong, or an operator or another window has ended
    /// it. Whoever it is begins again, or goes to the desk.
    Ended,
}

/// Somebody has signed in.
pub struct SignedIn {
    /// The name of their session.
    pub session: SessionId,
    /// Who it is.
    pub holder: HolderId,
    /// What the application asked for, as it was given to [`Service::begin`].
    pub request: String,
    /// Codes of the token that have not been used.
    pub left: u8,
    /// Whether these are few: it is time for a new token.
    pub low: bool,
    /// What a change of the account takes.
    pub proof: BothFactors,
}

/// Neither the holder nor what the application asked for is for a log.
impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedIn({} left)", self.left)
    }
}

impl PasswordProven {
    /// Asks for a code of the key, where the application takes it today: of the token at a position,
    /// of the app, or one that is sent by e-mail now; `from` is where that is asked for.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn ask<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        demand: &Demand,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Question, SignInError> {
        if !demand.takes(self.key) {
            return Ok(Question::NotTaken);
        }
        if self.key != Key::Token {
            return self.ask_key(service, pool, from, clock, random);
        }
        let mut store = pool.get()?;
        let asked = service.gate.challenge(&mut store, &self.holder, clock, random)?;
        let challenge = match asked {
            Asked::Wait { until } => return Ok(Question::Wait { until, step: self }),
            Asked::Challenge(challenge) => challenge,
        };
        let before = self.row.reached;
        let row = StepRow {
            reached: Reached::Asked,
            challenge: Some(challenge.id.to_string()),
            ..self.row
        };
        let is_ours = retried(|| -> Result<bool, StoreError> {
            let mut transaction = store.begin()?;
            let is_ours = row.advance(&mut transaction, before)?;
            transaction.commit()?;
            Ok(is_ours)
        })?;
        if !is_ours {
            return Ok(Question::Over);
        }
        let proven = Self { row, ..self };
        Ok(Question::Asked(CodeAsked { proven, challenge }))
    }
}

impl CodeAsked {
    /// Gives a code. The caller is to wipe `typed`.
    ///
    /// # Errors
    /// [`SignInError`], for the operator; nobody is let in.
    pub fn answer<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        typed: &str,
        demand: &Demand,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<CodeAnswer, SignInError> {
        if !demand.takes(self.proven.key) {
            return Ok(CodeAnswer::NotTaken);
        }
        let lane = self.proven.row.lane;
        let id = SessionId::draw(lane, random).map_err(|error| SignInError::random(&error))?;
        match service.gate.answer_with(pool, &self.challenge.id, typed, clock)? {
            Answer::Accepted { left, low } => {
                self.sign_in(service, pool, id, clock, Codes { left, low })
            }
            Answer::Refused => {
                if service.has_ended(pool, &self.proven)? {
                    Ok(CodeAnswer::Ended)
                } else {
                    Ok(CodeAnswer::Refused(self))
                }
            }
            Answer::Wait { until } => Ok(CodeAnswer::Wait { until, step: self }),
            Answer::Slip(slip) => Ok(CodeAnswer::Slip(slip, self)),
            Answer::Over => Ok(CodeAnswer::Again(self.proven)),
        }
    }

    fn sign_in(
        self,
        service: &Service,
        pool: &Pool,
        id: SessionId,
        clock: &(impl Clock + ?Sized),
        codes: Codes,
    ) -> Result<CodeAnswer, SignInError> {
        let lane = self.proven.row.lane;
        let proof = retried(|| -> Result<Option<BothFactors>, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, lane)?;
            let now = clock.now().timestamp();
            let entered = enter(&mut transaction, &mut head, &self.proven, &id, service, now)?;
            transaction.commit()?;
            Ok(entered)
        })?;
        let Some(proof) = proof else { return Ok(CodeAnswer::Ended) };
        let PasswordProven { row: step, holder, .. } = self.proven;
        let Codes { left, low } = codes;
        let request = step.request;
        Ok(CodeAnswer::SignedIn(SignedIn { session: id, holder, request, left, low, proof }))
    }
}

/// What is left of a token.
#[derive(Clone, Copy)]
struct Codes {
    left: u8,
    low: bool,
}

impl Service {
    /// Whether a holder's last wrong code of a token was one too many: whoever gave it has to begin
    /// again, whether a token was locked by it or not.
    pub(crate) fn is_up(
        &self,
        transaction: &mut Transaction<'_>,
        holder: &HolderId,
    ) -> Result<bool, StoreError> {
        let lock_after = self.gate.policy.lock_after.failures();
        let attempts = challenge::attempts_of(transaction, holder.as_str())?;
        let failures = attempts.map_or(0, |attempts| attempts.failures);
        Ok(failures > 0 && failures % lock_after == 0)
    }

    /// Whether a wrong code has ended a sign-in: the token was locked by it, or would have been,
    /// had it not been locked or put aside before.
    fn has_ended(&self, pool: &Pool, proven: &PasswordProven) -> Result<bool, SignInError> {
        let PasswordProven { row, holder, .. } = proven;
        Ok(retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            audit::lock(&mut transaction, row.lane)?;
            if self.is_up(&mut transaction, holder)? {
                session::abandon(&mut transaction, row.lane, &row.id)?;
                transaction.commit()?;
                return Ok(true);
            }
            let now = Timestamp::MIN;
            Ok(StepRow::find(&mut transaction, row.lane, &row.id, now)?.is_none())
        })?)
    }
}
