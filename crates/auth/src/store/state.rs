//! What may become of a token.

use std::{fmt, str::FromStr};

/// The state of a token. Revoked, voided and expired are ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// Its import has not come to its lane yet; nobody is asked for its codes.
    Loading,
    /// Its card is being printed at a desk; nobody is asked for its codes.
    Pending,
    /// Its codes can be used.
    Active,
    /// An operator has put it aside for a while.
    Suspended,
    /// Too many wrong answers in a row.
    Locked,
    /// An operator has ended it.
    Revoked,
    /// A new token of the same holder has ended it, or its card was never handed over.
    Voided,
    /// Its end date has come, or it was not used for long.
    Expired,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Loading,
        Self::Pending,
        Self::Active,
        Self::Suspended,
        Self::Locked,
        Self::Revoked,
        Self::Voided,
        Self::Expired,
    ];

    /// The name in the store and in what is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Pending => "pending",
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
            Self::Loading | Self::Pending => &[Self::Active, Self::Revoked, Self::Voided],
            Self::Active => {
                &[Self::Suspended, Self::Locked, Self::Revoked, Self::Voided, Self::Expired]
            }
            Self::Suspended | Self::Locked => {
                &[Self::Active, Self::Revoked, Self::Voided, Self::Expired]
            }
            Self::Revoked | Self::Voided | Self::Expired => &[],
        }
    }

    /// Whether it is a token that its holder has: one at most is.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::Suspended | Self::Locked)
    }

    /// Whether nothing becomes of it any more.
    #[must_use]
    pub const fn is_end(self) -> bool {
        self.may_become().is_empty()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text is no state.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a token is loading, pending, active, suspended, locked, revoked, voided or expired")]
pub struct NoSuchState;

impl FromStr for State {
    type Err = NoSuchState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(NoSuchState)
    }
}
