//! Why a request for a card by post was refused.

use tokenkaart_token::holder::FieldError;

use crate::{store::StoreError, verify::retry::OfStore};

/// Why a request for a card by post couldn't be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The generator of random numbers failed.
    #[error("the system gives no random numbers ({why}); try again")]
    Random {
        /// The generator's words.
        why: String,
    },
    /// A letter needs an address.
    #[error("a letter needs the {field}, which is missing; add it")]
    Missing {
        /// What is missing.
        field: &'static str,
    },
    /// A spreadsheet would compute it.
    #[error(
        "the {field} begins with `{character}`, which a spreadsheet takes for a formula; leave it out"
    )]
    Formula {
        /// Which field.
        field: &'static str,
        /// What it begins with.
        character: char,
    },
    /// A row of the store holds no valid field.
    #[error("a field of a request in the store {0}; cancel the request and ask it again")]
    Field(#[from] FieldError),
}

impl OfStore for PostError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
