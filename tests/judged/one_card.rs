//! One card at the desk, holders from elsewhere than a file, and what can be chosen.

use serde_json::Value;

use tokenkaart_testing::office::{FAST, HOLDERS, Office, ask};

#[test]
fn one_card_needs_no_file() {
    let office = Office::new();
    let who = ["issue", "--id", "4711", "--name", "Zoe\u{308} Peeters", "--out", "run"];
    office.run(&[&who[..], &["--language", "fr", "--date", "2026-01-02"], &FAST].concat()).ended(0);
    let (pages, records) = (office.pages("run"), office.records("run"));
    assert_eq!((pages.len(), records.len()), (1, 1));
    assert_eq!(
        (&records[0]["holder"], &records[0]["issued"]),
        (&"4711".into(), &"2026-01-02".into())
    );
    for text in ["Zo\u{eb} Peeters", "demandée le 2 janvier 2026", "Numéro de série"] {
        assert!(pages[0].contains(text), "{text}:\n{}", pages[0]);
    }
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn one_card_and_large_ones_are_tagged_and_other_runs_when_asked() {
    let office = Office::with(HOLDERS);
    let one = ["issue", "--id", "1", "--name", "An Peeters", "--out", "one"];
    office.run(&[&one[..], &FAST].concat()).ended(0);
    office.issue("plain", &[]);
    office.issue("asked", &["--tagged"]);
    office.issue("large", &["--design", "large", "--back"]);
    for (run, tagged) in [("one", true), ("plain", false), ("asked", true), ("large", true)] {
        let said = ask("pdfinfo", &[office.path(run).join("cards/0001.pdf").as_os_str()]);
        let wanted = format!("Tagged:          {}\n", if tagged { "yes" } else { "no" });
        assert!(said.contains(&wanted), "{run}: {said}");
        let manifest: Value = serde_json::from_slice(&office.files(run)["manifest.json"]).unwrap();
        assert_eq!(manifest["parameters"]["tagged"], tagged, "{run}");
        office.run(&["check", run]).ended(0);
    }
}

#[test]
fn an_end_date_is_in_every_record_and_on_no_front() {
    let office = Office::with(HOLDERS);
    let dates = ["--date", "2026-11-22", "--expires", "2031-05-07"];
    office.issue("run", &dates);
    let records = office.records("run");
    assert!(records.iter().all(|record| record["expires"] == "2031-05-07"), "{records:?}");
    assert!(office.pages("run").iter().all(|page| !page.contains("2031")));
    office.run(&["check", "run"]).ended(0);
    // A run that is resumed has the end date that it began with.
    let again = ["issue", "holders.csv", "--out", "run", "--resume"];
    office.run(&[&again[..], &dates, &FAST].concat()).ended(0);
    let said = office.run(&[&again[..], &dates[..2], &FAST].concat()).ended(2);
    assert!(said.contains("end date: 2031-05-07 then, none now"), "{said}");
    let never = ["issue", "holders.csv", "--out", "never", "--date", "2026-11-22"];
    let said = office.run(&[&never[..], &["--expires", "2026-11-22"], &FAST].concat()).ended(2);
    assert!(said.contains("is not after the date of request, 2026-11-22"), "{said}");
    assert!(!office.path("never").exists());
}

#[test]
fn each_holder_gets_a_card_in_their_own_language() {
    let office = Office::with("id;naam;taal\n1;A B;nl\n2;A B;fr\n3;A B;de\n4;A B;en\n5;A B;\n");
    office.issue("run", &["--date", "2026-03-01", "--language", "de"]);
    let dates = ["1 maart 2026", "1er mars 2026", "1. März 2026", "1 March 2026", "1. März 2026"];
    for (page, date) in office.pages("run").iter().zip(dates) {
        assert!(page.contains(date), "{date}:\n{page}");
    }
}

#[test]
fn a_pipe_brings_holders_in_each_text_format() {
    let json = r#"[{"id": "4711", "name": "Jan Peeters"}, {"id": "4712", "name": "An Claes"}]"#;
    let lines = json[1..json.len() - 1].replace("}, {", "}\n{");
    let office = Office::new();
    for (format, text) in
        [("csv", "id,name\n4711,Jan Peeters\n4712,An Claes\n"), ("json", json), ("jsonl", &lines)]
    {
        let arguments = ["issue", "-", "--format", format, "--out", format];
        office.run_with_input(&[&arguments[..], &FAST].concat(), text.as_bytes()).ended(0);
        let pages = office.pages(format);
        assert_eq!(pages.len(), 2, "{format}");
        assert!(pages[0].contains("Jan Peeters") && pages[1].contains("An Claes"), "{format}");
    }
}

#[test]
fn json_is_for_programs_and_quiet_is_quiet() {
    let office = Office::with(HOLDERS);
    let run = |command: &[&str], fast: &[&str]| office.run(&[command, fast].concat());
    let said = run(&["issue", "holders.csv", "--out", "run", "--json"], &FAST);
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
    let summary: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(summary["cards"], 3);
    assert_eq!(summary["card_files"][0], "cards/0001.pdf");
    let said = run(&["check", "run", "--json"], &[]);
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&report["agrees"], &report["run"]), (&true.into(), &summary["run"]));

    for (command, fast) in [
        (&["issue", "holders.csv", "--out", "quiet", "--quiet", "--bundle", "1"][..], &FAST[..]),
        (&["check", "quiet", "-q"], &[]),
    ] {
        let said = run(command, fast);
        assert_eq!((said.stdout + &said.stderr).as_str(), "", "{command:?}");
        assert_eq!(said.status, Some(0));
    }
    // Errors are said all the same.
    let said = run(&["issue", "holders.csv", "--out", "quiet", "--quiet"], &FAST);
    assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""));
    assert!(said.stderr.contains("already there"), "{}", said.stderr);
}

#[test]
fn codes_look_as_they_were_asked_to() {
    let office = Office::with(HOLDERS);
    let digits = ["--code-alphabet", "0123456789", "--code-length", "8", "--no-check-symbol"];
    for (out, more, length, alphabet) in [
        ("default", &[][..], 9, "23456789CDFHJKMNPRTVWXY"),
        ("federal", &["--code-style", "federal"], 6, "BCDFGHJKLMNPQRSTVWXZ"),
        ("digits", &digits, 8, "0123456789"),
    ] {
        office.issue(out, more);
        let symbols: Vec<char> = alphabet.chars().collect();
        for code in office.codes(out).concat() {
            assert_eq!(code.len(), length, "{out}");
            assert!(code.chars().all(|c| symbols.contains(&c)), "{out}");
        }
        assert_eq!(office.records(out)[0]["code_format"]["alphabet"], alphabet);
        office.run(&["check", out]).ended(0);
    }
}

#[test]
fn pbkdf2_is_there_for_who_needs_it() {
    let office = Office::with(HOLDERS);
    office
        .run(&[
            "issue",
            "holders.csv",
            "--out",
            "run",
            "--kdf",
            "pbkdf2-sha256:i=1000",
            "--allow-weak-kdf",
        ])
        .ended(0);
    let record = &office.records("run")[0];
    assert_eq!(record["scheme"], "pbkdf2-sha256");
    assert!(
        record["codes"][23]["hash"].as_str().unwrap().starts_with("$pbkdf2-sha256$i=1000,l=32$")
    );
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn a_bundle_is_a_file_of_cards_and_a_file_of_records() {
    let office = Office::with(include_str!("../../examples/holders.csv"));
    let one_thread = ["--bundle", "10", "--jobs", "1"];
    let said = office.issue("run", &one_thread);
    for number in 1..=4 {
        assert!(said.contains(&format!("bundle {number} of 5: 10 cards\n")), "{said}");
    }
    assert!(said.contains("bundle 5 of 5: 6 cards\n"), "{said}");
    for (folder, ending) in [("cards", "pdf"), ("records", "jsonl")] {
        let names: Vec<String> = office.files(&format!("run/{folder}")).into_keys().collect();
        let expected: Vec<String> = (1..=5).map(|n| format!("{n:04}.{ending}")).collect();
        assert_eq!(names, expected);
    }
    let records = office.records("run");
    assert_eq!(records.len(), 46);
    for (record, page) in records.iter().zip(office.pages("run")) {
        assert!(page.contains(record["serial"].as_str().unwrap()), "cards and records are in step");
    }
    let said = office.run(&["check", "run", "--sample", "5", "--jobs", "1"]).ended(0);
    assert!(said.contains("read 5 cards of 46 and 13 files; 120 codes fit"), "{said}");
}
