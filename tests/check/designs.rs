//! Whole runs of each design, by the program's own hand, and letters with nasty addresses.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
};

use jiff::civil::date;
use rand::{SeedableRng, rngs::ChaCha20Rng};
use tempfile::TempDir;
use tokenkaart::{
    check::{CheckReport, Mismatch, check},
    design::Design,
    layout::CardOptions,
    paper::Paper,
    run::{IssueOptions, Plan, Stop, WorkOptions, issue},
};
use tokenkaart_token::{
    files::Sha256Digest,
    holder::{Holder, HolderId},
    language::Language,
    run_files::{Sort, manifest::Manifest},
    token::{CodeFormat, Random},
};

use super::draft::{Draft, URL, holder};
use crate::{options, said};

pub(crate) fn order(design: &str) -> IssueOptions {
    IssueOptions {
        out: PathBuf::new(),
        design: Design::built_in(design).unwrap(),
        fallback_font: None,
        cards: CardOptions {
            office: Some("Stad Leuven".into()),
            phone: Some("016 12 34 56".into()),
            ..CardOptions::new(CodeFormat::default(), date(2026, 11, 22))
        },
        tagged: false,
        language: Language::Nl,
        scheme: "argon2id:m=8,t=1,p=1".parse().unwrap(),
        pepper: None,
        sort: Sort::Input,
        shard: None,
        known: None,
        only: None,
        reissue: None,
        bundle: NonZeroU32::new(2).unwrap(),
        seal_to: None,
        sign_with: None,
    }
}

/// Carries an order out in a new folder and checks it.
pub(crate) fn issued(order: IssueOptions, holders: &[Holder]) -> (TempDir, CheckReport) {
    let languages = Language::ALL.iter().cycle();
    let holders = holders.iter().zip(languages).zip(1..).map(|((holder, language), id)| Holder {
        id: HolderId::new(&format!("{id}")).unwrap(),
        language: Some(*language),
        ..holder.clone()
    });
    let holders: Vec<Holder> = holders.collect();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let order = IssueOptions { out: out.clone(), ..order };
    let plan = Plan::new(order, &holders, Sha256Digest::of(b"")).unwrap();
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(5));
    let stop = Stop::new();
    let threads = NonZeroUsize::new(2).unwrap();
    let work = WorkOptions { threads, resume: false, process: 1, stop: &stop };
    issue(&plan, work, &mut random, &mut |_| {}).unwrap();
    let report = check(&out, &options(), &mut |_| {}).unwrap();
    (folder, report)
}

#[test]
fn runs_of_every_design_agree_with_and_without_backs_and_sign_in_pages() {
    for (design, back, url, cards, pages) in [
        ("card", true, Some(URL), 3, [4, 2]),
        ("card", true, None, 1, [2, 0]),
        ("letter", false, Some(URL), 3, [2, 1]),
        ("letter", false, None, 1, [1, 0]),
        ("large", true, Some(URL), 3, [4, 2]),
        ("large", false, None, 1, [1, 0]),
        ("sheet", false, None, 1, [1, 0]),
        ("sheet", true, Some(URL), 1, [2, 0]),
        ("sheet", false, Some(URL), 8, [1, 0]),
        // Without a serial the QR codes of a sheet all say the same.
        ("sheet", false, Some("https://aanmelden.example/"), 8, [1, 0]),
        ("sheet", false, Some(URL), 9, [1, 1]),
        ("sheet", true, Some(URL), 9, [2, 2]),
        ("sheet-10", true, Some(URL), 11, [2, 2]),
    ] {
        let case = format!("{cards} of {design}, back {back}, {url:?}");
        let holders = vec![holder("Ren\u{e9}e D\u{2019}Hondt", "Kerkstraat 1"); cards];
        let mut order = order(design);
        order.cards.back = back;
        order.cards.url = url.map(str::to_owned);
        let (folder, report) = issued(order, &holders);
        assert!(report.agrees(), "{case}: {:?}", report.disagreements);
        let cards = cards as u64;
        assert_eq!((report.cards_read, report.codes_verified), (cards, 24 * cards), "{case}");
        assert_eq!(report.qr_codes_read, if url.is_some() { cards } else { 0 }, "{case}");
        let manifest = Manifest::read(&folder.path().join("run")).unwrap();
        let listed: Vec<u32> = manifest.bundles.iter().map(|b| b.cards.pages).collect();
        assert_eq!(listed, pages.into_iter().filter(|p| *p > 0).collect::<Vec<_>>(), "{case}");
        for bundle in &manifest.bundles {
            let bytes = std::fs::read(folder.path().join("run").join(&bundle.cards.path)).unwrap();
            let there = Paper::open(bytes).unwrap().page_count();
            assert_eq!(there, bundle.cards.pages as usize, "{case}");
        }
    }
}

#[test]
fn a_name_or_a_street_that_looks_like_a_code_is_no_disagreement() {
    let reading = |name: &str, street: &str| {
        let report = said(&Draft::of("letter", false, &[holder(name, street)]));
        report.join("\n")
    };
    // Like codes, and none: no number beside them, other groups, other symbols, no position.
    for (name, street) in [
        ("CDF 234 567", "CDF 234 567"),
        ("13 ABE DEF GHJ", "13 ABE DEF GHJ"),
        ("An 13", "13 KRT SCH"),
        ("25 CDF 234 567", "0 CDF 234 567"),
        ("1 2 3 4 5 6 7 8 9", "13 14 15 16 17 18 19 20"),
        ("An 7", "Nieuwstraat 7 bus 24"),
        ("2222-2222-2222", "Serienummer 2222"),
        ("tokenkaart", "{serial} {name}"),
    ] {
        assert_eq!(reading(name, street), "", "{name}, {street}");
    }
    // Like code 13 with its number: but no code stands there, and none is so large.
    for (name, street) in
        [("13 CDF 234 567", "Kerkstraat 1"), ("An Peeters", "13 CDF 234 567, 13. CDF 234 567")]
    {
        assert_eq!(reading(name, street), "", "{name}, {street}");
        for design in ["card", "sheet"] {
            let report = said(&Draft::of(design, false, &[holder(name, street)]));
            assert_eq!(report.join("\n"), "", "{design}, {name}, {street}");
        }
    }
}

#[test]
fn the_serial_of_another_letter_in_an_address_is_reported() {
    let holders = [holder("An Peeters", "Kerkstraat 1"), holder("Bo Maes", "Kerkstraat 2")];
    let other = Draft::of("letter", false, &holders).serial(0);
    let draft = Draft::of("letter", false, &[holders[0].clone(), holder("Bo Maes", &other)]);
    let report = crate::report(&draft.write());
    assert!(
        report.disagreements.kept().iter().any(|d| matches!(d.fault, Mismatch::ManySerials(2))),
        "{:?}",
        report.disagreements
    );
}
