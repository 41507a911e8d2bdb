//! What the targets have found, each once more by itself.

use std::fs;

use tokenkaart::{
    design::Design,
    read::{self, Input, InputFormat, ReadOptions},
    symbol::mark::Mark,
};
use tokenkaart_token::{
    record::Record,
    run_files::{
        journal::{self, Journal},
        manifest::{self, Manifest},
    },
};

use crate::{assert_is_told, folder};

const GARBLING: &str = "\u{1b}[2J";

#[test]
fn no_message_hands_on_what_would_garble_a_terminal() {
    let folder = folder();
    let path = folder.path().join("journal.jsonl");
    // JSON has no control characters but these.
    let json = format!("{{\"\u{7f}\u{9b}2J\":1,\"{}\":2}}", "x".repeat(10_000));
    fs::write(&path, format!("{json}\n")).unwrap();
    let error = journal::replay(&path).unwrap_err().to_string();
    assert_is_told(&error, "journal.jsonl:1: ");
    assert!(error.len() < 1000, "{error}");
    let error = Journal::resume(&path, |_| {}).err().unwrap().to_string();
    assert_is_told(&error, "journal.jsonl:1: ");
    fs::write(folder.path().join(manifest::NAME), &json).unwrap();
    let error = Manifest::read(folder.path()).unwrap_err().to_string();
    assert_is_told(&error, "manifest.json: ");
    assert!(error.len() < 1000, "{error}");
    let error = Record::from_line(&json).unwrap_err().to_string();
    assert_is_told(&error, "is not a record of a token: ");
    assert!(error.len() < 1000, "{error}");

    let error = format!("TK{GARBLING}").parse::<Mark>().unwrap_err().to_string();
    assert_is_told(&error, "a mark of version \\u{1b}");

    let card = Design::built_in_text("card").unwrap();
    for (from, to, told) in [
        ("= \"middle\"", "= \"middle\\u001b[2J\"", "unknown variant `middle\\u{1b}[2J`"),
        ("{name}", "{na\\u001b[2J}", "{na\\u{1b}[2J}, which nothing fills in"),
    ] {
        assert!(card.contains(from), "{from}");
        let card = card.replace(from, to);
        let error = Design::parse("d.toml", &card, &mut |_| Err(String::new())).unwrap_err();
        assert_is_told(&error.to_string(), told);
    }
}

#[test]
fn a_list_without_entries_is_told_by_the_first_that_is_missing() {
    for (text, what) in [("[", "is not closed"), ("[]{\"id\":1}", "is closed, but more follows")] {
        let input = Input::from_reader("h".as_ref(), text.as_bytes()).unwrap();
        let options = ReadOptions { format: Some(InputFormat::Json), ..ReadOptions::default() };
        let error = read::read(input, &options).unwrap_err().to_string();
        assert_is_told(&error, "h: entry 1 (line 1): ");
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn what_nobody_sees_is_left_out_of_a_house_number_too() {
    let text = "id;naam;straat;nr;postcode\n1;An;rue Haute;\u{ad}12;1000\n";
    let input = Input::from_reader("h".as_ref(), text.as_bytes()).unwrap();
    let options = ReadOptions { format: Some(InputFormat::Csv), ..ReadOptions::default() };
    let street = read::read(input, &options).unwrap().rows[0].holder.address.street.clone();
    assert_eq!(street.unwrap().as_str(), "rue Haute 12");
}
