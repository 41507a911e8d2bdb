//! Digital keys: what somebody signs in with, beside user name and password.

use std::{fmt, str::FromStr};

/// A digital key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Key {
    /// A code of a token card.
    Token,
    /// A code of an authenticator app.
    App,
    /// A code that comes by e-mail.
    Mail,
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Token, Self::App, Self::Mail];

    /// The name in the store, in a configuration and in a form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::App => "app",
            Self::Mail => "mail",
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text names no key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a key is token, app or mail")]
pub struct UnknownKey;

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|key| key.as_str() == text).ok_or(UnknownKey)
    }
}
