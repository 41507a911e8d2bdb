//! Judging an answer: charged first, hashed then, consumed last.

use jiff::{Timestamp, Zoned};
use tokenkaart_token::{
    hash::{KeyId, PhcString, Scheme, Verifier},
    token::{Code, CodeFormat, Slip},
};

use super::{ChallengeId, Gate, VerifyError, challenge::timestamp};
use crate::store::{
    State, Store, StoreError, Transaction,
    audit::{self, Entry, Event},
    challenge::{self, ChallengeRow},
    token::{self, TokenRow},
};

/// What came of an answer; what may be told to who gave it.
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

/// An attempt that was charged, and is to be hashed.
struct Charged {
    row: ChallengeRow,
    /// None when what was typed was one slip too many.
    code: Option<Code>,
    hash: PhcString,
    key_id: Option<KeyId>,
    /// Whether the code may be right at all.
    is_usable: bool,
    why_not: &'static str,
}

/// Whether a right code lets the holder in.
enum Taken {
    Yes(Answer),
    /// The challenge was answered meanwhile.
    Late,
    /// The token may not be used any more.
    No,
}

enum Charge {
    Settled(Answer),
    Hash(Box<Charged>),
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
        now: &Zoned,
    ) -> Result<Answer, VerifyError> {
        let charged = match self.charge(store, id, typed, now)? {
            Charge::Settled(answer) => return Ok(answer),
            Charge::Hash(charged) => charged,
        };
        let is_right = match &charged.code {
            Some(code) => {
                let pepper = self.peppers.find(charged.key_id)?;
                Verifier::new(pepper).verify(code, &charged.hash)?
            }
            None => false,
        };
        let mut transaction = store.begin()?;
        let taken = if is_right && charged.is_usable {
            self.consume(&mut transaction, id, &charged.row, now)?
        } else {
            Taken::No
        };
        let answer = match taken {
            Taken::Yes(answer) => answer,
            // What was changed for a code that turned out to be used is undone.
            Taken::Late => return Ok(Answer::Over),
            Taken::No => {
                self.refuse(&mut transaction, &charged, now)?;
                Answer::Refused
            }
        };
        transaction.commit()?;
        Ok(answer)
    }

    /// Counts the attempt, if there is one to count, before anything is hashed.
    fn charge(
        &self,
        store: &mut Store,
        id: &ChallengeId,
        typed: &str,
        now: &Zoned,
    ) -> Result<Charge, VerifyError> {
        let moment = now.timestamp();
        let mut transaction = store.begin()?;
        let over = Ok(Charge::Settled(Answer::Over));
        let Some(row) = challenge::by_id(&mut transaction, id.as_str())? else { return over };
        let held = self.held(&mut transaction, &row.holder, now)?;
        // What others did while this one waited for the lock.
        let Some(row) = challenge::by_id(&mut transaction, id.as_str())? else { return over };
        if !row.is_open(moment) || held.succeeds(&row) {
            return over;
        }
        let mut attempts = held.attempts.clone();
        if attempts.not_before > moment.as_millisecond() {
            let until = timestamp(attempts.not_before, moment);
            return Ok(Charge::Settled(Answer::Wait { until }));
        }
        let is_usable = held.is_usable
            && row.serial.is_some()
            && row.serial.as_ref() == held.live.as_ref().map(|token| &token.serial);
        let why_not = match held.why_not(now) {
            "" if !is_usable => "asked for another token",
            why => why,
        };
        let asked = asked_for(&mut transaction, &row, is_usable)?;
        let code = match asked.format.read(typed) {
            Ok(code) => Some(code),
            Err(slip) if row.slips < self.policy.slips.into() => {
                challenge::slip(&mut transaction, id.as_str())?;
                transaction.commit()?;
                return Ok(Charge::Settled(Answer::Slip(slip)));
            }
            Err(_) => None,
        };
        // An operator's mistake is no attempt of the holder's.
        self.peppers.find(asked.key_id)?;
        let is_too_many = attempts.failures >= self.policy.lock_after.failures();
        if let Some(live) = held.live.filter(|token| is_too_many && token.state == State::Active) {
            // The process that counted the last wrong answer died before it locked the token.
            self.lock(&mut transaction, &live, now)?;
        }
        attempts.failures = attempts.failures.saturating_add(1);
        attempts.not_before = self.policy.not_before(attempts.failures, moment);
        challenge::set_attempts(&mut transaction, &row.holder, &attempts)?;
        transaction.commit()?;
        let Asked { hash, key_id, .. } = asked;
        Ok(Charge::Hash(Box::new(Charged { row, code, hash, key_id, is_usable, why_not })))
    }

    /// Lets the holder in and marks the code as used, if nobody was quicker and the token is still
    /// what it was when the attempt was charged.
    fn consume(
        &self,
        transaction: &mut Transaction<'_>,
        id: &ChallengeId,
        row: &ChallengeRow,
        now: &Zoned,
    ) -> Result<Taken, StoreError> {
        let moment = now.timestamp();
        let Some(serial) = &row.serial else { return Ok(Taken::No) };
        let mut attempts = challenge::lock_attempts(transaction, &row.holder, moment)?;
        let Some(token) = token::lock(transaction, serial)? else { return Ok(Taken::No) };
        if token.state != State::Active || token.is_over(now.date()) {
            return Ok(Taken::No);
        }
        let comes_again = self.policy.reuse && token.last_position == Some(row.position);
        if comes_again || !challenge::close(transaction, id.as_str(), moment)? {
            return Ok(Taken::Late);
        }
        let consumed = token::consume(transaction, serial, row.position, moment)?;
        if !consumed && !self.policy.reuse {
            return Ok(Taken::Late);
        }
        token::note_use(transaction, serial, row.position, consumed, moment)?;
        attempts.failures = 0;
        attempts.not_before = moment.as_millisecond();
        challenge::set_attempts(transaction, &row.holder, &attempts)?;
        let left = token.unused.saturating_sub(u8::from(consumed));
        let text = serial.to_string();
        let entry = Entry {
            event: Event::Accepted,
            holder: Some(&row.holder),
            serial: Some(&text),
            position: Some(row.position.number()),
            detail: &format!("{left} left"),
        };
        audit::append(transaction, moment, &self.actor, &[entry])?;
        let low = !self.policy.reuse && left <= self.policy.warn_below;
        Ok(Taken::Yes(Answer::Accepted { left, low }))
    }

    /// Notes a wrong answer, and locks the token if it was the last that is taken.
    fn refuse(
        &self,
        transaction: &mut Transaction<'_>,
        charged: &Charged,
        now: &Zoned,
    ) -> Result<(), StoreError> {
        let row = &charged.row;
        let moment = now.timestamp();
        let attempts = challenge::lock_attempts(transaction, &row.holder, moment)?;
        let token = match row.serial.as_ref().filter(|_| charged.is_usable) {
            Some(serial) => token::lock(transaction, serial)?,
            None => None,
        };
        let serial = row.serial.as_ref().map(ToString::to_string);
        let is_active = token.as_ref().is_some_and(|token| token.state == State::Active);
        let detail = match (charged.why_not, &charged.code) {
            ("", Some(_)) if !is_active => "changed meanwhile",
            ("", Some(_)) => "wrong code",
            ("", None) => "too many slips",
            (why, _) => why,
        };
        let entry = Entry {
            event: Event::Refused,
            holder: Some(&row.holder),
            serial: serial.as_deref(),
            position: Some(row.position.number()),
            detail,
        };
        audit::append(transaction, moment, &self.actor, &[entry])?;
        let is_last =
            attempts.serial == serial && attempts.failures >= self.policy.lock_after.failures();
        match token.filter(|token| is_last && token.state == State::Active) {
            Some(token) => self.lock(transaction, &token, now),
            None => Ok(()),
        }
    }

    fn lock(
        &self,
        transaction: &mut Transaction<'_>,
        token: &TokenRow,
        now: &Zoned,
    ) -> Result<(), StoreError> {
        let failures = self.policy.lock_after.failures();
        let reason = format!("{failures} wrong answers in a row");
        let moves = (State::Active, State::Locked);
        if !token::set_state(transaction, &token.serial, moves, Some(&reason), now.timestamp())? {
            return Ok(());
        }
        let entry = Entry {
            event: Event::Locked,
            holder: Some(&token.holder),
            serial: Some(&token.serial.to_string()),
            position: None,
            detail: &reason,
        };
        audit::append(transaction, now.timestamp(), &self.actor, &[entry])
    }
}

/// What an answer is read as and compared with.
struct Asked {
    format: CodeFormat,
    hash: PhcString,
    key_id: Option<KeyId>,
}

/// Where no code can be right, it is what costs the same: a hash like those of the holder's last
/// token, or for a holder whom the store doesn't know like those of the newest run. That needs no
/// pepper, which may be gone with the last token that it keyed.
fn asked_for(
    transaction: &mut Transaction<'_>,
    row: &ChallengeRow,
    is_usable: bool,
) -> Result<Asked, VerifyError> {
    let token = match &row.serial {
        Some(serial) => token::by_serial(transaction, serial)?,
        None => token::latest_of(transaction, &row.holder)?,
    };
    if let Some(token) = token {
        let hash = token::hash(transaction, &token.serial, row.position)?
            .ok_or_else(|| VerifyError::NoHash { serial: token.serial.to_string() })?;
        let (hash, key_id) = if is_usable {
            (hash, token.key_id)
        } else {
            (PhcString::of_no_code(hash.scheme()), None)
        };
        return Ok(Asked { format: token.code_format, hash, key_id });
    }
    let (scheme, format) = token::newest_run(transaction)?
        .unwrap_or_else(|| (Scheme::default(), CodeFormat::default()));
    Ok(Asked { format, hash: PhcString::of_no_code(scheme), key_id: None })
}
