//! Arguments into a plan, events and errors onto the terminal.

// The one place that talks to people.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod audit;
mod check;
mod design;
mod docs;
mod export;
mod import;
mod issue;
mod life;
mod open;
mod preview;
mod progress;
mod reconcile;
mod reissue;
mod say;
mod shard;
mod status;
mod store;
mod verify;

use std::{panic, process::ExitCode};

use clap::Parser;
use tokenkaart::{read, verify::Act};

use self::{
    args::{Cli, Command},
    say::{Failure, Outcome},
};

/// Reads the arguments, does what they say, and tells how it went: see [`Outcome`].
pub(crate) fn run() -> ExitCode {
    hush_panics();
    let cli = Cli::parse();
    let outcome = harden().and_then(|()| match cli.command {
        Command::Issue(arguments) => issue::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Open(arguments) => open::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Reconcile(arguments) => reconcile::run(&arguments),
        Command::Reissue(arguments) => reissue::run(&arguments),
        Command::Design { command } => design::run(command),
        Command::Store { command } => store::run(&command),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Revoke(arguments) => life::revoke(&arguments),
        Command::Suspend(arguments) => life::change(&arguments, Act::Suspend),
        Command::Resume(arguments) => life::change(&arguments, Act::Resume),
        Command::Unlock(arguments) => life::change(&arguments, Act::Unlock),
        Command::Expire(arguments) => life::expire(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Completions { shell } => Ok(docs::completions(shell)),
        Command::Man { out } => docs::man(out.as_deref()),
    });
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            eprintln!("{failure}");
            Outcome::CouldNotRun.into()
        }
    }
}

/// Has a panic say where it was and no more: its text may quote what the program worked on. A
/// panic that a reader makes an error of says nothing.
fn hush_panics() {
    panic::set_hook(Box::new(|panic| {
        if !read::is_guarded() {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            eprintln!("error: a fault of this program ({place}); please report it");
        }
    }));
}

/// Turns core dumps off, in which codes could be read.
///
/// A debugger is not fought: who may attach one is the same user or the administrator, and
/// operators trace programs that they are asked to trust.
fn harden() -> Result<(), Failure> {
    secmem_proc::Config::new_with_anti_tracing(false).harden_process().map_err(|error| {
        Failure::new(format!(
            "core dumps, in which codes could be read, can't be turned off ({error}); \
             run `ulimit -c 0` and try again"
        ))
    })
}
