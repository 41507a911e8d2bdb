//! The auth store in a real PostgreSQL, and with other programs: `scripts/test.sh` installs them.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what can't be done is a failed test"
)]

#[path = "store"]
mod store {
    pub(crate) use tokenkaart_testing::{cluster, hostile, office, signers};

    /// Which database this target is for.
    pub(crate) const IS_POSTGRES: bool = true;

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
    mod other_makers;
    mod others;
    mod person;
    mod phase_out;
    mod pooled;
    pub(crate) mod post;
    mod postgres;
    mod races;
    mod rewritten;
    mod roles;
    mod several;
    mod sign_in;
    pub(crate) mod signing_in;
    pub(crate) mod site;
    mod standby;
    mod taken_over;
    mod terminal;
    mod tls;
    mod vouched;
    mod ways;
}
