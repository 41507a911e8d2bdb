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
    design::{Area, Colour, Design, Font, Mm},
    symbol::mark::{Envelope, RunId, Sequence},
};

const URL: &str = "https://aanmelden.example.be/?s={serial}";

fn settings() -> CardOptions {
    CardOptions {
        url: Some(URL.to_owned()),
        office: Some("Stad Voorbeeld, Dienst Burgerzaken".to_owned()),
        phone: Some("02 000 00 00".to_owned()),
        ..CardOptions::new(CodeFormat::default(), jiff::civil::date(2026, 11, 22))
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
    assert!(
        matches!(error, LayoutError::NotGiven { ref placeholder, .. } if placeholder == "office"),
        "{error}"
    );
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
        let slug = Slug { file: Some(1), language: Language::De };
        let pages = composer.impose(cards, slug).unwrap();
        assert_eq!(pages.len(), 4);
        for page in &pages {
            assert_tidy(&composer, page);
        }
        let Some(Item::Line(slug)) = pages[3].items.last() else { panic!("no slug") };
        assert_eq!(slug.text(), "tokenkaart, Datei 0001, Bogen 2 von 2, Rückseite");
    }
}

/// The lines of a card's page, front or back, in a language.
fn texts(composer: &Composer, holder: &Holder, language: Language, page: usize) -> Vec<String> {
    let pages = composer.compose(holder, language, &token(), &envelope()).unwrap();
    let lines = pages[page].items.iter().filter_map(|item| match item {
        Item::Line(line) => Some(line.text().to_owned()),
        _ => None,
    });
    lines.collect()
}

#[test]
fn the_issuer_stands_on_the_front_and_without_a_qr_code_the_header_takes_its_room() {
    let office = "Gemeente Sint-Genesius-Rode, Dienst Burgerlijke Stand";
    for (url, widest) in [(Some(URL.to_owned()), 64.5), (None, 79.6)] {
        let options = CardOptions { office: Some(office.to_owned()), url, ..settings() };
        let composer = Composer::new(Design::built_in("card").unwrap(), options).unwrap();
        let pages = composer.compose(&holder("Jan"), Language::Nl, &token(), &envelope()).unwrap();
        assert_tidy(&composer, &pages[0]);
        let mut lines = pages[0].items.iter().filter_map(|item| match item {
            Item::Line(line) if line.text() == office => Some(line),
            _ => None,
        });
        let issuer = lines.next().unwrap();
        let width = area(&composer, issuer).width.0;
        assert!((0.9 * widest..=widest + 0.01).contains(&width), "{width} of {widest}");
    }
    let options = CardOptions { office: None, ..settings() };
    let composer = Composer::new(Design::built_in("card").unwrap(), options).unwrap();
    assert_eq!(texts(&composer, &holder("Jan"), Language::Fr, 0)[0], "Carte à codes");
}

/// A card with one text more on its front and on its back.
fn card_that_says(content: &str) -> Design {
    let text = |side, y| {
        format!(
            "[[text]]\nkey = \"{side}\"\nside = \"{side}\"\nx = 3.0\ny = {y}\nwidth = 60.0\nheight = 2.0\n\
             size = 4.0\nmin_size = 1.0\ncontent = \"{content}\"\n\n"
        )
    };
    let card = Design::built_in_text("card")
        .unwrap()
        .replace("page]\nwidth = 85.60", "page]\nwidth = 95.0");
    let card = card.replace("height = 53.98", "height = 63.98");
    let added = text("front", "52.0") + &text("back", "52.0") + "[grid]";
    let text = card.replacen("[grid]", &added, 1);
    Design::parse("own.toml", &text, &mut |_| Err("none".to_owned())).unwrap()
}

#[test]
fn whatever_is_known_can_be_named_on_both_faces() {
    let design =
        card_that_says("{name}/{serial}/{date}/{id}/{office}/{phone}/{reply_to}/{url}/{expires}");
    let options = CardOptions {
        office: Some("Gent".to_owned()),
        phone: Some("09".to_owned()),
        reply_to: Some("Plein 1".to_owned()),
        expires: Some(jiff::civil::date(2027, 1, 1)),
        back: true,
        ..settings()
    };
    let composer = Composer::new(design, options).unwrap();
    let serial = token().serial().to_string();
    let wanted = format!(
        "Jan/{serial}/22 november 2026/4711/Gent/09/Plein 1/aanmelden.example.be/31 december 2026"
    );
    for page in [0, 1] {
        let said = texts(&composer, &holder("Jan"), Language::Nl, page);
        assert!(said.contains(&wanted), "{page}: {said:?}");
    }
}

#[test]
fn a_register_number_is_printed_on_no_card() {
    let composer = Composer::new(card_that_says("Nr. {id}"), settings()).unwrap();
    let mut registered = holder("Jan");
    for id in ["85073003328", "85.07.30-033.28"] {
        registered.id = HolderId::new(id).unwrap();
        let error = composer.check(&registered, Language::Nl).unwrap_err();
        assert_eq!(error, LayoutError::RegisterNumber { field: "front".to_owned() }, "{id}");
    }
    assert!(texts(&composer, &holder("Jan"), Language::Nl, 0).contains(&"Nr. 4711".to_owned()));
}

#[test]
fn nobody_is_told_to_call_or_to_report_without_being_told_where() {
    let calls = ["Bel ", "Appelez le ", "Rufen Sie ", "Call "];
    for name in Design::built_in_names() {
        let design = Design::built_in(name).unwrap();
        let back = design.back.is_some();
        for phone in [None, Some("02 000 00 00".to_owned())] {
            let options = CardOptions { back, phone: phone.clone(), ..settings() };
            let composer = Composer::new(design.clone(), options).unwrap();
            for language in Language::ALL {
                let pages = 0..usize::from(back) + 1;
                let said: Vec<String> = pages
                    .flat_map(|page| texts(&composer, &holder("Jan"), language, page))
                    .collect();
                let said = said.join(" ").replace('\u{a0}', " ");
                let said = said.replace("tout de suite ", "").replace("sofort ", "");
                let said = said.replace("meteen ", "");
                for vague in ["Meld het ons", "Prévenez-nous", "Melden Sie uns", "Tell us"] {
                    assert!(!said.contains(vague), "{name} {language}: {said}");
                }
                let told = calls.iter().filter(|call| said.contains(**call)).count();
                let shown = said.matches("02 000 00 00").count();
                let wanted = phone.is_some() && (back || name == "letter");
                assert_eq!((told > 0, shown > 0), (wanted, wanted), "{name} {language}: {said}");
            }
        }
    }
}

#[test]
fn the_sign_in_address_stands_in_print_on_letters_and_backs() {
    for (name, page) in [("card", 1), ("letter", 0)] {
        let design = Design::built_in(name).unwrap();
        let back = design.back.is_some();
        for (url, shown) in [(Some(URL.to_owned()), true), (None, false)] {
            let options = CardOptions { url, back, ..settings() };
            let composer = Composer::new(design.clone(), options).unwrap();
            for language in Language::ALL {
                let said = texts(&composer, &holder("Jan"), language, page).join(" ");
                assert_eq!(said.contains("aanmelden.example.be"), shown, "{name}: {said}");
            }
        }
    }
}

#[test]
fn a_letter_has_a_reference_and_says_where_to_answer() {
    let reply_to = "Grote Markt 1, 9000 Gent".to_owned();
    let options = CardOptions { reply_to: Some(reply_to.clone()), ..settings() };
    let composer = Composer::new(Design::built_in("letter").unwrap(), options).unwrap();
    let said = texts(&composer, &holder("Jan"), Language::Nl, 0);
    assert!(said.contains(&format!("Schrijf naar {reply_to}")), "{said:?}");
    assert!(said.contains(&format!("Ons kenmerk: {}", token().serial())), "{said:?}");
}

#[test]
fn a_card_that_ends_says_its_last_day() {
    for (name, page) in [("card", 1), ("letter", 0)] {
        let design = Design::built_in(name).unwrap();
        let back = design.back.is_some();
        let expires = Some(jiff::civil::date(2027, 3, 1));
        let composer = Composer::new(design, CardOptions { expires, back, ..settings() }).unwrap();
        let said = texts(&composer, &holder("Jan"), Language::Fr, page);
        assert!(said.contains(&"Valable jusqu’au 28 février 2027 inclus".to_owned()), "{said:?}");
    }
}

#[test]
fn position_numbers_are_dark_and_stand_off_rules_and_codes() {
    for name in Design::built_in_names() {
        let design = Design::built_in(name).unwrap();
        let grid = design.grid.clone();
        let composer = Composer::new(design, settings()).unwrap();
        let pages = composer.compose(&holder("Jan"), Language::Nl, &token(), &envelope()).unwrap();
        let column = grid.area.width.0 / f32::from(grid.columns);
        let lines = pages[0].items.iter().filter_map(|item| match item {
            Item::Line(line) if grid.area.contains(&area(&composer, line)) => Some(line),
            _ => None,
        });
        let lines: Vec<&TextLine> = lines.collect();
        assert_eq!(lines.len(), 48, "{name}");
        for pair in lines.chunks(2) {
            let [number, code] = [pair[0], pair[1]].map(|line| area(&composer, line));
            let from_rule = (number.x.0 - grid.area.x.0) % column;
            assert!(from_rule >= 0.4, "{name}: {} {from_rule}", pair[0].text());
            assert!(code.x.0 - number.right().0 >= 0.55, "{name}: {}", pair[0].text());
            assert!(pair[0].size.0 >= 7.0 && pair[0].colour.contrast(Colour::WHITE) >= 7.0);
        }
    }
}

#[test]
fn a_back_has_one_size_the_same_in_every_language() {
    for (url, phone) in [(true, true), (true, false), (false, true), (false, false)] {
        let options = CardOptions {
            back: true,
            // Longer than its line has room for.
            url: url.then(|| format!("https://aanmelden.{}.example.be/", "gemeente-".repeat(5))),
            phone: phone.then(|| "02 000 00 00".to_owned()),
            ..settings()
        };
        let composer = Composer::new(Design::built_in("card").unwrap(), options).unwrap();
        let mut sizes: Vec<f32> = Vec::new();
        for language in Language::ALL {
            let pages = composer.compose(&holder("Jan"), language, &token(), &envelope()).unwrap();
            assert_tidy(&composer, &pages[1]);
            sizes.extend(pages[1].items.iter().filter_map(|item| match item {
                Item::Line(line) => Some(line.size.0),
                _ => None,
            }));
        }
        let is_one = |size: &f32| (size - sizes[0]).abs() < 1e-4 && *size >= 6.0;
        assert!(sizes.iter().all(is_one), "{sizes:?}");
    }
}

#[test]
fn the_large_design_keeps_to_the_rules_of_clear_print() {
    let design = Design::built_in("large").unwrap();
    let (grid, fold) = (design.grid.area, design.page.height / 2.0);
    assert!(design.tagged && grid.y > fold, "folded, the codes lie inside");
    for (url, phone) in [(Some(URL.to_owned()), Some("02 000 00 00".to_owned())), (None, None)] {
        let options = CardOptions {
            url,
            phone,
            back: true,
            reply_to: Some("Grote Markt 1, 9000 Gent".to_owned()),
            expires: Some(jiff::civil::date(2031, 11, 22)),
            ..settings()
        };
        let composer = Composer::new(design.clone(), options).unwrap();
        let name = "Jean-Baptiste Alexandre de Montmorency-Laval van den Broeck-Vandenbossche";
        for language in Language::ALL {
            let pages = composer.compose(&holder(name), language, &token(), &envelope()).unwrap();
            let mut cells = 0;
            for page in &pages {
                assert_tidy(&composer, page);
                for item in &page.items {
                    let Item::Line(line) = item else { continue };
                    let text = line.text();
                    assert!(line.size.0 >= 16.0, "{text}: {} pt", line.size.0);
                    assert_eq!(line.colour, Colour::BLACK, "{text}");
                    assert_ne!((line.font, line.tag.role), (Font::Codes, Role::Paragraph));
                    if [Role::Number, Role::Code].contains(&line.tag.role) {
                        cells += 1;
                        assert!(line.size.0 >= 24.0, "{text}: {} pt", line.size.0);
                        assert_eq!(line.size, composer.grid.code_size(), "{text}");
                        assert!(line.baseline > fold);
                    } else {
                        // Set to the left, ragged on the right.
                        assert_eq!(line.x, Mm(12.0), "{text}");
                    }
                }
            }
            assert_eq!(cells, 48);
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

#[test]
fn a_design_knows_the_size_of_codes_without_their_font() {
    for name in Design::built_in_names() {
        let design = Design::built_in(name).unwrap();
        let ten = CodeFormat::new(Alphabet::new("0123456789").unwrap(), 8, 4, CheckSymbol::None);
        for format in [CodeFormat::default(), CodeFormat::federal(), ten.unwrap()] {
            let settings = CardOptions { format: format.clone(), url: None, ..settings() };
            let composer = Composer::new(design.clone(), settings).unwrap();
            let (laid, known) = (composer.grid.code_size(), design.grid.size_of_format(&format));
            assert!((laid.0 - known.0).abs() < 1e-3, "{name}: {laid:?} and {known:?}");
        }
    }
}
