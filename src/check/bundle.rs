//! The cards of one bundle against its records.

use std::{collections::HashMap, ops::Range};

use tokenkaart_token::{
    hash::{HashError, PhcString, Verifier},
    run_files::{Parameters, manifest::ListedBundle},
    token::{CodeFormat, Position, Serial},
};

use super::{
    card::Card,
    disagreement::{Disagreement, FilePlace, Mismatch},
    envelope::Wanted,
    error::CheckError,
    holders::Naming,
    ink::Inking,
    records::CheckedRecord,
    report::{CheckEvent, Findings},
    sheet::{Imposition, ReadSheet},
    workers::on_all,
};
use crate::paper::Paper;

/// A code to be verified.
struct CodeJob<'a> {
    card: &'a Card,
    position: Position,
    symbols: &'a str,
    hash: &'a PhcString,
}

/// What came of it.
enum CodeVerdict {
    Fits,
    Differs(Mismatch),
    Failed(HashError),
}

/// How cards are read and verified, alike for all bundles.
pub(super) struct CardReading<'a> {
    pub(super) parameters: &'a Parameters,
    /// The run's id, and how many cards it has.
    pub(super) run: &'a str,
    pub(super) total: u64,
    pub(super) imposition: &'a Imposition,
    /// The places of the cards to look at, from 0 in the run and ascending; none means all.
    pub(super) sample: Option<&'a [u64]>,
    /// Whose names should be on them, if that is known.
    pub(super) naming: Option<Naming<'a>>,
    /// How their ink is looked at.
    pub(super) inking: &'a Inking,
}

impl CardReading<'_> {
    /// The places, from 0 in the bundle, of the cards to look at.
    fn places(&self, cards: Range<u64>) -> Vec<usize> {
        let start = cards.start;
        let inside = |place: &u64| usize::try_from(place - start).ok();
        match self.sample {
            None => cards.filter_map(|place| inside(&place)).collect(),
            Some(sample) => {
                let first = sample.partition_point(|place| *place < cards.start);
                let end = sample.partition_point(|place| *place < cards.end);
                sample[first..end].iter().filter_map(inside).collect()
            }
        }
    }

    /// Reads the cards of a bundle, which are the `cards` of the run counted from 0, and holds
    /// them to its records.
    pub(super) fn check(
        &self,
        bytes: Vec<u8>,
        listed: &ListedBundle,
        cards: Range<u64>,
        lines: &[CheckedRecord],
        verifiers: &mut [Verifier<'_>],
        findings: &mut Findings<'_>,
    ) -> Result<(), CheckError> {
        let file = &listed.cards.path;
        let paper = match Paper::open(bytes) {
            Ok(paper) => paper,
            Err(error) => {
                findings.add(Disagreement::in_file(file, Mismatch::Paper(error)));
                return Ok(());
            }
        };
        let found = paper.page_count() as u64;
        if found != u64::from(listed.cards.pages) {
            let fault =
                Mismatch::Count { what: "pages", listed: u64::from(listed.cards.pages), found };
            findings.add(Disagreement::in_file(file, fault));
        }
        // No more than there are, whatever is listed.
        let there = self.imposition.cards_on(paper.page_count());
        let listed_cards = usize::try_from(cards.end - cards.start).unwrap_or(usize::MAX);
        let places = self.places(cards.start..cards.end.min(cards.start.saturating_add(there)));
        let sheets = self.imposition.sheets(&places, listed_cards);
        let wanted = Wanted {
            parameters: self.parameters,
            run: self.run,
            total: self.total,
            before: cards.start,
            file: listed.number,
            cards: listed.records.records,
            naming: self.naming.as_ref().map(Naming::regions).unwrap_or_default(),
            inking: self.inking,
        };
        let mut read: Vec<(usize, ReadSheet)> = Vec::with_capacity(sheets.len());
        on_all(
            verifiers,
            &sheets,
            |_, sheet| self.imposition.read(&paper, sheet, &wanted),
            |place, sheet| read.push((place, sheet)),
        );
        read.sort_by_key(|(place, _)| *place);
        let mut cards = Vec::with_capacity(places.len());
        for (_, sheet) in read {
            cards.extend(sheet.cards);
            for (place, fault) in sheet.faults {
                findings.add(Disagreement::new(file, place, None, fault));
            }
        }
        let jobs = self.pair(listed, &mut cards, lines, findings)?;
        verify(file, &jobs, &self.parameters.code_format, verifiers, findings)
    }

    /// Reports what is wrong with the cards alone and what has no counterpart, and gives the
    /// codes that have one.
    fn pair<'a>(
        &self,
        listed: &ListedBundle,
        read: &'a mut [Card],
        lines: &'a [CheckedRecord],
        findings: &mut Findings<'_>,
    ) -> Result<Vec<CodeJob<'a>>, CheckError> {
        let file = &listed.cards.path;
        let records: HashMap<&Serial, &CheckedRecord> =
            lines.iter().map(|line| (line.record.serial(), line)).collect();
        let mut places: HashMap<&Serial, FilePlace> = HashMap::new();
        let mut jobs = Vec::new();
        for card in read {
            let faults = std::mem::take(&mut card.faults);
            let card = &*card;
            let mut report = |place, fault| {
                findings.add(Disagreement::new(file, place, card.serial.as_ref(), fault));
            };
            for (place, fault) in faults {
                report(place, fault);
            }
            if let Some(serial) = &card.serial {
                if let Some(earlier) = places.insert(serial, card.place) {
                    report(card.place, Mismatch::CardTwice(earlier));
                }
                match records.get(serial) {
                    None => report(card.place, Mismatch::NoRecord),
                    Some(line) => {
                        if let Some(naming) = &self.naming {
                            for fault in naming.judge(card, &line.record)? {
                                report(card.place, fault);
                            }
                            findings.report.names_read += u64::from(!card.names.is_empty());
                        }
                        jobs.extend(card.codes.iter().map(|(position, symbols)| CodeJob {
                            card,
                            position: *position,
                            symbols,
                            hash: line.record.hash(*position),
                        }));
                    }
                }
            }
            findings.report.cards_read += 1;
            findings.report.qr_codes_read += u64::from(card.has_qr);
            findings.report.codes_seen += card.codes_seen;
            findings.report.texts_unseen += card.texts_unseen;
        }
        if self.sample.is_none() {
            let without = lines.iter().filter(|line| !places.contains_key(line.record.serial()));
            for line in without {
                let place = FilePlace::Line(line.number);
                let serial = Some(line.record.serial());
                findings.add(Disagreement::new(
                    &listed.records.path,
                    place,
                    serial,
                    Mismatch::NoCard,
                ));
            }
        }
        Ok(jobs)
    }
}

/// Verifies every code under its hash.
fn verify(
    file: &str,
    jobs: &[CodeJob<'_>],
    format: &CodeFormat,
    verifiers: &mut [Verifier<'_>],
    findings: &mut Findings<'_>,
) -> Result<(), CheckError> {
    let mut failure = None;
    let mut wrong = Vec::new();
    on_all(
        verifiers,
        jobs,
        |verifier, job| match format.read(job.symbols) {
            Err(slip) => CodeVerdict::Differs(Mismatch::NotACode { position: job.position, slip }),
            Ok(code) => match verifier.verify(&code, job.hash) {
                Ok(true) => CodeVerdict::Fits,
                Ok(false) => CodeVerdict::Differs(Mismatch::WrongCode(job.position)),
                Err(error) => CodeVerdict::Failed(error),
            },
        },
        |place, verdict| {
            match verdict {
                CodeVerdict::Fits => findings.report.codes_verified += 1,
                CodeVerdict::Differs(fault) => wrong.push((place, fault)),
                CodeVerdict::Failed(error) => failure = Some(error),
            }
            findings.tell(CheckEvent::CodeVerified);
        },
    );
    wrong.sort_by_key(|(place, _)| *place);
    for (place, fault) in wrong {
        let card = jobs[place].card;
        findings.add(Disagreement::new(file, card.place, card.serial.as_ref(), fault));
    }
    failure.map_or(Ok(()), |error| Err(error.into()))
}
