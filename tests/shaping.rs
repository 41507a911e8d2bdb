//! Every letter of DIN 91379, and names of all kinds, under other eyes: `HarfBuzz` itself shapes
//! them, and `pdftotext` reads them back off the page.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "what can't be made is a failed test"
)]

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use jiff::civil::date;
use serde_json::{Value, json};
use tokenkaart::{
    design::{Design, Font},
    layout::{self, CardOptions, Composer, Face, Faces, FallbackFont, LayoutError},
    print::{About, print},
    run::{IssueOptions, Plan},
    symbol::mark::{Envelope, RunId, Sequence},
};
use tokenkaart_token::{
    files::Sha256Digest,
    hash::Scheme,
    holder::{
        Holder, HolderId, HolderName,
        din91379::{self, Group},
    },
    language::Language,
    run_files::Sort,
    token::{CodeFormat, Random, Token},
};
use unicode_normalization::UnicodeNormalization as _;

const FACES: [(Font, &str); 2] =
    [(Font::Text, "fonts/NotoSans-Regular.ttf"), (Font::Bold, "fonts/NotoSans-Bold.ttf")];

/// From Debian's fonts-noto-core.
const GEORGIAN: &str = "/usr/share/fonts/truetype/noto/NotoSansGeorgian-Regular.ttf";
const HEBREW: &str = "/usr/share/fonts/truetype/noto/NotoSansHebrew-Regular.ttf";

/// The last has a ligature as a character of its own, which readers dissolve.
const NAMES: [&str; 16] = [
    "Jan Peeters",
    "Zoë ’t Hoen-D’Hondt",
    "AVoT Tavares Yvonne LTd",
    "Đặng Thị Ngọc Ánh",
    "Łukasz Świętek",
    "S\u{31B}\u{304}ükrü L\u{325}\u{304} C\u{328}\u{306}elik",
    "K\u{35F}Hadija Z\u{327}ahra\u{2BE}",
    "Ŗūdolfs Ķ\u{304}eniņš M\u{310}ā",
    "Ǻsa Þórðardóttir",
    "Ελένη Παπαδοπούλου",
    "Ελένη Peeters",
    "Peeters-Γλυκά ΆΥ",
    "Стоян Иванов",
    "Стоян (Stoyan) ГУТА",
    "Anna Ѝванова Γιώργος 2",
    "Ffion fflur Office ﬁn",
];

/// Shapes each text as `HarfBuzz` does, a stretch of one script at a time.
const DRIVER: &str = r#"
import json, sys
import uharfbuzz as hb

def script(character):
    buffer = hb.Buffer()
    buffer.add_str(character)
    buffer.guess_segment_properties()
    return buffer.script

def stretches(text):
    found = []
    for index, character in enumerate(text):
        tag = script(character)
        if found and (tag is None or found[-1][2] in (None, tag)):
            found[-1][1] = index + 1
            found[-1][2] = found[-1][2] or tag
        else:
            found.append([index, index + 1, tag])
    return found

def shape(font, text):
    glyphs = []
    for start, end, tag in stretches(text):
        buffer = hb.Buffer()
        buffer.add_codepoints([ord(c) for c in text], start, end - start)
        buffer.direction = "ltr"
        buffer.script = tag or "Latn"
        buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_GRAPHEMES
        hb.shape(font, buffer, {})
        for info, at in zip(buffer.glyph_infos, buffer.glyph_positions):
            glyphs.append([info.codepoint, at.x_advance, at.x_offset, at.y_offset, info.cluster])
    return glyphs

asked = json.load(sys.stdin)
answer = []
for path in asked["fonts"]:
    font = hb.Font(hb.Face(hb.Blob.from_file_path(path)))
    answer.append([shape(font, text) for text in asked["texts"]])
json.dump(answer, sys.stdout)
"#;

/// `HarfBuzz`'s glyphs of each text in each font.
fn harfbuzz(texts: &[String]) -> Vec<Vec<Value>> {
    let python = std::env::var_os("TOKENKAART_TEST_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-venv/bin/python3"),
        PathBuf::from,
    );
    let missing = "run scripts/test.sh, which installs what the tests need";
    assert!(python.exists(), "there is no {}: {missing}", python.display());
    let mut child = Command::new(&python)
        .args(["-c", DRIVER])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = json!({ "fonts": FACES.map(|(_, path)| path), "texts": texts });
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{} has no working uharfbuzz: {missing}", python.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Our glyphs in the driver's form: clusters count characters.
fn ours(face: &Face, text: &str) -> Value {
    let glyphs = face.shape(text);
    let glyphs = glyphs.iter().map(|glyph| {
        let cluster = text[..glyph.cluster].chars().count();
        json!([glyph.id, glyph.advance, glyph.x_offset, glyph.y_offset, cluster])
    });
    Value::Array(glyphs.collect())
}

fn assert_as_harfbuzz(texts: &[String]) {
    let faces = Faces::shipped().unwrap();
    for ((font, _), theirs) in FACES.into_iter().zip(harfbuzz(texts)) {
        assert_eq!(theirs.len(), texts.len());
        for (text, theirs) in texts.iter().zip(theirs) {
            let glyphs = ours(faces.get(font), text);
            assert_eq!(glyphs, theirs, "{font:?} {text} {}", text.escape_unicode());
        }
    }
}

fn pdftotext(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.pdf");
    fs::write(&path, pdf).unwrap();
    let output = Command::new("pdftotext")
        .args(["-raw", "-nopgbrk", "-enc", "UTF-8"])
        .arg(&path)
        .arg("-")
        .output()
        .unwrap_or_else(|error| {
            panic!("pdftotext ({error}): run scripts/test.sh, which installs what the tests need")
        });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn debian_font(path: &str) -> FallbackFont {
    let bytes = fs::read(path).unwrap_or_else(|error| {
        panic!("{path} ({error}): run scripts/test.sh, which installs what the tests need")
    });
    FallbackFont::parse(bytes).unwrap()
}

fn composer(fallback: Option<FallbackFont>) -> Composer {
    let settings = CardOptions::new(CodeFormat::default(), date(2026, 11, 22));
    Composer::with_fallback(Design::built_in("card").unwrap(), settings, fallback).unwrap()
}

fn holder(name: &str) -> Holder {
    Holder::new(HolderId::new("4711").unwrap(), HolderName::new(name).unwrap())
}

/// The cards of some names as a PDF file.
fn cards(composer: &Composer, names: &[&str]) -> Vec<u8> {
    let mut random = Random::new(rand::rngs::SysRng);
    let pages: Vec<_> = names
        .iter()
        .flat_map(|name| {
            let token = Token::draw(&CodeFormat::default(), &mut random).unwrap();
            let sequence = Sequence { number: 1, total: 1, file: 1, card: 1, cards: 1 };
            let envelope = Envelope { run: RunId::from_bytes([0; 16]), sequence };
            composer.compose(&holder(name), Language::Nl, &token, &envelope).unwrap()
        })
        .collect();
    let about = About::new("Namen".to_owned(), Language::Nl, date(2026, 11, 22));
    print(composer.design(), composer.faces(), &pages, &about).unwrap().to_vec()
}

#[test]
fn every_entry_alone_is_set_as_by_harfbuzz() {
    assert_as_harfbuzz(&din91379::entries().map(|(_, entry)| entry).collect::<Vec<_>>());
}

#[test]
fn every_entry_in_a_word_is_set_as_by_harfbuzz() {
    let words: Vec<String> = din91379::entries().map(|(_, entry)| format!("A{entry}b")).collect();
    assert_as_harfbuzz(&words);
}

#[test]
fn names_are_set_as_by_harfbuzz() {
    assert_as_harfbuzz(&NAMES.map(str::to_owned));
}

#[test]
fn every_entry_is_read_back_off_the_contact_sheet_in_order() {
    let (design, faces) = (Design::built_in("letter").unwrap(), Faces::shipped().unwrap());
    let pages = layout::contact_sheet(&faces, &design.printed_page());
    let about = About::new("DIN 91379".to_owned(), Language::En, date(2026, 11, 22));
    let pdf = print(&design, &faces, &pages, &about).unwrap();
    let text = pdftotext(&pdf);
    let mut entries = din91379::entries();
    let mut seen = String::new();
    let mut lacking = BTreeSet::new();
    for line in text.lines() {
        if Group::ALL.iter().any(|group| line.contains(&format!("({}): ", group.key()))) {
            continue;
        }
        if !line.starts_with("U+") || line.chars().count() < 6 {
            seen.push_str(line);
            continue;
        }
        // White space has nothing above its code points, so that several are in one line.
        let mut rest = line;
        while !rest.is_empty() {
            let (group, entry) = entries.next().unwrap();
            let points: Vec<String> =
                entry.chars().map(|character| format!("U+{:04X}", u32::from(character))).collect();
            let Some(behind) = rest.strip_prefix(&points.join(" ")) else {
                panic!("{line} is not {entry}, {}", entry.escape_unicode());
            };
            rest = behind.trim_start();
            if seen == "no glyph no glyph" {
                lacking.insert(entry);
            } else {
                let carrier = if group == Group::CombiningMarks { "◌" } else { "" };
                let both: String = format!("{carrier}{entry} {carrier}{entry}").nfc().collect();
                let expected = if entry.trim().is_empty() { "" } else { &both };
                assert_eq!(seen, expected, "{points:?}: {}", seen.escape_unicode());
            }
            seen.clear();
        }
    }
    assert_eq!(entries.next(), None);
    assert_eq!(lacking, ["∞", "≤", "≥"].map(str::to_owned).into());
}

#[test]
fn names_are_read_back_off_their_cards() {
    let names = &NAMES[..NAMES.len() - 1];
    let pdf = cards(&composer(None), names);
    let text = pdftotext(&pdf);
    let lines: Vec<&str> = text.lines().collect();
    for name in names {
        let name: String = name.nfc().collect();
        assert!(lines.contains(&name.as_str()), "{name} in\n{text}");
    }
}

#[test]
fn a_name_that_no_shipped_font_has_is_set_in_the_fallback_font_whole() {
    let name = "გიორგი ბერიძე";
    let error = composer(None).check(&holder(name), Language::Nl).unwrap_err();
    assert!(matches!(error, LayoutError::NoGlyph { character: 'გ', .. }), "{error}");
    let composer = composer(Some(debian_font(GEORGIAN)));
    let pdf = cards(&composer, &[name, "Jan Peeters"]);
    let text = pdftotext(&pdf);
    assert!(text.lines().any(|line| line == name), "{text}");
    assert!(text.lines().any(|line| line == "Jan Peeters"), "{text}");
    // A font is never mixed into a name.
    let error = composer.check(&holder("Jan გიორგი"), Language::Nl).unwrap_err();
    assert!(matches!(error, LayoutError::TwoFonts { character: 'გ', other: 'J', .. }), "{error}");
    let error = composer.check(&holder("王"), Language::Nl).unwrap_err();
    assert!(matches!(error, LayoutError::NoGlyph { character: '王', .. }), "{error}");
}

#[test]
fn a_run_says_which_fallback_font_it_was_made_with() {
    let font = debian_font(GEORGIAN);
    let digest = Sha256Digest::of(&fs::read(GEORGIAN).unwrap());
    for (fallback_font, expected) in [(Some(font), Some(digest)), (None, None)] {
        let order = IssueOptions {
            out: PathBuf::from("run"),
            cards: CardOptions::new(CodeFormat::default(), date(2026, 11, 22)),
            design: Design::built_in("card").unwrap(),
            fallback_font,
            tagged: false,
            language: Language::Nl,
            scheme: Scheme::default(),
            pepper: None,
            sort: Sort::Input,
            shard: None,
            known: None,
            only: None,
            reissue: None,
            bundle: NonZeroU32::MIN,
            seal_to: None,
            sign_with: None,
        };
        let plan = Plan::new(order, [&holder("Jan Peeters")], Sha256Digest::of(b"")).unwrap();
        assert_eq!(plan.parameters().fallback_font, expected);
    }
}

#[test]
fn letters_from_right_to_left_are_refused_whatever_the_fallback_font_has() {
    let composer = composer(Some(debian_font(HEBREW)));
    let error = composer.check(&holder("שרה כהן"), Language::Nl).unwrap_err();
    assert!(matches!(error, LayoutError::RightToLeft { character: 'ש', .. }), "{error}");
    assert!(error.to_string().contains("`ש` (U+05E9)"), "{error}");
}
