//! Shell completions and the man pages, made of the same arguments that a program reads.

use std::{io, path::Path};

use clap::Command;
use clap_complete::Shell;
use tokenkaart_token::shell::shown;

use crate::say::{Failure, Outcome};

/// Prints the completions of a shell.
///
/// # Errors
/// [`Failure`] when they can't be printed.
pub fn completions(mut command: Command, shell: Shell) -> Result<Outcome, Failure> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    io::Write::write_all(&mut io::stdout(), &text)?;
    Ok(Outcome::Done)
}

/// Prints the man page, or writes those of all subcommands into a folder.
///
/// # Errors
/// [`Failure`] when they can't be written.
pub fn man(command: Command, out: Option<&Path>) -> Result<Outcome, Failure> {
    match out {
        None => clap_mangen::Man::new(command).render(&mut io::stdout())?,
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::new(format!("{}: cannot make the folder: {error}", shown(folder)))
            })?;
            clap_mangen::generate_to(command, folder)?;
        }
    }
    Ok(Outcome::Done)
}
