//! Whole workbooks of Excel and LibreOffice, held against a reader that is not ours.

use std::{
    io::{Cursor, Write as _},
    path::Path,
};

use calamine::{Data, Reader as _};

use super::*;
use crate::read::value::{NonText, Value};

/// An archive of parts.
fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
    <Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/>
    <Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>
    </Relationships>"#;

/// A workbook of one sheet with these rows; style 1 is `00000`, 2 `;;;`, 3 a date.
fn xlsx_of(rows: &str) -> Vec<u8> {
    xlsx_with("", rows)
}

/// The same with what stands before the rows.
fn xlsx_with(before: &str, rows: &str) -> Vec<u8> {
    let sheet = format!("<worksheet>{before}<sheetData>{rows}</sheetData></worksheet>");
    zipped(&[
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="Blad1" r:id="rId1"/></sheets></workbook>"#,
        ),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>id</t></si><si><r><t>na</t></r><r><t>am</t></r><rPh><t>x</t></rPh></si>\
             <si><t>Zo_x00EB_</t></si></sst>",
        ),
        (
            "xl/styles.xml",
            r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/>
            <numFmt numFmtId="165" formatCode=";;;"/></numFmts>
            <cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>
            <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
        ),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

fn rows(bytes: &[u8], format: InputFormat) -> Result<Vec<SheetRow>, String> {
    let input = Input::from_reader(Path::new("h"), bytes).unwrap();
    let mut workbook = Workbook::open(input, format).map_err(|error| error.to_string())?;
    let mut rows = workbook.rows(0).map_err(|error| error.to_string())?;
    let mut read = Vec::new();
    while let Some(row) = rows.read().map_err(|error| error.to_string())? {
        read.push(row);
    }
    Ok(read)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn number(text: &str) -> Value {
    Value::Number(text.to_owned())
}

/// The cells of the one row.
fn cells(cells: &str) -> Vec<Value> {
    let mut rows = rows(&xlsx_of(&format!("<row>{cells}</row>")), InputFormat::Xlsx).unwrap();
    assert!(rows.len() < 2);
    rows.pop().map(|row| row.cells).unwrap_or_default()
}

#[test]
fn a_cell_gives_what_it_shows() {
    let not_text = |what| vec![Value::NotText(what)];
    for (xml, expected) in [
        ("<c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c>", vec![text("id"), text("naam")]),
        ("<c t=\"s\"><v>2</v></c>", vec![text("Zo\u{eb}")]),
        ("<c t=\"inlineStr\"><is><t>An</t></is></c>", vec![text("An")]),
        ("<c><v>471</v></c>", vec![number("471")]),
        ("<c t=\"n\" s=\"1\"><v>471</v></c>", vec![number("00471")]),
        ("<c><v>124599.99999999999</v></c>", vec![number("124600")]),
        ("<c><v>8.5073003328E10</v></c>", vec![number("85073003328")]),
        ("<c s=\"99\"><v>7</v></c>", vec![number("7")]),
        ("<c s=\"2\"><v>7</v></c>", not_text(NonText::HiddenNumber)),
        ("<c s=\"3\"><v>45000</v></c>", not_text(NonText::Date)),
        ("<c t=\"d\"><v>2026-11-28</v></c>", not_text(NonText::Date)),
        ("<c t=\"b\"><v>1</v></c>", not_text(NonText::Boolean)),
        ("<c t=\"e\"><v>#N/A</v></c>", not_text(NonText::SheetError)),
        ("<c><v>1234567890123456</v></c>", not_text(NonText::RoundedNumber)),
        ("<c><f>A1</f><v>0</v></c>", vec![Value::FormulaZero]),
        ("<c><f>A1</f><v>7</v></c>", vec![number("7")]),
        ("<c t=\"str\"><f>A1</f><v>Jan</v></c>", vec![text("Jan")]),
        ("<c t=\"str\"><f>A1</f><v></v></c>", vec![]),
        ("<c><f>A1</f></c>", not_text(NonText::Uncomputed)),
        ("<c><f>A1</f><v></v></c>", not_text(NonText::Uncomputed)),
        ("<c><f t=\"shared\" si=\"0\"/></c>", not_text(NonText::Uncomputed)),
        ("<c><f>SUM(A1:A3)</f><v>6</v></c>", not_text(NonText::Total)),
        ("<c><f>SUBTOTAL(103,A1:A3)</f><v>6</v></c>", not_text(NonText::Total)),
        ("<c s=\"1\"/><c><v>2</v></c>", vec![Value::Empty, number("2")]),
        ("<c r=\"C1\"><v>2</v></c>", vec![Value::Empty, Value::Empty, number("2")]),
        ("<c r=\"XFE1\"><v>2</v></c><c><v>1</v></c>", vec![]),
        ("<c><v>0</v></c>", vec![number("0")]),
        ("<x:c xmlns:x=\"y\"><x:v>3</x:v></x:c>", vec![number("3")]),
    ] {
        assert_eq!(cells(xml), expected, "{xml}");
    }
    for (xml, says) in [
        ("<c t=\"s\"><v>9</v></c>", "names a text that is not there"),
        ("<c t=\"s\"><v>-1</v></c>", "names a text that is not there"),
        ("<c><v>zeven</v></c>", "a cell of numbers has none"),
        ("<c><v>&x;</v></c>", "an entity"),
    ] {
        let error = rows(&xlsx_of(&format!("<row>{xml}</row>")), InputFormat::Xlsx).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn hidden_rows_are_told_however_they_are_hidden() {
    let row = |attributes: &str| format!("<row {attributes}><c><v>1</v></c></row>");
    for (attributes, is_hidden) in [
        ("r=\"2\"", false),
        ("r=\"2\" hidden=\"1\"", true),
        ("r=\"2\" hidden=\"true\"", true),
        ("r=\"2\" hidden=\"0\"", false),
        ("r=\"2\" ht=\"0\" customHeight=\"1\"", true),
        ("r=\"2\" ht=\"15.5\"", false),
        ("r=\"2\" outlineLevel=\"1\" hidden=\"1\"", true),
    ] {
        let rows = rows(&xlsx_of(&row(attributes)), InputFormat::Xlsx).unwrap();
        assert_eq!((rows[0].number, rows[0].is_hidden), (2, is_hidden), "{attributes}");
    }
}

/// A sheet of LibreOffice with these rows.
fn ods_of(rows: &str) -> Vec<u8> {
    let content = format!(
        r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:style="s" xmlns:calcext="c">
        <office:automatic-styles><style:style style:name="ta2" style:family="table">
        <style:table-properties table:display="false"/></style:style></office:automatic-styles>
        <office:body><office:spreadsheet>
        <table:tracked-changes><table:deletion><table:cut-offs/></table:deletion></table:tracked-changes>
        <table:table table:name="Blad1"><table:table-column/>{rows}</table:table>
        <table:table table:name="Weg" table:style-name="ta2"><table:table-row/></table:table>
        </office:spreadsheet></office:body></office:document-content>"#
    );
    zipped(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", &content),
    ])
}

fn ods_cells(cells: &str) -> Vec<Value> {
    let row = format!("<table:table-row>{cells}</table:table-row>");
    let mut rows = rows(&ods_of(&row), InputFormat::Ods).unwrap();
    rows.pop().map(|row| row.cells).unwrap_or_default()
}

#[test]
fn what_stands_beside_a_text_of_libreoffice_is_not_of_it() {
    for beside in [
        "<text:ruby><text:ruby-base>Maes</text:ruby-base><text:ruby-text>maas</text:ruby-text></text:ruby>",
        "Maes<text:note><text:note-body><text:p>oud</text:p></text:note-body></text:note>",
        "Ma<office:annotation><text:p>oud</text:p></office:annotation>es",
    ] {
        let cell = format!(
            "<table:table-cell office:value-type=\"string\"><text:p>An {beside} x</text:p></table:table-cell>"
        );
        assert_eq!(ods_cells(&cell), [text("An Maes x")], "{beside}");
    }
}

#[test]
fn columns_that_a_sheet_hides_are_known() {
    let hidden = |bytes: Vec<u8>, format| {
        let input = Input::from_reader(Path::new("h"), bytes.as_slice()).unwrap();
        let mut workbook = Workbook::open(input, format).unwrap();
        let mut rows = workbook.rows(0).unwrap();
        rows.read().unwrap();
        rows.hidden_columns()
    };
    let row = "<row><c><v>1</v></c></row>";
    for (columns, expected) in [
        ("<cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols>", vec![1..=2]),
        ("<cols><col min=\"1\" max=\"1\" width=\"0\"/></cols>", vec![0..=0]),
        ("<cols><col min=\"1\" max=\"9\" width=\"9\" hidden=\"0\"/></cols>", vec![]),
        ("<cols><col min=\"0\" max=\"0\" hidden=\"1\"/></cols>", vec![]),
    ] {
        let sheet = xlsx_with(columns, row);
        assert_eq!(hidden(sheet, InputFormat::Xlsx), expected, "{columns}");
    }
    let row = "<table:table-row><table:table-cell office:value-type=\"float\" office:value=\"1\"/>\
               </table:table-row>";
    for (columns, expected) in [
        (
            "<table:table-column table:number-columns-repeated=\"2\"/>\
             <table:table-column table:visibility=\"collapse\"/>",
            vec![3..=3],
        ),
        (
            "<table:table-columns><table:table-column table:visibility=\"filter\" \
             table:number-columns-repeated=\"2\"/></table:table-columns>",
            vec![1..=2],
        ),
        ("<table:table-column/>", vec![]),
    ] {
        let sheet = ods_of(&format!("{columns}{row}"));
        assert_eq!(hidden(sheet, InputFormat::Ods), expected, "{columns}");
    }
}

#[test]
fn a_cell_of_libreoffice_gives_the_text_that_it_shows() {
    let cell = |attributes: &str, inside: &str| {
        format!("<table:table-cell {attributes}>{inside}</table:table-cell>")
    };
    let not_text = |what| vec![Value::NotText(what)];
    for (attributes, inside, expected) in [
        ("office:value-type=\"string\"", "<text:p>Jan</text:p>", vec![text("Jan")]),
        (
            "office:value-type=\"string\"",
            "<office:annotation><text:p>remark</text:p></office:annotation>\
             <text:p>Jan<text:s text:c=\"2\"/><text:span>P</text:span></text:p><text:p>x</text:p>",
            vec![text("Jan  P\nx")],
        ),
        (
            "office:value-type=\"float\" office:value=\"471\"",
            "<text:p>00471</text:p>",
            vec![number("00471")],
        ),
        (
            "office:value-type=\"float\" office:value=\"471\"",
            "<text:p>B-0471</text:p>",
            vec![number("B-0471")],
        ),
        (
            "office:value-type=\"float\" office:value=\"4711\"",
            "<text:p>4.711</text:p>",
            not_text(NonText::PunctuatedNumber),
        ),
        (
            "office:value-type=\"float\" office:value=\"4711\"",
            "<text:p>4711,00</text:p>",
            not_text(NonText::PunctuatedNumber),
        ),
        (
            "office:value-type=\"float\" office:value=\"850731\"",
            "<text:p>8,5E+05</text:p>",
            not_text(NonText::PunctuatedNumber),
        ),
        ("office:value-type=\"float\" office:value=\"4711\"", "", vec![number("4711")]),
        (
            "office:value-type=\"percentage\" office:value=\"0.05\"",
            "<text:p>5%</text:p>",
            not_text(NonText::CalculatedNumber),
        ),
        (
            "office:value-type=\"date\" office:date-value=\"2026-11-28\"",
            "<text:p>28/11/26</text:p>",
            not_text(NonText::Date),
        ),
        (
            "office:value-type=\"boolean\" office:boolean-value=\"true\"",
            "<text:p>WAAR</text:p>",
            not_text(NonText::Boolean),
        ),
        (
            "office:value-type=\"string\" calcext:value-type=\"error\" table:formula=\"of:=NA()\"",
            "<text:p>#N/B</text:p>",
            not_text(NonText::SheetError),
        ),
        (
            "table:formula=\"of:=[.A1]\" office:value-type=\"float\" office:value=\"0\"",
            "<text:p>0</text:p>",
            vec![Value::FormulaZero],
        ),
        (
            "table:formula=\"of:=SUM([.A1:.A9])\" office:value-type=\"float\" office:value=\"9\"",
            "<text:p>9</text:p>",
            not_text(NonText::Total),
        ),
        ("table:formula=\"of:=[.A1]\"", "", not_text(NonText::Uncomputed)),
        ("", "", vec![]),
        (
            "table:number-columns-repeated=\"3\" office:value-type=\"string\"",
            "<text:p>x</text:p>",
            vec![text("x"), text("x"), text("x")],
        ),
    ] {
        assert_eq!(ods_cells(&cell(attributes, inside)), expected, "{attributes} {inside}");
    }
    let gap = "<table:table-cell table:number-columns-repeated=\"2\"/><table:covered-table-cell/>\
               <table:table-cell office:value-type=\"string\"><text:p>x</text:p></table:table-cell>\
               <table:table-cell table:number-columns-repeated=\"16380\"/>";
    assert_eq!(ods_cells(gap).iter().position(|cell| *cell == text("x")), Some(3));
}

#[test]
fn rows_of_libreoffice_are_counted_and_told_when_they_are_hidden() {
    let row = |attributes: &str| {
        format!(
            "<table:table-row {attributes}><table:table-cell office:value-type=\"string\">\
             <text:p>x</text:p></table:table-cell></table:table-row>"
        )
    };
    let folded = format!(
        "<table:table-row-group table:display=\"false\">{}</table:table-row-group>",
        row("")
    );
    let xml = [
        "<table:table-header-rows>".to_owned(),
        row(""),
        "</table:table-header-rows>".to_owned(),
        "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell/></table:table-row>"
            .to_owned(),
        row("table:visibility=\"filter\""),
        row("table:visibility=\"collapse\""),
        folded,
        row("table:number-rows-repeated=\"2\""),
        "<table:table-row table:number-rows-repeated=\"1048566\"><table:table-cell/></table:table-row>"
            .to_owned(),
    ]
    .concat();
    let rows: Vec<(u32, bool)> = rows(&ods_of(&xml), InputFormat::Ods)
        .unwrap()
        .into_iter()
        .map(|row| (row.number, row.is_hidden))
        .collect();
    assert_eq!(rows, [(1, false), (5, true), (6, true), (7, true), (8, false), (9, false)]);
    let input = Input::from_reader(Path::new("h"), ods_of("").as_slice()).unwrap();
    let workbook = Workbook::open(input, InputFormat::Ods).unwrap();
    let sheets: Vec<(&str, bool)> =
        workbook.sheets().iter().map(|sheet| (sheet.name.as_str(), sheet.is_hidden)).collect();
    assert_eq!(sheets, [("Blad1", false), ("Weg", true)]);
}

#[test]
fn a_workbook_with_a_password_is_told_as_one() {
    let locked = zipped(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<m:manifest xmlns:m='m'><m:encryption-data/></m:manifest>"),
        ("content.xml", "\u{1}\u{2}"),
    ]);
    let error = rows(&locked, InputFormat::Ods).unwrap_err();
    assert!(error.contains("is a workbook that is locked with a password"), "{error}");
}

#[test]
fn shared_strings_that_only_fill_the_memory_are_refused_in_time() {
    let strings = format!("<sst>{}</sst>", "<si/>".repeat(3 << 20));
    let bomb = zipped(&[
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="Blad1" r:id="rId1"/></sheets></workbook>"#,
        ),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/sharedStrings.xml", &strings),
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"),
    ]);
    assert!(bomb.len() < 1 << 20);
    let error = rows(&bomb, InputFormat::Xlsx).unwrap_err();
    assert!(error.contains("MiB when unpacked"), "{error}");
}

#[test]
fn every_text_and_number_is_the_one_that_another_reader_finds() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..40_u32 {
        let name = format!("Zo\u{eb} <{row}> & \"Jef\" _x0041_\u{2019}");
        sheet.write(row, 0, row * 997).unwrap().write(row, 2, name).unwrap();
        sheet.write(row, 3, "same").unwrap();
        if row % 3 == 0 {
            sheet.write(row, 5, f64::from(row) + 0.5).unwrap();
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    let mut theirs: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(bytes.as_slice())).unwrap();
    let theirs = theirs.worksheet_range("Sheet1").unwrap();
    let ours = rows(&bytes, InputFormat::Xlsx).unwrap();
    assert_eq!(ours.len(), theirs.height());
    for (ours, theirs) in ours.iter().zip(theirs.rows()) {
        for (column, theirs) in theirs.iter().enumerate() {
            let ours = ours.cells.get(column).cloned().unwrap_or_default();
            match theirs {
                Data::Empty => assert_eq!(ours, Value::Empty),
                Data::String(theirs) => assert_eq!(ours, text(theirs)),
                Data::Float(theirs) if theirs.fract() == 0.0 => {
                    assert_eq!(ours, number(&theirs.to_string()));
                }
                Data::Float(_) => assert_eq!(ours, Value::NotText(NonText::RoundedNumber)),
                other => panic!("{other:?}"),
            }
        }
    }
}
