use proptest::prelude::*;
use rand::{SeedableRng, rngs::ChaCha20Rng};
use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName, Line as FieldLine},
    language::Language,
    run_files::Window,
    token::{Alphabet, CheckSymbol, CodeFormat, Random, Token},
};

use super::*;
use crate::{
    design::{Area, Design, Font, Mm},
    symbol::mark::{Envelope, RunId, Sequence},
};

const URL: &str = "https://aanmelden.example.be/?s={serial}";

fn settings() -> CardOptions {
    CardOptions {
        format: CodeFormat::default(),
        url: Some(URL.to_owned()),
        date: jiff::civil::date(2026, 11, 22),
        office: Some("Stad Voorbeeld, Dienst Burgerzaken".to_owned()),
        phone: Some("02 000 00 00".to_owned()),
        back: false,
        window: Window::Left,
    }
}

fn composer() -> Composer {
    Composer::new(Design::built_in("card").unwrap(), settings()).unwrap()
}

fn holder(name: &str) -> Holder {
    let mut holder = Holder::new(HolderId::new("4711").unwrap(), HolderName::new(name).unwrap());
    holder.address.street = FieldLine::new("Kerkstraat 1 bus 2").unwrap();
    holder.address.postal_code = FieldLine::new("9000").unwrap();
    holder.address.city = FieldLine::new("Gent").unwrap();
    holder
}

fn token() -> Token {
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
    Token::draw(&CodeFormat::default(), &mut random).unwrap()
}

fn envelope() -> Envelope {
    let sequence = Sequence { number: 42, total: 1_000_000, file: 1, card: 42, cards: 250 };
    Envelope { run: RunId::from_bytes([0x5a; 16]), sequence }
}

/// The area a line's letters stand in: from the ascender of capitals to the descender.
fn area(composer: &Composer, line: &TextLine) -> Area {
    let face = composer.faces().get(line.font);
    let rise = Mm::from(line.size * face.cap_height());
    Area {
        x: line.x,
        y: line.baseline - rise,
        width: face.length(line.glyphs(), line.size).into(),
        height: rise + Mm::from(line.size * 0.22),
    }
}

/// The card and the letter, made once for many cases.
fn composers() -> &'static [Composer; 2] {
    static COMPOSERS: std::sync::OnceLock<[Composer; 2]> = std::sync::OnceLock::new();
    COMPOSERS.get_or_init(|| {
        ["card", "letter"]
            .map(|name| Composer::new(Design::built_in(name).unwrap(), settings()).unwrap())
    })
}

fn assert_tidy(composer: &Composer, page: &Page) {
    let printed = composer.design.printed_page();
    let safe = Area {
        x: Mm(3.0),
        y: Mm(3.0),
        width: printed.width - Mm(6.0),
        height: printed.height - Mm(6.0),
    };
    let mut placed: Vec<(Area, &str)> = Vec::new();
    for item in &page.items {
        let (area, what) = match item {
            Item::Fill { .. } | Item::Logo(_) => continue,
            Item::Line(line) => (area(composer, line), line.text()),
            Item::Symbol { area, .. } => (*area, "symbol"),
        };
        assert!(safe.contains(&area), "{what} leaves the safe area: {area:?}");
        for (other, what_other) in &placed {
            assert!(!area.overlaps(other), "{what} overlaps {what_other}");
        }
        placed.push((area, what));
    }
}

fn size_and_lines(name: &str) -> Result<(f32, Vec<String>), LayoutError> {
    let composer = composer();
    let pages = composer.compose(&holder(name), Language::Nl, &token(), &envelope())?;
    assert_tidy(&composer, &pages[0]);
    let lines: Vec<_> = pages[0]
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Line(line) if line.font == Font::Bold && line.x == Mm(3.0) => Some(line),
            _ => None,
        })
        .skip(1)
        .collect();
    Ok((lines[0].size.0, lines.iter().map(|line| line.text().to_owned()).collect()))
}

#[test]
fn a_short_name_is_set_large_in_one_line() {
    assert_eq!(size_and_lines("Jan Peeters").unwrap(), (11.0, vec!["Jan Peeters".to_owned()]));
}

#[test]
fn a_longer_name_is_set_smaller_before_it_is_broken() {
    let (size, lines) = size_and_lines("Marie-Louise Vandenbroucke-Desmedt").unwrap();
    assert_eq!(lines.len(), 1);
    assert!((7.0..11.0).contains(&size), "{size}");
}

#[test]
fn the_longest_name_of_the_register_fits_in_two_lines() {
    let name = "Jean-Baptiste Alexandre de Montmorency-Laval van den Broeck-Vandenbossche";
    let (size, lines) = size_and_lines(name).unwrap();
    assert_eq!(lines.join(" "), name);
    assert_eq!(lines.len(), 2);
    assert!(size >= 7.0);
}

#[test]
fn a_name_that_cannot_fit_is_refused_before_the_run() {
    let composer = composer();
    let holder = holder(&"Wolfeschlegelsteinhausenbergerdorff ".repeat(5));
    let error = composer.check(&holder, Language::De).unwrap_err();
    assert!(matches!(error, LayoutError::NameTooLong { .. }), "{error}");
    assert!(composer.compose(&holder, Language::De, &token(), &envelope()).is_err());
}

#[test]
fn a_name_in_letters_without_a_font_is_refused_by_character() {
    let holder = holder("Jan გიორგი");
    let error = composer().check(&holder, Language::Nl).unwrap_err().to_string();
    assert!(error.contains("`გ` (U+10D2)"), "{error}");
}

#[test]
fn braces_in_a_name_are_left_alone() {
    let (_, lines) = size_and_lines("Jan {serial} Peeters").unwrap();
    assert_eq!(lines, ["Jan {serial} Peeters"]);
}

#[test]
fn codes_are_large_and_every_format_that_fits_is_readable() {
    let composer = composer();
    assert!(composer.grid.code_size().0 >= 9.5, "{:?}", composer.grid.code_size());
    let design = Design::built_in("card").unwrap();
    let alphabet = Alphabet::new(Alphabet::DEFAULT).unwrap();
    for (length, fits) in [(6, true), (12, true), (16, false)] {
        let format = CodeFormat::new(alphabet.clone(), length, 4, CheckSymbol::None).unwrap();
        let composed = Composer::new(design.clone(), CardOptions { format, ..settings() });
        assert_eq!(composed.is_ok(), fits, "{length}");
    }
}

#[test]
fn every_design_is_tidy_in_every_language() {
    for name in Design::built_in_names() {
        let design = Design::built_in(name).unwrap();
        let back = design.back.is_some();
        let composer = Composer::new(design, CardOptions { back, ..settings() }).unwrap();
        for language in Language::ALL {
            let pages =
                composer.compose(&holder("Zoë Peeters"), language, &token(), &envelope()).unwrap();
            assert_eq!(pages.len(), composer.sides() as usize);
            for page in &pages {
                assert_tidy(&composer, page);
            }
        }
    }
}

#[test]
fn a_letter_without_an_address_or_an_office_is_refused() {
    let design = Design::built_in("letter").unwrap();
    let composer = Composer::new(design.clone(), settings()).unwrap();
    let mut homeless = holder("Jan Peeters");
    homeless.address.city = None;
    let error = composer.check(&homeless, Language::Nl).unwrap_err();
    assert_eq!(error, LayoutError::NoAddress { missing: "city" });
    let error = Composer::new(design, CardOptions { office: None, ..settings() }).err().unwrap();
    assert!(matches!(error, LayoutError::NotGiven { placeholder: "office", .. }), "{error}");
}

#[test]
fn a_sheet_takes_eight_or_ten_cards_and_their_backs_lie_behind_them() {
    for (name, per_sheet) in [("sheet", 8), ("sheet-10", 10)] {
        let design = Design::built_in(name).unwrap();
        let composer = Composer::new(design, CardOptions { back: true, ..settings() }).unwrap();
        let cards = (0..=per_sheet)
            .map(|_| {
                composer
                    .compose(&holder("Jan Peeters"), Language::Nl, &token(), &envelope())
                    .unwrap()
            })
            .collect();
        let pages = composer.impose(cards, "run 00, file 0001").unwrap();
        assert_eq!(pages.len(), 4);
        for page in &pages {
            assert_tidy(&composer, page);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_two_things_overlap_and_none_leaves_the_safe_area(
        words in prop::collection::vec("[A-Za-zÀ-žΑ-ωА-я'’-]{1,14}", 1..9),
        language in prop::sample::select(Language::ALL.to_vec()),
        design in 0_usize..2,
    ) {
        let composer = &composers()[design];
        let holder = holder(&words.join(" "));
        if composer.check(&holder, language).is_ok() {
            let pages = composer.compose(&holder, language, &token(), &envelope()).unwrap();
            assert_tidy(composer, &pages[0]);
        }
    }
}

#[test]
fn the_senders_line_moves_with_the_address() {
    for window in [Window::Left, Window::Right] {
        let design = Design::built_in("letter").unwrap();
        let address = design.address.unwrap().at(window);
        let composer = Composer::new(design, CardOptions { window, ..settings() }).unwrap();
        let pages =
            composer.compose(&holder("Jan Peeters"), Language::Nl, &token(), &envelope()).unwrap();
        let in_window = pages[0].items.iter().filter_map(|item| match item {
            Item::Line(line) if (45.0..50.0).contains(&line.baseline.0) => Some(line),
            _ => None,
        });
        let senders: Vec<_> = in_window.map(|line| (line.text(), line.x)).collect();
        assert_eq!(senders, [("Stad Voorbeeld, Dienst Burgerzaken", address.x)]);
    }
}
