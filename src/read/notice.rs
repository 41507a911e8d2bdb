//! What an operator should know of a file that was read; each is one line.

use std::{fmt, path::PathBuf};

use super::{
    excerpt::{Excerpt, listed},
    fault::{Place, shown},
};

/// How often something was mended, and where first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mended {
    /// In how many rows.
    pub rows: u64,
    /// In which row first.
    pub first: Place,
}

impl Mended {
    /// Counts one row more.
    pub(super) fn add(place: Place, mended: &mut Option<Self>) {
        match mended {
            Some(mended) => mended.rows += 1,
            none => *none = Some(Self { rows: 1, first: place }),
        }
    }
}

impl fmt::Display for Mended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            1 => write!(f, "{}", self.first),
            rows => write!(f, "{rows} rows, the first {}", self.first),
        }
    }
}

/// Something the operator should know of a file that was read; each is one line.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// Columns that give nothing.
    IgnoredColumns {
        /// The holder file.
        path: PathBuf,
        /// Their headers.
        columns: Vec<String>,
    },
    /// The file isn't UTF-8 and was read as Windows-1252.
    GuessedEncoding {
        /// The holder file.
        path: PathBuf,
        /// The first line that isn't UTF-8.
        line: u64,
    },
    /// Only the first sheet was read.
    OtherSheets {
        /// The holder file.
        path: PathBuf,
        /// The sheet that was read.
        read: String,
        /// The sheets that weren't.
        others: Vec<String>,
    },
    /// The header is not in the first row.
    TitleRows {
        /// The holder file.
        path: PathBuf,
        /// The header's row.
        header: Place,
    },
    /// The header stands in the file more than once.
    RepeatedHeader {
        /// The holder file.
        path: PathBuf,
        /// Where else.
        rows: Mended,
    },
    /// Rows that are hidden in the workbook.
    HiddenRows {
        /// The holder file.
        path: PathBuf,
        /// Which.
        rows: Mended,
        /// They are printed like the others.
        are_printed: bool,
    },
    /// Names had characters that nobody sees.
    CleanedNames {
        /// The holder file.
        path: PathBuf,
        /// Where.
        rows: Mended,
        /// The characters.
        characters: Vec<char>,
    },
    /// Columns that the workbook hides and that are read all the same.
    HiddenColumns {
        /// The holder file.
        path: PathBuf,
        /// Their headers.
        columns: Vec<String>,
    },
    /// Names or addresses may be damaged.
    DoubtfulNames {
        /// The holder file.
        path: PathBuf,
        /// Where.
        rows: Mended,
    },
    /// National register numbers had lost zeros.
    MendedNumbers {
        /// The holder file.
        path: PathBuf,
        /// Where.
        rows: Mended,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IgnoredColumns { path, columns } => {
                write!(f, "{}: columns that are not used: {}", shown(path), listed(columns))
            }
            Self::GuessedEncoding { path, line } => write!(
                f,
                "{}: line {line} is not UTF-8, so the file is read as Windows-1252, as Excel \
                 writes it",
                shown(path)
            ),
            Self::OtherSheets { path, read, others } => write!(
                f,
                "{}: only sheet \"{}\" is read, not {}",
                shown(path),
                Excerpt::new(read),
                listed(others)
            ),
            Self::TitleRows { path, header } => write!(
                f,
                "{}: the header is in {header}; what stands above it is not read",
                shown(path)
            ),
            Self::RepeatedHeader { path, rows } => {
                write!(f, "{}: the header is repeated and skipped: {rows}", shown(path))
            }
            Self::HiddenRows { path, rows, are_printed } => write!(
                f,
                "{}: hidden rows are {}: {rows}",
                shown(path),
                if *are_printed { "printed like the others" } else { "skipped" }
            ),
            Self::HiddenColumns { path, columns } => write!(
                f,
                "{}: the workbook hides these columns, and they are read all the same: {}",
                shown(path),
                listed(columns)
            ),
            Self::DoubtfulNames { path, rows } => write!(
                f,
                "{}: names or addresses have letters or digits that are seldom right, as \"JosÚ\" for \
                 José; look at them before you print: {rows}",
                shown(path)
            ),
            Self::CleanedNames { path, rows, characters } => {
                let characters: Vec<String> = characters
                    .iter()
                    .map(|character| format!("U+{:04X}", u32::from(*character)))
                    .collect();
                write!(
                    f,
                    "{}: names had characters that nobody sees or that only look like a space \
                     ({}), which are mended: {rows}",
                    shown(path),
                    characters.join(", ")
                )
            }
            Self::MendedNumbers { path, rows } => write!(
                f,
                "{}: national register numbers had lost zeros, which are put back as their check \
                 digits say: {rows}",
                shown(path)
            ),
        }
    }
}
