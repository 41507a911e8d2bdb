//! How a run is asked to stop before its end.

use std::sync::atomic::{AtomicU8, Ordering};

/// Asks a run to stop: once, and it finishes a bundle that it has nearly done; twice, and it lets
/// that one go too. What is let go is made again when the run is resumed.
#[derive(Debug, Default)]
pub struct Stop(AtomicU8);

impl Stop {
    /// Nothing is asked yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    /// Asks, from any thread.
    pub fn ask(&self) {
        // More than twice is twice.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |asked| {
            (asked < 2).then_some(asked + 1)
        });
    }

    /// Whether it was asked.
    #[must_use]
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}
