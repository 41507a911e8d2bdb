//! Several runs of their own in one import, such as the cards of a counter.

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use tokenkaart_auth::store::audit;

use super::{
    office::{FAST, Office, Said},
    site::Site,
};

/// A counter at which cards are issued one by one.
struct Counter {
    office: Office,
    site: Site,
}

impl Counter {
    fn new() -> Self {
        Self { office: Office::new(), site: Site::new() }
    }

    /// A card in a run of its own.
    fn card(&self, id: &str, out: &str, more: &[&str]) {
        let one = ["issue", "--id", id, "--name", "Jan Peeters", "--out", out];
        self.office.run(&[&one[..], &FAST, more].concat()).ended(0);
    }

    fn import(&self, runs: &[&str], more: &[&str]) -> Said {
        let url = self.site.url();
        let store = ["--allow-weak-kdf", "--store", &url];
        self.office.run(&[&["import"], runs, &store[..], more].concat())
    }

    fn live(&self) -> BTreeSet<String> {
        let rows = self.site.shell("SELECT serial FROM states WHERE state = 'active'");
        rows.lines().map(str::to_owned).collect()
    }

    fn serial(&self, run: &str) -> String {
        self.office.records(run)[0]["serial"].as_str().unwrap().to_owned()
    }

    fn is_empty(&self) -> bool {
        ["runs", "tokens", "codes", "states", "audit", "loads", "imported"]
            .iter()
            .all(|table| self.site.number(&format!("SELECT count(*) FROM {table}")) == 0)
    }
}

#[test]
fn the_cards_of_a_counter_come_in_by_one_import() {
    let counter = Counter::new();
    let runs: Vec<String> = (1..=30).map(|number| format!("card-{number}")).collect();
    for (number, run) in (1..).zip(&runs) {
        counter.card(&format!("{number}"), run, &[]);
    }
    let names: Vec<&str> = runs.iter().map(String::as_str).collect();
    let said = counter.import(&names, &["--dry-run", "--quiet"]).ended(0);
    assert_eq!(said, "");
    assert!(counter.is_empty());
    let said = counter.import(&names, &["--json"]).ended(0);
    let told = said.lines().filter(|line| line.starts_with('{'));
    let told: Vec<Value> = told.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), 30);
    assert!(told.iter().all(|run| run["tokens"] == 1 && run["voided"] == 0), "{said}");
    assert_eq!(counter.live().len(), 30);
    assert_eq!(counter.site.number("SELECT count(*) FROM runs"), 30);
    assert_eq!(counter.site.number("SELECT count(*) FROM decoys"), 1);
    // The next day there are some of the day before among them.
    counter.card("31", "card-31", &[]);
    let said = counter.import(&["card-30", "card-31"], &[]).ended(0);
    assert!(said.contains("card-30: the store has this already (1 token); nothing was"), "{said}");
    assert!(said.contains("card-31: 1 token was imported"), "{said}");
    assert_eq!(audit::verify(&counter.site.open(), None).unwrap().broken, []);
}

#[test]
fn a_fault_in_one_of_several_runs_changes_nothing_and_each_is_named() {
    let counter = Counter::new();
    for id in ["1", "2", "3", "4"] {
        counter.card(id, &format!("card-{id}"), &[]);
    }
    let runs = ["card-1", "card-2", "card-3", "card-4"];
    let record = |run: &str| counter.office.path(run).join("records/0001.jsonl");
    let kept = [record("card-2"), record("card-4")].map(|path| (fs::read(&path).unwrap(), path));
    for (bytes, path) in &kept {
        let changed = String::from_utf8(bytes.clone()).unwrap().replace("m=8", "m=9");
        fs::write(path, changed).unwrap();
    }
    let said = counter.import(&runs, &[]).ended(2);
    for run in ["card-2", "card-4"] {
        assert!(said.contains(&format!("{run}/records/0001.jsonl: changed since")), "{said}");
    }
    assert!(!said.contains("card-1/") && !said.contains("card-3/"), "{said}");
    assert!(said.contains("nothing was imported"), "{said}");
    assert!(counter.is_empty());
    for (bytes, path) in &kept {
        fs::write(path, bytes).unwrap();
    }

    // What is no finished run.
    fs::remove_file(counter.office.path("card-3/manifest.json")).unwrap();
    let said = counter.import(&[&runs[..], &["card-5"]].concat(), &[]).ended(2);
    assert!(said.contains("card-3 has no manifest.json"), "{said}");
    assert!(said.contains("card-5: there is no such folder"), "{said}");
    assert!(counter.is_empty());

    // The same run twice, also as a copy under another name.
    for again in ["card-1", "./card-1", "copy"] {
        if again == "copy" {
            fs::create_dir_all(counter.office.path("copy/records")).unwrap();
            for name in ["manifest.json", "journal.jsonl", "records/0001.jsonl"] {
                let (from, to) = ("card-1", "copy");
                fs::copy(counter.office.path(from).join(name), counter.office.path(to).join(name))
                    .unwrap();
            }
        }
        let said = counter.import(&["card-1", "card-2", again], &[]).ended(2);
        assert!(said.contains(&format!("{again}: the run of card-1 once more")), "{said}");
    }
    assert!(counter.is_empty());
}

#[test]
fn a_run_that_the_store_has_by_another_manifest_hides_no_fault_of_the_others() {
    let counter = Counter::new();
    for id in ["1", "2"] {
        counter.card(id, &format!("card-{id}"), &[]);
    }
    counter.import(&["card-1"], &[]).ended(0);
    counter.site.shell(&format!("UPDATE runs SET manifest_sha256 = '{}'", "0".repeat(64)));
    let path = counter.office.path("card-2/records/0001.jsonl");
    let changed = fs::read_to_string(&path).unwrap().replace("m=8", "m=9");
    fs::write(&path, changed).unwrap();
    let said = counter.import(&["card-1", "card-2"], &[]).ended(2);
    assert!(said.contains("card-1/manifest.json: the store has this run already, by"), "{said}");
    assert!(said.contains("card-2/records/0001.jsonl: changed since the run wrote it"), "{said}");
    assert_eq!(counter.live().len(), 1);
}

#[test]
fn who_lost_a_card_on_the_day_of_its_issue_has_the_newer_one_whatever_the_order() {
    for order in [["first", "second", "third"], ["third", "first", "second"]] {
        let counter = Counter::new();
        counter.card("4711", "first", &["--date", "2026-11-22"]);
        let replace = ["--date", "2026-11-22", "--replace", "--not-in"];
        counter.card("4711", "second", &[&replace[..], &["first"]].concat());
        counter.card("4711", "third", &["--date", "2026-11-23"]);
        counter.card("4712", "other", &[]);
        let runs = [&order[..], &["other"]].concat();
        let numbers = |said: &str| -> Vec<(String, u64, u64, u64)> {
            let lines = said.lines().filter(|line| line.starts_with('{'));
            let run = |line: &str| {
                let run: Value = serde_json::from_str(line).unwrap();
                let number = |name: &str| run[name].as_u64().unwrap();
                let path = run["path"].as_str().unwrap().to_owned();
                (path, number("tokens"), number("voided"), number("late"))
            };
            lines.map(run).collect()
        };
        let would = numbers(&counter.import(&runs, &["--dry-run", "--json"]).ended(0));
        let is = numbers(&counter.import(&runs, &["--json"]).ended(0));
        assert_eq!(would, is, "{order:?}");
        let live = [counter.serial("third"), counter.serial("other")].into();
        assert_eq!(counter.live(), live, "{order:?}");
        assert_eq!(counter.site.number("SELECT count(*) FROM ends WHERE state = 'voided'"), 2);
    }
}

#[test]
fn two_cards_of_one_holder_of_which_neither_is_the_newer_are_refused() {
    let counter = Counter::new();
    for run in ["first", "second"] {
        counter.card("4711", run, &["--date", "2026-11-22"]);
    }
    counter.card("4712", "other", &[]);
    let said = counter.import(&["other", "first", "second"], &[]).ended(2);
    let says = "second/records/0001.jsonl:1: holder 4711 has another record of the same day, on \
                line 1 of first/records/0001.jsonl, and neither voids the other; import the run \
                with the older card first, by itself";
    assert!(said.contains(says), "{said}");
    assert!(counter.is_empty());
    counter.import(&["first"], &[]).ended(0);
    counter.import(&["other", "second"], &[]).ended(0);
    assert_eq!(counter.live(), [counter.serial("second"), counter.serial("other")].into());
}

#[test]
fn a_card_that_voids_one_of_somebody_else_in_the_same_import_is_refused() {
    let counter = Counter::new();
    counter.card("4711", "theirs", &[]);
    let serial = counter.serial("theirs");
    counter.office.write("known", format!("{{\"holder\":\"1\",\"serial\":\"{serial}\"}}\n"));
    counter.card("1", "mine", &["--replace", "--not-in", "known"]);
    for runs in [["mine", "theirs"], ["theirs", "mine"]] {
        let said = counter.import(&runs, &[]).ended(2);
        let says =
            format!("mine/records/0001.jsonl:1: it voids {serial}, which is another holder's");
        assert!(said.contains(&says), "{said}");
    }
    assert!(counter.is_empty());
}

#[test]
fn an_import_of_several_runs_that_was_cut_off_is_finished_by_the_same_command() {
    let counter = Counter::new();
    for id in ["1", "2", "3"] {
        counter.card(id, &format!("card-{id}"), &[]);
    }
    let runs = ["card-1", "card-2", "card-3"];
    let lane = tokenkaart_auth::Lane::of("2");
    counter.site.shell(&format!(
        "INSERT INTO audit VALUES ({lane}, 1, 0, '', '', NULL, NULL, NULL, '', 'x')"
    ));
    counter.import(&runs, &[]).ended(2);
    assert_eq!(counter.live(), [counter.serial("card-1")].into());
    counter.site.shell(&format!("DELETE FROM audit WHERE lane = {lane} AND hash = 'x'"));
    let said = counter.import(&runs, &[]).ended(0);
    assert!(said.contains("card-1: the store has this already"), "{said}");
    assert_eq!(counter.live().len(), 3);
    assert_eq!(audit::verify(&counter.site.open(), None).unwrap().broken, []);
}

/// An import that is cut off when its tokens are loaded and none is used, in which somebody changes
/// what was loaded, as by files that were changed in between.
fn cut_off(change: &str) -> (Counter, Said) {
    let counter = Counter::new();
    counter.office.write("holders.csv", "id;naam\n4711;Jan\n4712;An\n");
    counter.office.issue("run", &[]);
    let shut = "INSERT INTO audit SELECT lane, 1, 0, '', '', NULL, NULL, NULL, '', 'x' \
                FROM audit_head WHERE lane < 256";
    counter.site.shell(shut);
    counter.import(&["run"], &[]).ended(2);
    counter.site.shell("DELETE FROM audit WHERE hash = 'x'");
    assert_eq!(counter.site.number("SELECT count(*) FROM tokens"), 2);
    counter.site.shell(change);
    let said = counter.import(&["run"], &[]);
    (counter, said)
}

#[test]
fn what_a_changed_file_brought_into_the_store_is_never_used() {
    let (counter, said) = cut_off("");
    said.ended(0);
    assert_eq!(counter.live().len(), 2);

    // A token of the attacker's, loaded for a holder of the run.
    let evil = "K7M2-P9RT-3XYV-4CDX";
    let (counter, said) = cut_off(&format!(
        "INSERT INTO tokens (lane, holder, serial, run, came_at, issued, scheme, code_format, \
         record_sha256) SELECT lane, holder, '{evil}', run, came_at, issued, scheme, code_format, '' \
         FROM tokens WHERE holder = '4711'"
    ));
    let said = said.ended(2);
    assert!(said.contains(&format!("run: the store has token {evil} by an earlier")), "{said}");
    assert_eq!(counter.live().len(), 0);
    // Another record of the same serial, and one too few.
    let (counter, said) = cut_off("UPDATE tokens SET record_sha256 = '' WHERE holder = '4711'");
    assert!(said.ended(2).contains("is in the store already, with another record"));
    assert_eq!(counter.live().len(), 0);
    let (counter, said) = cut_off(
        "DELETE FROM codes WHERE holder = '4711'; DELETE FROM tokens WHERE holder = '4711'",
    );
    assert!(said.ended(2).contains("the store has 1 of the 2 tokens that were loaded"));
    assert_eq!(counter.live().len(), 0);
}

#[test]
fn letters_that_came_back_are_revoked_by_the_list_of_them() {
    let counter = Counter::new();
    counter.office.write("holders.csv", "id;naam\n4711;Jan\n-1;An\n4713;Bo\n");
    counter.office.issue("run", &[]);
    counter.import(&["run"], &[]).ended(0);
    counter.office.write("back.csv", "sequence\n1\n2\n");
    let said = counter.office.run(&["reconcile", "run", "--returned", "back.csv"]);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    counter.office.write("returned.csv", &said.stdout);
    let url = counter.site.url();
    let revoke = ["revoke", "--from", "returned.csv", "--reason", "undelivered", "--store", &url];
    let said = counter.office.run(&revoke).ended(0);
    assert!(said.contains("2 tokens were revoked"), "{said}");
    let live = counter.site.shell("SELECT holder FROM states").trim().to_owned();
    assert_eq!(live, "4713");
    let told = counter.site.number("SELECT count(*) FROM audit WHERE event = 'revoked'");
    assert_eq!(told, 2);
}
