//! The country of the office: where the envelopes have their window, and which addresses name one.

use serde_json::Value;

use super::office::{FAST, Office};

const HOLDER: [&str; 10] = [
    "--id",
    "4711",
    "--name",
    "Jan Peeters",
    "--street",
    "Kerkstraat 1",
    "--postal-code",
    "3000",
    "--city",
    "Leuven",
];

fn issued(office: &Office, out: &str, more: &[&str]) -> Value {
    let letter = ["issue", "--out", out, "--design", "letter", "--office", "Stad"];
    office.run(&[&letter[..], &HOLDER, &FAST, more].concat()).ended(0);
    serde_json::from_slice(&office.files(out)["manifest.json"]).unwrap()
}

/// What stands in the window, as the program's own reader sees it.
fn letter(office: &Office, out: &str) -> Vec<(String, f64)> {
    let bytes = office.files(out)["cards/0001.pdf"].clone();
    let paper = tokenkaart::paper::Paper::open(bytes).unwrap();
    let page = paper.page(1).unwrap();
    let first = |run: &tokenkaart::paper::TextRun| (run.text().to_string(), run.words()[0].x);
    page.lines().iter().map(first).collect()
}

#[test]
fn envelopes_have_their_window_as_is_usual_where_the_office_is() {
    let office = Office::new();
    for (out, more, window) in [
        ("a", &[][..], "right"),
        ("b", &["--country", "Nederland", "--holder-country", "BE"][..], "left"),
        ("c", &["--country", "FR", "--holder-country", "BE"], "right"),
        ("d", &["--country", "nl", "--holder-country", "BE", "--window", "right"], "right"),
        ("e", &["--window", "left"], "left"),
    ] {
        let manifest = issued(&office, out, more);
        assert_eq!(manifest["parameters"]["window"], window, "{more:?}");
        let lines = letter(&office, out);
        let (_, x) = lines.iter().find(|(text, _)| text == "Kerkstraat 1").unwrap();
        assert_eq!(*x > 100.0, window == "right", "{more:?}: {x}");
        let abroad = lines.iter().any(|(text, _)| text == "BELGIË");
        assert_eq!(abroad, more.contains(&"--country"), "{more:?}");
    }
    let who = ["issue", "--id", "1", "--name", "A B", "--out", "f", "--country", "Atlantis"];
    let said = office.run(&who).ended(2);
    assert!(said.contains("it is no country that is known; give its code, as BE"), "{said}");
}
