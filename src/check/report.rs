//! What a check tells while it works, and at its end.

use tokenkaart_token::{listed::Listed, run_files::manifest::Manifest};

use super::disagreement::Disagreement;

/// What a check reports while it works; the caller decides what to show.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckEvent<'a> {
    /// The manifest is read.
    Begun {
        /// Cards that will be read, unless they are sealed.
        cards: u64,
        /// Codes on them.
        codes: u64,
    },
    /// One code more was verified, whether it fits or not.
    CodeVerified,
    /// All of a bundle was looked at.
    BundleDone {
        /// Its number.
        number: u32,
    },
    /// Something doesn't agree.
    Disagreed(&'a Disagreement),
}

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// The run's id, 32 hexadecimal digits; empty when the manifest can't be read.
    pub run: String,
    /// The manifest that the run was held to; none when it is not what it should be.
    pub manifest: Option<Manifest>,
    /// Bundles.
    pub bundles: u64,
    /// Files that were read, without the manifest.
    pub files: u64,
    /// Cards of the run, by its manifest.
    pub cards: u64,
    /// Cards that were read back.
    pub cards_read: u64,
    /// Cards that are sealed and were not opened, so that nobody compared them with anything.
    pub cards_sealed: u64,
    /// Whether the paper was said to be destroyed, so that none was read.
    pub is_paper_destroyed: bool,
    /// Whether there is a signature, whosever it is.
    pub is_signed: bool,
    /// The fingerprint of the signer, if the signature was asked for and counts.
    pub signed_by: Option<String>,
    /// Printed codes that fit their hashes.
    pub codes_verified: u64,
    /// Printed codes whose ink was looked at.
    pub codes_seen: u64,
    /// Texts whose ink was not looked at, for they are in a font that is not at hand.
    pub texts_unseen: u64,
    /// Whether it is known where each thing on a card must stand, so that ink was looked for there
    /// and not where the file says that it is.
    pub is_placed: bool,
    /// Cards on which a QR code was read.
    pub qr_codes_read: u64,
    /// Cards whose names were compared with those of a holder file.
    pub names_read: u64,
    /// What doesn't agree.
    pub disagreements: Listed<Disagreement, 1000>,
}

impl CheckReport {
    /// Whether nothing disagrees.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.disagreements.is_empty()
    }
}

/// What was found so far, and who is told.
pub(super) struct Findings<'a> {
    pub(super) report: CheckReport,
    pub(super) on_event: &'a mut dyn FnMut(CheckEvent<'_>),
}

impl Findings<'_> {
    pub(super) fn tell(&mut self, event: CheckEvent<'_>) {
        (self.on_event)(event);
    }

    pub(super) fn add(&mut self, disagreement: Disagreement) {
        self.tell(CheckEvent::Disagreed(&disagreement));
        self.report.disagreements.add(disagreement);
    }
}
