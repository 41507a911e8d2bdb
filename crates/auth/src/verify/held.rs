//! What there is of a holder, while the lane is locked.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp, Zoned};
use sha2::Sha256;
use tokenkaart_token::token::{Position, Serial};

use super::Policy;
use crate::store::{
    State, StoreError, Transaction,
    audit::Head,
    challenge::{self, About, Attempts, ChallengeRow},
    token::TokenRow,
};

/// How long an answer may be judged; one that was taken longer ago is of a verifier that died.
const JUDGED_IN: SignedDuration = SignedDuration::from_secs(60);

/// What there is of a holder.
pub(super) struct Held {
    pub(super) head: Head,
    pub(super) about: About,
    /// The live token, or else the one that ended last.
    pub(super) face: Option<TokenRow>,
    /// Whether the token's codes may be used now.
    pub(super) is_usable: bool,
    /// Whether the attempts are still those of another token.
    pub(super) is_renewed: bool,
    pub(super) now: Zoned,
}

impl Held {
    pub(super) fn new(
        head: Head,
        mut about: About,
        face: Option<TokenRow>,
        policy: &Policy,
        now: Zoned,
    ) -> Self {
        let live = face.as_ref().filter(|token| token.state.is_live());
        let serial = live.map(|token| token.serial.to_string());
        // Wrong answers were given to a token; its successor begins with none.
        let is_renewed = serial.is_some() && serial != about.attempts.serial;
        if is_renewed {
            about.attempts = Attempts { serial, ..Attempts::default() };
            about.guesses.count = 0;
        }
        let is_usable = live.is_some_and(|token| {
            token.state == State::Active
                && !token.is_over(now.date())
                && about.attempts.failures < policy.lock_after.failures()
        });
        Self { head, about, face, is_usable, is_renewed, now }
    }

    pub(super) fn moment(&self) -> Timestamp {
        self.now.timestamp()
    }

    pub(super) fn live(&self) -> Option<&TokenRow> {
        self.face.as_ref().filter(|token| token.state.is_live())
    }

    /// Until when no answer is taken, if there is a wait.
    pub(super) fn wait(&self, policy: &Policy) -> Option<Timestamp> {
        let Attempts { failures, not_before, .. } = self.about.attempts;
        policy.wait(failures, not_before, self.moment())
    }

    /// Whether answers are being judged that would, were they wrong, take all that may be.
    pub(super) fn is_full(&self, policy: &Policy) -> bool {
        let taken = self.about.guesses.count;
        taken > 0
            && self.about.attempts.failures.saturating_add(taken) >= policy.lock_after.failures()
    }

    /// Whether answers were taken so long ago that their verifiers must have died.
    pub(super) fn is_stale(&self) -> bool {
        let oldest = self.about.guesses.oldest.map(Timestamp::from_millisecond);
        oldest.is_some_and(|oldest| {
            oldest.is_ok_and(|oldest| self.moment().duration_since(oldest).abs() > JUDGED_IN)
        })
    }

    /// Whether a challenge is of a token that has a live successor. An answer to that is none of
    /// the successor's, and isn't counted against it.
    pub(super) fn succeeds(&self, row: &ChallengeRow) -> bool {
        self.live().is_some_and(|live| Some(&live.serial) != row.serial.as_ref())
    }

    /// Why no answer can be right, for the audit; empty if one can.
    pub(super) fn why_not(&self) -> &'static str {
        match self.live() {
            None => "no live token",
            Some(token) if token.state != State::Active => token.state.as_str(),
            Some(token) if token.is_over(self.now.date()) => "past its end date",
            Some(_) if !self.is_usable => "too many wrong answers",
            Some(_) => "",
        }
    }

    /// What the audit calls the holder; a name that is made of `drawn` if there is none yet. One
    /// who is unknown has none that stays: the store keeps nothing of what anybody types.
    pub(super) fn refer(
        &mut self,
        transaction: &mut Transaction<'_>,
        holder: &str,
        drawn: &str,
    ) -> Result<String, StoreError> {
        if let Some(reference) = &self.about.reference {
            return Ok(reference.clone());
        }
        if self.face.is_none() {
            let tag = self.tag(b"reference", holder);
            return Ok(tag[..16]
                .iter()
                .fold(String::new(), |text, byte| format!("{text}{byte:02x}")));
        }
        crate::store::audit::refer(transaction, holder, drawn)?;
        self.about.reference = Some(drawn.to_owned());
        Ok(drawn.to_owned())
    }

    /// The two positions that a holder without a token is asked for, always the same: they follow
    /// from the holder and a secret of the store.
    pub(super) fn positions_of_nobody(&self, holder: &str) -> [Position; 2] {
        let tag = self.tag(b"positions", holder);
        let part = |at: usize| {
            u32::from_be_bytes([tag[at], tag[at + 1], tag[at + 2], tag[at + 3]]) as usize
        };
        let all: Vec<Position> = Position::all().collect();
        let first = part(0) % all.len();
        let second = (first + 1 + part(4) % (all.len() - 1)) % all.len();
        [all[first], all[second]]
    }

    fn tag(&self, purpose: &[u8], holder: &str) -> [u8; 32] {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.about.secret.as_bytes()) else {
            return [0; 32];
        };
        mac.update(purpose);
        mac.update(&[0]);
        mac.update(holder.as_bytes());
        mac.finalize().into_bytes().into()
    }

    pub(super) fn set_attempts(
        &self,
        transaction: &mut Transaction<'_>,
        holder: &str,
    ) -> Result<(), StoreError> {
        challenge::set_attempts(transaction, self.head.lane, holder, &self.about.attempts)
    }
}

/// The positions of a holder's token: used, drawn, and asked for in windows that are open.
#[derive(Debug, Default)]
pub(super) struct Positions {
    pub(super) used: Vec<Position>,
    /// By slot, at most two.
    pub(super) drawn: Vec<(u8, Position)>,
    /// How many challenges are open at a position.
    pub(super) open: Vec<(Position, i64)>,
}

impl Positions {
    /// Those of one token, or of a holder who has none.
    pub(super) fn read(
        rows: &[crate::store::StoreRow],
        serial: Option<&Serial>,
    ) -> Result<Self, StoreError> {
        let serial = serial.map(Serial::to_string).unwrap_or_default();
        let mut positions = Self::default();
        for row in rows {
            if row.text("serial")? != serial {
                continue;
            }
            let position = crate::store::token::position(row, "position")?;
            match row.text("kind")? {
                "used" => positions.used.push(position),
                "drawn" => positions.drawn.push((row.number("number")?, position)),
                _ => positions.open.push((position, row.int("number")?)),
            }
        }
        positions.drawn.sort_unstable();
        Ok(positions)
    }

    fn open_at(&self, position: Position) -> i64 {
        self.open.iter().find(|(open, _)| *open == position).map_or(0, |(_, count)| *count)
    }

    /// The kept position that a new window is shown: one that no other shows, else the one that
    /// the fewest do.
    pub(super) fn kept(&self) -> Option<(Position, i64)> {
        let shown = self.drawn.iter().map(|(_, position)| (*position, self.open_at(*position)));
        // The first of several that are least.
        shown.min_by_key(|(_, count)| *count)
    }

    /// The slot that is free for another position.
    pub(super) fn free_slot(&self) -> Option<u8> {
        [1, 2].into_iter().find(|slot| self.drawn.iter().all(|(taken, _)| taken != slot))
    }
}
