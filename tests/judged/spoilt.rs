//! Runs that were changed after they were made: `check` says so and names the file.

use std::fs;

use super::{
    office::{HOLDERS, Office, URL},
    secrets::assert_no_code,
};

/// How many bytes of a file are spoilt, one at a time.
const PLACES: usize = 40;

/// Flips a bit of a byte here and there, and looks at what `check` says each time.
fn a_flipped_byte_is_reported(name: &str) {
    let office = Office::with("id;naam\n4711;Jan Peeters\n");
    office.issue("run", &["--url", URL]);
    let codes = office.codes("run");
    let path = office.path("run").join(name);
    let whole = fs::read(&path).unwrap();
    // Places that look drawn and are the same in each run of this test.
    let mut state = 0x9e37_79b9_u64;
    for _ in 0..PLACES {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(state >> 33).unwrap() % whole.len();
        let bit = (state >> 30) & 7;
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << bit;
        fs::write(&path, bytes).unwrap();
        let said = office.run(&["check", "run", "--jobs", "1"]);
        assert!(
            matches!(said.status, Some(1 | 2)),
            "byte {place} of {name}, bit {bit}: {}",
            said.stdout
        );
        let names_it = said.stderr.lines().any(|line| line.contains(name));
        assert!(names_it, "byte {place} of {name}, bit {bit}: {}", said.stderr);
        assert_no_code(&codes, "check", (said.stdout + &said.stderr).as_bytes());
    }
    fs::write(&path, whole).unwrap();
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn a_flipped_byte_of_the_cards_is_reported() {
    a_flipped_byte_is_reported("cards/0001.pdf");
}

#[test]
fn a_flipped_byte_of_the_records_is_reported() {
    a_flipped_byte_is_reported("records/0001.jsonl");
}

#[test]
fn a_flipped_byte_of_the_journal_is_reported() {
    a_flipped_byte_is_reported("journal.jsonl");
}

#[test]
fn a_flipped_byte_of_the_manifest_is_reported() {
    a_flipped_byte_is_reported("manifest.json");
}

#[test]
fn a_file_too_many_or_too_few_is_reported() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    office.write("run/cards/0002.pdf", "");
    let said = office.run(&["check", "run"]).ended(1);
    assert!(said.contains("cards/0002.pdf: the manifest does not list this file"), "{said}");
    fs::remove_file(office.path("run/cards/0002.pdf")).unwrap();

    for name in ["cards/0001.pdf", "records/0001.jsonl", "journal.jsonl"] {
        let path = office.path("run").join(name);
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let said = office.run(&["check", "run"]).ended(1);
        assert!(
            said.contains(&format!("{name}: the manifest lists this file and it is not there")),
            "{said}"
        );
        fs::write(&path, whole).unwrap();
    }
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn cards_of_another_run_are_reported() {
    let office = Office::with(HOLDERS);
    office.issue("one", &[]);
    office.issue("two", &[]);
    let codes = [office.codes("one"), office.codes("two")].concat();
    let paths = ["one/cards/0001.pdf", "two/cards/0001.pdf"].map(|path| office.path(path));
    let [one, two] = paths.clone().map(|path| fs::read(path).unwrap());
    fs::write(&paths[0], two).unwrap();
    fs::write(&paths[1], one).unwrap();
    for (run, others) in [("one", "two"), ("two", "one")] {
        let said = office.run(&["check", run]).ended(1);
        assert!(said.contains("cards/0001.pdf: the file was changed"), "{said}");
        for (page, record) in (1..).zip(office.records(others)) {
            let serial = record["serial"].as_str().unwrap();
            let line =
                said.lines().find(|line| line.contains(serial)).unwrap_or_else(|| panic!("{said}"));
            assert!(line.contains(&format!("cards/0001.pdf, page {page}")), "{line}");
        }
        for record in office.records(run) {
            let serial = record["serial"].as_str().unwrap();
            assert!(
                said.lines().any(|line| line.contains(serial) && line.contains("no card")),
                "{said}"
            );
        }
        assert_no_code(&codes, "check", said.as_bytes());
    }
}
