//! Doing again what is not done: the one rule for it.
//!
//! What the database has undone, and what a connection that was lost has left undone, is safe to do
//! again, and so is what never reached a server that was starting or full. Whether a commit was
//! done whose answer was lost nobody knows, so that one is never done again: it would count an
//! answer twice. It is [`Cause::InDoubt`], and whoever asked must look.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    thread,
    time::Duration,
};

use crate::store::{Cause, StoreError};

/// How often, and after which pause at the longest.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(10), Duration::from_millis(50), Duration::from_millis(250)];

/// An error that may be the store's.
pub(crate) trait OfStore {
    /// The store's error, if it is one.
    fn of_store(&self) -> Option<&StoreError>;
}

impl OfStore for StoreError {
    fn of_store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Does an act again of which nothing was done. Others who wait for the same do so after another
/// pause.
pub(crate) fn retried<T, E: OfStore>(mut act: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    for pause in PAUSES {
        match act() {
            Err(error) if is_safe(&error) => {
                let part = RandomState::new().build_hasher().finish() % 1024;
                // Between a half and the whole of it.
                thread::sleep(pause * u32::try_from(1024 + part).unwrap_or(1024) / 2048);
            }
            other => return other,
        }
    }
    act()
}

fn is_safe(error: &impl OfStore) -> bool {
    let Some(StoreError::Database { cause, .. }) = error.of_store() else { return false };
    matches!(cause, Cause::Undone | Cause::Lost | Cause::Starting | Cause::Crowded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(cause: Cause) -> StoreError {
        StoreError::Database { store: "x".to_owned(), cause, why: String::new() }
    }

    #[test]
    fn what_is_not_done_is_done_again_and_nothing_else() {
        let tried = |cause, enough: u32| {
            let mut times = 0;
            let done = retried(|| {
                times += 1;
                if times < enough { Err(error(cause)) } else { Ok(()) }
            });
            (times, done.is_ok())
        };
        assert_eq!(tried(Cause::Undone, 3), (3, true));
        assert_eq!(tried(Cause::Undone, 9), (4, false));
        for safe in [Cause::Lost, Cause::Starting, Cause::Crowded] {
            assert_eq!(tried(safe, 3), (3, true), "{safe:?}");
        }
        // A commit that may have been done least of all.
        for unsafe_or_vain in [
            Cause::InDoubt,
            Cause::Busy,
            Cause::Cancelled,
            Cause::Unreachable,
            Cause::ReadOnly,
            Cause::Conflict,
            Cause::Other,
        ] {
            assert_eq!(tried(unsafe_or_vain, 3), (1, false), "{unsafe_or_vain:?}");
        }
    }
}
