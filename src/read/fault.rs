//! What can be wrong with a holder file, row by row and as a whole.
//!
//! A fault names the file, the row, the column, the value and what to do, in one line that
//! can't garble a terminal: see [`Excerpt`].

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{FileAct as Act, remedy},
    holder::FieldError,
    language::UnknownLanguage,
};

use super::{
    columns::SameField,
    country::PostalCodeError,
    damage::Damage,
    excerpt::{Excerpt, harmless},
    field::Field,
    register_number::RegisterNumberError,
    value::NonText,
    workbook::WorkbookError,
};
pub use tokenkaart_token::shell::shown;

/// Where in its file a row stands, as the program that made the file counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Place {
    /// The line of a text file on which the row begins, the first being 1.
    Line(u64),
    /// The row of a sheet, the first being 1.
    Row(u64),
    /// The entry of a JSON list, the first being 1, and the line on which it begins.
    Entry {
        /// The entry's number.
        number: u64,
        /// Its line.
        line: u64,
    },
}

impl Place {
    /// The line, row or entry number.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Line(number) | Self::Row(number) | Self::Entry { number, .. } => number,
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::Line(_) => "line",
            Self::Row(_) => "row",
            Self::Entry { .. } => "entry",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Row(number) => write!(f, "row {number}"),
            Self::Entry { number, line } => write!(f, "entry {number} (line {line})"),
        }
    }
}

/// One thing wrong in one row.
#[derive(Debug)]
pub struct Fault {
    /// The holder file.
    pub path: PathBuf,
    /// The row.
    pub place: Place,
    /// The column, as the file's header names it.
    pub column: Option<Box<str>>,
    /// What stands there.
    pub value: Option<Excerpt>,
    /// What is wrong with it.
    pub kind: FaultKind,
}

impl Fault {
    pub(super) fn new(path: &Path, place: Place, kind: FaultKind) -> Self {
        Self { path: path.to_owned(), place, column: None, value: None, kind }
    }

    pub(super) fn in_column(mut self, column: &str) -> Self {
        self.column = Some(column.into());
        self
    }

    pub(super) fn with_value(mut self, value: &str) -> Self {
        self.value = (!value.trim().is_empty()).then(|| Excerpt::new(value));
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", shown(&self.path), self.place)?;
        if let Some(column) = &self.column {
            write!(f, ", column \"{}\"", Excerpt::new(column))?;
        }
        if let Some(value) = &self.value {
            write!(f, ", value \"{value}\"")?;
        }
        f.write_str(": ")?;
        if let FaultKind::DuplicateId { first } = self.kind {
            let unit = self.place.unit();
            return write!(
                f,
                "this id is already on {unit} {first}; a run makes one card a holder, so delete \
                 one of the two"
            );
        }
        self.kind.fmt(f)
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            FaultKind::Json(error) => Some(error),
            FaultKind::Unreadable(error) => Some(error),
            FaultKind::BrokenSheet(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

/// What is wrong in a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// A field that every holder must have is empty or absent.
    #[error("no {field}; every holder needs an id and a name")]
    Missing {
        /// The field.
        field: Field,
    },
    /// The text can't be a holder's field.
    #[error("{0}; correct it in the file")]
    Field(FieldError),
    /// The language isn't one that a card can be printed in.
    #[error("{0}; write one of these, or leave it empty for the run's own")]
    Language(UnknownLanguage),
    /// Another row has the same id.
    #[error("this id is already on {first}; a run makes one card a holder, so delete one")]
    DuplicateId {
        /// The number of the row that had it first.
        first: u64,
    },
    /// Excel has shortened a long number, and several may have become one.
    #[error(
        "this is a number as a spreadsheet or a program shortened it; format the column as text, \
         enter the number again and save"
    )]
    ShortenedNumber,
    /// The printed text isn't what somebody is called or where somebody lives.
    #[error("{0}")]
    Damaged(Damage),
    /// The value is a word that programs write for "nothing", or an error.
    #[error(
        "is what programs write for nothing or for an error; leave the cell empty, or correct it"
    )]
    ErrorWord,
    /// A formula stands where its result should.
    #[error("is a formula instead of its result; paste the values instead and save")]
    Formula,
    /// It is no number of the Belgian National Register, and its header says that it is.
    #[error("{0}; correct it in the file")]
    RegisterNumber(RegisterNumberError),
    /// The country has no such postal code.
    #[error("{0}")]
    PostalCode(PostalCodeError),
    /// A spreadsheet took the house number for a date.
    #[error("is a date, which a spreadsheet made of a house number; enter it again as text")]
    DateForNumber,
    /// A formula gave the 0 of an empty cell.
    #[error("is the 0 of an empty cell; empty it")]
    Zero,
    /// The row is hidden, so it is not known whether the holder is meant.
    #[error(
        "is hidden in the workbook, by a filter or by hand; show all rows and delete what is not \
         meant"
    )]
    HiddenRow,
    /// The row is the header of another table.
    #[error(
        "looks like the header of another table, so what follows may be in other columns; read \
         each table as a file of its own"
    )]
    OtherHeader,
    /// Text stands behind a closing quotation mark.
    #[error("{}", if *.after_backslash {
        "has a backslash before a quotation mark; CSV doubles the mark instead, so export the \
         file again"
    } else {
        "has text behind the closing quotation mark; double the marks inside, or delete them"
    })]
    StrayQuote {
        /// A backslash stands before the mark.
        after_backslash: bool,
    },
    /// A value of a kind that no field has.
    #[error("{found} can't be read as text; {}", found.remedy())]
    NotText {
        /// What it is.
        found: NonText,
    },
    /// A row with more or fewer cells than the header.
    #[error(
        "has {found} cells where the header has {expected}{}; put quotation marks around a \
         cell that holds the delimiter, and delete stray ones",
        through(*.last_line)
    )]
    CellCount {
        /// How many the header has.
        expected: usize,
        /// How many the row has.
        found: usize,
        /// The row's last line, when it runs over several.
        last_line: Option<u64>,
    },
    /// A quotation mark opens and the file ends, or the row grows beyond any measure.
    #[error(
        "the quotation mark that opens on line {line} is never closed, so the rest of the file \
         could not be read; close it or delete it"
    )]
    UnclosedQuote {
        /// The line of the mark.
        line: u64,
    },
    /// More than a row may hold.
    #[error(
        "is longer than {max} bytes, as no row of a list is; check that this is the right file"
    )]
    TooLong {
        /// How many bytes a row may hold.
        max: usize,
    },
    /// Bytes that aren't UTF-8, where they should be.
    #[error("byte {byte} is not UTF-8; save the file as UTF-8, or say in which encoding it is")]
    NotUtf8 {
        /// The place of the byte in the cell, line or entry, the first being 1.
        byte: usize,
    },
    /// Not JSON.
    #[error("not valid JSON: {}; correct it or export the file again", without_line(.0))]
    Json(serde_json::Error),
    /// JSON, but no object.
    #[error(
        "{found} stands where a holder should; write an object such as {{\"id\": …, \"name\": …}}"
    )]
    NotAnObject {
        /// What stands there.
        found: NonText,
    },
    /// The list goes wrong after this entry, so what follows can't be told apart.
    #[error("after this entry the list {found}; nothing behind it was read")]
    BrokenList {
        /// How.
        found: ListBreak,
    },
    /// A key stands twice in one object.
    #[error("this key stands twice in one entry; delete one of the two")]
    SameKeyTwice,
    /// Two keys of one object mean the same field.
    #[error("{0}")]
    SameField(Box<SameField>),
    /// The file could not be read further.
    #[error("could not be read: {_0}{}", remedy(Act::Read, _0))]
    Unreadable(io::Error),
    /// The sheet is damaged behind this row.
    #[error("behind this row the sheet is damaged: {}; open it in Excel and save it again", harmless(.0))]
    BrokenSheet(Box<WorkbookError>),
}

fn through(last_line: Option<u64>) -> String {
    last_line.map_or_else(String::new, |line| {
        format!(" and runs to line {line}, as when a quotation mark has no pair")
    })
}

/// `serde_json` counts lines within the entry, which would mislead.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) if error.line() <= 1 => format!("{} at byte {}", &text[..end], error.column()),
        Some(end) => {
            format!("{} on its line {}, byte {}", &text[..end], error.line(), error.column())
        }
        None => text,
    }
}

/// How a JSON list goes wrong between its entries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ListBreak {
    /// The file ends before the closing bracket.
    Unclosed,
    /// Something follows the closing bracket.
    Trailing,
}

impl fmt::Display for ListBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unclosed => "is not closed: `]`, a brace or a quotation mark is missing",
            Self::Trailing => "is closed, but more follows",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_file_row_column_value_and_remedy_in_one_line() {
        let fault = Fault::new(
            Path::new("holders.csv"),
            Place::Line(17),
            FaultKind::Language(UnknownLanguage),
        )
        .in_column("Taal")
        .with_value("it");
        assert_eq!(
            fault.to_string(),
            "holders.csv: line 17, column \"Taal\", value \"it\": a language is one of nl, fr, de, \
             en; write one of these, or leave it empty for the run's own"
        );
    }
}
