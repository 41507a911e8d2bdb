//! CSV as spreadsheets and databases write it, read row by row.
//!
//! Our own reader, because a clerk must be sent to the right line: crate `csv` counts one too
//! few after a CRLF or an empty line, takes a file whose last quotation mark is never closed, takes
//! text behind a closing one, and lets a row grow without bound. The tests hold this one against
//! it.

use std::{
    io::{self, BufRead, Read, Seek},
    mem,
};

use super::{
    encoding::{Encoding, Utf8Reader},
    fault::{FaultKind, Place},
    limits::MAX_ROW_BYTES,
};

/// The delimiters a spreadsheet may write, most likely first.
pub(super) const DELIMITERS: [u8; 4] = *b";,\t|";

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
    /// Blanks at the start of a cell, before a quotation mark or a text.
    Blank,
    Plain,
    Quoted,
    /// A quotation mark inside a quoted cell: its end, or half of a doubled one.
    QuoteInQuoted,
    /// Behind the closing quotation mark, where only blanks may be.
    Closed,
}

/// Text behind a closing quotation mark, which no program means so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stray {
    /// The cell, from 0.
    pub(super) cell: usize,
    /// A backslash stands before the mark, as databases write one inside a text.
    pub(super) after_backslash: bool,
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
    stray: Option<Stray>,
    /// The first cell is in quotation marks.
    is_quoted: bool,
    /// The text ends in the record, without the end of a line.
    is_open: bool,
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
            stray: None,
            is_quoted: false,
            is_open: false,
        }
    }

    /// Reads the next record that isn't blank; `false` at the end.
    ///
    /// A blank record has no text in any cell: spreadsheets end in thousands of them. A record
    /// that is one cell in quotation marks with delimiters in it is the record that it holds.
    pub(super) fn read(&mut self) -> Result<bool, Stop> {
        while self.read_any()? {
            if !self.cells.trim_ascii().is_empty() {
                self.unfold();
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read_any(&mut self) -> Result<bool, Stop> {
        self.cells.clear();
        self.ends.clear();
        (self.stray, self.is_quoted, self.is_open) = (None, false, false);
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
                    self.end_of_text();
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
                let is_blank = matches!(byte, b' ' | b'\t');
                state = match (state, byte) {
                    (State::CellStart | State::Blank, b'"') => {
                        quote_line = self.line;
                        let start = self.ends.last().copied().unwrap_or_default();
                        self.cells.truncate(start);
                        self.is_quoted |= self.ends.is_empty();
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
                    (State::CellStart | State::Blank, _) if is_blank => {
                        self.cells.push(byte);
                        State::Blank
                    }
                    (State::QuoteInQuoted | State::Closed, _) if is_blank => State::Closed,
                    (State::QuoteInQuoted | State::Closed, _) => {
                        let after_backslash = self.cells.last() == Some(&b'\\');
                        let stray = Stray { cell: self.ends.len(), after_backslash };
                        // The sign of an old end of text is none of the cell's.
                        if byte != SUB {
                            self.stray.get_or_insert(stray);
                        }
                        self.cells.push(byte);
                        State::Plain
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

    /// The last record has no end of a line, and may have signs that old systems end a text with.
    fn end_of_text(&mut self) {
        while matches!(self.cells.last(), Some(&SUB | &0)) {
            self.cells.pop();
        }
        let length = self.cells.len();
        self.ends.iter_mut().for_each(|end| *end = (*end).min(length));
        self.ends.push(length);
        self.is_open = !self.cells.is_empty();
    }

    /// A row that was saved as one text, in one cell: `"4711;""Jan"";nl"`.
    fn unfold(&mut self) {
        let is_one = self.is_quoted
            && self.stray.is_none()
            && self.ends.iter().all(|end| *end == self.cells.len());
        if !is_one || !self.cells.contains(&self.delimiter) {
            return;
        }
        let text = mem::take(&mut self.cells);
        let mut inner = Records::new(text.as_slice(), self.delimiter);
        // What is no single record inside is left as it is, one cell, and is told as such.
        let is_record = inner.read_any().unwrap_or(false) && inner.is_open;
        if is_record {
            (self.cells, self.ends, self.stray) = (inner.cells, inner.ends, inner.stray);
        } else {
            self.cells = text;
        }
    }

    /// The records after a header that was read before.
    pub(super) fn past(input: R, delimiter: u8, header: Place) -> Self {
        let mut records = Self::new(input, delimiter);
        while records.read().unwrap_or(false) && records.place() != header {}
        records
    }

    /// The line on which the record begins.
    pub(super) fn place(&self) -> Place {
        Place::Line(self.first_line)
    }
}

impl<R> Records<R> {
    /// How many cells the record has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many cells the record has, empty ones at its end left out.
    pub(super) fn filled(&self) -> usize {
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
    pub(super) fn foreign(&self) -> Option<(usize, usize)> {
        (0..self.ends.len()).find_map(|index| {
            let error = std::str::from_utf8(self.cell(index)).err()?;
            Some((index, error.valid_up_to() + 1))
        })
    }

    /// Text behind a closing quotation mark, if there is some.
    pub(super) const fn stray(&self) -> Option<Stray> {
        self.stray
    }

    /// Whether the text ends in the record, without the end of a line.
    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// The line on which the record ends, when it runs over several.
    pub(super) fn last_line(&self) -> Option<u64> {
        let last = if self.is_open { self.line } else { self.line - 1 };
        (last > self.first_line).then_some(last)
    }

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

/// The sign that old systems end a text with, Ctrl-Z.
const SUB: u8 = 0x1A;

/// The first records of a text, for one delimiter.
#[derive(Debug)]
pub(super) struct FirstRecords {
    pub(super) delimiter: u8,
    /// Excel's first line `sep=;` says the delimiter.
    pub(super) is_announced: bool,
    pub(super) records: Vec<(Place, Vec<String>)>,
}

impl FirstRecords {
    /// Reads up to `count` records, and on to a line that is wanted; one that can't be read is the
    /// last, and a fault if it is the first.
    pub(super) fn read(
        mut file: impl Read + Seek,
        encoding: Encoding,
        delimiter: u8,
        count: usize,
        wanted: Option<u64>,
    ) -> Result<Self, (Place, FaultKind)> {
        let input = Utf8Reader::from_start(&mut file, encoding)
            .map_err(|error| (Place::Line(1), FaultKind::Unreadable(error)))?;
        let mut records = Records::new(input, delimiter);
        let mut first = Self { delimiter, is_announced: false, records: Vec::new() };
        loop {
            let is_enough = first.records.len() >= count
                && wanted.is_none_or(|line| records.place().number() >= line);
            match records.read() {
                Ok(true) if !is_enough => {}
                Ok(_) => return Ok(first),
                Err(_) if !first.records.is_empty() => return Ok(first),
                Err(stop) => return Err((records.place(), stop.into())),
            }
            if let Some(announced) =
                records.announced_delimiter().filter(|_| first.records.is_empty())
            {
                (records.delimiter, first.delimiter) = (announced, announced);
                first.is_announced = true;
                continue;
            }
            if let Some((_, byte)) = records.foreign().filter(|_| first.records.is_empty()) {
                return Err((records.place(), FaultKind::NotUtf8 { byte }));
            }
            // Between a wanted line far below and the first ones nothing is of interest.
            if first.records.len() < count || wanted == Some(records.place().number()) {
                let texts = (0..records.filled())
                    .map(|index| String::from_utf8_lossy(records.cell(index)).into_owned());
                first.records.push((records.place(), texts.collect()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    fn text_behind_a_closing_mark_is_told_and_the_rest_read() {
        for (text, stray) in [
            ("1,\"Jan \\\"Jef\\\" Peeters\"\n2,x\n", Some((1, true))),
            ("\"\"Jan\"\",x\n", Some((0, false))),
            ("1,\"Jan\" Peeters\n", Some((1, false))),
            ("1, \"Jan\" ,x\n", None),
            ("1,\"Jan\"\n", None),
            ("1,\"Jan\"\u{1a}", None),
        ] {
            let mut records = Records::new(text.as_bytes(), b',');
            assert!(records.read().unwrap());
            let found = records.stray().map(|stray| (stray.cell, stray.after_backslash));
            assert_eq!(found, stray, "{text}");
        }
    }

    #[test]
    fn what_spreadsheets_and_old_systems_write_is_read_as_meant() {
        for (text, expected) in [
            ("1; \"Jan Peeters\"", "1:1|Jan Peeters"),
            ("1;\t \"Jan; Peeters\" ;x", "1:1|Jan; Peeters|x"),
            ("1; Jan \"Jef\" ;x", "1:1| Jan \"Jef\" |x"),
            ("id;naam\n1;Jan\n\u{1a}", "1:id|naam / 2:1|Jan"),
            ("id;naam\n1;Jan\u{1a}", "1:id|naam / 2:1|Jan"),
            ("id;naam\n1;Jan\u{1a}\u{0}\u{0}", "1:id|naam / 2:1|Jan"),
            ("1;Jan\u{1a}\n2;x", "1:1|Jan\u{1a} / 2:2|x"),
            ("\"id;naam\"\n\"1;Jan\"\n", "1:id|naam / 2:1|Jan"),
            ("\"id;naam\";;\n\"1;\"\"Jan; P\"\"\"\n", "1:id|naam / 2:1|Jan; P"),
            ("\"a;b\";c", "1:a;b|c"),
            ("\"a\nb;c\"", "1:a\nb;c"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_crate_csv_reads_it(
            text in "[ab\";,\r\n]{0,40}",
            delimiter in prop::sample::select(&b";,"[..]),
        ) {
            let Ok(ours) = records(text.as_bytes(), delimiter) else { return Ok(()) };
            // Where it is unclear what is meant we refuse or unfold, and they guess.
            let mut all = Records::new(text.as_bytes(), delimiter);
            while all.read_any().unwrap() {
                let is_folded = all.is_quoted && all.cells.contains(&delimiter);
                if all.stray().is_some() || is_folded {
                    return Ok(());
                }
            }
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
