//! Holder files in all their formats.

use std::{
    collections::HashSet,
    io::{Cursor, Read as _, Write as _},
    path::Path,
};

use serde_json::json;
use tokenkaart::read::{self, Encoding, HiddenRows, Input, InputFormat, ReadError, ReadOptions};
use tokenkaart_token::{
    holder::{Holder, Line},
    language::Language,
};

use super::mutate::{Lot, change};
use crate::{Read, assert_is_told, corpus, run};

const NAME: &str = "h.file";

fn read_as(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Holder>, ReadError> {
    let input = Input::from_reader(Path::new(NAME), bytes)?;
    let outcome = read::read(input, options)?;
    Ok(outcome.rows.into_iter().map(|row| row.holder).collect())
}

/// The holders as JSON Lines, with all that they have.
fn written(holders: &[Holder]) -> String {
    let lines = holders.iter().map(|holder| {
        let text = |line: &Option<Line>| line.as_ref().map(Line::as_str).map(str::to_owned);
        let language = holder.language.map(Language::code);
        let line = json!({
            "id": holder.id.as_str(),
            "name": holder.name.as_str(),
            "street": text(&holder.address.street),
            "postal_code": text(&holder.address.postal_code),
            "city": text(&holder.address.city),
            "country": text(&holder.address.country),
            "language": language,
            "email": text(&holder.email),
            "user_name": text(&holder.user_name),
        });
        format!("{line}\n")
    });
    lines.collect()
}

/// What is accepted are valid holders, each once, who are read back the same from another format;
/// what is refused is told with its place.
fn hold(bytes: &[u8], format: InputFormat, encoding: Option<Encoding>) -> Read {
    let options = ReadOptions {
        format: Some(format),
        encoding,
        // Half of the inputs, by something that they have themselves.
        hidden_rows: bytes.len().is_multiple_of(2).then_some(HiddenRows::Skip),
        ..ReadOptions::default()
    };
    match read_as(bytes, &options) {
        Ok(holders) => {
            let ids: HashSet<&str> = holders.iter().map(|holder| holder.id.as_str()).collect();
            assert!(!holders.is_empty() && ids.len() == holders.len(), "an id twice, or nobody");
            let lines = ReadOptions { format: Some(InputFormat::JsonLines), ..Default::default() };
            let again = read_as(written(&holders).as_bytes(), &lines).unwrap();
            assert!(again == holders, "holders are not read back the same");
            Read::Accepted
        }
        Err(error) => {
            assert_is_told(&error.to_string(), NAME);
            if let ReadError::Faults { faults, total, .. } = &error {
                assert!(!faults.is_empty() && faults.len() <= *total);
                for fault in faults {
                    assert_is_told(&fault.to_string(), &format!("{NAME}: {}", fault.place));
                    assert!(fault.place.number() > 0);
                }
            }
            Read::Refused
        }
    }
}

fn text(target: &str, format: InputFormat) {
    let words = [
        "id",
        "naam",
        "voornaam",
        "familienaam",
        "postcode",
        "taal",
        "nl",
        ";",
        ",",
        "\t",
        "|",
        "sep=;",
        "\"\"",
        "\"id\":",
        "\"name\":",
        "{\"id\":1,\"name\":\"An\"}",
        "INSZ",
        "huisnummer",
        "bus",
        "land",
        "=\"",
        "'",
        "#REF!",
        "93.05.18-223.61",
        "\u{ad}",
        "\u{a0}",
        "Ã«",
        "NULL",
        "\u{1a}",
        "'t ",
        "\\u0000",
        "\\ud800",
        "//",
    ];
    let encodings = [
        None,
        None,
        None,
        Some(Encoding::Utf8),
        Some(Encoding::Windows1252),
        Some(Encoding::Utf16Le),
    ];
    run(target, &corpus(target), &words, &mut |bytes, lot| {
        // The seeds are read as they are.
        let is_seed = corpus_has(target, bytes);
        let encoding = if is_seed { None } else { encodings[lot.below(encodings.len())] };
        hold(bytes, format, encoding)
    });
}

fn corpus_has(target: &str, bytes: &[u8]) -> bool {
    thread_local! {
        static SEEDS: std::cell::RefCell<Vec<Vec<u8>>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    SEEDS.with_borrow_mut(|seeds| {
        if seeds.is_empty() {
            *seeds = corpus(target);
        }
        seeds.iter().any(|seed| seed == bytes)
    })
}

#[test]
fn no_csv_breaks_a_promise_of_the_reader() {
    text("csv", InputFormat::Csv);
}

#[test]
fn no_json_breaks_a_promise_of_the_reader() {
    text("json", InputFormat::Json);
}

#[test]
fn no_json_lines_break_a_promise_of_the_reader() {
    text("jsonl", InputFormat::JsonLines);
}

/// The parts of a workbook, unpacked.
fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let name = part.name().unwrap().into_owned();
            let mut content = Vec::new();
            part.read_to_end(&mut content).unwrap();
            (name, content)
        })
        .collect()
}

/// A workbook of which one part is changed; all others and the checksums are true.
fn with_changed_part(parts: &[(String, Vec<u8>)], lot: &mut Lot) -> Vec<u8> {
    let words = [
        "<c r=\"B2\" t=\"s\"><v>1</v></c>",
        "t=\"inlineStr\"",
        "<is><t>x</t></is>",
        "<row r=\"3\">",
        "</row>",
        "<dimension ref=\"C1:A1\"/>",
        "A1048576",
        "XFE1",
        "<v>-1</v>",
        "&#0;",
        "&x;",
        "<!--",
        "]]>",
        "state=\"hidden\"",
        "t=\"e\"",
        "t=\"d\"",
        "s=\"99999\"",
        "<f>A1</f>",
        "count=\"99999999999\"",
        "hidden=\"1\"",
        "ht=\"0\"",
        "s=\"1\"",
        "formatCode=\"[&lt;=99]00;\"",
        "<f/>",
        "<rPh>",
        "<![CDATA[",
        "table:number-columns-repeated=\"999999999\"",
        "table:number-rows-repeated=\"99\"",
        "table:visibility=\"filter\"",
        "table:formula=\"of:=[.A1]\"",
        "office:value=\"1e300\"",
        "</table:table-row>",
        "<table:table>",
    ];
    let contents: Vec<Vec<u8>> = parts.iter().map(|(_, content)| content.clone()).collect();
    let chosen = lot.below(parts.len());
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (index, (name, content)) in parts.iter().enumerate() {
        let mut content = content.clone();
        if index == chosen {
            for _ in 0..=lot.below(4) {
                change(&mut content, &contents, &words, lot);
            }
        }
        archive.start_file(name, stored).unwrap();
        archive.write_all(&content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn no_workbook_breaks_a_promise_of_the_reader() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip([["id", "naam"], ["1", "An"], ["2", "Bo"]]) {
        sheet.write_row(row, 0, cells).unwrap();
    }
    sheet.write(3, 0, 3).unwrap().write(3, 1, "Cy").unwrap();
    let whole = workbook.save_to_buffer().unwrap();
    let parts = parts(&whole);
    run(
        "xlsx",
        std::slice::from_ref(&whole),
        &["PK\u{3}\u{4}", "PK\u{1}\u{2}"],
        &mut |bytes, lot| {
            // Changed as an archive, or inside one that is whole.
            if *bytes == *whole || lot.below(4) == 0 {
                hold(bytes, InputFormat::Xlsx, None)
            } else {
                hold(&with_changed_part(&parts, lot), InputFormat::Xlsx, None)
            }
        },
    );
}

/// A sheet of LibreOffice as it writes it, in one part and the list of parts.
fn ods() -> Vec<u8> {
    let cell = |text: &str| {
        format!(
            "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let row = |id: &str, name: &str| {
        format!("<table:table-row>{}{}</table:table-row>", cell(id), cell(name))
    };
    let rows = [row("id", "naam"), row("1", "An"), row("2", "Bo<text:s/>C")].concat();
    let content = format!(
        "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\">\
         <office:body><office:spreadsheet><table:table table:name=\"A\">{rows}\
         <table:table-row><table:table-cell office:value-type=\"float\" office:value=\"3\">\
         <text:p>003</text:p></table:table-cell>{}</table:table-row></table:table>\
         </office:spreadsheet></office:body></office:document-content>",
        cell("Cy")
    );
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_str()),
        ("META-INF/manifest.xml", "<manifest:manifest xmlns:manifest=\"m\"/>"),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn no_sheet_of_libreoffice_breaks_a_promise_of_the_reader() {
    let whole = ods();
    let parts = parts(&whole);
    run(
        "ods",
        std::slice::from_ref(&whole),
        &["PK\u{3}\u{4}", "PK\u{1}\u{2}"],
        &mut |bytes, lot| {
            if *bytes == *whole || lot.below(4) == 0 {
                hold(bytes, InputFormat::Ods, None)
            } else {
                hold(&with_changed_part(&parts, lot), InputFormat::Ods, None)
            }
        },
    );
}

/// Whether eleven digits end in the check number of one of the two centuries; said otherwise than
/// the reader says it.
fn is_checked(digits: &str) -> bool {
    let check = digits[9..].parse::<u64>().unwrap();
    ["", "2"].iter().any(|century| {
        let number = format!("{century}{}", &digits[..9]).parse::<u64>().unwrap();
        (number + check).is_multiple_of(97)
    })
}

#[test]
fn no_register_number_breaks_a_promise_of_its_reader() {
    let words = ["93.05.18-223.61", "05010100113", ".", "-", "0", "=\"", "\u{a0}", "\u{661}"];
    let options = ReadOptions { format: Some(InputFormat::Csv), ..ReadOptions::default() };
    run("register_number", &corpus("register_number"), &words, &mut |bytes, _| {
        let mut text = b"INSZ;naam\n".to_vec();
        text.extend(bytes.iter().filter(|byte| !matches!(byte, b'\n' | b'\r' | b';' | b'"')));
        text.extend(b";An\n");
        match read_as(&text, &options) {
            Ok(holders) => {
                let id = holders[0].id.as_str();
                assert!(id.len() == 11 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
                assert!(is_checked(id), "{id}");
                assert_eq!(read::as_register_number(id).as_deref(), Some(id));
                Read::Accepted
            }
            Err(error) => {
                assert_is_told(&error.to_string(), NAME);
                Read::Refused
            }
        }
    });
}
