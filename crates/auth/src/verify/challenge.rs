//! Drawing the position that is asked for.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp, Zoned};
use rand::TryCryptoRng;
use tokenkaart_token::{
    holder::HolderId,
    token::{Position, Random},
};

use super::{Gate, VerifyError, random_failed};
use crate::store::{
    State, Store, StoreError, Transaction,
    audit::{self, Entry, Event},
    challenge::{self, Attempts, ChallengeRow},
    token::{self, TokenRow},
};

/// How long a challenge that has ended stays, for an answer that is on its way.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// The name of a challenge: 128 random bits, 32 hexadecimal digits. Who has it may answer.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ChallengeId(String);

/// A text is no name of a challenge.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a challenge's id has 32 hexadecimal digits in lower case")]
pub struct ChallengeIdError;

impl ChallengeId {
    fn draw<R: TryCryptoRng>(random: &mut Random<R>) -> Result<Self, R::Error> {
        let bits = u128::from_be_bytes(random.salt()?);
        Ok(Self(format!("{bits:032x}")))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChallengeId {
    type Err = ChallengeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 32 && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ChallengeIdError)
        }
    }
}

impl fmt::Display for ChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A challenge: the code at a position.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Challenge {
    /// Its name, for the answer and for asking the same again.
    pub id: ChallengeId,
    /// The position of the code that is asked for.
    pub position: Position,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// What comes of asking.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Asked {
    /// A challenge to show.
    Challenge(Challenge),
    /// Too many challenges are open, or too many answers were wrong.
    Wait {
        /// Until when.
        until: Timestamp,
    },
}

impl Gate {
    /// Draws a position among the unused ones, each equally likely, and keeps it until it is
    /// answered rightly or expires. Two challenges at once never have the same position.
    ///
    /// A holder whom the store doesn't know, or whose token may not be used, gets a challenge too.
    ///
    /// # Errors
    /// [`VerifyError`], for the operator.
    pub fn challenge<R: TryCryptoRng>(
        &self,
        store: &mut Store,
        holder: &HolderId,
        now: &Zoned,
        random: &mut Random<R>,
    ) -> Result<Asked, VerifyError> {
        let holder = holder.as_str();
        let moment = now.timestamp();
        // Before the transaction, so that it doesn't wait for the system.
        let id = ChallengeId::draw(random).map_err(|error| random_failed::<R>(&error))?;
        let mut transaction = store.begin()?;
        let held = self.held(&mut transaction, holder, now)?;
        if held.attempts.not_before > moment.as_millisecond() {
            return Ok(Asked::Wait { until: timestamp(held.attempts.not_before, moment) });
        }
        let open = challenge::open_of(&mut transaction, holder, moment)?;
        let live = held.live.as_ref().map(|token| &token.serial);
        // Challenges of a token that was voided since hold no position of the new one.
        let open: Vec<_> =
            open.iter().filter(|row| row.serial.is_none() || row.serial.as_ref() == live).collect();
        let mut serial = live.filter(|_| held.is_usable);
        // A token that can't be used is asked as one that can.
        let mut free = match live {
            Some(_) if self.policy.reuse => Position::all().collect(),
            Some(live) => token::unused(&mut transaction, live)?,
            None => Vec::new(),
        };
        if free.is_empty() {
            serial = None;
            free = Position::all().collect();
        }
        let last = held.live.as_ref().and_then(|token| token.last_position);
        free.retain(|position| {
            let came_last = self.policy.reuse && Some(*position) == last;
            !came_last && open.iter().all(|row| row.position != *position)
        });
        if open.len() >= self.policy.open_at_once || free.is_empty() {
            let first = open.first().map_or(moment.as_millisecond(), |row| row.expires_at);
            return Ok(Asked::Wait { until: timestamp(first, moment) });
        }
        // There are at most 24.
        let places = u32::try_from(free.len()).unwrap_or(1);
        let place = random.place(places).map_err(|error| random_failed::<R>(&error))?;
        let position = free[place as usize];
        let expires_at = moment.saturating_add(self.policy.open_for).unwrap_or(Timestamp::MAX);
        let row = ChallengeRow {
            holder: holder.to_owned(),
            serial: serial.cloned(),
            position,
            expires_at: expires_at.as_millisecond(),
            answered_at: None,
            slips: 0,
        };
        challenge::insert(&mut transaction, id.as_str(), &row, moment)?;
        let ended = moment.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        challenge::forget_ended(&mut transaction, holder, ended)?;
        let serial = row.serial.as_ref().map(ToString::to_string);
        let entry = Entry {
            event: Event::Challenged,
            holder: Some(holder),
            serial: serial.as_deref(),
            position: Some(position.number()),
            detail: held.why_not(now),
        };
        audit::append(&mut transaction, moment, &self.actor, &[entry])?;
        transaction.commit()?;
        let expires_at = timestamp(row.expires_at, expires_at);
        Ok(Asked::Challenge(Challenge { id, position, expires_at }))
    }

    /// The same challenge again, for a page that is loaded anew; `None` when it can't be answered
    /// any more.
    ///
    /// # Errors
    /// [`VerifyError`], for the operator.
    pub fn challenge_again(
        &self,
        store: &mut Store,
        id: &ChallengeId,
        now: &Zoned,
    ) -> Result<Option<Challenge>, VerifyError> {
        let mut transaction = store.read()?;
        let row = challenge::by_id(&mut transaction, id.as_str())?;
        let Some(row) = row.filter(|row| row.is_open(now.timestamp())) else { return Ok(None) };
        if is_of_another(&row, token::live_of(&mut transaction, &row.holder)?.as_ref()) {
            return Ok(None);
        }
        Ok(Some(Challenge {
            id: id.clone(),
            position: row.position,
            expires_at: timestamp(row.expires_at, now.timestamp()),
        }))
    }

    /// Locks the holder's attempts and looks at the live token.
    pub(super) fn held(
        &self,
        transaction: &mut Transaction<'_>,
        holder: &str,
        now: &Zoned,
    ) -> Result<Held, StoreError> {
        let mut attempts = challenge::lock_attempts(transaction, holder, now.timestamp())?;
        let live = token::live_of(transaction, holder)?;
        let serial = live.as_ref().map(|token| token.serial.to_string());
        // Wrong answers were given to a token; its successor begins anew.
        if serial.is_some() && serial != attempts.serial {
            let not_before = now.timestamp().as_millisecond();
            attempts = Attempts { serial, failures: 0, not_before };
            challenge::set_attempts(transaction, holder, &attempts)?;
        }
        let is_usable = live.as_ref().is_some_and(|token| {
            token.state == State::Active
                && !token.is_over(now.date())
                && attempts.failures < self.policy.lock_after.failures()
        });
        Ok(Held { attempts, live, is_usable })
    }
}

/// What there is of a holder, while the attempts are locked.
pub(super) struct Held {
    pub(super) attempts: Attempts,
    pub(super) live: Option<TokenRow>,
    /// Whether the token's codes may be used now.
    pub(super) is_usable: bool,
}

/// Whether a challenge is of a token that has a live successor.
fn is_of_another(row: &ChallengeRow, live: Option<&TokenRow>) -> bool {
    match (&row.serial, live) {
        (Some(serial), Some(live)) => *serial != live.serial,
        _ => false,
    }
}

impl Held {
    /// Whether the live token has succeeded the one that a challenge is of. An answer to that is
    /// none of the successor's, and isn't counted against it.
    pub(super) fn succeeds(&self, row: &ChallengeRow) -> bool {
        is_of_another(row, self.live.as_ref())
    }

    /// Why no answer can be right, for the audit; empty if one can.
    pub(super) fn why_not(&self, now: &Zoned) -> &'static str {
        match &self.live {
            None => "no live token",
            Some(token) if token.state != State::Active => token.state.as_str(),
            Some(token) if token.is_over(now.date()) => "past its end date",
            Some(_) if !self.is_usable => "too many wrong answers",
            Some(token) if token.unused == 0 => "no code left",
            Some(_) => "",
        }
    }
}

/// A moment of the store; another where there is no such moment.
pub(super) fn timestamp(milliseconds: i64, otherwise: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(otherwise)
}
