//! Whether the shards that are named make one whole run, or are runs of their own.

use std::path::PathBuf;

use tokenkaart_terminal::{Failure, count, result};
use tokenkaart_token::{
    run_files::{manifest::Manifest, parts},
    shell::shown,
};

use super::report::Report;

/// Whether the shards that were named are one whole run; says so, and what is wrong if not.
pub(super) fn agree(
    named: &[PathBuf],
    runs: &[(PathBuf, Manifest)],
    report: Report,
) -> Result<bool, Failure> {
    let part = runs.first().and_then(|(_, manifest)| manifest.parameters.part.as_ref());
    if let (1, Some(part)) = (named.len(), part) {
        if report.in_words() {
            result(&format!(
                "this is shard {}; name all shards to check that none is missing\n",
                part.shard
            ))?;
        }
        return Ok(true);
    }
    if named.len() == 1 {
        return Ok(true);
    }
    if runs.iter().all(|(_, manifest)| manifest.parameters.part.is_none()) {
        return are_several(runs, report);
    }
    let faults = parts::parts(runs);
    for fault in &faults {
        report.finding(fault)?;
    }
    if faults.is_empty() && report.in_words() {
        let holders: u64 = runs.iter().map(|(_, manifest)| manifest.holders).sum();
        let shards = count(runs.len() as u64, "shard", "shards");
        let cards = count(holders, "card", "cards");
        result(&format!("{shards} make one whole run of {cards}\n"))?;
    }
    Ok(faults.is_empty())
}

/// Whether runs of their own, such as single cards of a counter, are named once each.
fn are_several(runs: &[(PathBuf, Manifest)], report: Report) -> Result<bool, Failure> {
    let mut agree = true;
    for (index, (path, manifest)) in runs.iter().enumerate() {
        let earlier = runs[..index].iter().find(|(_, other)| other.run == manifest.run);
        if let Some((first, _)) = earlier {
            report.finding(format_args!(
                "{}: is the run of {} once more; see which of the two is printed",
                shown(path),
                shown(first)
            ))?;
            agree = false;
        }
    }
    if agree && report.in_words() && !runs.is_empty() {
        let cards: u64 = runs.iter().map(|(_, manifest)| manifest.holders).sum();
        let runs = count(runs.len() as u64, "run", "runs");
        let cards = count(cards, "card", "cards");
        result(&format!("{runs}, each of its own, of {cards}\n"))?;
    }
    Ok(agree)
}
