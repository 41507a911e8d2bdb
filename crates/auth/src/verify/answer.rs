//! Judging an answer: it takes a place first, is hashed then, and judged last.

use jiff::{SignedDuration, Timestamp};
use tokenkaart_token::{
    hash::{KeyId, PhcString, Scheme},
    token::{Code, CodeFormat, Slip},
};

use super::{ChallengeId, Clock, Gate, Policy, VerifyError, held::Held, retry::retried};
use crate::{
    Lane,
    store::{
        Cause, Pool, State, Store, StoreError, StoreRow, Transaction,
        audit::{self, Entry, Event},
        challenge::{self, About, ChallengeRow},
        token::{self, TokenRow},
    },
};

/// How long one waits while others are being judged who take all places.
const MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// What came of an answer; what may be told to whoever gave it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// The code was right. It is used now.
    Accepted {
        /// Codes of the token that have not been used.
        left: u8,
        /// Whether these are few: it is time for a new token.
        low: bool,
    },
    /// The code was wrong, or none could be right; nobody is told which.
    Refused,
    /// Too many answers were wrong; this one was not looked at.
    Wait {
        /// Until when no answer is taken.
        until: Timestamp,
    },
    /// What was typed is no code of any card: a typing slip, which is not counted.
    Slip(Slip),
    /// The challenge is answered, has expired, never was, or is of a token that a new one has
    /// voided; ask a new one.
    Over,
}

/// An answer that has taken its place, and is to be hashed.
struct Guess {
    /// Its number among those of the holder.
    number: i64,
    /// None when what was typed was one slip too many.
    code: Option<Code>,
    hash: PhcString,
    key_id: Option<KeyId>,
    /// Whether the code may be right at all.
    is_usable: bool,
}

enum Taken {
    Settled(Answer),
    Guess(Box<Guess>),
}

/// What a challenge and its holder are, while the lane is locked.
struct Looked {
    row: ChallengeRow,
    held: Held,
    /// The hash of the code that is asked for, of the face's token.
    hash: Option<PhcString>,
    is_used: bool,
}

impl Looked {
    /// Whether the code that is asked for may let the holder in now.
    fn is_usable(&self, policy: &Policy) -> bool {
        let serial = self.held.live().map(|token| &token.serial);
        self.held.is_usable
            && serial.is_some()
            && serial == self.row.serial.as_ref()
            && (!self.is_used || policy.reuse)
    }
}

impl Gate {
    /// Judges what was typed as the answer to a challenge.
    ///
    /// Of any number of right answers to one challenge, given at once, one is accepted. The caller
    /// is to wipe `typed`.
    ///
    /// # Errors
    /// [`VerifyError`], for the operator; nothing of the code is in it, and nobody is let in.
    pub fn answer(
        &self,
        store: &mut Store,
        id: &ChallengeId,
        typed: &str,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Answer, VerifyError> {
        match retried(|| self.take(store, id, typed, clock))? {
            Taken::Settled(answer) => Ok(answer),
            Taken::Guess(guess) => {
                let is_right = match self.is_right(&guess) {
                    Ok(is_right) => is_right,
                    Err(error) => {
                        retried(|| self.give_back(store, id, &guess, clock))?;
                        return Err(error);
                    }
                };
                retried(|| self.judge(store, id, &guess, is_right, clock))
            }
        }
    }

    /// The same, with a connection of a pool that others have while the code is hashed.
    ///
    /// # Errors
    /// [`VerifyError`], for the operator; nothing of the code is in it, and nobody is let in.
    pub fn answer_with(
        &self,
        pool: &Pool,
        id: &ChallengeId,
        typed: &str,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Answer, VerifyError> {
        let taken = retried(|| self.take(&mut *pool.get()?, id, typed, clock))?;
        match taken {
            Taken::Settled(answer) => Ok(answer),
            Taken::Guess(guess) => {
                let is_right = match self.is_right(&guess) {
                    Ok(is_right) => is_right,
                    Err(error) => {
                        retried(|| self.give_back(&mut *pool.get()?, id, &guess, clock))?;
                        return Err(error);
                    }
                };
                retried(|| self.judge(&mut *pool.get()?, id, &guess, is_right, clock))
            }
        }
    }

    fn is_right(&self, guess: &Guess) -> Result<bool, VerifyError> {
        let Some(code) = &guess.code else { return Ok(false) };
        let pepper = self.peppers.find(guess.key_id)?;
        let mut memory = self.peppers.memory(guess.hash.scheme())?;
        Ok(memory.verify(pepper, |verifier| verifier.verify(code, &guess.hash))?)
    }

    /// Frees the place of an answer that nobody has judged, which is no attempt of the holder's.
    fn give_back(
        &self,
        store: &mut Store,
        id: &ChallengeId,
        guess: &Guess,
        clock: &(impl Clock + ?Sized),
    ) -> Result<(), VerifyError> {
        let mut transaction = store.begin()?;
        if let Some(looked) = self.look_at(&mut transaction, id, clock)? {
            challenge::drop_guess(&mut transaction, &looked.row, guess.number)?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// Takes a place for the answer, if it is one to be judged, before anything is hashed.
    fn take(
        &self,
        store: &mut Store,
        id: &ChallengeId,
        typed: &str,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Taken, VerifyError> {
        let mut transaction = store.begin()?;
        let over = Ok(Taken::Settled(Answer::Over));
        let Some(looked) = self.look_at(&mut transaction, id, clock)? else { return over };
        let moment = looked.held.moment();
        if !looked.row.is_open(moment) || looked.held.succeeds(&looked.row) {
            return over;
        }
        if let Some(until) = looked.held.wait(&self.policy) {
            return Ok(Taken::Settled(Answer::Wait { until }));
        }
        let is_usable = looked.is_usable(&self.policy);
        let asked = self.asked_for(&looked, is_usable)?;
        let code = match asked.format.read(typed) {
            Ok(code) => Some(code),
            Err(slip) if looked.row.slips < self.policy.slips.into() => {
                challenge::slip(&mut transaction, looked.row.lane, id.as_str())?;
                transaction.commit()?;
                return Ok(Taken::Settled(Answer::Slip(slip)));
            }
            Err(_) => None,
        };
        // An operator's mistake is no attempt of the holder's.
        self.peppers.find(asked.key_id)?;
        if looked.held.is_full(&self.policy) {
            if !looked.held.is_stale() {
                let until = moment.saturating_add(MOMENT).unwrap_or(Timestamp::MAX);
                return Ok(Taken::Settled(Answer::Wait { until }));
            }
            // Of verifiers that died, or all of them by a clock that is ahead. Whoever is still
            // being judged is judged by what the token is then, so nobody gets past the limit.
            challenge::drop_guesses(&mut transaction, looked.row.lane, &looked.row.holder)?;
        }
        if looked.held.is_renewed {
            challenge::drop_guesses(&mut transaction, looked.row.lane, &looked.row.holder)?;
            looked.held.set_attempts(&mut transaction, &looked.row.holder)?;
        }
        let is_usable = looked.is_usable(&self.policy) && is_usable;
        let number = looked.held.about.guesses.last.saturating_add(1);
        challenge::take_guess(&mut transaction, &looked.row, number, moment)?;
        transaction.commit()?;
        let Asked { hash, key_id, .. } = asked;
        Ok(Taken::Guess(Box::new(Guess { number, code, hash, key_id, is_usable })))
    }

    /// Lets the holder in and marks the code as used, or notes a wrong answer; by what the token is
    /// now.
    fn judge(
        &self,
        store: &mut Store,
        id: &ChallengeId,
        guess: &Guess,
        is_right: bool,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Answer, VerifyError> {
        let mut transaction = store.begin()?;
        let Some(mut looked) = self.look_at(&mut transaction, id, clock)? else {
            // Answered meanwhile, and by that all places of the holder are free.
            return Ok(Answer::Over);
        };
        let comes_again = self.policy.reuse
            && looked.held.about.attempts.last_position == Some(looked.row.position);
        let is_late = comes_again || (looked.is_used && !self.policy.reuse);
        if looked.held.succeeds(&looked.row) || (is_right && guess.is_usable && is_late) {
            challenge::drop_guess(&mut transaction, &looked.row, guess.number)?;
            transaction.commit()?;
            return Ok(Answer::Over);
        }
        let may_enter = is_right && guess.is_usable && looked.is_usable(&self.policy);
        if !may_enter {
            self.refuse(&mut transaction, &mut looked, guess, is_right)?;
            transaction.commit()?;
            return Ok(Answer::Refused);
        }
        let answer = self.accept(&mut transaction, &mut looked)?;
        match transaction.commit() {
            // Somebody who locks no lane was quicker.
            Err(StoreError::Database { cause: Cause::Conflict, .. }) => Ok(Answer::Over),
            other => Ok(other.map(|()| answer)?),
        }
    }

    fn accept(
        &self,
        transaction: &mut Transaction<'_>,
        looked: &mut Looked,
    ) -> Result<Answer, StoreError> {
        let Looked { row, held, is_used, .. } = looked;
        let moment = held.moment();
        // A token that is usable is there.
        let Some(token) = held.live().cloned() else { return Ok(Answer::Refused) };
        challenge::answer(transaction, row, &token.serial, !*is_used, moment)?;
        challenge::drop_guesses(transaction, row.lane, &row.holder)?;
        let attempts = &mut held.about.attempts;
        attempts.failures = 0;
        attempts.not_before = moment.as_millisecond();
        attempts.asked = 0;
        attempts.last_position = Some(row.position);
        attempts.last_used = Some(moment.as_millisecond());
        held.set_attempts(transaction, &row.holder)?;
        let reference = held.refer(transaction, &row.holder, "")?;
        let left = token.unused.saturating_sub(u8::from(!*is_used));
        let text = token.serial.to_string();
        let entry = Entry {
            event: Event::Accepted,
            reference: Some(&reference),
            serial: Some(&text),
            position: Some(row.position.number()),
            detail: &format!("{left} left"),
        };
        audit::append(transaction, &mut held.head, moment, &self.actor, &[entry])?;
        let low = !self.policy.reuse && left <= self.policy.warn_below;
        Ok(Answer::Accepted { left, low })
    }

    /// Notes a wrong answer, and locks the token if it was the last that is taken.
    fn refuse(
        &self,
        transaction: &mut Transaction<'_>,
        looked: &mut Looked,
        guess: &Guess,
        is_right: bool,
    ) -> Result<(), StoreError> {
        let is_usable = looked.is_usable(&self.policy);
        let Looked { row, held, is_used, .. } = looked;
        let moment = held.moment();
        challenge::drop_guess(transaction, row, guess.number)?;
        let attempts = &mut held.about.attempts;
        attempts.failures = attempts.failures.saturating_add(1);
        attempts.not_before = self.policy.not_before(attempts.failures, moment);
        let failures = attempts.failures;
        held.set_attempts(transaction, &row.holder)?;
        let detail = match (held.why_not(), &guess.code) {
            (_, _) if guess.is_usable && !is_usable => "changed meanwhile",
            ("", _) if *is_used && !self.policy.reuse => "no code left",
            ("", Some(_)) if is_right || !is_usable => "changed meanwhile",
            ("", Some(_)) => "wrong code",
            ("", None) => "too many slips",
            (why, _) => why,
        };
        let reference = held.refer(transaction, &row.holder, "")?;
        let serial = row.serial.as_ref().map(ToString::to_string);
        let entry = Entry {
            event: Event::Refused,
            reference: Some(&reference),
            serial: serial.as_deref(),
            position: Some(row.position.number()),
            detail,
        };
        audit::append(transaction, &mut held.head, moment, &self.actor, &[entry])?;
        let is_last = failures >= self.policy.lock_after.failures();
        let live = held.live().filter(|token| is_last && token.state == State::Active).cloned();
        match live {
            Some(token) => self.lock(transaction, held, &token, Some(&reference)),
            None => Ok(()),
        }
    }

    fn lock(
        &self,
        transaction: &mut Transaction<'_>,
        held: &mut Held,
        token: &TokenRow,
        reference: Option<&str>,
    ) -> Result<(), StoreError> {
        let reason = format!("{} wrong answers in a row", self.policy.lock_after.failures());
        let moment = held.moment();
        token::hold(transaction, token, State::Locked, Some(&reason), moment)?;
        let entry = Entry {
            event: Event::Locked,
            reference,
            serial: Some(&token.serial.to_string()),
            position: None,
            detail: &reason,
        };
        audit::append(transaction, &mut held.head, moment, &self.actor, &[entry])
    }

    /// Locks the lane of a challenge, and looks at its holder: one journey. None when there is no
    /// such challenge.
    fn look_at(
        &self,
        transaction: &mut Transaction<'_>,
        id: &ChallengeId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<Looked>, StoreError> {
        let lane: Lane = id.lane();
        let key = || vec![lane.into(), id.as_str().into()];
        let found = transaction.all(vec![
            (audit::LOCK, vec![lane.into()]),
            (challenge::ABOUT_CHALLENGE, key()),
            (token::FACE_OF_CHALLENGE, key()),
        ])?;
        let now = clock.now();
        let first = |place: usize| found.get(place).and_then(|rows| rows.first());
        let Some(about) = first(1) else { return Ok(None) };
        let row = ChallengeRow::read(lane, about)?;
        let head = audit::locked(lane, first(0))?;
        let face = first(2);
        let hash = face.map(|row| row.parsed_or_null("hash")).transpose()?.flatten();
        let used_at = |row: &StoreRow| row.int_or_null("position_used_at");
        let is_used = face.map(used_at).transpose()?.flatten().is_some();
        let face = face.map(TokenRow::read).transpose()?;
        let held = Held::new(head, About::read(about)?, face, &self.policy, now);
        Ok(Some(Looked { row, held, hash, is_used }))
    }

    /// What an answer is compared with. Where no code can be right, it is what costs the same: a hash
    /// like those of the holder's last token, or for an unknown holder like those of most tokens. That
    /// needs no pepper, which may be gone with the last token that it keyed.
    fn asked_for(&self, looked: &Looked, is_usable: bool) -> Result<Asked, VerifyError> {
        if let Some(token) = &looked.held.face {
            let hash = looked
                .hash
                .clone()
                .ok_or_else(|| VerifyError::NoHash { serial: token.serial.to_string() })?;
            let serial = || token.serial.to_string();
            let dear = |why| VerifyError::Dear { serial: serial(), why };
            self.policy.ceiling.require(hash.scheme()).map_err(dear)?;
            let (hash, key_id) = if is_usable {
                (hash, token.key_id)
            } else {
                (PhcString::of_no_code(hash.scheme()), None)
            };
            return Ok(Asked { format: token.code_format.clone(), hash, key_id });
        }
        let (scheme, format) = match &looked.held.about.decoy {
            Some((scheme, format)) => {
                (scheme.parse().ok(), serde_json::from_str(format).unwrap_or_default())
            }
            None => (None, CodeFormat::default()),
        };
        let is_bearable = |scheme: &Scheme| self.policy.ceiling.require(*scheme).is_ok();
        let scheme = scheme.filter(is_bearable).unwrap_or_default();
        Ok(Asked { format, hash: PhcString::of_no_code(scheme), key_id: None })
    }
}

/// What an answer is read as and compared with.
struct Asked {
    format: CodeFormat,
    hash: PhcString,
    key_id: Option<KeyId>,
}
