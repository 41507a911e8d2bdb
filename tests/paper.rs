//! The reader of paper: pages made by hand, and damaged ones.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what can't be made is a failed test")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "small numbers, and PDF measures in single precision"
)]

mod paper {
    pub(crate) mod sheet;
}

use std::sync::LazyLock;

use lopdf::{Dictionary, Object, Stream};
use paper::sheet::{HEIGHT, Sheet, TEXTS, WIDTH, texts_of_a_card};
use printpdf::{
    BuiltinFont, Mm, Op, PdfFontHandle, PdfSaveOptions, Pt, TextItem, TextMatrix, TextRenderingMode,
};
use proptest::prelude::*;
use tokenkaart::paper::{CodesError, Paper, PaperError, Word};
use tokenkaart_token::token::{Alphabet, CheckSymbol, CodeFormat, Position};

const POINTS_PER_MM: f64 = 72.0 / 25.4;

fn texts(paper: &Paper) -> Vec<String> {
    paper.page(1).unwrap().lines().iter().map(|run| run.text().to_string()).collect()
}

fn codes(paper: &Paper, format: &CodeFormat) -> Result<Vec<(u8, String)>, CodesError> {
    let codes = paper.page(1).unwrap().codes(format)?;
    Ok(codes.into_iter().map(|(position, code)| (position.number(), code.to_string())).collect())
}

fn assert_near(a: f64, b: f64) {
    assert!((a - b).abs() < 0.02, "{a} is not {b}");
}

#[test]
fn text_is_read_with_its_place_and_size() {
    let paper = Sheet::new().sans([5.0, 10.0], 9.0, "Ren\u{e9}e van \u{2019}t Hof").paper();
    assert_eq!(paper.page_count(), 1);
    let page = paper.page(1).unwrap();
    assert_near(page.size().0, f64::from(WIDTH));
    assert_near(page.size().1, f64::from(HEIGHT));
    let [run] = page.lines() else { panic!("one run") };
    assert_eq!(*run.text(), "Ren\u{e9}e van \u{2019}t Hof");
    let words = run.words();
    assert_eq!(
        words.iter().map(Word::text).collect::<Vec<_>>(),
        ["Ren\u{e9}e", "van", "\u{2019}t", "Hof"]
    );
    assert_near(words[0].x, 5.0);
    assert_near(words[0].y, 10.0);
    assert_near(words[0].size, 9.0);
    // Noto Sans: the space is 260 units of 1000.
    assert_near(words[1].x, words[0].x + words[0].width + 0.26 * 9.0 / POINTS_PER_MM);
}

#[test]
fn text_is_read_in_rows_and_not_in_the_order_it_was_written() {
    let paper = Sheet::new()
        .sans([40.0, 20.0], 8.0, "four")
        .sans([5.0, 10.0], 8.0, "one")
        .sans([5.0, 20.1], 8.0, "three")
        .sans([40.0, 10.0], 8.0, "two")
        .paper();
    assert_eq!(texts(&paper), ["one", "two", "three", "four"]);
}

#[test]
fn glyphs_set_one_by_one_are_one_word() {
    let mut sheet = Sheet::new();
    // The face advances 632 units of 1000; backwards, so that only the places tell.
    for (index, symbol) in "KRTSCH".char_indices().rev() {
        let x = 5.0 + index as f32 * 0.632 * 10.0 / POINTS_PER_MM as f32;
        sheet = sheet.mono([x, 10.0], 10.0, &symbol.to_string());
    }
    assert_eq!(texts(&sheet.paper()), ["KRTSCH"]);
}

#[test]
fn a_change_of_size_or_a_columns_gap_ends_a_run() {
    let end = 5.0 + 0.632 * 10.0 / POINTS_PER_MM as f32;
    let paper = Sheet::new()
        .mono([5.0, 10.0], 10.0, "7")
        .mono([end, 10.0], 7.0, "x")
        .mono([end + 5.0, 10.0], 10.0, "y")
        .paper();
    assert_eq!(texts(&paper), ["7", "x", "y"]);
}

#[test]
fn decomposed_letters_are_read_composed() {
    let paper = Sheet::new().sans([5.0, 10.0], 9.0, "Ren\u{65}\u{301} \u{10d}").paper();
    assert_eq!(texts(&paper), ["Ren\u{e9} \u{10d}"]);
}

#[test]
fn text_given_for_glyphs_takes_their_place() {
    let paper = Sheet::new()
        .actual_text("C\u{326}elik Kaya")
        .sans([5.0, 10.0], 9.0, "xxxxx xxxx")
        .ops([Op::EndMarkedContent])
        .sans([5.0, 20.0], 9.0, "after")
        .paper();
    assert_eq!(texts(&paper), ["C\u{326}elik Kaya", "after"]);
    let page = paper.page(1).unwrap();
    let words = page.lines()[0].words();
    assert_near(words[0].x, 5.0);
    assert_near(words[0].y, 10.0);
    assert!(words[1].x > words[0].x + words[0].width);
}

#[test]
fn text_that_nobody_sees_is_not_read() {
    let invisible = |mode| Op::SetTextRenderingMode { mode };
    let paper = Sheet::new()
        .ops([invisible(TextRenderingMode::Invisible)])
        .sans([5.0, 10.0], 9.0, "hidden")
        .ops([invisible(TextRenderingMode::FillStroke)])
        .sans([5.0, 20.0], 9.0, "bold")
        .ops([invisible(TextRenderingMode::Fill)])
        .sans([-20.0, 10.0], 9.0, "off")
        .show(
            PdfFontHandle::Builtin(BuiltinFont::Helvetica),
            [5.0, 30.0],
            9.0,
            vec![TextItem::Text("not embedded".into())],
        )
        .paper();
    assert_eq!(texts(&paper), ["bold"]);
}

#[test]
fn turned_text_is_read_along_its_own_line() {
    let mut sheet = Sheet::new();
    let font = PdfFontHandle::External(sheet.sans.clone());
    sheet = sheet.sans([5.0, 50.0], 9.0, "upright").ops([
        Op::StartTextSection,
        Op::SetTextMatrix {
            matrix: TextMatrix::TranslateRotate(Mm(80.0).into(), Mm(10.0).into(), 90.0),
        },
        Op::SetFont { font, size: Pt(9.0) },
        Op::ShowText { items: vec![TextItem::Text("turned text".into())] },
        Op::EndTextSection,
    ]);
    assert_eq!(texts(&sheet.paper()), ["upright", "turned text"]);
}

#[test]
fn text_in_a_shared_form_is_read_where_the_form_stands() {
    use lopdf::{Document, Object, Stream, dictionary};

    let bytes = Sheet::new().sans([5.0, 10.0], 9.0, "shared").bytes();
    let mut document = Document::load_mem(&bytes).unwrap();
    let page = document.get_pages()[&1];
    let resources = document.get_dictionary(page).unwrap().get(b"Resources").unwrap().clone();
    let content = document.get_page_content(page);
    let form = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "Resources" => resources,
        "BBox" => vec![0.into(), 0.into(), 300.into(), 300.into()],
        "Matrix" => vec![2.into(), 0.into(), 0.into(), 2.into(), 0.into(), 0.into()],
    };
    let form = document.add_object(Stream::new(form, content));
    let content = document
        .add_object(Stream::new(dictionary! {}, b"q 1 0 0 1 0 -200 cm /Form Do Q".to_vec()));
    let page = document.get_dictionary_mut(page).unwrap();
    page.set("Contents", Object::Reference(content));
    page.set("Resources", dictionary! { "XObject" => dictionary! { "Form" => form } });
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();

    let paper = Paper::open(bytes).unwrap();
    let page = paper.page(1).unwrap();
    let [run] = page.lines() else { panic!("one run") };
    assert_eq!(*run.text(), "shared");
    let word = &run.words()[0];
    assert_near(word.size, 18.0);
    assert_near(word.x, 10.0);
    let from_bottom = 2.0 * (f64::from(HEIGHT) - 10.0) - 200.0 / POINTS_PER_MM;
    assert_near(word.y, f64::from(HEIGHT) - from_bottom);
}

/// 24 codes in two columns, numbers smaller and a little lifted.
fn card() -> (Sheet, Vec<(u8, String)>) {
    let symbols = Alphabet::DEFAULT.as_bytes();
    let mut sheet =
        Sheet::new().sans([5.0, 5.0], 9.0, "An Peeters").sans([60.0, 5.0], 6.0, "22 11 2026");
    let mut expected = Vec::new();
    for number in 1..=24_u8 {
        let row = f32::from((number - 1) % 12);
        let column = f32::from((number - 1) / 12);
        let code: String =
            (0..9).map(|i| char::from(symbols[(usize::from(number) * 7 + i * 5) % 23])).collect();
        let (x, y) = (5.0 + column * 35.0, 10.0 + row * 3.4);
        let digits = number.to_string();
        let indent = if digits.len() == 1 { 1.0 } else { 0.0 };
        sheet = sheet.mono(
            [x + 5.0, y],
            8.0,
            &format!("{} {} {}", &code[..3], &code[3..6], &code[6..]),
        );
        sheet = sheet.sans([x + indent, y - 0.3], 5.0, &digits);
        expected.push((number, code));
    }
    (sheet, expected)
}

#[test]
fn codes_are_read_with_the_numbers_to_their_left() {
    let (sheet, expected) = card();
    let found = codes(&sheet.paper(), &CodeFormat::default()).unwrap();
    assert!(found == expected);
}

#[test]
fn codes_of_every_grouping_are_read() {
    for (alphabet, length, grouping, printed) in [
        (Alphabet::FEDERAL, 6, 0, "BCDFGH"),
        (Alphabet::DEFAULT, 10, 4, "2345 6789 CD"),
        ("0123456789", 8, 2, "12 34 56 78"),
    ] {
        let format =
            CodeFormat::new(Alphabet::new(alphabet).unwrap(), length, grouping, CheckSymbol::None)
                .unwrap();
        for number in ["12", "12.", "12)"] {
            let paper = Sheet::new()
                .sans([5.0, 10.0], 6.0, number)
                .mono([10.0, 10.0], 8.0, printed)
                .sans([5.0, 20.0], 6.0, "Kerkstraat")
                .paper();
            assert!(
                codes(&paper, &format) == Ok(vec![(12, printed.replace(' ', ""))]),
                "{alphabet} {grouping} {number}"
            );
        }
    }
}

#[test]
fn a_code_without_its_number_or_with_a_word_between_is_none() {
    for between in ["", "x"] {
        let paper = Sheet::new()
            .sans([5.0, if between.is_empty() { 13.0 } else { 10.0 }], 5.0, "7")
            .sans([7.0, 10.0], 5.0, between)
            .mono([10.0, 10.0], 8.0, "ABC 234 567")
            .mono([50.0, 10.0], 8.0, "CDF 234 567")
            .paper();
        assert!(codes(&paper, &CodeFormat::default()) == Ok(vec![]));
    }
}

#[test]
fn a_number_that_stands_at_two_codes_is_reported() {
    let paper = Sheet::new()
        .sans([5.0, 10.0], 5.0, "7")
        .mono([10.0, 10.0], 8.0, "CDF 234 567")
        .sans([5.0, 20.0], 5.0, "7")
        .mono([10.0, 20.0], 8.0, "CDF 234 568")
        .paper();
    let seven = Position::new(7).unwrap();
    assert!(codes(&paper, &CodeFormat::default()) == Err(CodesError::Twice(seven)));
}

#[test]
fn a_second_code_in_the_columns_of_the_codes_is_reported_and_a_name_is_none() {
    let second = |place: [f32; 2], size: f32| {
        let (sheet, expected) = card();
        let [x, y] = place;
        let sheet = sheet.sans([x - 5.0, y], 5.0, "7").mono(place, size, "CDF 234 567");
        (codes(&sheet.paper(), &CodeFormat::default()), expected)
    };
    let seven = Position::new(7).unwrap();
    // In a column, and of the size of the others.
    assert!(second([10.0, 52.0], 8.0).0 == Err(CodesError::Twice(seven)));
    // As a name is: elsewhere, or larger.
    for (place, size) in [([14.0, 52.0], 8.0), ([10.0, 52.0], 9.0)] {
        let (found, expected) = second(place, size);
        assert!(found == Ok(expected), "{place:?} {size}");
    }
}

#[test]
fn two_numbers_at_one_code_are_reported() {
    let paper = Sheet::new()
        .sans([5.0, 10.0], 5.0, "7")
        .sans([5.3, 10.4], 5.0, "8")
        .mono([10.0, 10.0], 8.0, "CDF 234 567")
        .paper();
    assert!(matches!(codes(&paper, &CodeFormat::default()), Err(CodesError::TwoNumbers(..))));
}

#[test]
fn a_qr_code_is_read_from_the_picture() {
    let url = "https://aanmelden.example/?s=K7M2-P9RT-3XYV-4CDN";
    for module in [0.17, 0.25, 0.4] {
        let paper = card().0.qr([68.0, 36.0], module, url).paper();
        assert_eq!(paper.page(1).unwrap().qr_codes().unwrap(), [url], "modules of {module} mm");
    }
    assert!(card().0.paper().page(1).unwrap().qr_codes().unwrap().is_empty());
}

/// A page of 85 × 85 mm that draws a QR code in some manner; `draw` is given its dark strips
/// (column, row, length) and its side in modules, and says it in PDF operators, a module a unit.
fn drawn_qr(module: f32, draw: impl Fn(&[(usize, usize, usize)], usize) -> Vec<u8>) -> Paper {
    let code = qrcode::QrCode::new("https://aanmelden.example/?s=K7M2-P9RT").unwrap();
    let side = code.width();
    let colours = code.to_colors();
    let mut strips = Vec::new();
    for (row, modules) in colours.chunks(side).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run[0] == qrcode::Color::Dark {
                strips.push((column, row, run.len()));
            }
            column += run.len();
        }
    }
    let points = module * 72.0 / 25.4;
    let mut content = format!("{points} 0 0 -{points} 40 200 cm\n").into_bytes();
    content.extend(draw(&strips, side));
    let mut document = lopdf::Document::with_version("1.7");
    let content = document.add_object(Stream::new(Dictionary::new(), content));
    let pages = document.new_object_id();
    let name = |name: &[u8]| Object::Name(name.to_vec());
    let page = document.add_object(Dictionary::from_iter([
        ("Type", name(b"Page")),
        ("Parent", pages.into()),
        ("Contents", content.into()),
        ("Resources", Dictionary::new().into()),
        ("MediaBox", [0, 0, 241, 241].map(Object::Integer).to_vec().into()),
    ]));
    let kids = vec![page.into()];
    let tree = [("Type", name(b"Pages")), ("Kids", kids.into()), ("Count", 1.into())];
    document.objects.insert(pages, Dictionary::from_iter(tree).into());
    let root = [("Type", name(b"Catalog")), ("Pages", pages.into())];
    let root = document.add_object(Dictionary::from_iter(root));
    document.trailer.set("Root", root);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    Paper::open(bytes).unwrap()
}

/// The dark strips, each said by `say`, as one text.
fn each(strips: &[(usize, usize, usize)], say: impl Fn(usize, usize, usize) -> String) -> Vec<u8> {
    strips.iter().map(|(x, y, length)| say(*x, *y, *length)).collect::<String>().into_bytes()
}

/// The dark strips cut into single modules.
fn modules(strips: &[(usize, usize, usize)]) -> Vec<(usize, usize, usize)> {
    strips.iter().flat_map(|&(x, y, length)| (x..x + length).map(move |x| (x, y, 1))).collect()
}

/// An inline image of a bit a module, dark being 1.
fn inline_image(strips: &[(usize, usize, usize)], side: usize, keys: &str) -> Vec<u8> {
    let stride = side.div_ceil(8);
    let mut bits = vec![0_u8; stride * side];
    for (x, y, length) in strips {
        (*x..x + length).for_each(|x| bits[y * stride + x / 8] |= 0x80 >> (x % 8));
    }
    let head = format!("{side} 0 0 -{side} 0 {side} cm BI /W {side} /H {side} /BPC 1 {keys} ID ");
    [head.as_bytes(), &bits, b"\nEI"].concat()
}

#[test]
fn a_qr_code_is_found_however_it_is_drawn() {
    type Manner = fn(&[(usize, usize, usize)], usize) -> Vec<u8>;
    let manners: [(&str, Manner); 10] = [
        ("an image", |strips, side| inline_image(strips, side, "/CS /G /D [1 0]")),
        ("a stencil", |strips, side| inline_image(strips, side, "/IM true /D [1 0]")),
        ("rectangles", |strips, _| each(strips, |x, y, n| format!("{x} {y} {n} 1 re f\n"))),
        ("one path", |strips, _| {
            [each(strips, |x, y, n| format!("{x} {y} {n} 1 re\n")), b"f".to_vec()].concat()
        }),
        ("modules", |strips, _| each(&modules(strips), |x, y, _| format!("{x} {y} 1 1 re f\n"))),
        ("strokes", |strips, _| {
            each(strips, |x, y, n| format!("{x} {y}.5 m {} {y}.5 l S\n", x + n))
        }),
        ("dots", |strips, _| {
            let dots = each(&modules(strips), |x, y, _| format!("{x}.5 {y}.5 m {x}.5 {y}.5 l S\n"));
            [b"1 J 1.1 w\n".to_vec(), dots].concat()
        }),
        ("paper on a dark ground", |strips, side| {
            let ground = format!("-4 -4 {0} {0} re f 1 g\n-4 -4 {0} {0} re\n", side + 8);
            let dark = each(strips, |x, y, n| format!("{x} {y} {n} 1 re\n"));
            [ground.into_bytes(), dark, b"f*".to_vec()].concat()
        }),
        ("a clip", |strips, side| {
            let clip = each(strips, |x, y, n| format!("{x} {y} {n} 1 re\n"));
            [clip, format!("W n 0 0 {side} {side} re f").into_bytes()].concat()
        }),
        ("a slant", |strips, _| {
            let strips = each(strips, |x, y, n| format!("{x} {y} {n} 1 re f\n"));
            [b"0.94 0.34 -0.34 0.94 8 -4 cm\n".to_vec(), strips].concat()
        }),
    ];
    for (name, draw) in manners {
        for module in [0.25, 1.5] {
            let paper = drawn_qr(module, draw);
            let found = paper.page(1).unwrap().qr_codes().unwrap();
            assert_eq!(found, ["https://aanmelden.example/?s=K7M2-P9RT"], "{name}, {module} mm");
        }
    }
}

#[test]
fn a_page_is_drawn_in_the_size_asked_for() {
    let paper = card().0.paper();
    let page = paper.page(1).unwrap();
    let picture = page.render(150.0).unwrap();
    assert_eq!((picture.width(), picture.height()), (505, 318));
    assert_eq!(picture.rgba().len(), 505 * 318 * 4);
    assert!(picture.rgba().chunks(4).all(|pixel| pixel[3] == 255), "opaque");
    let dark = picture.rgba().chunks(4).filter(|pixel| pixel[0] < 100).count();
    assert!((2_000..40_000).contains(&dark), "{dark} dark pixels");
    for dpi in [0.0, -1.0, f64::NAN, f64::INFINITY, 5e4] {
        assert!(matches!(page.render(dpi), Err(PaperError::TooLarge { .. })), "{dpi}");
    }
}

#[test]
fn what_is_no_paper_is_refused() {
    let bytes = card().0.bytes();
    for bytes in [&b""[..], b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", &bytes[..200]] {
        assert_eq!(Paper::open(bytes.to_vec()).err(), Some(PaperError::NotPdf));
    }
    let paper = Paper::open(bytes).unwrap();
    for number in [0, 2] {
        assert_eq!(paper.page(number).err(), Some(PaperError::NoSuchPage { number, count: 1 }));
    }
}

#[test]
fn debug_never_shows_what_a_page_says() {
    let (sheet, expected) = card();
    let paper = sheet.paper();
    let shown = format!("{paper:?} {:?}", paper.page(1).unwrap());
    assert!(expected.iter().all(|(_, code)| !shown.contains(&code[..3])));
}

#[test]
fn every_text_written_in_one_piece_is_read_in_one_piece() {
    let paper = texts_of_a_card().paper();
    let page = paper.page(1).unwrap();
    let read = page.lines().iter().map(|run| run.text().to_string()).collect::<Vec<_>>();
    for (.., text) in TEXTS {
        assert!(read.iter().any(|run| run == text), "{text} is not among {read:?}");
    }
    assert_eq!(read.len(), TEXTS.len());
}

/// A page with all that is read, its streams compressed and plain.
static VALID: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    [true, false].map(|optimize| {
        let sheet =
            card().0.actual_text("x").sans([5.0, 52.0], 5.0, "y").ops([Op::EndMarkedContent]);
        sheet
            .qr([68.0, 36.0], 0.4, "x")
            .saved(&PdfSaveOptions { optimize, ..PdfSaveOptions::default() })
    })
});

/// Reads all there is; what it says doesn't matter, as long as it says it.
fn read_all(bytes: Vec<u8>) {
    if let Ok(paper) = Paper::open(bytes) {
        for number in 1..=paper.page_count().min(3) {
            let page = paper.page(number).unwrap();
            let _ = page.lines();
            let _ = page.codes(&CodeFormat::default());
            let _ = page.qr_codes();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn damaged_bytes_never_panic(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        end in proptest::option::of(any::<prop::sample::Index>()),
        compressed in any::<bool>(),
    ) {
        let mut bytes = VALID[usize::from(compressed)].clone();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        read_all(bytes);
    }
}
