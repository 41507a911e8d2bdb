//! What both programs say on a terminal, and how they end.

// The one place, with the two programs themselves, that talks to people.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

mod docs;
mod process;
mod progress;
mod say;

pub use clap_complete::Shell;

pub use self::{
    docs::{completions, man},
    process::{harden, hush_panics, pepper},
    progress::Progress,
    say::{Failure, Outcome, count, duration, grouped},
};
