//! Arguments into options, events and errors onto the terminal: a file for each command, and one
//! for each group of options that several share.

// The one place that talks to people.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod cards;
mod check;
mod design;
mod design_file;
mod export;
mod hand_over;
mod hashes;
mod holder_file;
mod issue;
mod open;
mod parts;
mod preview;
mod reconcile;
mod reissue;
mod remedy;
mod report;
mod run_options;
mod shard;
mod signal;
mod signed_by;
mod summary;
mod threads;
mod work;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, Parser, Subcommand};
use tokenkaart_terminal::{Failure, Outcome, Shell, completions, man};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  done, with something to look at
  2  could not run, or not to its end; there is nothing to print";

/// Prints token cards: a holder's name and 24 numbered secret codes, and the hashed codes that
/// match them.
#[derive(Parser)]
#[command(name = "tokenkaart", version, about, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make cards and their hashed codes, from a holder file or for one holder
    Issue(Box<issue::Options>),
    /// Read a finished run back: every printed code against its hash
    Check(check::Options),
    /// Decrypt the cards of a sealed run, for the printer
    Open(open::Options),
    /// Write a run's hashed codes for a store of your own: SQL, CSV or LDIF
    Export(export::Options),
    /// Hold what an inserting machine read to the letters of a run
    Reconcile(reconcile::Options),
    /// Make new cards for holders whose letters were spoilt, and void the old ones
    Reissue(Box<reissue::Options>),
    /// List, show, check and preview designs
    Design {
        #[command(subcommand)]
        command: design::DesignCommand,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page, or write those of all subcommands into a folder
    Man {
        /// The folder
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

/// Reads the arguments, does what they say, and tells how it went: see [`Outcome`].
pub(crate) fn run() -> ExitCode {
    tokenkaart_terminal::run(
        |cli: Cli| carry_out(cli.command),
        |failure| failure.remedied(remedy::options),
    )
}

fn carry_out(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Issue(options) => issue::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Open(options) => open::run(&options),
        Command::Export(options) => export::run(&options),
        Command::Reconcile(options) => reconcile::run(&options),
        Command::Reissue(options) => reissue::run(&options),
        Command::Design { command } => design::run(command),
        Command::Completions { shell } => completions(Cli::command(), shell),
        Command::Man { out } => man(Cli::command(), out.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_contradict_nothing() {
        Cli::command().debug_assert();
    }
}
