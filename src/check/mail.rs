//! The list of envelopes against the manifest and the journal.

use std::path::Path;

use tokenkaart_token::{
    files::{self, BoundedLines},
    run_files::{MAIL, journal::BundleDone, manifest::Manifest},
    token::Serial,
};

use super::{
    disagreement::{Disagreement, FilePlace, Mismatch},
    error::CheckError,
    folder::plain_file,
    report::Findings,
    sheet::Imposition,
};
use crate::run::mail::{self, MailRow};

/// The longest line that is read, in bytes; a postal code has at most some hundred.
const MAX_LINE: usize = 1 << 16;

/// Holds the files that are neither cards nor records to the manifest, and the list of envelopes
/// to the journal as well.
pub(super) fn check(
    folder: &Path,
    manifest: &Manifest,
    journal: &[BundleDone],
    imposition: &Imposition,
    findings: &mut Findings<'_>,
) -> Result<(), CheckError> {
    for listed in &manifest.others {
        let Some(path) = plain_file(folder, &listed.path, findings)? else { continue };
        findings.report.files += 1;
        if files::digest(&path)? != (listed.sha256, listed.bytes) {
            findings.add(Disagreement::in_file(&listed.path, Mismatch::Changed));
        }
        // Without a journal there is nothing to hold it to, and that has been said.
        if listed.path == MAIL && !journal.is_empty() {
            check_envelopes(&path, manifest.holders, journal, imposition, findings)?;
        }
    }
    Ok(())
}

fn check_envelopes(
    path: &Path,
    holders: u64,
    journal: &[BundleDone],
    imposition: &Imposition,
    findings: &mut Findings<'_>,
) -> Result<(), CheckError> {
    let mut lines = BoundedLines::open(path, MAX_LINE)?;
    let mut disagree = |line: u64, serial: Option<&Serial>, fault| {
        let place = FilePlace::Line(usize::try_from(line).unwrap_or(usize::MAX));
        findings.add(Disagreement::new(MAIL, place, serial, fault));
    };
    if lines.next_line()?.is_none_or(|(_, line)| line != mail::HEADER.as_bytes()) {
        disagree(1, None, Mismatch::Mail("the names of its columns are others"));
    }
    let mut bundles: Vec<_> = journal.iter().collect();
    bundles.sort_by_key(|bundle| bundle.number);
    let mut found = 0;
    for bundle in bundles {
        for (index, serial) in bundle.serials.iter().enumerate() {
            let Some((number, line)) = lines.next_line()? else { break };
            found += 1;
            let envelope = MailRow {
                sequence: found,
                serial,
                file: &bundle.cards.path,
                page: imposition.page_of(index) as u64,
                pages: imposition.sides() as u64,
            };
            if !is_of(line, &envelope) {
                disagree(
                    number,
                    Some(serial),
                    Mismatch::Mail("the journal has another envelope in this place"),
                );
            }
        }
    }
    while let Some((_, line)) = lines.next_line()? {
        found += u64::from(line.ends_with(b"\n"));
    }
    if found != holders {
        let fault = Mismatch::Count { what: "envelopes", listed: holders, found };
        findings.add(Disagreement::in_file(MAIL, fault));
    }
    Ok(())
}

/// Whether a line is an envelope's, whatever its postal code.
fn is_of(line: &[u8], envelope: &MailRow<'_>) -> bool {
    let (before, after) = envelope.around_postal_code();
    let middle = line
        .strip_suffix(b"\n")
        .and_then(|line| line.strip_prefix(before.as_bytes()))
        .and_then(|line| line.strip_suffix(after.as_bytes()));
    middle.is_some_and(|cell| match cell {
        // Inside, a quotation mark stands twice.
        [b'"', quoted @ .., b'"'] => {
            !String::from_utf8_lossy(quoted).replace("\"\"", "").contains('"')
        }
        cell => !cell.iter().any(|byte| matches!(byte, b',' | b'"')),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_envelopes_with_any_postal_code_and_no_further_cell() {
        let serial = "2222-2222-2222-2222".parse().unwrap();
        let file = "cards/0001.pdf";
        let envelope = MailRow { sequence: 7, serial: &serial, file, page: 3, pages: 2 };
        let line = |cell| format!("7,2222-2222-2222-2222,cards/0001.pdf,3,{cell},2\n");
        for cell in ["", "9000", "\"a,b\"", "\"'=1\"", "\"\"\"a\"\"\""] {
            assert!(is_of(line(cell).as_bytes(), &envelope), "{cell}");
        }
        for cell in ["1,2", "\"1\",\"2", "\"1\",\"2\"", "\"", "9000,2\n8,9"] {
            assert!(!is_of(line(cell).as_bytes(), &envelope), "{cell}");
        }
        for (from, to) in [("7,", "8,"), (",3,", ",4,"), (",2\n", ",1\n"), ("\n", ""), ("001", "2")]
        {
            assert!(!is_of(line("9000").replacen(from, to, 1).as_bytes(), &envelope), "{to}");
        }
    }
}
