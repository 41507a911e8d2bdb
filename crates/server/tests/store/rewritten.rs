//! Records that say the same and are written otherwise: by another system, an editor, a mail.

use serde_json::{Map, Value};

use super::{
    office::{HOLDERS, Office, Said},
    site::Site,
};

fn import(office: &Office, site: &Site, what: &str) -> Said {
    let url = site.url();
    office.run(&["import", what, "--allow-weak-kdf", "--store", &url])
}

/// All members in the opposite order, at every depth.
fn turned(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .rev()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), turned(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(all) => {
            format!("[{}]", all.iter().map(turned).collect::<Vec<_>>().join(","))
        }
        value => value.to_string(),
    }
}

/// Every symbol of every text as an escape.
fn escaped(value: &Value) -> String {
    let text = |text: &str| {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
        format!("\"{}\"", units.collect::<String>())
    };
    match value {
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| format!("{}:{}", text(name), escaped(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        Value::Array(all) => {
            format!("[{}]", all.iter().map(escaped).collect::<Vec<_>>().join(","))
        }
        Value::String(string) => text(string),
        value => value.to_string(),
    }
}

/// Blanks wherever JSON lets them be, on one line.
fn spaced(text: &str) -> String {
    let (mut spaced, mut is_text) = (String::from(" \t"), false);
    for symbol in text.chars() {
        is_text ^= symbol == '"';
        if !is_text && "{}[]:,".contains(symbol) {
            spaced.extend([' ', symbol, '\t', ' ']);
        } else {
            spaced.push(symbol);
        }
    }
    spaced + " "
}

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

type Rewriting = (&'static str, fn(&str) -> String);

const REWRITTEN: [Rewriting; 7] = [
    ("CR LF", |text| text.replace('\n', "\r\n")),
    ("a mark before the text", |text| format!("\u{feff}{text}")),
    ("both", |text| format!("\u{feff}{}", text.replace('\n', "\r\n"))),
    ("members in another order", |text| each(text, |line| turned(&parsed(line)))),
    ("escapes", |text| each(text, |line| escaped(&parsed(line)))),
    ("blanks", |text| each(text, spaced)),
    ("members by name", |text| {
        each(text, |line| {
            let Value::Object(members) = parsed(line) else { unreachable!() };
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(members.into_iter().collect::<Map<_, _>>()).to_string()
        })
    }),
];

fn each(text: &str, line: impl Fn(&str) -> String) -> String {
    text.lines().map(|text| line(text) + "\n").collect()
}

fn written(office: &Office) -> String {
    String::from_utf8(office.files("run/records")["0001.jsonl"].clone()).unwrap()
}

#[test]
fn records_that_say_the_same_are_known_however_they_are_written() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    let text = written(&office);
    for (what, rewrite) in REWRITTEN {
        let rewritten = rewrite(&text);
        assert_ne!(rewritten, text, "{what}");
        office.write("records.jsonl", rewritten);
        // The file first, then its run; and the other way round.
        let site = Site::new();
        let said = import(&office, &site, "records.jsonl").ended(0);
        assert!(said.contains("records.jsonl: 3 tokens were imported"), "{what}: {said}");
        let said = import(&office, &site, "run").ended(0);
        assert!(said.contains("run: the store has this already (3 tokens)"), "{what}: {said}");
        let site = Site::new();
        import(&office, &site, "run").ended(0);
        let said = import(&office, &site, "records.jsonl").ended(0);
        assert!(said.contains("records.jsonl: the store has this already"), "{what}: {said}");
    }
}

#[test]
fn records_that_say_something_else_are_not() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--date", "2026-11-22"]);
    let text = written(&office);
    let site = Site::new();
    import(&office, &site, "run").ended(0);
    for (from, to) in [
        ("\"issued\":\"2026-11-22\"", "\"issued\":\"2026-11-23\""),
        ("\"issued\":\"2026-11-22\"", "\"issued\":\"2026-11-22\",\"expires\":\"2036-11-22\""),
        ("m=8,t=1", "m=8,t=2"),
        ("\"holder\":\"4712\"", "\"holder\":\"471\\u0033\""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        office.write("records.jsonl", changed);
        import(&office, &site, "records.jsonl").ended(2);
    }
    // A run's own files are held to its manifest to the byte.
    for (what, rewrite) in REWRITTEN {
        let site = Site::new();
        office.write("run/records/0001.jsonl", rewrite(&text));
        let said = import(&office, &site, "run").ended(2);
        assert!(said.contains("run/records/0001.jsonl: changed since"), "{what}: {said}");
    }
}
