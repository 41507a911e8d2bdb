//! Hashes that are keyed with the verifier's secret.

use std::{fs, os::unix::fs::PermissionsExt as _};

use tokenkaart_testing::office::{HOLDERS, Office, holds};

const PEPPER: &[u8] = b"\x00q7Zr\x1fUw=9\xff\xfe~kP3v\x80xJd#5mB^s0&hT4\xc3G";

fn keep_secret(office: &Office, name: &str, bytes: &[u8]) {
    office.write(name, bytes);
    fs::set_permissions(office.path(name), fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_pepper_keys_the_hashes_and_is_nowhere() {
    let office = Office::with(HOLDERS);
    keep_secret(&office, "pepper", PEPPER);
    keep_secret(&office, "other", &[7; 32]);
    let said = office.issue("run", &["--pepper-file", "pepper"]);
    let records = office.records("run");
    let key_id = records[0]["key_id"].as_str().unwrap();
    assert!(records.iter().all(|record| record["key_id"] == key_id));
    assert!(said.contains(&format!("pepper {key_id};")), "{said}");

    let refused = office.run(&["check", "run"]).ended(2);
    assert!(refused.contains(key_id) && refused.contains("--pepper-file"), "{refused}");
    let refused = office.run(&["check", "run", "--pepper-file", "other"]).ended(2);
    assert!(refused.contains(key_id) && refused.contains("give that one"), "{refused}");
    let agreed = office.run(&["check", "run", "--pepper-file", "pepper"]).ended(0);
    assert!(agreed.contains("72 codes fit their hashes"), "{agreed}");

    let halves = PEPPER.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex: String = halves.map(|half| char::from_digit(half.into(), 16).unwrap()).collect();
    let mut texts = office.files("run");
    texts.insert("the terminal".to_owned(), [said, refused, agreed].concat().into_bytes());
    for (name, bytes) in texts {
        // Any eight bytes in a row, raw or in hexadecimal digits.
        for part in PEPPER.windows(8) {
            assert!(!holds(&bytes, part), "{name}");
        }
        for part in hex.as_bytes().windows(16) {
            assert!(!holds(&bytes.to_ascii_lowercase(), part), "{name}");
        }
    }
}
