//! The sign-in service over HTTP with a real PostgreSQL, and the rights of its role alone:
//! `scripts/test.sh` installs it. What doesn't come to the store is in `web.rs`.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what can't be done is a failed test"
)]

#[path = "web"]
mod web {
    use tokenkaart_testing::cluster;

    /// Which database this target is for.
    pub(crate) const IS_POSTGRES: bool = true;

    pub(crate) mod application;
    #[allow(dead_code)]
    pub(crate) mod browser;
    mod clients;
    mod first;
    mod forgotten;
    mod instances;
    mod locked;
    mod machine;
    #[allow(dead_code)]
    #[path = "../../../../tests/fuzz/mutate.rs"]
    pub(crate) mod mutate;
    mod overload;
    mod own_page;
    mod phase_out;
    pub(crate) mod post;
    mod requests;
    #[allow(dead_code)]
    pub(crate) mod service;
    mod sessions;
    #[allow(dead_code)]
    #[path = "../store/site.rs"]
    pub(crate) mod site;
    mod tabs;
    mod walks;
}
