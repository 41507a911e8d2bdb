//! Shell completions and the man pages, made of the same arguments that the program reads.

use std::{io, path::Path};

use clap::CommandFactory;
use clap_complete::Shell;

use super::{
    args::Cli,
    say::{Failure, Outcome},
};

/// Prints the completions of a shell.
pub(super) fn completions(shell: Shell) -> Outcome {
    clap_complete::generate(shell, &mut Cli::command(), "tokenkaart", &mut io::stdout());
    Outcome::Done
}

/// Prints the man page, or writes those of all subcommands into a folder.
pub(super) fn man(out: Option<&Path>) -> Result<Outcome, Failure> {
    match out {
        None => clap_mangen::Man::new(Cli::command()).render(&mut io::stdout())?,
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::new(format!("{}: cannot make the folder: {error}", folder.display()))
            })?;
            clap_mangen::generate_to(Cli::command(), folder)?;
        }
    }
    Ok(Outcome::Done)
}
