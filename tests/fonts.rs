//! The fonts that are compiled in are those that their list names, with their licences.
#![allow(clippy::unwrap_used, reason = "a list that can't be read is a failed test")]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use sha2::{Digest, Sha256};

#[test]
fn every_font_is_the_listed_file_and_has_its_licence() {
    let list = fs::read_to_string("fonts/README.md").unwrap();
    let digests: BTreeMap<String, String> = list
        .lines()
        .filter_map(|line| line.split_once("  "))
        .filter(|(digest, _)| digest.len() == 64)
        .map(|(digest, name)| (name.to_owned(), digest.to_owned()))
        .collect();

    let mut found = BTreeMap::new();
    for entry in fs::read_dir("fonts").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "ttf") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let row = list.lines().find(|line| line.starts_with(&format!("| `{name}`"))).unwrap();
            let licence = row.split('`').find(|part| part.contains("LICENSE")).unwrap();
            let text = fs::read_to_string(Path::new("fonts").join(licence)).unwrap();
            assert!(text.contains("SIL OPEN FONT LICENSE Version 1.1"), "{licence}");

            let mut digest = String::new();
            for byte in Sha256::digest(fs::read(&path).unwrap()) {
                write!(digest, "{byte:02x}").unwrap();
            }
            found.insert(name, digest);
        }
    }
    assert_eq!(found, digests);
}
