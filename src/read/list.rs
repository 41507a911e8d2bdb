//! Lists that come back from machines and desks: a table with a header, row by row.
//!
//! Delimited text may be longer than the memory: only one row is in it at a time. A workbook's
//! rows, of which there are a million at most, are read at once.

use std::{
    borrow::Cow,
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use super::{
    cell,
    csv::Records,
    encoding::{Encoding, Utf8Reader},
    error::ReadError,
    excerpt::{Excerpt, listed},
    fault::{Fault, FaultKind, Place, shown},
    format::InputFormat,
    input::Input,
    limits::MAX_LINE_BYTES,
    nature::{self, Found, Nature},
    survey::Survey,
    table::{Header, Table, Understood, Wanted},
    value::Value,
    vocabulary::fold,
};

/// Why a list can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// There is no such file.
    #[error("{}: there is no such file; check the name and the folder", shown(.path))]
    NotFound {
        /// The list.
        path: PathBuf,
    },
    /// A folder stands where the file should.
    #[error("{}: is a folder; name a file", shown(.path))]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The file can't be read.
    #[error("{}: could not be read: {source}", shown(.path))]
    Unreadable {
        /// The list.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Nothing is in it.
    #[error("{}: is empty; it needs a header, and a row for each", shown(.path))]
    Empty {
        /// The list.
        path: PathBuf,
    },
    /// A column that is needed isn't there.
    #[error(
        "{}: no column gives {wanted}; these columns are there: {}; name one of them so",
        shown(.path), listed(.headers)
    )]
    NoColumn {
        /// The list.
        path: PathBuf,
        /// The columns of which one is needed.
        wanted: &'static str,
        /// The columns that are there.
        headers: Vec<String>,
    },
    /// Two columns of one meaning, of which only one could be read.
    #[error(
        "{}:{line}: the columns \"{first}\" and \"{second}\" mean the same, and one of them would \
         go unread; delete one, or name it otherwise",
        shown(.path)
    )]
    TwoColumns {
        /// The list.
        path: PathBuf,
        /// The line of the header, from 1.
        line: u64,
        /// The first column.
        first: Excerpt,
        /// The second one.
        second: Excerpt,
    },
    /// A row below the first looks like the header, so what stands above it would go unread.
    #[error(
        "{}: {header} looks like the header; delete what stands above it, so that nothing goes \
         unread",
        shown(.path)
    )]
    HeaderBelow {
        /// The list.
        path: PathBuf,
        /// The row.
        header: Place,
    },
    /// A file of another kind, whatever its name says.
    #[error("{}: is {nature}; {}", shown(.path), .nature.remedy())]
    NoList {
        /// The file.
        path: PathBuf,
        /// What it is.
        nature: Nature,
    },
    /// A text in UTF-16 without the mark that says so.
    #[error(
        "{}: is UTF-16 ({encoding}) without a byte order mark; save it as UTF-8",
        shown(.path)
    )]
    Utf16WithoutMark {
        /// The list.
        path: PathBuf,
        /// What it seems to be.
        encoding: Encoding,
    },
    /// A workbook that can't be read as a list.
    #[error(transparent)]
    Workbook(Box<ReadError>),
    /// A row can't be read, and so none after it.
    #[error(transparent)]
    Row(Box<Fault>),
}

/// A list whose header is read.
pub struct List {
    path: PathBuf,
    header: Header,
    rows: Rows,
    /// Where each column is that was asked for.
    places: Vec<Option<usize>>,
}

enum Rows {
    Text(Box<Records<Utf8Reader<BufReader<Input>>>>),
    Sheet(std::vec::IntoIter<Result<ListRow, ListError>>),
}

/// A row of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListRow {
    /// The line on which it begins, or the row of a sheet, from 1.
    pub line: u64,
    /// What stands in each column that was asked for, without blanks and what spreadsheets put
    /// around it; nothing where there is none.
    pub cells: Vec<String>,
    /// It has as many cells as the header, each of them a text that can be read.
    pub is_sound: bool,
    /// The list ends in it, without the end of a line.
    pub is_open: bool,
}

impl List {
    /// Opens a list in which columns are looked for by the names that their headers may have,
    /// written as [`fold`] leaves them.
    ///
    /// # Errors
    /// [`ListError`], but [`ListError::NoColumn`]: what is needed is asked with [`List::has`].
    pub fn open(path: &Path, columns: &[&[&str]]) -> Result<Self, ListError> {
        Self::open_by(path, columns.len(), |header| {
            let folded = fold(header);
            columns.iter().position(|names| names.contains(&folded.as_str()))
        })
    }

    /// As [`List::open`], where `column_of` says which of so many columns a header names.
    ///
    /// # Errors
    /// As [`List::open`].
    pub fn open_by(
        path: &Path,
        columns: usize,
        column_of: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self, ListError> {
        let unreadable = |source| ListError::Unreadable { path: path.to_owned(), source };
        let refused = |error| refusal(path, error);
        let mut input = Input::open(path).map_err(refused)?;
        let survey = Survey::take(&mut input, Some(MAX_LINE_BYTES)).map_err(unreadable)?;
        let understood = |headers: &[String]| {
            let known = headers.iter().filter(|header| column_of(header).is_some()).count();
            Understood { is_complete: known > 0, known }
        };
        let wanted = Wanted::default();
        let table = match nature::look(&mut input).map_err(unreadable)? {
            Found::Other(nature) => {
                return Err(ListError::NoList { path: path.to_owned(), nature });
            }
            Found::Xlsx | Found::SomeArchive => {
                Table::of_workbook(input, InputFormat::Xlsx, wanted, &understood)
            }
            Found::Ods => Table::of_workbook(input, InputFormat::Ods, wanted, &understood),
            Found::Text => {
                if let Some(encoding) = survey.unmarked_utf16 {
                    return Err(ListError::Utf16WithoutMark { path: path.to_owned(), encoding });
                }
                Table::of_text(input, survey.encoding, wanted, &understood)
            }
        };
        let table = table.map_err(refused)?;
        let header = table.header.clone();
        if header.title.is_some() {
            return Err(ListError::HeaderBelow { path: path.to_owned(), header: header.place });
        }
        let mut places: Vec<Option<usize>> = vec![None; columns];
        for (index, text) in header.texts.iter().enumerate() {
            let Some(column) = column_of(text) else { continue };
            if let Some(first) = places[column] {
                let [first, second] =
                    [&header.texts[first], text].map(|text| Excerpt::new(text.trim()));
                let line = header.place.number();
                return Err(ListError::TwoColumns { path: path.to_owned(), line, first, second });
            }
            places[column] = Some(index);
        }
        let rows = rows(table, path, &header, &places)?;
        Ok(Self { path: path.to_owned(), header, rows, places })
    }

    /// The line of the header, from 1.
    #[must_use]
    pub const fn header_line(&self) -> u64 {
        self.header.place.number()
    }

    /// The headers of columns that were not asked for, as they are written.
    #[must_use]
    pub fn others(&self) -> Vec<String> {
        let headers = self.header.texts.iter().enumerate();
        headers
            .filter(|(place, _)| !self.places.contains(&Some(*place)))
            .map(|(_, header)| header.trim().to_owned())
            .filter(|header| !header.is_empty())
            .collect()
    }

    /// The header of a column that was asked for, as it is written.
    #[must_use]
    pub fn header(&self, column: usize) -> Option<&str> {
        let place = self.places.get(column).copied().flatten()?;
        self.header.texts.get(place).map(|text| text.trim())
    }

    /// Whether a column that was asked for is there.
    #[must_use]
    pub fn has(&self, column: usize) -> bool {
        self.places.get(column).is_some_and(Option::is_some)
    }

    /// Whether the list is one column without a header that is known, each row of which may be
    /// a value: its first row, and whether it is a sheet's.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.places.iter().all(Option::is_none) && self.header.texts.len() <= 1
    }

    /// The list without one of the columns that are needed.
    #[must_use]
    pub fn lacks(&self, wanted: &'static str) -> ListError {
        let headers = self.header.texts.iter().map(|header| header.trim().to_owned()).collect();
        ListError::NoColumn { path: self.path.clone(), wanted, headers }
    }
}

fn refusal(path: &Path, error: ReadError) -> ListError {
    match error {
        ReadError::NotFound { path } => ListError::NotFound { path },
        ReadError::IsFolder { path } => ListError::IsFolder { path },
        ReadError::Unreadable { path, source } => ListError::Unreadable { path, source },
        ReadError::Empty { path } => ListError::Empty { path },
        ReadError::NoHolderFile { path, nature } => ListError::NoList { path, nature },
        ReadError::Faults { mut faults, .. } if !faults.is_empty() => {
            ListError::Row(Box::new(faults.remove(0)))
        }
        error @ (ReadError::NotAWorkbook { .. }
        | ReadError::OtherSheet { .. }
        | ReadError::TooLarge { .. }) => ListError::Workbook(Box::new(error)),
        other => ListError::Unreadable {
            path: path.to_owned(),
            source: io::Error::other(other.to_string()),
        },
    }
}

/// The rows below the header; those of a sheet at once.
fn rows(
    mut table: Table,
    path: &Path,
    header: &Header,
    places: &[Option<usize>],
) -> Result<Rows, ListError> {
    if table.sheets.is_none() {
        let records = table.into_records(path).map_err(|error| refusal(path, error))?;
        return Ok(Rows::Text(Box::new(records)));
    }
    let mut read = Vec::new();
    for row in table.rows(path).map_err(|error| refusal(path, error))? {
        let fault = |place, kind| ListError::Row(Box::new(Fault::new(path, place, kind)));
        read.push(match row {
            Ok(row) if row.is_hidden => Err(fault(row.place, FaultKind::HiddenRow)),
            Ok(row) => {
                let value = |place: &Option<usize>| place.and_then(|place| row.cells.get(place));
                let is_text = |place| !matches!(value(place), Some(Value::NotText(_)));
                Ok(ListRow {
                    line: row.place.number(),
                    cells: places
                        .iter()
                        .map(|place| unframed(value(place).and_then(Value::text).unwrap_or("")))
                        .collect(),
                    is_sound: row.fits(header) && places.iter().all(is_text),
                    is_open: false,
                })
            }
            Err((place, kind)) => Err(fault(place, kind)),
        });
    }
    Ok(Rows::Sheet(read.into_iter()))
}

/// A cell without what spreadsheets put around it; a formula stays, as nothing that is looked for.
pub(crate) fn unframed(text: &str) -> String {
    cell::unframed(text, true).map_or_else(|_| text.trim().to_owned(), Cow::into_owned)
}

impl Iterator for List {
    type Item = Result<ListRow, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        let records = match &mut self.rows {
            Rows::Sheet(rows) => return rows.next(),
            Rows::Text(records) => records,
        };
        match records.read() {
            Ok(true) => {
                let expected = self.header.texts.len();
                let cell = |place: &Option<usize>| {
                    let bytes = place.map_or(&[][..], |place| records.cell(place));
                    // What isn't text is nothing that is looked for, and is shown so.
                    unframed(&String::from_utf8_lossy(bytes))
                };
                let fits = records.len() >= expected && records.filled() <= expected;
                Some(Ok(ListRow {
                    line: records.place().number(),
                    cells: self.places.iter().map(cell).collect(),
                    is_sound: fits && records.stray().is_none() && records.foreign().is_none(),
                    is_open: records.is_open(),
                }))
            }
            Ok(false) => None,
            Err(stop) => {
                let (place, kind): (Place, FaultKind) = (records.place(), stop.into());
                Some(Err(ListError::Row(Box::new(Fault::new(&self.path, place, kind)))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&[&str]; 2] = [&["serial", "serienummer", "numerodeserie"], &["status"]];

    fn rows(text: &[u8]) -> Result<Vec<ListRow>, ListError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        List::open(&path, &COLUMNS)?.collect()
    }

    #[test]
    fn columns_are_found_in_any_order_with_any_delimiter() {
        let row = |line, cells: [&str; 2]| (line, cells.map(str::to_owned).to_vec());
        for text in [
            "serial,status\nA,ok\n\nB,\n",
            "x;Status;SERIAL \r\n1; ok;A\r\n\r\n2;;B",
            "sep=;\nstatus;Serienummer\nok;A\n;B\n",
            "\u{feff}Num\u{e9}ro de s\u{e9}rie;status\nA;ok\n\nB\n",
        ] {
            let rows = rows(text.as_bytes()).unwrap();
            let line = u64::from(text.starts_with("sep")) + 2;
            assert_eq!((rows[0].line, rows[0].cells.clone()), row(line, ["A", "ok"]), "{text}");
            assert_eq!(rows[1].cells, ["B", ""], "{text}");
        }
        // As Excel writes it in Western Europe.
        assert_eq!(rows(b"Num\xe9ro de s\xe9rie;status\nA;ok\n").unwrap()[0].cells, ["A", "ok"]);
    }

    #[test]
    fn what_is_no_list_is_told_by_file_and_line() {
        for (text, says) in [
            (&b""[..], "list.csv: is empty"),
            (b"\n \n", "is empty"),
            (b"serial\n\"A", "list.csv: line 2: "),
            (
                b"\nserial;status; Serienummer\nA;ok;B\n",
                "list.csv:2: the columns \"serial\" and \"Serienummer\" mean the same",
            ),
        ] {
            let error = rows(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        for (name, says) in [("", "is a folder"), ("none", "there is no such file")] {
            let error = List::open(&folder.path().join(name), &COLUMNS).err().unwrap().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
