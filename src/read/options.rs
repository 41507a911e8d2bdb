//! What an operator says of a holder file.

use std::str::FromStr;

use super::{encoding::Encoding, format::InputFormat, mapping::ColumnMapping};

/// What is done with rows that a workbook hides.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HiddenRows {
    /// They are holders like the others.
    Print,
    /// They are skipped.
    Skip,
}

/// The text says neither of what can be done with hidden rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("hidden rows are one of print, skip")]
pub struct UnknownHiddenRows;

impl FromStr for HiddenRows {
    type Err = UnknownHiddenRows;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "print" => Ok(Self::Print),
            "skip" => Ok(Self::Skip),
            _ => Err(UnknownHiddenRows),
        }
    }
}

/// What the operator says of a holder file; what is left out is told from the file.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The format, where the name doesn't tell it.
    pub format: Option<InputFormat>,
    /// The encoding of a text file.
    pub encoding: Option<Encoding>,
    /// Columns whose headers don't tell what they give.
    pub columns: Vec<ColumnMapping>,
    /// Columns that give nothing, by their headers.
    pub ignored_columns: Vec<String>,
    /// The sheet of a workbook; without it the first visible one.
    pub sheet: Option<String>,
    /// The row or line of the header, from 1; without it the first that is one.
    pub header_row: Option<u64>,
    /// What is done with hidden rows; without it they are faults.
    pub hidden_rows: Option<HiddenRows>,
    /// The address is printed, so that a column which nobody knows may be of it.
    pub prints_address: bool,
}
