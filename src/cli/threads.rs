//! How many cores a command uses.

use std::{num::NonZeroUsize, str::FromStr, thread};

use clap::Args;

/// How many cores are used.
#[derive(Args, Clone, Copy)]
pub(super) struct Threads {
    /// Cores to use [default: all]
    #[arg(long, short, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    jobs: Option<NonZeroUsize>,
}

impl Threads {
    /// As many as asked for, or as there are cores.
    pub(super) fn number(self) -> NonZeroUsize {
        self.jobs.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }
}

/// A count, without the words of a programmer where it is none.
pub(super) fn at_least_one<N: FromStr>(text: &str) -> Result<N, &'static str> {
    text.parse().map_err(|_| "it must be a whole number from 1 up")
}
