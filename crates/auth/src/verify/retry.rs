//! Doing again what the database has undone.

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

/// Does an act again that the database has undone for the sake of others (a deadlock, or one that
/// can't be put in a row with them): nothing of it was done, so it is safe. Others who wait for the
/// same do so after another pause.
pub(crate) fn retried<T, E: OfStore>(mut act: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    for pause in PAUSES {
        match act() {
            Err(error) if is_undone(&error) => {
                let part = RandomState::new().build_hasher().finish() % 1024;
                // Between a half and the whole of it.
                thread::sleep(pause * u32::try_from(1024 + part).unwrap_or(1024) / 2048);
            }
            other => return other,
        }
    }
    act()
}

fn is_undone(error: &impl OfStore) -> bool {
    matches!(error.of_store(), Some(StoreError::Database { cause: Cause::Undone, .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(cause: Cause) -> StoreError {
        StoreError::Database { store: "x".to_owned(), cause, why: String::new() }
    }

    #[test]
    fn what_was_undone_is_done_again_and_nothing_else() {
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
        assert_eq!(tried(Cause::Busy, 3), (1, false));
        assert_eq!(tried(Cause::Unreachable, 3), (1, false));
    }
}
