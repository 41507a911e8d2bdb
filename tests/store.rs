//! The auth store, in SQLite and in a real PostgreSQL: each test is run over both.
//!
//! `scripts/test.sh` installs PostgreSQL and the shell of SQLite.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what can't be done is a failed test")]

mod store {
    mod audit;
    pub(crate) mod cluster;
    mod made;
    pub(crate) mod site;
}
