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
    use tokenkaart_testing::cluster;

    /// Which database this target is for.
    pub(crate) const IS_POSTGRES: bool = false;

    #[path = "../store/app_code.rs"]
    pub(crate) mod app_code;
    pub(crate) mod application;
    pub(crate) mod browser;
    mod clients;
    mod demo;
    mod first;
    mod forgotten;
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
    #[allow(dead_code)]
    #[path = "../store/site.rs"]
    pub(crate) mod site;
    mod tabs;
    mod walks;
}
