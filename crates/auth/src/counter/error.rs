//! Why a counter couldn't do its work.

use tokenkaart_token::record::RecordError;

use crate::{store::StoreError, verify::retry::OfStore};

/// Why nothing was done at a counter; for its operator. Nothing of a code is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CounterError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record that has no text.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The generator of random numbers failed.
    #[error("the system gives no random numbers ({why}); try again")]
    Random {
        /// The generator's words.
        why: String,
    },
}

impl OfStore for CounterError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
