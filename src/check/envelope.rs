//! Whether a card says the place in the run that it has, to people and to inserting machines.

use tokenkaart_token::run_files::Parameters;
use zeroize::Zeroizing;

use super::{disagreement::Mismatch, ink::Inking};
use crate::{
    paper::{PaperPart, Region, TextRun},
    symbol::mark::{Mark, Sequence},
};

/// What the cards of a file should say, by the manifest.
pub(super) struct Wanted<'a> {
    pub(super) parameters: &'a Parameters,
    /// The run's id, if it is one.
    pub(super) run: &'a str,
    /// Cards of the run, and those in earlier files.
    pub(super) total: u64,
    pub(super) before: u64,
    /// The file's number, and its cards.
    pub(super) file: u32,
    pub(super) cards: u32,
    /// Where a card says whom it is for, from its corner; nowhere if nobody asks.
    pub(super) naming: &'a [Region],
    /// How their ink is looked at.
    pub(super) inking: &'a Inking,
}

impl Wanted<'_> {
    /// The sequence of a card, the first of the file being 0.
    pub(super) fn sequence(&self, card: usize) -> Sequence {
        let card = u32::try_from(card).unwrap_or(u32::MAX).saturating_add(1);
        let Self { total, before, file, cards, .. } = *self;
        Sequence { number: before.saturating_add(card.into()), total, file, card, cards }
    }

    /// The mark on one of its pages, the front being 1; none where there can't be one.
    pub(super) fn mark(&self, sequence: Sequence, page: u8) -> Option<Mark> {
        let pages = 1 + u8::from(self.parameters.back);
        Mark::new(self.run.parse().ok()?, sequence.number, page, pages).ok()
    }
}

/// What is wrong with the sequence that people read.
pub(super) fn judge_sequence(part: &PaperPart<'_, '_>, wanted: Sequence) -> Option<Mismatch> {
    let mut found = part.lines().iter().filter_map(|run: &TextRun| run.text().parse().ok());
    match found.next() {
        None => Some(Mismatch::NoSequence),
        Some(first) if first != wanted => Some(Mismatch::OutOfSequence { found: first, wanted }),
        Some(_) => found
            .find(|other| *other != wanted)
            .map(|found| Mismatch::OutOfSequence { found, wanted }),
    }
}

/// What is wrong with the marks that machines read.
pub(super) fn judge_marks(
    marks: &[Zeroizing<String>],
    wanted: Option<Mark>,
    is_marked: bool,
) -> Option<Mismatch> {
    let text = wanted.map(|mark| mark.to_string());
    match marks {
        [] if is_marked => Some(Mismatch::NoMark),
        [] => None,
        _ if !is_marked => Some(Mismatch::MarkUnexpected),
        marks => marks
            .iter()
            .find(|mark| Some(&***mark) != text.as_ref())
            .map(|other| Mismatch::MarkDiffers { found: other.parse().ok() }),
    }
}
