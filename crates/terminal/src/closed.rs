//! Whether standard output and standard error were closed when the program was started.
//!
//! Rust's runtime opens `/dev/null` in place of those that are closed, so that no file gets their
//! numbers; whatever is written to it seems to have been read. So this looks before the runtime
//! does.

#![allow(
    unsafe_code,
    reason = "what runs before `main`, and what is asked of a number that may be no file's"
)]

use std::sync::atomic::{AtomicBool, Ordering};

static OUTPUT: AtomicBool = AtomicBool::new(false);
static ERROR: AtomicBool = AtomicBool::new(false);

/// A program's list of what is called before its `main` (System V ABI, "Initialization and
/// Termination Functions").
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    for (number, is_closed) in [(libc::STDOUT_FILENO, &OUTPUT), (libc::STDERR_FILENO, &ERROR)] {
        // SAFETY: it asks for the flags of a number, and changes nothing.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } == -1 {
            is_closed.store(true, Ordering::Relaxed);
        }
    }
}

pub(crate) fn is_output_closed() -> bool {
    OUTPUT.load(Ordering::Relaxed)
}

pub(crate) fn is_error_closed() -> bool {
    ERROR.load(Ordering::Relaxed)
}

/// Has a file that may not grow (`ulimit -f`) be an error of who writes to it, as a full disk is:
/// the signal that comes otherwise ends the program with nothing wiped.
pub(crate) fn take_limits_as_errors() {
    // SAFETY: no handler of ours or others is replaced; to ignore a signal runs no code.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}
