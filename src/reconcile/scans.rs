//! Lists of what the camera read, row by row: which letter each row names, and how it is.

use std::{fmt, path::Path};

use super::{Place, ReconcileError};
use crate::{
    mark::{Mark, MarkError, RunId},
    read::{Excerpt, List, ListError, fold},
    run::Finished,
    token::Serial,
};

// The names that columns may have, as `fold` leaves them.
const MARK: &[&str] = &[
    "mark",
    "datamatrix",
    "dmc",
    "barcode",
    "merk",
    "streepjescode",
    "marque",
    "codebarres",
    "marke",
];
const SERIAL: &[&str] =
    &["serial", "serialnumber", "serienummer", "numerodeserie", "noserie", "seriennummer"];
const SEQUENCE: &[&str] = &[
    "sequence",
    "seq",
    "sequencenumber",
    "volgnummer",
    "numerodordre",
    "numerodesequence",
    "laufnummer",
    "laufendenummer",
    "folgenummer",
];
const STATUS: &[&str] = &[
    "status",
    "state",
    "result",
    "toestand",
    "resultaat",
    "etat",
    "statut",
    "resultat",
    "zustand",
    "ergebnis",
];

/// What a letter is that is well.
const GOOD: &[&str] = &[
    "",
    "ok",
    "good",
    "yes",
    "goed",
    "inorde",
    "ja",
    "bon",
    "bonne",
    "oui",
    "gut",
    "inordnung",
    "io",
];
/// What a letter is that must be made anew.
const SPOILT: &[&str] = &[
    "spoilt",
    "spoiled",
    "bad",
    "damaged",
    "defect",
    "rejected",
    "reject",
    "notok",
    "nok",
    "bedorven",
    "beschadigd",
    "fout",
    "slecht",
    "afgekeurd",
    "uitval",
    "gache",
    "gachee",
    "abime",
    "abimee",
    "endommage",
    "endommagee",
    "mauvais",
    "mauvaise",
    "rebut",
    "rejete",
    "rejetee",
    "verdorben",
    "beschadigt",
    "defekt",
    "schlecht",
    "fehlerhaft",
    "ausschuss",
    "nio",
];

/// What a row says.
pub(super) enum Read {
    /// A page of a letter that is well.
    Good { place: Place, page: u64 },
    /// A letter that is spoilt.
    Spoilt { place: Place },
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
            Self::Sequence { sequence, letters } => {
                write!(f, "letter {sequence}, and the run has {letters}; find out how it came here")
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
    /// Its status is neither good nor bad.
    Status(Excerpt),
    /// Its serial is that of another letter than its sequence.
    Contradiction,
}

impl fmt::Display for UnreadableRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it names no letter; scan it again"),
            Self::Mark(error) => error.fmt(f),
            Self::Serial(text) => write!(f, "\"{text}\" is no serial; type it as it is printed"),
            Self::Sequence(text) => write!(f, "\"{text}\" is no sequence, as 42 or 0042/1000000"),
            Self::Pages { found, of } => {
                write!(f, "its mark has {found} pages, and letters of this run have {of}")
            }
            Self::Status(text) => {
                write!(f, "the status \"{text}\" is not known; write ok or spoilt")
            }
            Self::Contradiction => {
                f.write_str("its serial is that of another letter than its sequence; look at it")
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

    fn place(&self, serial: &Serial) -> Option<Place> {
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

/// A list of what the camera read.
pub(super) struct Scans<'a> {
    list: List,
    runs: Vec<Run>,
    serials: &'a SerialIndex,
}

impl<'a> Scans<'a> {
    pub(super) fn open(
        path: &Path,
        runs: &[Finished],
        serials: &'a mut SerialIndex,
    ) -> Result<Self, ReconcileError> {
        let list = List::open(path, &[MARK, SERIAL, SEQUENCE, STATUS])?;
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
        let run = |run: &Finished| Run {
            id: run.manifest().run.parse().ok(),
            letters: run.manifest().holders,
            pages: run.manifest().pages_per_card,
        };
        Ok(Self { list, runs: runs.iter().map(run).collect(), serials })
    }

    fn read(&self, cells: &[String]) -> Read {
        let [mark, serial, sequence, status] = cells else {
            return Read::Unreadable(UnreadableRow::Empty);
        };
        let found = match (mark.as_str(), serial.as_str(), sequence.as_str()) {
            ("", "", "") => Err(Read::Unreadable(UnreadableRow::Empty)),
            ("", "", sequence) => self.by_sequence(sequence).map(|place| (place, 1)),
            ("", serial, sequence) => self.by_serial(serial, sequence).map(|place| (place, 1)),
            (mark, ..) => self.by_mark(mark),
        };
        let (place, page) = match found {
            Ok(found) => found,
            Err(other) => return other,
        };
        let folded = fold(status);
        if GOOD.contains(&folded.as_str()) {
            Read::Good { place, page }
        } else if SPOILT.contains(&folded.as_str()) {
            Read::Spoilt { place }
        } else {
            Read::Unreadable(UnreadableRow::Status(Excerpt::new(status)))
        }
    }

    fn by_mark(&self, text: &str) -> Result<(Place, u64), Read> {
        let mark: Mark =
            text.parse().map_err(|error| Read::Unreadable(UnreadableRow::Mark(error)))?;
        let index = self.runs.iter().position(|run| run.id == Some(mark.run()));
        let index = index.ok_or(Read::Foreign(ForeignRow::Mark(mark)))?;
        let Run { letters, pages, .. } = self.runs[index];
        if u32::from(mark.pages()) != pages {
            let what = UnreadableRow::Pages { found: mark.pages(), of: pages };
            return Err(Read::Unreadable(what));
        }
        if mark.sequence() > letters {
            let what = ForeignRow::Sequence { sequence: mark.sequence(), letters };
            return Err(Read::Foreign(what));
        }
        Ok(((index, mark.sequence()), u64::from(mark.page())))
    }

    fn by_serial(&self, text: &str, sequence: &str) -> Result<Place, Read> {
        let serial: Serial = text
            .parse()
            .map_err(|_| Read::Unreadable(UnreadableRow::Serial(Excerpt::new(text))))?;
        let place = self.serials.place(&serial);
        let place = place.ok_or(Read::Foreign(ForeignRow::Serial(serial)))?;
        if !sequence.is_empty() && number(sequence).map(|(number, _)| number) != Some(place.1) {
            return Err(Read::Unreadable(UnreadableRow::Contradiction));
        }
        Ok(place)
    }

    fn by_sequence(&self, text: &str) -> Result<Place, Read> {
        let unreadable = || Read::Unreadable(UnreadableRow::Sequence(Excerpt::new(text)));
        let (sequence, of) = number(text).ok_or_else(unreadable)?;
        // In a list that has marks, a run is named by them alone.
        let [run] = self.runs.as_slice() else { return Err(unreadable()) };
        if sequence > run.letters || of.is_some_and(|of| of != run.letters) {
            let what = ForeignRow::Sequence { sequence, letters: run.letters };
            return Err(Read::Foreign(what));
        }
        Ok((0, sequence))
    }
}

/// A letter's place in the run, as it is printed (`0042/1000000`) or alone.
fn number(text: &str) -> Option<(u64, Option<u64>)> {
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
    type Item = Result<(u64, Read), ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.list.next()?;
        Some(row.map(|row| (row.line, self.read(&row.cells))))
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

    #[test]
    fn no_word_is_good_and_bad_and_all_are_written_as_they_are_compared() {
        assert!(GOOD.iter().all(|word| !SPOILT.contains(word)));
        for word in [MARK, SERIAL, SEQUENCE, STATUS, GOOD, SPOILT].concat() {
            assert_eq!(fold(word), word);
        }
        for (written, is_good) in [("Gâché", false), ("beschädigt", false), ("i. O.", true)] {
            let folded = fold(written);
            assert_eq!(GOOD.contains(&folded.as_str()), is_good, "{written}");
            assert_eq!(SPOILT.contains(&folded.as_str()), !is_good, "{written}");
        }
    }
}
