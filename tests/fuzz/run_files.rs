//! The files of a run: journal, manifest and records.

use std::{fs, process::Command};

use tempfile::TempDir;
use tokenkaart_token::{
    files::Sha256Digest,
    record::{self, Record},
    run_files::{
        journal::{self, Journal, JournalEntry, JournalError, ResumeError},
        manifest::{self, Manifest, ManifestError},
    },
};

use crate::{Read, assert_is_told, folder, run};

/// Two runs as the program makes them now: one of bundles, and a shard on sheets.
fn runs() -> TempDir {
    let folder = folder();
    let holders = "id;naam\n1;An\n2;Bo\n3;Cy\n\"4 é\";Dé\n";
    fs::write(folder.path().join("holders.csv"), holders).unwrap();
    for more in [
        &["--out", "one", "--bundle", "2"][..],
        &["--out", "two", "--design", "sheet", "--shard", "1/2", "--url", "https://x.be/{serial}"],
    ] {
        let fast = ["--kdf", "argon2id:m=8,t=1,p=1", "--allow-weak-kdf", "--quiet"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokenkaart"));
        command.args(["issue", "holders.csv"]).args(fast).args(more).current_dir(folder.path());
        assert!(command.status().unwrap().success());
    }
    folder
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let runs = runs();
    ["one", "two"].map(|run| fs::read(runs.path().join(run).join(name)).unwrap()).to_vec()
}

const WORDS: [&str; 14] = [
    "{\"event\":\"process\",\"id\":1}\n",
    "{\"event\":\"bundle\",",
    "\"event\":\"run\"",
    "\"number\":0",
    "\"version\":2",
    "\"part\":null",
    "\"holders\":18446744073709551615",
    "\"records\":4294967295",
    "\"first\":0",
    "\"path\":\"../x\"",
    "\"sealed_to\":[\"age1\"]",
    "\"bundle\":0",
    "}\n{",
    "\"x\":1,",
];

fn lines(bytes: &[u8]) -> usize {
    bytes.split_inclusive(|byte| *byte == b'\n').count()
}

#[test]
fn no_journal_breaks_a_promise_of_its_reader() {
    let folder = folder();
    let path = folder.path().join("journal.jsonl");
    run("journal", &seeds("journal.jsonl"), &WORDS, &mut |bytes, _| {
        fs::write(&path, bytes).unwrap();
        let replayed = journal::replay(&path);
        if let Err(JournalError::Line { line, .. }) = &replayed {
            assert!((1..=lines(bytes) + 1).contains(line), "line {line}");
        }
        let read = match &replayed {
            Ok((run, bundles)) => {
                let entries = bundles.iter().cloned().map(JournalEntry::Bundle);
                let entries = [JournalEntry::Run(Box::new(run.clone()))].into_iter().chain(entries);
                let text = entries.map(|entry| serde_json::to_string(&entry).unwrap() + "\n");
                let again = folder.path().join("again");
                fs::write(&again, text.collect::<String>()).unwrap();
                let again = journal::replay(&again).unwrap();
                assert!(again == (run.clone(), bundles.clone()), "not read back the same");
                Read::Accepted
            }
            Err(error) => {
                assert_is_told(&error.to_string(), "journal.jsonl");
                Read::Refused
            }
        };
        // What is taken over are the whole lines, and nothing else is lost.
        let mut found = Vec::new();
        let resumed = Journal::resume(&path, |bundle| found.push(bundle));
        let left = fs::read(&path).unwrap();
        match (resumed, replayed) {
            (Ok(resumed), Ok((run, bundles))) => {
                assert!(left == bytes && resumed.run == Some(run) && found == bundles);
            }
            (Ok(_), Err(_)) => {
                assert!(bytes.starts_with(&left));
                assert!(left.is_empty() || left.ends_with(b"\n"));
                assert!(!bytes[left.len()..].contains(&b'\n'), "a whole line is lost");
            }
            (Err(ResumeError::Journal(error)), Err(_)) => {
                assert_is_told(&error.to_string(), "journal.jsonl:");
                assert!(left == bytes, "a journal that can't be trusted is changed");
            }
            (Err(error), _) => panic!("read, but not taken over: {error}"),
        }
        read
    });
}

/// The manifest's text with its digest made true, as one has it who changes it on purpose.
fn with_true_digest(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let at = text.rfind("\"digest\": \"")? + 11;
    let end = at + 64;
    let is_digest = text.get(at..end)?.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut text = text.to_owned();
    text.replace_range(at..end, &"0".repeat(64));
    let digest = Sha256Digest::of(text.as_bytes()).to_string();
    text.replace_range(at..end, &digest);
    is_digest.then_some(text)
}

#[test]
fn no_manifest_breaks_a_promise_of_its_reader() {
    let folder = folder();
    let path = folder.path().join(manifest::NAME);
    let seeds = seeds(manifest::NAME);
    run("manifest", &seeds, &WORDS, &mut |bytes, lot| {
        let is_forged = lot.below(4) > 0;
        let forged = if is_forged { with_true_digest(bytes) } else { None };
        let bytes = forged.as_ref().map_or(bytes, |text| text.as_bytes());
        fs::write(&path, bytes).unwrap();
        match Manifest::read(folder.path()) {
            Ok(manifest) => {
                assert!(forged.is_some() || seeds.iter().any(|seed| seed == bytes));
                let blank =
                    Manifest { digest: Sha256Digest::from_bytes([0; 32]), ..manifest.clone() };
                let text = serde_json::to_string_pretty(&blank).unwrap() + "\n";
                fs::write(&path, with_true_digest(text.as_bytes()).unwrap()).unwrap();
                let again = Manifest::read(folder.path()).unwrap();
                let blank_again = Manifest { digest: blank.digest, ..again };
                assert!(blank_again == blank, "not read back the same");
                Read::Accepted
            }
            Err(error @ (ManifestError::Malformed { .. } | ManifestError::Changed { .. })) => {
                assert_is_told(&error.to_string(), "manifest.json: ");
                Read::Refused
            }
            Err(error) => panic!("{error}"),
        }
    });
}

#[test]
fn no_record_breaks_a_promise_of_its_reader() {
    let runs = runs();
    let text = fs::read_to_string(runs.path().join("one/records/0001.jsonl")).unwrap();
    let seeds: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
    let schema = serde_json::from_str(include_str!("../../docs/record.schema.json")).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let words = [
        "\"position\":0",
        "\"position\":25",
        "$argon2id$v=19$m=8,t=1,p=1$",
        "$pbkdf2-sha256$i=1,l=32$",
        "\"expires\":\"2028-02-29\",",
        "\"expires\":null,",
        "\"key_id\":\"0011223344556677\"",
        "\"holder\":\"x\"",
        "\"version\":2",
        "\"version\":1,",
        "\"scheme\":\"pbkdf2-sha256\"",
        "\"length\":16",
        "\"grouping\":4",
        "\"check\":\"none\"",
        "m=4294967295",
        "=",
    ];
    run("record", &seeds, &words, &mut |bytes, _| {
        let Ok(line) = std::str::from_utf8(bytes) else { return Read::Refused };
        match Record::from_line(line) {
            Ok(record) => {
                let written = record.to_line().unwrap();
                let again = Record::from_line(&written).unwrap();
                assert!(again == record && again.to_line().unwrap() == written);
                assert!(
                    record::named(line).map(|named| named.holder).as_ref() == Some(record.holder())
                );
                // The documented schema says so too.
                let value = serde_json::from_str(line).unwrap();
                assert!(schema.is_valid(&value), "the schema refuses it");
                Read::Accepted
            }
            Err(error) => {
                assert_is_told(&error.to_string(), "");
                Read::Refused
            }
        }
    });
}
