//! Whose name and address is on which card, by a holder file.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokenkaart::{
    check::{CheckError, CheckOptions, CheckReport, ExpectedHolders, check},
    design::Design,
    read::{Place, Row},
};
use tokenkaart_token::{
    holder::{Holder, HolderId, Line, PostalAddress, din91379},
    language::Language,
    run_files::Window,
};

use super::{
    designs::{issued, order},
    draft::{Draft, holder},
};
use crate::options;

/// The holders of a file, the first of the id `first_id` with 1 in the place of its number.
fn expected(
    ids: &str,
    holders: &[Holder],
    design: Option<Design>,
) -> (ExpectedHolders, Option<Design>) {
    let mut expected = ExpectedHolders::new(PathBuf::from("holders.csv"));
    for (holder, number) in holders.iter().zip(1..) {
        let id = HolderId::new(&format!("{ids}{number}")).unwrap();
        let holder = Holder { id, ..holder.clone() };
        expected.add(&Row { place: Place::Line(number + 1), holder, password_hash: None });
    }
    (expected, design)
}

fn report(
    folder: &Path,
    (expected, design): (ExpectedHolders, Option<Design>),
) -> (CheckReport, Vec<String>) {
    let options = CheckOptions { holders: Some(expected), design, ..options() };
    let report = check(folder, &options, &mut |_| {}).unwrap();
    let mut said: Vec<String> =
        report.disagreements.kept().iter().map(ToString::to_string).collect();
    said.extend(options.holders.unwrap().unmet(&[]).kept().iter().map(ToString::to_string));
    (report, said)
}

fn two() -> [Holder; 2] {
    [holder("An Peeters", "Kerkstraat 1"), holder("Bo Maes", "Dorp 2")]
}

#[test]
fn two_holders_whose_cards_were_swapped_are_named() {
    let [an, bo] = two();
    for (design, back) in [("card", true), ("letter", false), ("sheet", true), ("sheet-10", false)]
    {
        let draft = Draft::plain(design, back, &[an.clone(), bo.clone()]);
        let folder = draft.write();
        let (right, said) = report(folder.path(), expected("holder-", &two(), None));
        assert_eq!((said.join("\n"), right.names_read), (String::new(), 2), "{design}");

        let draft = Draft::plain(design, back, &[bo.clone(), an.clone()]);
        let (swapped, said) = report(draft.write().path(), expected("holder-", &two(), None));
        assert!(!swapped.agrees());
        let place = |card: usize| match design {
            "card" => format!("page {}", 2 * card + 1),
            "letter" => format!("page {}", card + 1),
            _ => format!("page 1, place {}", card + 1),
        };
        let name = |card: usize, printed, name| {
            format!(
                "cards/0001.pdf, {}, card {}: \"{printed}\" is printed, and holder holder-{} of its \
                 record is \"{name}\" in the holder file",
                place(card),
                draft.serial(card),
                card + 1
            )
        };
        let whole = |name: &str, street: &str| format!("{name}, {street}, 3000 Leuven");
        let [ann, boo] = [whole("An Peeters", "Kerkstraat 1"), whole("Bo Maes", "Dorp 2")];
        let names = [name(0, "Bo Maes", "An Peeters"), name(1, "An Peeters", "Bo Maes")];
        let addresses = [name(0, &boo, &ann), name(1, &ann, &boo)];
        let wanted = match design {
            "letter" => vec![&addresses[0], &names[0], &addresses[1], &names[1]],
            _ => names.iter().collect(),
        };
        assert_eq!(said.iter().collect::<Vec<_>>(), wanted, "{design}");
    }
}

#[test]
fn each_part_of_an_address_is_held_to_its_holder() {
    let an = holder("An Peeters", "Kerkstraat 1");
    let folder = Draft::plain("letter", false, std::slice::from_ref(&an)).write();
    let line = |text: &str| Line::new(text).unwrap();
    let change: [fn(&mut PostalAddress, Option<Line>); 4] = [
        |address, line| address.street = line,
        |address, line| address.postal_code = line,
        |address, line| address.city = line,
        |address, line| address.country = line,
    ];
    for (change, text) in change.into_iter().zip(["Kerkstraat 11", "3001", "Leuven 1", "NEDERLAND"])
    {
        let mut other = an.clone();
        change(&mut other.address, line(text));
        let (_, said) = report(folder.path(), expected("holder-", &[other], None));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains(text) && said[0].contains("\"An Peeters, Kerkstraat 1, 3000"));
    }
    // What no letter shows is not compared.
    let mut other = an;
    other.email = line("an@example.be");
    let (_, said) = report(folder.path(), expected("holder-", &[other], None));
    assert_eq!(said, [""; 0]);
}

/// Names as registers have them: marks, ligatures, other scripts, and ones that are broken or set
/// in small print.
fn nasty_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "Jan  de  Vries",
        "Rene\u{301}e D\u{2019}Hondt-\u{c7}elik",
        "Ffion Fflur Effie Fi Flöck",
        "\u{395}\u{3bb}\u{3ad}\u{3bd}\u{3b7} \u{3a0}\u{3b1}\u{3c0}\u{3ac}",
        "\u{421}\u{442}\u{43e}\u{44f}\u{43d} \u{41f}\u{435}\u{442}\u{43a}\u{43e}\u{432}",
        "Maria-Magdalena-Josephina-Catharina-Philippina von und zu Hohenlohe-Waldenburg-Schillings",
        "Anne Marie Jeanne Louise Françoise Ghislaine Van Den Broeck-Vandenbroucke",
        "Vandenbroeckvanderlindenvandermeersch-Vandenbroeckvanderlinden",
        "A",
        "Null 13 24",
        "{name} {serial}",
    ]
    .map(str::to_owned)
    .into();
    let letters: Vec<String> = din91379::latin().collect();
    names.extend(letters.chunks(40).map(|chunk| format!("X{}", chunk.concat())));
    names
}

#[test]
fn names_are_read_as_the_page_shows_them() {
    let names = nasty_names();
    let holders: Vec<Holder> = names
        .iter()
        .map(|name| holder(name, "Burgemeester Jan Baptist Vandenbroeckstraat 1"))
        .collect();
    for (design, window) in [
        ("card", Window::Left),
        ("letter", Window::Left),
        ("letter", Window::Right),
        ("sheet", Window::Left),
    ] {
        let mut order = order(design);
        order.cards.window = window;
        // What doesn't fit a design is refused there, and is no matter here.
        let languages = Language::ALL.iter().cycle();
        let composer =
            tokenkaart::layout::Composer::new(order.design.clone(), order.cards.clone()).unwrap();
        let fitting: Vec<Holder> = holders
            .iter()
            .zip(languages)
            .filter(|(holder, language)| composer.check(holder, **language).is_ok())
            .map(|(holder, _)| holder.clone())
            .collect();
        assert!(fitting.len() > 8, "{design}: {}", fitting.len());
        let (folder, _) = issued(order, &fitting);
        let run = folder.path().join("run");
        let with_language: Vec<Holder> = fitting
            .iter()
            .zip(Language::ALL.iter().cycle())
            .map(|(holder, language)| Holder { language: Some(*language), ..holder.clone() })
            .collect();
        let (right, said) = report(&run, expected("", &with_language, None));
        assert_eq!(said, [""; 0], "{design}");
        assert_eq!(right.names_read, fitting.len() as u64);
        // Each with one letter more is somebody else.
        let others: Vec<Holder> = fitting
            .iter()
            .map(|one| {
                holder(&format!("{}e", one.name), "Burgemeester Jan Baptist Vandenbroeckstraat 1")
            })
            .collect();
        let (_, said) = report(&run, expected("", &others, None));
        let each = if design == "letter" { 2 } else { 1 };
        assert_eq!(said.len(), each * fitting.len(), "{design}: {said:?}");
    }
}

#[test]
fn who_is_not_in_the_file_and_who_has_no_card_is_named() {
    let draft = Draft::plain("card", false, &two());
    let folder = draft.write();
    let [an, bo] = two();
    let (_, said) = report(folder.path(), expected("holder-", std::slice::from_ref(&an), None));
    assert_eq!(
        said,
        [format!(
            "records/0001.jsonl, line 2, card {}: the record is of holder holder-2, who is not in \
             the holder file",
            draft.serial(1)
        )]
    );
    let (_, said) = report(folder.path(), expected("holder-", &[an.clone(), bo, an], None));
    assert_eq!(said, ["holders.csv: line 4: holder holder-3 has no card in what was checked"]);
}

#[test]
fn a_code_in_the_place_of_a_name_is_not_shown() {
    let mut draft = Draft::plain("card", false, &two());
    let code = draft.printed(1, 5);
    let other = Draft::plain("card", false, &[holder(&code, "Dorp 2"), holder(&code, "Dorp 2")]);
    draft.pages = other.pages;
    let (_, said) = report(draft.write().path(), expected("holder-", &two(), None));
    let said = said.join("\n");
    assert!(said.contains("\"… … …\" is printed"), "{said}");
    assert!(!said.contains(&*code), "{said}");
}

/// A design that is none of the program's own, with bleed, and the name within a text.
fn own_design() -> Design {
    let text = Design::built_in_text("card").unwrap();
    let text = text.replacen("content = \"{name}\"", "content = \"Kaart van {name}, {serial}\"", 1);
    let text = text.replacen("[page]\n", "[page]\nbleed = 3.0\n", 1);
    Design::parse("own.toml", &text, &mut |_| Err(String::new())).unwrap()
}

fn issued_with_own_design() -> TempDir {
    let mut order = order("card");
    order.design = own_design();
    order.cards.office = None;
    order.cards.phone = None;
    issued(order, &[holder("An", "Dorp 1"), holder("Bo", "Dorp 2")]).0
}

#[test]
fn a_design_of_ones_own_says_where_names_stand() {
    let folder = issued_with_own_design();
    let run = folder.path().join("run");
    let names = |names: [&str; 2]| names.map(|name| holder(name, "Dorp 1"));
    let languages = |holders: [Holder; 2]| {
        let [an, bo] = holders;
        [(an, Language::Nl), (bo, Language::Fr)]
            .map(|(holder, language)| Holder { language: Some(language), ..holder })
    };
    let right = languages(names(["An", "Bo"]));
    let (report_of_it, said) = report(&run, expected("", &right, Some(own_design())));
    assert_eq!((said.join("\n"), report_of_it.names_read), (String::new(), 2));
    let (_, said) = report(&run, expected("", &names(["An", "Cy"]), Some(own_design())));
    assert!(said.len() == 1 && said[0].contains("\"Kaart van Bo, "), "{said:?}");

    for design in [None, Some(Design::built_in("card").unwrap())] {
        let (expected, design) = expected("", &right, design);
        let options = CheckOptions { holders: Some(expected), design, ..options() };
        let error = check(&run, &options, &mut |_| {}).unwrap_err();
        assert!(matches!(error, CheckError::DesignNeeded(_)), "{error}");
        assert!(error.to_string().contains("in its design own.toml, which"), "{error}");
    }
}

#[test]
fn a_register_number_is_one_id_however_it_is_written() {
    let records = |ids: [&str; 2]| {
        let mut draft = Draft::plain("card", false, &two());
        for (record, id) in draft.records.iter_mut().zip(ids) {
            let text = record.to_line().unwrap();
            let held = format!("\"holder\":\"{}\"", record.holder());
            *record = tokenkaart_token::record::Record::from_line(
                &text.replace(&held, &format!("\"holder\":\"{id}\"")),
            )
            .unwrap();
        }
        draft.write()
    };
    let file = |ids: [&str; 2]| {
        let mut expected = ExpectedHolders::new(PathBuf::from("holders.csv"));
        for ((holder, id), number) in two().into_iter().zip(ids).zip(2..) {
            let holder = Holder { id: HolderId::new(id).unwrap(), ..holder };
            expected.add(&Row { place: Place::Line(number), holder, password_hash: None });
        }
        (expected, None)
    };
    let (dotted, plain) = (["85.07.30-033.28", "93.05.18-223.61"], ["85073003328", "93051822361"]);
    for (of_records, of_file) in [(dotted, plain), (plain, dotted), (dotted, dotted)] {
        let (_, said) = report(records(of_records).path(), file(of_file));
        assert_eq!(said, [""; 0], "{of_records:?} {of_file:?}");
    }
    // Other ids are compared as they are.
    let (_, said) = report(records(["4711", "47-12"]).path(), file(["4711", "4712"]));
    assert!(said.len() == 2 && said[0].contains("holder 47-12, who is not"), "{said:?}");
}

#[test]
fn no_font_is_needed_to_know_whose_a_card_is() {
    let mut draft = Draft::plain("card", false, &two());
    // What the run's fallback font could print, and this program's own fonts can't.
    draft.parameters.office = Some("\u{738b}".into());
    let (read, said) = report(draft.write().path(), expected("holder-", &two(), None));
    assert_eq!((said.join("\n"), read.names_read), (String::new(), 2));
}
