//! What a program sees to before it does anything, and the secret files that it reads.

use std::{panic, path::Path};

use tokenkaart_token::{
    files,
    hash::{MAX_PEPPER_LEN, Pepper},
    shell::shown,
};

use crate::say::Failure;

/// Has a panic say where it was and no more: its text may quote what the program worked on.
pub fn hush_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("error: a fault of this program ({place}); please report it");
    }));
}

/// Turns core dumps off, in which codes could be read.
///
/// A debugger is not fought: whoever can attach one is the same user or the administrator, and
/// operators trace programs that they are asked to trust.
///
/// # Errors
/// [`Failure`] when the operating system refuses it.
pub fn harden() -> Result<(), Failure> {
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
