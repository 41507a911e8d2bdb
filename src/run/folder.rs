//! The run's folder: new, or taken over from a process that ended before its run did.

use std::{
    collections::HashSet,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{self, PART, Sha256Digest},
    run_files::{
        CARDS, JOURNAL, MAIL, RECONCILIATION, RECORDS,
        journal::{BundleDone, CardsFile, Journal, RecordsFile, RunStarted},
        manifest::{self, ListedBundle},
    },
};

use super::{
    bundle::{Bundle, BundleError},
    difference::differences,
    error::RunError,
    plan::Plan,
};
use crate::seal;

/// What is at the path of a run's folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FolderState {
    /// Nothing.
    Nothing,
    /// An empty folder: somebody made it, or a run that was killed at once left it.
    Empty,
    /// Something that no run made.
    Other,
    /// A run without a manifest.
    Unfinished,
    /// A run with its manifest.
    Finished,
}

/// Looks for a run.
#[must_use]
pub fn look(out: &Path) -> FolderState {
    if out.symlink_metadata().is_err() {
        FolderState::Nothing
    } else if out.join(manifest::NAME).exists() {
        FolderState::Finished
    } else if out.join(JOURNAL).exists() {
        FolderState::Unfinished
    } else if is_empty(out) {
        FolderState::Empty
    } else {
        FolderState::Other
    }
}

fn is_empty(folder: &Path) -> bool {
    files::names(folder).is_ok_and(|names| names.is_empty())
}

/// A folder to work in.
pub(super) struct WorkFolder {
    pub(super) journal: Journal,
    /// None when the run is still to be named.
    pub(super) run: Option<RunStarted>,
    pub(super) done: Vec<ListedBundle>,
}

/// The run in whose folder, or in a folder of which, something is or would be.
#[must_use]
pub(crate) fn run_around(path: &Path) -> Option<PathBuf> {
    // By its real name; where there is no such folder, nothing is made there either.
    let folder = files::folder_of(path).canonicalize().ok()?;
    let is_run = |folder: &&Path| {
        [JOURNAL, manifest::NAME].iter().any(|name| folder.join(name).is_file())
            && [CARDS, RECORDS].iter().any(|name| folder.join(name).is_dir())
    };
    folder.ancestors().find(is_run).map(Path::to_owned)
}

/// Finds out whether a run can be made or resumed here.
///
/// # Errors
/// [`RunError::Exists`], [`RunError::Inside`] and [`RunError::Unfinished`].
pub fn admit(out: &Path, resume: bool) -> Result<FolderState, RunError> {
    let found = look(out);
    if let (FolderState::Nothing | FolderState::Empty, Some(run)) = (found, run_around(out)) {
        return Err(RunError::Inside { path: out.to_owned(), run });
    }
    match (found, resume) {
        (FolderState::Nothing, _)
        | (FolderState::Empty | FolderState::Unfinished | FolderState::Finished, true) => Ok(found),
        (FolderState::Unfinished, false) => Err(RunError::Unfinished { path: out.to_owned() }),
        _ => Err(RunError::Exists { path: out.to_owned() }),
    }
}

/// Begins in a folder that this call has made.
pub(super) fn begin(out: &Path) -> Result<WorkFolder, RunError> {
    files::sync_folder(files::folder_of(out))?;
    // First, so that nobody else works here.
    let journal = Journal::create(&out.join(JOURNAL))?;
    make_folders(out)?;
    Ok(WorkFolder { journal, run: None, done: Vec::new() })
}

/// Takes over what an earlier process left, and deletes what its journal doesn't name; `None`
/// when that process has finished the run in the meantime.
pub(super) fn take_over(plan: &Plan) -> Result<Option<WorkFolder>, RunError> {
    let out = plan.out();
    let path = out.join(JOURNAL);
    let mut bundles = Vec::new();
    let (journal, run) = if path.exists() {
        let resumed = Journal::resume(&path, |bundle| bundles.push(bundle))?;
        (resumed.journal, resumed.run)
    } else {
        (Journal::create(&path)?, None)
    };
    // Looked at again now that nobody else is at work.
    if look(out) == FolderState::Finished {
        return Ok(None);
    }
    if let Some(run) = &run {
        require_same(plan, run)?;
    }
    let done = credible(plan, bundles).ok_or(RunError::Damaged { path })?;
    // An empty folder may be one that somebody else made.
    files::make_private(out)?;
    // Who made it may have ended before its name was on the disk.
    files::sync_folder(files::folder_of(out))?;
    clean(plan, &done)?;
    make_folders(out)?;
    Ok(Some(WorkFolder { journal, run, done }))
}

/// Makes the folders of the paper and of the hashes where they are not, and waits until their
/// names are on the disk.
fn make_folders(out: &Path) -> Result<(), RunError> {
    for folder in [CARDS, RECORDS].map(|name| out.join(name)) {
        if !folder.exists() {
            files::make_private_folder(&folder)?;
        }
    }
    Ok(files::sync_folder(out)?)
}

/// The bundles of a journal, if they are such as the plan makes, each once.
fn credible(plan: &Plan, bundles: Vec<BundleDone>) -> Option<Vec<ListedBundle>> {
    let mut numbers = HashSet::new();
    bundles
        .into_iter()
        .map(|bundle| {
            let number = bundle.number;
            let is_one = (1..=plan.bundles()).contains(&number) && numbers.insert(number);
            // The number is checked before anything is computed from it.
            let is_whole = is_one
                && bundle.first == plan.before(number) + 1
                && bundle.last == plan.before(number) + plan.cards_of(number)
                && u64::from(bundle.records.records) == plan.cards_of(number)
                && bundle.serials.len() as u64 == plan.cards_of(number)
                && bundle.cards.path == cards_path(number, plan.is_sealed())
                && bundle.records.path == records_path(number);
            if is_whole { listed(bundle) } else { None }
        })
        .collect()
}

/// Takes away a run folder that this call has made, if no bundle was finished: there is no card
/// in it then.
pub(super) fn remove_if_nothing_is_done(out: &Path) {
    let mut done = 0;
    // Taken over, so that nobody else does while it is deleted. The disk may have filled up in
    // the middle of a line.
    match Journal::resume(&out.join(JOURNAL), |_| done += 1) {
        Ok(_journal) if done == 0 => drop(std::fs::remove_dir_all(out)),
        Ok(_) => {}
        // Without a journal the folder is empty; if it isn't, it stays.
        Err(_) => drop(std::fs::remove_dir(out)),
    }
}

/// A bundle of the journal as the manifest lists it; `None` for one without cards.
fn listed(bundle: BundleDone) -> Option<ListedBundle> {
    Some(ListedBundle {
        number: bundle.number,
        first_serial: bundle.serials.first()?.clone(),
        last_serial: bundle.serials.last()?.clone(),
        cards: bundle.cards,
        records: bundle.records,
    })
}

/// A run is resumed only as it was begun.
pub(super) fn require_same(plan: &Plan, run: &RunStarted) -> Result<(), RunError> {
    let differences = differences(run, plan);
    if differences.is_empty() {
        return Ok(());
    }
    Err(RunError::Differs { path: plan.out().to_owned(), differences })
}

/// Brings a bundle to the disk: both files or neither, then the journal's line.
pub(super) fn commit(
    out: &Path,
    bundle: &Bundle<'_>,
    journal: &mut Journal,
) -> Result<ListedBundle, BundleError> {
    let number = bundle.number();
    let finished = bundle.finished()?;
    let cards = cards_path(number, bundle.is_sealed());
    let records = records_path(number);
    let pending_cards = files::Pending::write(&out.join(&cards), finished.cards)?;
    let pending_records = files::Pending::write(&out.join(&records), finished.records.as_bytes())?;
    pending_cards.commit()?;
    pending_records.commit()?;
    files::sync_folder(&out.join(CARDS))?;
    files::sync_folder(&out.join(RECORDS))?;
    let done = BundleDone {
        number,
        first: bundle.first(),
        last: bundle.first() + u64::from(bundle.len()) - 1,
        serials: bundle.serials(),
        cards: CardsFile {
            path: cards,
            sha256: Sha256Digest::of(finished.cards),
            bytes: finished.cards.len() as u64,
            pages: finished.pages,
        },
        records: RecordsFile {
            path: records,
            sha256: Sha256Digest::of(finished.records.as_bytes()),
            bytes: finished.records.len() as u64,
            records: bundle.len(),
        },
    };
    let listed = listed(done.clone()).ok_or(BundleError::Undone)?;
    journal.bundle_done(done)?;
    Ok(listed)
}

/// Where a bundle's cards are, from the run folder.
#[must_use]
pub(crate) fn cards_path(number: u32, sealed: bool) -> String {
    let plain = format!("{CARDS}/{number:04}.pdf");
    if sealed { format!("{plain}.{}", seal::ENDING) } else { plain }
}

/// Where a bundle's records are, from the run folder.
fn records_path(number: u32) -> String {
    format!("{RECORDS}/{number:04}.jsonl")
}

/// Deletes what the journal does not name and the run may have left; refuses what it can't have
/// made, and files that are not as the journal says.
fn clean(plan: &Plan, done: &[ListedBundle]) -> Result<(), RunError> {
    let out = plan.out();
    let stranger = |path: &Path| RunError::Stranger { path: path.to_owned() };
    let mut strays = Vec::new();
    for name in files::names(out)? {
        let path = out.join(&name);
        let kind = files::kind(&path)?;
        match name.to_str().map(whole_name) {
            Some(JOURNAL) if kind.is_file() => {}
            // A link would lead into somebody else's folder.
            Some(CARDS | RECORDS) if kind.is_dir() => {}
            Some(manifest::NAME | manifest::SIGNATURE | MAIL | RECONCILIATION)
                if kind.is_file() =>
            {
                strays.push(path);
            }
            _ => return Err(stranger(&path)),
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
    for folder in [CARDS, RECORDS] {
        let path = out.join(folder);
        if !path.exists() {
            continue;
        }
        for name in files::names(&path)? {
            let path = path.join(&name);
            if !may_be_left(plan, folder, &name) || !files::kind(&path)?.is_file() {
                return Err(stranger(&path));
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

/// Whether a bundle of the plan makes a file of this name, or leaves it when it is cut off.
fn may_be_left(plan: &Plan, folder: &str, name: &OsStr) -> bool {
    let Some(name) = name.to_str().map(whole_name) else { return false };
    let Some(Ok(number)) = name.split('.').next().map(str::parse) else { return false };
    let path = format!("{folder}/{name}");
    (1..=plan.bundles()).contains(&number)
        && [cards_path(number, plan.is_sealed()), records_path(number)].contains(&path)
}
