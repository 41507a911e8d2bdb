//! Who vouches for a run that something is done by.

use std::{fs, path::Path};

use tokenkaart_testing::{
    office::{FAST, HOLDERS, Office, Said},
    signers::{ATTACKS, keys, replace_records},
};

const BY: [&str; 2] = ["--signed-by", "operator.pub"];
const PRINTER: &str =
    "AGE-SECRET-KEY-1TS96ZTA6ATSVGD70DT2YK3VF4EQCLTX3EFZUY6CR9FEFPXSN799SPAYLTK\n";
const TO_PRINTER: &str = "age1ckrwpcn9fqls42jjz44mk2rn9t6z09t3xvn8u44hrus5sqctl3gscr5r0z";

/// Two runs that the operator signed, and what the commands need that go by them.
fn office() -> Office {
    let office = Office::with(HOLDERS);
    keys(&office);
    office.write("printer", PRINTER);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(office.path("printer"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    for run in ["kept", "other"] {
        office.issue(run, &["--sign-with", "operator", "--seal-to", TO_PRINTER]);
    }
    let serial = office.records("kept")[0]["serial"].as_str().unwrap().to_owned();
    office.write("spoilt.csv", format!("serial\n{serial}\n"));
    office.write("scans.csv", "sequence;status\n1;ok\n2;ok\n3;ok\n");
    office
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the run, with which something may be done.
fn run(office: &Office) -> std::path::PathBuf {
    let run = office.path("run");
    if run.exists() {
        fs::remove_dir_all(&run).unwrap();
    }
    copy(&office.path("kept"), &run);
    run
}

/// Each command that goes by a run, and whether it left something.
fn commands(office: &Office, more: &[&str]) -> Vec<(&'static str, Said, bool)> {
    let reissue =
        ["reissue", "run", "--serials", "spoilt.csv", "--holders", "holders.csv", "--unsealed"];
    let begun: [(&str, Vec<&str>); 4] = [
        ("export", vec!["export", "run", "--to", "csv", "--out", "out"]),
        ("reconcile", vec!["reconcile", "run", "--scanned", "scans.csv"]),
        ("reissue", [&reissue[..], &FAST, &["--sign-with", "operator", "--out", "out"]].concat()),
        ("open", vec!["open", "run", "--identity", "printer", "--out", "out"]),
    ];
    let mut ended = Vec::new();
    for (name, arguments) in begun {
        let said = office.run(&[&arguments[..], more].concat());
        let out = office.path("out");
        let is_there = out.exists();
        if out.is_dir() {
            fs::remove_dir_all(&out).unwrap();
        } else if is_there {
            fs::remove_file(&out).unwrap();
        }
        ended.push((name, said, is_there));
    }
    ended
}

#[track_caller]
fn refused(office: &Office, more: &[&str], what: &str) -> Vec<String> {
    let ended = commands(office, more).into_iter().map(|(name, said, is_there)| {
        let (status, out) = (said.status, said.stdout.clone() + &said.stderr);
        assert_eq!(status, Some(2), "{name}, {what}: {out}");
        assert!(!is_there, "{name}, {what}: {out}");
        assert_eq!(out.matches("error: ").count(), 1, "{name}, {what}: {out}");
        out
    });
    ended.collect()
}

#[track_caller]
fn taken(office: &Office, more: &[&str], what: &str) {
    for (name, said, is_there) in commands(office, more) {
        let (status, out) = (said.status, said.stdout + &said.stderr);
        assert_eq!(status, Some(0), "{name}, {what}: {out}");
        assert_eq!(is_there, name != "reconcile", "{name}, {what}: {out}");
    }
}

#[test]
fn nothing_is_done_by_a_signed_run_whose_signature_does_not_count() {
    let office = office();
    for (what, attack) in ATTACKS {
        attack(&office, &run(&office), &office.path("other"));
        for said in refused(&office, &BY, what) {
            assert!(said.contains("error: run/manifest.json"), "{what}: {said}");
        }
    }
    run(&office);
    taken(&office, &BY, "as it was signed");
    office
        .write("allowed", "# us\noperator@example.be ".to_owned() + &text(&office, "operator.pub"));
    taken(&office, &["--signed-by", "allowed"], "by a file of allowed signers");
    for said in refused(&office, &["--signed-by", "stranger.pub"], "another signer") {
        assert!(said.contains("who is not the one expected"), "{said}");
    }
}

fn text(office: &Office, name: &str) -> String {
    fs::read_to_string(office.path(name)).unwrap()
}

#[test]
fn a_signature_that_nobody_looked_at_is_refused_unless_that_is_said() {
    let office = office();
    run(&office);
    for said in refused(&office, &[], "nobody has said") {
        assert!(
            said.contains("--signed-by KEY verifies it, --unsigned takes it without"),
            "{said}"
        );
    }
    taken(&office, &["--unsigned"], "said");
    // A link that leads nowhere, or a folder, is no run without a signature.
    let signature = run(&office).join("manifest.json.sig");
    fs::remove_file(&signature).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", &signature).unwrap();
    refused(&office, &[], "a link that leads nowhere");
    refused(&office, &BY, "a link that leads nowhere, verified");
    fs::remove_file(&signature).unwrap();
    fs::create_dir(&signature).unwrap();
    refused(&office, &[], "a folder");
    refused(&office, &BY, "a folder, verified");
}

#[test]
fn cards_without_a_signature_are_opened_only_when_that_is_said() {
    let office = office();
    fs::remove_file(run(&office).join("manifest.json.sig")).unwrap();
    let open = ["open", "run", "--identity", "printer", "--out", "opened"];
    let said = office.run(&open).ended(2);
    assert!(said.contains("nobody has said who must have signed this run"), "{said}");
    assert!(said.contains("--unsigned"), "{said}");
    assert!(!office.path("opened").exists());
    let said = office.run(&[&open[..], &["--unsigned"]].concat()).ended(0);
    assert!(said.contains("who sent it was not checked"), "{said}");
    // What was never signed is exported, counted and reissued as before.
    for (name, said, _) in commands(&office, &[]) {
        let status = if name == "open" { 2 } else { 0 };
        assert_eq!(said.status, Some(status), "{name}: {}{}", said.stdout, said.stderr);
    }
}

#[test]
fn records_that_were_replaced_under_a_right_signature_are_refused() {
    let office = office();
    replace_records(&run(&office), &office.path("other"));
    for (name, said, is_there) in commands(&office, &BY) {
        // Letters are counted by the journal, and the print house gets no records.
        let status = if matches!(name, "export" | "reissue") { 2 } else { 0 };
        assert_eq!(said.status, Some(status), "{name}: {}{}", said.stdout, said.stderr);
        assert_eq!(is_there, name == "open", "{name}");
    }
    let gone = run(&office);
    fs::remove_file(gone.join("records/0001.jsonl")).unwrap();
    fs::remove_file(gone.join("cards/0001.pdf.age")).unwrap();
    fs::remove_file(gone.join("journal.jsonl")).unwrap();
    refused(&office, &BY, "files that are gone");
}

#[test]
fn each_of_several_runs_must_be_signed() {
    let office = Office::with(HOLDERS);
    keys(&office);
    let shard = |shard: &str, out: &str, more: &[&str]| {
        office.issue(out, &[&["--shard", shard], more].concat());
    };
    shard("1/2", "one", &["--sign-with", "operator"]);
    shard("2/2", "two", &[]);
    office.write("scans.csv", "serial;status\nX;ok\n");
    let export = ["export", "one", "two", "--to", "csv", "--out", "out"];
    let said = office.run(&[&export[..], &BY].concat()).ended(2);
    assert!(said.contains("two/manifest.json.sig is not there"), "{said}");
    let said = office.run(&export).ended(2);
    assert!(said.contains("one: this run is signed, and nobody has said"), "{said}");
    let said = office
        .run(&[&["reconcile", "one", "two", "--scanned", "scans.csv"][..], &BY].concat())
        .ended(2);
    assert!(said.contains("two/manifest.json.sig is not there"), "{said}");
    assert!(!office.path("out").exists());
    office.run(&[&export[..], &["--unsigned"]].concat()).ended(0);
}

#[test]
fn a_key_file_that_is_none_is_told_as_what_it_is() {
    let office = office();
    run(&office);
    let public = text(&office, "operator.pub");
    let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7 ";
    for (content, wanted) in [
        (text(&office, "operator"), "this is a secret key"),
        (format!("\n  {}", text(&office, "operator")), "this is a secret key"),
        (format!("\u{feff}{}", text(&office, "operator").replace('\n', "\r\n")), "a secret key"),
        (PRINTER.to_owned(), "this is a secret key"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\r\n".to_owned(), "this is a secret key"),
        (String::new(), "no ssh-ed25519 key"),
        ("\n# nobody\n".to_owned(), "no ssh-ed25519 key"),
        // A key in the comment of another is a comment.
        (format!("{rsa}{public}"), "no ssh-ed25519 key"),
        (format!("a@b {rsa}{public}"), "no ssh-ed25519 key"),
        (format!("a cert-authority {public}"), "`cert-authority` is not understood"),
        (format!("a CERT-Authority {public}"), "`CERT-Authority` is not understood"),
        (format!("cert-authority {public}"), "`cert-authority` is not understood"),
        (format!("a valid-after=\"20200101\" {public}"), "`valid-after` is not understood"),
        (
            format!("a namespaces=\"tokenkaart-manifest\",valid-before=\"20200101\" {public}"),
            "`valid-before` is not understood",
        ),
        (
            format!("a namespaces=\"file\",namespaces=\"tokenkaart-manifest\" {public}"),
            "`namespaces` is not understood",
        ),
        (format!("a no-such-option {public}"), "`no-such-option` is not understood"),
        (format!("a namespaces=\"file,git\" {public}"), "no ssh-ed25519 key"),
        (format!("a b c {public}"), "not copied whole or has a slip"),
    ] {
        office.write("key", &content);
        for said in refused(&office, &["--signed-by", "key"], wanted) {
            assert!(said.contains(wanted), "{content}: {said}");
            assert!(!said.contains("b3BlbnNza") && !said.contains("1TS96"), "{said}");
        }
    }
    for content in [
        format!("\u{feff}{}", public.replace('\n', "\r\n")),
        format!("\"a b@example.be\" namespaces=\"file,tokenkaart-*\" {public}"),
        format!("ssh-desk@example.be NameSpaces=\"tokenkaart-manifest\" {public}"),
        format!("{rsa}us\n{public}"),
    ] {
        office.write("key", &content);
        let said =
            office.run(&["reconcile", "run", "--scanned", "scans.csv", "--signed-by", "key"]);
        said.ended(0);
    }
}
