//! The demo in Chromium, and what other people's programs make of it: axe-core of its pages,
//! openid-client, authlib and Apache's `mod_auth_openidc` of its OpenID Connect, aiosmtpd of its mails,
//! and oathtool of its app codes.
//!
//! `TOKENKAART_LANGUAGES=nl,fr,de,en` has all pages looked at in these languages, in place of one;
//! `TOKENKAART_PICTURES=FOLDER` has pictures taken of them.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "what can't be done is a failed test"
)]

// The service and the browser of the tests over HTTP, which use more of them.
#[allow(dead_code)]
#[path = "web/application.rs"]
mod application;
#[allow(dead_code)]
#[path = "web/browser.rs"]
mod browser;
#[allow(dead_code)]
#[path = "web/post.rs"]
mod post;
#[allow(dead_code)]
#[path = "web/service.rs"]
mod service;
#[allow(dead_code)]
#[path = "store/site.rs"]
mod site;

use tokenkaart_testing::cluster;

/// Which database the service of these tests is over.
const IS_POSTGRES: bool = false;

mod browsers {
    mod cards;
    mod clients;
    pub(crate) mod demo;
    mod desk;
    mod first;
    mod mails;
    mod pages;
    mod proxies;
}
