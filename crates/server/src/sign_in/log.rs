//! What the service says while it works: a line on standard error for each request and each fault.

use std::io;

use tracing::Level;

/// Has lines of a level and above written from here on.
pub(crate) fn log(level: Level) {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .with_max_level(level)
        .init();
}
