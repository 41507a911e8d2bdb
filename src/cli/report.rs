//! How a command tells what it did.

use std::fmt;

use clap::Args;
use serde_json::Value;
use tokenkaart_terminal::{Failure, finding, note, result};

/// In words, as JSON, or only what is wrong.
#[derive(Args, Clone, Copy)]
pub(super) struct Report {
    /// Say nothing but what is wrong
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl Report {
    /// Whether the summary is told in words.
    pub(super) const fn in_words(self) -> bool {
        !self.quiet && !self.json
    }

    /// Prints the summary.
    pub(super) fn tell(
        self,
        words: impl FnOnce() -> String,
        json: impl FnOnce() -> Value,
    ) -> Result<(), Failure> {
        match self {
            Self { json: true, .. } => result(&format!("{}\n", json())),
            Self { quiet: true, .. } => Ok(()),
            _ => result(&words()),
        }
    }

    /// Tells what is wrong; standard output stays JSON if that is what it is.
    pub(super) fn finding(self, text: impl fmt::Display) -> Result<(), Failure> {
        if self.json {
            note(text);
            return Ok(());
        }
        finding(text)
    }
}
