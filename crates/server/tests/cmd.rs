//! What `tokenkaart-server` says, word for word.
//!
//! `TRYCMD=overwrite cargo test -p tokenkaart-server --test cmd` writes what it says now; read the
//! difference as the operator who gets it.
#![cfg(unix)]

#[test]
fn every_message_says_what_where_and_what_to_do() {
    trycmd::TestCases::new().env("LC_ALL", "C").case("tests/cmd/*.trycmd");
}
