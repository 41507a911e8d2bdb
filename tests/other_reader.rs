//! The reader of paper beside another one: poppler's `pdftotext`.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what can't be made is a failed test")]
#![allow(clippy::cast_possible_truncation, reason = "PDF measures in single precision")]

mod paper {
    #[allow(dead_code, reason = "the tests of the reader use all of it")]
    pub(crate) mod sheet;
}

use std::process::Command;

use paper::sheet::texts_of_a_card;
use tokenkaart::paper::{Paper, TextRun};

const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// Words with the places of their left edges, in points.
fn poppler_words(bytes: &[u8]) -> Vec<(String, f64)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.pdf");
    std::fs::write(&path, bytes).unwrap();
    let output = Command::new("pdftotext").arg("-bbox").arg(&path).arg("-").output();
    let output = output.expect("the tests need pdftotext: apt-get install poppler-utils");
    assert!(output.status.success());
    let html = String::from_utf8(output.stdout).unwrap();
    html.lines()
        .filter_map(|line| {
            let word = line.trim().strip_prefix("<word xMin=\"")?.strip_suffix("</word>")?;
            let (x, rest) = word.split_once('"')?;
            let text = rest.split_once('>')?.1.replace("&apos;", "'");
            Some((text, x.parse().unwrap()))
        })
        .collect()
}

#[test]
fn words_and_places_are_those_that_poppler_reads() {
    let bytes = texts_of_a_card().bytes();
    let paper = Paper::open(bytes.clone()).unwrap();
    let page = paper.page(1).unwrap();
    let mut ours = page
        .lines()
        .iter()
        .flat_map(TextRun::words)
        .map(|word| (word.text().to_owned(), word.x * POINTS_PER_MM))
        .collect::<Vec<_>>();
    let mut theirs = poppler_words(&bytes);
    ours.sort_by(|a, b| a.partial_cmp(b).unwrap());
    theirs.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let texts = |words: &[(String, f64)]| words.iter().map(|w| w.0.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&ours), texts(&theirs));
    for ((text, x), (_, other)) in ours.iter().zip(&theirs) {
        assert!((x - other).abs() < 0.2, "{text}: {x} and {other} points from the left");
    }
}
