//! One card in memory, as a counter hands it out, and the pages beside it.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "what can't be done is a failed test"
)]

use std::{collections::BTreeSet, num::NonZeroUsize};

use rand::{SeedableRng as _, rngs::ChaCha20Rng};
use tokenkaart::{
    card::{CardError, CardPlan, Hashing, MadeCard},
    design::Design,
    handout::{ActivationSheet, Receipt},
    layout::{CardOptions, LayoutError},
    paper::Paper,
};
use tokenkaart_token::{
    hash::{Pepper, Scheme, Verifier},
    holder::{Holder, HolderId, HolderName},
    language::Language,
    record::Record,
    token::{CodeFormat, Position, Random, Serial},
};
use zeroize::Zeroizing;

const DATE: jiff::civil::Date = jiff::civil::date(2026, 11, 28);

fn random(seed: u64) -> Random<ChaCha20Rng> {
    Random::new(ChaCha20Rng::seed_from_u64(seed))
}

fn hashing(pepper: Option<&Pepper>) -> Hashing<'_> {
    let scheme: Scheme = "argon2id:m=8,t=1,p=1".parse().unwrap();
    Hashing { scheme, pepper, threads: NonZeroUsize::new(2).unwrap() }
}

fn options() -> CardOptions {
    let url = Some("https://sign-in.example.be/?s={serial}".to_owned());
    let office = Some("Stad Voorbeeld".to_owned());
    CardOptions { url, office, ..CardOptions::new(CodeFormat::default(), DATE) }
}

fn holder(name: &str) -> Holder {
    Holder::new(HolderId::new("4711").unwrap(), HolderName::new(name).unwrap())
}

fn made(plan: &CardPlan<'_>, seed: u64) -> MadeCard {
    plan.make(&holder("Zoë 't Hoen"), Language::Fr, Vec::new(), &mut random(seed)).unwrap()
}

/// All texts of a page, a run on each line.
fn text(pdf: &[u8]) -> String {
    let paper = Paper::open(pdf.to_vec()).unwrap();
    assert_eq!(paper.page_count(), 1);
    let page = paper.page(1).unwrap();
    page.lines().iter().map(|run| run.text().to_string() + "\n").collect()
}

/// The numbered codes of a card, as its page has them.
fn codes(pdf: &[u8]) -> Vec<(Position, String)> {
    let paper = Paper::open(pdf.to_vec()).unwrap();
    let codes = paper.page(1).unwrap().codes(&CodeFormat::default()).unwrap();
    codes.into_iter().map(|(position, code)| (position, code.to_string())).collect()
}

#[test]
fn each_code_on_the_paper_is_the_one_whose_hash_is_in_the_record() {
    let pepper = Pepper::new(Zeroizing::new(vec![7; 32])).unwrap();
    for pepper in [None, Some(&pepper)] {
        let plan = CardPlan::new(
            Design::built_in("card").unwrap(),
            options(),
            None,
            false,
            hashing(pepper),
        );
        let MadeCard { pdf, record } = made(&plan.unwrap(), 1);
        let codes = codes(&pdf);
        assert_eq!(codes.len(), 24, "{}", text(&pdf));
        let mut verifier = Verifier::new(pepper);
        for (position, code) in &codes {
            let code = record.code_format().read(code).ok().unwrap();
            assert!(verifier.verify(&code, record.hash(*position)).unwrap(), "{position}");
        }
        assert!(text(&pdf).contains(&record.serial().to_string()));
        assert_eq!(record.key_id(), pepper.map(Pepper::key_id));
        let read = Record::from_line(&record.to_line().unwrap()).unwrap();
        assert_eq!(read, record);
    }
}

#[test]
fn a_card_is_of_the_day_names_what_it_voids_and_is_like_no_other() {
    let expires = Some("2027-11-28".parse().unwrap());
    let options = CardOptions { expires, ..options() };
    let plan =
        CardPlan::new(Design::built_in("card").unwrap(), options, None, false, hashing(None))
            .unwrap();
    let old: Serial = "K7M2-P9RT-3XYV-4CDX".parse().unwrap();
    let holder = holder("Jan Peeters");
    let one = plan.make(&holder, Language::Nl, vec![old.clone()], &mut random(1)).unwrap();
    assert_eq!((one.record.issued(), one.record.expires()), (DATE, expires));
    assert_eq!(one.record.voids(), [old]);
    assert_eq!(one.record.holder(), &holder.id);
    let other = plan.make(&holder, Language::Nl, Vec::new(), &mut random(2)).unwrap();
    let codes: BTreeSet<String> =
        [&one, &other].iter().flat_map(|card| codes(&card.pdf)).map(|(_, code)| code).collect();
    assert_eq!(codes.len(), 48);
    assert!(one.record.serial() != other.record.serial());
    assert!(text(&one.pdf).contains("28 november 2026"), "{}", text(&one.pdf));
}

#[test]
fn no_code_is_drawn_for_a_name_that_cannot_be_printed() {
    struct Never;
    impl rand::TryRng for Never {
        type Error = std::io::Error;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            panic!("a number was drawn")
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            panic!("a number was drawn")
        }
        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
            panic!("a number was drawn")
        }
    }
    impl rand::TryCryptoRng for Never {}
    let design = Design::built_in("card").unwrap();
    let plan = CardPlan::new(design, options(), None, false, hashing(None)).unwrap();
    let made = plan.make(&holder("王伟"), Language::Nl, Vec::new(), &mut Random::new(Never));
    let error = made.map(drop).unwrap_err();
    assert!(matches!(error, CardError::Layout(LayoutError::NoGlyph { .. })), "{error}");
}

#[test]
fn the_pages_beside_a_card_say_what_they_must_in_every_language() {
    let name = HolderName::new("Jean-Baptiste Þórðarson-Żółć").unwrap();
    let serial: Serial = "K7M2-P9RT-3XYV-4CDX".parse().unwrap();
    let receipt = Receipt {
        office: "Stad Voorbeeld",
        date: DATE,
        name: &name,
        serial: &serial,
        phone: Some("02 000 00 00"),
    };
    let sheet = ActivationSheet {
        office: "Stad Voorbeeld",
        date: DATE,
        name: &name,
        user_name: "jean.baptiste",
        email: "jean-baptiste@example.be",
        code: "K7M 2P9 RTV 3XY",
        address: "sign-in.example.be/activate",
        until: "2026-12-12".parse().unwrap(),
        phone: "1700",
    };
    let mut titles = BTreeSet::new();
    for language in Language::ALL {
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = words(text(&receipt.print(language, None).unwrap()));
        for part in ["Stad Voorbeeld", name.as_str(), &serial.to_string(), &language.date(DATE)] {
            assert!(said.contains(part), "{language}: {part}: {said}");
        }
        assert!(said.contains("02 000 00 00"), "{said}");
        titles.insert(said);
        let said = words(text(&sheet.print(language, None).unwrap()));
        for part in [sheet.code, sheet.address, sheet.email, sheet.user_name, "1700", "2026"] {
            assert!(said.contains(part), "{language}: {part}: {said}");
        }
        assert!(said.contains(&language.date(sheet.until)), "{said}");
        titles.insert(said);
    }
    assert_eq!(titles.len(), 8);
    // The longest that there may be: made smaller, and never cut.
    let long = HolderName::new(&"Wilhelmina-Charlotte ".repeat(9)).unwrap();
    let email = format!("{}@{}.example.be", "a".repeat(64), "b".repeat(63));
    let sheet = ActivationSheet { name: &long, email: &email, ..sheet };
    let said = text(&sheet.print(Language::De, None).unwrap());
    // Names and what they are stand on one line.
    let rest = email.split_at(64).1;
    assert!(said.replace("\nE-Mail-Adresse", "").replace('\n', "").contains(rest), "{said}");
    assert_eq!(said.matches("Wilhelmina").count(), 9, "{said}");
}
