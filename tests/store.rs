//! The auth store, in SQLite and in a real PostgreSQL: each test is run over both.
//!
//! `scripts/test.sh` installs PostgreSQL, the shell of SQLite, MariaDB and OpenLDAP.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what can't be done is a failed test")]

mod store {
    mod alike;
    mod answers;
    mod audit;
    pub(crate) mod cluster;
    pub(crate) mod exported;
    pub(crate) mod holding;
    mod imported;
    mod killed;
    mod life;
    mod made;
    pub(crate) mod mariadb;
    mod model;
    #[path = "../issue/office.rs"]
    #[allow(dead_code, reason = "the tests of `issue` use all of it")]
    pub(crate) mod office;
    mod races;
    mod roles;
    pub(crate) mod site;
    pub(crate) mod slapd;
    mod terminal;
    mod tls;
}
