//! What the program says, word for word: one case for each mistake and each success.
//!
//! `TRYCMD=overwrite cargo test --test cmd` writes what it says now; read the difference as the
//! clerk who gets it.
#![cfg(unix)]

use std::path::Path;

#[test]
fn every_message_says_what_where_and_what_to_do() {
    trycmd::TestCases::new()
        .env("LC_ALL", "C")
        .register_bin("ls", Path::new("/bin/ls"))
        .register_bin("chmod", Path::new("/bin/chmod"))
        .case("tests/cmd/*.trycmd")
        .case("tests/cmd/*.toml");
}
