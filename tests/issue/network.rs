//! A run on a network disk, which can do less than a disk of this machine.

use tokenkaart_testing::{
    interposer,
    office::{FAST, HOLDERS, Office, Said},
};

fn issue(office: &Office, variable: &str, error: &str) -> Said {
    let library = interposer::build(
        &office.path(""),
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/issue/network.c"),
    );
    let issue = [&["issue", "holders.csv", "--out", "run"], &FAST[..]].concat();
    let mut command = office.command(&issue);
    Said::of(command.env("LD_PRELOAD", library).env(variable, error).output().unwrap())
}

#[test]
fn a_folder_that_can_not_be_synced_is_passed_over_and_one_that_failed_is_not() {
    // EINVAL of SMB and FUSE, ENOTSUP of others.
    for error in ["22", "95"] {
        let office = Office::with(HOLDERS);
        issue(&office, "NO_SYNC", error).ended(0);
        office.run(&["check", "run"]).ended(0);
    }
    let office = Office::with(HOLDERS);
    let said = issue(&office, "NO_SYNC", "5").ended(2);
    assert!(said.contains("Input/output error"), "{said}");
}

#[test]
fn a_disk_without_locks_takes_a_run_and_one_whose_locks_fail_says_what_to_do() {
    let office = Office::with(HOLDERS);
    issue(&office, "NO_LOCK", "95").ended(0);
    office.run(&["check", "run"]).ended(0);
    let office = Office::with(HOLDERS);
    let said = issue(&office, "NO_LOCK", "37").ended(2);
    assert!(said.contains("gives out no locks") && said.contains("local_lock=flock"), "{said}");
    assert!(!office.path("run/cards").exists() || office.files("run/cards").is_empty());
    // Nothing of it is in the way when the disk is well again.
    office
        .run(&[&["issue", "holders.csv", "--out", "run", "--resume"], &FAST[..]].concat())
        .ended(0);
    office.run(&["check", "run"]).ended(0);
}
