//! Records for stores of others, loaded into real ones: PostgreSQL, MariaDB, SQLite, OpenLDAP.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what can't be done is a failed test")]

mod export {
    mod loaded;
    pub(crate) mod mariadb;
    pub(crate) mod slapd;
}
