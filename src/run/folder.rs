//! The run's folder: made anew, or taken over from a process that ended before its run did.

use std::{collections::HashSet, ffi::OsStr, path::Path};

use super::{CARDS, JOURNAL, RECORDS, RunError, manifest, plan::Plan};
use crate::{
    files::{self, PART, Sha256Digest},
    journal::{BundleDone, Journal, Parameters, RunStarted},
    run::manifest::ListedBundle,
};

/// What stands under the name of a run's folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// Something that no run made.
    Other,
    /// A run without a manifest.
    Unfinished,
    /// A run with its manifest.
    Finished,
}

/// Looks for a run.
#[must_use]
pub fn look(out: &Path) -> Found {
    if out.symlink_metadata().is_err() {
        Found::Nothing
    } else if out.join(manifest::NAME).exists() {
        Found::Finished
    } else if out.join(JOURNAL).exists() || is_empty(out) {
        // A run that was killed at once leaves an empty folder.
        Found::Unfinished
    } else {
        Found::Other
    }
}

fn is_empty(folder: &Path) -> bool {
    files::names(folder).is_ok_and(|names| names.is_empty())
}

/// A folder to work in.
pub(super) struct Opened {
    pub(super) journal: Journal,
    /// None when the run is still to be named.
    pub(super) run: Option<RunStarted>,
    pub(super) done: Vec<ListedBundle>,
}

/// Makes the folder.
pub(super) fn make(out: &Path) -> Result<Opened, RunError> {
    files::make_private_folder(out)?;
    // First, so that nobody else works here.
    let journal = Journal::create(&out.join(JOURNAL))?;
    for folder in [CARDS, RECORDS] {
        files::make_private_folder(&out.join(folder))?;
    }
    Ok(Opened { journal, run: None, done: Vec::new() })
}

/// Takes over what an earlier process left, and deletes what its journal doesn't name.
pub(super) fn take_over(plan: &Plan) -> Result<Opened, RunError> {
    let out = plan.out();
    let path = out.join(JOURNAL);
    let mut done = Vec::new();
    let (journal, run) = if path.exists() {
        let mut unlike = None;
        let resumed = Journal::resume(&path, |bundle| match listed(bundle) {
            Some(bundle) => done.push(bundle),
            None => unlike = Some(()),
        })?;
        if unlike.is_some() {
            return Err(RunError::Damaged { path });
        }
        (resumed.journal, resumed.run)
    } else {
        (Journal::create(&path)?, None)
    };
    if let Some(run) = &run {
        require_same(plan, run)?;
    }
    clean(out, &done)?;
    for folder in [CARDS, RECORDS].map(|name| out.join(name)) {
        if !folder.exists() {
            files::make_private_folder(&folder)?;
        }
    }
    Ok(Opened { journal, run, done })
}

/// A bundle of the journal as the manifest lists it; `None` for one without cards.
pub(super) fn listed(bundle: BundleDone) -> Option<ListedBundle> {
    Some(ListedBundle {
        number: bundle.number,
        first_serial: bundle.serials.first()?.clone(),
        last_serial: bundle.serials.last()?.clone(),
        cards: bundle.cards,
        records: bundle.records,
    })
}

/// A run is gone on with only as it was begun.
pub(super) fn require_same(plan: &Plan, run: &RunStarted) -> Result<(), RunError> {
    let mut differences = Vec::new();
    if run.input_sha256 != plan.input_sha256() {
        differences.push("the holder file has other bytes".to_owned());
    } else if run.holders != plan.holders() {
        differences.push(format!("{} holders then, {} now", run.holders, plan.holders()));
    } else if run.holders_sha256 != plan.holders_sha256()
        && run.parameters.sort == plan.parameters().sort
    {
        differences
            .push("the holder file is read otherwise (--column, --encoding, --format)".to_owned());
    }
    if run.program != super::PROGRAM {
        differences.push(format!("{} then, {} now", run.program, super::PROGRAM));
    }
    differences.extend(different(&run.parameters, plan.parameters()));
    if differences.is_empty() {
        return Ok(());
    }
    Err(RunError::Differs { path: plan.out().to_owned(), differences: differences.join("; ") })
}

/// What differs, in the words of the command line.
fn different(then: &Parameters, now: &Parameters) -> Vec<String> {
    let [then, now] = [then, now].map(|parameters| {
        // A struct of texts and numbers always is an object.
        serde_json::to_value(parameters).unwrap_or_default()
    });
    let Some(members) = then.as_object() else { return Vec::new() };
    let different = members.iter().filter(|(name, value)| now[name.as_str()] != **value);
    different
        .map(|(name, value)| {
            let shown = |value: &serde_json::Value| match value {
                serde_json::Value::Null => "none".to_owned(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            match name.as_str() {
                "design_sha256" => "the file or the artwork of --design has changed".to_owned(),
                "fallback_font" => "--fallback-font is another font".to_owned(),
                "part" => shards(value, &now[name]),
                "code_format" => "the codes look otherwise (--code-…)".to_owned(),
                "key_id" => {
                    format!("--pepper-file: {} then, {} now", shown(value), shown(&now[name]))
                }
                "sealed_to" => format!(
                    "--seal-to, --recipients-file: {} then, {} now",
                    listed_names(value),
                    listed_names(&now[name])
                ),
                "issued" => format!("--date: {} then, {} now", shown(value), shown(&now[name])),
                "scheme" => format!("--kdf: {} then, {} now", shown(value), shown(&now[name])),
                _ => format!("--{name}: {} then, {} now", shown(value), shown(&now[name])),
            }
        })
        .collect()
}

/// Which shard it was and is; when these are the same, what the whole run is made of differs.
fn shards(then: &serde_json::Value, now: &serde_json::Value) -> String {
    let [then, now] = [then, now].map(|part| part["shard"].as_str().unwrap_or("none"));
    if then == now {
        "so the other shards would be of another run".to_owned()
    } else {
        format!("--shard: {then} then, {now} now")
    }
}

fn listed_names(names: &serde_json::Value) -> String {
    let names: Vec<&str> =
        names.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Deletes what the journal does not name and a run may have left; refuses what no run left,
/// and files that are not as the journal says.
fn clean(out: &Path, done: &[ListedBundle]) -> Result<(), RunError> {
    let mut strays = Vec::new();
    for name in files::names(out)? {
        let path = out.join(&name);
        match name.to_str().map(whole_name) {
            Some(JOURNAL | CARDS | RECORDS) => {}
            Some(manifest::NAME | manifest::SIGNATURE) => strays.push(path),
            _ => return Err(RunError::Stranger { path }),
        }
    }
    let mut named = HashSet::new();
    for bundle in done {
        let (cards, records) = (&bundle.cards, &bundle.records);
        for (file, sha256, bytes) in [
            (&cards.path, cards.sha256, cards.bytes),
            (&records.path, records.sha256, records.bytes),
        ] {
            require_whole(&out.join(file), sha256, bytes)?;
            named.insert(out.join(file));
        }
    }
    for (folder, endings) in [(CARDS, &[".pdf", ".pdf.age"][..]), (RECORDS, &[".jsonl"])] {
        let folder = out.join(folder);
        if !folder.exists() {
            continue;
        }
        for name in files::names(&folder)? {
            let path = folder.join(&name);
            if !is_bundle_file(&name, endings) {
                return Err(RunError::Stranger { path });
            }
            if !named.contains(&path) {
                strays.push(path);
            }
        }
    }
    // Nothing is deleted before all has been looked at.
    strays.iter().try_for_each(|path| files::remove(path))?;
    for folder in [out.to_owned(), out.join(CARDS), out.join(RECORDS)] {
        if folder.exists() {
            files::sync_folder(&folder)?;
        }
    }
    Ok(())
}

fn require_whole(path: &Path, sha256: Sha256Digest, bytes: u64) -> Result<(), RunError> {
    let same = path.exists() && files::digest(path)? == (sha256, bytes);
    if same { Ok(()) } else { Err(RunError::Damaged { path: path.to_owned() }) }
}

/// A file's name, also of one that is not whole yet.
fn whole_name(name: &str) -> &str {
    name.strip_suffix(PART).and_then(|name| name.strip_suffix('.')).unwrap_or(name)
}

/// Whether a bundle's file has such a name: `0001.pdf`, `0001.pdf.part`.
fn is_bundle_file(name: &OsStr, endings: &[&str]) -> bool {
    let Some(name) = name.to_str().map(whole_name) else { return false };
    endings
        .iter()
        .filter_map(|ending| name.strip_suffix(ending))
        .any(|number| number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_run_may_have_left_is_deleted() {
        for name in ["0001.pdf", "0001.pdf.part", "12345.pdf", "0001.pdf.age", "0001.pdf.age.part"]
        {
            assert!(is_bundle_file(OsStr::new(name), &[".pdf", ".pdf.age"]), "{name}");
        }
        for name in ["001.pdf", "0001.pdf.bak", "0001.part", "x001.pdf", "0001.jsonl", ".pdf"] {
            assert!(!is_bundle_file(OsStr::new(name), &[".pdf"]), "{name}");
        }
    }
}
