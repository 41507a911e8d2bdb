//! The program at the store, as operators and scripts meet it.

use std::{
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{
    cluster::cluster,
    holding::{Card, Making},
    office::{HOLDERS, Office, REGISTER_NUMBER, Said, ask},
    site::Site,
};

/// The program with a store, and perhaps a line for its standard input.
fn run(site: &Site, arguments: &[&str], input: &str) -> Said {
    let office = Office::new();
    let url = site.url();
    office.run_with_input(&[arguments, &["--store", &url]].concat(), input.as_bytes())
}

fn challenge(site: &Site, holder: &str) -> (String, tokenkaart_token::token::Position) {
    let said = run(site, &["verify", "--holder", holder, "--ask", "--json"], "").ended(0);
    let asked: Value = serde_json::from_str(&said).unwrap();
    let position = serde_json::from_value(asked["position"].clone()).unwrap();
    (asked["challenge"].as_str().unwrap().to_owned(), position)
}

#[test]
fn a_code_from_the_paper_lets_in_with_the_pepper_of_its_run() {
    for site in Site::both() {
        let (office, url) = (Office::with(HOLDERS), site.url());
        // Two runs with peppers of their own; the second one replaces a card of the first.
        for (out, byte) in [("old", 1), ("new", 2)] {
            let pepper = office.path(&format!("{out}.pepper"));
            std::fs::write(&pepper, [byte; 32]).unwrap();
            std::fs::set_permissions(&pepper, PermissionsExt::from_mode(0o600)).unwrap();
        }
        office.issue("old", &["--pepper-file", "old.pepper", "--date", "2026-11-22"]);
        office.write("holders.csv", HOLDERS.lines().take(2).collect::<Vec<_>>().join("\n") + "\n");
        office.issue("new", &["--pepper-file", "new.pepper", "--date", "2026-11-23"]);
        for out in ["old", "new"] {
            let import = ["import", out, "--allow-weak-kdf", "--store", &url];
            office.run(&import).ended(0);
        }
        let verify = |card: &[String], holder: &str, peppers: &[&str]| {
            let (id, position) = challenge(&site, holder);
            let mut arguments = vec!["verify", "--challenge", &id, "--store", &url];
            for pepper in peppers {
                arguments.extend(["--pepper-file", pepper]);
            }
            office.run_with_input(&arguments, card[position.index()].as_bytes())
        };
        let (old, new) = (office.codes("old"), office.codes("new"));
        let both = ["new.pepper", "old.pepper"];
        verify(&new[0], REGISTER_NUMBER, &both).ended(0);
        verify(&old[0], REGISTER_NUMBER, &both).ended(1);
        verify(&old[1], "4712", &both).ended(0);
        let said = verify(&old[2], "4713", &both[..1]).ended(2);
        assert!(said.contains("which was not given; add it with --pepper-file"), "{said}");
    }
}

#[test]
fn an_answer_is_judged_by_the_exit_code() {
    for site in Site::both() {
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
    }
}

#[test]
fn on_a_terminal_a_code_is_asked_for_and_not_shown() {
    let [site, _] = Site::both();
    let card = Card::give(&site, "4711", &Making::default());
    // All codes are those of the first position, so that it doesn't matter which is asked.
    let code = card.code(tokenkaart_token::token::Position::new(1).unwrap());
    site.shell(
        "UPDATE codes SET hash = (SELECT hash FROM codes WHERE position = 1) WHERE position > 1",
    );
    // Python's pty is the terminal: it types once the challenge is there and nothing is shown any
    // more, and notes what it sees.
    let script = "import os, pty, sys, termios\n\
        pid, fd = pty.fork()\n\
        if pid == 0: os.execv(sys.argv[1], sys.argv[1:-1])\n\
        seen, typed = b'', False\n\
        try:\n\
        \x20   while data := os.read(fd, 1024):\n\
        \x20       seen += data\n\
        \x20       if not typed and b'? ' in seen:\n\
        \x20           typed = True\n\
        \x20           while termios.tcgetattr(fd)[3] & termios.ECHO: pass\n\
        \x20           os.write(fd, sys.argv[-1].encode() + b'\\n')\n\
        except OSError: pass\n\
        print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))";
    let seen = ask(
        "python3",
        &[
            "-c".as_ref(),
            script.as_ref(),
            env!("CARGO_BIN_EXE_tokenkaart-server").as_ref(),
            "verify".as_ref(),
            "--holder".as_ref(),
            "4711".as_ref(),
            "--store".as_ref(),
            site.url().as_ref(),
            code.as_ref(),
        ],
    );
    assert!(seen.starts_with("code "), "{seen}");
    assert!(seen.contains("accepted; 23 codes left"), "{seen}");
    assert!(seen.trim_end().ends_with(" 0"), "{seen}");
    assert!(!seen.contains(code), "{seen}");
}

#[test]
fn tokens_are_shown_and_changed() {
    for site in Site::both() {
        let card = Card::give(&site, "4711; \"x\"", &Making::default());
        let serial = card.serial.to_string();
        let holder = card.holder.as_str();
        site.shell("UPDATE tokens SET unused = 5");
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
        assert!(said.contains("there is no such token"), "{said}");
        run(&site, &["expire", "--unused-for", "5hours"], "").ended(2);
        // Longer than anything is old, whatever day it is.
        let said = run(&site, &["expire", "--unused-for", "500years"], "").ended(0);
        assert!(said.starts_with("0 tokens expired"), "{said}");
        let actors = site.shell("SELECT actor FROM audit WHERE event = 'suspended'");
        assert_eq!(actors.trim(), "eva");
    }
}

#[test]
fn an_exported_audit_is_verified_by_another_program() {
    let document = std::fs::read_to_string("../../docs/auth-store.md").unwrap();
    let (_, script) = document.split_once("cat > audit.py <<'END'\n").unwrap();
    let (script, _) = script.split_once("END\n").unwrap();
    for site in Site::both() {
        for holder in ["4711", "\"quoted\" \\ ünïcodé \u{1F600}"] {
            Card::give(&site, holder, &Making::default());
            challenge(&site, holder);
            let reason = "tab\tbell\u{7}del\u{7f}</script>";
            run(&site, &["suspend", "--holder", holder, "--reason", reason], "").ended(0);
        }
        let whole = run(&site, &["audit", "--verify"], "").ended(0);
        let head = whole.lines().last().unwrap();
        let exported = run(&site, &["audit", "--format", "jsonl"], "").ended(0);
        let mut python = Command::new("python3")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut python.stdin.take().unwrap(), exported.as_bytes()).unwrap();
        let said = Said::of(python.wait_with_output().unwrap()).ended(0);
        assert_eq!(said.trim(), head);
        run(&site, &["audit", "--verify", "--head", head], "").ended(0);
        let csv = run(&site, &["audit", "--format", "csv"], "").ended(0);
        assert_eq!(csv::Reader::from_reader(csv.as_bytes()).records().count(), 4);

        site.shell(match site {
            Site::Sqlite(_) => "DROP TRIGGER audit_is_never_changed",
            Site::Postgres(_) => "ALTER TABLE audit DISABLE TRIGGER ALL",
        });
        site.shell("UPDATE audit SET holder = '4712' WHERE seq = 2");
        let said = run(&site, &["audit", "--verify"], "").ended(1);
        assert!(said.contains("row 2 of the audit was altered"), "{said}");
    }
}

#[test]
fn a_password_is_in_no_error() {
    let office = Office::new();
    let socket = cluster().socket().display();
    for url in [
        "postgres://sign_in:hunter2@127.0.0.1:1/cards".to_owned(),
        "postgres://sign_in:hunter2@host:port/cards".to_owned(),
        format!("postgres:///none?host={socket}&user=nobody&password=hunter2"),
    ] {
        let said = office.run(&["status", "--store", &url]).ended(2);
        assert!(!said.contains("hunter2"), "{said}");
    }
    let said = Said::of(
        office
            .command(&["status"])
            .env("TOKENKAART_STORE", "postgres://sign_in@127.0.0.1:1/cards")
            .env("PGPASSWORD", "hunter2")
            .output()
            .unwrap(),
    )
    .ended(2);
    assert!(said.contains("sign_in@127.0.0.1:1") && !said.contains("hunter2"), "{said}");
}

#[test]
fn other_peoples_texts_do_nothing_to_a_terminal_or_a_spreadsheet() {
    for site in Site::both() {
        let card = Card::give(&site, "=1+1", &Making::default());
        let serial = card.serial.to_string();
        let revoke = ["revoke", "--serial", &serial, "--reason", "=1 \u{1b}[2Jgone"];
        run(&site, &[&revoke[..], &["--actor", "@me", "--quiet"]].concat(), "").ended(0);
        let said = run(&site, &["status", "--serial", &serial], "").ended(0);
        assert!(said.contains(r"(=1 \u{1b}[2Jgone)"), "{said:?}");
        let said = run(&site, &["audit", "--format", "csv"], "").ended(0);
        assert!(said.contains(",'@me,revoked,'=1+1,"), "{said:?}");
        assert!(said.contains(",'=1 \u{1b}[2Jgone,"), "{said:?}");
    }
}

#[test]
fn waits_begin_where_the_verifier_is_told() {
    for site in Site::both() {
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
}

#[test]
fn who_has_few_codes_left_gets_a_new_card() {
    for site in Site::both() {
        let (office, url) = (Office::with(HOLDERS), site.url());
        office.issue("run", &["--date", "2026-11-22"]);
        office.run(&["import", "run", "--allow-weak-kdf", "--store", &url]).ended(0);
        site.shell("UPDATE tokens SET unused = 3 WHERE holder = '4712'");
        let said = office.run(&["status", "--store", &url, "--low", "--format", "csv"]).ended(0);
        office.write("low.csv", said);
        office.issue("next", &["--only", "low.csv", "--date", "2026-11-23"]);
        let said = office.run(&["import", "next", "--allow-weak-kdf", "--store", &url]).ended(0);
        assert_eq!(said, "next: 1 token was imported; 1 older token was voided\n");
        let said = site.shell("SELECT holder FROM tokens WHERE state = 'voided'");
        assert_eq!(said.trim(), "4712");
    }
}
