//! Whole files of every kind: what Excel in Belgium writes, and what is refused.

use std::io::{self, Write};

use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use tokenkaart_token::language::Language;

use super::*;

mod offices;

fn read_as(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<ReadOutcome, ReadError> {
    read(Input::from_reader(Path::new(name), bytes)?, options)
}

fn read_bytes(name: &str, bytes: &[u8]) -> Result<ReadOutcome, ReadError> {
    read_as(name, bytes, &ReadOptions::default())
}

fn mapped(columns: &[&str]) -> ReadOptions {
    let columns = columns.iter().map(|text| text.parse().unwrap()).collect();
    ReadOptions { columns, ..ReadOptions::default() }
}

fn names(outcome: &ReadOutcome) -> Vec<String> {
    outcome
        .rows
        .iter()
        .map(|row| format!("{}: {} {}", row.place, row.holder.id, row.holder.name))
        .collect()
}

fn notices(outcome: &ReadOutcome) -> Vec<String> {
    outcome.notices.iter().map(Notice::to_string).collect()
}

#[track_caller]
fn refusal(name: &str, bytes: &[u8]) -> String {
    read_bytes(name, bytes).unwrap_err().to_string()
}

fn windows_1252(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
    assert!(!unmappable);
    bytes.into_owned()
}

fn utf16(text: &str, of_unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(of_unit).collect()
}

#[test]
fn what_excel_in_belgium_writes_just_works() {
    let text = "Nr;Naam;Voornaam;Taal;Opmerking\r\n4711;\"D\u{2019}Hondt\";Zoë;nl;\"twee\r\nregels\"\r\n\
                4712;Müller;Jürgen;de;\r\n;;;;\r\n;;;;\r\n";
    let expected = ["line 2: 4711 Zoë D\u{2019}Hondt", "line 4: 4712 Jürgen Müller"];
    let marked = format!("\u{feff}{text}");
    let announced = format!("sep=;\r\n{text}");
    for (kind, bytes, first_line) in [
        ("UTF-8", text.as_bytes().to_vec(), 2),
        ("UTF-8 with mark", marked.into_bytes(), 2),
        ("Windows-1252", windows_1252(text), 2),
        ("UTF-16LE", utf16(&text.replace(';', "\t"), u16::to_le_bytes), 2),
        ("UTF-16BE", utf16(&text.replace(';', ","), u16::to_be_bytes), 2),
        ("sep=", announced.into_bytes(), 3),
    ] {
        let outcome = read_bytes("holders.csv", &bytes).unwrap_or_else(|e| panic!("{kind}: {e}"));
        if first_line == 2 {
            assert_eq!(names(&outcome), expected, "{kind}");
        }
        assert_eq!(outcome.rows[0].place, Place::Line(first_line), "{kind}");
        assert_eq!(outcome.rows[1].holder.language, Some(Language::De), "{kind}");
        let mut said = notices(&outcome);
        assert_eq!(
            said.pop().unwrap(),
            "holders.csv: columns that are not used: \"Opmerking\"",
            "{kind}"
        );
        let expected: &[&str] = if kind == "Windows-1252" {
            &["holders.csv: line 2 is not UTF-8, so the file is read as Windows-1252, as Excel \
               writes it"]
        } else {
            &[]
        };
        assert_eq!(said, expected, "{kind}");
    }
}

#[test]
fn the_operator_overrides_encoding_format_and_columns() {
    let bytes = windows_1252("sleutel;wie\n1;Zoë\n");
    let options = ReadOptions {
        format: Some(InputFormat::Csv),
        encoding: Some(Encoding::Windows1252),
        ..mapped(&["id=SLEUTEL", "name=wie"])
    };
    let outcome = read_as("-", &bytes, &options).unwrap();
    assert_eq!(names(&outcome), ["line 2: 1 Zoë"]);
    assert_eq!(outcome.notices, []);

    let options = ReadOptions { encoding: Some(Encoding::Utf8), ..options };
    assert_eq!(
        read_as("-", &bytes, &options).unwrap_err().to_string(),
        "-: line 2, column \"wie\", value \"Zo\u{fffd}\": byte 3 is not UTF-8; save the file as \
         UTF-8, or say in which encoding it is"
    );
    assert!(matches!(
        read_as("-", &bytes, &ReadOptions::default()),
        Err(ReadError::UnknownFormat { .. })
    ));
}

#[test]
fn every_fault_of_a_file_is_listed_at_once() {
    let long = "x".repeat(201);
    let text = format!(
        "id;naam;taal\r\n1;Jan;nl\r\n;Piet;\r\n2;;fr\r\n1;Jan;\r\n3;{long};\r\n4;A\u{7};xx\r\n5;Jan\r\n1;Z;\r\n"
    );
    assert_eq!(
        refusal("h.csv", text.as_bytes()).lines().collect::<Vec<_>>(),
        [
            "h.csv: 8 faults, so none of it is used:",
            "h.csv: line 3, column \"id\": no id; every holder needs an id and a name",
            "h.csv: line 4, column \"naam\": no name; every holder needs an id and a name",
            "h.csv: line 5, column \"id\", value \"1\": this id is already on line 2; a run makes \
             one card a holder, so delete one of the two",
            "h.csv: line 6, column \"naam\", value \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\": \
             has 201 characters; at most 200 fit; correct it in the file",
            "h.csv: line 7, column \"naam\", value \"A\\u{7}\": has the control character U+0007 at \
             character 2; correct it in the file",
            "h.csv: line 7, column \"taal\", value \"xx\": a language is one of nl, fr, de, en; write \
             one of these, or leave it empty for the run's own",
            "h.csv: line 8: has 2 cells where the header has 3; put quotation marks around a cell \
             that holds the delimiter, and delete stray ones",
            "h.csv: line 9, column \"id\", value \"1\": this id is already on line 2; a run makes \
             one card a holder, so delete one of the two",
        ]
    );
}

#[test]
fn only_the_first_fifty_faults_are_shown_and_all_are_counted() {
    let text = format!("id;naam\n{}", ";x\n".repeat(1234));
    let Err(ReadError::Faults { faults, total, .. }) = read_bytes("h.csv", text.as_bytes()) else {
        panic!("no faults");
    };
    assert_eq!((faults.len(), total), (MAX_FAULTS, 1234));
    let said = refusal("h.csv", text.as_bytes());
    assert!(said.starts_with("h.csv: 1234 faults, so none of it is used:\nh.csv: line 2, "));
    assert!(said.ends_with("\n… and 1184 more"));
}

#[test]
fn an_id_is_the_same_when_its_letters_are() {
    // The second é is two characters; NFC makes them one.
    let text = "id;naam\n caf\u{e9};A\ncafe\u{301};B\nCaf\u{e9};C\n";
    let error = read_bytes("h.csv", text.as_bytes()).unwrap_err();
    let ReadError::Faults { faults, total: 1, .. } = error else { panic!("{error}") };
    assert_eq!(faults[0].place, Place::Line(3));
    assert!(matches!(faults[0].kind, FaultKind::DuplicateId { first: 2 }));
}

#[test]
fn a_file_that_holds_no_holders_is_refused_with_what_to_do() {
    for (name, bytes, start) in [
        ("h.csv", &b""[..], "h.csv: is empty"),
        ("h.csv", b"\xEF\xBB\xBF\r\n \r\n", "h.csv: is empty"),
        ("h.csv", b";;;\n", "h.csv: is empty"),
        ("h.csv", b"sep=;\n", "h.csv: is empty"),
        ("h.csv", b"id;naam\r\n;\r\n", "h.csv: has no holders, only a header"),
        ("h.json", b"[ ]", "h.json: has no holders, only an empty list"),
        ("h.jsonl", b"\n\n", "h.jsonl: is empty"),
        ("h.json", b"{\"id\":1}", "h.json: an object stands where a list of holders should"),
        ("h.json", b"id;naam", "h.json: a text stands where a list of holders should"),
        ("h.csv", b"PK\x03\x04rest", "h.csv: is a workbook, not text; name it .xlsx"),
        ("h.csv", b"\xD0\xCF\x11\xE0", "h.csv: is an old .xls workbook; open it in Excel"),
        ("h.xlsx", b"\xD0\xCF\x11\xE0", "h.xlsx: is an old .xls workbook"),
        ("h.xlsx", b"id;naam\n1;x", "h.xlsx: is text, not a workbook; name it .csv"),
        ("h.xlsx", b"PK\x03\x04rest", "h.xlsx: is not a workbook that can be read"),
        ("h.xls", b"id;naam\n1;x", "h.xls: is text, not a workbook; name it .csv"),
        ("h", b"id;naam\n1;x", "h: its name does not tell whether it is csv"),
        (
            "h.csv",
            b"nummer van de houder,wie\n1,x",
            "h.csv: no column gives the id; these columns are there: \"nummer van de houder\", \
             \"wie\"; say which it is",
        ),
        ("h.csv", b"id,achternaam\n1,x", "h.csv: no column gives the given_name"),
        (
            "h.csv",
            b"id,naam,NAAM\n1,x,y",
            "h.csv: columns \"naam\" and \"NAAM\" both give the name",
        ),
        ("h.csv", b"id,na\"am\xFF\xC3\xA9\xC3\xA9\n", "h.csv: line 1: byte 9 is not UTF-8"),
        (
            "h.csv",
            b"id;naam\n1;\"x\n2;y\n",
            "h.csv: line 2: the quotation mark that opens on line 2",
        ),
        (
            "h.json",
            b"[{\"id\":1,\"naam\":\"x\"}",
            "h.json: entry 1 (line 1): after this entry the list",
        ),
    ] {
        let refusal = refusal(name, bytes);
        assert!(refusal.starts_with(start), "{refusal}");
    }
}

#[test]
fn a_mapped_column_that_is_not_there_is_told_with_those_that_are() {
    let options = mapped(&["name=Achternaam"]);
    for (name, text) in [
        ("h.csv", "id;wie\n1;x"),
        ("h.json", r#"[{"id":1,"wie":"x"}]"#),
        ("h.jsonl", r#"{"id":1,"wie":"x"}"#),
    ] {
        let error = read_as(name, text.as_bytes(), &options).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "{name}: there is no column \"Achternaam\" to give the name; these are there: \
                 \"id\", \"wie\""
            )
        );
    }
}

#[test]
fn json_and_json_lines_give_the_same_holders() {
    let first =
        r#"{"id": 85073003328, "prénom": "Zoë", "nom": "Dupont", "langue": "fr", "né": 1985}"#;
    let second = r#"{"id": "B-1", "name": "Jan Peeters", "postal_code": 1000, "email": null}"#;
    let list = read_bytes("h.json", format!("\u{feff}[{first},\n{second}]\n").as_bytes()).unwrap();
    let lines = read_bytes("h.ndjson", format!("{first}\r\n\n{second}").as_bytes()).unwrap();
    assert_eq!(
        names(&list),
        ["entry 1 (line 1): 85073003328 Zoë Dupont", "entry 2 (line 2): B-1 Jan Peeters"]
    );
    assert_eq!(names(&lines), ["line 1: 85073003328 Zoë Dupont", "line 3: B-1 Jan Peeters"]);
    let holders = |outcome: &ReadOutcome| -> Vec<_> {
        outcome.rows.iter().map(|row| row.holder.clone()).collect()
    };
    assert_eq!(holders(&list), holders(&lines));
    assert_eq!(list.rows[1].holder.address.postal_code.as_ref().unwrap().as_str(), "1000");
    assert_eq!(notices(&lines), ["h.ndjson: columns that are not used: \"né\""]);
    assert!(
        refusal("h.json", b"[{\"id\":1,\"name\":\"A\"},\n{\"id\":\"1\",\"name\":\"B\"}]").starts_with(
            "h.json: entry 2 (line 2), column \"id\", value \"1\": this id is already on entry 1;"
        )
    );
}

/// A workbook whose first sheet is filled by the test.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_gives_ids_and_postal_codes_as_they_are_seen() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in (0..).zip(["Dossiernummer", "Naam", "Postcode", "Opmerking"]) {
        sheet.write(2, column, header).unwrap();
    }
    sheet.write(3, 0, 85_073_003_328_u64).unwrap().write(3, 1, " Zoë D’Hondt").unwrap();
    sheet.write(3, 2, 1000).unwrap().write(3, 3, true).unwrap();
    sheet.write(5, 0, "007").unwrap().write(5, 1, "Bond").unwrap().write(5, 9, "note").unwrap();
    sheet.write(6, 9, "a note beside the table").unwrap();
    sheet.write(7, 1, "  ").unwrap();
    book.add_worksheet().set_name("Archief").unwrap();
    let bytes = book.save_to_buffer().unwrap();

    let outcome = read_bytes("h.XLSX", &bytes).unwrap();
    assert_eq!(names(&outcome), ["row 4: 85073003328 Zoë D’Hondt", "row 6: 007 Bond"]);
    assert_eq!(outcome.rows[0].holder.address.postal_code.as_ref().unwrap().as_str(), "1000");
    assert_eq!(
        notices(&outcome),
        [
            "h.XLSX: only sheet \"Sheet1\" is read, not \"Archief\"",
            "h.XLSX: columns that are not used: \"Opmerking\""
        ]
    );
}

#[test]
fn a_workbooks_faults_are_told_by_row_and_column() {
    let date = ExcelDateTime::from_ymd(2026, 11, 22).unwrap();
    let bytes = workbook(|sheet| {
        sheet.write(0, 0, "id").unwrap().write(0, 1, "naam").unwrap();
        sheet.write(1, 0, 1_234_567_890_123_456_000_u64).unwrap().write(1, 1, "A").unwrap();
        let format = Format::new().set_num_format("dd/mm/yyyy");
        sheet.write_with_format(2, 0, &date, &format).unwrap().write(2, 1, "B").unwrap();
        sheet.write(3, 0, 3).unwrap().write(3, 1, false).unwrap();
        sheet.write_formula(4, 0, Formula::new("=NA()").set_result("#N/A")).unwrap();
        sheet.write(4, 1, "D").unwrap();
        sheet.write(5, 1, "E").unwrap();
        sheet.write(6, 0, 3).unwrap().write(6, 1, "F").unwrap();
        sheet.write(7, 0, "3").unwrap().write(7, 1, "G").unwrap();
    });
    let refusal = refusal("h.xlsx", &bytes);
    let found: Vec<&str> = refusal.lines().collect();
    let starts = [
        "h.xlsx: 6 faults, so none of it is used:",
        "h.xlsx: row 2, column \"id\": a number of so many digits",
        "h.xlsx: row 3, column \"id\": a date can't be read as text; format the column as text",
        "h.xlsx: row 4, column \"naam\": true or false can't",
        "h.xlsx: row 5, column \"id\": a formula's error can't",
        "h.xlsx: row 6, column \"id\": no id",
        "h.xlsx: row 8, column \"id\", value \"3\": this id is already on row 7",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}");
    }
    assert!(matches!(read_bytes("h.xlsx", &workbook(|_| ())), Err(ReadError::Empty { .. })));
}

/// A workbook's archive with one part replaced.
fn with_part(bytes: &[u8], part: &str, content: &[u8]) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
    let mut new = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let mut entry = old.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        new.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        if name == part {
            new.write_all(content).unwrap();
        } else {
            io::copy(&mut entry, &mut new).unwrap();
        }
    }
    new.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused() {
    let sheet = vec![b' '; 654_321];
    let mut bomb = with_part(&workbook(|_| ()), SHEET, &sheet);
    let told = 654_321_u32.to_le_bytes();
    let places: Vec<usize> =
        (0..bomb.len() - 4).filter(|start| bomb[*start..*start + 4] == told).collect();
    for start in places {
        bomb[start..start + 4].copy_from_slice(&u32::MAX.wrapping_sub(1).to_le_bytes());
    }
    assert_eq!(
        refusal("h.xlsx", &bomb),
        "h.xlsx: holds more than 256 MiB when unpacked; save the holders as a CSV file instead"
    );
}

#[test]
fn a_sheet_of_impossible_size_is_refused() {
    let bytes = workbook(|_| ());
    let xml = r#"<worksheet><dimension ref="C1:A1"/><sheetData></sheetData></worksheet>"#;
    let refusal = refusal("h.xlsx", &with_part(&bytes, SHEET, xml.as_bytes()));
    assert!(refusal.starts_with("h.xlsx: is "), "{refusal}");
}

#[test]
fn a_damaged_sheet_is_refused_by_the_row_where_it_breaks() {
    let bytes = workbook(|sheet| {
        sheet.write(0, 0, "id").unwrap().write(0, 1, "naam").unwrap();
    });
    let xml = r#"<worksheet><sheetData>
        <row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>naam</v></c></row>
        <row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><v>x</v></c></row>
        <row r="3"><c r="A3"><v>2</v></c></x></row>"#;
    let refusal = refusal("h.xlsx", &with_part(&bytes, SHEET, xml.as_bytes()));
    assert!(
        refusal.starts_with("h.xlsx: row 2: behind this row the sheet is damaged: "),
        "{refusal}"
    );
}

#[test]
fn a_file_is_read_from_its_start_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(|sheet| {
        for (row, cells) in (0..).zip([["id", "naam"], ["1", "A"], ["2", "B"]]) {
            sheet.write_row(row, 0, cells).unwrap();
        }
    });
    for (name, bytes) in [
        ("h.csv", &b"id;naam\n1;A\n2;B"[..]),
        ("h.json", br#"[{"id":1,"name":"A"},{"id":2,"name":"B"}]"#),
        ("h.xlsx", &book),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut file =
            HolderFile::open(Input::open(&path).unwrap(), &ReadOptions::default()).unwrap();
        assert_eq!(file.check().unwrap().holders, 2, "{name}");
        for _ in 0..2 {
            let ids: Vec<String> =
                file.rows().unwrap().map(|row| row.unwrap().holder.id.to_string()).collect();
            assert_eq!(ids, ["1", "2"], "{name}");
        }
        assert_eq!(file.sha256(), &read_bytes(name, bytes).unwrap().sha256);
    }
}

/// Whatever was read is as its own rules would make it, and stands once.
fn is_sound(outcome: &ReadOutcome) -> bool {
    let ids: std::collections::HashSet<&str> =
        outcome.rows.iter().map(|row| row.holder.id.as_str()).collect();
    let is_valid = |row: &Row| {
        let holder = &row.holder;
        HolderId::new(holder.id.as_str()).as_ref() == Ok(&holder.id)
            && tokenkaart_token::holder::HolderName::new(holder.name.as_str()).as_ref()
                == Ok(&holder.name)
    };
    !outcome.rows.is_empty() && ids.len() == outcome.rows.len() && outcome.rows.iter().all(is_valid)
}

/// A refusal has no character that a terminal acts on, but the ends of its lines.
fn is_harmless(error: &ReadError) -> bool {
    error.to_string().chars().all(|c| c == '\n' || !c.is_control())
}

fn formats() -> impl Strategy<Value = InputFormat> {
    prop::sample::select(vec![InputFormat::Csv, InputFormat::Json, InputFormat::JsonLines])
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic_or_give_a_holder_that_is_not_valid(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        start in prop::sample::select(vec!["", "id;naam\n", "id,naam\n1,\"", "[{\"id\":", "[", "PK\x03\x04"]),
        format in prop_oneof![formats(), Just(InputFormat::Xlsx), Just(InputFormat::Ods)],
    ) {
        let bytes = [start.as_bytes(), &bytes].concat();
        let options = ReadOptions { format: Some(format), ..ReadOptions::default() };
        match read_as("h\u{1b}[2J", &bytes, &options) {
            Ok(outcome) => prop_assert!(is_sound(&outcome)),
            Err(error) => prop_assert!(is_harmless(&error), "{error}"),
        }
    }

    #[test]
    fn no_near_miss_makes_the_reader_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "id", "naam", "voornaam", ";", ",", "\t", "\"", "\r\n", "\r", "\n", "[", "]", "{", "}", ":",
            "\"id\":", "\"naam\":", "1", "é", "\u{1b}", "\\", "sep=", "\u{feff}", "\u{0}", "null", "1e5",
        ]), 0..40),
        format in formats(),
        encoding in prop::sample::select(vec![
            None, Some(Encoding::Utf8), Some(Encoding::Windows1252), Some(Encoding::Utf16Le),
        ]),
    ) {
        let options = ReadOptions { format: Some(format), encoding, ..ReadOptions::default() };
        match read_as("h", pieces.concat().as_bytes(), &options) {
            Ok(outcome) => prop_assert!(is_sound(&outcome)),
            Err(error) => prop_assert!(is_harmless(&error), "{error}"),
        }
    }

    #[test]
    fn no_damage_to_a_workbook_makes_the_reader_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        is_inside in any::<bool>(),
    ) {
        let bytes = workbook(|sheet| {
            for (row, cells) in (0..).zip([["id", "naam"], ["1", "A"], ["2", "B"]]) {
                sheet.write_row(row, 0, cells).unwrap();
            }
        });
        let mut part = bytes.clone();
        if is_inside {
            let mut archive = zip::ZipArchive::new(io::Cursor::new(&bytes)).unwrap();
            part.clear();
            io::copy(&mut archive.by_name(SHEET).unwrap(), &mut part).unwrap();
        }
        for (index, byte) in damage {
            let index = index.index(part.len());
            part[index] = byte;
        }
        let damaged = if is_inside { with_part(&bytes, SHEET, &part) } else { part };
        match read_bytes("h.xlsx", &damaged) {
            Ok(outcome) => prop_assert!(is_sound(&outcome)),
            Err(error) => prop_assert!(is_harmless(&error), "{error}"),
        }
    }

    #[test]
    fn holders_survive_every_delimiter_and_encoding(
        holders in prop::collection::vec(
            ("[A-Za-zéèêëïçôöüß .,;-]{0,30}", "[A-Za-zéàü ;,()-]{0,20}"), 1..20),
        delimiter in prop::sample::select(&b";,\t|"[..]),
        encoding in 0..4,
        crlf in any::<bool>(),
    ) {
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(if crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        writer.write_record(["id", "naam", "stad"]).unwrap();
        for (number, (name, city)) in holders.iter().enumerate() {
            // No letter before these, so that no two make UTF-8 by chance.
            let (name, city) = (format!("é{name} \"Jef\" ŠŽœ’"), format!("x{city}x"));
            writer.write_record([&number.to_string(), &name, &city]).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let bytes = match encoding {
            0 => text.into_bytes(),
            1 => windows_1252(&text),
            2 => utf16(&text, u16::to_le_bytes),
            _ => utf16(&text, u16::to_be_bytes),
        };
        let outcome = read_bytes("h.csv", &bytes).unwrap();
        prop_assert_eq!(outcome.rows.len(), holders.len());
        for (number, (row, (name, city))) in outcome.rows.iter().zip(&holders).enumerate() {
            prop_assert_eq!(row.place.number(), number as u64 + 2);
            prop_assert_eq!(row.holder.name.as_str(), format!("é{name} \"Jef\" ŠŽœ’"));
            let city = format!("x{city}x");
            let read = row.holder.address.city.as_ref().map_or("", |city| city.as_str());
            prop_assert_eq!(read, city.trim());
        }
    }
}
