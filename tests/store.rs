//! The auth store, in SQLite and in a real PostgreSQL: each test is run over both.
//!
//! `scripts/test.sh` installs PostgreSQL, the shell of SQLite, MariaDB and OpenLDAP.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what can't be done is a failed test")]

mod store {
    mod audit;
    pub(crate) mod cluster;
    pub(crate) mod exported;
    mod made;
    pub(crate) mod mariadb;
    #[path = "../issue/office.rs"]
    #[allow(dead_code, reason = "the tests of `issue` use all of it")]
    pub(crate) mod office;
    pub(crate) mod site;
    pub(crate) mod slapd;
}
