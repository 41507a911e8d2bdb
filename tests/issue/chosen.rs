//! Cards for the holders of a list alone.

use std::{collections::BTreeSet, fs};

use tokenkaart_testing::office::{FAST, HOLDERS, Office, REGISTER_NUMBER, Said};

fn issue(office: &Office, out: &str, more: &[&str]) -> Said {
    office.run(&[&["issue", "holders.csv", "--out", out], &FAST[..], more].concat())
}

fn holders(office: &Office, run: &str) -> BTreeSet<String> {
    let records = office.records(run);
    records.iter().map(|record| record["holder"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn only_the_holders_of_a_list_get_a_card() {
    let office = Office::with(HOLDERS);
    let both = BTreeSet::from(["4712".to_owned(), REGISTER_NUMBER.to_owned()]);
    for (number, list) in [
        format!("4712\n\n {REGISTER_NUMBER} \r\n4712\n"),
        format!("\u{feff}4712\n{REGISTER_NUMBER}"),
        format!("id\n4712\n{REGISTER_NUMBER}\n"),
        format!("state;Id;unused\r\nactive;{REGISTER_NUMBER};2\r\nactive;4712;1\r\n"),
    ]
    .iter()
    .enumerate()
    {
        office.write("list", list);
        let out = format!("run-{number}");
        issue(&office, &out, &["--only", "list"]).ended(0);
        assert_eq!(holders(&office, &out), both, "{list}");
        office.run(&["check", &out]).ended(0);
    }
}

#[test]
fn who_is_in_the_list_and_not_in_the_holder_file_is_named_and_nobody_gets_a_card() {
    let office = Office::with(HOLDERS);
    let refused = |list: &str, says: &str| {
        office.write("list", list);
        let said = issue(&office, "run", &["--only", "list"]).ended(2);
        assert!(said.contains(says), "{said}");
        assert!(!office.path("run").exists());
        said
    };
    let said = refused("4712\n99\n98\n", "list:2: holder \"99\" is not in holders.csv; take");
    assert!(said.contains("2 faults, so no card is made:\n"), "{said}");
    assert!(said.ends_with("\noptions for this: --only\n"), "{said}");
    assert!(said.contains("list:3: holder \"98\" is not in holders.csv"), "{said}");
    refused("id\n4712\n99\n", "list:3: holder \"99\" is not in holders.csv");
    refused("id,state\n", "list: it contains no ids");
    refused("serial,state\nx,active\n", "list: no column gives the id; these columns are there");
    let long = "9".repeat(300);
    let said = refused(&format!("4712\n{long}\n\u{1b}[2J\n"), "list:2: \"9999");
    assert!(said.contains("list:3: \"") && !said.contains('\u{1b}'), "{said:?}");
    let said = issue(&office, "run", &["--only", "none"]).ended(2);
    assert!(said.contains("none: there is no such file"), "{said}");
}

#[test]
fn a_run_for_a_list_is_resumed_for_the_same_list() {
    let office = Office::with(HOLDERS);
    office.write("list", "4712\n4713\n");
    // One thread, so that the first bundle is done first.
    let one = ["--bundle", "1", "--jobs", "1"];
    let only = [&["--only", "list", "--date", "2026-11-22"][..], &one].concat();
    issue(&office, "run", &only).ended(0);
    let journal = fs::read_to_string(office.path("run/journal.jsonl")).unwrap();
    let done = journal.find("\"number\":2").unwrap();
    let end = journal[..done].rfind('\n').unwrap() + 1;
    fs::write(office.path("run/journal.jsonl"), &journal[..end]).unwrap();
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    let first = office.records("run").remove(0);

    let again = [&only[..], &["--resume"]].concat();
    for (list, says) in [
        ("4713\n".to_owned(), "2 holders then, 1 now"),
        (format!("4713\n{REGISTER_NUMBER}\n"), "the holder file is read in another way"),
    ] {
        office.write("list", list);
        let said = issue(&office, "run", &again).ended(2);
        assert!(said.contains(says), "{said}");
    }
    office.write("list", "4713\n4712\n");
    issue(&office, "run", &again).ended(0);
    assert_eq!(holders(&office, "run"), ["4712", "4713"].map(str::to_owned).into());
    assert_eq!(office.records("run")[0], first);
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn shards_of_a_list_are_one_run() {
    let office = Office::with(HOLDERS);
    office.write("list", format!("4712\n{REGISTER_NUMBER}\n4713\n"));
    office.write("other", "4712\n4713\n");
    let shard = |out: &str, part: &str, list: &str| {
        let more = ["--only", list, "--shard", part, "--date", "2026-11-22"];
        issue(&office, out, &more)
    };
    for (out, part) in [("one", "1/2"), ("two", "2/2")] {
        shard(out, part, "list").ended(0);
    }
    office.run(&["check", "one", "two"]).ended(0);
    let all = &holders(&office, "one") | &holders(&office, "two");
    assert_eq!(all.len(), 3);
    // A part for another list is of another run.
    for part in ["1/2", "2/2"] {
        if shard("three", part, "other").status == Some(0) {
            let one = if part == "1/2" { "two" } else { "one" };
            let said = office.run(&["check", one, "three"]).ended(1);
            assert!(said.contains("three"), "{said}");
            return;
        }
    }
    panic!("no part of the other list");
}

#[test]
fn only_the_new_ones_get_a_card_and_the_list_that_says_who_has_one_is_named() {
    let office = Office::with("INSZ;naam\n93051822361;Jan\n05010100113;An\n40000095579;Bo\n");
    // The same people, divided otherwise, in another list.
    office.write("had.csv", "Naam;Rijksregisternummer\nJan;93.05.18-223.61\n");
    office.write("also.txt", "05010100113\n");
    let issue = |out, more: &[&str]| {
        let begun = ["issue", "holders.csv", "--out", out, "--not-in", "had.csv"];
        office.run(&[&begun[..], &FAST, &["--not-in", "also.txt"], more].concat())
    };
    let said = issue("refused", &[]).ended(2);
    assert!(said.contains("\"93051822361\": has a token already, by had.csv;"), "{said}");
    assert!(said.contains("options for this: --not-in, --skip, --replace"), "{said}");
    let said = issue("new", &["--skip"]).ended(0);
    assert!(said.contains("1 holder skipped: a token already, by had.csv"), "{said}");
    let records = office.records("new");
    assert_eq!(records.len(), 1);
    // Whoever is left out of all is told, and no folder is made.
    office.write("also.txt", "05010100113\n40000095579\n");
    let said = issue("none", &["--skip"]).ended(2);
    assert!(said.contains("each holder has a token already"), "{said}");
    assert!(!office.path("none").exists());
}

#[test]
fn a_workbook_says_who_alone_gets_a_card() {
    let office = Office::with("id;naam\n1;Jan\n2;An\n");
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write(0, 0, "dossiernummer").unwrap().write(1, 0, 2).unwrap();
    book.save(office.path("list.xlsx")).unwrap();
    let only = ["issue", "holders.csv", "--out", "new", "--only", "list.xlsx"];
    office.run(&[&only[..], &FAST].concat()).ended(0);
    assert_eq!(office.records("new").len(), 1);
}

#[test]
fn one_letter_needs_no_holder_file() {
    let office = Office::with(HOLDERS);
    let letter = ["issue", "--id", "7", "--name", "Jan", "--design", "letter", "--office", "Gent"];
    let address = ["--street", "Dorp 1 bus 2", "--postal-code", "9000", "--city", "Gent"];
    let out = ["--out", "one"];
    office.run(&[&letter[..], &address, &out, &FAST].concat()).ended(0);
    assert_eq!(office.records("one").len(), 1);
    // Without an address there is no letter.
    office.run(&[&letter[..], &["--out", "none"], &FAST].concat()).ended(2);
}

#[test]
fn counter_cards_are_checked_in_one_call() {
    let office = Office::with(HOLDERS);
    for id in ["7", "8", "9"] {
        let card = ["issue", "--id", id, "--name", "Jan", "--out", id];
        office.run(&[&card[..], &FAST].concat()).ended(0);
    }
    let said = office.run(&["check", "7", "8", "9"]);
    assert!(said.stdout.contains("\n3 runs, each of its own, of 3 cards\n"), "{}", said.stdout);
    said.ended(0);
    let said = office.run(&["check", "7", "8", "7"]).ended(1);
    assert!(said.contains("7: is the run of 7 once more"), "{said}");
}

#[test]
fn ids_that_an_export_guards_from_spreadsheets_name_the_same_holders() {
    let office = Office::with("id;naam\n-1;Jan\n@x;Bo\n+y;Cy\n");
    // As the store's status and its lists of returned letters write them.
    office.write("only.csv", "id,serial\r\n'-1,x\r\n'@x,x\r\n");
    let said = office.issue("run", &["--only", "only.csv"]);
    assert!(said.contains("2 cards in run/cards"), "{said}");
    let holders: Vec<_> =
        office.records("run").iter().map(|record| record["holder"].clone()).collect();
    assert_eq!(holders, ["-1", "@x"]);
}
