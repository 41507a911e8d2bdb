//! What the tests of both programs share: the programs themselves, a PostgreSQL of their own, and
//! other people's programs to judge what was made.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    missing_docs,
    reason = "what can't be done is a failed test"
)]

pub mod cluster;
pub mod hostile;
pub mod interposer;
pub mod office;
pub mod running;
pub mod signers;

use std::{env, path::PathBuf};

/// A program of this workspace, beside the folder of the test that runs.
#[track_caller]
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join(name);
    assert!(
        program.exists(),
        "there is no {}: run `cargo build --workspace` first, or `cargo test --workspace`",
        program.display()
    );
    program
}
