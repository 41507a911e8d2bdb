//! Lists that come back from machines and desks: delimited text with a header, row by row.
//!
//! They may be longer than the memory: only one row is in it at a time.

use std::{
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use super::{
    MAX_LINE_BYTES,
    csv::{Header, Records},
    encoding::{Survey, Utf8Reader},
    error::{ReadError, listed},
    fault::{Excerpt, Fault, FaultKind, Place, shown},
    header::fold,
    input::Input,
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
    /// A row can't be read, and so none after it.
    #[error(transparent)]
    Row(Box<Fault>),
}

/// A list whose header is read.
pub struct List {
    path: PathBuf,
    header: Header,
    records: Records<Utf8Reader<BufReader<Input>>>,
    /// Where each column is that was asked for.
    places: Vec<Option<usize>>,
}

/// A row of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListRow {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What stands in each column that was asked for, trimmed; nothing where there is none.
    pub cells: Vec<String>,
}

impl List {
    /// Opens a list in which columns are looked for by the names that their headers may have,
    /// written as [`fold`] leaves them.
    ///
    /// # Errors
    /// [`ListError::NotFound`], [`ListError::IsFolder`], [`ListError::Unreadable`],
    /// [`ListError::Empty`], [`ListError::TwoColumns`], and [`ListError::Row`] for a header that
    /// is no text.
    pub fn open(path: &Path, columns: &[&[&str]]) -> Result<Self, ListError> {
        let unreadable = |source| ListError::Unreadable { path: path.to_owned(), source };
        let mut input = Input::open(path).map_err(|error| match error {
            ReadError::NotFound { path } => ListError::NotFound { path },
            ReadError::IsFolder { path } => ListError::IsFolder { path },
            ReadError::Unreadable { source, .. } => unreadable(source),
            other => unreadable(io::Error::other(other.to_string())),
        })?;
        let encoding = Survey::take(&mut input, Some(MAX_LINE_BYTES)).map_err(unreadable)?.encoding;
        let is = |header: &str, names: &[&str]| names.contains(&fold(header).as_str());
        let understood = |headers: &[String]| {
            columns.iter().filter(|names| headers.iter().any(|header| is(header, names))).count()
        };
        let header = Header::find_by(&mut input, encoding, understood)
            .map_err(|(place, kind)| ListError::Row(Box::new(Fault::new(path, place, kind))))?
            .ok_or_else(|| ListError::Empty { path: path.to_owned() })?;
        let mut places = Vec::with_capacity(columns.len());
        for names in columns {
            let mut found = header.headers.iter().enumerate().filter(|(_, text)| is(text, names));
            let first = found.next();
            if let (Some((_, first)), Some((_, second))) = (first, found.next()) {
                let [first, second] = [first, second].map(|text| Excerpt::new(text.trim()));
                let line = header.place.number();
                return Err(ListError::TwoColumns { path: path.to_owned(), line, first, second });
            }
            places.push(first.map(|(place, _)| place));
        }
        let text = Utf8Reader::from_start(input, encoding).map_err(unreadable)?;
        let records = Records::past(text, &header);
        Ok(Self { path: path.to_owned(), header, records, places })
    }

    /// The line of the header, from 1.
    #[must_use]
    pub const fn header_line(&self) -> u64 {
        self.header.place.number()
    }

    /// The headers of columns that were not asked for, as they are written.
    #[must_use]
    pub fn others(&self) -> Vec<String> {
        let headers = self.header.headers.iter().enumerate();
        headers
            .filter(|(place, _)| !self.places.contains(&Some(*place)))
            .map(|(_, header)| header.trim().to_owned())
            .filter(|header| !header.is_empty())
            .collect()
    }

    /// Whether a column that was asked for is there.
    #[must_use]
    pub fn has(&self, column: usize) -> bool {
        self.places.get(column).is_some_and(Option::is_some)
    }

    /// The list without one of the columns that are needed.
    #[must_use]
    pub fn lacks(&self, wanted: &'static str) -> ListError {
        let headers = self.header.headers.iter().map(|header| header.trim().to_owned()).collect();
        ListError::NoColumn { path: self.path.clone(), wanted, headers }
    }

    fn row(&self) -> ListRow {
        let cell = |place: &Option<usize>| {
            let bytes = place.map_or(&[][..], |place| self.records.cell(place));
            // What isn't text is nothing that is looked for, and is shown so.
            String::from_utf8_lossy(bytes).trim().to_owned()
        };
        ListRow {
            line: self.records.place().number(),
            cells: self.places.iter().map(cell).collect(),
        }
    }
}

impl Iterator for List {
    type Item = Result<ListRow, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.records.read() {
            Ok(true) => Some(Ok(self.row())),
            Ok(false) => None,
            Err(stop) => {
                let (place, kind): (Place, FaultKind) = (self.records.place(), stop.into());
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
        let row = |line, cells: [&str; 2]| ListRow { line, cells: cells.map(str::to_owned).into() };
        for text in [
            "serial,status\nA,ok\n\nB,\n",
            "x;Status;SERIAL \r\n1; ok;A\r\n\r\n2;;B",
            "sep=;\nstatus;Serienummer\nok;A\n;B\n",
            "\u{feff}Num\u{e9}ro de s\u{e9}rie;status\nA;ok\n\nB\n",
        ] {
            let rows = rows(text.as_bytes()).unwrap();
            let line = u64::from(text.starts_with("sep")) + 2;
            assert_eq!(rows[0], row(line, ["A", "ok"]), "{text}");
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
