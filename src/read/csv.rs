//! CSV as spreadsheets write it, read row by row.
//!
//! Our own reader, because a clerk must be sent to the right line: crate `csv` counts one too
//! few after a CRLF or an empty line, takes a file whose last quotation mark is never closed,
//! and lets a row grow without bound. The tests hold this one against it.

use std::{
    io::{self, BufRead, Read, Seek},
    path::Path,
};

use super::{
    MAX_ROW_BYTES,
    encoding::{Encoding, Utf8Reader},
    fault::{Fault, FaultKind, Place},
    header::{ColumnMapping, Columns},
    row::{Draft, Value},
};

/// The delimiters a spreadsheet may write, most likely first.
const DELIMITERS: [u8; 4] = *b";,\t|";

/// Why a record could not be read; nothing can be read after it.
#[derive(Debug)]
pub(super) enum Stop {
    Unreadable(io::Error),
    UnclosedQuote { line: u64 },
    TooLong,
}

impl From<Stop> for FaultKind {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Unreadable(error) => Self::Unreadable(error),
            Stop::UnclosedQuote { line } => Self::UnclosedQuote { line },
            Stop::TooLong => Self::TooLong { max: MAX_ROW_BYTES },
        }
    }
}

/// Where in a record the reader is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    /// A quotation mark inside a quoted cell: its end, or half of a doubled one.
    QuoteInQuoted,
}

/// The records of a text, with their lines; one buffer serves them all.
#[derive(Debug)]
pub(super) struct Records<R> {
    input: R,
    delimiter: u8,
    /// The line of the next byte.
    line: u64,
    /// The last byte ended a line as CR; a LF after it belongs to it.
    after_cr: bool,
    first_line: u64,
    cells: Vec<u8>,
    ends: Vec<usize>,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input,
            delimiter,
            line: 1,
            after_cr: false,
            first_line: 1,
            cells: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Reads the next record that isn't blank; `false` at the end.
    ///
    /// A blank record has no text in any cell: spreadsheets end in thousands of them.
    pub(super) fn read(&mut self) -> Result<bool, Stop> {
        while self.read_any()? {
            if !self.cells.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read_any(&mut self) -> Result<bool, Stop> {
        self.cells.clear();
        self.ends.clear();
        self.first_line = self.line;
        let mut state = State::CellStart;
        let mut quote_line = self.line;
        let mut is_begun = false;
        let mut length = 0;
        loop {
            let bytes = match self.input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stop::Unreadable(error)),
            };
            if bytes.is_empty() {
                if state == State::Quoted {
                    return Err(Stop::UnclosedQuote { line: quote_line });
                }
                if is_begun {
                    self.ends.push(self.cells.len());
                }
                return Ok(is_begun);
            }
            let mut taken = 0;
            let mut is_complete = false;
            for &byte in bytes {
                taken += 1;
                let is_second_half = byte == b'\n' && self.after_cr;
                self.after_cr = byte == b'\r';
                if is_second_half {
                    if state == State::Quoted {
                        self.cells.push(byte);
                    } else {
                        // The line that it ends was counted, and its record read, at the CR.
                        self.first_line = self.line;
                    }
                    continue;
                }
                let is_line_end = matches!(byte, b'\r' | b'\n');
                self.line += u64::from(is_line_end);
                is_begun = true;
                state = match (state, byte) {
                    (State::CellStart, b'"') => {
                        quote_line = self.line;
                        State::Quoted
                    }
                    (State::Quoted, b'"') => State::QuoteInQuoted,
                    (State::Quoted, _) | (State::QuoteInQuoted, b'"') => {
                        self.cells.push(byte);
                        State::Quoted
                    }
                    (_, byte) if byte == self.delimiter => {
                        self.ends.push(self.cells.len());
                        State::CellStart
                    }
                    _ if is_line_end => {
                        self.ends.push(self.cells.len());
                        is_complete = true;
                        break;
                    }
                    _ => {
                        self.cells.push(byte);
                        State::Plain
                    }
                };
            }
            self.input.consume(taken);
            if is_complete {
                return Ok(true);
            }
            length += taken;
            if length > MAX_ROW_BYTES {
                return Err(if state == State::Quoted {
                    Stop::UnclosedQuote { line: quote_line }
                } else {
                    Stop::TooLong
                });
            }
        }
    }

    /// The records after a header that was read before, and after the `sep=` line if there is one.
    pub(super) fn past(input: R, header: &Header) -> Self {
        let mut records = Self::new(input, header.delimiter);
        while records.read().unwrap_or(false) && records.place() != header.place {}
        records
    }

    /// The line on which the record begins.
    pub(super) fn place(&self) -> Place {
        Place::Line(self.first_line)
    }

    /// How many cells the record has, empty ones at its end left out.
    fn filled(&self) -> usize {
        (0..self.ends.len()).rev().find(|index| !self.cell(*index).is_empty()).map_or(0, |i| i + 1)
    }

    /// The bytes of a cell; none when the record is shorter.
    pub(super) fn cell(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        match (start, self.ends.get(index)) {
            (Some(start), Some(end)) => &self.cells[start..*end],
            _ => &[],
        }
    }

    /// The first cell with a byte that isn't UTF-8, and that byte's place from 1.
    fn foreign(&self) -> Option<(usize, usize)> {
        (0..self.ends.len()).find_map(|index| {
            let error = std::str::from_utf8(self.cell(index)).err()?;
            Some((index, error.valid_up_to() + 1))
        })
    }

    fn last_line(&self) -> Option<u64> {
        let last = self.line - 1;
        (last > self.first_line).then_some(last)
    }
}

/// A CSV file whose header is read.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) delimiter: u8,
    pub(super) headers: Vec<String>,
    pub(super) place: Place,
}

impl Header {
    /// Reads the header with the delimiter that makes most sense of it.
    ///
    /// `None` when there is none. Excel's first line `sep=;` says the delimiter; else
    /// it is the one that yields the most headers that are understood, then the most headers.
    pub(super) fn find(
        file: impl Read + Seek,
        encoding: Encoding,
        mappings: &[ColumnMapping],
    ) -> Result<Option<Self>, (Place, FaultKind)> {
        Self::find_by(file, encoding, |headers| {
            Columns::resolve(headers, mappings).map_or(2, |columns| columns.used().count())
        })
    }

    /// Reads the header with the delimiter of which `understood` says the most.
    pub(super) fn find_by(
        mut file: impl Read + Seek,
        encoding: Encoding,
        understood: impl Fn(&[String]) -> usize,
    ) -> Result<Option<Self>, (Place, FaultKind)> {
        let mut best: Option<((usize, usize), Self)> = None;
        for delimiter in DELIMITERS {
            let input = Utf8Reader::from_start(&mut file, encoding)
                .map_err(|error| (Place::Line(1), FaultKind::Unreadable(error)))?;
            let mut records = Records::new(input, delimiter);
            let Some(header) = Self::read(&mut records)? else { return Ok(None) };
            if header.delimiter != delimiter {
                return Ok(Some(header));
            }
            let score = (understood(&header.headers), header.headers.len());
            if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
                best = Some((score, header));
            }
        }
        Ok(best.map(|(_, header)| header))
    }

    /// Reads the header record, and Excel's `sep=` line before it.
    fn read<R: BufRead>(records: &mut Records<R>) -> Result<Option<Self>, (Place, FaultKind)> {
        let read = |records: &mut Records<R>| {
            records.read().map_err(|stop| (Place::Line(records.first_line), stop.into()))
        };
        if !read(records)? {
            return Ok(None);
        }
        if let Some(delimiter) = records.announced_delimiter() {
            records.delimiter = delimiter;
            if !read(records)? {
                return Ok(None);
            }
        }
        if let Some((_, byte)) = records.foreign() {
            return Err((records.place(), FaultKind::NotUtf8 { byte }));
        }
        let headers = (0..records.filled())
            .map(|index| String::from_utf8_lossy(records.cell(index)).into_owned())
            .collect();
        Ok(Some(Self { delimiter: records.delimiter, headers, place: records.place() }))
    }
}

impl<R> Records<R> {
    /// The delimiter that a line `sep=;` announces; the line itself may be cut by it.
    fn announced_delimiter(&self) -> Option<u8> {
        let (name, rest) = self.cells.split_at_checked(4)?;
        if !name.eq_ignore_ascii_case(b"sep=") || self.first_line != 1 {
            return None;
        }
        match (rest, self.ends.as_slice()) {
            ([], [4, 4]) => Some(self.delimiter),
            ([delimiter], [5]) if !delimiter.is_ascii_alphanumeric() => Some(*delimiter),
            _ => None,
        }
    }
}

/// The holders of a CSV file, as drafts.
pub(super) struct Drafts<'a, R> {
    records: Records<R>,
    path: &'a Path,
    header: &'a Header,
    columns: &'a Columns,
    is_ended: bool,
}

impl<'a, R: BufRead> Drafts<'a, R> {
    /// Reads from the start of the text, past the header.
    pub(super) fn new(input: R, path: &'a Path, header: &'a Header, columns: &'a Columns) -> Self {
        let records = Records::past(input, header);
        Self { records, path, header, columns, is_ended: false }
    }

    fn draft(&self) -> Result<Draft, Fault> {
        let records = &self.records;
        let place = records.place();
        let fault = |kind| Fault::new(self.path, place, kind);
        let (expected, found) = (self.header.headers.len(), records.ends.len());
        if found < expected || records.filled() > expected {
            return Err(fault(FaultKind::CellCount {
                expected,
                found,
                last_line: records.last_line(),
            }));
        }
        if let Some((index, byte)) = records.foreign() {
            let mut fault = fault(FaultKind::NotUtf8 { byte })
                .with_value(&String::from_utf8_lossy(records.cell(index)));
            if let Some(header) = self.header.headers.get(index) {
                fault = fault.in_column(header.trim());
            }
            return Err(fault);
        }
        let mut draft = Draft::new(place);
        for (field, column) in self.columns.used() {
            let text = String::from_utf8_lossy(records.cell(column.index)).into_owned();
            draft.set(field, Value::Text(text));
        }
        Ok(draft)
    }
}

impl<R: BufRead> Iterator for Drafts<'_, R> {
    type Item = Result<Draft, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        match self.records.read() {
            Ok(true) => Some(self.draft()),
            Ok(false) => {
                self.is_ended = true;
                None
            }
            Err(stop) => {
                self.is_ended = true;
                Some(Err(Fault::new(self.path, self.records.place(), stop.into())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(text: impl AsRef<[u8]>) -> Option<Header> {
        Header::find(io::Cursor::new(text), Encoding::Utf8, &[]).unwrap()
    }

    type Table = Vec<(u64, Vec<String>)>;

    fn records(text: &[u8], delimiter: u8) -> Result<Table, Stop> {
        // A tiny buffer cuts records and CRLFs in two.
        let mut records = Records::new(io::BufReader::with_capacity(2, text), delimiter);
        let mut table = Vec::new();
        while records.read()? {
            let cells = (0..records.ends.len())
                .map(|index| String::from_utf8_lossy(records.cell(index)).into_owned())
                .collect();
            table.push((records.first_line, cells));
        }
        Ok(table)
    }

    fn shown(text: &str) -> String {
        let rows: Vec<String> = records(text.as_bytes(), b';')
            .unwrap()
            .into_iter()
            .map(|(line, cells)| format!("{line}:{}", cells.join("|")))
            .collect();
        rows.join(" / ")
    }

    #[test]
    fn records_are_told_by_the_line_on_which_they_begin() {
        for (text, expected) in [
            ("a;b\n1;2\n", "1:a|b / 2:1|2"),
            ("a;b\r\n1;2\r\n3;4", "1:a|b / 2:1|2 / 3:3|4"),
            ("a;b\r1;2\r\r3;4\r", "1:a|b / 2:1|2 / 4:3|4"),
            ("\n\r\na;b\n\n;;\n1;2", "3:a|b / 6:1|2"),
            ("a;\"x\ny\"\nz;\r\n", "1:a|x\ny / 3:z|"),
            ("a;\"x\r\n\r\ny\"\r\nz", "1:a|x\r\n\r\ny / 4:z"),
            ("\"a;\"\"b\"\"\";c\"d;\"e\"f\"", "1:a;\"b\"|c\"d|ef\""),
            ("\"\";1\n \t;\n", "1:|1"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_told_with_its_line() {
        for (text, quote) in [("a;b\r\n1;2\r\n3;\"x\r\n4;5\r\n", 3), ("\"", 1), ("a\n\"\"\"", 2)] {
            assert!(
                matches!(records(text.as_bytes(), b';'), Err(Stop::UnclosedQuote { line }) if line == quote),
                "{text:?}"
            );
        }
        let swallowed = format!("a;b\n1;\"{}", "x;y\n".repeat(MAX_ROW_BYTES));
        assert!(matches!(
            records(swallowed.as_bytes(), b';'),
            Err(Stop::UnclosedQuote { line: 2 })
        ));
    }

    #[test]
    fn an_endless_line_is_refused_before_it_fills_the_memory() {
        let mut endless = Records::new(io::BufReader::new(io::repeat(b'x')), b';');
        assert!(matches!(endless.read(), Err(Stop::TooLong)));
        assert!(endless.cells.capacity() < 4 * MAX_ROW_BYTES);
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_sense_of_the_header() {
        for (text, delimiter, headers) in [
            ("id;naam", b';', &["id", "naam"][..]),
            ("id,naam\n1;2;3", b',', &["id", "naam"]),
            ("id\tnaam, voornaam\tx", b'\t', &["id", "naam, voornaam", "x"]),
            ("\"id\"|\"a;b;c;d\"|naam", b'|', &["id", "a;b;c;d", "naam"]),
            ("sep=,\r\nid,naam", b',', &["id", "naam"]),
            ("sep=;\r\nid;a,b,c", b';', &["id", "a,b,c"]),
            ("SEP=\t\nid\tnaam", b'\t', &["id", "naam"]),
            ("sep=^\nid^naam", b'^', &["id", "naam"]),
            ("id;naam;;;\n1;2;;;", b';', &["id", "naam"]),
            ("x", b';', &["x"]),
        ] {
            let header = find(text).unwrap();
            assert_eq!(header.delimiter, delimiter, "{text:?}");
            assert_eq!(header.headers, headers, "{text:?}");
        }
        assert!(find("\n;;\n").is_none());
    }

    #[test]
    fn a_row_that_does_not_fit_the_header_is_faulted_and_the_next_one_read() {
        let text =
            b"sep=;\nid;naam;taal\n1;Jan\n2;Jan;nl;;\n3;Jan;nl;x\n4;\"J\nn\"\n5;Z\xEB;nl\n6;x;y\n";
        let header = find(text).unwrap();
        let columns = Columns::resolve(&header.headers, &[]).unwrap();
        let found: Vec<String> = Drafts::new(&text[..], Path::new("h.csv"), &header, &columns)
            .map(|draft| match draft {
                Ok(draft) => draft.place.to_string(),
                Err(fault) => fault.to_string(),
            })
            .collect();
        for (found, start) in found.iter().zip([
            "h.csv: line 3: has 2 cells where the header has 3; put",
            "line 4",
            "h.csv: line 5: has 4 cells where the header has 3; put",
            "h.csv: line 6: has 2 cells where the header has 3 and runs to line 7, as when",
            "h.csv: line 8, column \"naam\", value \"Z\u{fffd}\": byte 2 is not UTF-8",
            "line 9",
        ]) {
            assert!(found.starts_with(start), "{found}");
        }
        assert_eq!(found.len(), 6);
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_crate_csv_reads_it(
            text in "[ab\";,\r\n]{0,40}",
            delimiter in prop::sample::select(&b";,"[..]),
        ) {
            let Ok(ours) = records(text.as_bytes(), delimiter) else { return Ok(()) };
            let theirs: Vec<Vec<String>> = ::csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(text.as_bytes())
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .filter(|cells: &Vec<String>| !cells.concat().trim().is_empty())
                .collect();
            let ours: Vec<Vec<String>> = ours.into_iter().map(|(_, cells)| cells).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
