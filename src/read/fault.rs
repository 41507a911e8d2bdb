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
use unicode_normalization::char::is_combining_mark;

use super::header::{Field, SameField};
pub use tokenkaart_token::shell::shown;

/// A text from the file, cut short and with everything unprintable escaped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Excerpt(Box<str>);

impl Excerpt {
    /// How many characters of the text are shown.
    pub const MAX_CHARS: usize = 40;

    /// Cuts and escapes a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut chars = text.chars();
        let mut shown = printable(chars.by_ref().take(Self::MAX_CHARS));
        if chars.next().is_some() {
            shown.push('…');
        }
        Self(shown.into())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Escapes controls, marks that turn the direction of writing, and unassigned characters.
fn printable(chars: impl Iterator<Item = char>) -> String {
    let mut shown = String::new();
    for c in chars {
        let is_plain = matches!(c, '\'' | '"' | '\\') || is_combining_mark(c);
        if is_plain {
            shown.push(c);
        } else {
            shown.extend(c.escape_debug());
        }
    }
    shown
}

/// What a library says, which may quote the file.
pub(super) fn harmless(error: &impl fmt::Display) -> String {
    printable(error.to_string().chars())
}

/// Where in its file a row stands, as the program that made the file counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
        "this is a number that Excel has shortened; format the column as text, enter the \
         number again and save"
    )]
    ShortenedNumber,
    /// A value of a kind that no field has.
    #[error("{found} can't be read as text; {}", found.remedy())]
    NotText {
        /// What it is.
        found: Found,
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
    #[error(
        "byte {byte} is not UTF-8; save the file as UTF-8, or pass --encoding windows-1252 if \
         that is what it is"
    )]
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
        found: Found,
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
    BrokenSheet(Box<calamine::XlsxError>),
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

/// A value that is no text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// A JSON object.
    Object,
    /// A JSON list.
    List,
    /// A text, where an object should be.
    Text,
    /// Nothing, where an object should be.
    Null,
    /// True or false.
    Boolean,
    /// A number, where an object should be.
    Number,
    /// A number that a JSON reader or Excel may have rounded.
    RoundedNumber,
    /// A date or a time.
    Date,
    /// A formula's error, such as `#N/A`.
    SheetError,
    /// Two entries without a comma between them, or a comma too many.
    Nothing,
}

impl Found {
    const fn remedy(self) -> &'static str {
        match self {
            Self::RoundedNumber => "it may have lost digits, so write it as text",
            Self::Date => "format the column as text and enter the value again",
            Self::SheetError => "mend the formula or type the value",
            _ => "write it as text",
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::List => "a list",
            Self::Text => "a text",
            Self::Null => "null",
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::RoundedNumber => "a number of so many digits or with a fraction",
            Self::Date => "a date",
            Self::SheetError => "a formula's error",
            Self::Nothing => "nothing",
        })
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
    fn an_excerpt_is_short_and_cannot_garble_a_terminal() {
        for (text, shown) in [
            ("Zoë d'Hondt \"Zo\"", "Zoë d'Hondt \"Zo\""),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("a\u{202e}b\u{feff}\n", "a\\u{202e}b\\u{feff}\\n"),
            ("R\u{304}", "R\u{304}"),
        ] {
            assert_eq!(Excerpt::new(text).to_string(), shown);
        }
        let long = Excerpt::new(&"é".repeat(1000)).to_string();
        assert_eq!(long, format!("{}…", "é".repeat(40)));
    }

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
