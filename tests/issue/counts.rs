//! Numbers in a run's files that would have memory for themselves.

use std::{fs, process::Command};

use serde_json::Value;
use tokenkaart_testing::program;
use tokenkaart_token::files::Sha256Digest;

use super::office::{Office, Said};

/// The memory that a command may ask for, in KiB; what it needs for two cards is a tenth of it.
const MEMORY: &str = "1500000";
/// Numbers that are too large for memory, and for any number of things.
const HUGE: [u64; 2] = [1 << 36, u64::MAX];

/// Every number in a JSON value, by its path.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path.to_owned()),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(n, item)| numbers(item, &format!("{path}/{n}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(key, item)| numbers(item, &format!("{path}/{key}"), found));
        }
        _ => {}
    }
}

/// A manifest's bytes with its own digest made true.
fn manifest(value: &Value) -> String {
    let mut blank = value.clone();
    blank["digest"] = "0".repeat(64).into();
    let text = serde_json::to_string_pretty(&blank).unwrap() + "\n";
    let digest = Sha256Digest::of(text.as_bytes()).to_string();
    let at = text.rfind(&"0".repeat(64)).unwrap();
    format!("{}{digest}{}", &text[..at], &text[at + 64..])
}

/// Runs a command that may take so much memory.
fn bounded(office: &Office, words: &[&str]) -> Said {
    let mut command = Command::new("bash");
    command
        .arg("-c")
        .arg(format!("ulimit -v {MEMORY}; exec \"$@\""))
        .arg("bash")
        .arg(program("tokenkaart"))
        .args(words)
        .current_dir(office.path("."));
    Said::of(command.output().unwrap())
}

const COMMANDS: [&[&str]; 5] = [
    &["check", "run", "--jobs", "1"],
    &["reconcile", "run", "--scanned", "scans.csv"],
    &["reissue", "run", "--serials", "serials.csv", "--holders", "one.csv", "--out", "again", WEAK],
    &["export", "run", "--to", "csv", "--out", "exported"],
    &["issue", "more.csv", "--not-in", "run", "--skip", "--out", "more", "--kdf", KDF, WEAK],
];
const KDF: &str = "argon2id:m=8,t=1,p=1";
const WEAK: &str = "--allow-weak-kdf";

#[test]
fn no_number_of_a_manifest_or_a_journal_takes_memory_for_itself() {
    let office = Office::with("id;naam\n1;An\n2;Bo\n");
    office.issue("run", &["--back", "--date", "2026-11-22"]);
    let serial = office.records("run")[0]["serial"].as_str().unwrap().to_owned();
    office.write("scans.csv", format!("serial;status\n{serial};ok\n"));
    office.write("one.csv", "id;naam\n1;An\n");
    office.write("more.csv", "id;naam\n1;An\n3;Cy\n");
    office.write("serials.csv", format!("serial\n{serial}\n"));
    let path = office.path("run/manifest.json");
    let whole: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let journal_path = office.path("run/journal.jsonl");
    let journal = fs::read_to_string(&journal_path).unwrap();
    let mut found = Vec::new();
    numbers(&whole, "", &mut found);
    assert!(found.len() > 8, "{found:?}");
    let mut tried = 0;
    let mut hold = |what: &str| {
        for words in COMMANDS {
            let said = bounded(&office, words);
            let told =
                format!("{what}, {words:?}: {:?} {}{}", said.status, said.stdout, said.stderr);
            // 0 where the number is of no matter to the command.
            assert!(matches!(said.status, Some(0..=2)), "{told}");
            assert!(
                !told.contains("panicked") && !told.contains("fault of this program"),
                "{told}"
            );
            for made in ["again", "exported", "more"] {
                let _ = fs::remove_dir_all(office.path(made));
                let _ = fs::remove_file(office.path(made));
            }
            tried += 1;
        }
    };
    for (index, pointer) in found.iter().enumerate() {
        // Each number is made one of the two, and what counts holders both.
        let both = pointer.ends_with("holders");
        for (_, huge) in HUGE.iter().enumerate().filter(|(n, _)| both || index % 2 == *n) {
            let mut changed = whole.clone();
            *changed.pointer_mut(pointer).unwrap() = (*huge).into();
            fs::write(&path, manifest(&changed)).unwrap();
            hold(&format!("manifest{pointer} = {huge}"));
        }
    }
    // The journal's numbers, with the manifest that lists it so.
    for (number, line) in journal.lines().enumerate() {
        let value: Value = serde_json::from_str(line).unwrap();
        let mut found = Vec::new();
        numbers(&value, "", &mut found);
        for (index, pointer) in found.iter().enumerate() {
            let huge = HUGE[index % 2];
            let mut changed = value.clone();
            *changed.pointer_mut(pointer).unwrap() = huge.into();
            let lines: Vec<String> = journal
                .lines()
                .enumerate()
                .map(|(n, line)| if n == number { changed.to_string() } else { line.to_owned() })
                .collect();
            let text = lines.join("\n") + "\n";
            fs::write(&journal_path, &text).unwrap();
            let mut listed = whole.clone();
            listed["journal"]["sha256"] = Sha256Digest::of(text.as_bytes()).to_string().into();
            listed["journal"]["bytes"] = text.len().into();
            fs::write(&path, manifest(&listed)).unwrap();
            hold(&format!("journal line {number}{pointer} = {huge}"));
        }
    }
    assert!(tried > 60, "{tried}");
    fs::write(&journal_path, &journal).unwrap();
    fs::write(&path, manifest(&whole)).unwrap();
    // Under the same bound a run as it was made is read by all of them.
    for words in COMMANDS {
        let said = bounded(&office, words);
        assert!(matches!(said.status, Some(0 | 1)), "{words:?}: {}{}", said.stdout, said.stderr);
    }
}
