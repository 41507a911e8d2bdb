//! The program as a user meets it: whole runs, judged by other people's programs.
//!
//! `scripts/test.sh` installs what these tests call: poppler, qpdf, zbar, libdmtx,
//! age, ssh-keygen, strace and argon2-cffi.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what can't be done is a failed test")]

mod issue {
    use tokenkaart_testing::office;

    mod bad_days;
    mod chosen;
    mod faults;
    mod holder_file;
    mod made;
    mod marks;
    mod one_card;
    mod peppered;
    mod reconciled;
    mod reissued;
    mod resumed;
    mod sealed;
    mod secrets;
    mod shards;
    mod slurm;
    mod spoilt;
    mod stopped;
}
