//! Workbooks: which sheets they have, and the rows of one as its cells show them.
//!
//! Our own reader over a crate for zip and one for XML, because a card must have what the sheet
//! shows: which rows a filter hides, how a number is formatted and whether a formula was computed
//! stand beside the values, and the crates that read workbooks give the values alone. The tests
//! hold it against one of them.

mod number_format;
mod ods;
mod part;
mod sheet;
mod xlsx;

use std::{
    io::{BufReader, Seek, SeekFrom},
    path::Path,
};

pub use self::part::WorkbookError;
pub(super) use self::sheet::{HiddenColumns, SheetRow};
use self::{part::Archive, sheet::SheetInfo};
use super::{error::ReadError, format::InputFormat, input::Input};

/// A workbook whose sheets are known.
pub(super) struct Workbook {
    archive: Archive,
    /// What the sheets of an Excel workbook share; none of another.
    book: Option<xlsx::Book>,
    sheets: Vec<SheetInfo>,
}

impl Workbook {
    /// Opens a workbook of one of the two formats.
    pub(super) fn open(mut input: Input, format: InputFormat) -> Result<Self, ReadError> {
        let path = input.path().to_owned();
        let refused = |error| refusal(&path, error);
        input
            .seek(SeekFrom::Start(0))
            .map_err(|source| ReadError::Unreadable { path: path.clone(), source })?;
        let mut archive =
            Archive::new(BufReader::new(input)).map_err(|error| refused(error.into()))?;
        let (book, sheets) = if format == InputFormat::Ods {
            (None, ods::open(&mut archive).map_err(refused)?)
        } else {
            let (book, sheets) = xlsx::open(&mut archive).map_err(refused)?;
            (Some(book), sheets)
        };
        Ok(Self { archive, book, sheets })
    }

    pub(super) fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    /// The rows of the sheet of a number, from 0.
    pub(super) fn rows(&mut self, sheet: usize) -> Result<SheetRows<'_>, WorkbookError> {
        let part = self.sheets.get(sheet).map(|sheet| sheet.part.as_str()).unwrap_or_default();
        Ok(SheetRows(match &self.book {
            Some(book) => RowsOf::Xlsx(xlsx::Rows::open(&mut self.archive, book, part)?),
            None => RowsOf::Ods(ods::Rows::open(&mut self.archive, part)?),
        }))
    }
}

/// Why a workbook as a whole is refused.
pub(super) fn refusal(path: &Path, error: WorkbookError) -> ReadError {
    let path = path.to_owned();
    match error {
        WorkbookError::TooLarge { .. } => {
            ReadError::TooLarge { path, max_mebibytes: part::MAX_PART_BYTES >> 20, unpacked: true }
        }
        WorkbookError::Locked => {
            ReadError::NoHolderFile { path, nature: super::nature::Nature::LockedWorkbook }
        }
        source => ReadError::NotAWorkbook { path, source },
    }
}

/// The rows of a sheet that have anything in them.
pub(super) struct SheetRows<'a>(RowsOf<'a>);

enum RowsOf<'a> {
    Xlsx(xlsx::Rows<'a>),
    Ods(ods::Rows<'a>),
}

impl SheetRows<'_> {
    /// The columns that the sheet hides, once the first row was read.
    pub(super) fn hidden_columns(&self) -> HiddenColumns {
        match &self.0 {
            RowsOf::Xlsx(rows) => rows.hidden_columns(),
            RowsOf::Ods(rows) => rows.hidden_columns(),
        }
    }

    /// Reads the next row.
    pub(super) fn read(&mut self) -> Result<Option<SheetRow>, WorkbookError> {
        match &mut self.0 {
            RowsOf::Xlsx(rows) => rows.read(),
            RowsOf::Ods(rows) => rows.read(),
        }
    }
}

#[cfg(test)]
mod tests;
