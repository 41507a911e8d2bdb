//! What a citizen shows at a counter.

use std::{fmt, str::FromStr};

/// The kind of document by which a clerk saw who somebody is. Its number is nowhere.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IdentityDocument {
    /// An identity card.
    IdentityCard,
    /// A passport.
    Passport,
    /// A residence permit.
    ResidencePermit,
    /// Another one, as the office's rules have it.
    Other,
}

impl IdentityDocument {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::IdentityCard, Self::Passport, Self::ResidencePermit, Self::Other];

    /// The name in the store, in the audit and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdentityCard => "identity card",
            Self::Passport => "passport",
            Self::ResidencePermit => "residence permit",
            Self::Other => "other document",
        }
    }
}

impl fmt::Display for IdentityDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text is no kind of document.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a document is an identity card, a passport, a residence permit or an other document")]
pub struct UnknownDocument;

impl FromStr for IdentityDocument {
    type Err = UnknownDocument;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownDocument)
    }
}
