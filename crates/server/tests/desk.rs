//! The desk as clerks meet it, over HTTP.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what can't be done is a failed test"
)]

mod desk {
    #[path = "../store/app_code.rs"]
    pub(crate) mod app_code;
    #[allow(dead_code, reason = "the tests of the sign-in service use more of it")]
    #[path = "../web/browser.rs"]
    pub(crate) mod browser;
    mod by_post;
    mod cards;
    mod clerks;
    mod configured;
    pub(crate) mod counter;
    mod day_file;
    mod demo;
    mod helps;
    mod people;
    mod roles;
    mod screens;
}
