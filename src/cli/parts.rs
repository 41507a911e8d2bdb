//! Whether the shards that are named make one whole run, or are runs of their own.

use std::path::PathBuf;

use tokenkaart_terminal::count;
use tokenkaart_token::{
    run_files::{manifest::Manifest, parts},
    shell::shown,
};

/// Whether the shards that were named are one whole run; says so, and what is wrong if not.
pub(super) fn agree(named: &[PathBuf], runs: &[(PathBuf, Manifest)], quiet: bool) -> bool {
    let part = runs.first().and_then(|(_, manifest)| manifest.parameters.part.as_ref());
    if let (1, Some(part)) = (named.len(), part) {
        if !quiet {
            println!("this is shard {}; name all shards to check that none is missing", part.shard);
        }
        return true;
    }
    if named.len() == 1 {
        return true;
    }
    if runs.iter().all(|(_, manifest)| manifest.parameters.part.is_none()) {
        return are_several(runs, quiet);
    }
    let faults = parts::parts(runs);
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() && !quiet {
        let holders: u64 = runs.iter().map(|(_, manifest)| manifest.holders).sum();
        let shards = count(runs.len() as u64, "shard", "shards");
        println!("{shards} make one whole run of {}", count(holders, "card", "cards"));
    }
    faults.is_empty()
}

/// Whether runs of their own, such as single cards of a counter, are named once each.
fn are_several(runs: &[(PathBuf, Manifest)], quiet: bool) -> bool {
    let mut agree = true;
    for (index, (path, manifest)) in runs.iter().enumerate() {
        let earlier = runs[..index].iter().find(|(_, other)| other.run == manifest.run);
        if let Some((first, _)) = earlier {
            eprintln!(
                "{}: is the run of {} once more; see which of the two is printed",
                shown(path),
                shown(first)
            );
            agree = false;
        }
    }
    if agree && !quiet && !runs.is_empty() {
        let cards: u64 = runs.iter().map(|(_, manifest)| manifest.holders).sum();
        let runs = count(runs.len() as u64, "run", "runs");
        println!("{runs}, each of its own, of {}", count(cards, "card", "cards"));
    }
    agree
}
