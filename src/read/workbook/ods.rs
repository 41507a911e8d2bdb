//! OpenDocument spreadsheets (OASIS OpenDocument 1.3 part 3, 9 and 19): each cell has the text that
//! it shows beside its value.

use quick_xml::events::{BytesStart, Event};

use super::{
    number_format::NumberFormat,
    part::{self, Archive, PartXml, WorkbookError, attribute, resolved},
    sheet::{
        HiddenColumns, MAX_CELLS, MAX_COLUMNS, MAX_REPEATED, MAX_ROWS, MAX_SHEETS, SheetInfo,
        SheetRow,
    },
};
use crate::read::{
    limits::MAX_ROW_BYTES,
    value::{NonText, Value},
};

const CONTENT: &str = "content.xml";

/// The sheets.
pub(super) fn open(archive: &mut Archive) -> Result<Vec<SheetInfo>, WorkbookError> {
    require_unlocked(archive)?;
    let mut sheets = Vec::new();
    let mut hidden_styles: Vec<String> = Vec::new();
    let mut style = None;
    let mut xml = part::open(archive, CONTENT)?;
    loop {
        let is_table = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "style" => {
                    style = attribute(&element, "name");
                    false
                }
                "table-properties" => {
                    let is_hidden = attribute(&element, "display").is_some_and(|d| d == "false");
                    if hidden_styles.len() >= MAX_SHEETS {
                        return Err(WorkbookError::TooLarge { part: CONTENT.to_owned() });
                    }
                    hidden_styles.extend(style.take().filter(|_| is_hidden));
                    false
                }
                "table" => {
                    let name = attribute(&element, "name").unwrap_or_default();
                    let style = attribute(&element, "style-name");
                    let is_hidden = style.is_some_and(|style| hidden_styles.contains(&style));
                    if sheets.len() >= MAX_SHEETS {
                        return Err(WorkbookError::TooLarge { part: CONTENT.to_owned() });
                    }
                    let part = sheets.len().to_string();
                    sheets.push(SheetInfo { name, is_hidden, part });
                    true
                }
                // What was deleted, and what other files gave, has tables too.
                "tracked-changes" | "dde-links" => true,
                _ => false,
            },
            Event::Eof => return Ok(sheets),
            _ => false,
        };
        if is_table {
            xml.skip()?;
        }
    }
}

/// A password leaves the names of the parts readable, and says so in the list of them.
fn require_unlocked(archive: &mut Archive) -> Result<(), WorkbookError> {
    const LIST: &str = "META-INF/manifest.xml";
    if !part::has(archive, LIST) {
        return Ok(());
    }
    let mut xml = part::open(archive, LIST)?;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "encryption-data" => {
                return Err(WorkbookError::Locked);
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The rows of a sheet.
pub(super) struct Rows<'a> {
    xml: PartXml<'a>,
    /// The number of the next row.
    next: u32,
    /// A row that stands for several, and how many of them are left.
    repeated: Option<(SheetRow, u32)>,
    /// Groups around the row, from the outermost, and which of them are folded.
    folded: Vec<bool>,
    is_ended: bool,
    /// The next column that the sheet says something of, and those that it hides.
    column: usize,
    hidden: HiddenColumns,
    /// How many cells were read.
    cells: usize,
}

impl<'a> Rows<'a> {
    /// Opens the sheet of a number, from 0.
    pub(super) fn open(archive: &'a mut Archive, sheet: &str) -> Result<Self, WorkbookError> {
        let mut xml = part::open(archive, CONTENT)?;
        let mut left: usize = sheet.parse().unwrap_or(usize::MAX);
        loop {
            let is_other = match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table" if left == 0 => break,
                    "table" => {
                        left -= 1;
                        true
                    }
                    "tracked-changes" | "dde-links" => true,
                    _ => false,
                },
                Event::Eof => return Err(xml.malformed("a sheet is missing")),
                _ => false,
            };
            if is_other {
                xml.skip()?;
            }
        }
        Ok(Self {
            xml,
            next: 1,
            repeated: None,
            folded: Vec::new(),
            is_ended: false,
            column: 0,
            hidden: HiddenColumns::new(),
            cells: 0,
        })
    }

    /// The columns that are hidden, once the first row was read.
    pub(super) fn hidden_columns(&self) -> HiddenColumns {
        self.hidden.clone()
    }

    /// Counts the cells of a row: what repeats one can claim more of them than a machine can read.
    fn count(&mut self, row: &SheetRow) -> Result<(), WorkbookError> {
        self.cells = self.cells.saturating_add(row.cells.len());
        if self.cells > MAX_CELLS {
            return Err(WorkbookError::TooLarge { part: CONTENT.to_owned() });
        }
        Ok(())
    }

    /// Reads the next row with anything in it.
    pub(super) fn read(&mut self) -> Result<Option<SheetRow>, WorkbookError> {
        enum Node {
            Row { is_hidden: bool, times: u32 },
            Columns { is_hidden: bool, times: u32 },
            Other,
        }
        if let Some((row, left)) = self.repeated.take() {
            self.count(&row)?;
            let next = SheetRow { number: row.number + 1, ..row.clone() };
            if left > 1 {
                self.repeated = Some((next.clone(), left - 1));
            }
            return Ok(Some(next));
        }
        while !self.is_ended {
            let node = match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-row" => Node::Row {
                        is_hidden: attribute(&element, "visibility")
                            .is_some_and(|state| matches!(state.as_str(), "collapse" | "filter")),
                        times: times(&element, "number-rows-repeated", MAX_ROWS),
                    },
                    "table-row-group" => {
                        let is_folded =
                            attribute(&element, "display").is_some_and(|d| d == "false");
                        self.folded.push(is_folded);
                        continue;
                    }
                    "table-rows"
                    | "table-header-rows"
                    | "table-columns"
                    | "table-header-columns"
                    | "table-column-group" => {
                        self.folded.push(false);
                        continue;
                    }
                    "table-column" => Node::Columns {
                        is_hidden: attribute(&element, "visibility")
                            .is_some_and(|state| matches!(state.as_str(), "collapse" | "filter")),
                        times: times(&element, "number-columns-repeated", 1 << 20),
                    },
                    _ => Node::Other,
                },
                Event::End(_) => {
                    self.is_ended = self.folded.pop().is_none();
                    continue;
                }
                Event::Eof => return Err(self.xml.malformed("it ends too early")),
                _ => continue,
            };
            if let Node::Columns { is_hidden, times } = node {
                let end = self.column.saturating_add(times as usize);
                if is_hidden && self.hidden.len() < MAX_COLUMNS {
                    self.hidden.push(self.column..=end - 1);
                }
                self.column = end;
            }
            let Node::Row { is_hidden, times } = node else {
                self.xml.skip()?;
                continue;
            };
            let is_hidden = is_hidden || self.folded.contains(&true);
            let (number, cells) = (self.next, self.cells()?);
            self.next = number.saturating_add(times);
            if cells.iter().all(Value::is_empty) {
                continue;
            }
            if self.next > MAX_ROWS + 1 {
                return Err(self.xml.malformed("a row has a number that no sheet has"));
            }
            let row = SheetRow { number, is_hidden, cells };
            self.count(&row)?;
            if times > 1 {
                if row.cells.len().saturating_mul(times as usize) > MAX_REPEATED {
                    return Err(WorkbookError::TooLarge { part: CONTENT.to_owned() });
                }
                self.repeated = Some((row.clone(), times - 1));
            }
            return Ok(Some(row));
        }
        Ok(None)
    }

    fn cells(&mut self) -> Result<Vec<Value>, WorkbookError> {
        let mut cells: Vec<Value> = Vec::new();
        let (mut column, mut bytes) = (0, 0_usize);
        loop {
            let cell = match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-cell" | "covered-table-cell" => Some(Cell::of(&element)),
                    _ => None,
                },
                Event::End(_) => return Ok(cells),
                Event::Eof => return Err(self.xml.malformed("it ends too early")),
                _ => continue,
            };
            let Some(cell) = cell else {
                self.xml.skip()?;
                continue;
            };
            let shown = self.shown()?;
            let value = cell.value(shown);
            let end = (column + cell.times as usize).min(MAX_COLUMNS);
            // One cell may stand for thousands.
            let length = value.text().map_or(0, str::len);
            bytes = bytes.saturating_add(length.saturating_mul(end - column));
            if bytes > MAX_ROW_BYTES {
                return Err(self.xml.malformed("a row is longer than any of a list"));
            }
            if !value.is_empty() {
                cells.resize_with(column, Value::default);
                cells.resize(end, value);
            }
            column = end;
        }
    }

    /// Reads the text that the cell shows whose start was read; remarks and drawings are not of it.
    fn shown(&mut self) -> Result<String, WorkbookError> {
        let mut text = String::new();
        let mut paragraphs = 0;
        loop {
            let is_paragraph = match self.xml.next()? {
                Event::Start(element) => element.local_name().as_ref() == "p",
                Event::End(_) => return Ok(text),
                Event::Eof => return Err(self.xml.malformed("it ends too early")),
                _ => continue,
            };
            if is_paragraph {
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
                self.paragraph(&mut text)?;
            } else {
                self.xml.skip()?;
            }
        }
    }

    fn paragraph(&mut self, text: &mut String) -> Result<(), WorkbookError> {
        let mut depth = 1_u32;
        while depth > 0 {
            let (mut is_unknown, mut is_beside) = (false, false);
            match self.xml.next()? {
                Event::Start(element) => {
                    depth += 1;
                    match element.local_name().as_ref() {
                        // Beside the text: how it is pronounced, a footnote, a remark.
                        "ruby-text" | "note" | "annotation" => is_beside = true,
                        "s" => {
                            let count = times(&element, "c", 1000) as usize;
                            text.push_str(&" ".repeat(count));
                        }
                        "tab" => text.push('\t'),
                        "line-break" => text.push('\n'),
                        _ => {}
                    }
                }
                Event::End(_) => depth -= 1,
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(part) => match resolved(&part) {
                    Some(character) => text.push(character),
                    None => is_unknown = true,
                },
                Event::Eof => return Err(self.xml.malformed("it ends too early")),
                _ => {}
            }
            if is_beside {
                self.xml.skip()?;
                depth -= 1;
            }
            if is_unknown {
                return Err(self.xml.malformed("it has an entity that XML does not know"));
            }
            if text.len() > MAX_ROW_BYTES {
                return Err(self.xml.malformed("a cell is longer than any may be"));
            }
        }
        Ok(())
    }
}

/// How many times something stands there, at most so many.
fn times(element: &BytesStart<'_>, name: &str, max: u32) -> u32 {
    let times = attribute(element, name).and_then(|times| times.trim().parse::<u64>().ok());
    u32::try_from(times.unwrap_or(1)).unwrap_or(u32::MAX).clamp(1, max)
}

/// A cell's attributes.
struct Cell {
    kind: String,
    value: Option<f64>,
    text: Option<String>,
    formula: Option<String>,
    is_error: bool,
    is_covered: bool,
    times: u32,
}

impl Cell {
    fn of(element: &BytesStart<'_>) -> Self {
        let is = |prefix: &str, name: &str| {
            element
                .attributes()
                .with_checks(false)
                .flatten()
                .find(|attribute| attribute.key.into_inner() == format!("{prefix}:{name}"))
                .map(|attribute| attribute.value.into_owned())
        };
        let value = attribute(element, "value").and_then(|value| value.trim().parse().ok());
        Self {
            kind: is("office", "value-type")
                .or_else(|| attribute(element, "value-type"))
                .unwrap_or_default(),
            value,
            text: attribute(element, "string-value"),
            formula: attribute(element, "formula"),
            is_error: is("calcext", "value-type").is_some_and(|kind| kind == "error"),
            is_covered: element.local_name().as_ref() == "covered-table-cell",
            times: times(element, "number-columns-repeated", 1 << 20),
        }
    }

    fn value(&self, shown: String) -> Value {
        if self.is_covered {
            return Value::Empty;
        }
        if self.is_error {
            return Value::NotText(NonText::SheetError);
        }
        let name = self.formula.as_deref().map(|formula| {
            formula.rsplit_once(":=").map_or(formula, |(_, formula)| formula).to_owned()
        });
        if name.is_some_and(|name| super::xlsx::is_total(&name)) {
            return Value::NotText(NonText::Total);
        }
        match (self.kind.as_str(), self.value) {
            ("float", Some(value)) if value == 0.0 && self.formula.is_some() => Value::FormulaZero,
            ("float", Some(value)) => number(value, &shown),
            ("percentage" | "currency", _) => Value::NotText(NonText::CalculatedNumber),
            ("date" | "time", _) => Value::NotText(NonText::Date),
            ("boolean", _) => Value::NotText(NonText::Boolean),
            ("" | "void", _) if self.formula.is_some() && shown.is_empty() => {
                Value::NotText(NonText::Uncomputed)
            }
            _ => match (shown, &self.text) {
                (shown, Some(text)) if shown.is_empty() => Value::Text(text.clone()),
                (shown, _) if shown.is_empty() => Value::Empty,
                (shown, _) => Value::Text(shown),
            },
        }
    }
}

/// A number by what its cell shows, if that is its digits.
fn number(value: f64, shown: &str) -> Value {
    let shown = shown.trim();
    let plain = NumberFormat::built_in(0).show(value);
    if shown.is_empty() {
        return match plain {
            Ok(text) => Value::Number(text),
            Err(what) => Value::NotText(what),
        };
    }
    let Ok(plain) = plain else {
        // Shown as a whole number, it is one.
        let is_whole = !shown.is_empty() && shown.bytes().all(|byte| byte.is_ascii_digit());
        let what = if is_whole && value.abs() < 1e15 {
            return Value::Number(shown.to_owned());
        } else {
            NonText::RoundedNumber
        };
        return Value::NotText(what);
    };
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    let is_same = digits.trim_start_matches('0') == plain.trim_start_matches(['-', '0']);
    if is_same && !has_thousands(shown) {
        return Value::Number(shown.to_owned());
    }
    Value::NotText(NonText::PunctuatedNumber)
}

/// Whether a sign stands between the thousands: `4.711`, `4 711`.
fn has_thousands(shown: &str) -> bool {
    let is_sign =
        |c: char| matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}');
    let mut groups = shown.split(is_sign);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    !rest.is_empty()
        && (1..=3).contains(&first.trim_start_matches('-').len())
        && rest
            .iter()
            .all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()))
}
