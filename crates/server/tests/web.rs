//! The sign-in service as browsers and applications meet it, over HTTP.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "what can't be done is a failed test"
)]

mod web {
    #[path = "../store/app_code.rs"]
    pub(crate) mod app_code;
    pub(crate) mod application;
    pub(crate) mod browser;
    mod clients;
    mod demo;
    mod first;
    mod forms;
    mod headers;
    mod hostile;
    mod instances;
    mod keys;
    mod languages;
    mod locked;
    mod machine;
    #[path = "../../../../tests/fuzz/mutate.rs"]
    pub(crate) mod mutate;
    mod overload;
    mod own_page;
    mod phase_out;
    pub(crate) mod post;
    mod requests;
    pub(crate) mod service;
    mod sessions;
    mod tabs;
    mod walks;
}
