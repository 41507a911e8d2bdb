//! Reads a finished run back: paper against hashes.
//!
//! The files are held to the manifest, the manifest to the journal, each record to both, and
//! the paper to the records: what is printed on a card is read by [`crate::paper`], which has
//! no part in printing, and verified by [`Verifier`], which has no part in hashing. So a card
//! that passes is one whose holder can sign in.
//!
//! Sealed cards (`.age`) are opened in memory if there is an identity. If there is none, their
//! digests are checked, and they are counted as sealed, not as read.

mod bundle;
mod card;
mod disagreement;
mod envelope;
mod folder;
mod mail;
mod records;
mod sample;
mod sealed;
mod sheet;
mod workers;

use std::{num::NonZeroUsize, path::Path};

use tokenkaart_token::{
    files::{self, FileError},
    hash::{HashError, KeyId, Pepper, Verifier},
    run_files::manifest::{self, ListedBundle, Manifest, ManifestError},
    sign::Signers,
};

pub use self::{
    disagreement::{Disagreement, Fault, Place},
    sample::Sample,
};
use self::{
    sealed::{Sealing, is_sealed},
    sheet::Imposition,
};
use crate::seal::Identity;

/// So many disagreements are kept in full; all are counted.
pub const MAX_KEPT: usize = 1000;
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
    /// Whose signature the manifest must have; without it no signature is looked at.
    pub signers: Option<Signers>,
    /// Threads that read and verify; each takes the memory of one hash.
    pub threads: NonZeroUsize,
}

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
    /// Whether there is a signature, whosever it is.
    pub is_signed: bool,
    /// The fingerprint of the signer, if the signature was asked for and counts.
    pub signed_by: Option<String>,
    /// Printed codes that fit their hashes.
    pub codes_verified: u64,
    /// Cards on which a QR code was read.
    pub qr_codes_read: u64,
    /// The first [`MAX_KEPT`] disagreements.
    pub disagreements: Vec<Disagreement>,
    /// How many there are in all.
    pub disagreement_count: u64,
}

impl CheckReport {
    /// Whether nothing disagrees.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.disagreement_count == 0
    }
}

/// Why a check could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is no finished run.
    #[error(transparent)]
    Manifest(ManifestError),
    /// A file or folder can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The hashes are keyed with a pepper that was not given.
    #[error("the run's hashes are keyed with the pepper {0}; give it")]
    PepperNeeded(KeyId),
    /// Another pepper than the run's.
    #[error("the run's hashes are keyed with the pepper {needed}, not with {given}; give that one")]
    OtherPepper {
        /// The run's.
        needed: KeyId,
        /// The one that was given.
        given: KeyId,
    },
    /// A pepper for hashes that are not keyed.
    #[error("the run's hashes are not keyed, so {0} is none of theirs; leave it out")]
    NoPepperNeeded(KeyId),
    /// Another identity than any that the run is sealed to.
    #[error(
        "{file} is sealed to others than the identity that was given, namely to {}; give the identity \
         of one of them",
        sealed_to.join(", ")
    )]
    OtherIdentity {
        /// The sealed file, from the run folder.
        file: String,
        /// The fingerprints of those it is sealed to.
        sealed_to: Vec<String>,
    },
    /// An identity for cards that are not sealed.
    #[error("the run's cards are not sealed, so no identity opens them; leave it out")]
    NoIdentityNeeded,
    /// No code can be verified.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// What was found so far, and who is told.
struct Findings<'a> {
    report: CheckReport,
    on_event: &'a mut dyn FnMut(CheckEvent<'_>),
}

impl Findings<'_> {
    fn tell(&mut self, event: CheckEvent<'_>) {
        (self.on_event)(event);
    }

    fn add(&mut self, disagreement: Disagreement) {
        self.tell(CheckEvent::Disagreed(&disagreement));
        self.report.disagreement_count += 1;
        if self.report.disagreements.len() < MAX_KEPT {
            self.report.disagreements.push(disagreement);
        }
    }
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
    findings.report.is_signed = folder.join(manifest::SIGNATURE).exists();
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
    require_pepper(manifest.parameters.key_id, options.pepper.as_ref())?;
    if manifest.parameters.sealed_to.is_empty() && options.identity.is_some() {
        return Err(CheckError::NoIdentityNeeded);
    }
    findings.report.run.clone_from(&manifest.run);
    findings.report.bundles = manifest.bundles.len() as u64;
    findings.report.cards = manifest.holders;

    folder::check_listing(folder, &manifest, &mut findings)?;
    let journal = folder::check_journal(folder, &manifest, &mut findings)?;
    let imposition = Imposition::of(&manifest);
    mail::check(folder, &manifest, &journal, &imposition, &mut findings)?;
    check_counts(&manifest, &imposition, &mut findings);

    let listed = cards_there(folder, &manifest);
    let sample = options.sample.map(|sample| sample.draw(listed));
    let cards = sample.as_ref().map_or(listed, |places| places.len() as u64);
    findings.tell(CheckEvent::Begun {
        cards,
        codes: cards * u64::from(tokenkaart_token::token::Position::MAX),
    });
    let mut verifiers: Vec<Verifier<'_>> =
        (0..options.threads.get()).map(|_| Verifier::new(options.pepper.as_ref())).collect();
    let reading = bundle::Reading {
        parameters: &manifest.parameters,
        run: &manifest.run,
        total: manifest.holders,
        imposition: &imposition,
        sample: sample.as_deref(),
    };
    let sealing =
        Sealing { sealed_to: &manifest.parameters.sealed_to, identity: options.identity.as_ref() };
    let mut seen = records::Seen::default();
    let mut first = 0;
    for listed in &manifest.bundles {
        let next = first + u64::from(listed.records.records);
        let done = journal.iter().find(|done| done.number == listed.number);
        let records = &listed.records;
        let bytes = folder::read_listed(
            folder,
            &records.path,
            records.sha256,
            records.bytes,
            &mut findings,
        )?;
        let lines = bytes.map_or_else(Vec::new, |bytes| {
            records::check(&bytes, listed, done, &manifest.parameters, &mut seen, &mut findings)
        });
        let paper = &listed.cards;
        let bytes =
            folder::read_listed(folder, &paper.path, paper.sha256, paper.bytes, &mut findings)?;
        if is_sealed(&paper.path) == manifest.parameters.sealed_to.is_empty() {
            findings.add(Disagreement::in_file(&paper.path, Fault::SealedOtherwise));
        }
        let plain = match bytes {
            Some(bytes) if is_sealed(&paper.path) => {
                let plain = sealing.open(&bytes, paper, &mut findings)?;
                if plain.is_none() {
                    findings.report.cards_sealed += next - first;
                }
                plain
            }
            bytes => bytes,
        };
        if let Some(plain) = plain {
            reading.check(plain, listed, first..next, &lines, &mut verifiers, &mut findings)?;
        }
        findings.tell(CheckEvent::BundleDone { number: listed.number });
        first = next;
    }
    let voided = manifest.parameters.replaces.as_ref().map_or(0, |replaces| replaces.serials);
    if seen.voided != voided {
        let fault = Fault::Count { what: "voided serials", listed: voided, found: seen.voided };
        findings.add(Disagreement::in_file(manifest::NAME, fault));
    }
    findings.report.manifest = Some(manifest);
    Ok(findings.report)
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
        ManifestError::Malformed { why, .. } => (manifest::NAME, Fault::NoManifest(why)),
        ManifestError::Changed { .. } => (manifest::NAME, Fault::ManifestChanged),
        ManifestError::Unsigned { .. } => (manifest::NAME, Fault::Unsigned),
        ManifestError::Signature { source, .. } => (manifest::SIGNATURE, Fault::Signature(source)),
        error => return Err(CheckError::Manifest(error)),
    };
    Ok(Disagreement::in_file(file, fault))
}

fn require_pepper(needed: Option<KeyId>, given: Option<&Pepper>) -> Result<(), CheckError> {
    match (needed, given.map(Pepper::key_id)) {
        (Some(needed), None) => Err(CheckError::PepperNeeded(needed)),
        (Some(needed), Some(given)) if needed != given => {
            Err(CheckError::OtherPepper { needed, given })
        }
        (None, Some(given)) => Err(CheckError::NoPepperNeeded(given)),
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
fn check_counts(manifest: &Manifest, imposition: &Imposition, findings: &mut Findings<'_>) {
    let records: u64 = manifest.bundles.iter().map(|b| u64::from(b.records.records)).sum();
    if manifest.holders != records {
        let fault = Fault::Count { what: "holders", listed: manifest.holders, found: records };
        findings.add(Disagreement::in_file(manifest::NAME, fault));
    }
    let (listed, wanted) = (manifest.pages_per_card, imposition.sides());
    if usize::try_from(listed) != Ok(wanted) {
        findings.add(Disagreement::in_file(manifest::NAME, Fault::PagesPerCard { listed, wanted }));
    }
    for bundle in &manifest.bundles {
        let (listed, cards) = (bundle.cards.pages, bundle.records.records);
        let wanted = imposition.pages(cards);
        if u64::from(listed) != wanted {
            let fault = Fault::Pages { listed, cards, wanted };
            findings.add(Disagreement::in_file(&bundle.cards.path, fault));
        }
    }
}
