//! The program `tokenkaart-server`: what is done with an auth store.

// The one place that talks to people.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod account;
mod audit;
mod check_config;
mod clerk;
mod client;
mod config;
mod demo;
mod desk;
mod expire;
mod forms;
mod import;
mod keys;
mod life;
mod mail;
mod openid;
mod options;
mod pages;
mod person;
mod phase_out;
mod remedy;
mod requests;
mod sign_in;
mod status;
mod store;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, Parser, Subcommand};
use tokenkaart_auth::verify::Act;
use tokenkaart_terminal::{Failure, Outcome, Shell, completions, man};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  not accepted, not whole, or nothing there; see the help of each command
  2  could not run";

/// Keeps the hashed codes of token cards, and asks for them.
#[derive(Parser)]
#[command(name = "tokenkaart-server", version, about, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an auth store, or print its tables as SQL
    Store {
        #[command(subcommand)]
        command: store::StoreCommand,
    },
    /// Bring a run's hashed codes into an auth store
    Import(import::Options),
    /// Ask a holder for the code at a position, and judge the answer
    Verify(verify::Options),
    /// Show tokens of an auth store: a holder's, one, or those that are nearly used up
    Status(status::Options),
    /// End a token for good: it is lost, or its holder has left
    Revoke(life::Revoke),
    /// Put a token aside for a while
    Suspend(life::Options),
    /// Let a suspended token be used again
    Resume(life::Options),
    /// Let a token be used again that was locked by wrong answers
    Unlock(life::Options),
    /// End the tokens whose time is over, and clear what is of no use any more
    Expire(expire::Options),
    /// Verify or export what happened in an auth store
    Audit(audit::Options),
    /// Make the accounts of people who sign in
    Account {
        #[command(subcommand)]
        command: account::AccountCommand,
    },
    /// Say who works at the desk
    Clerk {
        #[command(subcommand)]
        command: clerk::ClerkCommand,
    },
    /// Try it on this machine: the sign-in service, the desk, an application, a citizen and a card
    Demo(demo::Options),
    /// Have people sign in: pages for them, OpenID Connect for applications
    SignIn(sign_in::Options),
    /// Have clerks make cards and help people: pages for the counter of an office
    Desk(desk::Options),
    /// Say what is wrong with a server.toml, all of it at once
    CheckConfig(check_config::Options),
    /// Make what an application needs to sign people in
    Client {
        #[command(subcommand)]
        command: client::ClientCommand,
    },
    /// Show how far applications are with phasing the token out
    PhaseOut {
        #[command(subcommand)]
        command: phase_out::PhaseOutCommand,
    },
    /// Tell all that the store has of a person, or forget them
    Person {
        #[command(subcommand)]
        command: person::PersonCommand,
    },
    /// Export the requests for cards by post
    Requests {
        #[command(subcommand)]
        command: requests::RequestsCommand,
    },
    /// Make and rotate the keys that secrets of apps, codes and mails are sealed under
    Keys {
        #[command(subcommand)]
        command: keys::KeysCommand,
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

fn main() -> ExitCode {
    tokenkaart_terminal::run(
        |cli: Cli| run(cli.command),
        |failure| failure.remedied(remedy::options),
    )
}

fn run(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Store { command } => store::run(&command),
        Command::Import(options) => import::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Status(options) => status::run(&options),
        Command::Revoke(options) => life::revoke(&options),
        Command::Suspend(options) => life::change(&options, Act::Suspend),
        Command::Resume(options) => life::change(&options, Act::Resume),
        Command::Unlock(options) => life::change(&options, Act::Unlock),
        Command::Expire(options) => expire::run(&options),
        Command::Audit(options) => audit::run(&options),
        Command::Account { command } => account::run(&command),
        Command::Clerk { command } => clerk::run(&command),
        Command::Desk(options) => desk::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::SignIn(options) => sign_in::run(&options),
        Command::CheckConfig(options) => check_config::run(&options),
        Command::Client { command } => client::run(&command),
        Command::PhaseOut { command } => phase_out::run(&command),
        Command::Person { command } => person::run(&command),
        Command::Requests { command } => requests::run(&command),
        Command::Keys { command } => keys::run(&command),
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
