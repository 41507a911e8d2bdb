//! Programs that run while a test looks at them.

use std::{
    process::Child,
    thread,
    time::{Duration, Instant},
};

/// Ends a program also when a test fails.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something is so, and fails when it is not in half a minute.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: waited in vain");
        thread::sleep(Duration::from_millis(2));
    }
}
