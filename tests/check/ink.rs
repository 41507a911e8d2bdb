//! Cards whose text and records agree, and whose ink says something else.

use jiff::civil::date;
use lopdf::{
    Dictionary, Document, Object, ObjectId,
    content::{Content, Operation},
};
use rand::{SeedableRng as _, rngs::ChaCha20Rng};
use tokenkaart::{
    check::{Mismatch, check},
    design::{Colour, Design, Font, Pt},
    ink::{Gauge, MOST_ASTRAY, Stencil},
    layout::{CardOptions, Composer, Item, Page, TextLine},
    paper::{Paper, Region},
    print::{About, print},
    symbol::mark::{Envelope, RunId, Sequence},
};
use tokenkaart_token::{
    language::Language,
    token::{CodeFormat, Random, Token},
};

use super::{
    designs::{issued, order},
    draft::{Draft, URL, holder},
};
use crate::{options, report};

const POINTS_PER_MM: f32 = 72.0 / 25.4;
/// The card's height in points; PDF counts from below.
const HEIGHT: f32 = 53.98 * POINTS_PER_MM;

fn draft() -> Draft {
    Draft::plain("card", false, &[holder("An Peeters", "Kerkstraat 1")])
}

/// The line on a card that says a text.
fn line_of(draft: &Draft, card: usize, text: &str) -> TextLine {
    let mut lines = draft.pages[card][0].items.iter().filter_map(|item| match item {
        Item::Line(line) if line.text().contains(text) => Some(line.clone()),
        _ => None,
    });
    lines.next().unwrap()
}

/// Where a code begins, in points from the lower left corner, and its size.
fn place_of_code(draft: &Draft, position: u8) -> [f32; 3] {
    let line = line_of(draft, 0, &draft.printed(0, position));
    [line.x.0 * POINTS_PER_MM, HEIGHT - line.baseline.0 * POINTS_PER_MM, line.size.0]
}

/// What a card's check says of its ink: the codes, the texts, and how often there was another fault.
fn seen(draft: &Draft, spoil: &dyn Fn(&mut Document)) -> (Vec<u8>, Vec<String>, Vec<String>) {
    let folder = draft.write_spoilt(&|pdf| {
        let mut document = Document::load_mem(&pdf).unwrap();
        document.decompress();
        spoil(&mut document);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        bytes
    });
    let report = report(&folder);
    let (mut codes, mut texts, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for found in report.disagreements.kept() {
        // Each names the file, the page and the card.
        let said = found.to_string();
        assert!(said.starts_with("cards/0001.pdf, page 1"), "{said}");
        crate::assert_no_code(draft, &said);
        match &found.fault {
            Mismatch::InkOfCodes(positions) => {
                codes.extend(positions.iter().map(|position| position.number()));
                let named = positions.iter().map(ToString::to_string).collect::<Vec<_>>();
                assert!(said.contains(&format!(" {}", named.join(", "))), "{said}");
            }
            Mismatch::InkOfText(text) => texts.push(text.clone()),
            _ => others.push(said),
        }
    }
    (codes, texts, others)
}

/// The page's own content.
fn content(document: &Document) -> ObjectId {
    let page = document.page_iter().next().unwrap();
    document.get_dictionary(page).unwrap().get(b"Contents").unwrap().as_reference().unwrap()
}

/// Puts operators before the page's own, and behind them.
fn around(document: &mut Document, before: &str, behind: &str) {
    let id = content(document);
    let stream = document.get_object_mut(id).unwrap().as_stream_mut().unwrap();
    let own = std::mem::take(&mut stream.content);
    let whole = [before.as_bytes(), b"\n", &own, b"\n", behind.as_bytes(), b"\n"].concat();
    stream.set_plain_content(whole);
}

/// Changes the operations of the page one by one.
fn each(document: &mut Document, change: impl FnMut(&mut Operation)) {
    let id = content(document);
    let stream = document.get_object_mut(id).unwrap().as_stream_mut().unwrap();
    let mut content = Content::decode(&stream.content).unwrap();
    content.operations.iter_mut().for_each(change);
    stream.set_plain_content(content.encode().unwrap());
}

fn page(document: &mut Document) -> &mut Dictionary {
    let page = document.page_iter().next().unwrap();
    document.get_dictionary_mut(page).unwrap()
}

fn all() -> Vec<u8> {
    (1..=24).collect()
}

#[test]
fn a_card_as_it_was_made_has_the_ink_of_its_texts() {
    let draft = draft();
    assert_eq!(seen(&draft, &|_| ()), (vec![], vec![], vec![]));
    let report = report(&draft.write());
    assert_eq!((report.codes_seen, report.texts_unseen, report.is_placed), (24, 0, true));
}

/// A stop is a few dots, and where each of a line stands is rounded in a PDF: at this size of this text all
/// of them lie at an edge that is off.
#[test]
fn full_stops_are_no_fault_wherever_rounding_puts_them() {
    let settings = CardOptions {
        office: Some("Stad Voorbeeld".to_owned()),
        phone: Some("02 000 00 00".to_owned()),
        ..CardOptions::new(CodeFormat::default(), date(2026, 11, 22))
    };
    let composer = Composer::new(Design::built_in("letter").unwrap(), settings).unwrap();
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(14));
    let pages: Vec<Page> = [Language::Nl, Language::Fr]
        .into_iter()
        .zip(1..)
        .flat_map(|(language, number)| {
            let sequence = Sequence { number, total: 2, file: 1, card: 1, cards: 2 };
            let envelope = Envelope { run: RunId::from_bytes([0xd9; 16]), sequence };
            let token = Token::draw(&CodeFormat::default(), &mut random).unwrap();
            let holder = holder("An Peeters", "Kerkstraat 1");
            composer.compose(&holder, language, &token, &envelope).unwrap()
        })
        .collect();
    let about = About::new("ink".to_owned(), Language::Nl, date(2026, 11, 22));
    let pdf = print(composer.design(), composer.faces(), &pages, &about).unwrap();
    let paper = Paper::open(pdf.to_vec()).unwrap();
    for (laid, number) in pages.iter().zip(1..) {
        let lines = laid.items.iter().filter_map(|item| match item {
            Item::Line(line) => {
                let mut line = line.clone();
                line.size = Pt((line.size.0 * 100.0).round() / 100.0);
                Some(line)
            }
            _ => None,
        });
        let stencils: Vec<Stencil> = lines.map(|line| Stencil { line, in_colour: true }).collect();
        let drawn = paper.page(number).unwrap();
        let (width, height) = drawn.size();
        let grey = drawn.grey(&Region { x: 0.0, y: 0.0, width, height }).unwrap();
        let astray = Gauge::default().astray(composer.faces(), &grey, &stencils);
        for (astray, stencil) in astray.into_iter().zip(&stencils) {
            assert!(astray < MOST_ASTRAY, "{}: {astray}", stencil.line.text());
        }
    }
}

#[test]
fn what_lies_over_a_code_is_seen_at_its_position() {
    let draft = draft();
    let [x, y, size] = place_of_code(&draft, 5);
    let (width, height) = (4.0 * size, 0.7 * size);
    let picture = "/W 2 /H 2 /CS /G /BPC 8 /F /AHx ID 00404000> EI";
    let middle = y + 0.3 * size;
    for over in [
        // A rule, black, white, and as thin as a pen's line.
        format!("0 g {x} {y} {width} {height} re f"),
        format!("1 g {x} {y} {width} {height} re f"),
        format!("0 g {x} {middle} {width} .4 re f"),
        format!("0 G .4 w {x} {middle} m {} {middle} l S", x + width),
        // A drawing, a picture, and one that is half there.
        format!("0 0 1 rg {x} {y} m {} {} l {} {y} l f", x + size, y + size, x + 2.0 * size),
        format!("q {width} 0 0 {height} {x} {y} cm BI {picture} Q"),
        format!("1 g {x} {y} {size} {} re f", height / 2.0),
        // One symbol alone.
        format!("0 g {x} {y} {} {height} re f", size / 3.0),
    ] {
        let found = seen(&draft, &|document| around(document, "q", &format!("Q\n{over}")));
        assert_eq!(found, (vec![5], vec![], vec![]), "{over}");
    }
}

#[test]
fn what_lies_under_a_code_is_seen_at_its_position() {
    let draft = draft();
    // Every other row has a band, which would lie over it.
    let [x, y, size] = place_of_code(&draft, 2);
    let (x, y, width, height) = (x - 2.0, y - 1.0, 4.0 * size, size);
    let stripes = "/W 2 /H 2 /CS /G /BPC 8 /F /AHx ID 20FFFF20> EI";
    for under in [
        format!("0 g {x} {y} {width} {height} re f 0 g"),
        // 4.0 to 1.
        format!(".42 .42 .42 rg {x} {y} {width} {height} re f 0 g"),
        format!("q {width} 0 0 {height} {x} {y} cm BI {stripes} Q"),
        format!("q .7 0 0 RG 1 w {x} {} m {} {} l S Q", y + 3.0, x + width, y + 4.0),
    ] {
        let found = seen(&draft, &|document| around(document, &under, ""));
        assert_eq!(found, (vec![2], vec![], vec![]), "{under}");
    }
    // What leaves codes and numbers 4.5 to 1 is nobody's business: a light rule, a light picture.
    let light = "/W 2 /H 2 /CS /G /BPC 8 /F /AHx ID DCFFFFE4> EI";
    for under in [
        format!(".8 .9 1 rg {x} {y} {width} {height} re f 0 g"),
        format!("q 240 0 0 150 0 0 cm BI {light} Q"),
    ] {
        let found = seen(&draft, &|document| around(document, &under, ""));
        assert_eq!(found, (vec![], vec![], vec![]), "{under}");
    }
}

#[test]
fn white_and_grey_codes_are_seen() {
    let draft = draft();
    for grey in ["1", ".8", ".53", ".35"] {
        let pale = |document: &mut Document| {
            each(document, |operation| {
                if operation.operator == "g" && operation.operands[0].as_float().unwrap() == 0.0 {
                    *operation = Operation::new("g", vec![grey.parse::<f32>().unwrap().into()]);
                }
            });
        };
        let (codes, _, others) = seen(&draft, &pale);
        assert_eq!((codes, others), (all(), vec![]), "{grey}");
    }
    // One code alone, and one name.
    for text in [draft.printed(0, 9).to_string(), "An Peeters".to_owned()] {
        let mut draft = self::draft();
        for item in &mut draft.pages[0][0].items {
            if let Item::Line(line) = item
                && line.text() == text
            {
                line.colour = Colour { rgb: [0xA0; 3] };
            }
        }
        let found = seen(&draft, &|_| ());
        let wanted = if text == "An Peeters" {
            (vec![], vec!["name".to_owned()], vec![])
        } else {
            (vec![9], vec![], vec![])
        };
        assert_eq!(found, wanted);
    }
}

#[test]
fn codes_that_are_clipped_are_seen() {
    let draft = draft();
    let [x, y, size] = place_of_code(&draft, 20);
    // All but the upper half of one code.
    let upper = y + 0.35 * size;
    let half = format!("0 {upper} 300 200 re 0 0 {x} {HEIGHT} re 0 0 300 {} re W n", y - 2.0);
    let found = seen(&draft, &|document| around(document, &format!("q {half}"), "Q"));
    assert_eq!(found, (vec![20], vec![], vec![]));
    // Nothing but the corner.
    let found = seen(&draft, &|document| around(document, "q 0 0 20 20 re W n", "Q"));
    let (codes, mut texts, others) = found;
    texts.sort_unstable();
    assert_eq!((codes, others), (all(), vec![]));
    assert_eq!(texts, ["name", "serial"]);
}

#[test]
fn codes_that_stand_over_the_edge_of_the_page_are_seen() {
    let draft = draft();
    // The last column loses the ends of its codes, and the page some of its width.
    let [x, _, size] = place_of_code(&draft, 24);
    // In the middle of the last symbol: where one begins off the page, no text is read.
    let right = x + 6.0 * size;
    for name in ["CropBox", "MediaBox"] {
        let (codes, texts, others) = seen(&draft, &|document| {
            let area: Vec<Object> = vec![0.into(), 0.into(), right.into(), HEIGHT.into()];
            page(document).set(name, area);
        });
        assert_eq!((codes, texts), ((17..=24).collect(), vec![]), "{name}");
        assert!(others.len() == 1 && others[0].contains("the page is "), "{name}: {others:?}");
    }
}

/// The program of the font of the codes.
fn font_program(document: &mut Document) -> &mut Vec<u8> {
    let id = document
        .objects
        .iter()
        .find_map(|(_, object)| {
            let descriptor = object.as_dict().ok()?;
            let name = descriptor.get(b"FontName").ok()?.as_name().ok()?;
            let is_it = name.starts_with(b"TKCODE");
            is_it.then(|| descriptor.get(b"FontFile2").ok()?.as_reference().ok())?
        })
        .unwrap();
    &mut document.get_object_mut(id).unwrap().as_stream_mut().unwrap().content
}

/// Where a table of a font file lies.
fn table(font: &[u8], tag: [u8; 4]) -> std::ops::Range<usize> {
    let number = |at: usize| u32::from_be_bytes(font[at..at + 4].try_into().unwrap()) as usize;
    let at = (12..).step_by(16).find(|at| font[*at..at + 4] == tag).unwrap();
    number(at + 8)..number(at + 8) + number(at + 12)
}

#[test]
fn a_broken_font_program_is_seen() {
    let draft = draft();
    // Outlines that are none, a glyph drawn in another's place, points that moved.
    let blank = |font: &mut Vec<u8>| {
        let glyf = table(font, *b"glyf");
        font[glyf].fill(0);
    };
    let shifted = |font: &mut Vec<u8>| {
        let loca = table(font, *b"loca");
        let from = loca.start + 4;
        font.copy_within(from..loca.end - 4, loca.start + 8);
    };
    let scaled = |font: &mut Vec<u8>| {
        let head = table(font, *b"head");
        let units = u16::from_be_bytes([font[head.start + 18], font[head.start + 19]]);
        font[head.start + 18..head.start + 20].copy_from_slice(&(units + units / 8).to_be_bytes());
    };
    let spoils: [fn(&mut Vec<u8>); 3] = [blank, shifted, scaled];
    for (number, spoil) in spoils.into_iter().enumerate() {
        let (codes, _, others) = seen(&draft, &|document| spoil(font_program(document)));
        // Where the reader of text finds no code any more, that is told instead.
        let told = codes.len() >= 20 || others.iter().any(|said| said.contains("no code can be"));
        assert!(told, "{number}: {codes:?} {others:?}");
    }
    let (codes, _, others) = seen(&draft, &|document| font_program(document).truncate(40));
    assert!(codes.len() == 24 || others.iter().any(|said| said.contains("no code can be read")));
}

/// Shows other glyphs of the font of the codes, which mean what those in whose place they stand
/// meant: the two that come first in code 7 change places.
fn exchange(document: &mut Document) {
    let mut of_codes = false;
    let mut number = 0;
    let mut pair: Option<[Vec<u8>; 2]> = None;
    let mut shown = |bytes: &mut Vec<u8>, number: usize| {
        if number == 7 && pair.is_none() {
            pair = Some([bytes[..2].to_vec(), bytes[2..4].to_vec()]);
        }
    };
    each(document, |operation| match operation.operator.as_str() {
        "Tf" => of_codes = operation.operands[0].as_name().unwrap() == b"TKCODE",
        "Tj" | "TJ" if of_codes => {
            number += 1;
            let mut operands = operation.operands.iter_mut();
            let first = operands.next().unwrap();
            let string = match first {
                Object::Array(parts) => {
                    parts.iter_mut().find(|part| part.as_str().is_ok()).unwrap()
                }
                string => string,
            };
            shown(string.as_str_mut().unwrap(), number);
        }
        _ => {}
    });
    let [one, other] = pair.unwrap();
    let mut of_codes = false;
    let swap = |bytes: &mut Vec<u8>| {
        for glyph in bytes.chunks_exact_mut(2) {
            if glyph == one {
                glyph.copy_from_slice(&other);
            } else if glyph == other {
                glyph.copy_from_slice(&one);
            }
        }
    };
    each(document, |operation| match operation.operator.as_str() {
        "Tf" => of_codes = operation.operands[0].as_name().unwrap() == b"TKCODE",
        "Tj" | "TJ" if of_codes => match &mut operation.operands[0] {
            Object::Array(parts) => {
                parts.iter_mut().filter_map(|part| part.as_str_mut().ok()).for_each(swap);
            }
            string => swap(string.as_str_mut().unwrap()),
        },
        _ => {}
    });
    // And in ToUnicode, <0003> <0043> and <0007> <0046> change their second halves.
    let hex = |glyph: &[u8]| format!("<{:02X}{:02X}>", glyph[0], glyph[1]);
    let (one, other) = (hex(&one), hex(&other));
    let ids: Vec<ObjectId> = document.objects.keys().copied().collect();
    let mut changed = 0;
    for id in ids {
        let Ok(font) = document.get_dictionary(id) else { continue };
        let is_it =
            font.get(b"BaseFont").and_then(Object::as_name).is_ok_and(|n| n.starts_with(b"TKCODE"));
        let Some(map) = font.get(b"ToUnicode").ok().filter(|_| is_it) else { continue };
        let map = map.as_reference().unwrap();
        let stream = document.get_object_mut(map).unwrap().as_stream_mut().unwrap();
        let text = String::from_utf8(stream.content.clone()).unwrap();
        let text = text
            .replace(&format!("{one} <"), "<one> <")
            .replace(&format!("{other} <"), &format!("{one} <"));
        changed += 1;
        stream.set_plain_content(text.replace("<one> <", &format!("{other} <")).into_bytes());
    }
    assert_eq!(changed, 1);
}

#[test]
fn a_wrong_meaning_of_a_glyph_is_seen() {
    let draft = draft();
    let (codes, texts, others) = seen(&draft, &exchange);
    let symbols = draft.printed(0, 7);
    let swapped: Vec<char> = symbols.chars().take(2).collect();
    assert_ne!(swapped[0], swapped[1]);
    let has_one = |position: &u8| draft.printed(0, *position).contains(&swapped[..]);
    assert_eq!(codes, (1..=24).filter(has_one).collect::<Vec<_>>());
    assert_eq!((texts, others), (vec![], vec![]));
}

#[test]
fn the_glyphs_of_another_font_are_seen() {
    for font in [Font::Text, Font::Bold] {
        let mut draft = draft();
        let faces = Draft::plain("card", false, &[]).composer;
        for item in &mut draft.pages[0][0].items {
            if let Item::Line(line) = item
                && line.font == Font::Codes
            {
                let place = [line.x, line.baseline];
                let text = line.text().to_owned();
                let other = tokenkaart::layout::line(
                    faces.faces(),
                    font,
                    line.size,
                    place,
                    line.colour,
                    &text,
                );
                *line = other.unwrap();
            }
        }
        let (codes, texts, others) = seen(&draft, &|_| ());
        assert_eq!((codes, texts, others), (all(), vec![], vec![]), "{font:?}");
    }
    // And a name in the face of texts.
    let mut draft = draft();
    let texts = Draft::plain("card", false, &[holder("An Peeters", "Kerkstraat 1")]);
    let other = line_of(&texts, 0, "An Peeters");
    let light = tokenkaart::layout::line(
        texts.composer.faces(),
        Font::Text,
        other.size,
        [other.x, other.baseline],
        other.colour,
        other.text(),
    );
    draft.erase(0, "An Peeters");
    draft.pages[0][0].items.push(Item::Line(light.unwrap()));
    assert_eq!(seen(&draft, &|_| ()), (vec![], vec!["name".to_owned()], vec![]));
}

#[test]
fn a_page_that_is_scaled_or_turned_is_seen() {
    let draft = draft();
    for transform in
        [".97 0 0 .97 0 0", "1.01 0 0 1 0 0", ".99996 .00873 -.00873 .99996 0 0", "1 0 0 1 0 .8"]
    {
        let (codes, _, others) =
            seen(&draft, &|document| around(document, &format!("q {transform} cm"), "Q"));
        assert!(codes.len() > 20 && others.is_empty(), "{transform}: {codes:?} {others:?}");
    }
    for rotation in [90, 180, 270] {
        let (codes, _, others) = seen(&draft, &|document| page(document).set("Rotate", rotation));
        assert!(codes.len() == 24 || !others.is_empty(), "{rotation}");
    }
    let (_, _, others) = seen(&draft, &|document| page(document).set("UserUnit", 2));
    assert!(others.len() == 1 && others[0].contains("a unit of its own"), "{others:?}");
    let (_, _, others) = seen(&draft, &|document| {
        let annotation = Dictionary::from_iter([("Type", Object::from("Annot"))]);
        page(document).set("Annots", vec![Object::from(annotation)]);
    });
    assert!(others.len() == 1 && others[0].contains("annotations"), "{others:?}");
    // On larger paper nothing moves, and yet "fit to page" would make it smaller.
    let (_, _, others) = seen(&draft, &|document| {
        let area: Vec<Object> = vec![0.into(), 0.into(), 300.into(), HEIGHT.into()];
        page(document).set("MediaBox", area);
    });
    assert!(others.len() == 1 && others[0].contains("105.8 × 54.0 mm"), "{others:?}");
}

#[test]
fn a_name_a_serial_and_a_number_that_are_covered_are_seen() {
    let draft = draft();
    let serial = draft.serial(0);
    for (text, wanted) in [("An Peeters", "name"), (serial.as_str(), "serial")] {
        let line = line_of(&draft, 0, text);
        let (x, y) = (line.x.0 * POINTS_PER_MM, HEIGHT - line.baseline.0 * POINTS_PER_MM);
        let over = format!("Q 1 g {x} {y} 20 {} re f", line.size.0 / 2.0);
        let found = seen(&draft, &|document| around(document, "q", &over));
        assert_eq!(found, (vec![], vec![wanted.to_owned()], vec![]));
    }
    let number = line_of(&draft, 0, "17");
    let (x, y) = (number.x.0 * POINTS_PER_MM, HEIGHT - number.baseline.0 * POINTS_PER_MM);
    let over = format!("Q 1 g {x} {y} {} 3 re f", number.size.0);
    assert_eq!(seen(&draft, &|document| around(document, "q", &over)), (vec![17], vec![], vec![]));
    // The text says 13 and the ink 18: whose codes these are is another's.
    let mut draft = self::draft();
    let mut other = line_of(&draft, 0, "18");
    let own = line_of(&draft, 0, "13");
    (other.x, other.baseline) = (own.x, own.baseline);
    draft.pages[0][0].items.push(Item::Line(other));
    let (codes, _, _) = seen(&draft, &|_| ());
    assert!(codes.contains(&13) || codes.is_empty(), "{codes:?}");
}

#[test]
fn a_letter_and_a_sheet_name_the_card_that_is_covered() {
    for design in ["letter", "sheet"] {
        let holders = [holder("An Peeters", "Kerkstraat 1"), holder("Bo Maes", "Dorp 2")];
        let mut draft = Draft::plain(design, false, &holders);
        let line = line_of(&draft, 1, &draft.printed(1, 3));
        let area = tokenkaart::design::Area {
            x: line.x,
            y: line.baseline - tokenkaart::design::Mm(1.0),
            width: tokenkaart::design::Mm(9.0),
            height: tokenkaart::design::Mm(1.2),
        };
        draft.pages[1][0].items.push(Item::Fill { area, colour: Colour::WHITE });
        let said = crate::said(&draft);
        let place = if design == "letter" { "page 2" } else { "page 1, place 2" };
        let begin = format!(
            "cards/0001.pdf, {place}, card {}: the ink at position 3 is not",
            draft.serial(1)
        );
        assert!(said.len() == 1 && said[0].starts_with(&begin), "{design}: {said:?}");
    }
    let mut draft = Draft::plain("letter", false, &[holder("An Peeters", "Kerkstraat 1")]);
    let line = line_of(&draft, 0, "Kerkstraat 1");
    let area = tokenkaart::design::Area {
        x: line.x,
        y: line.baseline - tokenkaart::design::Mm(2.0),
        width: tokenkaart::design::Mm(30.0),
        height: tokenkaart::design::Mm(3.0),
    };
    draft.pages[0][0].items.push(Item::Fill { area, colour: Colour::BLACK });
    let said = crate::said(&draft);
    assert!(said.len() == 1 && said[0].contains("the ink of the text `address`"), "{said:?}");
}

/// A design of one's own with what may lie under codes and names.
fn decorated() -> Design {
    let rules = "[[rule]]\nx = 0.0\ny = 0.0\nwidth = 85.6\nheight = 53.98\ncolour = \"#FFF4D6\"\n\
                 [[rule]]\nx = 10.0\ny = 8.0\nwidth = 30.0\nheight = 40.0\ncolour = \"#D6E8FF\"\n\
                 [grid]\n";
    let text = Design::built_in_text("card").unwrap();
    let text = text.replacen("[grid]\n", rules, 1).replacen("[page]\n", "[page]\nbleed = 3.0\n", 1);
    let text = text.replacen("code_size = 9.6", "code_size = 9.6\ncode_colour = \"#1A2B6B\"", 1);
    Design::parse("own.toml", &text, &mut |_| Err(String::new())).unwrap()
}

#[test]
fn light_grounds_and_coloured_codes_are_no_fault_with_the_design_and_without() {
    for (url, format) in [(Some(URL), CodeFormat::default()), (None, CodeFormat::federal())] {
        let mut order = order("card");
        order.design = decorated();
        order.cards.url = url.map(str::to_owned);
        order.cards.format = format;
        let names = [
            "An",
            "\u{15e}\u{fc}kr\u{fc} \u{c7}elik",
            "Jean-Baptiste van den Broeck-D\u{2019}Hondt",
            "AVA T\u{f3}th",
        ];
        let (folder, report) = issued(order, &names.map(|name| holder(name, "Dorp 1")));
        assert!(report.agrees(), "{:?}", report.disagreements);
        assert_eq!((report.codes_seen, report.is_placed), (96, false));
        let options = tokenkaart::check::CheckOptions { design: Some(decorated()), ..options() };
        let report = check(&folder.path().join("run"), &options, &mut |_| {}).unwrap();
        assert!(report.agrees(), "{:?}", report.disagreements);
        assert_eq!((report.codes_seen, report.is_placed), (96, true));
    }
}

#[test]
fn without_its_design_a_cards_ink_is_looked_at_where_its_text_says_it_is() {
    let unknown = || {
        let mut draft = draft();
        draft.parameters.design = "own.toml".into();
        draft
    };
    assert_eq!(seen(&unknown(), &|_| ()), (vec![], vec![], vec![]));
    let draft = unknown();
    let [x, y, size] = place_of_code(&draft, 5);
    let over = format!("Q\n0 g {x} {y} {} {} re f", 4.0 * size, 0.7 * size);
    assert_eq!(seen(&draft, &|document| around(document, "q", &over)), (vec![5], vec![], vec![]));
    let (codes, _, _) = seen(&draft, &exchange);
    assert!(codes.contains(&7) && codes.len() < 24);
    let mut draft = unknown();
    let text = draft.printed(0, 1);
    for item in &mut draft.pages[0][0].items {
        if let Item::Line(line) = item
            && line.text() == *text
        {
            line.colour = Colour { rgb: [0x90; 3] };
        }
    }
    assert_eq!(seen(&draft, &|_| ()), (vec![1], vec![], vec![]));
    // A serial that is covered, wherever a design of one's own has it.
    let draft = unknown();
    let line = line_of(&draft, 0, &draft.serial(0));
    let (x, y) = (line.x.0 * POINTS_PER_MM + 40.0, HEIGHT - line.baseline.0 * POINTS_PER_MM);
    let over = format!("Q 0 g {x} {} 30 {} re f", y + 1.0, Pt(1.0).0);
    assert_eq!(
        seen(&draft, &|document| around(document, "q", &over)),
        (vec![], vec!["serial".to_owned()], vec![])
    );
}
