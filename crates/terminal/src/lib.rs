//! What both programs say on a terminal, and how they end.

// The one place, with the two programs themselves, that talks to people.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod closed;
mod docs;
mod output;
mod process;
mod progress;
mod say;
mod zone;

pub use clap_complete::Shell;

pub use self::{
    docs::{completions, man},
    output::{Document, aside, finding, note, result},
    process::{pepper, run},
    progress::Progress,
    say::{Failure, Outcome, count, duration, grouped},
};
