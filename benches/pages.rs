//! How lean and how fast pages are: bytes a card and cards a second of printing alone.
//!
//! `cargo bench --bench pages` prints our figures; `benches/pages.sh` sets them beside other
//! makers of PDF on like pages in the same run.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a bench that can't begin ends")]
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "figures are for the terminal")]

use std::{
    fs,
    hint::black_box,
    path::PathBuf,
    time::{Duration, Instant},
};

use jiff::civil::date;
use qrcode::{EcLevel, QrCode};
use rand::{SeedableRng, rngs::ChaCha20Rng};
use tokenkaart::{
    design::Design,
    layout::{CardOptions, Composer, Page},
    print::{About, print},
    symbol::{
        mark::{Envelope, RunId, Sequence},
        qr,
    },
};
use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName},
    language::Language,
    token::{CodeFormat, Random, Token},
};

/// Cards a file, as in a run where the operator says nothing else.
const CARDS: usize = 250;
const ROUNDS: u32 = 8;
const GIVEN: [&str; 16] = [
    "An",
    "Renée",
    "Jean-Baptiste",
    "Đặng",
    "Łukasz",
    "Zoë",
    "Marie-Ange",
    "Jörg",
    "Ana",
    "Tom",
    "Fatima",
    "Ħelen",
    "Søren",
    "Îngrid",
    "Noor",
    "Willem",
];
const FAMILY: [&str; 16] = [
    "Peeters",
    "van ’t Hof",
    "de Montmorency-Laval",
    "Janssens",
    "Çelik",
    "Kovačević",
    "Müller",
    "El Amrani",
    "O’Neill",
    "Van den Broeck",
    "Dubois",
    "Šimůnek",
    "Wójcik",
    "Rossi",
    "Nguyễn",
    "Vandenbossche",
];

fn compose(url: Option<&str>) -> (Composer, Vec<Page>) {
    let format = CodeFormat::default();
    let design = Design::built_in("card").unwrap();
    let url = url.map(str::to_owned);
    let settings = CardOptions { url, ..CardOptions::new(format.clone(), date(2026, 11, 22)) };
    let composer = Composer::new(design, settings).unwrap();
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(7));
    let pages = (0..CARDS)
        .flat_map(|card| {
            let token = Token::draw(&format, &mut random).unwrap();
            let name = format!("{} {}", GIVEN[card % 16], FAMILY[card / 16]);
            let language = Language::ALL[card % 2];
            let name = HolderName::new(&name).unwrap();
            let holder = Holder::new(HolderId::new("1").unwrap(), name);
            let number = u32::try_from(card).unwrap() + 1;
            let sequence =
                Sequence { number: number.into(), total: 250, file: 1, card: number, cards: 250 };
            let envelope = Envelope { run: RunId::from_bytes([7; 16]), sequence };
            composer.compose(&holder, language, &token, &envelope).unwrap()
        })
        .collect();
    (composer, pages)
}

/// What a thing took when it was quickest.
fn quickest(mut work: impl FnMut()) -> Duration {
    let times = (0..400).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    });
    times.min().unwrap_or_default()
}

fn main() {
    let url = "https://aanmelden.gemeente.example.be/?s=K7M2-P9RT-3XYV-4CDX";
    println!(
        "a QR code: {:.1?}; by qrcode alone {:.1?}",
        quickest(|| drop(black_box(qr::encode(black_box(url), 13.4).unwrap()))),
        quickest(|| {
            let code = QrCode::with_error_correction_level(black_box(url), EcLevel::Q).unwrap();
            drop(black_box(code));
        }),
    );
    let folder = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/bench-pages"));
    fs::create_dir_all(&folder).unwrap();
    let about = || About::new("tokenkaart 0001".to_owned(), Language::Nl, date(2026, 11, 22));
    for (what, url) in [
        ("a QR code a serial", Some("https://aanmelden.gemeente.example.be/?s={serial}")),
        ("one QR code for all", Some("https://aanmelden.gemeente.example.be/")),
        ("no QR code", None),
    ] {
        let begun = Instant::now();
        let (composer, pages) = compose(url);
        let composing = begun.elapsed().div_f64(CARDS as f64);
        let pdf = print(composer.design(), composer.faces(), &pages, &about()).unwrap();
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            print(composer.design(), composer.faces(), &pages, &about()).unwrap();
        }
        let printing = begun.elapsed() / ROUNDS;
        let path = folder.join(format!("{}.pdf", what.replace(' ', "-")));
        fs::write(&path, &*pdf).unwrap();
        println!(
            "{what}: {} bytes a card, {:.0} cards a second printed ({:.1} ms a file of {CARDS}), \
             {composing:.1?} a card laid out",
            pdf.len() / CARDS,
            CARDS as f64 / printing.as_secs_f64(),
            printing.as_secs_f64() * 1000.0,
        );
    }
}
