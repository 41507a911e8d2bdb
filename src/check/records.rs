//! The records of a bundle against the manifest, the journal and one another.

use std::collections::HashMap;

use tokenkaart_token::{
    holder::HolderId,
    record::Record,
    run_files::{Parameters, differences, journal::BundleDone, manifest::ListedBundle},
    token::Serial,
};

use super::{
    disagreement::{Disagreement, FilePlace, Mismatch},
    report::Findings,
};

/// A record and its line, the first being 1.
pub(super) struct CheckedRecord {
    pub(super) number: usize,
    pub(super) record: Record,
}

/// Where the serials and holders of a run were first seen: bundle and line.
#[derive(Default)]
pub(super) struct Seen {
    files: Vec<String>,
    /// Serials that they void.
    pub(super) voided: u64,
    serials: HashMap<Serial, (usize, usize)>,
    holders: HashMap<HolderId, (usize, usize)>,
}

impl Seen {
    fn add(&mut self, line: &CheckedRecord) -> impl Iterator<Item = Mismatch> {
        let here = (self.files.len() - 1, line.number);
        let record = &line.record;
        self.voided += record.voids().len() as u64;
        let serial = self.serials.insert(record.serial().clone(), here);
        let holder = self.holders.insert(record.holder().clone(), here);
        let file = |index: usize| self.files[index].clone();
        let serial = serial.map(|(index, line)| Mismatch::SerialTwice { file: file(index), line });
        let holder = holder.map(|(index, line)| Mismatch::HolderTwice {
            holder: record.holder().clone(),
            file: file(index),
            line,
        });
        serial.into_iter().chain(holder)
    }
}

/// Reads the records of a bundle and reports all that is wrong with them alone.
pub(super) fn check(
    bytes: &[u8],
    bundle: &ListedBundle,
    done: Option<&BundleDone>,
    parameters: &Parameters,
    seen: &mut Seen,
    findings: &mut Findings<'_>,
) -> Vec<CheckedRecord> {
    let file = &bundle.records.path;
    seen.files.push(file.clone());
    let Ok(text) = std::str::from_utf8(bytes) else {
        findings.add(Disagreement::in_file(file, Mismatch::NotText));
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut count = 0;
    for (number, text) in (1..).zip(text.split_inclusive('\n')) {
        count += 1;
        let mut report = |serial, fault| {
            findings.add(Disagreement::new(file, FilePlace::Line(number), serial, fault));
        };
        let Some(text) = text.strip_suffix('\n') else {
            report(None, Mismatch::CutOff);
            continue;
        };
        let line = match Record::from_line(text) {
            Ok(record) => CheckedRecord { number, record },
            Err(error) => {
                report(None, Mismatch::NotARecord(error));
                continue;
            }
        };
        let serial = line.record.serial();
        for what in differences(&line.record, parameters) {
            report(Some(serial), Mismatch::Record(what));
        }
        if done.is_some_and(|done| done.serials.get(number - 1) != Some(serial)) {
            report(Some(serial), Mismatch::OutOfOrder);
        }
        for fault in seen.add(&line) {
            report(Some(serial), fault);
        }
        lines.push(line);
    }
    let listed = u64::from(bundle.records.records);
    if count != listed {
        let fault = Mismatch::Count { what: "records", listed, found: count };
        findings.add(Disagreement::in_file(file, fault));
    }
    lines
}
