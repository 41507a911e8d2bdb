//! The auth store, in SQLite and in a real PostgreSQL: each test is run over both.
//!
//! `scripts/test.sh` installs PostgreSQL and the shell of SQLite.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what can't be done is a failed test")]

mod store {
    pub(crate) use tokenkaart_testing::{cluster, hostile, office};

    mod alike;
    mod answers;
    mod audit;
    pub(crate) mod holding;
    mod imported;
    mod killed;
    mod life;
    mod made;
    mod model;
    mod races;
    mod roles;
    pub(crate) mod site;
    mod terminal;
    mod tls;
}
