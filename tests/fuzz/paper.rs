//! What stands on paper: design files, and the marks that a camera reads.

use jiff::civil::date;
use tokenkaart::{
    design::Design,
    layout::{CardOptions, Composer},
    symbol::mark::{Envelope, Mark, RunId, Sequence},
};
use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName},
    language::Language,
    token::{CodeFormat, Random, Token},
};

use crate::{Read, assert_is_told, corpus, run};

#[test]
fn no_design_file_breaks_a_promise_of_its_reader() {
    let words = [
        "x = 1.0\n",
        "y = -1.0\n",
        "width = 0.0\n",
        "width = 1e9\n",
        "width = nan\n",
        "size = inf\n",
        "[[text]]\n",
        "[[rule]]\n",
        "[sheet]\n",
        "[address]\n",
        "[grid]\n",
        "columns = 0\n",
        "columns = 24\n",
        "colour = \"#12345\"\n",
        "artwork = \"x.svg\"\n",
        "rows = 4294967295\n",
        "\"\"\"",
        "= ",
        "{name}",
    ];
    run("design", &corpus("design"), &words, &mut |bytes, lot| {
        let Ok(text) = std::str::from_utf8(bytes) else { return Read::Refused };
        let mut none = |_: &str| Err("there is none".to_owned());
        match Design::parse("d.toml", text, &mut none) {
            Ok(design) => {
                // The same file is the same design, and a card can be laid out or is refused.
                let again = Design::parse("d.toml", text, &mut none).unwrap();
                assert_eq!(again.sha256, design.sha256);
                if lot.below(50) == 0 {
                    compose(design);
                }
                Read::Accepted
            }
            Err(error) => {
                let error = error.to_string();
                assert_is_told(&error, "d.toml:");
                let place = error.split("d.toml:").nth(1).unwrap();
                let (line, rest) = place.split_once(':').unwrap();
                let line: usize = line.parse().unwrap();
                let column: usize = rest.split(':').next().unwrap().parse().unwrap();
                assert!(line >= 1 && column >= 1 && line <= text.split('\n').count() + 1);
                Read::Refused
            }
        }
    });
}

fn compose(design: Design) {
    let format = CodeFormat::default();
    let settings = CardOptions {
        url: Some("https://sign-in.example.be/?s={serial}".into()),
        office: Some("Stad Leuven".into()),
        phone: Some("016 12 34 56".into()),
        ..CardOptions::new(format.clone(), date(2026, 11, 22))
    };
    let Ok(composer) = Composer::new(design, settings) else { return };
    let mut random = Random::new(<rand::rngs::ChaCha20Rng as rand::SeedableRng>::seed_from_u64(7));
    let token = Token::draw(&format, &mut random).unwrap();
    let holder = Holder::new(HolderId::new("1").unwrap(), HolderName::new("Zoë Maes").unwrap());
    let sequence = Sequence { number: 42, total: 1000, file: 1, card: 42, cards: 250 };
    let envelope = Envelope { run: RunId::from_bytes([7; 16]), sequence };
    // No address may be a reason not to; a panic is none.
    drop(composer.compose(&holder, Language::Nl, &token, &envelope));
}

#[test]
fn no_mark_breaks_a_promise_of_its_reader() {
    let words = ["TK1", "TK2", "00", "99", "F", "f", "]d2"];
    run("mark", &corpus("mark"), &words, &mut |bytes, _| {
        let Ok(text) = std::str::from_utf8(bytes) else { return Read::Refused };
        match text.parse::<Mark>() {
            Ok(mark) => {
                assert_eq!(mark.to_string(), text, "another text is the same mark");
                Read::Accepted
            }
            Err(error) => {
                assert_is_told(&error.to_string(), "");
                Read::Refused
            }
        }
    });
}
