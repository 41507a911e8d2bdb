//! Which letters were reissued already, by what the records of later runs void.

use tokenkaart_token::token::Serial;

use super::error::ReconcileError;
use crate::run::Finished;

/// The serials that later runs void.
pub(super) struct Reissued<'a> {
    runs: &'a [Finished],
    /// Sorted, each with the place of its run.
    serials: Vec<([u8; Serial::PACKED], usize)>,
    /// Whether a run replaces a letter that was met.
    is_met: Vec<bool>,
}

impl<'a> Reissued<'a> {
    pub(super) fn by(runs: &'a [Finished]) -> Result<Self, ReconcileError> {
        let mut serials = Vec::new();
        for (index, run) in runs.iter().enumerate() {
            run.for_each_voided(|serial| serials.push((serial.packed(), index)))?;
        }
        serials.sort_unstable();
        Ok(Self { runs, serials, is_met: vec![false; runs.len()] })
    }

    /// The first run that replaces a letter; all that do are met.
    pub(super) fn meet(&mut self, serial: &Serial) -> Option<&'a Finished> {
        let packed = serial.packed();
        let from = self.serials.partition_point(|(there, _)| *there < packed);
        let found = self.serials[from..].iter().take_while(|(there, _)| *there == packed);
        let mut first = None;
        for (_, run) in found {
            self.is_met[*run] = true;
            first = first.or(Some(&self.runs[*run]));
        }
        first
    }

    /// Refuses runs of which nothing was met: they were made of other letters.
    pub(super) fn require_all_met(&self) -> Result<(), ReconcileError> {
        match self.is_met.iter().position(|is_met| !is_met) {
            None => Ok(()),
            Some(run) => Err(ReconcileError::VoidsNone { run: self.runs[run].folder().to_owned() }),
        }
    }
}
