//! What tells envelopes apart: the mark for machines and the sequence for people.

use super::{composer::Composer, error::LayoutError, page::Item, tag::Tag};
use crate::symbol::{
    mark::{Envelope, RunId, Sequence},
    matrix,
};

impl Composer {
    /// Whether the last sequence of a run can be laid out; all others take no
    /// more room.
    ///
    /// # Errors
    /// [`LayoutError`] when the sequence does not fit the design or a mark.
    pub fn check_sequence(&self, last: &Sequence) -> Result<(), LayoutError> {
        let envelope = Envelope { run: RunId::from_bytes([0xff; 16]), sequence: *last };
        self.sequence(last, &mut Vec::new())?;
        self.mark(&envelope, 1, &mut Vec::new())
    }

    /// What machines read on a page, the front being 1.
    pub(super) fn mark(
        &self,
        envelope: &Envelope,
        page: u8,
        items: &mut Vec<Item>,
    ) -> Result<(), LayoutError> {
        let Some(area) = self.design.mark else { return Ok(()) };
        let mark = envelope.mark(page, 1 + u8::from(self.settings.back))?;
        let (symbol, alt, tag) = (matrix::encode(mark)?, String::new(), Tag::ARTIFACT);
        items.push(Item::Symbol { area, symbol, alt, tag });
        Ok(())
    }

    /// The place in the run and in the file, for people.
    pub(super) fn sequence(
        &self,
        sequence: &Sequence,
        items: &mut Vec<Item>,
    ) -> Result<(), LayoutError> {
        let Some(field) = &self.design.sequence else { return Ok(()) };
        items.extend(self.set(field, &sequence.to_string(), Tag::ARTIFACT)?);
        Ok(())
    }
}
