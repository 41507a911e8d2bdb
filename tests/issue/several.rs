//! Several runs of their own in one export, such as the cards of a counter.

use std::fs;

use tokenkaart_testing::office::{FAST, Office, Said};

fn office() -> Office {
    let office = Office::new();
    for id in ["1", "2", "3"] {
        let out = format!("card-{id}");
        let one = ["issue", "--id", id, "--name", "Jan", "--out", &out];
        office.run(&[&one[..], &FAST].concat()).ended(0);
    }
    office
}

fn export(office: &Office, runs: &[&str], out: &str) -> Said {
    office.run(&[&["export"], runs, &["--to", "csv", "--out", out]].concat())
}

#[test]
fn the_cards_of_a_counter_are_exported_together() {
    let office = office();
    export(&office, &["card-1", "card-2", "card-3"], "day.csv").ended(0);
    let text = fs::read_to_string(office.path("day.csv")).unwrap();
    assert_eq!(text.lines().count(), 1 + 3 * 24);
    for id in ["1", "2", "3"] {
        let serial =
            office.records(&format!("card-{id}"))[0]["serial"].as_str().unwrap().to_owned();
        assert_eq!(text.matches(&serial).count(), 24, "{id}");
    }
}

#[test]
fn a_fault_in_one_of_several_runs_leaves_no_file_and_each_is_named() {
    let office = office();
    for id in ["1", "3"] {
        let path = office.path(&format!("card-{id}/records/0001.jsonl"));
        let changed = fs::read_to_string(&path).unwrap().replace("m=8", "m=9");
        fs::write(path, changed).unwrap();
    }
    let said = export(&office, &["card-1", "card-2", "card-3"], "day.csv").ended(2);
    for run in ["card-1", "card-3"] {
        assert!(said.contains(&format!("{run}/records/0001.jsonl: changed since")), "{said}");
    }
    let said = export(&office, &["card-2", "none", "neither"], "day.csv").ended(2);
    assert!(said.contains("none: there is no such folder"), "{said}");
    assert!(said.contains("neither: there is no such folder"), "{said}");
    let said = export(&office, &["card-2", "card-2/"], "day.csv").ended(2);
    assert!(said.contains("card-2/: the run of card-2 once more; name one of them"), "{said}");
    assert!(!office.path("day.csv").exists());
}
