//! Runs that were not let to their end.

use std::{fs, process::Command};

use tokenkaart_testing::running::{Running, wait_until};

use super::office::{HOLDERS, Office, Said};

#[test]
fn a_killed_run_is_no_run() {
    let office = Office::with(include_str!("../../examples/holders.csv"));
    // The default hashes take their time, so that there is something to kill.
    let mut child = Running(
        office.command(&["issue", "holders.csv", "--out", "run", "--bundle", "1"]).spawn().unwrap(),
    );
    let journal = office.path("run/journal.jsonl");
    wait_until("a bundle", || {
        fs::read_to_string(&journal).is_ok_and(|text| text.lines().count() >= 2)
    });
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    assert!(!office.path("run/manifest.json").exists());
    let said = office.run(&["check", "run"]).ended(2);
    assert!(
        said.contains("run has no manifest.json, so the run is not finished: print none of it"),
        "{said}"
    );
    let said = office.run(&["issue", "holders.csv", "--out", "run"]).ended(2);
    assert!(said.contains("run is a run that is not finished: print none of it"), "{said}");
    assert!(said.contains("  tokenkaart issue holders.csv --out run --resume\n"), "{said}");
}

/// Lets a write fail where the signal would end a program.
const CAUGHT: &str = "trap '' XFSZ";
/// Leaves the signal as a shell leaves it: it ends a program that doesn't say otherwise.
const NOT_CAUGHT: &str = "trap - XFSZ";

/// The program where no file may grow over so many KiB, which fails as a full disk does.
fn on_a_full_disk(office: &Office, trap: &str, kibibytes: usize, more: &str) -> Said {
    let script = format!(
        "{trap}; ulimit -f {kibibytes}; exec \"$0\" issue holders.csv --out run \
         --kdf argon2id:m=8,t=1,p=1 --allow-weak-kdf {more}"
    );
    let output = Command::new("bash")
        .args(["-c", &script, env!("CARGO_BIN_EXE_tokenkaart")])
        .current_dir(office.path("."))
        .output();
    Said::of(output.unwrap())
}

#[test]
fn a_full_disk_leaves_no_half_written_card() {
    let office = Office::with(HOLDERS);
    for (trap, kibibytes, what) in [
        (CAUGHT, 0, "cannot keep the list of holders in .: "),
        (CAUGHT, 12, "cannot write the file run/cards/0001.pdf: "),
        (NOT_CAUGHT, 0, "cannot keep the list of holders in .: "),
        (NOT_CAUGHT, 12, "cannot write the file run/cards/0001.pdf: "),
    ] {
        let said = on_a_full_disk(&office, trap, kibibytes, "").ended(2);
        assert!(said.contains(what), "{said}");
        // Not one bundle was finished, so nothing is left.
        assert!(!office.path("run").exists(), "{what}");
    }
}

#[test]
fn a_disk_that_fills_up_on_the_way_leaves_whole_bundles_and_no_manifest() {
    // The second bundle's names need far more shapes of letters than the first one's.
    let letters: String = ('\u{c0}'..='\u{ff}').filter(|c| c.is_alphabetic()).collect();
    let (some, others) = letters.split_at(letters.len() / 2);
    let office = Office::with(&format!("id;naam\n1;An\n2;{some}\n3;{others}\n"));
    office.issue("whole", &["--bundle", "1"]);
    let sizes: Vec<usize> = office.files("whole/cards").values().map(Vec::len).collect();
    let limit = sizes[0].div_ceil(1024) + 1;
    assert!(sizes[1] > limit * 1024, "{sizes:?}");

    let said = on_a_full_disk(&office, CAUGHT, limit, "--bundle 1 --jobs 1").ended(2);
    assert!(said.contains("cannot write the file run/cards/0002.pdf: File too large"), "{said}");
    assert!(said.contains("run is not finished: print none of it; resume it with:"), "{said}");
    assert!(said.contains("--bundle 1 --jobs 1 --resume\n"), "{said}");
    let left: Vec<String> = office.files("run").into_keys().collect();
    assert_eq!(left, ["cards/0001.pdf", "journal.jsonl", "records/0001.jsonl"]);
    let said = office.run(&["check", "run"]).ended(2);
    assert!(said.contains("not finished"), "{said}");
}
