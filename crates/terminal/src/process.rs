//! What a program sees to before it does anything, and the secret files that it reads.

use std::{panic, path::Path, process::ExitCode};

use clap::Parser;
use tokenkaart_token::{
    files,
    hash::{MAX_PEPPER_LEN, Pepper},
    shell::shown,
};

use crate::{
    closed, output,
    say::{Failure, Outcome},
    zone,
};

/// What both programs are: arguments read, done what they say, and told how it went.
///
/// `remedied` adds what the program knows to do about a failure.
pub fn run<A: Parser>(
    act: impl FnOnce(A) -> Result<Outcome, Failure>,
    remedied: impl FnOnce(Failure) -> Failure,
) -> ExitCode {
    hush_panics();
    closed::take_limits_as_errors();
    let arguments = match A::try_parse() {
        Ok(arguments) => arguments,
        Err(said) => return tell(&said).into(),
    };
    match zone::require_known().and_then(|()| harden()).and_then(|()| act(arguments)) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            output::note(remedied(failure));
            Outcome::CouldNotRun.into()
        }
    }
}

/// Prints the help, the version, or what is wrong with the arguments.
fn tell(said: &clap::Error) -> Outcome {
    // In colours where these are shown.
    let printed = said.print();
    if said.use_stderr() {
        return Outcome::CouldNotRun;
    }
    match output::require_whole(printed) {
        Ok(()) => Outcome::Done,
        Err(failure) => {
            output::note(failure);
            Outcome::CouldNotRun
        }
    }
}

/// Has a panic say where it was and no more: its text may quote what the program worked on.
fn hush_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        output::note(format_args!("error: a fault of this program ({place}); please report it"));
    }));
}

/// Turns core dumps off, in which codes could be read.
///
/// A debugger is not fought: whoever can attach one is the same user or the administrator, and
/// operators trace programs that they are asked to trust.
///
/// # Errors
/// [`Failure`] when the operating system refuses it.
fn harden() -> Result<(), Failure> {
    secmem_proc::Config::new_with_anti_tracing(false).harden_process().map_err(|error| {
        Failure::new(format!(
            "core dumps, in which codes could be read, can't be turned off ({error}); \
             run `ulimit -c 0` and try again"
        ))
    })
}

/// Reads a pepper.
///
/// # Errors
/// [`Failure`] when the file can't be read, others can read it too, or it is no pepper.
pub fn pepper(path: &Path) -> Result<Pepper, Failure> {
    let bytes = files::read_secret(path, MAX_PEPPER_LEN as u64)?;
    Pepper::new(bytes).map_err(|error| Failure::new(format!("{}: {error}", shown(path))))
}

#[cfg(test)]
mod tests {
    use std::{fs::File, panic::catch_unwind, process::Command};

    use super::hush_panics;

    /// Says to this test that it is the process which panics.
    const PANICS: &str = "TOKENKAART_TEST_PANICS";

    #[test]
    fn a_panic_that_can_not_be_told_unwinds_all_the_same() {
        if std::env::var_os(PANICS).is_some() {
            hush_panics();
            let unwound = catch_unwind(|| panic!("hunter2")).is_err();
            std::process::exit(if unwound { 7 } else { 8 });
        }
        let name = "process::tests::a_panic_that_can_not_be_told_unwinds_all_the_same";
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args([name, "--exact", "--nocapture"]).env(PANICS, "1");
        let said = again.output().unwrap();
        assert_eq!(said.status.code(), Some(7), "{said:?}");
        let told = String::from_utf8(said.stderr).unwrap();
        assert!(told.contains("a fault of this program (crates/terminal"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
        if let Ok(full) = File::options().write(true).open("/dev/full") {
            let status = again.stderr(full).status().unwrap();
            assert_eq!(status.code(), Some(7), "{status}");
        }
    }
}
