//! Whether the shards that are named make one whole run.

use std::path::PathBuf;

use tokenkaart_terminal::count;
use tokenkaart_token::run_files::{manifest::Manifest, parts};

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
