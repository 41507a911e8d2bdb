//! An envelope's place, as people read it.

use std::{fmt, str::FromStr};

/// Which envelope of its run it is, and which card of which file.
///
/// Written `0000042/1000000 · 0001 · 042/250`: the place in the run, the number of the file as in
/// its name, the place in the file; each place has as many digits as its total.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sequence {
    /// The place in the run, from 1.
    pub number: u64,
    /// Envelopes of the run.
    pub total: u64,
    /// The file's number, from 1.
    pub file: u32,
    /// The place in the file, from 1.
    pub card: u32,
    /// Cards of the file.
    pub cards: u32,
}

/// A text is no sequence.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a sequence is written 0000042/1000000 · 0001 · 042/250")]
pub struct NotASequence;

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, total, file, card, cards } = self;
        let width = |total: u64| total.to_string().len();
        let (of_run, of_file) = (width(*total), width(u64::from(*cards)));
        write!(f, "{number:0of_run$}/{total} · {file:04} · {card:0of_file$}/{cards}")
    }
}

impl FromStr for Sequence {
    type Err = NotASequence;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(" · ");
        let mut part = || parts.next().ok_or(NotASequence);
        let (number, total) = part()?.split_once('/').ok_or(NotASequence)?;
        let file = part()?;
        let (card, cards) = part()?.split_once('/').ok_or(NotASequence)?;
        let sequence = Self {
            number: number.parse().map_err(|_| NotASequence)?,
            total: total.parse().map_err(|_| NotASequence)?,
            file: file.parse().map_err(|_| NotASequence)?,
            card: card.parse().map_err(|_| NotASequence)?,
            cards: cards.parse().map_err(|_| NotASequence)?,
        };
        // There is one way to write it.
        if sequence.to_string() == text { Ok(sequence) } else { Err(NotASequence) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_as_many_digits_as_its_total() {
        let written = |number, total, file, card, cards| {
            let sequence = Sequence { number, total, file, card, cards };
            assert_eq!(sequence.to_string().parse(), Ok(sequence));
            sequence.to_string()
        };
        assert_eq!(written(42, 1_000_000, 1, 42, 250), "0000042/1000000 · 0001 · 042/250");
        assert_eq!(written(7, 9, 3, 1, 3), "7/9 · 0003 · 1/3");
        assert_eq!(written(3_000_001, 3_000_002, 12_001, 1, 2), "3000001/3000002 · 12001 · 1/2");
    }

    #[test]
    fn what_only_looks_like_a_sequence_is_none() {
        for text in [
            "",
            "42/1000000 · 0001 · 042/250",
            "0000042/1000000 · 1 · 042/250",
            "0000042/1000000 · 0001 · 42/250",
            "0000042/1000000 · 0001",
            "0000042/1000000 · 0001 · 042/250 · 1",
            "Kerkstraat 2/3",
            "+1/2 · 0001 · 1/2",
        ] {
            assert_eq!(text.parse::<Sequence>(), Err(NotASequence), "{text}");
        }
    }
}
