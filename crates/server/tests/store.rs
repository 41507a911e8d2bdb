//! The auth store in SQLite: what needs nothing but this workspace.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what can't be done is a failed test"
)]

mod store {
    pub(crate) use tokenkaart_testing::{cluster, hostile, office, signers};

    /// Which database this target is for.
    pub(crate) const IS_POSTGRES: bool = false;

    mod accounts;
    pub(crate) mod activation;
    mod alike;
    mod answers;
    pub(crate) mod app_code;
    mod asked;
    mod audit;
    mod citus;
    mod clerks;
    pub(crate) mod counter;
    mod factors;
    mod flow;
    pub(crate) mod forgotten;
    mod granted;
    pub(crate) mod holding;
    pub(crate) mod imported;
    mod key_acts;
    pub(crate) mod keys;
    mod killed;
    mod life;
    mod made;
    mod model;
    mod person;
    mod phase_out;
    pub(crate) mod post;
    mod races;
    mod rewritten;
    mod several;
    mod sign_in;
    pub(crate) mod signing_in;
    pub(crate) mod site;
    mod sqlite;
    mod taken_over;
    mod terminal;
    mod vouched;
    mod ways;
}
