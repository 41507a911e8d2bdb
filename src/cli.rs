//! Arguments into a plan, events and errors onto the terminal.

// The one place that talks to people.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod check;
mod design;
mod export;
mod issue;
mod open;
mod preview;
mod reconcile;
mod reissue;
mod shard;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use tokenkaart::read;
use tokenkaart_terminal::{Outcome, completions, harden, hush_panics, man};

use self::args::{Cli, Command};

/// Reads the arguments, does what they say, and tells how it went: see [`Outcome`].
pub(crate) fn run() -> ExitCode {
    hush_panics(read::is_guarded);
    let cli = Cli::parse();
    let outcome = harden().and_then(|()| match cli.command {
        Command::Issue(arguments) => issue::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Open(arguments) => open::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Reconcile(arguments) => reconcile::run(&arguments),
        Command::Reissue(arguments) => reissue::run(&arguments),
        Command::Design { command } => design::run(command),
        Command::Completions { shell } => completions(Cli::command(), shell),
        Command::Man { out } => man(Cli::command(), out.as_deref()),
    });
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            eprintln!("{failure}");
            Outcome::CouldNotRun.into()
        }
    }
}
