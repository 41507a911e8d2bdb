//! Workbooks of Excel and its kin: the first sheet, read row by row.
//!
//! A workbook is a zip archive, so a small file can claim terabytes; its unpacked size is
//! measured before anything is parsed.

use std::{
    cell,
    io::{self, BufReader, Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use calamine::{Cell, DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};
use zip::ZipArchive;

use super::{
    error::ReadError,
    fault::{Fault, FaultKind, Found, Place},
    header::Columns,
    input::Input,
    row::{Draft, Value},
};

/// What a workbook may hold when unpacked.
const MAX_UNPACKED_BYTES: u64 = 256 << 20;
/// Columns that Excel has at most.
const MAX_COLUMNS: usize = 16_384;

/// Excel's file before 2007, and what a password makes of one of today.
pub(super) fn is_old_workbook(head: &[u8]) -> bool {
    head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
}

/// A zip archive, as every `.xlsx` is.
pub(super) fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

/// A workbook of which the header is read.
pub(super) struct Workbook {
    xlsx: Xlsx<BufReader<Input>>,
    /// The sheet that is read.
    pub(super) sheet: String,
    /// The sheets that aren't.
    pub(super) other_sheets: Vec<String>,
    /// The first row with anything in it.
    pub(super) headers: Vec<String>,
    header_row: u32,
}

impl Workbook {
    /// Unpacks a workbook's lists and reads the first visible sheet's header.
    pub(super) fn open(mut input: Input) -> Result<Self, ReadError> {
        let path = input.path().to_owned();
        let refused = |source| ReadError::NotAWorkbook { path: path.clone(), source };
        let unpacked = unpacked_size(&mut input, MAX_UNPACKED_BYTES).map_err(refused)?;
        if unpacked > MAX_UNPACKED_BYTES {
            return Err(ReadError::TooLarge {
                path,
                max_mebibytes: MAX_UNPACKED_BYTES >> 20,
                unpacked: true,
            });
        }
        input.seek(SeekFrom::Start(0)).map_err(|error| refused(error.into()))?;
        let xlsx = guarded(|| Xlsx::new(BufReader::new(input))).map_err(refused)?;
        let mut sheets = xlsx
            .sheets_metadata()
            .iter()
            .filter(|sheet| {
                sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet
            })
            .map(|sheet| sheet.name.clone());
        let Some(sheet) = sheets.next() else { return Err(ReadError::Empty { path }) };
        let other_sheets = sheets.collect();
        let mut workbook = Self { xlsx, sheet, other_sheets, headers: Vec::new(), header_row: 0 };
        let header = SheetRows::new(&mut workbook).and_then(|mut rows| rows.read());
        match header.map_err(refused)? {
            Some((row, values)) => {
                workbook.header_row = row;
                workbook.headers = values
                    .into_iter()
                    .map(|value| match value {
                        Value::Text(text) => text,
                        Value::Empty | Value::NotText(_) => String::new(),
                    })
                    .collect();
                Ok(workbook)
            }
            None => Err(ReadError::Empty { path }),
        }
    }
}

/// Unpacks everything to nowhere and counts, for an archive may lie about its sizes.
///
/// Stops soon after `max`.
fn unpacked_size(input: impl Read + Seek, max: u64) -> Result<u64, XlsxError> {
    let mut archive = ZipArchive::new(BufReader::new(input))?;
    let mut size = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        if size + entry.size().min(max + 1) > max {
            return Ok(max + 1);
        }
        size += io::copy(&mut entry.take(max + 1 - size), &mut io::sink())?;
        if size > max {
            break;
        }
    }
    Ok(size)
}

/// Makes an error of a panic: crate `calamine` has sums that overflow on damaged workbooks.
///
/// What panicked is not used again, so what it left half done shows nowhere.
fn guarded<T>(read: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, XlsxError> {
    GUARDED.set(true);
    let read = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(false);
    read.unwrap_or(Err(XlsxError::Unexpected("numbers that cannot be right")))
}

thread_local! {
    static GUARDED: cell::Cell<bool> = const { cell::Cell::new(false) };
}

/// Whether a panic of this thread would be told as a fault of a workbook, so that a panic hook
/// has nothing to say of it.
#[must_use]
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// The rows of a sheet that have anything in them.
struct SheetRows<'a> {
    cells: XlsxCellReader<'a, BufReader<Input>>,
    /// The first cell of the next row.
    ahead: Option<Cell<DataRef<'a>>>,
    is_ended: bool,
}

impl<'a> SheetRows<'a> {
    fn new(workbook: &'a mut Workbook) -> Result<Self, XlsxError> {
        let cells = guarded(|| workbook.xlsx.worksheet_cells_reader(&workbook.sheet))?;
        Ok(Self { cells, ahead: None, is_ended: false })
    }

    /// Reads a row: its number from 0, and its values up to the last one.
    fn read(&mut self) -> Result<Option<(u32, Vec<Value>)>, XlsxError> {
        let mut row: Option<(u32, Vec<Value>)> = None;
        while !self.is_ended {
            let next = match self.ahead.take() {
                Some(cell) => Some(cell),
                None => guarded(|| self.cells.next_cell())?,
            };
            let Some(cell) = next else {
                // Asked once more, the reader would miss the end that it has passed.
                self.is_ended = true;
                break;
            };
            let (number, column) = cell.get_position();
            let value = value_of(cell.get_value());
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            if matches!(value, Value::Empty) || column >= MAX_COLUMNS {
                continue;
            }
            let (current, values) = row.get_or_insert_with(|| (number, Vec::new()));
            if *current != number {
                self.ahead = Some(cell);
                return Ok(row);
            }
            if values.len() <= column {
                values.resize_with(column + 1, Value::default);
            }
            values[column] = value;
        }
        Ok(row)
    }
}

fn value_of(cell: &DataRef<'_>) -> Value {
    /// From here on Excel, which keeps fifteen digits, has lost some.
    const ROUNDED: f64 = 1e15;
    let text = match cell {
        DataRef::Empty => return Value::Empty,
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.abs() < ROUNDED => number.to_string(),
        DataRef::Float(_) => return Value::NotText(Found::RoundedNumber),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(_) => return Value::NotText(Found::Boolean),
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => {
            return Value::NotText(Found::Date);
        }
        DataRef::Error(_) => return Value::NotText(Found::SheetError),
    };
    if text.trim().is_empty() { Value::Empty } else { Value::Text(text) }
}

/// The holders of a sheet, as drafts.
pub(super) struct Drafts<'a> {
    rows: SheetRows<'a>,
    path: &'a Path,
    columns: &'a Columns,
    width: usize,
    header_row: u32,
    /// The row that was read last.
    place: Place,
    is_ended: bool,
}

impl<'a> Drafts<'a> {
    pub(super) fn new(
        workbook: &'a mut Workbook,
        path: &'a Path,
        columns: &'a Columns,
    ) -> Result<Self, ReadError> {
        let (width, header_row) = (workbook.headers.len(), workbook.header_row);
        let rows = SheetRows::new(workbook)
            .map_err(|source| ReadError::NotAWorkbook { path: path.to_owned(), source })?;
        let place = Place::Row(u64::from(header_row) + 1);
        Ok(Self { rows, path, columns, width, header_row, place, is_ended: false })
    }

    /// The next row with anything under the headers.
    fn read(&mut self) -> Result<Option<Draft>, XlsxError> {
        while let Some((row, mut values)) = self.rows.read()? {
            self.place = Place::Row(u64::from(row) + 1);
            // What stands beside the table, under no header, is a note and no holder.
            values.resize_with(self.width, Value::default);
            if row <= self.header_row || values.iter().all(|value| matches!(value, Value::Empty)) {
                continue;
            }
            let mut draft = Draft::new(self.place);
            for (field, column) in self.columns.used() {
                draft.set(field, std::mem::take(&mut values[column.index]));
            }
            return Ok(Some(draft));
        }
        Ok(None)
    }
}

impl Iterator for Drafts<'_> {
    type Item = Result<Draft, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        let draft = self.read();
        self.is_ended = !matches!(draft, Ok(Some(_)));
        draft
            .map_err(|error| {
                Fault::new(self.path, self.place, FaultKind::BrokenSheet(Box::new(error)))
            })
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    #[test]
    fn an_archive_that_lies_about_its_size_is_measured() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("sheet", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&vec![b' '; 654_321]).unwrap();
        let mut bytes = archive.finish().unwrap().into_inner();
        let size = |bytes: &[u8], max| unpacked_size(Cursor::new(bytes), max);
        assert_eq!(size(&bytes, 1 << 20).unwrap(), 654_321);
        assert_eq!(size(&bytes, 1000).unwrap(), 1001);

        let told = 654_321_u32.to_le_bytes();
        let places: Vec<usize> =
            (0..bytes.len() - 4).filter(|start| bytes[*start..*start + 4] == told).collect();
        assert!(!places.is_empty());
        for start in places {
            bytes[start..start + 4].copy_from_slice(&7_u32.to_le_bytes());
        }
        // Either it is refused as damaged or it is counted to the bound, never beyond.
        assert!(size(&bytes, 1000).is_ok_and(|size| size > 1000) || size(&bytes, 1000).is_err());
    }
}
