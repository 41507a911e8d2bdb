//! Runs whose cards were handed over and deleted, as the README says.

use std::fs;

use serde_json::Value;
use tokenkaart_testing::{
    office::{HOLDERS, Office},
    signers::keys,
};

const DESTROYED: [&str; 3] = ["check", "run", "--paper-destroyed"];

#[test]
fn what_is_left_of_a_run_agrees_when_its_paper_was_destroyed() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--bundle", "2"]);
    fs::remove_dir_all(office.path("run/cards")).unwrap();
    let said = office.run(&DESTROYED).ended(0);
    assert!(
        said.contains(
            "run: files, counts and records agree; the paper was destroyed, so its digests were \
             left out and no card was read\nread 0 cards of 3 and "
        ),
        "{said}"
    );
    assert!(!said.contains("paper and hashes agree"), "{said}");
    let said = office.run(&[&DESTROYED[..], &["--json"]].concat()).ended(0);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["agrees"], &said["paper_destroyed"]), (&true.into(), &true.into()));
    assert_eq!((&said["cards"], &said["cards_read"]), (&3.into(), &0.into()));
    // Without the word it is a run of which the paper is missing, and the word is told.
    let said = office.run(&["check", "run"]).ended(1);
    assert!(said.contains("cards/0001.pdf: the manifest lists this file and it is not"), "{said}");
    assert!(said.contains("say so with --paper-destroyed"), "{said}");
    // An empty folder is left of `rm run/cards/*`.
    fs::create_dir(office.path("run/cards")).unwrap();
    office.run(&DESTROYED).ended(0);
}

#[test]
fn a_card_that_was_left_is_found() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--bundle", "1"]);
    fs::remove_file(office.path("run/cards/0001.pdf")).unwrap();
    fs::rename(office.path("run/cards/0002.pdf"), office.path("run/cards/copy.pdf")).unwrap();
    let said = office.run(&DESTROYED).ended(1);
    assert!(said.contains("cards/0003.pdf: the paper should be destroyed, and whoever"), "{said}");
    assert!(said.contains("cards/copy.pdf: the manifest does not list this file"), "{said}");
    assert!(!said.contains("0001.pdf"), "{said}");
}

#[test]
fn what_else_is_wrong_is_found_without_the_paper_too() {
    let office = Office::with(HOLDERS);
    keys(&office);
    office.write("pepper", "k".repeat(64));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(office.path("pepper"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    office.issue("run", &["--sign-with", "operator", "--pepper-file", "pepper"]);
    fs::remove_dir_all(office.path("run/cards")).unwrap();
    // Nothing is hashed, so the pepper may stay where it is.
    let signed = [&DESTROYED[..], &["--signed-by", "operator.pub"]].concat();
    let said = office.run(&signed).ended(0);
    assert!(said.contains("signed by SHA256:"), "{said}");
    for options in [["--sample", "1"], ["--identity", "operator"], ["--holders", "holders.csv"]] {
        let said = office.run(&[&DESTROYED[..], &options].concat()).ended(2);
        assert!(said.contains("cannot be used with"), "{said}");
    }
    for file in ["records/0001.jsonl", "journal.jsonl", "manifest.json"] {
        let path = office.path(&format!("run/{file}"));
        let kept = fs::read(&path).unwrap();
        let mut changed = kept.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&path, changed).unwrap();
        let said = office.run(&signed).ended(1);
        assert!(!said.contains("say so with --paper-destroyed"), "{said}");
        fs::remove_file(&path).unwrap();
        assert_ne!(office.run(&signed).status, Some(0), "{file}");
        fs::write(&path, kept).unwrap();
    }
}
