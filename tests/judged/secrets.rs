//! Where codes are, and where they are not.

use std::{collections::HashSet, fs, path::Path, process::Stdio};

use tokenkaart_testing::{
    office::{HOLDERS, Office, REGISTER_NUMBER, Said, URL, ask, holds, squeezed},
    running::{Running, wait_until},
};

/// Fails if a code of a run is in a text in any way of writing it.
#[track_caller]
pub(crate) fn assert_no_code(codes: &[Vec<String>], what: &str, bytes: &[u8]) {
    let text = squeezed(bytes);
    for (card, codes) in codes.iter().enumerate() {
        for (place, code) in codes.iter().enumerate() {
            // The code itself stays out of the message.
            let found = holds(&text, code.as_bytes());
            assert!(!found, "{what} has code {} of card {}", place + 1, card + 1);
        }
    }
}

#[test]
fn no_code_is_in_any_file_but_the_paper_nor_on_the_terminal() {
    let office = Office::with(HOLDERS);
    for (out, more) in [
        ("plain", &["--url", URL][..]),
        ("quiet", &["--quiet"]),
        ("json", &["--json"]),
        ("bundles", &["--bundle", "1"]),
        ("federal", &["--code-style", "federal"]),
    ] {
        let said = office.issue(out, more);
        let codes = office.codes(out);
        assert_no_code(&codes, "the terminal", said.as_bytes());
        for (name, bytes) in office.files(out) {
            assert_no_code(&codes, &name, name.as_bytes());
            let path = Path::new(&name);
            if path.extension().is_none_or(|ending| ending != "pdf") {
                assert_no_code(&codes, &format!("{out}/{name}"), &bytes);
            } else {
                let path = office.path(out).join(path);
                for more in [&[][..], &["-meta"], &["-custom"], &["-url"], &["-struct-text"]] {
                    let mut arguments: Vec<_> = more.iter().map(AsRef::as_ref).collect();
                    arguments.push(path.as_ref());
                    let about = ask("pdfinfo", &arguments);
                    assert_no_code(
                        &codes,
                        &format!("the metadata of {out}/{name}"),
                        about.as_bytes(),
                    );
                }
            }
        }
        // What `check` says, and what it says of a run that is spoilt, has no code either.
        let said = office.run(&["check", out]).ended(0);
        assert_no_code(&codes, "check", said.as_bytes());
        let records = office.path(out).join("records/0001.jsonl");
        let text = fs::read_to_string(&records).unwrap();
        fs::write(&records, text.replacen("\"position\":3,", "\"position\":4,", 1)).unwrap();
        let said = office.run(&["check", out]).ended(1);
        assert_no_code(&codes, "check of a spoilt run", said.as_bytes());
    }
}

#[test]
fn a_search_finds_a_code_in_each_way_of_writing_it() {
    for text in ["xK7M2P9RTVx", "K7M 2P9 RTV", "k7m-2p9-rtv", "\"k7m2p9rtv\"", "K7M\n2P9\nRTV"] {
        assert!(holds(&squeezed(text.as_bytes()), b"K7M2P9RTV"), "{text}");
    }
    assert!(!holds(&squeezed(b"K7M 2P9 RTX"), b"K7M2P9RTV"));
}

#[test]
fn an_id_is_in_the_records_and_never_on_paper() {
    let office = Office::with(HOLDERS);
    let said = office.issue("run", &["--url", URL]);
    assert_eq!(office.records("run")[0]["holder"], REGISTER_NUMBER);
    let digits: String = REGISTER_NUMBER.chars().filter(char::is_ascii_digit).collect();
    let pdf = office.path("run/cards/0001.pdf");
    let about = ask("pdfinfo", &[pdf.as_ref()]);
    let journal = fs::read_to_string(office.path("run/journal.jsonl")).unwrap();
    let manifest = fs::read_to_string(office.path("run/manifest.json")).unwrap();
    let mail = fs::read_to_string(office.path("run/mail.csv")).unwrap();
    let page = office.path("run/reconciliation.pdf");
    let page = ask("pdftotext", &[page.as_ref(), "-".as_ref()]);
    for text in [office.pages("run").concat(), about, said, journal, manifest, mail, page] {
        for number in [REGISTER_NUMBER, digits.as_str()] {
            assert!(!text.contains(number), "{text}");
        }
        // Each id of the file, also the short ones; a digest may have its digits by chance.
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        assert!(!words.any(|word| word.len() < 32 && word.contains("4712")), "{text}");
    }
    // The codes and the grid apart, nothing on a page has so many digits.
    let page = &office.pages("run")[0];
    assert!(!page.contains("85.07") && !page.contains("033.28"), "{page}");
}

#[test]
fn no_name_and_no_code_go_to_the_store() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    for (name, bytes) in office.files("run") {
        if !name.starts_with("cards/") {
            let path = office.path("run").join(&name);
            let text = if name == "reconciliation.pdf" {
                ask("pdftotext", &[path.as_ref(), "-".as_ref()])
            } else {
                String::from_utf8(bytes).unwrap()
            };
            assert!(!text.contains("Peeters") && !text.contains("Hondt"), "{name}");
        }
    }
}

#[test]
fn nothing_is_written_outside_the_run_folder() {
    let office = Office::with(HOLDERS);
    let folders = ["temporary", "home", "here"].map(|name| office.path(name));
    for folder in &folders {
        fs::create_dir(folder).unwrap();
    }
    let holders = office.path("holders.csv");
    let out = office.path("run");
    for arguments in [
        ["issue", holders.to_str().unwrap(), "--out", out.to_str().unwrap()],
        ["check", out.to_str().unwrap(), "--jobs", "2"],
    ] {
        let output = office
            .command(&arguments)
            .args(if arguments[0] == "issue" { &super::office::FAST[..] } else { &[] })
            .env("TMPDIR", &folders[0])
            .env("HOME", &folders[1])
            .current_dir(&folders[2])
            .output();
        Said::of(output.unwrap()).ended(0);
    }
    let written: HashSet<String> = office.files(".").into_keys().collect();
    let expected = [
        "holders.csv",
        "run/cards/0001.pdf",
        "run/journal.jsonl",
        "run/mail.csv",
        "run/manifest.json",
        "run/reconciliation.pdf",
        "run/records/0001.jsonl",
    ];
    assert_eq!(written, expected.map(str::to_owned).into());
    for folder in &folders {
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "{}", folder.display());
    }
}

#[test]
fn nothing_makes_codes_predictable() {
    let office = Office::with(HOLDERS);
    let run = |out: &str| {
        let arguments = ["issue", "holders.csv", "--out", out, "--date", "2026-11-22"];
        let mut command = office.command(&arguments);
        command.args(super::office::FAST);
        for name in ["RUST_SEED", "SEED", "TOKENKAART_SEED", "RAND_SEED", "TOKENKAART_RNG"] {
            command.env(name, "1");
        }
        command.env("SOURCE_DATE_EPOCH", "0").env("FAKETIME", "2026-11-22 00:00:00");
        Said::of(command.output().unwrap()).ended(0);
        let serials =
            office.records(out).iter().map(|r| r["serial"].to_string()).collect::<Vec<_>>();
        let hashes = office.records(out).iter().map(|r| r["codes"].to_string()).collect::<Vec<_>>();
        [office.codes(out).concat(), serials, hashes].concat().into_iter().collect::<HashSet<_>>()
    };
    let (one, two) = (run("one"), run("two"));
    assert_eq!((one.len(), two.len()), (78, 78));
    // Of 72 codes out of 23^8, two are alike in one of some ten million tries.
    assert!(one.is_disjoint(&two));
    for command in [&["--help"][..], &["issue", "--help"], &["check", "--help"]] {
        let help = office.run(command).ended(0).to_lowercase();
        assert!(!help.contains("seed") && !help.contains("[env"), "{help}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_dumps_no_core_while_codes_are_in_memory() {
    let office = Office::with(HOLDERS);
    let script = "ulimit -c unlimited 2>/dev/null; ulimit -S -c $(ulimit -H -c); \
                  exec \"$0\" issue holders.csv --out run --jobs 1";
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_tokenkaart")])
        .current_dir(office.path("."))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = Running(command.spawn().unwrap());
    // The folder is made before the first code is drawn.
    wait_until("the run", || office.path("run/journal.jsonl").exists());
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.0.id())).unwrap();
    assert!(!office.path("run/manifest.json").exists(), "the run was over before it was looked at");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
}
