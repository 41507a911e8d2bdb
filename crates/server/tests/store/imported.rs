//! Runs that come into the store: whole or not at all, once, and in any order.

use std::{collections::BTreeSet, fmt::Write as _, fs, process::Child};

use serde_json::{Value, json};
use tokenkaart_auth::store::audit;
use tokenkaart_token::files::Sha256Digest;

use super::{
    IS_POSTGRES,
    hostile::{self, hex},
    office::{HOLDERS, Office, Said},
    site::Site,
};

/// A store, and an office whose program knows it.
struct Desk<'a> {
    office: &'a Office,
    site: &'a Site,
}

impl Desk<'_> {
    fn arguments<'a>(arguments: &[&'a str], url: &'a str) -> Vec<&'a str> {
        let actor = ["--store", url, "--actor", "tests"];
        [&["import", "--unsigned", "--allow-weak-kdf"], arguments, &actor].concat()
    }

    fn import(&self, arguments: &[&str]) -> Said {
        self.office.run(&Self::arguments(arguments, &self.site.url()))
    }

    fn start(&self, arguments: &[&str]) -> Child {
        self.office.command(&Self::arguments(arguments, &self.site.url())).spawn().unwrap()
    }

    fn number(&self, sql: &str) -> i64 {
        self.site.number(sql)
    }

    /// All that an import could have changed.
    fn everything(&self) -> Vec<String> {
        [
            "runs",
            "tokens",
            "states",
            "suspensions",
            "locks",
            "ends",
            "codes",
            "audit",
            "audit_head",
            "loads",
        ]
        .map(|table| self.site.shell(&format!("SELECT * FROM {table} ORDER BY 1, 2, 3")))
        .into()
    }

    fn states(&self) -> BTreeSet<String> {
        let held = self.site.shell(
            "SELECT s.holder, CASE WHEN h.serial IS NULL THEN s.state ELSE 'suspended' END, count(*) \
             FROM states s LEFT JOIN suspensions h ON h.serial = s.serial GROUP BY 1, 2",
        );
        let ended = self.site.shell("SELECT holder, state, count(*) FROM ends GROUP BY 1, 2");
        held.lines().chain(ended.lines()).map(str::to_owned).collect()
    }
}

/// A test over a new store, whose audit is whole at the end.
fn desks(office: &Office, test: impl Fn(&Desk<'_>)) {
    let site = &Site::new();
    test(&Desk { office, site });
    assert_eq!(audit::verify(&site.open(), None).unwrap().broken, []);
}

/// Records of holders who are numbers, as a run would write them; their hashes are of nothing.
pub(crate) fn records(numbers: impl IntoIterator<Item = u64>) -> String {
    let mut text = String::new();
    for number in numbers {
        let serial = serial(number);
        write!(
            text,
            "{{\"version\":1,\"serial\":\"{serial}\",\"holder\":\"{number}\",\
             \"issued\":\"2026-11-22\",\"scheme\":\"argon2id\",\"key_id\":null,\
             \"code_format\":{{\"alphabet\":\"23456789CDFHJKMNPRTVWXY\",\"length\":9,\
             \"grouping\":3,\"check\":\"weighted-sum\"}},\"codes\":["
        )
        .unwrap();
        for position in 1..=24 {
            let comma = if position == 1 { "" } else { "," };
            let tag = char::from(b'A' + position);
            write!(
                text,
                "{comma}{{\"position\":{position},\"hash\":\"$argon2id$v=19$m=19456,t=2,p=1$\
                 AAECAwQFBgcICQoLDA0ODw${tag}AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}}"
            )
            .unwrap();
        }
        text.push_str("]}\n");
    }
    text
}

/// The serial of such a record.
fn serial(number: u64) -> String {
    const ALPHABET: &[u8; 23] = b"23456789CDFHJKMNPRTVWXY";
    let mut left = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (mut serial, mut sum) = (String::new(), 0);
    for place in 1..=15 {
        let value = usize::try_from(left % 23).unwrap();
        left /= 23;
        sum += value * place;
        serial.push(char::from(ALPHABET[value]));
    }
    // 16 times the last value must bring the sum to a multiple of 23.
    let last = (0..23).find(|value| (sum + 16 * value) % 23 == 0).unwrap();
    serial.push(char::from(ALPHABET[last]));
    for place in [12, 8, 4] {
        serial.insert(place, '-');
    }
    serial
}

fn hashes(records: &[Value]) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for record in records {
        for code in record["codes"].as_array().unwrap() {
            let holder = hex(record["holder"].as_str().unwrap());
            let hash = code["hash"].as_str().unwrap();
            rows.insert(format!("{holder}|{}|{hash}", code["position"]));
        }
    }
    rows
}

#[test]
fn a_run_comes_in_whole_and_a_second_time_changes_nothing() {
    let office = hostile::office();
    desks(&office, |desk| {
        let before = desk.everything();
        let said = desk.import(&["run", "--dry-run"]).ended(0);
        let would = "run: 22 tokens would be imported; nothing was changed (--dry-run)\n";
        assert_eq!(said, would);
        assert_eq!(desk.everything(), before);

        let said = desk.import(&["run"]).ended(0);
        assert_eq!(said, "run: 22 tokens were imported\n");
        let hex = match desk.site {
            Site::Sqlite(_) => "lower(hex(t.holder))",
            Site::Postgres(_) => "encode(convert_to(t.holder, 'UTF8'), 'hex')",
        };
        let found = desk.site.shell(&format!(
            "SELECT {hex}, c.position, c.hash FROM tokens t JOIN codes c ON c.serial = t.serial \
             JOIN states s ON s.serial = t.serial AND s.lane = t.lane WHERE s.state = 'active' \
             AND t.issued = '2026-11-22' AND t.expires = '2027-11-22' \
             AND t.scheme = 'argon2id:m=8,t=1,p=1' AND t.key_id IS NULL"
        ));
        let found: BTreeSet<String> = found.lines().map(str::to_owned).collect();
        assert_eq!(found, hashes(&office.records("run")));
        let told = desk.site.shell("SELECT actor, event, detail FROM audit WHERE lane = 256");
        assert!(told.starts_with("tests|imported|run "), "{told}");
        assert!(told.ends_with(", 22 tokens; 0 ended, 0 late; not signed\n"), "{told}");
        let lanes = "SELECT count(DISTINCT lane) FROM tokens";
        let told = "SELECT count(*) FROM audit WHERE event = 'switched' AND lane < 256";
        assert_eq!(desk.number(told), desk.number(lanes));
        assert_eq!(desk.number("SELECT count(*) FROM audit"), desk.number(lanes) + 1);
        let run = desk.site.shell("SELECT run, tokens, scheme FROM runs");
        assert!(run.ends_with("|22|argon2id:m=8,t=1,p=1\n"), "{run}");

        let before = desk.everything();
        let said = desk.import(&["run"]).ended(0);
        assert_eq!(said, "run: the store has this already (22 tokens); nothing was changed\n");
        // Nor does a part of it, by another name.
        let said = desk.import(&["run/records/0002.jsonl", "--json"]).ended(0);
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((said["tokens"].as_u64(), said["known"].as_u64()), (Some(0), Some(5)));
        assert_eq!(desk.everything(), before);
    });
}

#[test]
fn a_new_token_voids_the_one_before_and_an_older_run_that_comes_late_voids_nothing() {
    let office = Office::with(HOLDERS);
    for (run, date) in [("first", "2026-11-20"), ("second", "2026-11-21"), ("third", "2026-11-22")]
    {
        office.issue(run, &["--date", date]);
    }
    desks(&office, |desk| {
        desk.import(&["first"]).ended(0);
        let serials = "SELECT serial FROM states ORDER BY 1";
        let first = desk.site.shell(serials);
        // One of them was put aside, and one is revoked: that is no more to be voided.
        desk.site.set_state("4712", "suspended");
        desk.site.set_state("4713", "revoked");
        let said = desk.import(&["third", "--dry-run"]).ended(0);
        assert!(
            said.contains("third: 3 tokens would be imported; 2 older tokens would be voided;")
        );
        let said = desk.import(&["third"]).ended(0);
        assert_eq!(said, "third: 3 tokens were imported; 2 older tokens were voided\n");
        let expected = [
            "4712|active|1",
            "4712|voided|1",
            "4713|active|1",
            "4713|revoked|1",
            "85.07.30-033.28|active|1",
            "85.07.30-033.28|voided|1",
        ];
        assert_eq!(desk.states(), expected.map(str::to_owned).into());
        let ended = "SELECT count(*) FROM ends WHERE state = 'voided' \
                     AND reason LIKE 'replaced by ____-____-____-____' AND was <> 'loading'";
        assert_eq!(desk.number(ended), 2);
        // Their lanes tell how many ended, and the digest of their serials.
        let ended = desk.site.shell("SELECT serial FROM ends WHERE state = 'voided'");
        let told = desk.site.shell("SELECT detail FROM audit WHERE event = 'switched'");
        for serial in ended.lines() {
            let digest = Sha256Digest::of(serial.as_bytes());
            assert!(told.contains(&format!("1 active, 1 ended ({digest}), 0 late")), "{told}");
        }
        let third = desk.site.shell(serials);
        assert!(third.lines().count() == 3 && third != first);

        let said = desk.import(&["second"]).ended(0);
        assert_eq!(
            said,
            "second: 3 tokens were imported; 3 of these were voided on arrival, for their holders \
             have newer ones\n"
        );
        assert_eq!(desk.site.shell(serials), third);
        assert_eq!(desk.number("SELECT count(*) FROM ends WHERE state = 'voided'"), 5);
        assert_eq!(desk.number("SELECT count(*) FROM codes"), 9 * 24);
    });
}

#[test]
fn a_run_that_is_not_as_it_was_made_is_refused_with_all_its_faults() {
    let office = hostile::office();
    let whole = fs::read_to_string(office.path("run/records/0002.jsonl")).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let file = office.path("run/records/0002.jsonl");
    desks(&office, |desk| {
        let before = desk.everything();
        let forged = lines[1].replace("2026-11-22", "2026-11-21");
        let later = lines[2].replace("\"version\":1", "\"version\":2");
        let twice = lines[0].replace(":1,\"hash", ":1, \"hash");
        fs::write(&file, [lines[0], &forged, &later, &twice, lines[4].trim_end()].concat())
            .unwrap();
        let said = desk.import(&["run"]).ended(2);
        for says in [
            "run/records/0002.jsonl:2: the record and the manifest differ in the date of issue\n",
            "run/records/0002.jsonl:3: the line is a record of version 2, and this program",
            "run/records/0002.jsonl:4: serial ",
            " has another record, on line 1 of run/records/0002.jsonl\n",
            "run/records/0002.jsonl:5: the last line is cut off; get the whole file\n",
            "run/records/0002.jsonl: changed since the run wrote it",
            "\nnothing was imported\n",
        ] {
            assert!(said.contains(says), "{says}: {said}");
        }
        assert_eq!(said.lines().count(), 6, "{said}");
        assert_eq!(desk.everything(), before);
        fs::write(&file, &whole).unwrap();
    });
    desks(&office, |desk| {
        let before = desk.everything();
        let url = desk.site.url();
        let said = office.run(&["import", "run", "--store", &url]).ended(2);
        assert!(said.contains("run/manifest.json: argon2id:m=8,t=1,p=1 is below OWASP's minimum"));
        assert!(said.contains("\nadd --allow-weak-kdf if"), "{said}");
        let said = office.run(&["import", "run/records/0002.jsonl", "--store", &url]).ended(2);
        assert!(said.contains("run/records/0002.jsonl:5: argon2id:m=8,t=1,p=1 is below OWASP's"));
        let manifest = office.path("run/manifest.json");
        let text = fs::read_to_string(&manifest).unwrap();
        fs::remove_file(&manifest).unwrap();
        let said = desk.import(&["run"]).ended(2);
        assert!(said.contains("run has no manifest.json, so the run is not finished"), "{said}");
        fs::write(&manifest, text.replacen("tokenkaart", "Tokenkaart", 1)).unwrap();
        let said = desk.import(&["run"]).ended(2);
        assert!(said.contains("manifest.json: changed since it was written"), "{said}");
        fs::write(&manifest, text).unwrap();
        assert_eq!(desk.everything(), before);
    });
}

#[test]
fn records_that_contradict_the_store_or_each_other_are_all_named() {
    let office = Office::new();
    // More than are staged together, with a holder and a serial that come back at the end.
    let many = records(0..4100);
    let other = records([7]).replace("\"holder\":\"7\"", "\"holder\":\"007\"");
    let holder = records([9000]).replace("\"holder\":\"9000\"", "\"holder\":\"8\"");
    office.write("many.jsonl", many + &other);
    office.write("more.jsonl", records([9001]) + &holder);
    office.write("first.jsonl", records(0..60));
    let changed = records(0..60).replace("m=19456", "m=19457");
    office.write("changed.jsonl", changed + &records([100]));
    office.write("mixed.jsonl", records(50..70));
    office.write("empty.jsonl", "");
    desks(&office, |desk| {
        let before = desk.everything();
        let said = desk.import(&["many.jsonl", "more.jsonl"]).ended(2);
        assert!(said.contains("many.jsonl:4101: serial "), "{said}");
        assert!(said.contains(" has another record, on line 8 of many.jsonl\n"), "{said}");
        let twice = "more.jsonl:2: holder 8 has another record, on line 9 of many.jsonl\n";
        assert!(said.contains(twice), "{said}");
        assert_eq!(said.lines().count(), 3, "{said}");
        let said = desk.import(&["empty.jsonl"]).ended(2);
        assert!(said.contains("empty.jsonl: there are no records in it"), "{said}");
        let said = desk.import(&["first.jsonl", "first.jsonl"]).ended(2);
        assert!(said.contains("first.jsonl has the same records as first.jsonl"), "{said}");
        assert_eq!(desk.everything(), before);

        desk.import(&["first.jsonl"]).ended(0);
        let before = desk.everything();
        let said = desk.import(&["changed.jsonl"]).ended(2);
        assert!(said.contains("changed.jsonl:1: serial "), "{said}");
        assert!(said.contains(" is in the store already, with another record"), "{said}");
        assert!(said.contains("\n… and 10 more\nnothing was imported\n"), "{said}");
        assert_eq!(said.lines().count(), 52, "{said}");
        assert_eq!(desk.everything(), before);

        let said = desk.import(&["mixed.jsonl"]).ended(0);
        assert_eq!(said, "mixed.jsonl: 10 tokens were imported; 10 more are there already\n");
        assert_eq!(desk.number("SELECT count(*) FROM states"), 70);
        assert_eq!(desk.number("SELECT count(*) FROM codes"), 70 * 24);
    });
}

#[test]
fn a_record_voids_the_tokens_that_it_names_whichever_comes_first() {
    let office = Office::new();
    let voiding = |number: u64, holder: u64, voids: &[u64]| {
        let serials: Vec<String> = voids.iter().map(|number| serial(*number)).collect();
        records([number])
            .replace(&format!("\"holder\":\"{number}\""), &format!("\"holder\":\"{holder}\""))
            .replace("\"scheme\"", &format!("\"voids\":{},\"scheme\"", json!(serials)))
    };
    // Of one day, as when letters are spoilt and made anew.
    office.write("old.jsonl", records(1..4));
    office.write("new.jsonl", voiding(11, 1, &[1]) + &voiding(12, 2, &[2, 99]));
    office.write("foreign.jsonl", voiding(13, 3, &[2]));
    desks(&office, |desk| {
        let live = "SELECT serial FROM states ORDER BY holder";
        let expected = format!("{}\n{}\n{}\n", serial(11), serial(12), serial(3));
        desk.import(&["new.jsonl"]).ended(0);
        let said = desk.import(&["old.jsonl"]).ended(0);
        assert!(
            said.contains("3 tokens were imported; 2 of these were voided on arrival"),
            "{said}"
        );
        assert_eq!(desk.site.shell(live), expected);
        let before = desk.everything();
        let said = desk.import(&["foreign.jsonl"]).ended(2);
        let voids = format!("foreign.jsonl:1: it voids {}, which is another", serial(2));
        assert!(said.contains(&voids), "{said}");
        assert_eq!(desk.everything(), before);
    });
    desks(&office, |desk| {
        desk.import(&["old.jsonl"]).ended(0);
        let said = desk.import(&["new.jsonl"]).ended(0);
        assert!(said.contains("2 tokens were imported; 2 older tokens were voided"), "{said}");
    });
}

#[test]
fn a_card_that_is_made_anew_counts_though_the_spoilt_one_has_a_date_to_come() {
    let office = Office::new();
    let dated = |line: String, date: &str| {
        let line = line.replace("2026-11-22", date);
        assert!(line.contains(date), "{line}");
        line
    };
    let voiding = |number: u64, voids: u64| {
        records([number])
            .replace(&format!("\"holder\":\"{number}\""), "\"holder\":\"1\"")
            .replace("\"scheme\"", &format!("\"voids\":[\"{}\"],\"scheme\"", serial(voids)))
    };
    office.write("spoilt.jsonl", dated(records([1]), "2031-01-01"));
    office.write("anew.jsonl", dated(voiding(11, 1), "2026-11-24"));
    office.write("third.jsonl", dated(voiding(21, 11), "2026-11-23"));
    let live = "SELECT serial FROM states";
    for order in [
        ["spoilt.jsonl", "anew.jsonl", "third.jsonl"],
        ["anew.jsonl", "spoilt.jsonl", "third.jsonl"],
    ] {
        desks(&office, |desk| {
            desk.import(&order[..1]).ended(0);
            desk.import(&order[1..2]).ended(0);
            assert_eq!(desk.site.shell(live).trim_end(), serial(11), "{order:?}");
            let voided = "SELECT count(*) FROM ends WHERE state = 'voided'";
            assert_eq!(desk.number(voided), 1);
            // So does the next one, of which the first is not the one that it stands in for.
            desk.import(&order[2..]).ended(0);
            assert_eq!(desk.site.shell(live).trim_end(), serial(21), "{order:?}");
            assert_eq!(desk.number(voided), 2);
        });
    }
}

#[test]
fn shards_come_in_together_and_none_is_missing_double_or_foreign() {
    let office = Office::with(HOLDERS);
    for shard in ["1/2", "2/2"] {
        let out = format!("shard-{}", &shard[..1]);
        office.issue(&out, &["--shard", shard, "--date", "2026-11-22"]);
    }
    office.issue("whole", &[]);
    desks(&office, |desk| {
        let said = desk.import(&["shard-2"]).ended(2);
        assert!(
            said.contains("shard-2 is shard 2/2 of a run; name the folders of all 2"),
            "{said}"
        );
        for (arguments, says) in [
            (&["shard-1", "shard-1"][..], "shard-1: shard 1 a second time"),
            (&["shard-1", "shard-1"], "shard 2 of 2 is missing"),
            (&["shard-1", "shard-2", "whole"], "whole: no shard but a run of its own"),
        ] {
            let said = desk.import(arguments).ended(2);
            assert!(said.contains(says), "{said}");
        }
        assert_eq!(desk.number("SELECT count(*) FROM runs"), 0);
        desk.import(&["shard-1", "--shard-alone"]).ended(0);
        let said = desk.import(&["shard-1", "shard-2"]).ended(0);
        assert!(said.starts_with("shard-1: the store has this already ("), "{said}");
        assert_eq!(desk.number("SELECT count(*) FROM runs"), 2);
        assert_eq!(desk.number("SELECT count(*) FROM states"), 3);
    });
}

#[test]
fn two_who_import_the_same_run_at_once_import_it_once() {
    let office = Office::new();
    office.write("run.jsonl", records(0..300));
    desks(&office, |desk| {
        let running: Vec<Child> = (0..4).map(|_| desk.start(&["run.jsonl"])).collect();
        let mut said: Vec<String> = running
            .into_iter()
            .map(|child| Said::of(child.wait_with_output().unwrap()).ended(0))
            .map(|said| said.replace("another import is at work; this one waits for it\n", ""))
            .collect();
        said.sort();
        let already = "run.jsonl: the store has this already (300 tokens); nothing was changed\n";
        assert_eq!(said, [&["run.jsonl: 300 tokens were imported\n"][..], &[already; 3]].concat());
        assert_eq!(desk.number("SELECT count(*) FROM codes"), 300 * 24);
    });
}

#[test]
fn wherever_an_import_dies_every_holder_has_one_live_token_and_the_same_command_goes_to_the_end() {
    let office = Office::new();
    let new = (0..12).fold(String::new(), |text, number| {
        let other = records([number + 1_000_000]);
        text + &other.replace(
            &format!("\"holder\":\"{}\"", number + 1_000_000),
            &format!("\"holder\":\"{number}\""),
        )
    });
    office.write("old.jsonl", records(0..12));
    office.write("new.jsonl", new);
    desks(&office, |desk| {
        desk.import(&["old.jsonl"]).ended(0);
        let lanes = desk.site.shell("SELECT DISTINCT lane FROM tokens ORDER BY 1");
        let one_each = "SELECT count(*) FROM (SELECT holder FROM states WHERE state = 'active' \
                        GROUP BY holder HAVING count(*) = 1) one";
        for (done, lane) in lanes.lines().chain(["256"]).enumerate() {
            // A row that stands where this lane's next one belongs: its transaction fails.
            desk.site.shell(&format!(
                "INSERT INTO audit VALUES ({lane}, 2, 0, '', '', NULL, NULL, NULL, '', 'x')"
            ));
            desk.import(&["new.jsonl"]).ended(2);
            assert_eq!(desk.number(one_each), 12, "lane {lane}");
            assert_eq!(desk.number("SELECT count(*) FROM states"), 12);
            // SQLite switches lanes together, a thousand tokens at a time.
            let done = if IS_POSTGRES || lane == "256" { done } else { 0 };
            let switched = desk.site.shell("SELECT lane FROM switches").lines().count();
            assert_eq!(switched, lanes.lines().count() + done);
            let said = desk.office.run(&["status", "--store", &desk.site.url()]).ended(0);
            assert!(said.contains("active: 12 tokens\n"), "{said}");
            assert!(
                said.contains(&format!("12 of 12 tokens loaded, in use in {done} lane")),
                "{said}"
            );
            desk.site.shell(&format!(
                "DELETE FROM audit WHERE lane = {lane} AND seq = 2 AND hash = 'x'"
            ));
        }
        let said = desk.import(&["new.jsonl"]).ended(0);
        assert_eq!(said, "new.jsonl: 12 tokens were imported; 12 older tokens were voided\n");
        assert_eq!(desk.number(one_each), 12);
        assert_eq!(desk.number("SELECT count(*) FROM ends"), 12);
    });
}

#[test]
fn what_another_unfinished_import_has_is_not_imported_around_it() {
    let office = Office::new();
    office.write("whole.jsonl", records(0..6));
    office.write("part.jsonl", records(2..4));
    desks(&office, |desk| {
        desk.site.shell("INSERT INTO audit VALUES (256, 1, 0, '', '', NULL, NULL, NULL, '', 'x')");
        desk.import(&["part.jsonl"]).ended(2);
        let said = desk.import(&["whole.jsonl"]).ended(2);
        assert!(said.contains("was cut off, and some of its tokens are among these"), "{said}");
        desk.site.shell("DELETE FROM audit WHERE lane = 256");
        desk.import(&["part.jsonl"]).ended(0);
        let said = desk.import(&["whole.jsonl"]).ended(0);
        assert_eq!(said, "whole.jsonl: 4 tokens were imported; 2 more are there already\n");
        assert_eq!(desk.number("SELECT count(*) FROM states"), 6);
    });
}

#[test]
fn an_import_ends_a_pending_token_and_one_that_was_never_handed_over_holds_nothing_up() {
    let office = Office::new();
    office.write("first.jsonl", records(0..2));
    let newer = |number: u64, date: &str| {
        records([number + 500])
            .replace(
                &format!("\"holder\":\"{}\"", number + 500),
                &format!("\"holder\":\"{number}\""),
            )
            .replace("2026-11-22", date)
    };
    office.write("older.jsonl", newer(0, "2026-11-20") + &newer(1, "2026-11-20"));
    desks(&office, |desk| {
        desk.import(&["first.jsonl"]).ended(0);
        // One is being printed, the other was spoilt.
        desk.site.shell("UPDATE states SET state = 'pending', pending_until = 4102444800000");
        desk.site.shell(
            "INSERT INTO ends SELECT lane, holder, serial, 'voided', 'pending', 0, 'spoilt' \
             FROM states WHERE holder = '1'",
        );
        desk.site.shell("DELETE FROM states WHERE holder = '1'");
        let said = desk.import(&["older.jsonl"]).ended(0);
        assert_eq!(said, "older.jsonl: 2 tokens were imported; 1 older token was voided\n");
        assert_eq!(desk.number("SELECT count(*) FROM states WHERE state = 'active'"), 2);
        assert_eq!(desk.number("SELECT count(*) FROM ends WHERE was = 'pending'"), 2);
    });
}

#[test]
fn a_run_that_nobody_vouches_for_is_taken_and_it_is_said_each_time() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    desks(&office, |desk| {
        let url = desk.site.url();
        for _ in 0..2 {
            let said = office.run(&["import", "run", "--allow-weak-kdf", "--store", &url]).ended(0);
            assert!(said.contains("run: not signed, so nobody vouches for it\n"), "{said}");
        }
        assert_eq!(desk.site.shell("SELECT signer FROM runs"), "\n");
    });
}

#[test]
fn hashes_that_cost_too_much_are_refused_and_set_nobodys_decoy() {
    let office = Office::new();
    office.write("cheap.jsonl", records(0..1));
    let dear = records(1..3).replace("m=19456,t=2,p=1", "m=131072,t=2,p=1");
    office.write("dear.jsonl", dear);
    desks(&office, |desk| {
        desk.import(&["cheap.jsonl"]).ended(0);
        let before = desk.everything();
        let said = desk.import(&["dear.jsonl"]).ended(2);
        let says = "dear.jsonl:1: argon2id:m=131072,t=2,p=1 costs more than the \
                    argon2id:m=65536,t=8,p=4 that is taken at most";
        assert!(said.contains(says), "{said}");
        assert_eq!(desk.everything(), before);
        let decoy = || desk.site.shell("SELECT scheme FROM decoys");
        assert_eq!(decoy(), "argon2id:m=19456,t=2,p=1\n");
        let raised = ["dear.jsonl", "--max-kdf", "argon2id:m=131072,t=8,p=4"];
        desk.import(&raised).ended(0);
        // What most tokens have.
        assert_eq!(decoy(), "argon2id:m=131072,t=2,p=1\n");
    });
}
