//! The rules of asking and answering.

use jiff::{SignedDuration, Timestamp};
use tokenkaart_token::hash::Ceiling;

/// The most wrong answers in a row that may ever be taken: NIST SP 800-63B-4 §3.2.2.
pub const MAX_FAILURES: u32 = 100;

/// How far the clocks of verifiers may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(10);

/// After how many wrong answers in a row a token is locked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LockAfter(u32);

/// How many wrong answers in a row begin the waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SlowAfter(u32);

/// Why a rule was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Never, or later than is allowed.
    #[error(
        "a token is locked after 1 to {MAX_FAILURES} wrong answers in a row, not {0} \
         (NIST SP 800-63B-4 §3.2.2)"
    )]
    LockAfter(u32),
    /// Never, or later than a token is locked at the latest.
    #[error("answers have to be waited for after 1 to {MAX_FAILURES} wrong ones in a row, not {0}")]
    SlowAfter(u32),
}

impl SlowAfter {
    /// Takes a number of wrong answers.
    ///
    /// # Errors
    /// [`PolicyError::SlowAfter`] outside 1 to [`MAX_FAILURES`].
    pub const fn new(failures: u32) -> Result<Self, PolicyError> {
        match failures {
            1..=MAX_FAILURES => Ok(Self(failures)),
            _ => Err(PolicyError::SlowAfter(failures)),
        }
    }

    /// The number of wrong answers.
    #[must_use]
    pub const fn failures(self) -> u32 {
        self.0
    }
}

impl LockAfter {
    /// Takes a number of wrong answers.
    ///
    /// # Errors
    /// [`PolicyError::LockAfter`] outside 1 to [`MAX_FAILURES`].
    pub const fn new(failures: u32) -> Result<Self, PolicyError> {
        match failures {
            1..=MAX_FAILURES => Ok(Self(failures)),
            _ => Err(PolicyError::LockAfter(failures)),
        }
    }

    /// The number of wrong answers.
    #[must_use]
    pub const fn failures(self) -> u32 {
        self.0
    }
}

/// The rules of asking and answering; [`Policy::default`] has those that are documented.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// How long a challenge can be answered: 5 minutes.
    pub open_for: SignedDuration,
    /// From how many wrong answers in a row on one has to wait: 3. Each wait is twice the one
    /// before, beginning with a second.
    pub slow_after: SlowAfter,
    /// The longest wait: 15 minutes.
    pub longest_wait: SignedDuration,
    /// After how many wrong answers in a row the token is locked: 10.
    pub lock_after: LockAfter,
    /// Typing slips of one challenge that are told and not counted; later ones are wrong answers: 5.
    pub slips: u32,
    /// With how few unused codes left the answer says that they are low: 6.
    pub warn_below: u8,
    /// Whether codes may be asked for again, never the same twice in a row: the legacy mode of the
    /// original federal token. NIST SP 800-63B-4 §3.1.2 allows each code once.
    pub reuse: bool,
    /// The most that the hash of an answer may cost, whatever stands in the store: somebody else may
    /// have written it there.
    pub ceiling: Ceiling,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            open_for: SignedDuration::from_mins(5),
            slow_after: SlowAfter(3),
            longest_wait: SignedDuration::from_mins(15),
            lock_after: LockAfter(10),
            slips: 5,
            warn_below: 6,
            reuse: false,
            ceiling: Ceiling::default(),
        }
    }
}

impl Policy {
    /// Until when no answer is taken after so many wrong ones, if there is a wait. A moment to come that
    /// is further away than the wait of so many was written by a clock that is ahead, and is none.
    #[must_use]
    pub fn wait(&self, failures: u32, not_before: i64, now: Timestamp) -> Option<Timestamp> {
        let latest = now.saturating_add(self.due(failures)?.saturating_add(SKEW));
        let until = Timestamp::from_millisecond(not_before).ok()?;
        (until > now && until <= latest.unwrap_or(Timestamp::MAX)).then_some(until)
    }

    /// The moment that is kept, before which no answer is to be taken after so many wrong ones.
    pub(crate) fn not_before(&self, failures: u32, now: Timestamp) -> i64 {
        let due = self.due(failures).unwrap_or(SignedDuration::ZERO);
        now.saturating_add(due).unwrap_or(Timestamp::MAX).as_millisecond()
    }

    /// How long one waits after so many wrong answers in a row, if at all.
    fn due(&self, failures: u32) -> Option<SignedDuration> {
        let doublings = failures.checked_sub(self.slow_after.failures())?;
        // 2^40 seconds are longer than any wait.
        Some(SignedDuration::from_secs(1 << doublings.min(40)).min(self.longest_wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_the_third_wrong_answer_on_and_end_at_the_longest() {
        let policy = Policy::default();
        let wait = |failures| policy.not_before(failures, Timestamp::UNIX_EPOCH);
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(wait), [0, 0, 0, 1000, 2000, 4000, 8000]);
        assert_eq!(wait(12), 512_000);
        assert_eq!([13, 50, 1000, u32::MAX].map(wait), [900_000; 4]);
    }

    #[test]
    fn a_wait_is_as_long_as_so_many_wrong_answers_make_it_whatever_a_clock_has_written() {
        let policy = Policy::default();
        let now = Timestamp::UNIX_EPOCH;
        let waits = |failures, not_before| policy.wait(failures, not_before, now).is_some();
        for failures in [0, 1, 2] {
            assert!(!waits(failures, 1) && !waits(failures, 300_000), "{failures}");
        }
        assert!(waits(3, 1000) && waits(3, 11_000) && !waits(3, 11_001) && !waits(3, 0));
        assert!(waits(12, 512_000) && !waits(12, 600_000));
        assert!(waits(50, 900_000) && !waits(50, i64::MAX));
    }

    #[test]
    fn no_policy_takes_more_wrong_answers_than_nist_allows() {
        assert_eq!(LockAfter::new(0), Err(PolicyError::LockAfter(0)));
        assert_eq!(LockAfter::new(101), Err(PolicyError::LockAfter(101)));
        assert_eq!(LockAfter::new(100).map(LockAfter::failures), Ok(100));
        assert_eq!(SlowAfter::new(0), Err(PolicyError::SlowAfter(0)));
        assert_eq!(SlowAfter::new(101), Err(PolicyError::SlowAfter(101)));
        assert_eq!(SlowAfter::new(100).map(SlowAfter::failures), Ok(100));
        assert_eq!(Policy::default().lock_after.failures(), 10);
    }
}
