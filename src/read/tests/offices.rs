//! What offices really send, kind by kind, with the right value of each.

use super::*;

/// The holders of a file, as `id name | street | postal code | city | country`.
fn holders(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Vec<String>, String> {
    let outcome = read_as(name, bytes, options).map_err(|error| error.to_string())?;
    let line = |line: &Option<tokenkaart_token::holder::Line>| {
        line.as_ref().map_or_else(String::new, |line| format!(" | {}", line.as_str()))
    };
    Ok(outcome
        .rows
        .iter()
        .map(|Row { holder, .. }| {
            let address = &holder.address;
            format!(
                "{} {}{}{}{}{}",
                holder.id,
                holder.name,
                line(&address.street),
                line(&address.postal_code),
                line(&address.city),
                line(&address.country)
            )
        })
        .collect())
}

fn csv(text: &str) -> Result<Vec<String>, String> {
    holders("h.csv", text.as_bytes(), &ReadOptions::default())
}

/// The refusal of a file that must be refused.
#[track_caller]
fn refused(text: &str) -> String {
    match csv(text) {
        Ok(holders) => panic!("{text:?} gives {holders:?}"),
        Err(error) => error,
    }
}

fn letters() -> ReadOptions {
    ReadOptions { prints_address: true, ..ReadOptions::default() }
}

#[test]
fn a_house_number_and_a_box_of_their_own_columns_reach_the_letter() {
    for (text, expected) in [
        (
            "id;naam;straat;huisnummer;bus;postcode;gemeente\n1;Jan;Kerkstraat;12;3;9000;Gent\n",
            "1 Jan | Kerkstraat 12 bus 3 | 9000 | Gent",
        ),
        (
            "NN;Naam;Voornaam;Taalrol;Straat;Nr;Bus;PC;Gemeente\n\
             93.05.18-223.61;Peeters;Jan;N;Dorp;1;;2000;Antwerpen\n",
            "93051822361 Jan Peeters | Dorp 1 | 2000 | Antwerpen",
        ),
        (
            "NISS;Nom;Prénom;Rue;Numéro;Boîte;Code postal;Commune\n\
             93051822361;Dupont;Zoé;Rue Haute;12;3;1000;Bruxelles\n",
            "93051822361 Zoé Dupont | Rue Haute 12 bte 3 | 1000 | Bruxelles",
        ),
        (
            "Kundennr;Name;Vorname;Straße;Hausnummer;PLZ;Ort;Land\n\
             7;Müller;Jürgen;Hauptstr.;12 a;01067;Dresden;DE\n",
            "7 Jürgen Müller | Hauptstr. 12 a | 01067 | Dresden | DE",
        ),
        (
            "matricule;nom;prénom;n° voie;libellé voie;code postal;ville\n\
             7;Martin;Anne;12;rue de la Paix;75002;Paris\n",
            "7 Anne Martin | 12 rue de la Paix | 75002 | Paris",
        ),
        (
            "BSN;Voornaam;Tussenvoegsel;Achternaam;Straatnaam;Huisnummer;Huisletter;Postcode;\
             Woonplaats\n7;Jan;van den;Berg;Dorp;1;A;1234 AB;Utrecht\n",
            "7 Jan van den Berg | Dorp 1A | 1234 AB | Utrecht",
        ),
        (
            "id;naam;Straat + nr;PLZ/Ort\n1;Jan;Dorp 1;2000 Antwerpen\n",
            "1 Jan | Dorp 1 | 2000 Antwerpen",
        ),
    ] {
        assert_eq!(holders("h.csv", text.as_bytes(), &letters()).unwrap(), [expected], "{text}");
    }
}

#[test]
fn a_column_that_nobody_knows_is_refused_where_the_address_is_printed() {
    let text = "id;naam;straat;postcode;gemeente;geboortedatum;Adresregel 2\n\
                1;Jan;Dorp 1;2000;Antwerpen;1/2/1985;t.a.v. An\n";
    let refusal = holders("h.csv", text.as_bytes(), &letters()).unwrap_err();
    assert!(refusal.contains("whether these columns are of it: \"Adresregel 2\";"), "{refusal}");
    let ignored = ReadOptions { ignored_columns: vec!["adresregel 2".to_owned()], ..letters() };
    assert!(holders("h.csv", text.as_bytes(), &ignored).is_ok());
    let wrong = ReadOptions { ignored_columns: vec!["Adresregel 3".to_owned()], ..letters() };
    let refusal = holders("h.csv", text.as_bytes(), &wrong).unwrap_err();
    assert!(refusal.contains("no column \"Adresregel 3\" to ignore"), "{refusal}");
    // Elsewhere it is told in a line.
    let outcome = read_bytes("h.csv", text.as_bytes()).unwrap();
    assert!(notices(&outcome)[0].contains("\"Adresregel 2\""));
    let json = br#"[{"id":1,"name":"Jan","street":"Dorp 1","c/o":"An"}]"#;
    let refusal = holders("h.json", json, &letters()).unwrap_err();
    assert!(refusal.contains("\"c/o\""), "{refusal}");
}

#[test]
fn one_person_has_one_id_however_the_register_number_is_written() {
    let text = "INSZ;naam\n93.05.18-223.61;Jan\n93051822361;Jan\n";
    assert!(refused(text).contains("line 3, column \"INSZ\", value \"93051822361\": this id is"));
    let outcome = read_bytes("h.csv", b"rijksregisternummer;naam\n5010100113;Jan\n").unwrap();
    assert_eq!(outcome.rows[0].holder.id.as_str(), "05010100113");
    assert_eq!(
        notices(&outcome),
        ["h.csv: national register numbers had lost zeros, which are put back as their check \
          digits say: line 2"]
    );
    assert!(refused("NISS;nom\n93051822362;Jan\n").contains("last two digits do not fit"));
    // What the operator maps is what its header says it is.
    let options = mapped(&["id=INSZ nr"]);
    assert!(read_as("h.csv", b"INSZ nr;naam\n93051822362;Jan\n", &options).is_err());
    // A file's own numbers stay as they are.
    let two = csv("id;naam\n93.05.18-223.61;Jan\n93051822361;Jan\n").unwrap();
    assert_eq!(two, ["93.05.18-223.61 Jan", "93051822361 Jan"]);
}

#[test]
fn ids_that_look_the_same_are_refused_by_code_point() {
    let text =
        "id;naam\n4711;Jan\n4711\u{200b};Jan\n4711\u{ad};Jan\n\u{2060}4711;Jan\n47\u{a0}11;Jan\n";
    let refusal = refused(text);
    for (line, point) in [(3, "U+200B"), (4, "U+00AD"), (5, "U+2060"), (6, "U+00A0")] {
        let said = refusal.lines().find(|said| said.contains(&format!("line {line},"))).unwrap();
        assert!(said.contains(point), "{said}");
    }
    let outcome =
        read_bytes("h.csv", "id;naam\n1;Pee\u{ad}ters\u{a0}Jan\n2;An\n".as_bytes()).unwrap();
    assert_eq!(names(&outcome), ["line 2: 1 Peeters Jan", "line 3: 2 An"]);
    assert_eq!(
        notices(&outcome),
        ["h.csv: names had characters that nobody sees or that only look like a space (U+00A0, \
          U+00AD), which are mended: line 2"]
    );
}

#[test]
fn a_value_in_whatever_a_program_put_around_it_is_read_as_meant() {
    for (text, expected) in [
        ("id;naam\n=\"0004711\";=\"Jan Peeters\"\n", "0004711 Jan Peeters"),
        ("id,naam\n\"=\"\"0004711\"\"\",Jan\n", "0004711 Jan"),
        ("id;naam\n'0004712;Jan\n", "0004712 Jan"),
        ("'id','naam'\n'0004712','Jan Peeters'\n", "0004712 Jan Peeters"),
        ("id; naam\n1; \"Jan Peeters\"\n", "1 Jan Peeters"),
        ("id,naam\n1, \"Peeters, Jan\"\n", "1 Peeters, Jan"),
        ("id;naam\n1;\"\"\"Jan\"\"\"\n", "1 Jan"),
        ("\"id;naam\"\n\"1;Jan Peeters\"\n", "1 Jan Peeters"),
        ("id;naam\n1;Jan\n\u{1a}", "1 Jan"),
        ("sep=;\nid;naam\n1;Jan\n", "1 Jan"),
        ("\u{feff}sep=,\r\nid,naam\r\n1,Jan\r\n", "1 Jan"),
        ("id|naam\n1|Jan\n", "1 Jan"),
    ] {
        assert_eq!(csv(text).unwrap(), [expected], "{text:?}");
    }
}

#[test]
fn broken_quoting_is_told_with_line_and_column() {
    for (text, says) in [
        ("id,naam\n1,\"Jan \\\"Jef\\\" Peeters\"\n", "h.csv: line 2, column \"naam\""),
        ("id,naam\n1,\"Jan\" Peeters\n", "h.csv: line 2, column \"naam\""),
        ("id;naam\n1;\"\"Jan\"\"\n", "h.csv: line 2, column \"naam\""),
        ("id;naam\n1;Jan \\\"Jef\\\" Peeters\n", "h.csv: line 2, column \"naam\""),
        ("id;naam\n1;Jan \"Jef Peeters\n", "h.csv: line 2, column \"naam\""),
        ("id;naam\n=A1;Jan\n", "h.csv: line 2, column \"id\", value \"=A1\": is a formula"),
        ("id;naam\n1;=CONCAT(A1,B1)\n", "h.csv: line 2, column \"naam\""),
    ] {
        let refusal = refused(text);
        assert!(refusal.starts_with(says), "{refusal}");
    }
}

#[test]
fn a_header_that_is_repeated_is_skipped_and_another_one_refused() {
    let outcome = read_bytes("h.csv", b"id;naam\n1;Jan\nid;naam\n2;Piet\nID;Naam\n3;An\n").unwrap();
    assert_eq!(names(&outcome), ["line 2: 1 Jan", "line 4: 2 Piet", "line 6: 3 An"]);
    assert_eq!(
        notices(&outcome),
        ["h.csv: the header is repeated and skipped: 2 rows, the first line 3"]
    );
    for text in [
        "id;naam\n1;Jan\nnaam;id\nPiet;2\n",
        "id;naam;straat\n1;Jan;Dorp 1\nid;straat;naam\n2;Dorp 2;Piet\n",
        "id;naam\n1;Jan\nid;naam;straat\n2;Piet;Dorp 1\n",
    ] {
        assert!(refused(text).contains("line 3: looks like the header of another table"), "{text}");
    }
}

#[test]
fn words_for_nothing_and_errors_are_never_printed() {
    let text = "id;naam;straat;postcode;gemeente;land\n\
        1;#N/A;Dorp 1;2000;Gent;\n2;Jan;NULL;NULL;NULL;NULL\n3;\\N;Dorp 1;2000;Gent;\\N\n\
        4;Jan;#NAAM?;2,00E+03;nan;None\n5;undefined;[object Object];2000;Gent;null\n\
        6;Jan;########;2000.0;Gent;\n7;Null;Dorp 1;2000;Gent;\n8;O;Dorp 1;2000;Gent;\n";
    let refusal = refused(text);
    for (line, columns) in [
        (2, &["naam"][..]),
        (3, &["straat", "postcode", "gemeente", "land"]),
        (4, &["naam", "land"]),
        (5, &["straat", "postcode", "gemeente", "land"]),
        (6, &["naam", "straat", "land"]),
        (7, &["straat", "postcode"]),
        (8, &[]),
        (9, &[]),
    ] {
        let of_line: Vec<&str> =
            refusal.lines().filter(|said| said.contains(&format!("line {line},"))).collect();
        assert_eq!(of_line.len(), columns.len(), "{line} {refusal}");
        for column in columns {
            let column = format!("column \"{column}\"");
            assert!(of_line.iter().any(|said| said.contains(&column)), "{column}: {of_line:#?}");
        }
    }
    for id in ["#REF!", "#VALEUR!", "NULL", "4711.0", "2,00E+03", "nan", "-", "?"] {
        assert!(refused(&format!("id;naam\n{id};Jan\n")).contains("column \"id\""), "{id}");
    }
    let named = csv("id;voornaam;naam\n1;Jennifer;Null\n2;;O\n").unwrap();
    assert_eq!(named, ["1 Jennifer Null", "2 O"]);
}

#[test]
fn a_damaged_name_is_told_and_never_printed() {
    for name in [
        "???",
        ".",
        "n/a",
        "4711",
        "J?r?me",
        "Zo&euml;",
        "ZoÃ«",
        "RenÃ© FranÃ§ois",
        "Ren‚",
        "Zo\\u00eb",
        "Totaal",
        "Jan@dorp.be",
    ] {
        let refusal = refused(&format!("id;naam\n1;{name}\n"));
        assert!(refusal.starts_with("h.csv: line 2, column \"naam\""), "{refusal}");
    }
    let json = r#"[{"id":1,"name":"ZoÃ«"}]"#;
    assert!(holders("h.json", json.as_bytes(), &ReadOptions::default()).is_err());
}

#[test]
fn a_total_row_is_no_holder() {
    for text in [
        "id;naam\n1;Jan\nTotaal;46 leden\n",
        "id;naam\n1;Jan\n;Totaal: 1\n",
        "id;naam\n1;Jan\n46;Totaal\n",
        "id;voornaam;naam\n1;Jan;P\n2;;TOTAL\n",
        "id;naam\n1;Jan\n(46 rows)\n",
        "id;naam\n1;Jan\nAantal;46\n",
    ] {
        assert!(refused(text).contains("line 3"), "{text}");
    }
}

#[test]
fn a_text_in_utf16_without_its_mark_says_which_encoding_it_is() {
    let text = "id;naam\r\n1;Zo\u{eb}\r\n";
    for (of, encoding) in
        [(u16::to_le_bytes as fn(u16) -> [u8; 2], "utf-16le"), (u16::to_be_bytes, "utf-16be")]
    {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(of).collect();
        assert_eq!(
            refusal("h.csv", &bytes),
            format!("h.csv: is UTF-16 without a byte order mark, in {encoding}")
        );
        let options =
            ReadOptions { encoding: Some(encoding.parse().unwrap()), ..ReadOptions::default() };
        assert_eq!(holders("h.csv", &bytes, &options).unwrap(), ["1 Zo\u{eb}"]);
    }
}

#[test]
fn a_header_below_title_rows_is_found_and_said() {
    let outcome =
        read_bytes("h.csv", b"Ledenlijst 2026\n\nAfgedrukt op 28/11\nid;naam\n1;Jan\n").unwrap();
    assert_eq!(names(&outcome), ["line 5: 1 Jan"]);
    assert_eq!(
        notices(&outcome),
        ["h.csv: the header is in line 4; what stands above it is not read"]
    );
    let book = workbook(|sheet| {
        sheet.write(0, 0, "Ledenlijst 2026").unwrap();
        sheet.write(2, 0, "id").unwrap().write(2, 1, "naam").unwrap();
        sheet.write(3, 0, 1).unwrap().write(3, 1, "Jan").unwrap();
        sheet.write(6, 0, "id").unwrap().write(6, 1, "roep").unwrap();
        sheet.write(7, 0, 2).unwrap().write(7, 1, "Piet").unwrap();
    });
    let title_alone = workbook(|sheet| {
        sheet.write(0, 0, "Ledenlijst 2026").unwrap();
        sheet.write(2, 0, "id").unwrap().write(2, 1, "wie").unwrap();
    });
    let from = |row| ReadOptions { header_row: Some(row), ..ReadOptions::default() };
    assert!(holders("h.xlsx", &book, &ReadOptions::default()).unwrap_err().contains("row 7"));
    assert!(holders("h.xlsx", &book, &from(7)).unwrap_err().contains("no column gives the name"));
    let named = ReadOptions { columns: mapped(&["name=roep"]).columns, ..from(7) };
    assert_eq!(holders("h.xlsx", &book, &named).unwrap(), ["2 Piet"]);
    let refusal = holders("h.xlsx", &title_alone, &ReadOptions::default()).unwrap_err();
    assert!(refusal.contains("these columns are there in row 3: \"id\", \"wie\""), "{refusal}");
    assert!(holders("h.xlsx", &book, &from(5)).unwrap_err().contains("nothing is in row 5"));
    let csv = b"x;y\nid;naam\n1;Jan\n";
    assert_eq!(holders("h.csv", csv, &from(2)).unwrap(), ["1 Jan"]);
    assert!(holders("h.csv", csv, &from(9)).unwrap_err().contains("nothing is in row 9"));
    assert!(holders("h.json", b"[{}]", &from(1)).unwrap_err().contains("has no row of headers"));
}

#[test]
fn a_sheet_with_a_header_behind_a_cover_is_named_and_can_be_chosen() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Leesmij").unwrap().write(0, 0, "Lees dit eerst").unwrap();
    let sheet = book.add_worksheet().set_name("Leden").unwrap();
    sheet.write_row(0, 0, ["id", "naam"]).unwrap().write_row(1, 0, ["1", "Jan"]).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let refusal = holders("h.xlsx", &bytes, &ReadOptions::default()).unwrap_err();
    assert!(refusal.contains("row 1 of sheet \"Leden\" looks like the header"), "{refusal}");
    let of = |sheet: &str| ReadOptions { sheet: Some(sheet.to_owned()), ..ReadOptions::default() };
    assert_eq!(holders("h.xlsx", &bytes, &of("leden")).unwrap(), ["1 Jan"]);
    let refusal = holders("h.xlsx", &bytes, &of("Blad1")).unwrap_err();
    assert!(refusal.contains("no sheet \"Blad1\"; these are there: \"Leesmij\", \"Leden\""));
    assert!(holders("h.csv", b"id;naam\n1;x", &of("x")).unwrap_err().contains("has no sheets"));
}

#[test]
fn hidden_rows_get_a_card_only_if_that_is_said() {
    let book = workbook(|sheet| {
        for (row, cells) in (0..).zip([["id", "naam"], ["1", "Jan"], ["2", "Ex Lid"], ["3", "An"]])
        {
            sheet.write_row(row, 0, cells).unwrap();
        }
        sheet.autofilter(0, 0, 3, 1).unwrap();
        sheet.set_row_hidden(2).unwrap();
    });
    assert_eq!(
        refusal("h.xlsx", &book),
        "h.xlsx: row 3: is hidden in the workbook, by a filter or by hand; show all rows and \
         delete what is not meant"
    );
    let asked = |hidden_rows: &str| ReadOptions {
        hidden_rows: Some(hidden_rows.parse().unwrap()),
        ..ReadOptions::default()
    };
    let skipped = read_as("h.xlsx", &book, &asked("skip")).unwrap();
    assert_eq!(names(&skipped), ["row 2: 1 Jan", "row 4: 3 An"]);
    assert_eq!(notices(&skipped), ["h.xlsx: hidden rows are skipped: row 3"]);
    let printed = read_as("h.xlsx", &book, &asked("print")).unwrap();
    assert_eq!(printed.rows.len(), 3);
    assert_eq!(notices(&printed), ["h.xlsx: hidden rows are printed like the others: row 3"]);
}

#[test]
fn numbers_are_the_ones_that_their_cells_show() {
    let book = |format: &str, id: f64, name: Option<f64>| {
        workbook(|sheet| {
            let format = Format::new().set_num_format(format);
            sheet.write_row(0, 0, ["id", "naam", "straat", "postcode", "gemeente"]).unwrap();
            sheet.write_with_format(1, 0, id, &format).unwrap();
            match name {
                Some(number) => sheet.write(1, 1, number).unwrap(),
                None => sheet.write(1, 1, "Jan").unwrap(),
            };
            sheet.write(1, 2, "Hauptstr. 1").unwrap().write(1, 4, "Dresden").unwrap();
            let zeros = Format::new().set_num_format("00000");
            sheet.write_with_format(1, 3, 1067, &zeros).unwrap();
        })
    };
    let read =
        |format: &str, id: f64| holders("h.xlsx", &book(format, id, None), &ReadOptions::default());
    let rest = "Jan | Hauptstr. 1 | 01067 | Dresden";
    assert_eq!(read("00000", 471.0).unwrap(), [format!("00471 {rest}")]);
    assert_eq!(read("0000\\-000", 4_711_234.0).unwrap(), [format!("4711-234 {rest}")]);
    assert_eq!(read("General", 124_599.999_999_999_99).unwrap(), [format!("124600 {rest}")]);
    for (format, id) in [("0%", 0.05), ("dd/mm/yyyy", 45_000.0), ("0.00", 4711.0), ("General", 0.5)]
    {
        assert!(read(format, id).unwrap_err().contains("row 2, column \"id\""), "{format}");
    }
    let named = holders("h.xlsx", &book("0", 1.0, Some(4711.0)), &ReadOptions::default());
    assert!(named.unwrap_err().contains("column \"naam\", value \"4711\": is a number"));
    for (column, header) in [(0, "id"), (2, "postcode")] {
        let zero = workbook(|sheet| {
            sheet.write_row(0, 0, ["id", "naam", "postcode"]).unwrap();
            sheet.write_row(1, 0, ["1", "Jan", "9000"]).unwrap();
            sheet.write_formula(1, column, Formula::new("=Z9").set_result("0")).unwrap();
        });
        let refusal = holders("h.xlsx", &zero, &ReadOptions::default()).unwrap_err();
        let says = format!("column \"{header}\", value \"0\": is the 0 of an empty cell");
        assert!(refusal.contains(&says), "{refusal}");
    }
    let zero = workbook(|sheet| {
        sheet.write_row(0, 0, ["id", "naam", "straat"]).unwrap();
        sheet.write_row(1, 0, ["1", "Jan"]).unwrap();
        sheet.write_formula(1, 2, Formula::new("=Z9").set_result("0")).unwrap();
    });
    let refusal = holders("h.xlsx", &zero, &ReadOptions::default()).unwrap_err();
    assert!(
        refusal.contains("column \"straat\", value \"0\": is the 0 of an empty cell"),
        "{refusal}"
    );
}

#[test]
fn a_file_of_another_kind_is_told_what_it_is() {
    for (name, bytes, says) in [
        ("h.xls", &b"<html><table><tr><td>id</td></tr></table>"[..], "is a web page"),
        ("h.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "is an old .xls workbook"),
        ("h.csv", b"%PDF-1.4", "is a PDF file"),
        ("h.xlsx", b"\x1F\x8B\x08\x00", "is a compressed file"),
        ("h.xls", b"id\tnaam\n1\tJan\n", "is text, not a workbook"),
        ("h.xlsx", b"id;naam\n1;Jan\n", "is text, not a workbook"),
    ] {
        let refusal = refusal(name, bytes);
        assert!(refusal.contains(says), "{refusal}");
    }
}

#[test]
fn a_sheet_of_libreoffice_is_read() {
    let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let content = "<d:document-content xmlns:d='o' xmlns:t='t' xmlns:x='x' xmlns:o='o'>\
        <d:body><d:spreadsheet><t:table t:name='B'><t:table-row>\
        <t:table-cell o:value-type='string'><x:p>id</x:p></t:table-cell>\
        <t:table-cell o:value-type='string'><x:p>naam</x:p></t:table-cell></t:table-row>\
        <t:table-row><t:table-cell o:value-type='float' o:value='471'><x:p>00471</x:p>\
        </t:table-cell><t:table-cell o:value-type='string'><x:p>Jan</x:p></t:table-cell>\
        </t:table-row></t:table></d:spreadsheet></d:body></d:document-content>";
    for (name, content) in
        [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content)]
    {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    for name in ["h.ods", "h.xlsx"] {
        assert_eq!(holders(name, &bytes, &ReadOptions::default()).unwrap(), ["00471 Jan"]);
    }
    assert!(refusal("h.csv", &bytes).contains("is a workbook, not text"));
}

#[test]
fn headers_are_understood_however_their_words_stand() {
    for (text, expected) in [
        (
            "id;naam;straat;Nr/bus;postcode;gemeente\n1;An;Dorp;12/3;9000;Gent\n",
            "1 An | Dorp 12/3 | 9000 | Gent",
        ),
        (
            "id;nom;rue;N° de maison;N° de boîte;CP;commune\n1;An;Rue Haute;12;3;1000;Bruxelles\n",
            "1 An | Rue Haute 12 bte 3 | 1000 | Bruxelles",
        ),
        (
            "id;nom;Adresse - rue;Adresse - numéro;Adresse - boîte;Adresse - code postal;\
             Adresse - localité\n1;An;Rue Haute;12;3;1000;Bruxelles\n",
            "1 An | Rue Haute 12 bte 3 | 1000 | Bruxelles",
        ),
        ("Nr. INSZ;naam\n85.07.30-033.28;An\n", "85073003328 An"),
        ("Identificatienummer (INSZ);naam\n85.07.30-033.28;An\n", "85073003328 An"),
        ("NISS du titulaire;nom\n85.07.30-033.28;An\n", "85073003328 An"),
    ] {
        let read = holders("h.csv", text.as_bytes(), &letters());
        assert_eq!(read.unwrap(), [expected], "{text}");
    }
    // The number of another person is no id of the holder, and is a register number all the same.
    let text = "NISS conjoint;nom\n85.07.30-033.28;An\n";
    assert!(refused(text).contains("no column gives the id"));
    let columns = vec!["id=NISS conjoint".parse().unwrap()];
    let mapped = holders("h.csv", text.as_bytes(), &ReadOptions { columns, ..letters() });
    assert_eq!(mapped.unwrap(), ["85073003328 An"]);
}

#[test]
fn hidden_columns_are_read_with_a_word() {
    let hidden = workbook(|sheet| {
        sheet.write_row(0, 0, ["id", "naam", "leeftijd"]).unwrap();
        sheet.write_row(1, 0, ["1", "Jan", "9"]).unwrap();
        sheet.set_column_hidden(0).unwrap().set_column_hidden(2).unwrap();
    });
    let read = read_as("h.xlsx", &hidden, &ReadOptions::default()).unwrap();
    let told: Vec<String> = read.notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "h.xlsx: the workbook hides these columns, and they are read all the same: \"id\"",
            "h.xlsx: columns that are not used: \"leeftijd\"",
        ]
    );
}

#[test]
fn what_may_be_damaged_is_printed_with_a_word() {
    let notices = |text: &str| {
        let read = read_as("h.csv", text.as_bytes(), &ReadOptions::default()).unwrap();
        read.notices.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let told = notices("id;naam;gemeente\n1;An;Gent\n2;JosÚ;Gent\n3;ÅŸahin;LiÚge\n");
    assert_eq!(told.len(), 1);
    assert!(
        told[0].ends_with("look at them before you print: 2 rows, the first line 3"),
        "{told:?}"
    );
    assert_eq!(notices("id;naam;gemeente\n1;José;Liège\n2;Null;Gent\n"), [""; 0]);
}

#[test]
fn a_text_under_the_name_of_a_workbook_is_told() {
    let options = ReadOptions::default();
    for name in ["h.xls", "h.XLSX", "h.ods", "h.xlsb"] {
        let error = holders(name, b"id;naam\n1;An\n", &options).unwrap_err();
        assert!(error.contains("is text, not a workbook"), "{name}: {error}");
    }
    let sylk = b"ID;PWXL;N;E\nP;PGeneral\nC;Y1;X1;K\"id\"\nE\n";
    for name in ["h.slk", "h.xls", "h.csv"] {
        let error = holders(name, sylk, &options).unwrap_err();
        assert!(error.contains("is a workbook in the SYLK format (.slk); open it"), "{error}");
    }
}
