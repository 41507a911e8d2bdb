//! Tables: a header and rows of cells, in a delimited text or in a sheet of a workbook.

use std::{
    io::{BufRead, BufReader},
    path::Path,
};

use super::{
    columns::{Columns, Repeated},
    csv::{DELIMITERS, FirstRecords, Records},
    encoding::{Encoding, Utf8Reader},
    error::ReadError,
    fault::{Fault, FaultKind, Place},
    format::InputFormat,
    input::Input,
    value::Value,
    workbook::{self, HiddenColumns, SheetRows, Workbook},
};

/// How far down a header is looked for, in rows with anything in them.
const MAX_TITLE_ROWS: usize = 20;

/// What an operator says of where the table is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'a> {
    /// The sheet of a workbook.
    pub(super) sheet: Option<&'a str>,
    /// The row or line of the header, from 1.
    pub(super) header_row: Option<u64>,
}

/// How well a row is understood as a header.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Understood {
    /// All that is needed is there.
    pub(super) is_complete: bool,
    /// How many of its cells mean something.
    pub(super) known: usize,
}

/// A table whose header is known.
pub(super) struct Table {
    source: Source,
    pub(super) header: Header,
    /// The sheet that is read, and the other visible ones.
    pub(super) sheets: Option<(String, Vec<String>)>,
    /// The columns that the sheet hides.
    pub(super) hidden_columns: HiddenColumns,
}

enum Source {
    Text { input: Input, encoding: Encoding, delimiter: u8 },
    Workbook { workbook: Box<Workbook>, sheet: usize },
}

/// The row that names the columns.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) texts: Vec<String>,
    pub(super) place: Place,
    /// The first row with anything in it, where that is another.
    pub(super) title: Option<Place>,
}

impl Table {
    /// Finds the header of a delimited text with the delimiter that makes most sense of it.
    pub(super) fn of_text(
        mut input: Input,
        encoding: Encoding,
        wanted: Wanted<'_>,
        understood: &dyn Fn(&[String]) -> Understood,
    ) -> Result<Self, ReadError> {
        let path = input.path().to_owned();
        let mut best: Option<((Understood, usize), Header, u8)> = None;
        for delimiter in DELIMITERS {
            let first = FirstRecords::read(
                &mut input,
                encoding,
                delimiter,
                MAX_TITLE_ROWS,
                wanted.header_row,
            );
            let first = first.map_err(|(place, kind)| {
                let faults = vec![Fault::new(&path, place, kind)];
                ReadError::Faults { path: path.clone(), faults, total: 1 }
            })?;
            if first.records.is_empty() {
                return Err(no_header(&path, wanted));
            }
            let Some((score, header)) = Header::find(first.records, wanted, understood) else {
                continue;
            };
            let score = (score, header.texts.len());
            if first.is_announced {
                best = Some((score, header, first.delimiter));
                break;
            }
            if best.as_ref().is_none_or(|(highest, ..)| score > *highest) {
                best = Some((score, header, delimiter));
            }
        }
        let Some((_, header, delimiter)) = best else {
            return Err(no_header(&path, wanted));
        };
        let source = Source::Text { input, encoding, delimiter };
        Ok(Self { source, header, sheets: None, hidden_columns: HiddenColumns::new() })
    }

    /// Finds the sheet and the header of a workbook.
    pub(super) fn of_workbook(
        input: Input,
        format: InputFormat,
        wanted: Wanted<'_>,
        understood: &dyn Fn(&[String]) -> Understood,
    ) -> Result<Self, ReadError> {
        let path = input.path().to_owned();
        let mut workbook = Box::new(Workbook::open(input, format)?);
        let sheets = workbook.sheets().to_vec();
        let visible: Vec<usize> =
            (0..sheets.len()).filter(|index| !sheets[*index].is_hidden).collect();
        let name = |index: &usize| sheets[*index].name.clone();
        let chosen = match wanted.sheet {
            Some(sheet) => {
                let is_it = |name: &str| {
                    name.trim() == sheet.trim()
                        || name.trim().to_lowercase() == sheet.trim().to_lowercase()
                };
                let found = (0..sheets.len()).find(|index| is_it(&sheets[*index].name));
                found.ok_or_else(|| ReadError::NoSuchSheet {
                    path: path.clone(),
                    sheet: sheet.to_owned(),
                    sheets: visible.iter().map(name).collect(),
                })?
            }
            None => *visible.first().ok_or_else(|| ReadError::Empty { path: path.clone() })?,
        };
        let found = first_header(&mut workbook, &path, chosen, wanted, understood)?;
        let is_understood = found.as_ref().is_some_and(|(found, _, _)| found.is_complete);
        if !is_understood && wanted.sheet.is_none() && wanted.header_row.is_none() {
            // A sheet that only introduces the others, or one that is empty.
            for other in visible.iter().filter(|other| **other != chosen) {
                let there = first_header(&mut workbook, &path, *other, wanted, understood)?;
                if let Some((_, header, _)) = there.filter(|(found, _, _)| found.is_complete) {
                    return Err(ReadError::OtherSheet {
                        path,
                        read: name(&chosen),
                        sheet: name(other),
                        row: header.place.number(),
                    });
                }
            }
        }
        let Some((_, header, hidden_columns)) = found else {
            return Err(no_header(&path, wanted));
        };
        let others = visible.iter().filter(|other| **other != chosen).map(name).collect();
        let sheets = Some((name(&chosen), others));
        let source = Source::Workbook { workbook, sheet: chosen };
        Ok(Self { source, header, sheets, hidden_columns })
    }

    /// The rows below the header.
    pub(super) fn rows(&mut self, path: &Path) -> Result<Rows<'_>, ReadError> {
        let (header, width) = (self.header.place, self.header.texts.len());
        let source = match &mut self.source {
            Source::Text { input, encoding, delimiter } => {
                let text = Utf8Reader::from_start(input, *encoding)
                    .map_err(|source| ReadError::Unreadable { path: path.to_owned(), source })?;
                RowSource::Text(Records::past(text, *delimiter, header))
            }
            Source::Workbook { workbook, sheet } => {
                let rows = workbook.rows(*sheet);
                RowSource::Workbook(rows.map_err(|error| workbook::refusal(path, error))?)
            }
        };
        Ok(Rows { source, header, width, place: header, is_ended: false })
    }
}

impl Table {
    /// The records below the header of a delimited text, which then owns its bytes.
    pub(super) fn into_records(
        self,
        path: &Path,
    ) -> Result<Records<Utf8Reader<BufReader<Input>>>, ReadError> {
        let Source::Text { input, encoding, delimiter } = self.source else {
            return Err(ReadError::IsWorkbook { path: path.to_owned() });
        };
        let text = Utf8Reader::from_start(input, encoding)
            .map_err(|source| ReadError::Unreadable { path: path.to_owned(), source })?;
        Ok(Records::past(text, delimiter, self.header.place))
    }
}

/// There is no row that could be a header.
fn no_header(path: &Path, wanted: Wanted<'_>) -> ReadError {
    let path = path.to_owned();
    match wanted.header_row {
        Some(row) => ReadError::NoSuchRow { path, row },
        None => ReadError::Empty { path },
    }
}

/// The header of a sheet, if anything is in it, and the columns that the sheet hides.
fn first_header(
    workbook: &mut Workbook,
    path: &Path,
    sheet: usize,
    wanted: Wanted<'_>,
    understood: &dyn Fn(&[String]) -> Understood,
) -> Result<Option<(Understood, Header, HiddenColumns)>, ReadError> {
    let refused = |error| workbook::refusal(path, error);
    let mut first = Vec::new();
    let mut rows = workbook.rows(sheet).map_err(refused)?;
    loop {
        let row = match rows.read() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            // Told when the rows are read, if the header is above it.
            Err(_) if !first.is_empty() => break,
            Err(error) => return Err(refused(error)),
        };
        let number = u64::from(row.number);
        let is_wanted = wanted.header_row == Some(number);
        if first.len() < MAX_TITLE_ROWS || is_wanted {
            let text = |value: Value| value.text().unwrap_or_default().to_owned();
            first.push((Place::Row(number), row.cells.into_iter().map(text).collect()));
        }
        let is_enough = match wanted.header_row {
            Some(wanted) => number >= wanted,
            None => first.len() >= MAX_TITLE_ROWS,
        };
        if is_enough {
            break;
        }
    }
    let hidden = rows.hidden_columns();
    let found = Header::find(first, wanted, understood);
    Ok(found.map(|(understood, header)| (understood, header, hidden)))
}

impl Header {
    /// The first row that is understood as a header, else the one that is understood best.
    fn find(
        rows: Vec<(Place, Vec<String>)>,
        wanted: Wanted<'_>,
        understood: &dyn Fn(&[String]) -> Understood,
    ) -> Option<(Understood, Self)> {
        let first = rows.first()?.0;
        let mut best: Option<(Understood, Place, Vec<String>)> = None;
        for (place, texts) in rows {
            if wanted.header_row.is_some_and(|row| row != place.number()) {
                continue;
            }
            let found = understood(&texts);
            if best.as_ref().is_none_or(|(highest, ..)| found > *highest) {
                best = Some((found, place, texts));
            }
            if found.is_complete {
                break;
            }
        }
        let (found, place, texts) = best?;
        Some((found, Self { texts, place, title: (place != first).then_some(first) }))
    }
}

/// A row of a table.
#[derive(Debug)]
pub(super) struct TableRow {
    pub(super) place: Place,
    /// The line on which it ends, when it runs over several.
    pub(super) last_line: Option<u64>,
    pub(super) is_hidden: bool,
    pub(super) cells: Vec<Value>,
    /// How many cells it has, and how many up to the last that isn't empty.
    pub(super) width: usize,
    pub(super) filled: usize,
    /// What is wrong with it, and in which cell.
    pub(super) flaw: Option<(Option<usize>, FaultKind)>,
}

impl TableRow {
    /// The text of a cell.
    pub(super) fn text(&self, index: usize) -> Option<&str> {
        self.cells.get(index).and_then(Value::text)
    }

    /// Whether it has as many cells as the header, empty ones at its end left out.
    pub(super) fn fits(&self, header: &Header) -> bool {
        let expected = header.texts.len();
        self.width >= expected && self.filled <= expected
    }

    /// The fault of a row that doesn't fit the header, or that has a flaw.
    pub(super) fn require_sound(
        &mut self,
        path: &Path,
        header: &Header,
        columns: &Columns,
    ) -> Result<(), Fault> {
        let fault = |kind| Fault::new(path, self.place, kind);
        if let Some((cell, kind)) = self.flaw.take() {
            let mut fault = fault(kind);
            if let Some(cell) = cell {
                let text = self.text(cell).unwrap_or_default().to_owned();
                fault = fault.with_value(&text);
                if let Some(text) = header.texts.get(cell) {
                    fault = fault.in_column(text.trim());
                }
            }
            return Err(fault);
        }
        if matches!(self.place, Place::Line(_)) && !self.fits(header) {
            let (expected, found, last_line) = (header.texts.len(), self.width, self.last_line);
            // Another header says more than a count of cells.
            let is_header = columns.repeated(|_| None, self.cells.iter().filter_map(Value::text))
                != Repeated::No;
            let kind = if is_header {
                FaultKind::OtherHeader
            } else {
                FaultKind::CellCount { expected, found, last_line }
            };
            return Err(fault(kind));
        }
        Ok(())
    }
}

/// The rows of a table below its header.
pub(super) struct Rows<'a> {
    source: RowSource<'a>,
    header: Place,
    width: usize,
    /// The row that was read last.
    place: Place,
    is_ended: bool,
}

// One of them at a time.
#[allow(clippy::large_enum_variant)]
enum RowSource<'a> {
    Text(Records<Utf8Reader<BufReader<&'a mut Input>>>),
    Workbook(SheetRows<'a>),
}

impl Iterator for Rows<'_> {
    /// A row, or where and why no further row can be read.
    type Item = Result<TableRow, (Place, FaultKind)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        let row = match &mut self.source {
            RowSource::Text(records) => match records.read() {
                Ok(true) => Ok(Some(row_of_text(records))),
                Ok(false) => Ok(None),
                Err(stop) => Err((records.place(), stop.into())),
            },
            RowSource::Workbook(rows) => {
                let row = row_of_sheet(rows, self.header, self.width, &mut self.place);
                row.map_err(|error| (self.place, FaultKind::BrokenSheet(Box::new(error))))
            }
        };
        self.is_ended = !matches!(row, Ok(Some(_)));
        row.transpose()
    }
}

fn row_of_text<R: BufRead>(records: &Records<R>) -> TableRow {
    let flaw = if let Some((cell, byte)) = records.foreign() {
        Some((Some(cell), FaultKind::NotUtf8 { byte }))
    } else {
        records.stray().map(|stray| {
            (Some(stray.cell), FaultKind::StrayQuote { after_backslash: stray.after_backslash })
        })
    };
    let cell = |index| {
        let bytes = records.cell(index);
        if bytes.is_empty() {
            Value::Empty
        } else {
            Value::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    };
    TableRow {
        place: records.place(),
        last_line: records.last_line(),
        is_hidden: false,
        cells: (0..records.len()).map(cell).collect(),
        width: records.len(),
        filled: records.filled(),
        flaw,
    }
}

/// The next row with anything under the headers.
fn row_of_sheet(
    rows: &mut SheetRows<'_>,
    header: Place,
    width: usize,
    last: &mut Place,
) -> Result<Option<TableRow>, workbook::WorkbookError> {
    while let Some(row) = rows.read()? {
        let place = Place::Row(u64::from(row.number));
        *last = (*last).max(place);
        let mut cells = row.cells;
        // What stands beside the table, under no header, is a note and no holder.
        cells.resize_with(width, Value::default);
        if place <= header || cells.iter().all(Value::is_empty) {
            continue;
        }
        return Ok(Some(TableRow {
            place,
            last_line: None,
            is_hidden: row.is_hidden,
            width,
            filled: width,
            cells,
            flaw: None,
        }));
    }
    Ok(None)
}
