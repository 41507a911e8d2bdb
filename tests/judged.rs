//! Whole runs, judged by other people's programs.
//!
//! `scripts/test.sh` installs what these tests call: poppler, qpdf, zbar, libdmtx, age, ssh-keygen,
//! strace, Slurm, Python and argon2-cffi.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "what can't be done is a failed test"
)]

mod judged {
    use tokenkaart_testing::office;

    mod bad_days;
    mod faults;
    mod made;
    mod marks;
    mod one_card;
    mod reconciled;
    mod reissued;
    mod sealed;
    mod secrets;
    mod shards;
    mod slurm;
    mod spoilt;
}
