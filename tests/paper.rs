//! The reader of paper against a reader that is not ours: poppler's `pdftotext`.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::process::Command;

use printpdf::{
    Mm, Op, ParsedFont, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point, Pt, TextItem,
};
use tokenkaart::paper::{Paper, TextRun};

const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// Texts with their font, size (pt) and place (mm from the bottom left).
const TEXTS: [(&str, f32, [f32; 2], &str); 8] = [
    (
        "NotoSans-Regular.ttf",
        9.0,
        [5.0, 48.0],
        "Ren\u{e9}e D\u{2019}Hondt-\u{c7}elik van \u{2019}t Hof",
    ),
    ("NotoSans-Regular.ttf", 6.0, [60.0, 48.0], "22 november 2026"),
    (
        "NotoSans-Regular.ttf",
        9.0,
        [5.0, 42.0],
        "\u{141}ukasz \u{15a}wi\u{119}tek \u{2013} Ng\u{f4}",
    ),
    ("NotoSans-Regular.ttf", 5.0, [5.0, 30.3], "1"),
    ("FiraCode-Medium.ttf", 8.0, [8.0, 30.0], "CDF 234 56H"),
    ("NotoSans-Regular.ttf", 5.0, [35.0, 30.3], "13"),
    ("FiraCode-Medium.ttf", 8.0, [38.0, 30.0], "TVW XY9 8RP"),
    ("FiraCode-Medium.ttf", 6.0, [5.0, 4.0], "K7M2-P9RT-3XYV-4CDN"),
];

fn page() -> Vec<u8> {
    let mut document = PdfDocument::new("texts");
    let fonts = ["NotoSans-Regular.ttf", "FiraCode-Medium.ttf"].map(|name| {
        let path = format!("{}/fonts/{name}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).unwrap();
        (name, document.add_font(&ParsedFont::from_bytes(&bytes, 0, &mut Vec::new()).unwrap()))
    });
    let ops = TEXTS.iter().flat_map(|(name, size, [x, y], text)| {
        let (_, font) = fonts.iter().find(|(known, _)| known == name).unwrap();
        [
            Op::StartTextSection,
            Op::SetTextCursor { pos: Point::new(Mm(*x), Mm(*y)) },
            Op::SetFont { font: PdfFontHandle::External(font.clone()), size: Pt(*size) },
            Op::ShowText { items: vec![TextItem::Text((*text).into())] },
            Op::EndTextSection,
        ]
    });
    let page = PdfPage::new(Mm(85.6), Mm(53.98), ops.collect());
    document.with_pages(vec![page]).save(&PdfSaveOptions::default(), &mut Vec::new())
}

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
    let bytes = page();
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

#[test]
fn every_text_written_in_one_piece_is_read_in_one_piece() {
    let paper = Paper::open(page()).unwrap();
    let page = paper.page(1).unwrap();
    let read = page.lines().iter().map(|run| run.text().to_string()).collect::<Vec<_>>();
    for (.., text) in TEXTS {
        assert!(read.iter().any(|run| run == text), "{text} is not among {read:?}");
    }
    assert_eq!(read.len(), TEXTS.len());
}
