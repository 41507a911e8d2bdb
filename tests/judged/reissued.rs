//! Cards that are reissued for the holders of spoilt ones.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use super::{
    office::{FAST, HOLDERS, Office, Said, URL},
    sealed::HandOver,
};

/// Each holder's serial.
fn serials(office: &Office, run: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let records = office.records(run);
    records.iter().map(|record| (text(&record["holder"]), text(&record["serial"]))).collect()
}

fn manifest(office: &Office, run: &str) -> Value {
    serde_json::from_slice(&fs::read(office.path(run).join("manifest.json")).unwrap()).unwrap()
}

fn reissue(office: &Office, out: &str, more: &[&str]) -> Said {
    let begun = ["reissue", "run", "--serials", "spoilt.csv", "--allow-weak-kdf", "--out", out];
    office.run(&[&begun[..], more].concat())
}

const HOLDERS_AGAIN: [&str; 2] = ["--holders", "holders.csv"];

#[test]
fn spoilt_cards_get_new_codes_and_records_that_void_the_old_ones() {
    let office = Office::with(HOLDERS);
    let as_then = ["--url", URL, "--office", "Gent", "--phone", "09", "--language", "fr"];
    let more = ["--code-style", "federal", "--window", "right", "--bundle", "2"];
    office.issue("run", &[&as_then[..], &more, &["--date", "2026-11-22"]].concat());
    let old = serials(&office, "run");
    office.write(
        "spoilt.csv",
        format!("serial,sequence,reason\n{},1,spoilt\n{},2,missing\n", old["4713"], old["4712"]),
    );
    let said = reissue(&office, "run2", &[&HOLDERS_AGAIN[..], &["--date", "2026-11-24"]].concat());
    let said = said.ended(0);
    assert!(said.contains("2 cards in run2/cards"), "{said}");
    assert!(said.contains("voids: 2 serials of earlier cards"), "{said}");
    office.run(&["check", "run2"]).ended(0);

    let new = serials(&office, "run2");
    assert_eq!(new.keys().collect::<Vec<_>>(), ["4712", "4713"]);
    for record in office.records("run2") {
        let holder = record["holder"].as_str().unwrap();
        assert_eq!(record["voids"], serde_json::json!([old[holder]]));
        assert_ne!(new[holder], old[holder]);
    }
    // No code of the old cards is on the new ones.
    let (before, after) = (office.codes("run").concat(), office.codes("run2").concat());
    let again = after.iter().filter(|code| before.contains(code)).count();
    assert!(again <= 1, "{again} codes of 26 bits are the same");
    // Made as the run was, but for the date and what follows from it.
    let (then, now) = (manifest(&office, "run"), manifest(&office, "run2"));
    for (name, value) in then["parameters"].as_object().unwrap() {
        if !["issued", "replaces"].contains(&name.as_str()) {
            assert_eq!(now["parameters"][name], *value, "{name}");
        }
    }
    assert_eq!(now["parameters"]["issued"], "2026-11-24");
    assert_eq!(now["parameters"]["replaces"]["runs"], serde_json::json!([then["run"]]));
    assert_eq!(now["parameters"]["replaces"]["serials"], 2);
    assert!(then["parameters"]["replaces"].is_null());

    // Whoever has a card of the second run gets no third one by mistake.
    let third = [&HOLDERS_AGAIN[..], &["--not-in", "run2"]].concat();
    let said = reissue(&office, "run3", &third).ended(2);
    assert!(said.contains("error: 2 faults, so no card is made:\n"), "{said}");
    assert!(said.contains("value \"4712\": has another token already"), "{said}");
    assert!(said.ends_with("\noptions for this: --not-in\n"), "{said}");
    let issue = ["issue", "holders.csv", "--out", "run3", "--not-in", "run2"];
    let said = office.run(&[&issue[..], &FAST].concat()).ended(2);
    assert!(said.contains("value \"4712\": has a token already"), "{said}");
}

#[test]
fn new_cards_are_dated_no_earlier_than_those_they_stand_in_for() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--date", "2999-01-02"]);
    let old = serials(&office, "run");
    office.write("spoilt.csv", format!("serial\n{}\n", old["4713"]));
    let said = reissue(&office, "run2", &HOLDERS_AGAIN);
    assert!(said.stderr.contains("the new cards are dated 2999-01-02"), "{}", said.stderr);
    said.ended(0);
    let replace = ["issue", "holders.csv", "--out", "run3", "--not-in", "run", "--replace"];
    office.run(&[&replace[..], &FAST].concat()).ended(0);
    for run in ["run2", "run3"] {
        assert!(office.records(run).iter().all(|record| record["issued"] == "2999-01-02"));
    }
    let earlier = ["--date", "2999-01-01"];
    let says = "2999-01-01, is before 2999-01-02, the date on the cards that the new ones replace; give \
                that day or a later one (--date)";
    let said = reissue(&office, "run4", &[&HOLDERS_AGAIN[..], &earlier].concat()).ended(2);
    assert!(said.contains(says), "{said}");
    let said = office.run(&[&replace[..3], &["run4"], &replace[4..], &earlier, &FAST].concat());
    assert!(said.ended(2).contains(says));
    assert!(!office.path("run4").exists());
    // Whose cards are only told from new ones are none that these stand in for.
    office.write("other.csv", "id;naam\n9;An Claes\n");
    let other = ["issue", "other.csv", "--out", "run5", "--not-in", "run"];
    office.run(&[&other[..], &earlier, &FAST].concat()).ended(0);
}

#[test]
fn more_tokens_than_a_record_can_void_are_refused_before_a_code_is_drawn() {
    let office = Office::with(HOLDERS);
    let serial = |number: u32| {
        let begun: Vec<char> =
            format!("{number:0>15}").replace('0', "C").replace('1', "D").chars().collect();
        "23456789CDFHJKMNPRTVWXY"
            .chars()
            .map(|last| begun.iter().chain([&last]).collect::<String>())
            .find_map(|text| text.parse::<tokenkaart_token::token::Serial>().ok())
            .unwrap()
    };
    let list = |count: u32| -> String {
        let record =
            |number| format!("{{\"holder\":\"4712\",\"serial\":\"{}\"}}\n", serial(number));
        (1..=count).map(record).collect()
    };
    let issue = |out: &str| {
        let begun = ["issue", "holders.csv", "--not-in", "ledger", "--replace", "--out", out];
        office.run(&[&begun[..], &FAST].concat())
    };
    office.write("ledger", list(101));
    let said = issue("many").ended(2);
    assert!(said.contains("holders.csv: line 3, value \"4712\": has 101 tokens to void"), "{said}");
    assert!(!office.path("many").exists());
    office.write("ledger", list(100));
    issue("run").ended(0);
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn a_run_is_not_made_inside_another_and_a_signed_one_not_unsigned_by_mistake() {
    let desk = HandOver::new();
    let office = &desk.office;
    office.issue("run", &["--sign-with", "operator"]);
    let old = serials(office, "run");
    office.write("spoilt.csv", format!("serial\n{}\n", old["4713"]));
    let said = reissue(office, "run2", &HOLDERS_AGAIN).ended(2);
    assert!(said.contains("run: this run is signed, and nobody has said who"), "{said}");
    let by = ["--signed-by", "operator.pub"];
    let said = reissue(office, "run2", &[&HOLDERS_AGAIN[..], &by].concat()).ended(2);
    assert!(said.contains("the run is signed; say by which key"), "{said}");
    assert!(!office.path("run2").exists());
    let unsigned = [&HOLDERS_AGAIN[..], &["--unsigned"]].concat();
    for out in ["run/anew", "run/cards/anew", "run/records/anew", "./run/../run/anew"] {
        let said = reissue(office, out, &unsigned).ended(2);
        assert!(said.contains(&format!("{out} would be inside the run ")), "{said}");
        let begun = ["issue", "holders.csv", "--out", out];
        assert!(office.run(&[&begun[..], &FAST].concat()).ended(2).contains("would be inside"));
        assert!(!office.path(out).exists());
    }
    office.run(&["check", "run"]).ended(0);
    reissue(office, "run2", &unsigned).ended(0);
    assert!(!office.path("run2/manifest.json.sig").exists());
    let signed = [&HOLDERS_AGAIN[..], &by, &["--sign-with", "operator"]].concat();
    reissue(office, "run3", &signed).ended(0);
    office.run(&["check", "run3", "--signed-by", "operator.pub"]).ended(0);
}

#[test]
fn what_cannot_be_reissued_is_refused_at_once_and_no_folder_is_made() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    office.issue("other", &[]);
    let (old, other) = (serials(&office, "run"), serials(&office, "other"));
    office.write(
        "spoilt.csv",
        [
            "serial;note",
            &old["4712"],
            &format!("{};x", other["4712"]),
            &old["4713"],
            &format!("{};again", old["4712"].to_lowercase()),
            "K7M2-P9RT;",
            "",
        ]
        .join("\n"),
    );
    office.write("holders.csv", HOLDERS.replace("4713;", "5000;"));
    let said = reissue(&office, "run2", &HOLDERS_AGAIN).ended(2);
    let expected = format!(
        "error: 4 faults, so no card is made:\n\
         spoilt.csv:3: serial {} is not from this run; name the run it is from\n\
         spoilt.csv:5: serial {} is already on line 2; delete one of the two\n\
         spoilt.csv:6: not a serial, which has 16 symbols in four groups, the last of which checks \
         the others; correct it\n\
         holders.csv: holder \"4713\", of serial {}, is not there; have a file sent in which all \
         are, for the run keeps no names\n",
        other["4712"], old["4712"], old["4713"],
    );
    assert_eq!(said, expected);
    assert!(!office.path("run2").exists());

    let said = reissue(&office, "run2", &[]).ended(2);
    assert!(
        said.contains("a run keeps no names and no addresses, so that nobody can print"),
        "{said}"
    );
    assert!(said.contains("give it with --holders"), "{said}");
    for (list, says) in [
        ("serial\n", "spoilt.csv: it contains no serials, so there is nothing to reissue"),
        ("name\nx\n", "spoilt.csv: no column gives the serial; these columns are there: \"name\""),
        ("", "spoilt.csv: is empty"),
    ] {
        office.write("spoilt.csv", list);
        let said = reissue(&office, "run2", &HOLDERS_AGAIN).ended(2);
        assert!(said.contains(says), "{said}");
    }
    // Records that were changed name nobody.
    office.write("spoilt.csv", format!("serial\n{}\n", old["4712"]));
    let path = office.path("run/records/0001.jsonl");
    let records = fs::read_to_string(&path).unwrap();
    fs::write(&path, records.replace("\"4712\"", "\"4714\"")).unwrap();
    let said = reissue(&office, "run2", &HOLDERS_AGAIN).ended(2);
    assert!(
        said.contains("run/records/0001.jsonl: this is not the file that the manifest"),
        "{said}"
    );
    assert!(!office.path("run2").exists());
}

#[test]
fn pepper_and_design_must_be_the_same_ones_unless_that_is_said() {
    let office = Office::with(HOLDERS);
    for name in ["pepper", "other"] {
        office.write(name, name.repeat(8));
        let path = office.path(name);
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let design = office.run(&["design", "show", "card"]).ended(0);
    let design = design + "# ours\n";
    office.write("own.toml", &design);
    office.write("changed.toml", design + "# another\n");
    office.issue("run", &["--pepper-file", "pepper", "--design", "own.toml"]);
    let old = serials(&office, "run");
    office.write("spoilt.csv", format!("serial\n{}\n", old["4712"]));
    let try_out = |more: &[&str]| reissue(&office, "run2", &[&HOLDERS_AGAIN[..], more].concat());
    let (pepper, own) = (["--pepper-file", "pepper"], ["--design", "own.toml"]);
    for (more, says) in [
        (&own[..], "give it with --pepper-file, or another one or none with --other-pepper"),
        (
            &["--pepper-file", "other", "--design", "own.toml"],
            "give that one, or add --other-pepper",
        ),
        (&pepper, "the run's design is a file, own.toml, and the run doesn't keep it; give it"),
        (&["--pepper-file", "pepper", "--design", "changed.toml"], "or add --other-design"),
        (&["--pepper-file", "pepper", "--design", "card"], "or add --other-design"),
    ] {
        let said = try_out(more).ended(2);
        assert!(said.contains(says), "{said}");
        assert!(!office.path("run2").exists());
    }
    try_out(&[&pepper[..], &own].concat()).ended(0);
    office.run(&["check", "run2", "--pepper-file", "pepper"]).ended(0);
    let others = ["--pepper-file", "other", "--other-pepper", "--design", "card", "--other-design"];
    reissue(&office, "run3", &[&HOLDERS_AGAIN[..], &others].concat()).ended(0);
    office.run(&["check", "run3", "--pepper-file", "other"]).ended(0);
}

#[test]
fn a_sealed_run_is_reissued_sealed_or_readable_on_purpose() {
    let desk = HandOver::new();
    desk.issue("run");
    let office = &desk.office;
    office.write("spoilt.csv", format!("serial\n{}\n", serials(office, "run")["4712"]));
    let by = [&HOLDERS_AGAIN[..], &["--signed-by", "operator.pub"]].concat();
    let said = reissue(office, "run2", &by).ended(2);
    let says =
        format!("the run's cards are sealed to {}; say to whom the new ones", desk.recipient);
    assert!(said.contains(&says), "{said}");
    assert!(!office.path("run2").exists());
    let sealed = [&HOLDERS_AGAIN[..], &["--seal-to", &desk.recipient, "--unsigned"]].concat();
    reissue(office, "run2", &sealed).ended(0);
    assert!(office.path("run2/cards/0001.pdf.age").exists());
    office.run(&["check", "run2", "--identity", "printer"]).ended(0);
    reissue(office, "run3", &[&HOLDERS_AGAIN[..], &["--unsealed", "--unsigned"]].concat()).ended(0);
    assert!(office.path("run3/cards/0001.pdf").exists());
}

#[test]
fn a_reissue_that_was_cut_off_is_resumed_for_the_same_serials_alone() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--bundle", "1"]);
    let old = serials(&office, "run");
    let list = |ids: [&str; 2]| format!("serial\n{}\n{}\n", old[ids[0]], old[ids[1]]);
    office.write("spoilt.csv", list(["4712", "4713"]));
    reissue(&office, "run2", &HOLDERS_AGAIN).ended(0);
    fs::remove_file(office.path("run2/manifest.json")).unwrap();
    let said = reissue(&office, "run2", &HOLDERS_AGAIN).ended(2);
    assert!(said.contains("resume it with:\n  tokenkaart reissue run --ser"), "{said}");
    let resume = [&HOLDERS_AGAIN[..], &["--resume"]].concat();
    office.write("spoilt.csv", list(["4712", super::office::REGISTER_NUMBER]));
    let said = reissue(&office, "run2", &resume).ended(2);
    assert!(said.contains("other tokens are replaced"), "{said}");
    office.write("spoilt.csv", list(["4713", "4712"]));
    let before = serials(&office, "run2");
    reissue(&office, "run2", &resume).ended(0);
    assert_eq!(serials(&office, "run2"), before);
    office.run(&["check", "run2"]).ended(0);
}

#[test]
fn shards_are_reissued_together() {
    let office = Office::with(HOLDERS);
    for (shard, out) in [("1/2", "one"), ("2/2", "two")] {
        office.issue(out, &["--shard", shard, "--date", "2026-11-22"]);
    }
    let old: Vec<String> =
        ["one", "two"].iter().flat_map(|run| serials(&office, run).into_values()).collect();
    office.write("spoilt.csv", format!("serial\n{}\n", old.join("\n")));
    let more = ["--serials", "spoilt.csv", "--holders", "holders.csv", "--allow-weak-kdf"];
    let out = ["--out", "run2"];
    office.run(&[&["reissue", "one", "two"][..], &more, &out].concat()).ended(0);
    assert_eq!(office.records("run2").len(), 3);
    office.run(&["check", "run2"]).ended(0);
    office.issue("whole", &["--back"]);
    let said = office.run(&[&["reissue", "one", "whole"][..], &more, &["--out", "run3"]].concat());
    let said = said.ended(2);
    assert!(said.contains("one and whole were made in different ways, so they are no"), "{said}");
}

#[test]
fn replaced_tokens_are_named_by_the_new_records_as_far_as_they_are_known() {
    let office = Office::with(HOLDERS);
    office.issue("old", &["--bundle", "1"]);
    let old = serials(&office, "old");
    office.write("ledger.txt", "4712\n");
    let issue = |out, more: &[&str]| {
        let begun = ["issue", "holders.csv", "--out", out, "--replace"];
        office.run(&[&begun[..], &FAST, more].concat()).ended(0)
    };
    let said = issue("new", &["--not-in", "old"]);
    assert!(said.contains("voids: 3 serials of earlier cards"), "{said}");
    let new = serials(&office, "new");
    for record in office.records("new") {
        assert_eq!(record["voids"], serde_json::json!([old[record["holder"].as_str().unwrap()]]));
    }
    assert_eq!(manifest(&office, "new")["parameters"]["replaces"]["serials"], 3);
    // Of two runs both are named, of a list of ids nothing is.
    issue("newest", &["--not-in", "old", "--not-in", "new"]);
    for record in office.records("newest") {
        let holder = record["holder"].as_str().unwrap();
        let mut voided = [old[holder].clone(), new[holder].clone()];
        voided.sort();
        let mut named: Vec<String> = serde_json::from_value(record["voids"].clone()).unwrap();
        named.sort();
        assert_eq!(named, voided);
    }
    issue("listed", &["--not-in", "ledger.txt"]);
    assert!(office.records("listed").iter().all(|record| record["voids"].is_null()));
    for run in ["new", "newest", "listed"] {
        office.run(&["check", run]).ended(0);
    }
    // A run is resumed only with the same tokens to replace.
    fs::remove_file(office.path("new/manifest.json")).unwrap();
    let resume = ["issue", "holders.csv", "--out", "new", "--resume"];
    let said = office.run(&[&resume[..], &FAST].concat()).ended(2);
    assert!(said.contains("other tokens are replaced"), "{said}");
}
