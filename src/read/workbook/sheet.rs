//! A sheet of a workbook, and a row of it, whichever the format.

use std::ops::RangeInclusive;

use crate::read::value::Value;

/// Columns that a sheet has at most.
pub(super) const MAX_COLUMNS: usize = 16_384;
/// Rows that a sheet has at most.
pub(super) const MAX_ROWS: u32 = 1 << 20;

/// Sheets, and parts beside them, that a workbook may have; Excel's memory ends long before.
pub(super) const MAX_SHEETS: usize = 10_000;
/// Cells of a sheet that are read, empty ones to the left of others among them: a million rows of
/// two hundred columns. A small file can claim many thousand times as many.
pub(super) const MAX_CELLS: usize = 200 << 20;
/// Cells that a row may have with all that repeat it: people repeat empty rows.
pub(super) const MAX_REPEATED: usize = 4 << 20;

/// A sheet of a workbook.
#[derive(Clone, Debug)]
pub(in crate::read) struct SheetInfo {
    pub(in crate::read) name: String,
    pub(in crate::read) is_hidden: bool,
    /// Where it is in the archive.
    pub(super) part: String,
}

/// A row of a sheet that has anything in it.
#[derive(Clone, Debug)]
pub(in crate::read) struct SheetRow {
    /// Its number, from 1.
    pub(in crate::read) number: u32,
    /// It is hidden, by a filter, a fold or by hand.
    pub(in crate::read) is_hidden: bool,
    /// Its cells, up to the last one with anything in it.
    pub(in crate::read) cells: Vec<Value>,
}

/// Columns that a sheet hides, from 0; a sheet has few ranges of them.
pub(in crate::read) type HiddenColumns = Vec<RangeInclusive<usize>>;
