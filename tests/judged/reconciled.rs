//! The list of envelopes, and what a camera read held to it.

use std::{collections::BTreeMap, fs};

use tokenkaart::symbol::mark::Mark;

use tokenkaart_testing::office::{Office, ask};

/// Five people with addresses; the postal codes are in no order, and one would be a formula.
const HOLDERS: &str = "id;naam;straat;postcode;gemeente\n\
    1;Jan Peeters;Kerkstraat 1;9000;Gent\n2;An Maes;Kerkstraat 2;1000;Brussel\n\
    3;Zoë Claes;Kerkstraat 3;-1A;Elders\n4;Piet Smet;Kerkstraat 4;\"2000, A\";Antwerpen\n\
    5;Lut Wouters;Kerkstraat 5;9990;Maldegem\n";

/// The rows of a list of envelopes, as python's reader of CSV sees them.
fn mail(office: &Office, run: &str) -> Vec<BTreeMap<String, String>> {
    let program = "import csv, json, sys\n\
        print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8')))))";
    let path = office.path(run).join("mail.csv");
    let rows = ask("python3", &["-c".as_ref(), program.as_ref(), path.as_ref()]);
    serde_json::from_str(&rows).unwrap()
}

/// The text of a page, as poppler reads it.
fn page(office: &Office, run: &str, file: &str, page: &str) -> String {
    let path = office.path(run).join(file);
    let options = ["-f", page, "-l", page].map(AsRef::as_ref);
    ask("pdftotext", &[&options[..], &[path.as_ref(), "-".as_ref()]].concat())
}

/// The marks of a run's letters, in their order.
fn marks(office: &Office, run: &str) -> Vec<String> {
    let text = fs::read_to_string(office.path(run).join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let id = manifest["run"].as_str().unwrap().parse().unwrap();
    let letters = manifest["holders"].as_u64().unwrap();
    (1..=letters).map(|letter| Mark::new(id, letter, 1, 1).unwrap().to_string()).collect()
}

fn serials(office: &Office, run: &str) -> Vec<String> {
    let serial = |row: BTreeMap<String, String>| row["serial"].clone();
    mail(office, run).into_iter().map(serial).collect()
}

#[test]
fn each_envelope_is_in_the_list_with_the_page_on_which_it_begins() {
    let office = Office::with(HOLDERS);
    for (out, more, pages) in [
        (
            "letters",
            &["--design", "letter", "--office", "Gent", "--bundle", "2"][..],
            [1, 2, 1, 2, 1],
        ),
        ("backs", &["--back", "--bundle", "3"], [1, 3, 5, 1, 3]),
        ("sheet", &["--design", "sheet", "--back"], [1; 5]),
    ] {
        office.issue(out, &[more, &["--sort", "postal-code"]].concat());
        let rows = mail(&office, out);
        let column = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
        assert_eq!(column("sequence"), ["1", "2", "3", "4", "5"]);
        let codes = ["'-1A", "1000", "2000, A", "9000", "9990"];
        assert_eq!(column("postal_code"), codes, "{out}");
        assert_eq!(column("page"), pages.map(|page| page.to_string()), "{out}");
        let sides = if more.contains(&"--back") { "2" } else { "1" };
        assert!(column("pages").iter().all(|pages| pages == sides), "{out}");
        for row in &rows {
            let text = page(&office, out, &row["file"], &row["page"]);
            assert!(text.contains(&row["serial"]), "{out}: {row:?}");
        }
        let list = fs::read_to_string(office.path(out).join("mail.csv")).unwrap();
        for name in ["Jan", "Maes", "Zoë", "Kerkstraat", "Gent"] {
            assert!(!list.contains(name), "{list}");
        }
        office.run(&["check", out]).ended(0);
    }
}

#[test]
fn the_list_is_in_order_also_when_a_run_was_not_made_in_order() {
    let office = Office::with(HOLDERS);
    let more = ["--bundle", "1", "--date", "2026-11-22"];
    office.issue("run", &more);
    let first = serials(&office, "run");
    // As if bundle 2 had not been done when the process died.
    for file in ["manifest.json", "mail.csv", "cards/0002.pdf"] {
        fs::remove_file(office.path("run").join(file)).unwrap();
    }
    let path = office.path("run/journal.jsonl");
    let journal = fs::read_to_string(&path).unwrap();
    let kept = journal.split_inclusive('\n').filter(|line| !line.contains("\"number\":2,"));
    fs::write(&path, kept.collect::<String>()).unwrap();
    office.write("run/mail.csv.part", "sequence,ser");
    office.issue("run", &[&more[..], &["--resume"]].concat());
    let second = serials(&office, "run");
    assert_eq!(first[0], second[0]);
    assert_ne!(first[1], second[1]);
    assert_eq!(first[2..], second[2..]);
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn a_list_that_was_changed_is_found() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--bundle", "2"]);
    let path = office.path("run/mail.csv");
    let good = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = good.split_inclusive('\n').collect();
    let swapped = [lines[0], lines[2], lines[1], lines[3], lines[4], lines[5]].concat();
    for (text, says) in [
        (swapped, "mail.csv, line 2, card "),
        (good.replace("cards/0002.pdf,1,", "cards/0002.pdf,2,"), "mail.csv, line 4, card "),
        (lines[..5].concat(), "mail.csv: 5 envelopes are listed and 4 are there"),
        (good.clone() + lines[5], "mail.csv: 5 envelopes are listed and 6 are there"),
        (good.replace("serial", "Serial"), "mail.csv, line 1: the names of its columns are others"),
    ] {
        fs::write(&path, text).unwrap();
        let said = office.run(&["check", "run"]).ended(1);
        assert!(said.contains("mail.csv: the file was changed since it was written"), "{said}");
        assert!(said.contains(says), "{said}");
    }
    fs::remove_file(&path).unwrap();
    let said = office.run(&["check", "run"]).ended(1);
    assert!(said.contains("mail.csv: the manifest lists this file and it is not there"), "{said}");
}

#[test]
fn a_run_of_which_each_letter_was_read_once_is_accounted_for() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--design", "letter", "--office", "Gent", "--bundle", "2"]);
    let (marks, serials) = (marks(&office, "run"), serials(&office, "run"));
    let list = |header: &str, rows: Vec<String>| format!("{header}\n{}\n", rows.join("\n"));
    let numbered = |number: usize| format!("goed;{:04}/5", number + 1);
    for scans in [
        list("mark", marks.clone()),
        list("time,Data Matrix,status", marks.iter().map(|m| format!("8:00,{m},OK")).collect()),
        list("Seriennummer;Zustand", serials.iter().rev().map(|s| format!("{s};gut")).collect()),
        list("toestand;volgnummer", (0..5).map(numbered).collect()),
    ] {
        office.write("scans.csv", &scans);
        let said = office.run(&["reconcile", "run", "--scanned", "scans.csv"]);
        assert_eq!(said.stdout, "all 5 letters accounted for\n", "{scans}{}", said.stderr);
        assert_eq!(said.status, Some(0));
        let told = match scans.split(['\n', ';']).next().unwrap() {
            "mark" => {
                "scans.csv: no column says which are spoilt, so each row is one that was read as good\n"
            }
            "toestand" => {
                "scans.csv: it has the sequence alone, so it is taken on trust that it is of this run\n"
            }
            header if header.starts_with("time") => {
                "scans.csv: columns that are not used: \"time\"\n"
            }
            _ => "",
        };
        assert_eq!(said.stderr, told, "{scans}");
    }
    // In several lists, and without any of it.
    office.write("one.csv", list("mark", marks[..2].to_vec()));
    office.write("two.csv", list("mark", marks[2..].to_vec()));
    let two = ["reconcile", "run", "--scanned", "one.csv", "--scanned", "two.csv"];
    office.run(&two).ended(0);
    assert_eq!(office.run(&[&two[..], &["--quiet"]].concat()).ended(0), "");
    let said = office.run(&[&two[..], &["--to-reissue", "spoilt.csv"]].concat());
    assert_eq!(said.stdout, "all 5 letters accounted for\n");
    assert!(!office.path("spoilt.csv").exists());
}

#[test]
fn what_another_program_reads_off_the_paper_is_accounted_for() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--design", "letter", "--office", "Gent", "--bundle", "2"]);
    let read = super::marks::marks(&office, "run");
    office.write("scans.csv", format!("mark\n{}\n", read.join("\n")));
    let said = office.run(&["reconcile", "run", "--scanned", "scans.csv"]);
    assert_eq!((said.status, said.stdout.as_str()), (Some(0), "all 5 letters accounted for\n"));
}

#[test]
fn each_letter_that_is_not_read_once_is_named_and_listed_to_be_reissued() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--design", "letter", "--office", "Gent", "--bundle", "2"]);
    office.issue("other", &["--design", "letter", "--office", "Gent"]);
    let (marks, serials, foreign) =
        (marks(&office, "run"), serials(&office, "run"), marks(&office, "other"));
    let misread = marks[0].replace("TK1", "TK2");
    office.write(
        "scans.csv",
        [
            "mark;status".to_owned(),
            marks[0].clone() + ";ok",
            marks[1].clone() + ";gâché",
            marks[0].clone() + ";",
            foreign[4].clone() + ";ok",
            misread + ";ok",
            ";ok".to_owned(),
            marks[3].clone() + ";perhaps",
            marks[3].clone() + ";ok",
            marks[2].clone() + ";ok",
        ]
        .join("\n"),
    );
    office.write("bin.csv", format!("serial,status\n{},spoilt\nK7M2,spoilt\n", serials[2]));
    let reconcile = ["reconcile", "run", "--scanned", "scans.csv", "--scanned", "bin.csv"];
    let arguments = [&reconcile[..], &["--to-reissue", "spoilt.csv"]].concat();
    let said = office.run(&arguments);
    assert_eq!(said.status, Some(1));
    let lines: Vec<&str> = said.stderr.lines().collect();
    let expected = [
        format!(
            "DOUBLE: scans.csv:4: letter 1 (serial {}, run/cards/0001.pdf) was read",
            serials[0]
        ),
        format!(
            "spoilt: scans.csv:3: letter 2 (serial {}, run/cards/0001.pdf); destroy",
            serials[1]
        ),
        format!("spoilt: bin.csv:2: letter 3 (serial {}, run/cards/0002.pdf) was read", serials[2]),
        format!(
            "unclear: scans.csv:8: letter 4 (serial {}, run/cards/0002.pdf): the status \"perhaps\" \
             is unknown; look at it",
            serials[3]
        ),
        format!("missing: letter 5 (serial {}, run/cards/0003.pdf) was not read", serials[4]),
        "foreign: scans.csv:5: letter 5 of run ".to_owned(),
        "unreadable: scans.csv:6: a mark of version 2".to_owned(),
        "unreadable: scans.csv:7: it names no letter".to_owned(),
        "unreadable: bin.csv:3: \"K7M2\" is no serial".to_owned(),
    ];
    assert_eq!(lines.len(), expected.len(), "{}", said.stderr);
    for (line, expected) in lines.iter().zip(&expected) {
        assert!(line.starts_with(expected), "{line}\n{expected}");
    }
    assert!(
        said.stdout.starts_with(
            "5 letters: 1 missing, 1 double, 2 spoilt, 1 unclear; 11 rows, 1 foreign and 3 unreadable\n\
             4 serials in spoilt.csv; next: tokenkaart reissue run --serials spoilt.csv"
        ),
        "{}",
        said.stdout
    );
    let list = fs::read_to_string(office.path("spoilt.csv")).unwrap();
    let row = |index: usize, why: &str| format!("{},{},{why}\n", serials[index], index + 1);
    let rows = [row(0, "double"), row(1, "spoilt"), row(2, "spoilt"), row(4, "missing")];
    assert_eq!(list, "serial,sequence,reason\n".to_owned() + &rows.concat());

    // The list is never overwritten.
    let said = office.run(&arguments).ended(2);
    assert!(said.contains("cannot make the file spoilt.csv"), "{said}");
    // Not even when there would be nothing in it, and before anything is read.
    let none = ["reconcile", "none", "--scanned", "none", "--to-reissue", "spoilt.csv"];
    let said = office.run(&none).ended(2);
    assert!(said.contains("cannot make the file spoilt.csv"), "{said}");
    assert_eq!(fs::read_to_string(office.path("spoilt.csv")).unwrap(), list);
    // What a killed process left is in nobody's way.
    office.write("again.csv.part", "serial,sequ");
    let again = [&reconcile[..], &["--to-reissue", "again.csv"]].concat();
    office.run(&again).ended(1);
    assert_eq!(fs::read_to_string(office.path("again.csv")).unwrap(), list);
    assert!(!office.path("again.csv.part").exists());
    for inside in ["run/spoilt.csv", "run/cards/spoilt.csv", "other/records/spoilt.csv"] {
        let said = office.run(&[&reconcile[..], &["--to-reissue", inside]].concat()).ended(2);
        assert!(said.contains(&format!("{inside}: is inside the run ")), "{said}");
        assert!(!office.path(inside).exists());
    }
    let said = office.run(&[&reconcile[..], &["--json"]].concat());
    assert_eq!(said.status, Some(1));
    let counts: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let expected = serde_json::json!({
        "settled": false, "letters": 5, "rows": 11, "missing": 1, "double": 1, "spoilt": 2,
        "unclear": 1, "void": 0, "reissued": 0, "foreign": 1, "unreadable": 3, "to_reissue": 4,
        "notes": [],
    });
    assert_eq!(counts, expected);
}

#[test]
fn all_that_a_row_says_must_be_of_one_letter() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    office.issue("other", &[]);
    let (marks, serials, foreign) =
        (marks(&office, "run"), serials(&office, "run"), serials(&office, "other"));
    let rows = [
        format!("{},{},2/5", marks[0], serials[0]),
        format!("{},{},1", marks[0], serials[1]),
        format!("{},{},", marks[0], foreign[0]),
        format!(",{},1", serials[1]),
        format!("{},,1/4", marks[0]),
        format!("{},{},x", marks[0], serials[0]),
        format!("]d1{},{},1/5 \u{b7} 0001 \u{b7} 1/5", marks[0].to_lowercase(), serials[0]),
        format!(",{},2", serials[1]),
        format!("{},,0003", marks[2]),
        ",,4/4".to_owned(),
        ",,4/5 \u{b7} 0001 \u{b7} 4/5".to_owned(),
        format!("{},,", marks[4]),
    ];
    office.write("scans.csv", format!("mark,serial,sequence\n{}\n", rows.join("\n")));
    let said = office.run(&["reconcile", "run", "--scanned", "scans.csv", "--quiet"]).ended(1);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 7, "{said}");
    assert!(lines[0].starts_with("foreign: scans.csv:11: letter 4 of 4, and the run has 5; "));
    for (line, number) in lines[1..6].iter().zip(2..) {
        let expected = format!(
            "unreadable: scans.csv:{number}: its mark, serial and sequence are not those of one \
             letter; look at it"
        );
        assert_eq!(*line, expected);
    }
    assert!(lines[6].starts_with("unreadable: scans.csv:7: \"x\" is no sequence"), "{said}");
}

#[test]
fn rows_that_name_a_letter_again_hide_no_other_letter() {
    let ids: Vec<String> = (1..=130).map(|id| format!("{id};Jan Peeters\n")).collect();
    let office = Office::with(&format!("id;naam\n{}", ids.concat()));
    office.issue("run", &[]);
    // Letter 1 is read a hundred times and spoilt; 60 more are double, 69 are spoilt.
    let twice = (2..=61).map(|letter| format!("{letter};ok\n{letter};ok\n"));
    let spoilt = (62..=130).map(|letter| format!("{letter};nicht ok\n").repeat(3));
    let rows: Vec<String> = ["1;ok\n".repeat(100), "1;spoilt\n".repeat(100)]
        .into_iter()
        .chain(twice)
        .chain(spoilt)
        .collect();
    office.write("scans.csv", "sequence;status\n".to_owned() + &rows.concat());
    let said = office.run(&["reconcile", "run", "--scanned", "scans.csv"]).ended(1);
    for (kind, total) in [("DOUBLE: ", 61), ("spoilt: ", 69)] {
        let listed: std::collections::BTreeSet<_> = said
            .lines()
            .filter(|line| line.starts_with(kind))
            .map(|line| line.split("letter ").nth(1).unwrap().split(' ').next().unwrap())
            .collect();
        let count = said.lines().filter(|line| line.starts_with(kind)).count();
        assert_eq!(listed.len(), count, "{kind}: a letter is told twice");
        assert!((49..=50).contains(&count), "{kind}: {count}");
        assert!(said.contains(&format!("… and {} more\n", total - count)), "{said}");
    }
    assert!(said.contains("130 letters: 0 missing, 61 double, 69 spoilt, 0 unclear; 527 rows"));
}

#[test]
fn a_state_that_is_not_understood_makes_a_letter_neither_good_nor_missing() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    office.write("scans.csv", "sequence;status\n1;ok\n1;?\n2;-\n3;torn?!\n4;held\n4;KO\n5;ok\n");
    let arguments = ["reconcile", "run", "--scanned", "scans.csv", "--to-reissue", "spoilt.csv"];
    let said = office.run(&arguments).ended(1);
    for (line, letter, status) in [(3, 1, "?"), (4, 2, "-")] {
        let told = format!("unclear: scans.csv:{line}: letter {letter} (serial ");
        assert!(said.contains(&told), "{said}");
        assert!(said.contains(&format!("the status \"{status}\" is unknown")), "{said}");
    }
    assert!(said.contains("0 missing, 0 double, 2 spoilt, 2 unclear; 7 rows"), "{said}");
    let list = fs::read_to_string(office.path("spoilt.csv")).unwrap();
    assert_eq!(list.lines().count(), 3, "{list}");
}

#[test]
fn a_column_that_is_not_read_is_told_and_two_of_one_meaning_are_refused() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    let reconcile = ["reconcile", "run", "--scanned", "scans.csv"];
    office.write("scans.csv", "state,sequence,result\nok,1,spoilt\n");
    let said = office.run(&reconcile).ended(2);
    assert!(
        said.contains("scans.csv:1: the columns \"state\" and \"result\" mean the same"),
        "{said}"
    );
    office.write("scans.csv", "sequence,verdict,\n1,spoilt,\n2,,\n3,,\n4,,\n5,,\n");
    let said = office.run(&reconcile);
    assert_eq!(
        said.stderr,
        "scans.csv: no column says which are spoilt, so each row is one that was read as good\n\
         scans.csv: it has the sequence alone, so it is taken on trust that it is of this run\n\
         scans.csv: columns that are not used: \"verdict\"\n"
    );
    said.ended(0);
    // A list without rows counts nothing; beside another one it may be an empty bin.
    office.write("bin.csv", "serial,status\n");
    let said = office
        .run(&["reconcile", "run", "--scanned", "bin.csv", "--to-reissue", "spoilt.csv"])
        .ended(2);
    assert!(said.contains("bin.csv: has a header and no rows, so each letter would be"), "{said}");
    assert!(!office.path("spoilt.csv").exists());
    let said = office.run(&[&reconcile[..], &["--scanned", "bin.csv"]].concat()).ended(0);
    assert!(said.contains("bin.csv: has no rows\n"), "{said}");
}

#[test]
fn what_was_reissued_is_not_reissued_again() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    office.issue("other", &[]);
    let serials = serials(&office, "run");
    let reconcile = |more: &[&str]| {
        office.run(&[&["reconcile", "run", "--scanned", "scans.csv", "--quiet"], more].concat())
    };
    let reissue = |list: &str, out: &str, more: &[&str]| {
        let begun = ["reissue", "run", "--serials", list, "--holders", "holders.csv", "--out", out];
        office.run(&[&begun[..], &["--allow-weak-kdf", "--quiet"], more].concat()).ended(0)
    };
    let first = "sequence,status\n1,ok\n2,spoilt\n2,ok\n3,ok\n3,ok\n5,ok\n";
    office.write("scans.csv", first);
    reconcile(&["--to-reissue", "one.csv"]).ended(1);
    assert_eq!(fs::read_to_string(office.path("one.csv")).unwrap().lines().count(), 4);
    reissue("one.csv", "again", &[]);

    // The same lists once more: all is done, and each letter is told.
    let arguments = ["reconcile", "run", "--scanned", "scans.csv", "--reissued", "again"];
    let said = office.run(&[&arguments[..], &["--to-reissue", "none.csv"]].concat());
    assert_eq!(said.stdout, "all 5 letters accounted for, 3 of them reissued\n");
    let told = |letter: usize, was: &str| {
        let serial = &serials[letter - 1];
        format!(
            "reissued: letter {letter} (serial {serial}, run/cards/0001.pdf), {was}, in again\n"
        )
    };
    let all = told(2, "spoilt") + &told(3, "double") + &told(4, "missing");
    assert!(said.stderr.ends_with(&all), "{}", said.stderr);
    said.ended(0);
    assert!(!office.path("none.csv").exists());
    assert_eq!(reconcile(&["--reissued", "again"]).ended(0), "");

    // In a second list another letter turns out to be spoilt, and a missing one is found.
    office.write("more.csv", "sequence,status\n1,spoilt\n4,ok\n");
    let more = ["--scanned", "more.csv", "--reissued", "again", "--to-reissue", "two.csv"];
    let said = office.run(&[&arguments[..4], &more].concat());
    let void = format!(
        "VOID: letter 4 (serial {}, run/cards/0001.pdf) was read as good, and was reissued in \
         again: see that it is not posted, and destroy it\n",
        serials[3]
    );
    assert!(said.stderr.contains(&void), "{}", said.stderr);
    assert!(
        said.stdout.ends_with(
            "1 serial in two.csv; next: tokenkaart reissue run --serials two.csv --holders FILE \
             --out FOLDER --not-in again\n"
        ),
        "{}",
        said.stdout
    );
    said.ended(1);
    let list = fs::read_to_string(office.path("two.csv")).unwrap();
    assert_eq!(list, format!("serial,sequence,reason\n{},1,spoilt\n", serials[0]));
    reissue("two.csv", "third", &["--not-in", "again"]);
    office.write("more.csv", "sequence,status\n1,spoilt\n");
    let both = ["--scanned", "more.csv", "--reissued", "again", "--reissued", "third"];
    reconcile(&both).ended(0);

    // Runs that reissued none of them, and records that were changed.
    for none in ["other", "run"] {
        let said = reconcile(&["--reissued", none, "--to-reissue", "three.csv"]).ended(2);
        assert!(said.contains(&format!("{none}: its records void no serial of the")), "{said}");
        assert!(!office.path("three.csv").exists());
    }
    let path = office.path("again/records/0001.jsonl");
    let records = fs::read_to_string(&path).unwrap();
    fs::write(&path, records.replace(&serials[1], &serials[4])).unwrap();
    let said = reconcile(&["--reissued", "again"]).ended(2);
    assert!(said.contains("again/records/0001.jsonl: this is not the file that the"), "{said}");
}

#[test]
fn what_should_be_there_is_no_account_of_what_is() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    fs::copy(office.path("run/mail.csv"), office.path("scans.csv")).unwrap();
    for list in ["scans.csv", "run/mail.csv"] {
        let said = office.run(&["reconcile", "run", "--scanned", list]).ended(2);
        let told = format!("{list}: is the list of envelopes of run, which says what should be");
        assert!(said.contains(&told), "{said}");
    }
    // A print house counts by what it was sent; the journal is the operator's.
    fs::create_dir(office.path("hand-over")).unwrap();
    fs::copy(office.path("run/manifest.json"), office.path("hand-over/manifest.json")).unwrap();
    let said = office.run(&["reconcile", "hand-over", "--scanned", "scans.csv"]).ended(2);
    assert!(said.contains("hand-over has a manifest and no journal.jsonl, as what a"), "{said}");
}

#[test]
fn the_backs_of_letters_are_no_second_letters() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--back"]);
    let both: Vec<String> = marks(&office, "run")
        .iter()
        .map(|mark| mark.parse::<Mark>().unwrap())
        .flat_map(|mark| {
            [1, 2].map(|page| Mark::new(mark.run(), mark.sequence(), page, 2).unwrap())
        })
        .map(|mark| mark.to_string())
        .collect();
    office.write("scans.csv", format!("mark\n{}\n", both.join("\n")));
    office.run(&["reconcile", "run", "--scanned", "scans.csv"]).ended(0);
    office.write("scans.csv", format!("mark\n{}\n{}\n", both.join("\n"), both[1]));
    let said = office.run(&["reconcile", "run", "--scanned", "scans.csv"]).ended(1);
    assert!(said.contains("DOUBLE: scans.csv:12: letter 1 "), "{said}");
    office.write("scans.csv", format!("mark\n{}\n", marks(&office, "run")[0]));
    let said = office.run(&["reconcile", "run", "--scanned", "scans.csv"]).ended(2);
    assert!(said.contains("its mark has 1 pages, and letters of this run have 2"), "{said}");
}

#[test]
fn shards_are_counted_together_and_letters_of_none_are_foreign() {
    let office = Office::with(HOLDERS);
    for (shard, out) in [("1/2", "one"), ("2/2", "two")] {
        office.issue(out, &["--shard", shard, "--date", "2026-11-22"]);
    }
    let marks = [marks(&office, "one"), marks(&office, "two")];
    office.write("scans.csv", format!("mark\n{}\n", marks.concat().join("\n")));
    let said = office.run(&["reconcile", "one", "two", "--scanned", "scans.csv"]).ended(0);
    assert!(said.contains("all 5 letters accounted for"), "{said}");
    assert!(said.contains("2 shards make one whole run of 5 cards"), "{said}");
    let said = office.run(&["reconcile", "one", "--scanned", "scans.csv"]).ended(1);
    assert!(said.contains("foreign: scans.csv:"), "{said}");
    office.write("numbers.csv", "sequence\n1\n");
    let said = office.run(&["reconcile", "one", "two", "--scanned", "numbers.csv"]).ended(2);
    assert!(said.contains("numbers.csv: it has the sequence alone, which each of the 2 runs"));
    let said = office.run(&["reconcile", "one", "one", "--scanned", "scans.csv"]).ended(2);
    assert!(said.contains("one and one are one run; name it once"), "{said}");
}

#[test]
fn nothing_is_counted_by_a_run_that_was_changed() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    office.write("scans.csv", "mark\n");
    let path = office.path("run/journal.jsonl");
    let journal = fs::read_to_string(&path).unwrap();
    fs::write(&path, journal.clone() + "\n").unwrap();
    let said = office.run(&["reconcile", "run", "--scanned", "scans.csv"]).ended(2);
    assert!(said.contains("run/journal.jsonl: this is not the file that the manifest"), "{said}");
    fs::write(&path, journal).unwrap();
    office.write("scans.csv", "name\nx\n");
    let said = office.run(&["reconcile", "run", "--scanned", "scans.csv"]).ended(2);
    assert!(
        said.contains("scans.csv: no column gives a mark, a serial or a sequence; these columns"),
        "{said}"
    );
}
