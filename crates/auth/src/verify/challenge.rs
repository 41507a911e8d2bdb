//! Drawing the position that is asked for, and keeping it.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{
    holder::HolderId,
    token::{Position, Random},
};

use super::{
    Clock, Gate, VerifyError,
    held::{Held, Positions},
    random_failed,
    retry::retried,
};
use crate::{
    Lane,
    store::{
        Store, StoreError, Transaction,
        audit::{self, Entry, Event},
        challenge::{self, About, ChallengeRow},
        token::{self, TokenRow},
    },
};

/// The name of a challenge: its holder's lane and 128 random bits, 34 hexadecimal digits. Whoever
/// holds it can answer.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ChallengeId(String);

/// A text is no name of a challenge.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a challenge's id has 34 hexadecimal digits in lower case")]
pub struct ChallengeIdError;

impl ChallengeId {
    fn draw<R: TryCryptoRng>(lane: Lane, random: &mut Random<R>) -> Result<Self, R::Error> {
        Ok(Self(format!("{:02x}{}", lane.number(), hex(random)?)))
    }

    /// The lane that it is in, its holder's.
    #[must_use]
    pub fn lane(&self) -> Lane {
        let digits = self.0.get(..2).unwrap_or_default();
        // Two digits, as every id has.
        u16::from_str_radix(digits, 16).ok().and_then(Lane::new).unwrap_or(Lane::OFFICE)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 128 random bits in hexadecimal.
pub(super) fn hex<R: TryCryptoRng>(random: &mut Random<R>) -> Result<String, R::Error> {
    Ok(format!("{:032x}", u128::from_be_bytes(random.salt()?)))
}

impl FromStr for ChallengeId {
    type Err = ChallengeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 34 && text.bytes().all(is_digit) {
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
    /// Too many answers were wrong.
    Wait {
        /// Until when.
        until: Timestamp,
    },
}

/// The position of a new challenge, and the slot that it takes if it was drawn now.
struct Drawn {
    position: Position,
    slot: Option<u8>,
}

impl Gate {
    /// Asks a holder for the code at a position that was drawn before and not answered rightly
    /// yet, or draws one among the unused ones, each equally likely. Of two windows at once each
    /// has its own, and a third one shows one of theirs.
    ///
    /// An unknown holder, or one whose token may not be used, gets a challenge too.
    ///
    /// # Errors
    /// [`VerifyError`], for the operator.
    pub fn challenge<R: TryCryptoRng>(
        &self,
        store: &mut Store,
        holder: &HolderId,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Asked, VerifyError> {
        retried(|| self.challenge_once(store, holder.as_str(), clock, random))
    }

    fn challenge_once<R: TryCryptoRng>(
        &self,
        store: &mut Store,
        holder: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Asked, VerifyError> {
        let lane = Lane::of(holder);
        let failed = |error| random_failed::<R>(&error);
        // Before the transaction, so that it doesn't wait for the system.
        let id = ChallengeId::draw(lane, random).map_err(failed)?;
        let reference = hex(random).map_err(failed)?;
        let mut transaction = store.begin()?;
        let (mut held, positions) = self.look(&mut transaction, lane, holder, clock)?;
        if let Some(until) = held.wait(&self.policy) {
            return Ok(Asked::Wait { until });
        }
        let drawn = self.draw(&held, &positions, holder, random)?;
        let moment = held.moment();
        let expires_at = moment.saturating_add(self.policy.open_for).unwrap_or(Timestamp::MAX);
        let row = ChallengeRow {
            lane,
            holder: holder.to_owned(),
            serial: held.face.as_ref().map(|token| token.serial.clone()),
            position: drawn.position,
            expires_at: expires_at.as_millisecond(),
            slips: 0,
        };
        row.insert(&mut transaction, id.as_str(), moment)?;
        if let (Some(slot), Some(token)) = (drawn.slot, &held.face) {
            challenge::draw(&mut transaction, &row, &token.serial, slot, moment)?;
        }
        let detail = match (held.why_not(), held.about.attempts.asked) {
            (why, 0) => why.to_owned(),
            ("", asked) => format!("{asked} unanswered"),
            (why, asked) => format!("{why}; {asked} unanswered"),
        };
        held.about.attempts.asked = held.about.attempts.asked.saturating_add(1);
        if held.about.attempts.failures == 0 {
            // No wait, and how long ago the last thing happened.
            held.about.attempts.not_before = moment.as_millisecond();
        }
        held.set_attempts(&mut transaction, holder)?;
        let reference = held.refer(&mut transaction, holder, &reference)?;
        let serial = row.serial.as_ref().map(ToString::to_string);
        let entry = Entry {
            event: Event::Challenged,
            reference: Some(&reference),
            serial: serial.as_deref(),
            position: Some(row.position.number()),
            detail: &detail,
        };
        audit::append(&mut transaction, &mut held.head, moment, &self.actor, &[entry])?;
        transaction.commit()?;
        let expires_at = timestamp(row.expires_at, expires_at);
        Ok(Asked::Challenge(Challenge { id, position: row.position, expires_at }))
    }

    /// The same challenge again, for a page that is reloaded; `None` when it can't be answered any
    /// more.
    ///
    /// # Errors
    /// [`VerifyError`], for the operator.
    pub fn challenge_again(
        &self,
        store: &mut Store,
        id: &ChallengeId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<Challenge>, VerifyError> {
        let lane = id.lane();
        let mut transaction = store.read()?;
        let key = || vec![lane.into(), id.as_str().into()];
        let found = transaction
            .all(vec![(challenge::ABOUT_CHALLENGE, key()), (token::FACE_OF_CHALLENGE, key())])?;
        let now = clock.now();
        let [about, face] = &found[..] else { return Ok(None) };
        let Some(about) = about.first() else { return Ok(None) };
        let row = ChallengeRow::read(lane, about)?;
        let face = face.first().map(TokenRow::read).transpose()?;
        let live = face.filter(|token| token.state.is_live());
        let is_of_another = live.is_some_and(|live| Some(&live.serial) != row.serial.as_ref());
        if is_of_another || !row.is_open(now.timestamp()) {
            return Ok(None);
        }
        Ok(Some(Challenge {
            id: id.clone(),
            position: row.position,
            expires_at: timestamp(row.expires_at, now.timestamp()),
        }))
    }

    /// Locks the lane, and looks at the holder: one journey.
    fn look(
        &self,
        transaction: &mut Transaction<'_>,
        lane: Lane,
        holder: &str,
        clock: &(impl Clock + ?Sized),
    ) -> Result<(Held, Positions), StoreError> {
        let key = || vec![lane.into(), holder.into()];
        // Whether a window is open is a matter of minutes, for which the moment before the lock
        // does.
        let before = clock.now().timestamp().as_millisecond();
        let found = transaction.all(vec![
            (audit::LOCK, vec![lane.into()]),
            (challenge::ABOUT, key()),
            (token::FACE, key()),
            (challenge::POSITIONS, vec![lane.into(), holder.into(), before.into()]),
        ])?;
        let now = clock.now();
        let first = |place: usize| found.get(place).and_then(|rows| rows.first());
        let head = audit::locked(lane, first(0))?;
        let about = first(1).map_or_else(|| Ok(About::default()), About::read)?;
        let face = first(2).map(TokenRow::read).transpose()?;
        let rows = found.get(3).map_or(&[][..], Vec::as_slice);
        let positions = Positions::read(rows, face.as_ref().map(|token| &token.serial))?;
        Ok((Held::new(head, about, face, &self.policy, now), positions))
    }

    /// The position that the next window shows.
    fn draw<R: TryCryptoRng>(
        &self,
        held: &Held,
        positions: &Positions,
        holder: &str,
        random: &mut Random<R>,
    ) -> Result<Drawn, VerifyError> {
        let kept = positions.kept();
        if let Some((position, 0)) = kept {
            return Ok(Drawn { position, slot: None });
        }
        let live = held.live();
        let last = held.about.attempts.last_position.filter(|_| self.policy.reuse);
        let free: Vec<Position> = Position::all()
            .filter(|position| self.policy.reuse || !positions.used.contains(position))
            .filter(|position| positions.drawn.iter().all(|(_, drawn)| drawn != position))
            .filter(|position| Some(*position) != last)
            .collect();
        if let Some(slot) = positions.free_slot().filter(|_| live.is_some() && !free.is_empty()) {
            // There are at most 24.
            let places = u32::try_from(free.len()).unwrap_or(1);
            let place = random.place(places).map_err(|error| random_failed::<R>(&error))?;
            return Ok(Drawn { position: free[place as usize], slot: Some(slot) });
        }
        if live.is_some()
            && let Some((position, _)) = kept
        {
            return Ok(Drawn { position, slot: None });
        }
        // Without a live token, or with all its codes used: what stays drawn of one that ended, and
        // what follows from the secret.
        let mut positions_of_nobody = Positions {
            used: Vec::new(),
            drawn: positions.drawn.clone(),
            open: positions.open.clone(),
        };
        for position in held.positions_of_nobody(holder) {
            let is_there = positions_of_nobody.drawn.iter().any(|(_, drawn)| *drawn == position);
            if let (Some(slot), false) = (positions_of_nobody.free_slot(), is_there) {
                positions_of_nobody.drawn.push((slot, position));
            }
        }
        positions_of_nobody.drawn.sort_unstable();
        let [first, _] = held.positions_of_nobody(holder);
        let position = positions_of_nobody.kept().map_or(first, |(position, _)| position);
        Ok(Drawn { position, slot: None })
    }
}

/// A moment of the store; another where there is no such moment.
pub(super) fn timestamp(milliseconds: i64, otherwise: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(otherwise)
}
