//! Programs that run while a test looks at them.

use std::{
    process::{Child, Command},
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

/// Sends a program a signal, such as `TERM`.
///
/// # Panics
/// When it can't be sent.
#[track_caller]
pub fn signal(child: &Child, name: &str) {
    // Every shell can; the program `kill` is not everywhere.
    let kill = ["-c", "kill -s \"$1\" \"$2\"", "sh", name, &child.id().to_string()];
    assert!(Command::new("sh").args(kill).status().unwrap().success());
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
