//! Letters as an inserting machine sees them: each mark, read by another program off the paper.

use std::{ffi::OsStr, fs};

use serde_json::Value;

use tokenkaart_testing::office::{Office, ask};

/// Letters of these tests; with bundles of four the last file has one.
const LETTERS: usize = 9;
const LETTER: [&str; 8] =
    ["--design", "letter", "--office", "Stad Voorbeeld", "--bundle", "4", "--date", "2026-11-22"];

/// People in no order of postal codes.
fn extract() -> String {
    let row = |number: usize| {
        let code = 9000 - number * 37 % 11 * 10;
        format!("{number};Persoon Nummer{number};Kerkstraat {number};{code};Gent\n")
    };
    "id;naam;straat;postcode;gemeente\n".to_owned() + &(1..=LETTERS).map(row).collect::<String>()
}

fn journal(office: &Office, out: &str) -> Value {
    let text = fs::read_to_string(office.path(&format!("{out}/journal.jsonl"))).unwrap();
    serde_json::from_str(text.lines().next().unwrap()).unwrap()
}

/// What libdmtx reads on each page of a run at 300 dpi, in order.
pub(crate) fn marks(office: &Office, out: &str) -> Vec<String> {
    let cards = format!("{out}/cards");
    let mut found = Vec::new();
    for name in office.files(&cards).keys() {
        let (pdf, picture) =
            (office.path(&cards).join(name), office.path(&format!("{out}-{name}")));
        let options = ["-r", "300", "-gray"].map(AsRef::as_ref);
        ask("pdftoppm", &[&options[..], &[pdf.as_ref(), picture.as_ref()]].concat());
        let pages = fs::read_dir(office.path("")).unwrap().map(|entry| entry.unwrap().path());
        let begins = format!("{out}-{name}-");
        let mut pages: Vec<_> = pages
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&begins))
            .collect();
        pages.sort();
        for page in pages {
            // One that isn't there is looked for until the time is over, in milliseconds.
            let options = ["-N1", "-m20000"].map(AsRef::as_ref);
            found.push(ask("dmtxread", &[&options[..], &[page.as_ref()]].concat()));
            fs::remove_file(page).unwrap();
        }
    }
    found
}

/// Which marks are none by the Python of docs/run-format.md.
fn unfit(marks: &[String]) -> String {
    let document = include_str!("../../docs/run-format.md");
    let (_, program) = document.split_once("```python\n").unwrap();
    let (program, _) = program.split_once("```").unwrap();
    let asked = "import sys\nprint([m for m in sys.argv[1:] if not is_mark(m)])\n";
    let program = format!("{program}\n{asked}");
    let options: [&OsStr; 2] = ["-c".as_ref(), program.as_ref()];
    let marks: Vec<&OsStr> = marks.iter().map(AsRef::as_ref).collect();
    ask("python3", &[&options[..], &marks].concat()).trim().to_owned()
}

/// Holds a run's paper to its journal: marks and sequences in the order of the pages.
#[track_caller]
fn assert_in_order(office: &Office, out: &str, letters: usize) {
    let run = journal(office, out)["run"].as_str().unwrap().to_uppercase();
    let (marks, pages) = (marks(office, out), office.pages(out));
    assert_eq!([marks.len(), pages.len()], [letters; 2]);
    assert_eq!(unfit(&marks), "[]");
    for (index, (mark, page)) in marks.iter().zip(&pages).enumerate() {
        let (sequence, file, place) = (index + 1, index / 4 + 1, index % 4 + 1);
        assert_eq!(mark[..48], format!("TK1{run}{sequence:09}0101"), "{mark}");
        let in_file = (letters - index / 4 * 4).min(4);
        let text = format!("{sequence}/{letters} · {file:04} · {place}/{in_file}");
        assert_eq!(page.lines().find(|line| !line.trim().is_empty()).map(str::trim), Some(&*text));
    }
}

#[test]
fn another_program_reads_every_letters_mark_in_the_order_of_the_post() {
    for window in ["left", "right"] {
        let office = Office::with(&extract());
        let url = "https://sign-in.example.be/?s={serial}";
        let more = ["--window", window, "--sort", "postal-code", "--url", url];
        office.issue("run", &[&LETTER[..], &more].concat());
        assert_in_order(&office, "run", LETTERS);
        let codes: Vec<String> = office
            .pages("run")
            .iter()
            .map(|page| {
                let words: Vec<&str> = page.split_whitespace().collect();
                words[words.iter().position(|word| *word == "Gent").unwrap() - 1].to_owned()
            })
            .collect();
        assert!(codes.is_sorted() && codes.first() != codes.last(), "{codes:?}");
        office.run(&["check", "run"]).ended(0);
    }
}

#[test]
fn a_resumed_run_numbers_its_letters_as_if_it_had_never_stopped() {
    let office = Office::with(&extract());
    office.issue("run", &LETTER);
    let run = journal(&office, "run")["run"].clone();
    // As if it had been killed before the last bundle that was finished.
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    let path = office.path("run/journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let (kept, _) = text.trim_end().rsplit_once('\n').unwrap();
    fs::write(&path, format!("{kept}\n")).unwrap();
    office.issue("run", &[&LETTER[..], &["--resume"]].concat());
    assert_eq!(journal(&office, "run")["run"], run);
    assert_in_order(&office, "run", LETTERS);
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn each_shard_numbers_its_own_letters_under_its_own_run() {
    let office = Office::with(&extract());
    let mut runs = Vec::new();
    let mut letters = 0;
    for shard in ["1/2", "2/2"] {
        let out = shard.replace('/', "-");
        office.issue(&out, &[&LETTER[..], &["--shard", shard]].concat());
        let begun = journal(&office, &out);
        let count = usize::try_from(begun["holders"].as_u64().unwrap()).unwrap();
        assert_in_order(&office, &out, count);
        letters += count;
        runs.push(begun["run"].clone());
    }
    assert_eq!(letters, LETTERS);
    assert_ne!(runs[0], runs[1]);
}

#[test]
fn the_documented_check_refuses_what_was_misread() {
    let mark = "TK115D9B0233567BB3250F9F2981F5592E6000000042010151".to_owned();
    assert_eq!(unfit(std::slice::from_ref(&mark)), "[]");
    for wrong in [mark.replace("42", "43"), mark.replace("15D", "51D"), mark[..49].to_owned()] {
        assert_eq!(unfit(std::slice::from_ref(&wrong)), format!("['{wrong}']"));
    }
}

#[test]
fn a_sequence_too_long_for_its_place_is_refused_before_a_code_is_drawn() {
    let office = Office::with(&extract());
    let design = office.run(&["design", "show", "letter"]).ended(0);
    let narrow = design.replacen("y = 8.0\nwidth = 160.0", "y = 8.0\nwidth = 9.0", 1);
    assert_ne!(narrow, design);
    office.write("own.toml", narrow);
    let own = ["issue", "holders.csv", "--out", "run", "--design", "own.toml", "--office", "Stad"];
    let said = office.run(&own).ended(2);
    assert!(said.contains("text `sequence` of the design is too long for its place"), "{said}");
    assert!(!office.path("run").exists());
}
