//! How a command tells what it did.

use clap::Args;

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
}
