//! What may become of a token.

use std::{fmt, str::FromStr};

/// The state of a token. Revoked, voided and expired are ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// Its codes can be used.
    Active,
    /// An operator has put it aside for a while.
    Suspended,
    /// Too many wrong answers in a row.
    Locked,
    /// An operator has ended it.
    Revoked,
    /// A new token of the same holder has ended it.
    Voided,
    /// Its end date has come, or it was not used for long.
    Expired,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Active, Self::Suspended, Self::Locked, Self::Revoked, Self::Voided, Self::Expired];

    /// The name in the store and in what is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Locked => "locked",
            Self::Revoked => "revoked",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }

    /// The states that it may go to: the table in `docs/auth-store.md`.
    #[must_use]
    pub const fn may_become(self) -> &'static [Self] {
        match self {
            Self::Active => {
                &[Self::Suspended, Self::Locked, Self::Revoked, Self::Voided, Self::Expired]
            }
            Self::Suspended | Self::Locked => {
                &[Self::Active, Self::Revoked, Self::Voided, Self::Expired]
            }
            Self::Revoked | Self::Voided | Self::Expired => &[],
        }
    }

    /// Whether it is no end: a holder has one live token at most.
    #[must_use]
    pub const fn is_live(self) -> bool {
        !self.may_become().is_empty()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text is no state.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a token is active, suspended, locked, revoked, voided or expired")]
pub struct NoSuchState;

impl FromStr for State {
    type Err = NoSuchState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(NoSuchState)
    }
}
