//! A run of the example file, and what others read in it.

use std::{
    collections::{BTreeSet, HashSet},
    ffi::OsStr,
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use tokenkaart_testing::office::{HOLDERS, Office, Said, URL, ask};

const EXAMPLE: &str = include_str!("../../examples/holders.csv");

/// The ids and names of the example file, by a reader that is not ours.
fn example() -> Vec<(String, String)> {
    let text = EXAMPLE.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| (row[0].to_owned(), format!("{} {}", &row[1], &row[2]))).collect()
}

#[test]
fn the_example_file_becomes_cards_that_others_read() {
    let office = Office::with(EXAMPLE);
    let said = office.issue("run", &["--url", URL, "--date", "2026-11-22"]);
    assert!(
        said.starts_with("46 cards in run/cards (1 file), 46 records in run/records\n"),
        "{said}"
    );

    let holders = example();
    let (records, pages, codes) = (office.records("run"), office.pages("run"), office.codes("run"));
    assert_eq!([holders.len(), records.len(), pages.len(), codes.len()], [46; 4]);
    let squeezed = |text: &str| text.nfc().filter(|c| !c.is_whitespace()).collect::<String>();
    for (((id, name), record), page) in holders.iter().zip(&records).zip(&pages) {
        assert_eq!(record["holder"], id.as_str());
        // A long name stands on two lines. What is printed is NFC already.
        let printed: String = page.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(printed.contains(&squeezed(name)), "{name}:\n{printed}");
        assert!(page.contains(record["serial"].as_str().unwrap()), "{name}");
    }
    for page in &codes {
        assert_eq!(page.iter().collect::<HashSet<_>>().len(), 24, "a code stands twice on a card");
    }
    let all: HashSet<&String> = codes.iter().flatten().collect();
    assert_eq!(all.len(), 46 * 24);

    let pdf = office.path("run/cards/0001.pdf");
    let checked = ask("qpdf", &["--check".as_ref(), pdf.as_ref()]);
    assert!(checked.contains("No syntax or stream encoding errors found"), "{checked}");
    let fonts = ask("pdffonts", &[pdf.as_ref()]);
    let fonts: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(fonts.len() >= 2, "{fonts:?}");
    for font in fonts {
        // The columns `emb`, `sub` and `uni`.
        assert!(font.contains(" yes yes yes "), "{font}");
    }
    for page in [1, 3, 46] {
        let wanted = URL.replace("{serial}", records[page - 1]["serial"].as_str().unwrap());
        assert_eq!(qr_code(&office, &pdf, page), wanted, "page {page}");
    }
}

/// What zbar reads on a page.
fn qr_code(office: &Office, pdf: &Path, page: usize) -> String {
    let (number, picture) = (page.to_string(), office.path("page"));
    let number: &OsStr = number.as_ref();
    let options = ["-r", "300", "-singlefile", "-png", "-f"].map(OsStr::new);
    let rest = [number, "-l".as_ref(), number, pdf.as_ref(), picture.as_ref()];
    ask("pdftoppm", &[&options[..], &rest].concat());
    let picture = office.path("page.png");
    ask("zbarimg", &["--quiet".as_ref(), "--raw".as_ref(), picture.as_ref()]).trim().to_owned()
}

#[test]
fn a_run_is_private_and_holds_what_its_manifest_names_and_nothing_else() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--bundle", "2"]);
    let manifest: Value =
        serde_json::from_slice(&fs::read(office.path("run/manifest.json")).unwrap()).unwrap();
    let bundles = manifest["bundles"].as_array().unwrap();
    assert_eq!(bundles.len(), 2);
    let mut named: BTreeSet<&str> = bundles
        .iter()
        .flat_map(|bundle| [&bundle["cards"]["path"], &bundle["records"]["path"]])
        .map(|path| path.as_str().unwrap())
        .collect();
    named.extend(["manifest.json", manifest["journal"]["path"].as_str().unwrap()]);
    let others = manifest["others"].as_array().unwrap();
    named.extend(others.iter().map(|file| file["path"].as_str().unwrap()));
    let files = office.files("run");
    assert_eq!(files.keys().map(String::as_str).collect::<BTreeSet<_>>(), named);

    let mode = |path: &str| fs::metadata(office.path(path)).unwrap().permissions().mode() & 0o7777;
    for folder in ["run", "run/cards", "run/records"] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    for name in files.keys() {
        assert_eq!(mode(&format!("run/{name}")), 0o600, "{name}");
    }
}

#[test]
fn an_open_umask_opens_nothing() {
    let office = Office::with(HOLDERS);
    let script = "umask 000; exec \"$0\" issue holders.csv --out run --kdf argon2id:m=8,t=1,p=1 --allow-weak-kdf";
    let shell = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_tokenkaart")])
        .current_dir(office.path("."))
        .output();
    Said::of(shell.unwrap()).ended(0);
    for path in ["run", "run/cards", "run/cards/0001.pdf", "run/journal.jsonl", "run/manifest.json"]
    {
        let mode = fs::metadata(office.path(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path}");
    }
}

/// Holds each printed code to its hash, and the next card's first code to none.
const VERIFY: &str = "
import json, sys
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
verified = refused = 0
for code, hash in json.load(sys.stdin):
    try:
        PasswordHasher().verify(hash, code)
        verified += 1
    except VerifyMismatchError:
        refused += 1
print(verified, 'verified,', refused, 'refused')
";

#[test]
fn every_printed_code_verifies_under_an_argon2_that_is_not_ours() {
    let office = Office::with(HOLDERS);
    // The default hashes: they are the point here.
    office.run(&["issue", "holders.csv", "--out", "run"]).ended(0);
    let (records, pages) = (office.records("run"), office.codes("run"));
    let hash = |card: usize, place: usize| &records[card]["codes"][place]["hash"];
    let mut cases = Vec::new();
    for (card, codes) in pages.iter().enumerate().take(2) {
        for (place, code) in codes.iter().enumerate() {
            assert_eq!(records[card]["codes"][place]["position"], place + 1);
            assert!(
                hash(card, place).as_str().unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
            );
            cases.push(json!([code, hash(card, place)]));
        }
        cases.push(json!([pages[card + 1][0], hash(card, 0)]));
        cases.push(json!([codes[1], hash(card, 0)]));
    }
    let mut child = Command::new(python())
        .args(["-c", VERIFY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(json!(cases).to_string().as_bytes()).unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.stdout, "48 verified, 4 refused\n", "{}", said.stderr);
}

/// A Python with argon2-cffi, as `tests/other_argon2.rs` finds it.
fn python() -> PathBuf {
    let python = std::env::var_os("TOKENKAART_TEST_PYTHON").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/test-venv/bin/python3"),
        PathBuf::from,
    );
    assert!(
        python.exists(),
        "there is no {}: run scripts/test.sh, which installs what the tests need",
        python.display()
    );
    python
}
