//! The parts of a run that several machines made: none missing, double or foreign.

use std::{collections::HashMap, fmt, path::PathBuf};

use crate::{
    run_files::{Part, manifest::Manifest},
    shell::shown,
};

/// What is wrong with the parts of a run together.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PartFault {
    /// A run of its own.
    Whole {
        /// Its folder.
        run: PathBuf,
    },
    /// A part of another run than the first one.
    Foreign {
        /// Its folder.
        run: PathBuf,
    },
    /// A part that is there already.
    Double {
        /// Its folder.
        run: PathBuf,
        /// The folder of the first one.
        first: PathBuf,
        /// Its number.
        index: u32,
    },
    /// A run that is named already, or a copy of it.
    Again {
        /// Its folder.
        run: PathBuf,
        /// The folder of the first one.
        first: PathBuf,
    },
    /// A part that isn't there.
    Missing {
        /// Its number.
        index: u32,
        /// How many there should be.
        of: u32,
    },
    /// All parts are there and don't have all holders.
    Holders {
        /// As many as the holder file has.
        listed: u64,
        /// As many as the parts have.
        found: u64,
    },
}

impl fmt::Display for PartFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { run } => {
                write!(f, "{}: no shard but a run of its own; name it alone", shown(run))
            }
            Self::Foreign { run } => write!(
                f,
                "{}: a shard of another run, or made of another file or with other options",
                shown(run)
            ),
            Self::Double { run, first, index } => write!(
                f,
                "{}: shard {index} a second time, after {}; print and import one of them, not both",
                shown(run),
                shown(first)
            ),
            Self::Again { run, first } => {
                write!(f, "{}: the run of {} once more; name one of them", shown(run), shown(first))
            }
            Self::Missing { index, of } => {
                write!(f, "shard {index} of {of} is missing; make it, or name its folder too")
            }
            Self::Holders { listed, found } => write!(
                f,
                "the holder file has {listed} holders and the shards have {found}; import none"
            ),
        }
    }
}

/// Holds runs to one another: each is one of its own and named once, or all are the parts of one.
#[must_use]
pub fn together(runs: &[(PathBuf, Manifest)]) -> Vec<PartFault> {
    if runs.iter().any(|(_, manifest)| manifest.parameters.part.is_some()) {
        return parts(runs);
    }
    let mut seen: HashMap<&str, &PathBuf> = HashMap::new();
    let mut faults = Vec::new();
    for (run, manifest) in runs {
        match seen.get(manifest.run.as_str()) {
            Some(&first) => {
                faults.push(PartFault::Again { run: run.clone(), first: first.clone() });
            }
            None => drop(seen.insert(&manifest.run, run)),
        }
    }
    faults
}

/// Holds the parts of a run to one another; the first one says which run it is.
#[must_use]
pub fn parts(runs: &[(PathBuf, Manifest)]) -> Vec<PartFault> {
    let mut faults = Vec::new();
    let mut whole: Option<&Part> = None;
    let mut there: Vec<(u32, &PathBuf)> = Vec::new();
    let mut found = 0;
    for (run, manifest) in runs {
        let Some(part) = &manifest.parameters.part else {
            faults.push(PartFault::Whole { run: run.clone() });
            continue;
        };
        let first = whole.get_or_insert(part);
        let same = (&part.whole, part.shard.of(), part.holders);
        if same != (&first.whole, first.shard.of(), first.holders) {
            faults.push(PartFault::Foreign { run: run.clone() });
            continue;
        }
        let index = part.shard.index();
        if let Some((_, first)) = there.iter().find(|(there, _)| *there == index) {
            faults.push(PartFault::Double { run: run.clone(), first: (*first).clone(), index });
            continue;
        }
        there.push((index, run));
        found += manifest.holders;
    }
    let Some(whole) = whole else { return faults };
    let of = whole.shard.of();
    let missing = (1..=of).filter(|index| there.iter().all(|(there, _)| there != index));
    let before = faults.len();
    faults.extend(missing.map(|index| PartFault::Missing { index, of }));
    if faults.len() == before && found != whole.holders {
        faults.push(PartFault::Holders { listed: whole.holders, found });
    }
    faults
}
