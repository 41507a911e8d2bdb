//! The files of a run against its manifest and its journal.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{self, FileAct, FileError, Sha256Digest},
    run_files::{
        journal::{self, BundleDone, JournalError},
        manifest::{self, ListedBundle, Manifest},
    },
    token::Serial,
};

use super::{
    disagreement::{Disagreement, FilePlace, Mismatch},
    error::CheckError,
    report::Findings,
};

/// Larger than any file of a run, in bytes.
pub(super) const MAX_BYTES: u64 = 1 << 31;

/// Reads a file that the manifest lists, and reports when it is not what the manifest says.
///
/// A file that was changed is read all the same, so that what was changed can be named.
pub(super) fn read_listed(
    folder: &Path,
    path: &str,
    sha256: Sha256Digest,
    bytes: u64,
    findings: &mut Findings<'_>,
) -> Result<Option<Vec<u8>>, CheckError> {
    let Some(inside) = plain_file(folder, path, findings)? else { return Ok(None) };
    let content = files::read_whole(&inside, MAX_BYTES)?;
    findings.report.files += 1;
    if content.len() as u64 != bytes || Sha256Digest::of(&content) != sha256 {
        findings.add(Disagreement::in_file(path, Mismatch::Changed));
    }
    Ok(Some(content))
}

/// Reports a file that should have been destroyed and wasn't.
pub(super) fn gone(
    folder: &Path,
    path: &str,
    findings: &mut Findings<'_>,
) -> Result<(), CheckError> {
    let fault = match files::inside(folder, path) {
        None => Mismatch::Outside,
        Some(inside) => match inside.symlink_metadata() {
            Ok(_) => Mismatch::PaperThere,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(FileError::at(FileAct::Read, &inside)(source).into()),
        },
    };
    findings.add(Disagreement::in_file(path, fault));
    Ok(())
}

/// Where a listed file is, if it is one; reports it otherwise.
pub(super) fn plain_file(
    folder: &Path,
    path: &str,
    findings: &mut Findings<'_>,
) -> Result<Option<PathBuf>, CheckError> {
    let mut report = |fault| {
        findings.add(Disagreement::in_file(path, fault));
        Ok(None)
    };
    let Some(inside) = files::inside(folder, path) else {
        return report(Mismatch::Outside);
    };
    match inside.symlink_metadata() {
        Ok(found) if found.is_file() && found.len() > MAX_BYTES => {
            report(Mismatch::TooLarge { bytes: found.len() })
        }
        Ok(found) if found.is_file() => Ok(Some(inside)),
        Ok(_) => report(Mismatch::NotAFile),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => report(Mismatch::Missing),
        Err(source) => Err(FileError::at(FileAct::Read, &inside)(source).into()),
    }
}

/// Reports files that the manifest doesn't list, or lists twice.
pub(super) fn check_listing(
    folder: &Path,
    manifest: &Manifest,
    findings: &mut Findings<'_>,
) -> Result<(), CheckError> {
    // The signature is of the manifest, so no list can have its digest.
    let mut listed = HashSet::from([manifest::NAME, manifest::SIGNATURE]);
    let bundles = manifest.bundles.iter().flat_map(|b| [&*b.cards.path, &*b.records.path]);
    let others = manifest.others.iter().map(|file| &*file.path);
    for path in bundles.chain([&*manifest.journal.path]).chain(others) {
        if !listed.insert(path) {
            findings.add(Disagreement::in_file(path, Mismatch::ListedTwice));
        }
    }
    let mut found = names(folder)?;
    found.sort();
    for path in found.iter().filter(|path| !listed.contains(path.as_str())) {
        findings.add(Disagreement::in_file(path, Mismatch::Unlisted));
    }
    Ok(())
}

/// Everything in the folder that is not a folder itself, as paths with `/` between the parts.
fn names(folder: &Path) -> Result<Vec<String>, CheckError> {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = open.pop() {
        let failed = FileError::at(FileAct::Read, &path);
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(failed)?.is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else {
                found.push(name);
            }
        }
    }
    Ok(found)
}

/// Holds the journal to the manifest, and gives the serials of each bundle by the journal.
pub(super) fn check_journal(
    folder: &Path,
    manifest: &Manifest,
    findings: &mut Findings<'_>,
) -> Result<Vec<BundleDone>, CheckError> {
    let listed = &manifest.journal;
    let path = listed.path.as_str();
    if read_listed(folder, path, listed.sha256, listed.bytes, findings)?.is_none() {
        return Ok(Vec::new());
    }
    let (run, bundles) = match journal::replay(&folder.join(path)) {
        Ok(journal) => journal,
        Err(JournalError::Line { line, why, .. }) => {
            let fault = Mismatch::JournalLine(why);
            findings.add(Disagreement::new(path, FilePlace::Line(line), None, fault));
            return Ok(Vec::new());
        }
        Err(JournalError::Order { number, .. }) => {
            let fault = Mismatch::JournalBundle { number, what: "the range of holders" };
            findings.add(Disagreement::in_file(path, fault));
            return Ok(Vec::new());
        }
        Err(JournalError::File(error)) => return Err(error.into()),
    };
    for (same, what) in [
        (run.run == manifest.run, "the id of the run"),
        (run.holders == manifest.holders, "the number of holders"),
        (run.parameters == manifest.parameters, "the parameters of the run"),
        (bundles.len() == manifest.bundles.len(), "the number of bundles"),
    ] {
        if !same {
            findings.add(Disagreement::in_file(path, Mismatch::Journal(what)));
        }
    }
    for done in &bundles {
        let mut differ = |what| {
            let fault = Mismatch::JournalBundle { number: done.number, what };
            findings.add(Disagreement::in_file(path, fault));
        };
        match manifest.bundles.iter().find(|listed| listed.number == done.number) {
            Some(listed) => differences(listed, done).into_iter().for_each(&mut differ),
            None => differ("the existence"),
        }
    }
    check_ranges(path, manifest.holders, &bundles, findings);
    Ok(bundles)
}

fn differences(listed: &ListedBundle, done: &BundleDone) -> Vec<&'static str> {
    let ends = |serial: Option<&Serial>, listed: &Serial| serial == Some(listed);
    [
        (listed.cards == done.cards, "the cards"),
        (listed.records == done.records, "the records"),
        (ends(done.serials.first(), &listed.first_serial), "the first serial"),
        (ends(done.serials.last(), &listed.last_serial), "the last serial"),
    ]
    .into_iter()
    .filter_map(|(same, what)| (!same).then_some(what))
    .collect()
}

/// Every holder is in one bundle: the ranges, put in order, follow one another.
fn check_ranges(path: &str, holders: u64, bundles: &[BundleDone], findings: &mut Findings<'_>) {
    let mut ranges: Vec<_> =
        bundles.iter().map(|b| (b.first, b.last, b.serials.len() as u64, b.number)).collect();
    ranges.sort_unstable();
    let mut next = 1;
    for (first, last, serials, number) in ranges {
        let follows = first == next && last.checked_sub(first).map(|n| n + 1) == Some(serials);
        if !follows {
            let fault = Mismatch::JournalBundle { number, what: "the range of holders" };
            findings.add(Disagreement::in_file(path, fault));
        }
        next = last.saturating_add(1);
    }
    if next.saturating_sub(1) != holders {
        let fault = Mismatch::Journal("the range of holders");
        findings.add(Disagreement::in_file(path, fault));
    }
}
