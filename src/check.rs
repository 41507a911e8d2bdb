//! Reads a finished run back: paper against hashes.
//!
//! The files are held to the manifest, the manifest to the journal, each record to both, and
//! the paper to the records: what is printed on a card is read by [`crate::paper`], which has
//! no part in printing, and verified by [`Verifier`], which has no part in hashing. So a card
//! that passes is one whose holder can sign in. A run has no names, so whose name is on a card is
//! held to a holder file, if there is one ([`ExpectedHolders`]). What a page says of its glyphs is not
//! what they look like, so each card is drawn and its ink compared ([`crate::ink`]).
//!
//! Sealed cards (`.age`) are opened in memory if there is an identity. If there is none, their
//! digests are checked, and they are counted as sealed, not as read.

mod bundle;
mod card;
mod disagreement;
mod envelope;
mod error;
mod folder;
mod holders;
mod ink;
mod mail;
mod records;
mod report;
mod sample;
mod sealed;
mod sheet;
mod workers;

use std::{num::NonZeroUsize, ops::Range, path::Path};

use tokenkaart_token::{
    files::{self, Sha256Digest},
    hash::{Pepper, Verifier},
    run_files::{
        Parameters,
        journal::BundleDone,
        manifest::{self, ListedBundle, Manifest, ManifestError},
    },
    sign::Signers,
    token::Position,
};

pub use self::{
    disagreement::{Disagreement, FilePlace, Mismatch},
    error::CheckError,
    holders::{ExpectedHolders, Unmet},
    report::{CheckEvent, CheckReport},
    sample::Sample,
};
use self::{
    holders::Naming,
    ink::Inking,
    report::Findings,
    sealed::{Sealing, is_sealed},
    sheet::Imposition,
};
use crate::{design::Design, layout::FallbackFont, seal::Identity};

/// A record has more bytes than this, for it has 24 hashes of 32 bytes and more.
const LEAST_RECORD: u64 = 1000;

/// How a run is checked.
#[derive(Debug)]
pub struct CheckOptions {
    /// The cards to read; none means all. Digests and counts are checked for all in any case.
    pub sample: Option<Sample>,
    /// The pepper that the run's hashes were keyed with.
    pub pepper: Option<Pepper>,
    /// Who can open the run's cards, if they are sealed; without it the paper is not read.
    pub identity: Option<Identity>,
    /// The design that the run was made with, if it is none of the program's own; without it nobody
    /// knows where things should stand.
    pub design: Option<Design>,
    /// The font that the run's names in other letters were set in.
    pub fallback_font: Option<FallbackFont>,
    /// Whom the cards should be for; without it nobody looks at the names on them.
    pub holders: Option<ExpectedHolders>,
    /// Whether the paper was destroyed, as it is when the cards are handed over: no card is read, and
    /// none must be left.
    pub paper_destroyed: bool,
    /// Whose signature the manifest must have; without it no signature is looked at.
    pub signers: Option<Signers>,
    /// Threads that read and verify; each takes the memory of one hash.
    pub threads: NonZeroUsize,
}

/// Reads a finished run back and reports all that doesn't agree.
///
/// A manifest that was changed is a disagreement, and the only one: nothing it says can be
/// held against anything.
///
/// # Errors
/// [`CheckError`] when the check can't be done: there is no manifest, a file can't be read,
/// the pepper is not the run's, or there is no memory to hash in.
pub fn check(
    folder: &Path,
    options: &CheckOptions,
    on_event: &mut dyn FnMut(CheckEvent<'_>),
) -> Result<CheckReport, CheckError> {
    let mut findings = Findings { report: CheckReport::default(), on_event };
    findings.report.is_signed = manifest::has_signature(folder);
    let manifest = match read_manifest(folder, options.signers.as_ref()) {
        Ok((manifest, signer)) => {
            findings.report.signed_by = signer;
            manifest
        }
        Err(error) => {
            findings.add(spoilt(error)?);
            return Ok(findings.report);
        }
    };
    require_keys(&manifest.parameters, options)?;
    let design = design_of(&manifest.parameters, options.design.as_ref())?;
    let expected = options.holders.as_ref();
    let naming = expected
        .map(|expected| Naming::new(expected, design.as_ref(), &manifest.parameters))
        .transpose()?;
    let inking = Inking::new(&manifest.parameters, design.as_ref(), options.fallback_font.clone())?;
    findings.report.is_placed = inking.is_placed();
    findings.report.run.clone_from(&manifest.run);
    findings.report.bundles = manifest.bundles.len() as u64;
    findings.report.cards = manifest.holders;

    folder::check_listing(folder, &manifest, &mut findings)?;
    let journal = folder::check_journal(folder, &manifest, &mut findings)?;
    let imposition = Imposition::of(&manifest);
    mail::check(folder, &manifest, &journal, &imposition, &mut findings)?;
    for miscount in miscounts(&manifest, &imposition) {
        findings.add(miscount);
    }

    let listed = if options.paper_destroyed { 0 } else { cards_there(folder, &manifest) };
    findings.report.is_paper_destroyed = options.paper_destroyed;
    let sample = options.sample.map(|sample| sample.draw(listed));
    let cards = sample.as_ref().map_or(listed, |places| places.len() as u64);
    findings.tell(CheckEvent::Begun { cards, codes: cards * u64::from(Position::MAX) });
    let mut bundles = Bundles {
        folder,
        paper_destroyed: options.paper_destroyed,
        journal: &journal,
        reading: bundle::CardReading {
            parameters: &manifest.parameters,
            run: &manifest.run,
            total: manifest.holders,
            imposition: &imposition,
            sample: sample.as_deref(),
            naming,
            inking: &inking,
        },
        sealing: Sealing {
            sealed_to: &manifest.parameters.sealed_to,
            identity: options.identity.as_ref(),
        },
        verifiers: (0..options.threads.get())
            .map(|_| Verifier::new(options.pepper.as_ref()))
            .collect(),
        seen: records::Seen::default(),
    };
    let mut first = 0;
    for listed in &manifest.bundles {
        let next = first + u64::from(listed.records.records);
        bundles.check(listed, first..next, &mut findings)?;
        findings.tell(CheckEvent::BundleDone { number: listed.number });
        first = next;
    }
    let voided = manifest.parameters.replaces.as_ref().map_or(0, |replaces| replaces.serials);
    let found = bundles.seen.voided;
    drop(bundles);
    if found != voided {
        let fault = Mismatch::Count { what: "voided serials", listed: voided, found };
        findings.add(Disagreement::in_file(manifest::NAME, fault));
    }
    findings.report.manifest = Some(manifest);
    Ok(findings.report)
}

/// What bundle after bundle is held to.
struct Bundles<'a> {
    folder: &'a Path,
    paper_destroyed: bool,
    journal: &'a [BundleDone],
    reading: bundle::CardReading<'a>,
    sealing: Sealing<'a>,
    verifiers: Vec<Verifier<'a>>,
    seen: records::Seen,
}

impl Bundles<'_> {
    /// Holds a bundle's records to what is known of them, and its paper to the records; its cards
    /// are these of the run, counted from 0.
    fn check(
        &mut self,
        listed: &ListedBundle,
        cards: Range<u64>,
        findings: &mut Findings<'_>,
    ) -> Result<(), CheckError> {
        let parameters = self.reading.parameters;
        let done = self.journal.iter().find(|done| done.number == listed.number);
        let (records, paper) = (&listed.records, &listed.cards);
        let path = &records.path;
        let record_bytes =
            folder::read_listed(self.folder, path, records.sha256, records.bytes, findings)?;
        let lines = record_bytes.map_or_else(Vec::new, |bytes| {
            records::check(&bytes, listed, done, parameters, &mut self.seen, findings)
        });
        if let Some(naming) = &self.reading.naming {
            naming.meet(path, &lines, findings);
        }
        let path = &paper.path;
        if self.paper_destroyed {
            return folder::gone(self.folder, path, findings);
        }
        let bytes = folder::read_listed(self.folder, path, paper.sha256, paper.bytes, findings)?;
        if is_sealed(&paper.path) == parameters.sealed_to.is_empty() {
            findings.add(Disagreement::in_file(&paper.path, Mismatch::SealedOtherwise));
        }
        let plain = match bytes {
            Some(bytes) if is_sealed(&paper.path) => {
                let plain = self.sealing.open(&bytes, paper, findings)?;
                if plain.is_none() {
                    findings.report.cards_sealed += cards.end - cards.start;
                }
                plain
            }
            bytes => bytes,
        };
        match plain {
            None => Ok(()),
            Some(plain) => {
                self.reading.check(plain, listed, cards, &lines, &mut self.verifiers, findings)
            }
        }
    }
}

fn read_manifest(
    folder: &Path,
    signers: Option<&Signers>,
) -> Result<(Manifest, Option<String>), ManifestError> {
    match signers {
        Some(signers) => {
            Manifest::read_signed(folder, signers).map(|(manifest, by)| (manifest, Some(by)))
        }
        None => Manifest::read(folder).map(|manifest| (manifest, None)),
    }
}

/// What is wrong with a manifest that is there; an error when there is none to look at.
fn spoilt(error: ManifestError) -> Result<Disagreement, CheckError> {
    let (file, fault) = match error {
        ManifestError::Malformed { why, .. } => (manifest::NAME, Mismatch::NoManifest(why)),
        ManifestError::Changed { .. } => (manifest::NAME, Mismatch::ManifestChanged),
        ManifestError::Unsigned { .. } => (manifest::NAME, Mismatch::Unsigned),
        ManifestError::Signature { source, .. } => {
            (manifest::SIGNATURE, Mismatch::Signature(source))
        }
        error => return Err(CheckError::Manifest(error)),
    };
    Ok(Disagreement::in_file(file, fault))
}

/// The design that a run was made with, of those at hand.
fn design_of(
    parameters: &Parameters,
    given: Option<&Design>,
) -> Result<Option<Design>, CheckError> {
    let is_the_runs =
        |design: &Design| Sha256Digest::from_bytes(design.sha256) == parameters.design_sha256;
    match given.cloned().filter(is_the_runs) {
        Some(design) => Ok(Some(design)),
        None => match Design::built_in(&parameters.design).ok().filter(is_the_runs) {
            None if given.is_some() => Err(CheckError::DesignNeeded(parameters.design.clone())),
            built_in => Ok(built_in),
        },
    }
}

/// Refuses keys that are not those of the run.
fn require_keys(parameters: &Parameters, options: &CheckOptions) -> Result<(), CheckError> {
    match (parameters.key_id, options.pepper.as_ref().map(Pepper::key_id)) {
        // No code is verified then.
        (Some(_), None) if options.paper_destroyed => Ok(()),
        (Some(needed), None) => Err(CheckError::PepperNeeded(needed)),
        (Some(needed), Some(given)) if needed != given => {
            Err(CheckError::OtherPepper { needed, given })
        }
        (None, Some(given)) => Err(CheckError::NoPepperNeeded(given)),
        _ if parameters.sealed_to.is_empty() && options.identity.is_some() => {
            Err(CheckError::NoIdentityNeeded)
        }
        _ => Ok(()),
    }
}

/// The cards that a sample is drawn from: those of all bundles, however many holders the manifest
/// speaks of, and no more than there are bytes of records on the disk.
fn cards_there(folder: &Path, manifest: &Manifest) -> u64 {
    let cards = |bundle: &ListedBundle| {
        let path = files::inside(folder, &bundle.records.path);
        // A file that can't be looked at is told when it is read.
        let bytes = path.and_then(|path| path.metadata().ok()).map_or(0, |found| found.len());
        u64::from(bundle.records.records).min(bytes.div_ceil(LEAST_RECORD))
    };
    manifest.bundles.iter().map(cards).sum()
}

/// As many holders as records, and in each file as many pages as its cards take.
fn miscounts(manifest: &Manifest, imposition: &Imposition) -> Vec<Disagreement> {
    let mut found = Vec::new();
    let records: u64 = manifest.bundles.iter().map(|b| u64::from(b.records.records)).sum();
    if manifest.holders != records {
        let fault = Mismatch::Count { what: "holders", listed: manifest.holders, found: records };
        found.push(Disagreement::in_file(manifest::NAME, fault));
    }
    let (listed, wanted) = (manifest.pages_per_card, imposition.sides());
    if usize::try_from(listed) != Ok(wanted) {
        let fault = Mismatch::PagesPerCard { listed, wanted };
        found.push(Disagreement::in_file(manifest::NAME, fault));
    }
    found.extend(manifest.bundles.iter().filter_map(|bundle| {
        let (listed, cards) = (bundle.cards.pages, bundle.records.records);
        let wanted = imposition.pages(cards);
        let fault = Mismatch::Pages { listed, cards, wanted };
        (u64::from(listed) != wanted).then(|| Disagreement::in_file(&bundle.cards.path, fault))
    }));
    found
}
