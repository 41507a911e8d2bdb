//! `docs/record.schema.json` and the reader of records say the same of the same lines.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use jsonschema::Validator;
use rand::{SeedableRng as _, rngs::ChaCha20Rng};
use serde_json::{Value, json};
use tokenkaart_token::{
    hash::{CodeHasher, Pepper},
    holder::HolderId,
    record::Record,
    token::{Alphabet, CheckSymbol, CodeFormat, Position, Random, Token},
};
use zeroize::Zeroizing;

fn schema() -> Validator {
    let schema = serde_json::from_str(include_str!("../docs/record.schema.json")).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

fn line(scheme: &str, format: CodeFormat, pepper: Option<&Pepper>, expires: bool) -> String {
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(12));
    let token = Token::draw(&format, &mut random).unwrap();
    let mut hasher = CodeHasher::new(scheme.parse().unwrap(), pepper).unwrap();
    let codes = Position::all()
        .map(|position| hasher.hash(token.code(position), &random.salt().unwrap()).unwrap())
        .collect();
    Record::new(
        token.serial().clone(),
        HolderId::new("85.07.30-033 é \"x\"").unwrap(),
        jiff::civil::date(2026, 11, 22),
        expires.then_some(jiff::civil::date(2028, 2, 29)),
        pepper.map(Pepper::key_id),
        format,
        codes,
    )
    .unwrap()
    .voiding(if expires { vec!["K7M2-P9RT-3XYV-4CDX".parse().unwrap()] } else { Vec::new() })
    .unwrap()
    .to_line()
    .unwrap()
}

fn cheap() -> String {
    line("argon2id:m=8,t=1,p=1", CodeFormat::default(), None, false)
}

#[test]
fn every_record_fits_the_schema() {
    let schema = schema();
    let pepper = Pepper::new(Zeroizing::new(vec![3; 32])).unwrap();
    let digits =
        CodeFormat::new(Alphabet::new("0123456789").unwrap(), 8, 4, CheckSymbol::None).unwrap();
    for scheme in ["argon2id:m=8,t=1,p=1", "argon2id:m=64,t=3,p=8", "argon2id", "pbkdf2-sha256:i=1"]
    {
        for format in [CodeFormat::default(), CodeFormat::federal(), digits.clone()] {
            for (pepper, expires) in [(None, false), (Some(&pepper), true)] {
                let line = line(scheme, format.clone(), pepper, expires);
                let value: Value = serde_json::from_str(&line).unwrap();
                let faults: Vec<_> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
                assert!(faults.is_empty(), "{faults:?}");
                assert_eq!(Record::from_line(&line).unwrap().to_line().unwrap(), line);
            }
        }
    }
}

/// One change of a record and the same change of its JSON.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = serde_json::from_str(&cheap()).unwrap();
    change(&mut value);
    value
}

#[test]
fn what_the_schema_refuses_the_reader_refuses() {
    let schema = schema();
    let set = |pointer: &str, to: Value| changed(|value| *value.pointer_mut(pointer).unwrap() = to);
    let add = |pointer: &str, name: &str, to: Value| {
        changed(|value| value.pointer_mut(pointer).unwrap()[name] = to)
    };
    let mut bad = vec![
        set("/version", json!(2)),
        set("/version", json!("1")),
        set("/serial", json!("k7m2-p9rt-3xyv-4cdx")),
        set("/serial", json!("K7M2P9RT3XYV4CDX")),
        set("/serial", json!("K7M2-P9RT-3XYV-4CD0")),
        set("/serial", json!(5)),
        set("/holder", json!("")),
        set("/holder", json!(4711)),
        set("/holder", json!("x".repeat(201))),
        set("/issued", json!("2026-11-31")),
        set("/issued", json!("2026-02-29")),
        set("/issued", json!("20261122")),
        set("/issued", json!("2026-11-22T00:00:00")),
        set("/issued", json!("-000001-11-22")),
        set("/issued", json!(null)),
        add("", "expires", json!(null)),
        add("", "expires", json!("never")),
        add("", "voids", json!(null)),
        add("", "voids", json!([])),
        add("", "voids", json!("K7M2-P9RT-3XYV-4CDX")),
        add("", "voids", json!(["k7m2-p9rt-3xyv-4cdx"])),
        add("", "voids", json!(["K7M2-P9RT-3XYV-4CDX", "K7M2-P9RT-3XYV-4CDX"])),
        set("/scheme", json!("bcrypt")),
        set("/scheme", json!("argon2i")),
        set("/scheme", json!("pbkdf2-sha256")),
        set("/key_id", json!("")),
        set("/key_id", json!("0123456789ABCDEF")),
        set("/key_id", json!("0123456789abcde")),
        set("/key_id", json!(7)),
        set("/code_format", json!(["23456789CDFHJKMNPRTVWXY", 9, 3, "weighted-sum"])),
        set("/code_format/alphabet", json!("23456789cdfhjkmnprtvwxy")),
        set("/code_format/alphabet", json!("2345-789CDFHJKMNPRTVWXY")),
        set("/code_format/length", json!(0)),
        set("/code_format/length", json!(17)),
        set("/code_format/length", json!("9")),
        set("/code_format/grouping", json!(-1)),
        set("/code_format/check", json!("luhn")),
        add("/code_format", "separator", json!(" ")),
        set("/codes", json!([])),
        set("/codes", json!({})),
        set("/codes/0", json!([1, cheap_hash()])),
        set("/codes/0/position", json!(2)),
        set("/codes/23/position", json!(25)),
        set("/codes/5/position", json!(0)),
        set("/codes/5/hash", json!("")),
        set("/codes/5/hash", json!(null)),
        set("/codes/5/hash", json!(cheap_hash().replace("$v=19", ""))),
        set("/codes/5/hash", json!(cheap_hash().replace("argon2id", "argon2d"))),
        set("/codes/5/hash", json!(cheap_hash().replace("m=8", "m=4294967295"))),
        set("/codes/5/hash", json!(cheap_hash().replace("t=1", "t=01"))),
        set("/codes/5/hash", json!(format!("{}=", cheap_hash()))),
        set("/codes/5/hash", json!(format!("{}\n", cheap_hash()))),
        add("/codes/7", "code", json!("K7M2P9RTV")),
        add("", "name", json!("Jan Peeters")),
        changed(|value| value["codes"].as_array_mut().unwrap().swap(3, 4)),
        changed(|value| drop(value["codes"].as_array_mut().unwrap().pop())),
        changed(|value| {
            let codes = value["codes"].as_array_mut().unwrap();
            codes.push(codes[0].clone());
        }),
        json!([1, 2]),
        json!(null),
        json!({}),
    ];
    for name in
        ["version", "serial", "holder", "issued", "scheme", "key_id", "code_format", "codes"]
    {
        bad.push(changed(|value| drop(value.as_object_mut().unwrap().remove(name))));
    }
    for name in ["alphabet", "length", "grouping", "check"] {
        bad.push(changed(|value| drop(value["code_format"].as_object_mut().unwrap().remove(name))));
    }
    for value in bad {
        assert!(!schema.is_valid(&value), "the schema takes {value}");
        assert!(Record::from_line(&value.to_string()).is_err(), "the reader takes {value}");
    }
}

fn cheap_hash() -> String {
    let value: Value = serde_json::from_str(&cheap()).unwrap();
    value["codes"][5]["hash"].as_str().unwrap().to_owned()
}

#[test]
fn what_no_schema_can_say_the_reader_refuses() {
    let good = cheap();
    for (from, to) in [
        (r#""holder":"#, r#""holder":"4712","holder":"#),
        (r#""position":1,"#, r#""position":1,"position":1,"#),
        (r#""length":9,"#, r#""length":9,"length":9,"#),
        (r#""length":9,"#, r#""length":3,"#),
        (r#""length":9,"#, r#""length":2,"#),
        ("23456789CDFH", "22456789CDFH"),
        ("23456789CDFH", "3456789CDFH"),
        (r#""holder":""#, r#""holder":" "#),
        (r#""holder":""#, r#""holder":"\u202e"#),
        (r#""holder":""#, r#""holder":"e\u0301"#),
        ("m=8,t=1,p=1", "m=8,t=1,p=2"),
        ("m=8,t=1,p=1", "m=9999999,t=1,p=1"),
        (r#""scheme""#, r#""expires":"2026-11-22","scheme""#),
        (r#""scheme""#, r#""voids":["K7M2-P9RT-3XYV-4CDC"],"scheme""#),
        (r#"{"version":1"#, r#"{"version":1}{"version":1"#),
        (r#""code_format""#, "\u{0}\"code_format\""),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(Record::from_line(&bad).is_err(), "{bad}");
    }
    // A serial whose check symbol is another.
    let at = good.find('-').unwrap() - 1;
    let swapped = if good[at..].starts_with('2') { "3" } else { "2" };
    let mut bad = good.clone();
    bad.replace_range(at..=at, swapped);
    assert!(Record::from_line(&bad).is_err(), "{bad}");
    // Every line cut short.
    for end in (0..good.len()).filter(|end| good.is_char_boundary(*end)) {
        assert!(Record::from_line(&good[..end]).is_err(), "cut at {end}");
    }
}
