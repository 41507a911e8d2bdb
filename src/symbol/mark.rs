//! The mark of an envelope: what an inserting machine reads on each of its pages.
//!
//! `TK1`, the run's id, the envelope's sequence in the run, the page, the pages of the set and a
//! check, each of a fixed width, 50 symbols in all:
//!
//! ```
//! let mark = "TK115D9B0233567BB3250F9F2981F5592E6000000042010151";
//! let mark: tokenkaart::symbol::mark::Mark = mark.parse()?;
//! assert_eq!(mark.run().to_string(), "15d9b0233567bb3250f9f2981f5592e6");
//! assert_eq!((mark.sequence(), mark.page(), mark.pages()), (42, 1, 1));
//! # Ok::<(), tokenkaart::symbol::mark::MarkError>(())
//! ```
//!
//! All are digits and capitals, which a Data Matrix packs three into two bytes.

mod sequence;

use std::{fmt, str::FromStr};

pub use self::sequence::{NotASequence, Sequence};

/// What every mark begins with.
const PREFIX: &str = "TK";
/// The version of marks that this program prints and reads.
const VERSION: char = '1';
/// Symbols of a run's id.
const RUN_LENGTH: usize = 32;
/// Symbols of a mark.
pub const LENGTH: usize = 50;
/// The highest sequence that a mark can carry.
pub const MAX_SEQUENCE: u64 = 999_999_999;
/// The most pages that a set can have.
pub const MAX_PAGES: u8 = 99;

/// A run's id, as the journal writes it: 32 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RunId(u128);

/// A text is no run's id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a run's id has {RUN_LENGTH} hexadecimal digits in lower case")]
pub struct NotARunId;

impl RunId {
    /// Makes an id of 16 bytes, the highest first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for RunId {
    type Err = NotARunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != RUN_LENGTH || !text.bytes().all(is_digit) {
            return Err(NotARunId);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| NotARunId)
    }
}

/// Which page of which envelope of which run.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Mark {
    run: RunId,
    sequence: u64,
    page: u8,
    pages: u8,
}

/// A mark that can't be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "page {page} of {pages} of envelope {sequence} can't be marked: envelopes are numbered from 1 \
     to {MAX_SEQUENCE}, and their pages from 1 to {MAX_PAGES}"
)]
pub struct NotAMark {
    /// The envelope's place in the run.
    pub sequence: u64,
    /// The page.
    pub page: u8,
    /// The pages of the set.
    pub pages: u8,
}

/// Why a text is no mark.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MarkError {
    /// It begins otherwise than any mark.
    #[error(
        "not a mark of this program, which begins with {PREFIX}; read another code of the page"
    )]
    Foreign,
    /// A mark of another version.
    #[error(
        "a mark of version {}, and this program reads version {VERSION}; use a newer one",
        found.escape_default()
    )]
    Version {
        /// The version's symbol.
        found: char,
    },
    /// Too few symbols, or too many.
    #[error("cut off or run together: {found} symbols, and a mark has {LENGTH}; scan it again")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// A symbol that can't stand there.
    #[error("misread: `{}` can't stand at place {place}; scan it again", found.escape_default())]
    Symbol {
        /// The symbol.
        found: char,
        /// Its place, from 1.
        place: usize,
    },
    /// The check does not fit.
    #[error("misread: the check doesn't fit; scan it again")]
    Check,
    /// A page that its set does not have, or envelope 0.
    #[error(transparent)]
    Impossible(#[from] NotAMark),
}

impl Mark {
    /// Makes the mark of a page.
    ///
    /// # Errors
    /// [`NotAMark`] when the sequence isn't one of 1 to [`MAX_SEQUENCE`], the set has more than
    /// [`MAX_PAGES`] pages, or the page isn't one of them.
    pub fn new(run: RunId, sequence: u64, page: u8, pages: u8) -> Result<Self, NotAMark> {
        let is_one = (1..=MAX_SEQUENCE).contains(&sequence)
            && (1..=pages).contains(&page)
            && pages <= MAX_PAGES;
        if is_one {
            Ok(Self { run, sequence, page, pages })
        } else {
            Err(NotAMark { sequence, page, pages })
        }
    }

    /// The run.
    #[must_use]
    pub const fn run(self) -> RunId {
        self.run
    }

    /// The envelope's place in the run, from 1.
    #[must_use]
    pub const fn sequence(self) -> u64 {
        self.sequence
    }

    /// The page, from 1.
    #[must_use]
    pub const fn page(self) -> u8 {
        self.page
    }

    /// The pages of the set.
    #[must_use]
    pub const fn pages(self) -> u8 {
        self.pages
    }
}

/// One envelope of a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Envelope {
    /// The run.
    pub run: RunId,
    /// Its place in it.
    pub sequence: Sequence,
}

impl Envelope {
    /// The mark of one of its pages.
    ///
    /// # Errors
    /// [`NotAMark`], as of [`Mark::new`].
    pub fn mark(&self, page: u8, pages: u8) -> Result<Mark, NotAMark> {
        Mark::new(self.run, self.sequence.number, page, pages)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, sequence, page, pages } = self;
        let text = format!("{PREFIX}{VERSION}{:032X}{sequence:09}{page:02}{pages:02}", run.0);
        write!(f, "{text}{:02}", check(&text))
    }
}

impl FromStr for Mark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix(PREFIX).ok_or(MarkError::Foreign)?;
        match rest.chars().next() {
            Some(VERSION) => {}
            Some(found) => return Err(MarkError::Version { found }),
            None => return Err(MarkError::Length { found: PREFIX.len() }),
        }
        let found = text.chars().count();
        if found != LENGTH {
            return Err(MarkError::Length { found });
        }
        let run_starts = PREFIX.len() + 1;
        let run_ends = run_starts + RUN_LENGTH;
        for (index, found) in text.chars().enumerate().skip(run_starts) {
            let is_capital = index < run_ends && ('A'..='F').contains(&found);
            if !found.is_ascii_digit() && !is_capital {
                return Err(MarkError::Symbol { found, place: index + 1 });
            }
        }
        // All symbols are ASCII from here on, so places are bytes.
        let (body, stated) = text.split_at(LENGTH - 2);
        if stated != format!("{:02}", check(body)) {
            return Err(MarkError::Check);
        }
        let number = |range: std::ops::Range<usize>| {
            body[range].bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
        };
        let small = |range| u8::try_from(number(range)).unwrap_or(u8::MAX);
        let run = body[run_starts..run_ends].to_lowercase().parse();
        let run = run.map_err(|NotARunId| MarkError::Check)?;
        let [page, pages] = [small(44..46), small(46..48)];
        Ok(Self::new(run, number(run_ends..44), page, pages)?)
    }
}

/// The two check digits of digits and capitals: ISO/IEC 7064, MOD 97-10, over each symbol's value
/// as two decimal digits (`0` is 00, `A` is 10, `Z` is 35).
///
/// An IBAN gives a digit one place only, and then a letter read as a digit shifts everything
/// before it, which one time in 97 isn't noticed. With two places for all of them, each wrong
/// symbol and each two neighbours that changed places are caught.
fn check(body: &str) -> u32 {
    let remainder = body.chars().filter_map(|symbol| symbol.to_digit(36));
    let remainder = remainder.fold(0, |remainder, value| (remainder * 100 + value) % 97);
    98 - remainder * 100 % 97
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark() -> Mark {
        let run = "15d9b0233567bb3250f9f2981f5592e6".parse().unwrap();
        Mark::new(run, 42, 1, 1).unwrap()
    }

    #[test]
    fn the_mark_is_the_documented_one() {
        // python3 -c 's = "TK115D9B0233567BB3250F9F2981F5592E60000000420101"; \
        //   print(98 - int("".join("%02d" % int(c, 36) for c in s) + "00") % 97)'
        let text = "TK115D9B0233567BB3250F9F2981F5592E6000000042010151";
        assert_eq!(mark().to_string(), text);
        assert_eq!(text.parse(), Ok(mark()));
    }

    #[test]
    fn what_is_no_mark_is_told_by_what_is_wrong_with_it() {
        let text = mark().to_string();
        let parsed = |text: &str| text.parse::<Mark>().unwrap_err();
        for foreign in ["", "T", "https://example.be", "JJBEA12345678901", &text[1..]] {
            assert_eq!(parsed(foreign), MarkError::Foreign, "{foreign}");
        }
        assert_eq!(parsed(&text.replace("TK1", "TK2")), MarkError::Version { found: '2' });
        assert_eq!(parsed(&text.replace("TK1", "TKé")), MarkError::Version { found: 'é' });
        for length in 2..LENGTH {
            assert_eq!(parsed(&text[..length]), MarkError::Length { found: length });
        }
        assert_eq!(parsed(&format!("{text}{text}")), MarkError::Length { found: 2 * LENGTH });
        assert_eq!(
            parsed(&text.to_lowercase().replace("tk", "TK")),
            MarkError::Symbol { found: 'd', place: 6 }
        );
        assert_eq!(parsed(&text.replace("D9", "é9")), MarkError::Symbol { found: 'é', place: 6 });
        let altered = |page: &str| {
            let body = format!("{}{page}", &text[..35]);
            format!("{body}{:02}", check(&body))
        };
        for impossible in ["0000000420201", "0000000000101", "0000000420000", "0000000420001"] {
            let error = parsed(&altered(impossible));
            assert!(matches!(error, MarkError::Impossible(_)), "{impossible}: {error}");
        }
    }

    #[test]
    fn an_envelope_or_a_page_that_there_is_not_has_no_mark() {
        let run = mark().run();
        for (sequence, page, pages) in [(0, 1, 1), (1_000_000_000, 1, 1), (1, 0, 1), (1, 2, 1)] {
            let told = NotAMark { sequence, page, pages };
            assert_eq!(Mark::new(run, sequence, page, pages), Err(told));
        }
        assert!(Mark::new(run, 1, 1, 100).is_err());
        assert!(Mark::new(run, MAX_SEQUENCE, 99, 99).is_ok());
        for text in ["", "15D9B0233567BB3250F9F2981F5592E6", &"0".repeat(31), &"+".repeat(32)] {
            assert_eq!(text.parse::<RunId>(), Err(NotARunId), "{text}");
        }
    }

    prop_compose! {
        fn any_mark()(
            run in any::<[u8; 16]>(),
            sequence in 1..=MAX_SEQUENCE,
            (page, pages) in (1..=MAX_PAGES).prop_flat_map(|pages| (1..=pages, Just(pages))),
        ) -> Mark {
            Mark::new(RunId::from_bytes(run), sequence, page, pages).unwrap()
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(mark in any_mark()) {
            let text = mark.to_string();
            prop_assert_eq!(text.len(), LENGTH);
            prop_assert!(text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
            prop_assert_eq!(text.parse(), Ok(mark));
            prop_assert_eq!(mark.run().to_string().parse(), Ok(mark.run()));
        }

        #[test]
        fn every_wrong_symbol_and_every_swap_of_neighbours_is_caught(mark in any_mark()) {
            let text = mark.to_string();
            for place in 0..LENGTH {
                for symbol in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
                    let mut wrong = text.clone();
                    wrong.replace_range(place..=place, symbol.encode_utf8(&mut [0; 4]));
                    prop_assert!(wrong == text || wrong.parse::<Mark>().is_err(), "{}", wrong);
                }
            }
            for place in 1..LENGTH {
                let mut swapped = text.clone().into_bytes();
                swapped.swap(place - 1, place);
                let swapped = String::from_utf8(swapped).unwrap();
                prop_assert!(swapped == text || swapped.parse::<Mark>().is_err(), "{}", swapped);
            }
        }
    }
}
