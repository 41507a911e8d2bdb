//! Printed files under the eyes of those who will get them: archives' validators, viewers,
//! printers' interpreters.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what can't be made is a failed test")]

mod printed {
    mod eye;
    pub(crate) mod judge;
}

use std::{
    fs,
    io::Write as _,
    num::{NonZeroU32, NonZeroUsize},
    process::{Command, Stdio},
};

use jiff::civil::date;
use printed::judge::{self, Verdict};
use rand::{SeedableRng, rngs::ChaCha20Rng};
use tempfile::TempDir;
use tokenkaart::{
    design::Design,
    handout::{ActivationSheet, Receipt},
    layout::{CardOptions, Composer, Page, Slug},
    paper::Paper,
    print::{About, print},
    run::{IssueOptions, Plan, Stop, WorkOptions, issue},
    symbol::mark::{Envelope, RunId, Sequence},
};
use tokenkaart_token::{
    files::Sha256Digest,
    hash::Scheme,
    holder::{Holder, HolderId, HolderName, Line, PostalAddress},
    language::Language,
    run_files::Sort,
    token::{CodeFormat, Position, Random, Token},
};
use zeroize::Zeroizing;

const DESIGNS: [&str; 5] = ["card", "letter", "large", "sheet", "sheet-10"];
const SERIAL_URL: &str = "https://aanmelden.gemeente.example.be/?s={serial}";
const ONE_URL: &str = "https://aanmelden.gemeente.example.be/";
const NAMES: [&str; 8] = [
    "An Peeters",
    "Ren\u{e9}e van \u{2019}t Hof",
    "S\u{31b}\u{304}ukru\u{308} l\u{325}\u{304} C\u{328}\u{306} AVoT",
    "Jean-Baptiste Alexandre de Montmorency-Laval van den Broeck-Vandenbossche",
    "\u{395}\u{3bb}\u{3ad}\u{3bd}\u{3b7} \u{3a0}\u{3b1}\u{3c0}\u{3b1}\u{3b4}\u{3bf}\u{3c0}\u{3bf}\u{3cd}\u{3bb}\u{3bf}\u{3c5}",
    "\u{421}\u{442}\u{43e}\u{44f}\u{43d} \u{418}\u{432}\u{430}\u{43d}\u{43e}\u{432}",
    "J\u{f6}rg Mei\u{df}ner",
    "An Peeters",
];

/// A file of cards and what was put on them.
struct Printed {
    names: Vec<&'static str>,
    tokens: Vec<Token>,
    pdf: Zeroizing<Vec<u8>>,
    pages: usize,
}

fn about(backs: bool, tagged: bool) -> About {
    let title = "Tokenkaarten (0001) & \u{e9}\u{e9}n".to_owned();
    About {
        author: Some("Gemeente \u{c9}ghez\u{e9}e <burgerzaken>".to_owned()),
        backs,
        tagged,
        ..About::new(title, Language::Fr, date(2026, 11, 22))
    }
}

fn holder(id: &str, name: &str) -> Holder {
    let mut holder = Holder::new(HolderId::new(id).unwrap(), HolderName::new(name).unwrap());
    holder.address = PostalAddress {
        street: Line::new("Rue de la Station 1").unwrap(),
        postal_code: Line::new("5310").unwrap(),
        city: Line::new("\u{c9}ghez\u{e9}e").unwrap(),
        country: None,
    };
    holder
}

fn cards(design: &str, url: Option<&str>, count: usize) -> Printed {
    cards_of(Design::built_in(design).unwrap(), url, count)
}

fn cards_of(design: Design, url: Option<&str>, count: usize) -> Printed {
    // Backs have no code, so some designs with backs do.
    let back = design.sheet.is_some();
    sides_of(design, url, count, (back, false))
}

/// With backs or without, tagged or not.
fn sides_of(
    design: Design,
    url: Option<&str>,
    count: usize,
    (back, tagged): (bool, bool),
) -> Printed {
    let format = CodeFormat::default();
    let url = url.map(str::to_owned);
    let settings = CardOptions {
        url,
        office: Some("Gemeente \u{c9}ghez\u{e9}e".to_owned()),
        phone: Some("02 000 00 00".to_owned()),
        back,
        ..CardOptions::new(format.clone(), date(2026, 11, 22))
    };
    let composer = Composer::new(design, settings).unwrap();
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(5));
    let tokens: Vec<Token> =
        (0..count).map(|_| Token::draw(&format, &mut random).unwrap()).collect();
    let names: Vec<&str> = NAMES.into_iter().cycle().take(count).collect();
    let cards: Vec<Vec<Page>> = tokens
        .iter()
        .zip(&names)
        .zip(Language::ALL.into_iter().cycle())
        .zip(1..)
        .map(|(((token, name), language), card)| {
            let cards = u32::try_from(count).unwrap();
            let sequence =
                Sequence { number: card.into(), total: count as u64, file: 1, card, cards };
            let envelope = Envelope { run: RunId::from_bytes([0xd9; 16]), sequence };
            composer.compose(&holder("4711", name), language, token, &envelope).unwrap()
        })
        .collect();
    let slug = Slug { file: Some(1), language: Language::Fr };
    let pages = composer.impose(cards, slug).unwrap();
    let pdf = print(composer.design(), composer.faces(), &pages, &about(back, tagged)).unwrap();
    Printed { names, tokens, pdf, pages: pages.len() }
}

/// A file of `card`s on the disk, for programs that read files.
fn on_disk(pdf: &[u8]) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.pdf");
    fs::write(&path, pdf).unwrap();
    (folder, path)
}

/// Every design as an office prints it: few cards and many, each kind of QR code and none.
fn files() -> impl Iterator<Item = (String, Printed)> {
    DESIGNS.into_iter().flat_map(|design| {
        [(Some(SERIAL_URL), 16), (Some(ONE_URL), 16), (None, 16), (Some(SERIAL_URL), 1)]
            .map(|(url, count)| (format!("{design} {url:?} {count}"), cards(design, url, count)))
    })
}

/// Those of them in which a page is a card.
fn card_by_card() -> impl Iterator<Item = (String, Printed)> {
    files().filter(|(_, printed)| printed.pages == printed.tokens.len())
}

#[test]
fn every_design_is_pdf_a_1b() {
    let sides = DESIGNS.into_iter().flat_map(|name| {
        let ways = [(true, false), (true, true), (false, true)].into_iter();
        let counts = ways.flat_map(|way| [(way, 1), (way, 9)]);
        counts.filter_map(move |((back, tagged), count)| {
            let design = Design::built_in(name).unwrap();
            let is_possible = !back || design.back.is_some();
            let what = format!("{name}, back {back}, tagged {tagged}, {count}");
            let printed = || sides_of(design, Some(SERIAL_URL), count, (back, tagged));
            is_possible.then(|| (what, printed()))
        })
    });
    let all = files().chain(sides);
    let (names, files): (Vec<_>, Vec<_>) =
        all.map(|(what, printed)| (what, printed.pdf.to_vec())).unzip();
    for (what, verdict) in names.iter().zip(judge::pdf_a_1b(&files)) {
        assert_eq!(verdict, Verdict::Valid, "{what}");
    }
}

/// The pages that a counter hands out beside a card, in every language.
fn handouts() -> Vec<Vec<u8>> {
    let name = HolderName::new("Jean-Baptiste Þórðarson-Żółć").unwrap();
    let serial = "K7M2-P9RT-3XYV-4CDX".parse().unwrap();
    let (office, date, phone) = ("Gemeente Éghezée", date(2026, 11, 28), "02 000 00 00");
    let receipt = Receipt { office, date, name: &name, serial: &serial, phone: Some(phone) };
    let sheet = ActivationSheet {
        office,
        date,
        name: &name,
        user_name: "jean.baptiste",
        email: "jean-baptiste@example.be",
        code: "K7M 2P9 RTV 3XY",
        address: "sign-in.example.be/activate",
        until: date,
        phone,
    };
    let both =
        |language| [receipt.print(language, None).unwrap(), sheet.print(language, None).unwrap()];
    Language::ALL.into_iter().flat_map(both).map(|pdf| pdf.to_vec()).collect()
}

#[test]
fn what_is_handed_out_beside_a_card_is_pdf_a_1b_and_nobody_complains_of_it() {
    let files = handouts();
    assert_eq!(judge::pdf_a_1b(&files), files.iter().map(|_| Verdict::Valid).collect::<Vec<_>>());
    for pdf in &files {
        let (_folder, path) = on_disk(pdf);
        let path = path.to_str().unwrap();
        let said = judge::run("qpdf", &["--check", path]);
        assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
        let said = judge::run("gs", &["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=nullpage", path]);
        assert_eq!(said, "");
        let said = judge::run("pdfinfo", &[path]);
        assert!(said.contains("Pages:           1") && said.contains("A4"), "{said}");
        assert!(said.contains("Tagged:          yes"), "{said}");
        let said = judge::run("pdftotext", &["-layout", path, "-"]);
        assert!(said.contains("Jean-Baptiste Þórðarson-Żółć"), "{said}");
        let said = judge::run("mutool", &["draw", "-F", "txt", path]);
        assert!(said.contains("Þórðarson"), "{said}");
    }
}

/// So that the test above is known to be able to fail.
#[test]
fn the_validator_sees_what_is_missing() {
    let Printed { pdf, .. } = cards("card", Some(SERIAL_URL), 3);
    // Same length, so that no offset changes.
    let broken = [
        ("GTS_PDFA1", "GTS_PDFX1"),
        ("/CIDSet", "/CIDSat"),
        ("<pdfaid:part>1", "<pdfaid:part>7"),
        ("/Metadata", "/Mutadata"),
        ("/FontFile2", "/FontFile7"),
        ("/CreationDate(D:2026", "/CreationDate(D:2025"),
        ("%PDF-1.4\n%\u{bb}", "%PDF-1.4\n%x"),
    ];
    let files: Vec<Vec<u8>> = broken
        .iter()
        .map(|(from, to)| {
            let (from, to) = (latin1(from), latin1(to));
            let place = pdf.windows(from.len()).position(|bytes| bytes == from).unwrap();
            let mut bytes = pdf.to_vec();
            bytes[place..place + from.len()].copy_from_slice(&to);
            bytes
        })
        .collect();
    for ((what, _), verdict) in broken.iter().zip(judge::pdf_a_1b(&files)) {
        assert_ne!(verdict, Verdict::Valid, "without {what}");
    }
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn viewers_are_told_to_print_cards_in_their_size_and_backs_behind_their_fronts() {
    for (design, back, duplex) in [
        ("card", false, "/Simplex"),
        ("card", true, "/DuplexFlipShortEdge"),
        ("sheet", true, "/DuplexFlipLongEdge"),
        ("letter", false, "/Simplex"),
    ] {
        let printed = sides_of(Design::built_in(design).unwrap(), None, 3, (back, false));
        let (_folder, path) = on_disk(&printed.pdf);
        let file = path.to_str().unwrap();
        let said = judge::run("mutool", &["show", file, "trailer/Root/ViewerPreferences"]);
        assert!(said.contains("/PrintScaling /None"), "{design}: {said}");
        assert!(said.contains(&format!("/Duplex {duplex}")), "{design}, back {back}: {said}");
    }
}

/// What poppler reads of the structure of a file: the role of each element and its text, or none.
fn structure(pdf: &[u8]) -> Vec<(String, String)> {
    let (_folder, path) = on_disk(pdf);
    let said = judge::run("pdfinfo", &["-struct-text", path.to_str().unwrap()]);
    let mut elements: Vec<(String, String)> = Vec::new();
    for line in said.lines().map(str::trim) {
        match line.strip_prefix('"').map(|text| text.trim_end_matches('"')) {
            Some(text) => elements.last_mut().unwrap().1.push_str(text),
            // An attribute.
            None if line.starts_with('/') => {}
            None => {
                let role = line.split([' ', ':']).next().unwrap().to_owned();
                elements.push((role, String::new()));
            }
        }
    }
    elements
}

#[test]
fn a_screen_reader_reads_each_code_behind_its_number() {
    for design in DESIGNS {
        for count in [1, 9] {
            let built_in = Design::built_in(design).unwrap();
            let back = built_in.back.is_some();
            let printed = sides_of(built_in, Some(SERIAL_URL), count, (back, true));
            let (_folder, path) = on_disk(&printed.pdf);
            let said = judge::run("pdfinfo", &[path.to_str().unwrap()]);
            assert!(said.contains("Tagged:          yes"), "{design}: {said}");
            let read = structure(&printed.pdf);
            let cells: Vec<&str> = read
                .iter()
                .filter(|(role, _)| role == "TH" || role == "TD")
                .map(|(_, text)| text.trim())
                .collect();
            let wanted: Vec<String> = printed
                .tokens
                .iter()
                .flat_map(|token| {
                    Position::all().flat_map(|position| {
                        let code = token.code(position).printed(&CodeFormat::default());
                        [position.to_string(), code.to_string()]
                    })
                })
                .collect();
            assert_eq!(cells, wanted, "{design}, {count}");
            let names: Vec<&str> = read
                .iter()
                .filter(|(role, _)| role == "P")
                .map(|(_, text)| text.trim())
                .filter(|text| printed.names.contains(text))
                .collect();
            assert!(names.len() >= count - 1, "{design}: {read:?}");
            assert!(read.iter().any(|(role, _)| role == "H1"), "{design}: {read:?}");
            // Words at the ends of lines stay apart.
            if design == "letter" {
                let lost =
                    "iemand uw codes gezien? Bel meteen 02\u{a0}000\u{a0}00\u{a0}00. U krijgt dan";
                assert!(read.iter().any(|(_, text)| text.contains(lost)), "{read:?}");
            }
            let tables = read.iter().filter(|(role, _)| role == "Table").count();
            assert_eq!(tables, count, "{design}");
            // In four languages, the card of each in its own.
            let languages =
                printed.pdf.windows(8).filter(|bytes| bytes.starts_with(b"/Lang(")).count();
            assert!(languages > count, "{design}: {languages}");
        }
    }
}

#[test]
fn what_is_not_tagged_says_so() {
    let (_folder, path) = on_disk(&cards("card", None, 2).pdf);
    let said = judge::run("pdfinfo", &[path.to_str().unwrap()]);
    assert!(said.contains("Tagged:          no"), "{said}");
}

#[test]
fn viewers_and_interpreters_find_nothing_to_complain_of() {
    for (what, printed) in files() {
        let (_folder, path) = on_disk(&printed.pdf);
        let file = path.to_str().unwrap();
        let said = judge::run("qpdf", &["--check", file]);
        assert!(said.contains("No syntax or stream encoding errors found"), "{what}: {said}");
        let said = judge::run("gs", &["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=nullpage", file]);
        assert_eq!(said, "", "{what}");
        let said = judge::run("mutool", &["draw", "-q", "-F", "png", "-o", "/dev/null", file]);
        // What Debian's build says of itself.
        assert_eq!(said.replace("warning: ICC support is not available\n", ""), "", "{what}");
        let said = judge::run("mutool", &["info", file]);
        assert!(said.contains(&format!("Pages: {}", printed.pages)), "{what}: {said}");
        let said = judge::run("pdfinfo", &[file]);
        for line in ["PDF version:     1.4", "Title:           Tokenkaarten (0001) & \u{e9}\u{e9}n"]
        {
            assert!(said.contains(line), "{what}: {said}");
        }
        assert!(said.contains("Gemeente \u{c9}ghez\u{e9}e <burgerzaken>"), "{what}: {said}");
    }
}

#[test]
fn every_font_is_embedded_cut_down_and_can_be_searched() {
    for (what, printed) in files() {
        let (_folder, path) = on_disk(&printed.pdf);
        let said = judge::run("pdffonts", &[path.to_str().unwrap()]);
        let fonts: Vec<&str> = said.lines().skip(2).collect();
        assert_eq!(fonts.len(), 3, "{what}: {said}");
        for font in fonts {
            let (prefix, _) = font.split_once('+').unwrap();
            assert!(prefix.len() == 6 && prefix.bytes().all(|b| b.is_ascii_uppercase()), "{font}");
            // Embedded, a subset, with Unicode values.
            assert_eq!(font.matches("yes").count(), 3, "{what}: {font}");
        }
    }
}

/// Points in a millimetre.
const MM: f64 = 72.0 / 25.4;

/// What `pdfinfo` says of a box of the second page: left, bottom, right and top in points.
fn box_of(said: &str, name: &str) -> [f64; 4] {
    let line = said.lines().find(|line| line.contains(&format!("2 {name}:"))).unwrap();
    let edges: Vec<f64> =
        line.rsplit(':').next().unwrap().split_whitespace().map(|w| w.parse().unwrap()).collect();
    edges.try_into().unwrap()
}

#[test]
fn a_ground_that_bleeds_runs_over_the_edge_that_the_boxes_tell() {
    let stripe = |bleed: f32| {
        let (at, side) = (-bleed, 85.6 + 2.0 * bleed);
        format!(
            "\n[[rule]]\nx = {at}\ny = {at}\nwidth = {side}\nheight = 2.5\ncolour = \"#0000FF\"\n"
        )
    };
    let sheet = Design::built_in_text("sheet").unwrap().to_owned() + &stripe(2.0);
    let card =
        Design::built_in_text("card").unwrap().replace("safe = 3.0", "safe = 3.0\nbleed = 3.0")
            + &stripe(3.0);
    // The paper, the cards' edges from its left and top, and where the ground of a card bleeds.
    let cases = [
        (sheet, [210.0, 297.0], [16.4, 31.54, 193.6, 265.46], 2.0),
        (card, [91.6, 59.98], [3.0, 3.0, 88.6, 56.98], 3.0),
    ];
    for (text, paper, [left, top, right, bottom], bleed) in cases {
        let design = Design::parse("own.toml", &text, &mut |_| Err("none".to_owned())).unwrap();
        let printed = cards_of(design, None, 16);
        let (_folder, path) = on_disk(&printed.pdf);
        let said = judge::run("pdfinfo", &["-box", "-l", "2", path.to_str().unwrap()]);
        let height = paper[1];
        let trimmed = [left, height - bottom, right, height - top];
        let bled = [trimmed[0] - bleed, trimmed[1] - bleed, trimmed[2] + bleed, trimmed[3] + bleed];
        let whole = [0.0, 0.0, paper[0], paper[1]];
        for (name, wanted) in [("MediaBox", whole), ("TrimBox", trimmed), ("BleedBox", bled)] {
            for (edge, wanted) in box_of(&said, name).into_iter().zip(wanted) {
                assert!((edge - wanted * MM).abs() < 0.02, "{name} {edge} {wanted}: {said}");
            }
        }
        let pixels = Paper::open(printed.pdf.to_vec()).unwrap();
        let picture = pixels.page(1).unwrap().render(254.0).unwrap();
        let colour = |x: f64, y: f64| {
            // A float becomes the nearest number there is.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let pixel = |mm: f64| (mm * 10.0) as usize;
            let at = (pixel(y) * picture.width() + pixel(x)) * 4;
            &picture.rgba()[at..at + 3]
        };
        // Just within the bleed of the first card's corner; on a sheet white lies outside it.
        assert_eq!(colour(left - bleed + 0.3, top - bleed + 0.3), [0, 0, 255]);
        if left > bleed {
            assert_eq!(colour(left - bleed - 0.3, top - bleed + 0.3), [255, 255, 255]);
        }
        assert_eq!(judge::pdf_a_1b(&[printed.pdf.to_vec()]), [Verdict::Valid]);
    }
}

#[test]
fn a_design_without_bleed_says_nothing_of_trimming() {
    for design in ["card", "letter", "sheet-10"] {
        let pdf = cards(design, None, 1).pdf;
        let says = |name: &[u8]| pdf.windows(name.len()).any(|bytes| bytes == name);
        assert!(!says(b"/TrimBox") && !says(b"/BleedBox"), "{design}");
    }
}

#[test]
fn what_pages_share_is_said_once() {
    let one = cards("card", Some(ONE_URL), 1).pdf.len();
    let (few, many) =
        (cards("card", Some(ONE_URL), 50).pdf.len(), cards("card", Some(ONE_URL), 250).pdf.len());
    let a_card = (many - few) / 200;
    assert!(a_card < 1000, "{a_card} bytes a card");
    assert!(one > 10 * a_card, "{one} bytes for one card");
    let whole = cards("card", Some(SERIAL_URL), 250).pdf.len() / 250;
    assert!(whole <= 2000, "{whole} bytes a card with a QR code for each");
}

#[test]
fn a_mark_and_a_sequence_take_little_of_a_letter() {
    let text = Design::built_in_text("letter").unwrap();
    let (before, tables) = text.split_once("[mark]").unwrap();
    let (_, after) = tables.split_once("# Marks for folding").unwrap();
    let plain = format!("{before}# Marks for folding{after}");
    let size = |text: &str| {
        let design = Design::parse("own.toml", text, &mut |_| Err("none".to_owned())).unwrap();
        cards_of(design, None, 250).pdf.len() / 250
    };
    let (with, without) = (size(text), size(&plain));
    assert!(with - without < 600, "{with} bytes a letter, {without} without");
}

#[test]
fn text_comes_out_in_reading_order() {
    for (what, printed) in card_by_card() {
        let (_folder, path) = on_disk(&printed.pdf);
        let said = judge::run("pdftotext", &[path.to_str().unwrap(), "-"]);
        let pages: Vec<&str> = said.split('\u{c}').collect();
        let format = CodeFormat::default();
        for ((page, token), name) in pages.iter().zip(&printed.tokens).zip(&printed.names) {
            let words: Vec<&str> = page.split_whitespace().collect();
            let text = words.join(" ");
            let place = |wanted: &str| {
                text.find(wanted).unwrap_or_else(|| panic!("{what}: {wanted} is not in {text}"))
            };
            let name = HolderName::new(name).unwrap();
            let first = Position::new(1).unwrap();
            let first = place(&format!("1 {}", &*token.code(first).printed(&format)));
            assert!(place(name.as_str()) < first, "{what}: {text}");
            place(&token.serial().to_string());
            for position in Position::all() {
                place(&format!("{position} {}", &*token.code(position).printed(&format)));
            }
        }
    }
}

#[test]
fn the_reader_of_paper_reads_what_is_shared_too() {
    for (what, printed) in card_by_card() {
        let paper = Paper::open(printed.pdf.to_vec()).unwrap();
        assert_eq!(paper.page_count(), printed.pages);
        let format = CodeFormat::default();
        for (number, token) in (1..).zip(&printed.tokens) {
            let codes = paper.page(number).unwrap().codes(&format).unwrap();
            assert_eq!(codes.len(), 24, "{what}");
            for (position, code) in codes {
                let printed = token.code(position).printed(&format);
                assert_eq!(*code, printed.replace(' ', ""), "{what}: {position}");
            }
        }
    }
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let first = cards("card", Some(SERIAL_URL), 20).pdf;
    assert_eq!(*first, *cards("card", Some(SERIAL_URL), 20).pdf);
}

#[test]
fn the_number_of_threads_changes_no_byte_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = |threads: usize| {
        let holders: Vec<_> = (0..7)
            .map(|number| holder(&format!("holder-{number}"), NAMES[number % NAMES.len()]))
            .collect();
        let order = IssueOptions {
            out: folder.path().join(format!("run-{threads}")),
            design: Design::built_in("card").unwrap(),
            cards: CardOptions {
                url: Some(SERIAL_URL.to_owned()),
                ..CardOptions::new(CodeFormat::default(), date(2026, 11, 22))
            },
            fallback_font: None,
            tagged: false,
            language: Language::Nl,
            scheme: Scheme::argon2id(8, 1, 1).unwrap(),
            pepper: None,
            sort: Sort::Input,
            shard: None,
            known: None,
            only: None,
            reissue: None,
            bundle: NonZeroU32::new(3).unwrap(),
            seal_to: None,
            sign_with: None,
        };
        let plan = Plan::new(order, &holders, Sha256Digest::of(b"seven")).unwrap();
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(3));
        let threads = NonZeroUsize::new(threads).unwrap();
        let stop = Stop::new();
        let work = WorkOptions { threads, resume: false, process: 1, stop: &stop };
        let manifest = issue(&plan, work, &mut random, &mut |_| {}).unwrap().manifest;
        let bytes = |path: &str| fs::read(plan.out().join(path)).unwrap();
        let files: Vec<_> = manifest
            .bundles
            .iter()
            .map(|bundle| (bytes(&bundle.cards.path), bytes(&bundle.records.path)))
            .collect();
        (manifest.run, files)
    };
    let one = run(1);
    assert_eq!(one.1.len(), 3);
    for threads in [2, 4] {
        assert!(one == run(threads), "{threads} threads make another run than one");
    }
}

/// What Little CMS makes of colours, one a line, from `from` to its own sRGB.
fn transformed(from: &str, colours: &str) -> Vec<f64> {
    let mut transicc = Command::new("transicc")
        .args(["-n", "-t1", "-i", from, "-o", "*sRGB"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("transicc is missing; run scripts/test.sh, which installs what tests need");
    transicc.stdin.take().unwrap().write_all(colours.as_bytes()).unwrap();
    let output = transicc.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

#[test]
fn little_cms_takes_our_srgb_for_its_own() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let pdf = lopdf::Document::load_mem(&cards("card", None, 1).pdf).unwrap();
    let profile = pdf.catalog().unwrap().get_deref(b"OutputIntents", &pdf).unwrap();
    let intent = profile.as_array().unwrap()[0].as_dict().unwrap();
    let profile = intent.get_deref(b"DestOutputProfile", &pdf).unwrap().as_stream().unwrap();
    fs::write(file.path(), profile.decompressed_content().unwrap()).unwrap();
    let colours: [[u16; 3]; 260] = std::array::from_fn(|number| {
        let v = u16::try_from(number / 5 * 5).unwrap().min(255);
        [[v, v, v], [v, 0, 0], [0, v, 0], [0, 0, v], [255, v, 40]][number % 5]
    });
    let lines = colours.map(|[r, g, b]| format!("{r} {g} {b}")).join("\n");
    let back = transformed(file.path().to_str().unwrap(), &lines);
    assert_eq!(back.len(), colours.len() * 3);
    for (ours, theirs) in colours.as_flattened().iter().zip(back) {
        assert!((f64::from(*ours) - theirs).abs() < 0.5, "{ours} became {theirs}");
    }
    // And it would see it if the profile were another.
    let linear = transformed("*Lab4", "50 40 20\n");
    assert!((linear[0] - 50.0).abs() > 1.0);
}
