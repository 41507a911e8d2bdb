//! Workbooks of Excel 2007 and later (ECMA-376 part 1, 12.3 and 18): sheets, shared strings,
//! number formats, and rows as their cells show them.

use std::ops::RangeInclusive;

use quick_xml::events::{BytesStart, Event};

use super::{
    number_format::NumberFormat,
    part::{self, Archive, PartXml, WorkbookError, attribute, is_set},
    sheet::{HiddenColumns, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_SHEETS, SheetInfo, SheetRow},
};
use crate::read::{
    limits::MAX_ROW_BYTES,
    value::{NonText, Value},
};

/// What the shared strings of a workbook may have, in bytes and in number.
const MAX_STRINGS_BYTES: usize = 192 << 20;
const MAX_STRINGS: usize = 16 << 20;

/// What is the same for all sheets.
pub(super) struct Book {
    strings: Strings,
    formats: Vec<NumberFormat>,
}

/// The shared strings, one behind the other.
#[derive(Default)]
struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }
}

/// The folder of the main part, its sheets and what they share.
pub(super) fn open(archive: &mut Archive) -> Result<(Book, Vec<SheetInfo>), WorkbookError> {
    let main = relations(archive, "_rels/.rels")?
        .into_iter()
        .find(|relation| relation.kind.ends_with("/officeDocument"))
        .map_or_else(|| "xl/workbook.xml".to_owned(), |relation| relation.target);
    let main = main.trim_start_matches('/').to_owned();
    let (folder, name) = main.rsplit_once('/').unwrap_or(("", &main));
    let inside = |target: &str| match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{target}").trim_start_matches('/').to_owned(),
    };
    let relations = relations(archive, &inside(&format!("_rels/{name}.rels")))?;
    let by_kind = |kind: &str| {
        let found = relations.iter().find(|relation| relation.kind.ends_with(kind));
        found.map(|relation| inside(&relation.target))
    };
    let strings = by_kind("/sharedStrings").filter(|part| part::has(archive, part));
    let styles = by_kind("/styles").filter(|part| part::has(archive, part));
    let strings = strings.map_or_else(|| Ok(Strings::default()), |part| strings_of(archive, &part));
    let (strings, formats) =
        (strings?, styles.map_or_else(|| Ok(Vec::new()), |part| formats_of(archive, &part))?);
    let mut sheets = Vec::new();
    let mut xml = part::open(archive, &main)?;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "sheet" => {
                let (name, id) = (attribute(&element, "name"), attribute(&element, "id"));
                let state = attribute(&element, "state").unwrap_or_default();
                let relation = relations.iter().find(|relation| Some(&relation.id) == id.as_ref());
                // A chart has a sheet of its own too.
                let sheet = relation.filter(|relation| relation.kind.ends_with("/worksheet"));
                if let (Some(name), Some(sheet)) = (name, sheet) {
                    if sheets.len() >= MAX_SHEETS {
                        return Err(WorkbookError::TooLarge { part: main });
                    }
                    let is_hidden = state.eq_ignore_ascii_case("hidden")
                        || state.eq_ignore_ascii_case("veryHidden");
                    sheets.push(SheetInfo { name, is_hidden, part: inside(&sheet.target) });
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Ok((Book { strings, formats }, sheets))
}

/// A part that belongs to another (ECMA-376 part 2, 6.5).
struct Relation {
    id: String,
    kind: String,
    target: String,
}

fn relations(archive: &mut Archive, part: &str) -> Result<Vec<Relation>, WorkbookError> {
    let mut relations = Vec::new();
    if !part::has(archive, part) {
        return Ok(relations);
    }
    let mut xml = part::open(archive, part)?;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let [id, kind, target] =
                    ["Id", "Type", "Target"].map(|name| attribute(&element, name));
                if let (Some(id), Some(kind), Some(target)) = (id, kind, target) {
                    if relations.len() >= MAX_SHEETS {
                        return Err(WorkbookError::TooLarge { part: part.to_owned() });
                    }
                    relations.push(Relation { id, kind, target });
                }
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

fn strings_of(archive: &mut Archive, part: &str) -> Result<Strings, WorkbookError> {
    let mut strings = Strings::default();
    let mut xml = part::open(archive, part)?;
    loop {
        let is_string = match xml.next()? {
            Event::Start(element) => element.local_name().as_ref() == "si",
            Event::Eof => return Ok(strings),
            _ => false,
        };
        if !is_string {
            continue;
        }
        // Beside the text there may be how it is pronounced.
        let text = xml.text(|name| name == "rPh")?;
        strings.text.push_str(&unescaped(&text));
        let end = strings.text.len();
        if end > MAX_STRINGS_BYTES || strings.ends.len() >= MAX_STRINGS {
            return Err(WorkbookError::TooLarge { part: part.to_owned() });
        }
        strings.ends.push(u32::try_from(end).unwrap_or(u32::MAX));
    }
}

/// The number formats, by the style that a cell names.
fn formats_of(archive: &mut Archive, part: &str) -> Result<Vec<NumberFormat>, WorkbookError> {
    const MAX_FORMATS: usize = 70_000;
    /// Formats that a workbook names itself, and the length of one: Excel has at most some 250 of 255
    /// characters.
    const MAX_OWN: usize = 4096;
    const MAX_CODE: usize = 1024;
    let mut own: Vec<(u32, NumberFormat)> = Vec::new();
    let mut formats = Vec::new();
    let mut is_of_cells = false;
    let mut xml = part::open(archive, part)?;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "numFmt" if own.len() < MAX_OWN => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    let code = attribute(&element, "formatCode");
                    let code = code.filter(|code| code.len() <= MAX_CODE);
                    if let (Some(id), Some(code)) = (id, code) {
                        own.push((id, NumberFormat::parse(&code)));
                    }
                }
                "cellXfs" => is_of_cells = true,
                "xf" if is_of_cells && formats.len() < MAX_FORMATS => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    let id: u32 = id.unwrap_or_default();
                    let format = own.iter().find(|(number, _)| *number == id);
                    let format = format.map(|(_, format)| format.clone());
                    formats.push(format.unwrap_or_else(|| NumberFormat::built_in(id)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => {
                is_of_cells = false;
            }
            Event::Eof => return Ok(formats),
            _ => {}
        }
    }
}

/// The rows of a sheet.
pub(super) struct Rows<'a> {
    xml: PartXml<'a>,
    book: &'a Book,
    /// The number of the last row.
    row: u32,
    is_ended: bool,
    hidden: HiddenColumns,
    /// How many cells were read.
    cells: usize,
    part: String,
}

/// A cell's attributes.
struct Cell {
    column: Option<usize>,
    kind: String,
    style: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn open(
        archive: &'a mut Archive,
        book: &'a Book,
        part: &str,
    ) -> Result<Self, WorkbookError> {
        let mut xml = part::open(archive, part)?;
        let mut is_ended = false;
        let mut hidden = HiddenColumns::new();
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "sheetData" => break,
                Event::Start(element) if element.local_name().as_ref() == "col" => {
                    hidden.extend(hidden_columns(&element).filter(|_| hidden.len() < MAX_COLUMNS));
                }
                Event::Eof => {
                    is_ended = true;
                    break;
                }
                _ => {}
            }
        }
        Ok(Self { xml, book, row: 0, is_ended, hidden, cells: 0, part: part.to_owned() })
    }

    /// The columns that are hidden.
    pub(super) fn hidden_columns(&self) -> HiddenColumns {
        self.hidden.clone()
    }

    /// Reads the next row with anything in it.
    pub(super) fn read(&mut self) -> Result<Option<SheetRow>, WorkbookError> {
        while !self.is_ended {
            let row = match self.xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "row" => {
                    Some(row_of(&element))
                }
                Event::Start(_) => None,
                Event::End(element) if element.local_name().as_ref() == "sheetData" => {
                    self.is_ended = true;
                    continue;
                }
                Event::Eof => return Err(self.xml.malformed("it ends too early")),
                _ => continue,
            };
            let Some((number, is_hidden)) = row else {
                self.xml.skip()?;
                continue;
            };
            self.row = number.unwrap_or_else(|| self.row.saturating_add(1));
            if self.row == 0 || self.row > MAX_ROWS {
                return Err(self.xml.malformed("a row has a number that no sheet has"));
            }
            let cells = self.cells()?;
            self.cells = self.cells.saturating_add(cells.len());
            if self.cells > MAX_CELLS {
                return Err(WorkbookError::TooLarge { part: self.part.clone() });
            }
            if cells.iter().any(|cell| !cell.is_empty()) {
                return Ok(Some(SheetRow { number: self.row, is_hidden, cells }));
            }
        }
        Ok(None)
    }

    /// Reads the cells of the row whose start was read.
    fn cells(&mut self) -> Result<Vec<Value>, WorkbookError> {
        let mut cells: Vec<Value> = Vec::new();
        let (mut next, mut bytes) = (0, 0);
        loop {
            let cell = match self.xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "c" => {
                    Some(cell_of(&element))
                }
                Event::Start(_) => None,
                Event::End(_) => return Ok(cells),
                Event::Eof => return Err(self.xml.malformed("it ends too early")),
                _ => continue,
            };
            let Some(cell) = cell else {
                self.xml.skip()?;
                continue;
            };
            let column = cell.column.unwrap_or(next);
            next = column + 1;
            let value = self.value(&cell)?;
            if column >= MAX_COLUMNS || matches!(value, Value::Empty) {
                continue;
            }
            // Thousands of cells may name one long text.
            bytes += value.text().map_or(0, str::len);
            if bytes > MAX_ROW_BYTES {
                return Err(self.xml.malformed("a row is longer than any of a list"));
            }
            if cells.len() <= column {
                cells.resize_with(column + 1, Value::default);
            }
            cells[column] = value;
        }
    }

    /// Reads what stands in the cell whose start was read.
    fn value(&mut self, cell: &Cell) -> Result<Value, WorkbookError> {
        let mut value: Option<String> = None;
        let mut formula: Option<String> = None;
        loop {
            let name = match self.xml.next()? {
                Event::Start(element) => element.local_name().as_ref().to_owned(),
                Event::End(_) => break,
                Event::Eof => return Err(self.xml.malformed("it ends too early")),
                _ => continue,
            };
            match name.as_str() {
                "v" => value = Some(self.xml.text(|_| false)?),
                "is" => value = Some(self.xml.text(|name| name == "rPh")?),
                "f" => formula = Some(self.xml.text(|_| false)?),
                _ => self.xml.skip()?,
            }
        }
        let is_formula = formula.is_some();
        if formula.is_some_and(|formula| is_total(&formula)) {
            return Ok(Value::NotText(NonText::Total));
        }
        let is_text = matches!(cell.kind.as_str(), "str" | "inlineStr" | "s");
        let Some(value) = value.filter(|value| is_text || !value.trim().is_empty()) else {
            let is_uncomputed = is_formula && cell.kind != "str";
            return Ok(if is_uncomputed {
                Value::NotText(NonText::Uncomputed)
            } else {
                Value::Empty
            });
        };
        let format = self.book.formats.get(cell.style);
        let shown = |text: &str| {
            let text = format.map_or_else(|| text.to_owned(), |format| format.show_text(text));
            if text.trim().is_empty() { Value::Empty } else { Value::Text(text) }
        };
        Ok(match cell.kind.as_str() {
            "s" => {
                let index = value.trim().parse().ok();
                match index.and_then(|index| self.book.strings.get(index)) {
                    Some(text) => shown(text),
                    None => {
                        return Err(self.xml.malformed("a cell names a text that is not there"));
                    }
                }
            }
            "str" | "inlineStr" => shown(&unescaped(&value)),
            "b" => Value::NotText(NonText::Boolean),
            "e" => Value::NotText(NonText::SheetError),
            "d" => Value::NotText(NonText::Date),
            _ => match value.trim().parse::<f64>() {
                Ok(number) if is_formula && number == 0.0 => Value::FormulaZero,
                Ok(number) => number_shown(format, number),
                Err(_) => return Err(self.xml.malformed("a cell of numbers has none")),
            },
        })
    }
}

fn number_shown(format: Option<&NumberFormat>, number: f64) -> Value {
    let shown = match format {
        Some(format) => format.show(number),
        None => NumberFormat::built_in(0).show(number),
    };
    match shown {
        Ok(text) if text.is_empty() => Value::Empty,
        Ok(text) => Value::Number(text),
        Err(what) => Value::NotText(what),
    }
}

/// Whether a formula sums or counts other cells, as below a list; files have English names.
pub(super) fn is_total(formula: &str) -> bool {
    let name = formula.trim_start_matches(['=', '+', ' ']).split('(').next().unwrap_or_default();
    matches!(
        name.trim().trim_start_matches("_xlfn.").to_ascii_uppercase().as_str(),
        "SUM" | "SUBTOTAL" | "COUNT" | "COUNTA" | "AGGREGATE" | "COUNTIF" | "AVERAGE" | "ROWS"
    )
}

/// A row's number, and whether it is hidden, by a filter or by hand.
fn row_of(element: &BytesStart<'_>) -> (Option<u32>, bool) {
    let number = attribute(element, "r").map(|number| number.trim().parse().unwrap_or(0));
    let height = attribute(element, "ht").and_then(|height| height.trim().parse::<f64>().ok());
    (number, is_set(element, "hidden") || height.is_some_and(|height| height <= 0.0))
}

/// The columns of a `col` that are hidden, or that have no width.
fn hidden_columns(element: &BytesStart<'_>) -> Option<RangeInclusive<usize>> {
    let number = |name| -> Option<usize> { attribute(element, name)?.trim().parse().ok() };
    let width = attribute(element, "width").and_then(|width| width.trim().parse::<f64>().ok());
    let is_hidden = is_set(element, "hidden") || width.is_some_and(|width| width <= 0.0);
    let (first, last) = (number("min")?, number("max")?);
    (is_hidden && first > 0).then(|| first - 1..=last.saturating_sub(1))
}

fn cell_of(element: &BytesStart<'_>) -> Cell {
    let style = attribute(element, "s").and_then(|style| style.trim().parse().ok());
    Cell {
        column: attribute(element, "r").map(|place| column_of(&place)),
        kind: attribute(element, "t").unwrap_or_default(),
        style: style.unwrap_or_default(),
    }
}

/// The column of a cell's name, from 0: `AB12` is 27; one that is none is past all columns.
fn column_of(place: &str) -> usize {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.fold(0_usize, |number, letter| {
        let digit = usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        number.saturating_mul(26).saturating_add(digit)
    });
    number.checked_sub(1).unwrap_or(usize::MAX - 1)
}

/// A text without the escapes that stand for characters which XML can't have: `_x000D_`
/// (ECMA-376 part 1, 22.9.2.19).
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("_x") {
        let (before, escape) = rest.split_at(start);
        plain.push_str(before);
        let code = escape.get(2..6).filter(|_| escape.as_bytes().get(6) == Some(&b'_'));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        if let Some(character) = code.and_then(char::from_u32) {
            plain.push(character);
            rest = &escape[7..];
        } else {
            plain.push_str("_x");
            rest = &escape[2..];
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_by_letters() {
        for (place, column) in [("A1", 0), ("Z9", 25), ("AA1", 26), ("XFD1048576", 16_383)] {
            assert_eq!(column_of(place), column);
        }
        assert!(column_of("") >= MAX_COLUMNS && column_of("ZZZZZZZZZZZZZZZZ1") >= MAX_COLUMNS);
    }

    #[test]
    fn what_xml_cannot_have_is_unescaped() {
        for (text, plain) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00e9_", "é"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("_x12", "_x12"),
            ("x_", "x_"),
            ("_xé", "_xé"),
        ] {
            assert_eq!(unescaped(text), plain);
        }
    }

    #[test]
    fn a_formula_that_sums_is_known() {
        for formula in ["SUM(A1:A9)", "=SUBTOTAL(103,A2:A9)", " COUNTA(A:A)"] {
            assert!(is_total(formula), "{formula}");
        }
        for formula in ["SUMME", "VLOOKUP(A1,B:C,2)", "A1", "SUMX(A1)", ""] {
            assert!(!is_total(formula), "{formula}");
        }
    }
}
