//! Shell completions and the man pages, made of the same arguments that a program reads.

use std::{io::Write as _, path::Path};

use clap::Command;
use clap_complete::Shell;
use tokenkaart_token::shell::shown;

use crate::{
    output::Document,
    say::{Failure, Outcome},
};

/// Prints the completions of a shell.
///
/// # Errors
/// [`Failure`] when they can't be printed.
pub fn completions(mut command: Command, shell: Shell) -> Result<Outcome, Failure> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    print(&text)
}

/// Prints the man page, or writes those of all subcommands into a folder.
///
/// # Errors
/// [`Failure`] when they can't be written.
pub fn man(command: Command, out: Option<&Path>) -> Result<Outcome, Failure> {
    match out {
        None => {
            let mut text = Vec::new();
            clap_mangen::Man::new(command).render(&mut text)?;
            return print(&text);
        }
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::new(format!("{}: cannot make the folder: {error}", shown(folder)))
            })?;
            clap_mangen::generate_to(command, folder)?;
        }
    }
    Ok(Outcome::Done)
}

fn print(text: &[u8]) -> Result<Outcome, Failure> {
    let mut document = Document::begin();
    document.write_all(text)?;
    document.flush()?;
    Ok(Outcome::Done)
}
