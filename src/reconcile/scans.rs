//! Lists of what the camera read, row by row: which letter each row names, and how it is.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use tokenkaart_token::{files::BoundedLines, token::Serial};

use super::{
    error::ReconcileError,
    framing::{is_other_keyboard, unframed},
    letters::LetterPlace,
    note::Note,
    words::{CROSSED, GOOD, MARK, NOT_CROSSED, REJECT, SEQUENCE, SERIAL, SPOILT, STATUS},
};
use crate::{
    read::{Excerpt, List, fold},
    run::Finished,
    symbol::mark::{self, Mark, MarkError, RunId, Sequence},
};

/// A serial as it is printed, with its hyphens.
const SERIAL_LENGTH: usize = 19;

/// What a row says.
pub(super) enum ScannedAs {
    /// A page of a letter that is well.
    Good { place: LetterPlace, page: u64 },
    /// A letter that is spoilt.
    Spoilt { place: LetterPlace },
    /// A letter with an unknown status.
    Unclear { place: LetterPlace, status: Excerpt },
    /// A letter of another run.
    Foreign(ForeignRow),
    /// Nothing that can be understood.
    Unreadable(UnreadableRow),
}

/// What a row of another run names.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ForeignRow {
    /// A mark of another run.
    Mark(Mark),
    /// A serial that no letter has.
    Serial(Serial),
    /// A place that the run doesn't have.
    Sequence {
        /// The place.
        sequence: u64,
        /// Of how many letters, where that is said.
        of: Option<u64>,
        /// The letters of the run.
        letters: u64,
    },
}

impl fmt::Display for ForeignRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark(mark) => write!(
                f,
                "letter {} of run {}, which is another; find out how it came here",
                mark.sequence(),
                mark.run()
            ),
            Self::Serial(serial) => {
                write!(f, "serial {serial} is of no letter of this run; find out how it came here")
            }
            Self::Sequence { sequence, of, letters } => {
                write!(f, "letter {sequence}")?;
                if let Some(of) = of {
                    write!(f, " of {of}")?;
                }
                write!(f, ", and the run has {letters}; find out how it came here")
            }
        }
    }
}

/// Why a row can't be understood.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UnreadableRow {
    /// It names nothing.
    Empty,
    /// It has another number of cells than the header.
    Cells,
    /// The list ends in the middle of it.
    CutOff,
    /// Its mark was sent as keys to another keyboard.
    Keyboard,
    /// Its mark is none.
    Mark(MarkError),
    /// Its serial is none.
    Serial(Excerpt),
    /// Its sequence is no number.
    Sequence(Excerpt),
    /// Its mark has another number of pages than the run's letters.
    Pages {
        /// The pages by the mark.
        found: u8,
        /// Those of the run.
        of: u32,
    },
    /// Its mark, its serial and its sequence are not those of one letter.
    Contradiction,
}

impl fmt::Display for UnreadableRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it names no letter; scan it again"),
            Self::Cells => {
                f.write_str("it has another number of cells than the header; look at it")
            }
            Self::CutOff => f.write_str(
                "the list ends in this row, as one that was cut off; have it sent again",
            ),
            Self::Keyboard => f.write_str(
                "its digits are signs, as when the scanner's keyboard layout is not the \
                 computer's (AZERTY); set both alike and scan again",
            ),
            Self::Mark(error) => error.fmt(f),
            Self::Serial(text) => write!(f, "\"{text}\" is no serial; type it as it is printed"),
            Self::Sequence(text) => write!(f, "\"{text}\" is no sequence, as 42 or 0042/1000000"),
            Self::Pages { found, of } => {
                write!(f, "its mark has {found} pages, and letters of this run have {of}")
            }
            Self::Contradiction => {
                f.write_str("its mark, serial and sequence are not those of one letter; look at it")
            }
        }
    }
}

/// Which letter has a serial; of some 20 bytes a letter, and only if a list needs it.
#[derive(Default)]
pub(super) struct SerialIndex(Vec<([u8; Serial::PACKED], u32, u32)>);

impl SerialIndex {
    fn fill(&mut self, runs: &[Finished]) -> Result<(), ReconcileError> {
        if !self.0.is_empty() {
            return Ok(());
        }
        for (run, finished) in (0..).zip(runs) {
            for bundle in finished.bundles()? {
                let bundle = bundle?;
                // A run has fewer than 2^32 letters.
                let first = u32::try_from(bundle.first).unwrap_or(u32::MAX);
                let serials = (first..).zip(&bundle.serials);
                self.0.extend(serials.map(|(sequence, serial)| (serial.packed(), run, sequence)));
            }
        }
        self.0.sort_unstable();
        Ok(())
    }

    fn place(&self, serial: &Serial) -> Option<LetterPlace> {
        let packed = serial.packed();
        let found = self.0.binary_search_by(|(there, ..)| there.cmp(&packed)).ok()?;
        let (_, run, sequence) = self.0[found];
        Some((run as usize, u64::from(sequence)))
    }
}

/// A run, as rows name it.
struct Run {
    id: Option<RunId>,
    letters: u64,
    pages: u32,
}

/// The longest line of a list without a header, in bytes; a mark has 50.
const MAX_LINE: usize = 1 << 16;

/// Where rows come from.
enum Rows {
    Table(List),
    /// A mark or a serial on each line, as a scanner types them where no header is asked for.
    Lines(BoundedLines),
}

/// A list of what the camera read.
pub(super) struct Scans<'a> {
    rows: Rows,
    path: PathBuf,
    runs: Vec<Run>,
    serials: &'a SerialIndex,
}

impl<'a> Scans<'a> {
    pub(super) fn open(
        path: &Path,
        runs: &[Finished],
        serials: &'a mut SerialIndex,
    ) -> Result<Self, ReconcileError> {
        let list = List::open(path, &[MARK, SERIAL, SEQUENCE, STATUS, REJECT])?;
        match (list.has(0), list.has(1), list.has(2)) {
            (false, false, false) => {
                return Err(list.lacks("a mark, a serial or a sequence").into());
            }
            (false, false, true) if runs.len() > 1 => {
                return Err(ReconcileError::WhichRun { path: path.to_owned(), runs: runs.len() });
            }
            (_, true, _) => serials.fill(runs)?,
            _ => {}
        }
        Ok(Self::of(Rows::Table(list), path, runs, serials))
    }

    /// The same, also of a list without a header: a mark or a serial on each line.
    pub(super) fn open_bare(
        path: &Path,
        runs: &[Finished],
        serials: &'a mut SerialIndex,
    ) -> Result<Self, ReconcileError> {
        if !List::open(path, &[MARK, SERIAL, SEQUENCE, STATUS, REJECT])?.is_bare() {
            return Self::open(path, runs, serials);
        }
        serials.fill(runs)?;
        let lines = Rows::Lines(BoundedLines::open(path, MAX_LINE)?);
        Ok(Self::of(lines, path, runs, serials))
    }

    fn of(rows: Rows, path: &Path, runs: &[Finished], serials: &'a SerialIndex) -> Self {
        let run = |run: &Finished| Run {
            id: run.manifest().run.parse().ok(),
            letters: run.manifest().holders,
            pages: run.manifest().pages_per_card,
        };
        Self { rows, path: path.to_owned(), runs: runs.iter().map(run).collect(), serials }
    }

    /// What somebody should know of the list, who may have meant more by it.
    pub(super) fn notes(&self) -> Vec<Note> {
        let Rows::Table(list) = &self.rows else { return Vec::new() };
        let path = || self.path.clone();
        let has_status = list.has(3) || list.has(4);
        let no_status = (!has_status).then(|| Note::NoStatus { path: path() });
        let names_a_run = list.has(0) || list.has(1);
        let no_run = (!names_a_run).then(|| Note::NamesNoRun { path: path() });
        let others = list.others();
        let others =
            (!others.is_empty()).then(|| Note::ColumnsNotUsed { path: path(), columns: others });
        no_status.into_iter().chain(no_run).chain(others).collect()
    }

    /// What a line says that is a mark or a serial, whichever has its length.
    fn line(&self, text: &str) -> ScannedAs {
        let is_serial = unframed(text, SERIAL_LENGTH).parse::<Serial>().is_ok();
        let (mark, serial) = if is_serial { ("", text) } else { (text, "") };
        match self.letter(mark, serial, "") {
            Ok((place, page)) => ScannedAs::Good { place, page },
            Err(other) => other,
        }
    }

    fn next_line(&mut self) -> Option<Result<(u64, ScannedAs), ReconcileError>> {
        loop {
            let Rows::Lines(lines) = &mut self.rows else { return None };
            let (number, text) = match lines.next_line() {
                Ok(Some((number, line))) => (number, String::from_utf8_lossy(line).into_owned()),
                Ok(None) => return None,
                Err(error) => return Some(Err(error.into())),
            };
            let text = text.trim().trim_matches(['\u{feff}', '\u{1a}']);
            if !text.is_empty() {
                return Some(Ok((number, self.line(text))));
            }
        }
    }

    fn read(&self, cells: &[String]) -> ScannedAs {
        let [mark, serial, sequence, status, reject] = cells else {
            return ScannedAs::Unreadable(UnreadableRow::Empty);
        };
        let (place, page) = match self.letter(mark, serial, sequence) {
            Ok(found) => found,
            Err(other) => return other,
        };
        let folded = fold(status);
        // Signs alone leave nothing to compare, and are no empty cell.
        let is_good = GOOD.contains(&folded.as_str()) && folded.is_empty() == status.is_empty();
        let crossed = fold(reject);
        if CROSSED.contains(&crossed.as_str()) {
            ScannedAs::Spoilt { place }
        } else if !(NOT_CROSSED.contains(&crossed.as_str())
            && crossed.is_empty() == reject.is_empty())
        {
            ScannedAs::Unclear { place, status: Excerpt::new(reject) }
        } else if is_good {
            ScannedAs::Good { place, page }
        } else if SPOILT.contains(&folded.as_str()) {
            ScannedAs::Spoilt { place }
        } else {
            ScannedAs::Unclear { place, status: Excerpt::new(status) }
        }
    }

    /// Which letter a row names, and which page of it; all that it says must be of one.
    fn letter(
        &self,
        mark: &str,
        serial: &str,
        sequence: &str,
    ) -> Result<(LetterPlace, u64), ScannedAs> {
        let contradiction = || ScannedAs::Unreadable(UnreadableRow::Contradiction);
        let by_mark = if mark.is_empty() { None } else { Some(self.by_mark(mark)?) };
        let mut found = by_mark;
        if !serial.is_empty() {
            let place = match (self.by_serial(serial), found) {
                (Err(ScannedAs::Foreign(_)), Some(_)) => return Err(contradiction()),
                (place, _) => place?,
            };
            if found.is_some_and(|(other, _)| other != place) {
                return Err(contradiction());
            }
            found = found.or(Some((place, 1)));
        }
        match found {
            None if sequence.is_empty() => Err(ScannedAs::Unreadable(UnreadableRow::Empty)),
            None => Ok((self.by_sequence(sequence)?, 1)),
            Some(found) if sequence.is_empty() => Ok(found),
            Some(found) => {
                let ((run, letter), _) = found;
                let (number, of) = number(sequence).ok_or_else(|| no_sequence(sequence))?;
                let is_same = number == letter && of.is_none_or(|of| of == self.runs[run].letters);
                if is_same { Ok(found) } else { Err(contradiction()) }
            }
        }
    }

    fn by_mark(&self, text: &str) -> Result<(LetterPlace, u64), ScannedAs> {
        let mark: Mark =
            unframed(text, mark::LENGTH).to_ascii_uppercase().parse().map_err(|error| {
                ScannedAs::Unreadable(if is_other_keyboard(text) {
                    UnreadableRow::Keyboard
                } else {
                    UnreadableRow::Mark(error)
                })
            })?;
        let index = self.runs.iter().position(|run| run.id == Some(mark.run()));
        let index = index.ok_or(ScannedAs::Foreign(ForeignRow::Mark(mark)))?;
        let Run { letters, pages, .. } = self.runs[index];
        if u32::from(mark.pages()) != pages {
            let what = UnreadableRow::Pages { found: mark.pages(), of: pages };
            return Err(ScannedAs::Unreadable(what));
        }
        if mark.sequence() > letters {
            let what = ForeignRow::Sequence { sequence: mark.sequence(), of: None, letters };
            return Err(ScannedAs::Foreign(what));
        }
        Ok(((index, mark.sequence()), u64::from(mark.page())))
    }

    fn by_serial(&self, text: &str) -> Result<LetterPlace, ScannedAs> {
        let serial: Serial = unframed(text, SERIAL_LENGTH)
            .parse()
            .map_err(|_| ScannedAs::Unreadable(UnreadableRow::Serial(Excerpt::new(text))))?;
        self.serials.place(&serial).ok_or(ScannedAs::Foreign(ForeignRow::Serial(serial)))
    }

    fn by_sequence(&self, text: &str) -> Result<LetterPlace, ScannedAs> {
        let (sequence, of) = number(text).ok_or_else(|| no_sequence(text))?;
        // In a list that has marks, a run is named by them alone.
        let [run] = self.runs.as_slice() else { return Err(no_sequence(text)) };
        if sequence > run.letters || of.is_some_and(|of| of != run.letters) {
            let what = ForeignRow::Sequence { sequence, of, letters: run.letters };
            return Err(ScannedAs::Foreign(what));
        }
        Ok((0, sequence))
    }
}

fn no_sequence(text: &str) -> ScannedAs {
    ScannedAs::Unreadable(UnreadableRow::Sequence(Excerpt::new(text)))
}

/// A letter's place in the run: as it is printed (`0042/1000000 · 0001 · 042/250`), the first part of
/// that, or the number alone.
fn number(text: &str) -> Option<(u64, Option<u64>)> {
    if let Ok(Sequence { number, total, .. }) = text.parse() {
        return (number > 0).then_some((number, Some(total)));
    }
    let digits = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten()
    };
    let (sequence, of) = match text.split_once('/') {
        Some((sequence, of)) => (sequence, Some(digits(of)?)),
        None => (text, None),
    };
    digits(sequence).filter(|sequence| *sequence > 0).map(|sequence| (sequence, of))
}

impl Iterator for Scans<'_> {
    type Item = Result<(u64, ScannedAs), ReconcileError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match &mut self.rows {
            Rows::Lines(_) => return self.next_line(),
            Rows::Table(list) => list.next()?,
        };
        Some(row.map_err(ReconcileError::from).map(|row| {
            let read = match self.read(&row.cells) {
                // What the last row lacks may be more than its end of a line.
                ScannedAs::Unreadable(UnreadableRow::Mark(_) | UnreadableRow::Empty)
                    if row.is_open =>
                {
                    ScannedAs::Unreadable(UnreadableRow::CutOff)
                }
                _ if !row.is_sound => ScannedAs::Unreadable(if row.is_open {
                    UnreadableRow::CutOff
                } else {
                    UnreadableRow::Cells
                }),
                read => read,
            };
            (row.line, read)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_read_as_printed_and_as_typed() {
        for (text, expected) in [
            ("42", Some((42, None))),
            ("0042/1000000", Some((42, Some(1_000_000)))),
            ("0000042/1000000 \u{b7} 0001 \u{b7} 042/250", Some((42, Some(1_000_000)))),
            ("1/4 \u{b7} 0001 \u{b7} 1/4", Some((1, Some(4)))),
            ("1/4 \u{b7} 0001", None),
            ("0", None),
            ("", None),
            ("/5", None),
            ("4/", None),
            ("+4", None),
            ("4.0", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
