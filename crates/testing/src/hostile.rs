//! A run of holders whose ids would be something else, if anybody took them for it.

use std::fmt::Write as _;

use serde_json::json;

use crate::office::{FAST, Office};

/// Ids that would be something else, if anybody took them for it.
pub const HOSTILE: [&str; 22] = [
    "4711",
    "'; DROP TABLE tokenkaart_tokens; --",
    "x'), ('y",
    "cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "-1+1",
    "+1",
    "'-1",
    "a\"b\"\"c",
    "a,b;=1",
    "\\x",
    "\\'; DROP TABLE tokenkaart_tokens; -- ",
    "\\! touch here",
    "<file:///etc/passwd",
    "#comment",
    ":colon",
    "Zo\u{eb} \u{141}\u{f3}d\u{17a} \u{6f22}",
    "100%_% $HOME `id` $1 ?1 :name @x",
    "\u{ff1d}1",
    "A",
    "a",
    "{\"a\":1}",
];

/// An office with a run of hostile holders.
pub fn office() -> Office {
    let office = Office::new();
    let line = |id: &&str| format!("{}\n", json!({ "id": id, "name": "Jan Peeters" }));
    office.write("holders.jsonl", HOSTILE.iter().map(line).collect::<String>());
    let issue = ["issue", "holders.jsonl", "--out", "run", "--date", "2026-11-22", "--bundle", "5"];
    office.run(&[&issue[..], &["--expires", "2027-11-22"], &FAST].concat()).ended(0);
    office
}

/// A text's bytes in hexadecimal.
pub fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
