//! How a holder file is written.

use std::{fmt, path::Path, str::FromStr};

/// How a holder file is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum InputFormat {
    /// Delimited text: comma, semicolon, tab or bar.
    Csv,
    /// A list of objects.
    Json,
    /// An object on each line.
    JsonLines,
    /// A workbook of Excel 2007 or later.
    Xlsx,
    /// A workbook of LibreOffice and its kin, an OpenDocument spreadsheet.
    Ods,
}

/// The text names no format that a holder file can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a format is one of csv, json, jsonl, xlsx, ods")]
pub struct UnknownInputFormat;

impl InputFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Json, Self::JsonLines, Self::Xlsx, Self::Ods];

    /// The format that a file's name tells.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }

    /// Whether it is a workbook, with sheets and an archive around them.
    #[must_use]
    pub const fn is_workbook(self) -> bool {
        matches!(self, Self::Xlsx | Self::Ods)
    }
}

impl fmt::Display for InputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Xlsx => "xlsx",
            Self::Ods => "ods",
        })
    }
}

impl FromStr for InputFormat {
    type Err = UnknownInputFormat;

    /// Reads a format's name, which is a file extension, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_lowercase().as_str() {
            "csv" | "tsv" | "tab" | "txt" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "jsonl" | "ndjson" => Ok(Self::JsonLines),
            "xlsx" | "xlsm" | "xltx" => Ok(Self::Xlsx),
            "ods" | "ots" => Ok(Self::Ods),
            _ => Err(UnknownInputFormat),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_the_end_of_a_name() {
        for (name, format) in [
            ("a.csv", Some(InputFormat::Csv)),
            ("a.b.TSV", Some(InputFormat::Csv)),
            ("a.txt", Some(InputFormat::Csv)),
            ("a.json", Some(InputFormat::Json)),
            ("a.jsonl", Some(InputFormat::JsonLines)),
            ("a.ndjson", Some(InputFormat::JsonLines)),
            ("a.xlsx", Some(InputFormat::Xlsx)),
            ("a.ODS", Some(InputFormat::Ods)),
            ("csv", None),
            ("a.xls", None),
            ("-", None),
        ] {
            assert_eq!(InputFormat::of_path(Path::new(name)), format, "{name}");
        }
        for format in InputFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
    }
}
