//! Finished runs read back, whole ones and spoilt ones.
#![allow(clippy::unwrap_used, reason = "a run that can't be made is a failed test")]

mod check {
    pub(crate) mod designs;
    pub(crate) mod draft;
    mod envelopes;
    mod holders;
    mod ink;
    mod sheets;
}

use std::{fs, num::NonZeroUsize, path::PathBuf};

use check::{
    designs::{issued, order},
    draft::{Draft, HOLDERS, RUN, URL, holder, record, write_manifest},
};
use jiff::civil::date;
use tempfile::TempDir;
use tokenkaart::{
    check::{
        CheckError, CheckEvent, CheckOptions, CheckReport, Disagreement, Mismatch, Sample, check,
    },
    layout::Page,
};
use tokenkaart_token::{
    files::Sha256Digest,
    hash::{Pepper, Scheme},
    record::Record,
    run_files::{
        Parameters,
        manifest::{self, Manifest, ManifestError},
    },
    token::{Alphabet, CheckSymbol, CodeFormat, Position},
};
use zeroize::Zeroizing;

fn options() -> CheckOptions {
    CheckOptions {
        sample: None,
        paper_destroyed: false,
        pepper: None,
        identity: None,
        design: None,
        fallback_font: None,
        holders: None,
        signers: None,
        threads: NonZeroUsize::new(2).unwrap(),
    }
}

fn report(folder: &TempDir) -> CheckReport {
    check(folder.path(), &options(), &mut |_| {}).unwrap()
}

/// What a draft's check says, in order.
fn said(draft: &Draft) -> Vec<String> {
    let report = report(&draft.write());
    assert_eq!(report.disagreements.more(), 0);
    let said: Vec<String> = report.disagreements.kept().iter().map(ToString::to_string).collect();
    assert_no_code(draft, &said.join("\n"));
    said
}

fn assert_no_code(draft: &Draft, text: &str) {
    for card in 0..draft.tokens.len() {
        for position in Position::all() {
            let code = draft.printed(card, position.number());
            assert!(!text.contains(&*code) && !text.contains(&code.replace(' ', "")));
        }
    }
}

#[test]
fn a_run_as_it_was_made_agrees() {
    let folder = Draft::new().write();
    let mut events = Vec::new();
    let mut verified = 0;
    let report = check(folder.path(), &options(), &mut |event| match event {
        CheckEvent::CodeVerified => verified += 1,
        other => events.push(format!("{other:?}")),
    })
    .unwrap();
    assert!(report.agrees(), "{:?}", report.disagreements);
    assert_eq!(report.run, RUN);
    assert_eq!((report.bundles, report.files), (2, 5));
    assert_eq!((report.cards, report.cards_read, report.cards_sealed), (4, 4, 0));
    assert_eq!((report.codes_verified, verified, report.qr_codes_read), (96, 96, 4));
    assert_eq!(
        events,
        ["Begun { cards: 4, codes: 96 }", "BundleDone { number: 1 }", "BundleDone { number: 2 }"]
    );
}

#[test]
fn a_flipped_byte_in_any_file_is_reported() {
    let draft = Draft::new();
    let folder = draft.write();
    for name in
        ["manifest.json", "journal.jsonl", "cards/0001.pdf", "cards/0002.pdf", "records/0002.jsonl"]
    {
        let path = folder.path().join(name);
        let whole = fs::read(&path).unwrap();
        for quarter in 0..=4 {
            let place = quarter * (whole.len() - 1) / 4;
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let report = report(&folder);
            assert!(!report.agrees(), "byte {place} of {name}");
            assert!(
                report.disagreements.kept().iter().any(|d| d.file == name),
                "byte {place} of {name}"
            );
            assert_no_code(&draft, &format!("{:?}", report.disagreements));
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(report(&folder).agrees());
}

#[test]
fn files_that_are_missing_or_foreign_are_reported() {
    let folder = Draft::new().write();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    fs::remove_file(path("cards/0001.pdf")).unwrap();
    fs::write(path("cards/0003.pdf"), b"").unwrap();
    fs::create_dir_all(path("old/run")).unwrap();
    fs::write(path("old/run/codes.txt"), b"").unwrap();
    fs::remove_file(path("records/0002.jsonl")).unwrap();
    fs::create_dir(path("records/0002.jsonl")).unwrap();
    let report = report(&folder);
    let files: Vec<(&str, &Mismatch)> =
        report.disagreements.kept().iter().map(|d| (d.file.as_str(), &d.fault)).collect();
    assert!(
        matches!(
            files[..],
            [
                ("cards/0003.pdf", Mismatch::Unlisted),
                ("old/run/codes.txt", Mismatch::Unlisted),
                ("cards/0001.pdf", Mismatch::Missing),
                ("records/0002.jsonl", Mismatch::NotAFile),
                ("cards/0002.pdf", Mismatch::NoRecord),
                ("cards/0002.pdf", Mismatch::NoRecord),
            ]
        ),
        "{files:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_in_a_files_place_is_not_followed() {
    let folder = Draft::new().write();
    let path = folder.path().join("cards/0001.pdf");
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("0001.pdf");
    fs::rename(&path, &target).unwrap();
    std::os::unix::fs::symlink(target, path).unwrap();
    let report = report(&folder);
    assert!(matches!(
        report.disagreements.kept(),
        [Disagreement { fault: Mismatch::NotAFile, .. }]
    ));
}

#[test]
fn a_list_that_leads_out_of_the_folder_is_not_followed() {
    let folder = Draft::new().write();
    for path in ["../cards.pdf", "/etc/hostname", "", "cards/../cards/0001.pdf"] {
        let mut manifest = Manifest::read(folder.path()).unwrap();
        manifest.bundles[0].cards.path = path.into();
        write_manifest(folder.path(), manifest);
        let report = report(&folder);
        let outside = |d: &Disagreement| d.file == path && matches!(d.fault, Mismatch::Outside);
        assert!(report.disagreements.kept().iter().any(outside), "{path}");
    }
}

#[test]
fn codes_that_do_not_fit_their_hashes_are_named_by_page_and_serial() {
    let mut draft = Draft::new();
    let old = &draft.records[3];
    let mut hashes: Vec<_> = old.hashes().map(|(_, hash)| hash.clone()).collect();
    hashes.swap(6, 7);
    let (serial, holder) = (old.serial().clone(), old.holder().clone());
    let format = CodeFormat::default();
    draft.records[3] =
        Record::new(serial.clone(), holder, date(2026, 11, 22), None, None, format, hashes)
            .unwrap();
    let expected = [7, 8].map(|position| {
        format!(
            "cards/0002.pdf, page 2, card {serial}: the code printed at position {position} \
             does not fit its hash, so nobody could sign in with it"
        )
    });
    assert_eq!(said(&draft), expected);
}

#[test]
fn a_code_that_is_not_printed_is_reported() {
    let mut draft = Draft::new();
    let code = draft.printed(0, 5);
    draft.erase(0, &code);
    let serial = draft.tokens[0].serial().to_string();
    assert_eq!(
        said(&draft),
        [format!("cards/0001.pdf, page 1, card {serial}: no code can be read at position 5")]
    );
}

#[test]
fn a_card_without_its_serial_and_its_record_without_a_card_are_reported() {
    let mut draft = Draft::new();
    let serial = draft.tokens[1].serial().to_string();
    draft.erase(1, &serial);
    assert_eq!(
        said(&draft),
        [
            "cards/0001.pdf, page 2: no serial can be read on this card".to_owned(),
            format!(
                "records/0001.jsonl, line 2, card {serial}: no card bears the serial of this record"
            ),
        ]
    );
}

#[test]
fn a_card_printed_twice_is_reported() {
    let mut draft = Draft::new();
    let first = draft.tokens[2].serial().to_string();
    let lost = draft.tokens[3].serial().to_string();
    draft.pages[3] = vec![Page { items: draft.pages[2][0].items.clone() }];
    assert_eq!(
        said(&draft),
        [
            format!("cards/0002.pdf, page 2, card {first}: page 1 has this serial too"),
            format!(
                "records/0002.jsonl, line 2, card {lost}: no card bears the serial of this record"
            ),
        ]
    );
}

#[test]
fn cards_in_another_bundle_than_their_records_are_reported() {
    let mut draft = Draft::new();
    draft.pages.swap(0, 2);
    let said = said(&draft);
    assert_eq!(said.iter().filter(|s| s.contains("no record of this bundle")).count(), 2);
    assert_eq!(said.iter().filter(|s| s.contains("no card bears")).count(), 2);
    assert_eq!(said.len(), 4);
}

#[test]
fn a_holder_or_a_serial_that_comes_twice_is_reported() {
    let mut draft = Draft::new();
    draft.records[2] = record(&draft.tokens[2], 1, None);
    let serial = draft.tokens[2].serial().to_string();
    assert_eq!(
        said(&draft),
        [format!(
            "records/0002.jsonl, line 1, card {serial}: holder holder-1 has another record in \
             this run, on line 1 of records/0001.jsonl"
        )]
    );
    let mut draft = Draft::new();
    draft.records[1] = record(&draft.tokens[0], 2, None);
    let said = said(&draft);
    assert!(said.iter().any(|s| s.starts_with("records/0001.jsonl, line 2")
        && s.ends_with(
            "another record in this run has this serial, on line 1 of records/0001.jsonl"
        )));
}

#[test]
fn a_record_of_another_run_is_reported() {
    for (what, spoil) in [
        ("the date of issue", (|p| p.issued = date(2026, 11, 23)) as fn(&mut Parameters)),
        ("the end date", |p| p.expires = Some(date(2027, 11, 22))),
        ("the hashing scheme", |p| p.scheme = Scheme::argon2id(16, 1, 1).unwrap()),
    ] {
        let mut draft = Draft::new();
        spoil(&mut draft.parameters);
        let said = said(&draft);
        assert_eq!(said.len(), HOLDERS, "{said:?}");
        assert!(said.iter().all(|s| s.ends_with(what)), "{said:?}");
    }
}

#[test]
fn a_qr_code_that_leads_elsewhere_or_is_not_there_is_reported() {
    for (printed, listed, what) in [
        (Some("https://elders.example/?s={serial}"), Some(URL), "leads elsewhere"),
        (None, Some(URL), "no QR code can be read"),
        (Some(URL), None, "has no sign-in page"),
    ] {
        let mut draft = Draft::printed_with(printed, None);
        draft.parameters.url = listed.map(str::to_owned);
        let said = said(&draft);
        assert_eq!(said.len(), HOLDERS, "{said:?}");
        assert!(said.iter().all(|s| s.contains(what)), "{said:?}");
    }
    assert!(
        report(
            &Draft {
                parameters: Parameters { url: None, ..Draft::new().parameters },
                ..Draft::printed_with(None, None)
            }
            .write()
        )
        .agrees()
    );
}

#[test]
fn a_qr_code_that_gives_a_code_away_is_reported() {
    let code = Draft::new().printed(0, 9).to_lowercase().replace(' ', "-");
    let draft = Draft::printed_with(Some(&format!("https://aanmelden.example/?c={code}")), None);
    let said = said(&draft);
    assert_eq!(said.iter().filter(|s| s.contains("leads elsewhere")).count(), HOLDERS);
    let serial = draft.tokens[0].serial();
    let given = format!(
        "cards/0001.pdf, page 1, card {serial}: a QR code gives away the code at position 9; \
         destroy this card"
    );
    assert_eq!(said.iter().filter(|s| s.contains("gives away")).collect::<Vec<_>>(), [&given]);
}

#[test]
fn a_journal_that_tells_otherwise_is_reported() {
    let draft = Draft::new();
    let folder = draft.write();
    let path = folder.path().join("journal.jsonl");
    let journal = fs::read_to_string(&path).unwrap();
    for (from, to, what) in [
        ("\"holders\":4", "\"holders\":5", "differ in the number of holders"),
        ("\"first\":3", "\"first\":2", "differ in the range of holders of bundle 2"),
        ("\"pages\":2", "\"pages\":3", "differ in the cards of bundle 1"),
        ("\"bundle\":2", "\"bundle\":3", "differ in the parameters of the run"),
        ("\"number\":2", "\"number\":7", "differ in the existence of bundle 7"),
        ("\"event\":\"run\"", "\"event\":\"ran\"", "no line of a journal"),
    ] {
        let changed = journal.replacen(from, to, 1);
        assert_ne!(changed, journal, "{from}");
        fs::write(&path, &changed).unwrap();
        let mut manifest = Manifest::read(folder.path()).unwrap();
        manifest.journal.sha256 = Sha256Digest::of(changed.as_bytes());
        manifest.journal.bytes = changed.len() as u64;
        write_manifest(folder.path(), manifest);
        let report = report(&folder);
        let said = |d: &Disagreement| d.file == "journal.jsonl" && d.to_string().contains(what);
        assert!(report.disagreements.kept().iter().any(said), "{what}: {:?}", report.disagreements);
    }
}

#[test]
fn a_count_that_is_not_true_is_reported() {
    let draft = Draft::new();
    let folder = draft.write();
    let mut manifest = Manifest::read(folder.path()).unwrap();
    manifest.holders = 5;
    manifest.bundles[0].records.records = 3;
    manifest.bundles[1].cards.pages = 7;
    write_manifest(folder.path(), manifest);
    let said: Vec<String> =
        report(&folder).disagreements.kept().iter().map(ToString::to_string).collect();
    for expected in [
        "cards/0001.pdf: 2 pages are listed, and its 3 cards take 3",
        "cards/0002.pdf: 7 pages are listed, and its 2 cards take 2",
        "records/0001.jsonl: 3 records are listed and 2 are there",
        "cards/0002.pdf: 7 pages are listed and 2 are there",
    ] {
        assert!(said.iter().any(|s| s == expected), "{expected}: {said:?}");
    }
}

#[test]
fn a_sample_reads_so_many_cards_and_all_files() {
    let folder = Draft::new().write();
    let sample = Some(Sample { cards: 1, seed: [3; 32] });
    let options = CheckOptions { sample, ..options() };
    let report = check(folder.path(), &options, &mut |_| {}).unwrap();
    assert!(report.agrees(), "{:?}", report.disagreements);
    assert_eq!((report.files, report.cards_read, report.codes_verified), (5, 1, 24));
}

#[test]
fn a_sample_is_drawn_from_the_cards_that_are_there_however_many_are_listed() {
    let folder = Draft::new().write();
    let manifest = Manifest::read(folder.path()).unwrap();
    // More than there are, so that a place that is drawn and has no card leaves none out.
    let sample = Some(Sample { cards: 20, seed: [3; 32] });
    let options = CheckOptions { sample, ..options() };
    // So many that counting to them would take years, and so few that some would not be drawn.
    for (holders, records) in [(u64::MAX, u32::MAX), (1, 2)] {
        let mut manifest = manifest.clone();
        manifest.holders = holders;
        manifest.bundles[1].records.records = records;
        write_manifest(folder.path(), manifest);
        let report = check(folder.path(), &options, &mut |_| {}).unwrap();
        assert!(!report.agrees());
        assert_eq!(report.cards_read, 4, "{holders} holders");
    }
}

#[test]
fn cards_that_are_named_sealed_and_are_not_are_reported() {
    let folder = Draft::new().write();
    let mut manifest = Manifest::read(folder.path()).unwrap();
    for bundle in &mut manifest.bundles {
        let sealed = format!("{}.age", bundle.cards.path);
        fs::rename(folder.path().join(&bundle.cards.path), folder.path().join(&sealed)).unwrap();
        bundle.cards.path = sealed;
    }
    write_manifest(folder.path(), manifest);
    let report = report(&folder);
    for bundle in ["cards/0001.pdf.age", "cards/0002.pdf.age"] {
        let of_it = report.disagreements.kept().iter().filter(|d| d.file == bundle);
        let faults: Vec<&Mismatch> = of_it.map(|d| &d.fault).collect();
        assert!(
            matches!(faults[..], [Mismatch::SealedOtherwise, Mismatch::NotSealed]),
            "{faults:?}"
        );
    }
    assert_eq!((report.cards_read, report.cards_sealed, report.files), (0, 4, 5));
}

#[test]
fn a_run_with_a_pepper_is_checked_with_that_one_only() {
    let pepper = |byte| Pepper::new(Zeroizing::new(vec![byte; 32])).unwrap();
    let keyed = Draft::printed_with(Some(URL), Some(&pepper(1))).write();
    let with = |folder: &TempDir, pepper| {
        check(folder.path(), &CheckOptions { pepper, ..options() }, &mut |_| {})
    };
    assert!(with(&keyed, Some(pepper(1))).unwrap().agrees());
    assert!(matches!(with(&keyed, None), Err(CheckError::PepperNeeded { .. })));
    assert!(matches!(with(&keyed, Some(pepper(2))), Err(CheckError::OtherPepper { .. })));
    let plain = Draft::new().write();
    let error = with(&plain, Some(pepper(1))).unwrap_err().to_string();
    assert!(error.ends_with("leave it out"), "{error}");
}

#[test]
fn a_run_that_is_not_finished_can_not_be_checked() {
    let folder = Draft::new().write();
    fs::remove_file(folder.path().join(manifest::NAME)).unwrap();
    let error = check(folder.path(), &options(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, CheckError::Manifest(ManifestError::Missing { .. })));
    let nowhere = folder.path().join("nowhere");
    assert!(check(&nowhere, &options(), &mut |_| {}).is_err());
}

#[test]
fn runs_of_every_kind_agree_with_themselves() {
    let long =
        CodeFormat::new(Alphabet::new("0123456789").unwrap(), 8, 4, CheckSymbol::None).unwrap();
    for (format, scheme, url) in [
        (CodeFormat::default(), "argon2id:m=64,t=1,p=2", Some(URL)),
        (CodeFormat::default(), "argon2id:m=8,t=1,p=1", Some("https://aanmelden.example/")),
        (CodeFormat::federal(), "pbkdf2-sha256:i=10", None),
        (long, "argon2id:m=8,t=1,p=1", Some(URL)),
    ] {
        let names = [
            "An Peeters",
            "Ren\u{e9}e D\u{2019}Hondt-\u{c7}elik",
            "\u{141}ukasz \u{15a}wi\u{119}tek",
        ];
        let holders = names.map(|name| holder(name, "Kerkstraat 1"));
        let mut order = order("card");
        order.cards.url = url.map(str::to_owned);
        order.cards.format = format;
        order.scheme = scheme.parse().unwrap();
        let (_folder, report) = issued(order, &holders);
        assert!(report.agrees(), "{scheme}: {:?}", report.disagreements);
        assert_eq!((report.cards_read, report.codes_verified), (3, 72), "{scheme}");
        assert_eq!(report.qr_codes_read, if url.is_some() { 3 } else { 0 }, "{scheme}");
    }
}
