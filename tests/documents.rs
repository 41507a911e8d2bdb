//! What the documents list is held to the program.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a document that can't be read is a failed test")]

use std::{fs, path::Path, process::Command};

use tokenkaart::read::{self, Input, InputFormat, ReadOptions};
use tokenkaart_token::token::{Alphabet, CheckSymbol, CodeFormat};

/// The cells of a document's tables that have so many columns, without the lines of dashes.
fn rows(document: &str, columns: usize) -> Vec<Vec<&str>> {
    document
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect::<Vec<_>>())
        .filter(|cells| cells.len() == columns)
        .collect()
}

fn documents() -> Vec<String> {
    let mut paths = vec!["README.md".to_owned()];
    for entry in fs::read_dir("docs").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            paths.push(path.to_str().unwrap().to_owned());
        }
    }
    paths
}

#[test]
fn every_linked_file_is_there() {
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let folder = Path::new(&document).parent().unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            let is_elsewhere = link.is_empty() || link.starts_with("https://");
            assert!(is_elsewhere || folder.join(link).exists(), "{document}: {link}");
        }
    }
    for script in ["scripts/test.sh", "scripts/pictures.sh"] {
        assert!(Path::new(script).exists(), "{script}");
    }
}

#[test]
fn the_table_of_strengths_is_right() {
    let document = fs::read_to_string("docs/codes.md").unwrap();
    let rows = rows(&document, 6);
    assert!(rows.len() > 8);
    for row in &rows[1..] {
        let symbols: usize = row[0].parse().unwrap();
        let check = if row[2] == "yes" { CheckSymbol::WeightedSum } else { CheckSymbol::None };
        let all = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let alphabet = Alphabet::new(&all[..symbols]).unwrap();
        let format = CodeFormat::new(alphabet, row[1].parse().unwrap(), 0, check).unwrap();
        assert_eq!(format!("{:.1}", format.bits()), row[3], "{row:?}");
        let codes = (symbols as u64).pow(u32::try_from(format.random_symbols()).unwrap());
        assert_eq!(codes.to_string(), row[4].replace(' ', ""), "{row:?}");

        // The program makes such codes of these options, and they fit the card.
        let folder = tempfile::tempdir().unwrap();
        let options = row[5].strip_prefix('`').map_or("", |options| options.trim_matches('`'));
        let output = Command::new(env!("CARGO_BIN_EXE_tokenkaart"))
            .args(["issue", "--id", "1", "--name", "Jan Peeters", "--json", "--out"])
            .arg(folder.path().join("run"))
            .args(["--allow-weak-kdf", "--kdf", "argon2id:m=8,t=1,p=1"])
            .args(options.split_whitespace())
            .output()
            .unwrap();
        assert!(output.status.success(), "{row:?}: {}", String::from_utf8_lossy(&output.stderr));
        let bits = format!("\"code_bits\":{}", row[3]);
        assert!(String::from_utf8_lossy(&output.stdout).contains(&bits), "{row:?}");
    }
}

/// A value for a field that the program may check, and the columns that it needs beside it.
fn example(field: &str) -> (&'static str, &'static str, &'static str) {
    match field {
        "`id`" => ("85073003328", "name", "Jan Peeters"),
        "`name`" => ("Jan Peeters", "id", "4711"),
        "`given_name`" => ("Jan", "id;family_name", "4711;Peeters"),
        "`name_prefix`" => ("van den", "id;given_name;family_name", "4711;Jan;Berg"),
        "`family_name`" => ("Peeters", "id;given_name", "4711;Jan"),
        "`street`" => ("Kerkstraat 1", "id;name", "4711;Jan Peeters"),
        "`house_number`" => ("12", "id;name;street", "4711;Jan Peeters;Kerkstraat"),
        "`house_number_suffix`" => {
            ("bis", "id;name;street;house number", "4711;Jan Peeters;Kerkstraat;12")
        }
        "`box`" => ("34", "id;name;street", "4711;Jan Peeters;Kerkstraat 12"),
        "`postal_code`" => ("9000", "id;name", "4711;Jan Peeters"),
        "`city`" => ("Gent", "id;name", "4711;Jan Peeters"),
        "`country`" => ("BE", "id;name", "4711;Jan Peeters"),
        "`language`" => ("fr", "id;name", "4711;Jan Peeters"),
        "`email`" => ("jan@example.be", "id;name", "4711;Jan Peeters"),
        "`user_name`" => ("jan.peeters", "id;name", "4711;Jan Peeters"),
        "`password_hash`" => ("$2b$12$abc", "id;name", "4711;Jan Peeters"),
        other => panic!("no example for {other}"),
    }
}

#[test]
fn every_documented_header_is_understood() {
    let document = fs::read_to_string("docs/holder-files.md").unwrap();
    let (_, headers) = document.split_once("\n## Headers\n").unwrap();
    let (headers, _) = headers.split_once("\n## ").unwrap();
    let mut tried = 0;
    for row in &rows(headers, 2)[1..] {
        let (field, names) = (row[0], row[1]);
        let (value, others, filled) = example(field);
        // What follows a semicolon says when a header stands in for another one.
        for name in names.split(';').next().unwrap().split(", ") {
            let csv = format!("{name};{others}\n{value};{filled}\n");
            let input = Input::from_reader(Path::new("holders.csv"), csv.as_bytes()).unwrap();
            let options = ReadOptions { format: Some(InputFormat::Csv), ..ReadOptions::default() };
            let read =
                read::read(input, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(read.notices, [], "{field}: {name}");
            let holder = &read.rows[0].holder;
            let hash = read.rows[0].password_hash.clone();
            let line = |line: &Option<tokenkaart_token::holder::Line>| {
                line.as_ref().map(|line| line.as_str().to_owned()).unwrap_or_default()
            };
            let digits = |id: &str| id.chars().filter(char::is_ascii_digit).collect::<String>();
            let given = match field {
                "`id`" => digits(holder.id.as_str()),
                "`name`" | "`given_name`" | "`name_prefix`" | "`family_name`" => {
                    holder.name.as_str().to_owned()
                }
                "`street`" | "`house_number`" | "`house_number_suffix`" | "`box`" => {
                    line(&holder.address.street)
                }
                "`postal_code`" => line(&holder.address.postal_code),
                "`city`" => line(&holder.address.city),
                "`country`" => line(&holder.address.country),
                "`language`" => holder.language.map(|l| l.code().to_owned()).unwrap_or_default(),
                "`email`" => line(&holder.email),
                "`password_hash`" => hash.unwrap_or_default(),
                _ => line(&holder.user_name),
            };
            assert!(given.contains(value), "{field}: {name}: {given}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried} headers");
}

/// A name in code type that only a test has: words joined by underscores, and no dot or slash.
fn test_names(text: &str) -> impl Iterator<Item = &str> {
    let in_code = text.split('`').skip(1).step_by(2);
    in_code.map(|name| name.strip_prefix("store: ").unwrap_or(name)).filter(|name| {
        name.matches('_').count() > 4
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    })
}

#[test]
fn each_test_that_a_document_names_is_there() {
    let mut sources = String::new();
    let mut open = vec![Path::new("crates").to_owned(), "tests".into(), "src".into()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources += &fs::read_to_string(path).unwrap();
        }
    }
    let mut missing = Vec::new();
    let mut named = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for name in test_names(&text) {
            named += 1;
            if !sources.contains(&format!("fn {name}(")) {
                missing.push(format!("{document}: {name}"));
            }
        }
    }
    assert!(named > 60, "{named}");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
