//! The program at the store, as operators and scripts meet it.

use serde_json::Value;

use super::{
    holding::{Card, Making},
    office::{HOLDERS, Office, Said},
    site::Site,
};

/// The program with a store, and perhaps a line for its standard input.
pub(crate) fn run(site: &Site, arguments: &[&str], input: &str) -> Said {
    let office = Office::new();
    let url = site.url();
    office.run_with_input(&[arguments, &["--store", &url]].concat(), input.as_bytes())
}

/// Has so many codes of a holder be used.
fn use_codes(site: &Site, holder: &str, count: u8) {
    site.shell(&format!(
        "INSERT INTO uses SELECT lane, holder, serial, position, 0 FROM codes \
         WHERE holder = '{holder}' AND position <= {count}"
    ));
}

pub(crate) fn challenge(site: &Site, holder: &str) -> (String, tokenkaart_token::token::Position) {
    let said = run(site, &["verify", "--holder", holder, "--ask", "--json"], "").ended(0);
    let asked: Value = serde_json::from_str(&said).unwrap();
    let position = serde_json::from_value(asked["position"].clone()).unwrap();
    (asked["challenge"].as_str().unwrap().to_owned(), position)
}

#[test]
fn an_answer_is_judged_by_the_exit_code() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    let (id, position) = challenge(&site, "4711");
    let answer = |typed: &str| run(&site, &["verify", "--challenge", &id], typed);
    let said = answer(card.wrong(position)).ended(1);
    assert_eq!(said, format!("code {position}?\nrefused\n"));
    let said = answer("oops").ended(1);
    assert!(said.contains("typing slip: a code has 9 symbols, not 4"), "{said}");
    answer("").ended(2);
    let said = answer(&format!("{}\n", card.code(position).to_lowercase())).ended(0);
    assert_eq!(said, format!("code {position}?\naccepted; 23 codes left\n"));
    let said = answer(card.code(position)).ended(1);
    assert!(said.contains("that challenge is over"), "{said}");
    let audit = run(&site, &["audit", "--format", "jsonl"], "").ended(0);
    let events: Vec<String> = audit
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].to_string())
        .collect();
    assert_eq!(events, ["\"challenged\"", "\"refused\"", "\"accepted\""]);
    let said = run(&site, &["audit", "--holder", "4711"], "").ended(0);
    for (line, says) in said.lines().zip([
        "came in from run run of",
        &format!("code {position} was asked for, token {}", card.serial),
        &format!("the answer to code {position} was refused (wrong code)"),
        &format!("code {position} was right (23 left)"),
    ]) {
        assert!(line.contains(says), "{says}: {said}");
    }
    let today = jiff::Zoned::now().date().to_string();
    let since = ["audit", "--holder", "4711", "--since", &today, "--format", "jsonl"];
    assert_eq!(run(&site, &since, "").ended(0), audit);
    run(&site, &["audit", "--holder", "4711", "--since", "2100-01-01"], "").ended(1);
    run(&site, &["audit", "--holder", "nobody"], "").ended(1);
    run(&site, &["audit", "--holder", "4711", "--since", "soon"], "").ended(2);
}

#[test]
fn tokens_are_shown_and_changed() {
    let site = Site::new();
    let card = Card::give(&site, "4711; \"x\"", &Making::default());
    let serial = card.serial.to_string();
    let holder = card.holder.as_str();
    use_codes(&site, "4711; \"x\"", 19);
    Card::give(&site, "4712", &Making::default());
    assert_eq!(run(&site, &["status"], "").ended(0), "active: 2 tokens\n");
    let low = run(&site, &["status", "--low", "--format", "csv"], "").ended(0);
    let mut rows = csv::Reader::from_reader(low.as_bytes());
    assert_eq!(rows.headers().unwrap().get(0), Some("id"));
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0][0], &rows[0][1], &rows[0][7]), (holder, serial.as_str(), "5"));
    let json = run(&site, &["status", "--low", "24", "--format", "json"], "").ended(0);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap().as_array().unwrap().len(), 2);
    run(&site, &["status", "--holder", "nobody"], "").ended(1);

    let said = run(&site, &["suspend", "--holder", holder, "--actor", "eva"], "").ended(0);
    assert!(said.contains(&serial) && said.contains("is suspended now"), "{said}");
    let said = run(&site, &["unlock", "--serial", &serial], "").ended(2);
    assert!(said.contains("only one that is locked can be unlocked"), "{said}");
    run(&site, &["resume", "--holder", holder], "").ended(0);
    run(&site, &["revoke", "--serial", &serial, "--reason", "lost"], "").ended(0);
    let said = run(&site, &["status", "--serial", &serial], "").ended(0);
    assert!(said.contains("revoked since") && said.contains("(lost)"), "{said}");
    let said = run(&site, &["revoke", "--holder", holder, "--reason", "lost"], "").ended(2);
    assert!(said.contains("is revoked, and only one that is active or"), "{said}");
    let said = run(&site, &["resume", "--holder", holder], "").ended(2);
    assert!(said.contains("is revoked, and only one that is suspended can be resumed"), "{said}");
    let said = run(&site, &["resume", "--holder", "nobody"], "").ended(2);
    assert!(said.contains("there is no such token"), "{said}");
    run(&site, &["expire", "--unused-for", "5hours"], "").ended(2);
    // Longer than anything is old, whatever day it is.
    let said = run(&site, &["expire", "--unused-for", "500years"], "").ended(0);
    assert!(said.starts_with("0 tokens expired"), "{said}");
    let actors = site.shell("SELECT actor FROM audit WHERE event = 'suspended'");
    assert_eq!(actors.trim(), "eva");
}

#[test]
fn other_peoples_texts_do_nothing_to_a_terminal_or_a_spreadsheet() {
    let site = Site::new();
    let card = Card::give(&site, "=1+1", &Making::default());
    let serial = card.serial.to_string();
    let revoke = ["revoke", "--serial", &serial, "--reason", "=1 \u{1b}[2Jgone"];
    run(&site, &[&revoke[..], &["--actor", "@me", "--quiet"]].concat(), "").ended(0);
    let said = run(&site, &["status", "--serial", &serial], "").ended(0);
    assert!(said.contains(r"(=1 \u{1b}[2Jgone)"), "{said:?}");
    let said = run(&site, &["audit", "--format", "csv"], "").ended(0);
    assert!(said.contains(",'@me,revoked,"), "{said:?}");
    assert!(said.contains(",'=1 \u{1b}[2Jgone,"), "{said:?}");
    let said = run(&site, &["status", "--serial", &serial, "--format", "csv"], "").ended(0);
    let row = said.lines().nth(1).unwrap();
    assert!(row.starts_with("'=1+1,"), "{said:?}");
    assert!(row.contains(",'=1 \u{1b}[2Jgone,"), "{said:?}");
    let said = run(&site, &["audit", "--format", "text"], "").ended(0);
    assert!(said.contains(r"(=1 \u{1b}[2Jgone)"), "{said:?}");
}

#[test]
fn waits_begin_where_the_verifier_is_told() {
    let site = Site::new();
    Card::give(&site, "4711", &Making::default());
    let (id, _) = challenge(&site, "4711");
    let verify = ["verify", "--challenge", &id, "--slow-after", "1"];
    let said = run(&site, &verify, "222 222 222");
    assert!(said.ended(1).ends_with("refused\n"));
    let said = run(&site, &verify, "222 222 222").ended(1);
    assert!(said.contains("wait "), "{said}");
    let said = run(&site, &["verify", "--challenge", &id, "--slow-after", "101"], "").ended(2);
    assert!(said.contains("after 1 to 100 wrong ones in a row, not 101"), "{said}");
}

#[test]
fn status_says_why_somebody_waits_and_until_when() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    let status = || run(&site, &["status", "--holder", "4711"], "").ended(0);
    // Nothing was asked, and nothing was wrong.
    assert_eq!(status().lines().count(), 1);
    let (id, position) = challenge(&site, "4711");
    assert!(status().ends_with("1 challenge since the last right answer, not answered rightly\n"));
    run(&site, &["verify", "--challenge", &id], card.wrong(position)).ended(1);
    assert!(status().contains("\n1 wrong answer in a row\n"), "{}", status());
    let now = jiff::Timestamp::now();
    let until = |failures: u32, seconds: i64| {
        let until = now.as_second() + seconds;
        site.shell(&format!(
            "UPDATE attempts SET failures = {failures}, not_before = {until}000 WHERE holder = '4711'"
        ));
        status()
    };
    let told = now.saturating_add(jiff::SignedDuration::from_secs(600)).unwrap();
    let told = told.round(
        jiff::TimestampRound::new().smallest(jiff::Unit::Second).mode(jiff::RoundMode::Trunc),
    );
    let wait = format!("\n13 wrong answers in a row; no answer is taken until {}\n", told.unwrap());
    let said = until(13, 600);
    assert!(said.contains(&wait), "{said}");
    // It is over, or it was written by a clock that is days ahead and is none.
    for seconds in [-1, 1500 * 86_400] {
        let said = until(13, seconds);
        assert!(said.contains("\n13 wrong answers in a row\n"), "{said}");
    }
    // A clock that is ahead, and nothing was wrong.
    let said = until(0, 90);
    assert!(!said.contains("wrong") && !said.contains("until"), "{said}");
    until(13, 600);
    let said = run(&site, &["unlock", "--holder", "4711"], "").ended(0);
    assert!(said.contains("was active, and is active now"), "{said}");
    assert!(!status().contains("wrong"), "{}", status());
    site.set_state("4711", "locked");
    assert!(status().contains(" locked since "), "{}", status());
}

#[test]
fn who_has_few_codes_left_gets_a_new_card() {
    let site = Site::new();
    let (office, url) = (Office::with(HOLDERS), site.url());
    office.issue("run", &["--date", "2026-11-22"]);
    office.run(&["import", "run", "--allow-weak-kdf", "--store", &url]).ended(0);
    use_codes(&site, "4712", 21);
    let said = office.run(&["status", "--store", &url, "--low", "--format", "csv"]).ended(0);
    office.write("low.csv", said);
    office.issue("next", &["--only", "low.csv", "--date", "2026-11-23"]);
    let said =
        office.run(&["import", "next", "--unsigned", "--allow-weak-kdf", "--store", &url]).ended(0);
    assert_eq!(said, "next: 1 token was imported; 1 older token was voided\n");
    let said = site.shell("SELECT holder FROM ends WHERE state = 'voided'");
    assert_eq!(said.trim(), "4712");
}

#[test]
fn many_tokens_are_revoked_in_one_call_each_in_the_audit() {
    let site = Site::new();
    let office = Office::new();
    let cards = ["1", "2", "3", "4"].map(|holder| Card::give(&site, holder, &Making::default()));
    let url = site.url();
    let revoke = ["revoke", "--from", "list", "--reason", "stolen post", "--store", &url];
    // Nothing is done while a line names nobody.
    office.write("list", "1\nx\u{7}y\n");
    let said = office.run(&revoke).ended(2);
    assert!(said.contains("list:2: it has the control character U+0007"), "{said}");
    office.write("list", "\n\n");
    office.run(&revoke).ended(2);
    assert_eq!(site.number("SELECT count(*) FROM ends"), 0);
    office.write("list", format!("\u{feff}1\r\n{}\n\nnobody\n 3 \n", cards[1].serial));
    let said = office.run(&revoke).ended(1);
    assert!(said.starts_with("3 tokens were revoked\n"), "{said}");
    assert!(said.contains("holder nobody: there is no such token"), "{said}");
    assert_eq!(site.number("SELECT count(*) FROM audit WHERE event = 'revoked'"), 3);
    assert_eq!(site.states("4"), ["active"]);
}

#[test]
fn bytes_that_are_no_text_are_no_code_and_no_fault_of_the_operator() {
    let site = Site::new();
    Card::give(&site, "4711", &Making::default());
    let (id, _) = challenge(&site, "4711");
    let office = Office::new();
    let url = site.url();
    let verify = ["verify", "--challenge", &id, "--store", &url];
    let said = office.run_with_input(&verify, b"\xff\xfe\x00K7M\n").ended(1);
    assert!(said.contains("typing slip"), "{said}");
}

#[test]
fn a_zone_by_name_is_known_and_an_unknown_one_is_an_error() {
    let site = Site::new();
    Card::give(&site, "4711", &Making::default());
    let office = Office::new();
    let told = |zone: &str| {
        let audit = ["audit", "--holder", "4711", "--store", &site.url()];
        Said::of(office.command(&audit).env("TZ", zone).output().unwrap())
    };
    // In the morning of 18 November, where Brussels is an hour ahead.
    let (in_utc, in_brussels) = ("2026-11-18 11:06:40", "2026-11-18 12:06:40");
    for zone in ["UTC", "", "UTC0", "GMT0BST,M3.5.0/1,M10.5.0"] {
        assert!(told(zone).ended(0).starts_with(in_utc), "{zone}");
    }
    assert!(told("CET-1CEST,M3.5.0,M10.5.0/3").ended(0).starts_with(in_brussels));
    if std::path::Path::new("/usr/share/zoneinfo/Europe/Brussels").exists() {
        let path = "/usr/share/zoneinfo/Europe/Brussels";
        for zone in ["Europe/Brussels", ":Europe/Brussels", path, &format!(":{path}")] {
            assert!(told(zone).ended(0).starts_with(in_brussels), "{zone}");
        }
    }
    let unknown = [
        "Europe/Nowhere",
        ":Nowhere/City",
        "Etc/Unknown",
        "/etc/passwd",
        "/none",
        ":",
        " ",
        "Europe",
    ];
    for zone in unknown {
        let said = told(zone).ended(2);
        assert!(said.contains(&format!("TZ={zone}: there is no such time zone")), "{said}");
        // The other program has end dates and the date on the cards by it.
        let list = Said::of(office.command(&["design", "list"]).env("TZ", zone).output().unwrap());
        assert!(list.ended(2).contains("there is no such time zone"), "{zone}");
    }
    let bytes: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff");
    let list = Said::of(office.command(&["design", "list"]).env("TZ", bytes).output().unwrap());
    list.ended(2);
}
