//! Cards at the desk, in Chromium: what the browser got is read back and tried.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use base64ct::{Base64, Encoding as _};
use jiff::Zoned;
use rand::rngs::SysRng;
use serde_json::{Value, json};
use tokenkaart::paper::Paper;
use tokenkaart_auth::{
    store::Store,
    verify::{Answer, Asked, Gate, Peppers, Policy},
};
use tokenkaart_testing::{
    office::{holds, squeezed},
    running::Running,
};
use tokenkaart_token::{
    hash::{PhcString, Verifier},
    holder::HolderId,
    token::{CodeFormat, Position, Random},
};

use super::demo::{Demo, packages, said, scripts};

/// The codes of a card, as another program than the desk reads them.
fn codes(pdf: &[u8]) -> Vec<(Position, String)> {
    let paper = Paper::open(pdf.to_vec()).unwrap();
    let codes = paper.page(1).unwrap().codes(&CodeFormat::default()).unwrap();
    assert_eq!(codes.len(), 24);
    codes.into_iter().map(|(position, code)| (position, code.to_string())).collect()
}

fn text(pdf: &[u8]) -> String {
    let paper = Paper::open(pdf.to_vec()).unwrap();
    let page = paper.page(1).unwrap();
    page.lines().iter().map(|run| run.text().to_string() + "\n").collect()
}

/// Whether a code of a card lets its holder in.
fn lets_in(store: &mut Store, key: &str, codes: &[(Position, String)]) -> bool {
    let gate =
        Gate { policy: Policy::default(), peppers: Peppers::default(), actor: "test".to_owned() };
    let mut random = Random::new(SysRng);
    let holder = HolderId::new(key).unwrap();
    let asked = gate.challenge(store, &holder, &Zoned::now, &mut random).unwrap();
    let Asked::Challenge(challenge) = asked else { panic!("a wait") };
    let (_, code) = codes.iter().find(|(position, _)| *position == challenge.position).unwrap();
    let answer = gate.answer(store, &challenge.id, code, &Zoned::now).unwrap();
    matches!(answer, Answer::Accepted { .. })
}

/// Whether each code is that of the hash that is stored at its position.
fn are_stored(folder: &Path, key: &str, codes: &[(Position, String)]) -> bool {
    let store = rusqlite::Connection::open(folder.join("auth.db")).unwrap();
    let mut statement = store
        .prepare(
            "SELECT k.hash FROM codes k JOIN states s ON s.lane = k.lane AND s.serial = k.serial \
             WHERE k.holder = ?1 AND s.state = 'active' ORDER BY k.position",
        )
        .unwrap();
    let hashes = statement.query_map([key], |row| row.get::<_, String>(0)).unwrap();
    let hashes: Vec<PhcString> = hashes.map(|hash| hash.unwrap().parse().unwrap()).collect();
    hashes.len() == 24
        && hashes.iter().zip(codes).all(|(hash, (_, code))| {
            let code = CodeFormat::default().read(code).ok().unwrap();
            Verifier::new(None).verify(&code, hash).unwrap()
        })
}

#[test]
fn a_clerk_makes_cards_in_chromium_and_what_the_browser_got_works_when_it_is_confirmed() {
    let demo = Demo::start();
    let card = demo.ready.pointer("/citizen/card").and_then(Value::as_str).unwrap();
    let folder = Path::new(card).ancestors().nth(3).unwrap();
    let mut store = {
        let path = folder.join("auth.db");
        Store::open(&format!("sqlite:{}", path.display()).parse().unwrap()).unwrap()
    };
    let node = packages("test-node");
    for name in ["chromium.mjs", "cards.mjs"] {
        fs::copy(scripts().join(name), node.join(name)).unwrap();
    }
    let languages = said("TOKENKAART_LANGUAGES").unwrap_or_else(|| "nl,fr".to_owned());
    let languages: Vec<&str> = languages.split(',').collect();
    let pictures = said("TOKENKAART_PICTURES").map_or(Value::Null, Value::from);
    let mut command = Command::new("node");
    let command = command.arg(node.join("cards.mjs")).stdin(Stdio::piped());
    let mut child = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut tell = child.0.stdin.take().unwrap();
    let input = json!({ "demo": demo.ready, "languages": languages, "pictures": pictures });
    writeln!(tell, "{input}").unwrap();
    let mut secrets: Vec<String> = Vec::new();
    let mut heard = Vec::new();
    for line in BufReader::new(child.0.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        let what = said["what"].as_str().unwrap().to_owned();
        if what == "done" {
            done(&said, folder, &secrets, &heard, languages.len());
            return;
        }
        assert_ne!(what, "failed", "{said:#}");
        let pdf = said["pdf"].as_str().unwrap_or_else(|| panic!("{said:#}"));
        let pdf = Base64::decode_vec(pdf).unwrap();
        let key = said["key"].as_str().unwrap();
        match what.as_str() {
            "receipt" => {
                let serial = text(&pdf);
                assert!(
                    ["Stad", "Ville ", "City "].iter().any(|office| serial.contains(office)),
                    "{serial}"
                );
            }
            "activation" => {
                let said_on_paper = text(&pdf);
                let language = said["language"].as_str().unwrap();
                assert!(said_on_paper.contains(&format!("person.{language}@example.be")));
                let headings =
                    ["Uw activerings", "Votre code", "Ihr Aktivierungs", "Your activation"];
                let is_heading =
                    |line: &&str| headings.iter().any(|heading| line.starts_with(heading));
                let mut lines = said_on_paper.lines().skip_while(|line| !is_heading(line));
                let code = lines.nth(1).unwrap();
                assert!(code.len() >= 8, "{said_on_paper}");
                secrets.push(code.to_owned());
            }
            _ => {
                let codes = codes(&pdf);
                let is_active = what == "active";
                assert_eq!(are_stored(folder, key, &codes), is_active, "{what} {key}");
                assert_eq!(lets_in(&mut store, key, &codes), is_active, "{what} {key}");
                secrets.extend(codes.into_iter().map(|(_, code)| code));
            }
        }
        heard.push(what);
        writeln!(tell).unwrap();
    }
    panic!("the browser has said nothing more after {heard:?}");
}

/// What is to be so at the end of a clerk's morning.
fn done(said: &Value, folder: &Path, secrets: &[String], heard: &[String], languages: usize) {
    let all = ["pending", "active", "receipt", "activation", "spoilt"].repeat(languages);
    assert_eq!(heard, all);
    assert_eq!(said["looked"], 12 * languages);
    // The machine's part of a card, and all of it from a filled form on.
    let took: Vec<u64> =
        said["took"].as_array().unwrap().iter().map(|ms| ms.as_u64().unwrap()).collect();
    println!("a card took {took:?} ms, and {} ms in all", said["whole"]);
    assert!(took.iter().min().unwrap() <= &1500, "{took:?}");
    assert!(said["whole"].as_u64().unwrap() < 15_000, "{}", said["whole"]);
    // No code and no activation code anywhere but in those PDFs.
    let mut places = vec![("traffic".to_owned(), said["seen"].to_string().into_bytes())];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            places.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    assert!(places.len() > 3 && secrets.len() > 24 * languages);
    for (place, bytes) in places {
        let found = squeezed(&bytes);
        for (number, secret) in secrets.iter().enumerate() {
            assert!(!holds(&found, &squeezed(secret.as_bytes())), "{place}: secret {number}");
        }
    }
}
