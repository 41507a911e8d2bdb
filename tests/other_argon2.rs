//! Argon2 and PBKDF2 that are not ours (the C reference by way of argon2-cffi, and `hashlib`)
//! verify our records, with the very script that `docs/record-format.md` gives to operators.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    fmt::Write as _,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use rand::{SeedableRng as _, rngs::ChaCha20Rng};
use serde_json::{Value, json};
use tokenkaart_token::{
    hash::{CodeHasher, Pepper, Scheme},
    holder::HolderId,
    record::Record,
    token::{CodeFormat, Position, Random, Token},
};
use zeroize::Zeroizing;

const DOCS: &str = include_str!("../docs/record-format.md");

/// Reads cases from standard input and holds each to what it should be.
const DRIVER: &str = r#"
import json, sys
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

seen = 0
for case in json.load(sys.stdin):
    record = case["record"]
    pepper = bytes.fromhex(case["pepper"]) if case["pepper"] else None
    assert record["key_id"] == (key_id(pepper) if pepper else None), "key id"
    for typed, stored in zip(case["printed"], record["codes"], strict=True):
        code = canonical(typed.lower(), record["code_format"])
        other = code[1:] + code[:1]
        where = record["scheme"], bool(pepper), stored["position"]
        assert verify(code, stored["hash"], pepper), where
        seen += 1
        if stored["position"] > 3:
            continue
        assert not verify(other, stored["hash"], pepper), where
        assert not verify(code, stored["hash"], bytes(32)), where
        if pepper:
            assert not verify(code, stored["hash"]), where
        elif record["scheme"] == "argon2id":
            # The C library's own reading of the string.
            assert PasswordHasher().verify(stored["hash"], code), where
            try:
                PasswordHasher().verify(stored["hash"], other)
                raise AssertionError(where)
            except VerifyMismatchError:
                pass
print("verified", seen)
"#;

fn python() -> PathBuf {
    let python = std::env::var_os("TOKENKAART_TEST_PYTHON").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/test-venv/bin/python3"),
        PathBuf::from,
    );
    assert!(
        python.exists(),
        "there is no {}: run scripts/test.sh, which installs what the tests need",
        python.display()
    );
    python
}

fn script() -> String {
    let (_, rest) = DOCS.split_once("```python\n").unwrap();
    let (script, _) = rest.split_once("```").unwrap();
    format!("{script}\n{DRIVER}")
}

fn case(scheme: &str, format: &CodeFormat, pepper: Option<Vec<u8>>) -> Value {
    let scheme: Scheme = scheme.parse().unwrap();
    let key: String = pepper.iter().flatten().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let pepper = pepper.map(|bytes| Pepper::new(Zeroizing::new(bytes)).unwrap());
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(11));
    let token = Token::draw(format, &mut random).unwrap();
    let mut hasher = CodeHasher::new(scheme, pepper.as_ref()).unwrap();
    let codes = Position::all()
        .map(|position| hasher.hash(token.code(position), &random.salt().unwrap()).unwrap())
        .collect();
    let record = Record::new(
        token.serial().clone(),
        HolderId::new("4711").unwrap(),
        jiff::civil::date(2026, 11, 22),
        None,
        pepper.as_ref().map(Pepper::key_id),
        format.clone(),
        codes,
    )
    .unwrap();
    let printed: Vec<String> =
        Position::all().map(|position| token.code(position).printed(format).to_string()).collect();
    let record: Value = serde_json::from_str(&record.to_line().unwrap()).unwrap();
    json!({ "record": record, "printed": printed, "pepper": key })
}

#[test]
fn an_argon2_that_is_not_ours_verifies_our_records() {
    let default = CodeFormat::default();
    let federal = CodeFormat::federal();
    let cases = json!([
        case("argon2id", &default, None),
        case("argon2id", &default, Some((0..32).collect())),
        case("argon2id:m=1024,t=3,p=4", &federal, None),
        case("argon2id:m=1000,t=1,p=3", &federal, Some((0..200).collect())),
        case("pbkdf2-sha256:i=5000", &default, None),
        case("pbkdf2-sha256:i=5000", &federal, Some((0..100).collect())),
    ]);
    let mut child = Command::new(python())
        .args(["-c", &script()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(cases.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "verified 144\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_known_answers_of_the_documents_are_ours() {
    let code = CodeFormat::default().read("K7M 2P9 RTV").unwrap();
    let salt = std::array::from_fn(|place| u8::try_from(place).unwrap());
    let pepper = Pepper::new(Zeroizing::new((0..32).collect())).unwrap();
    let mut missing = Vec::new();
    let mut look_for = |text: String| {
        if !DOCS.contains(&format!("`{text}`")) {
            missing.push(text);
        }
    };
    for scheme in ["argon2id", "pbkdf2-sha256"] {
        for pepper in [None, Some(&pepper)] {
            let mut hasher = CodeHasher::new(scheme.parse().unwrap(), pepper).unwrap();
            look_for(hasher.hash(&code, &salt).unwrap().to_string());
        }
    }
    look_for(pepper.key_id().to_string());
    assert!(missing.is_empty(), "not in docs/record-format.md:\n{}", missing.join("\n"));
}
