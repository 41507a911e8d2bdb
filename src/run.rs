//! A run: holders become cards and records, a bundle at a time, and both or neither.
//!
//! A run that was stopped or killed, or that failed, is resumed: what its journal names is kept,
//! and everything else is made again, with new codes.

mod bundle;
mod difference;
mod error;
mod event;
mod finished;
mod folder;
mod id_list;
mod known;
pub mod mail;
mod only;
mod plan;
pub mod reconciliation;
mod refusal;
mod reissue;
pub mod roll;
mod serial_fault;
mod stop;
mod workers;

use std::{fmt, num::NonZeroUsize};

use rand::TryCryptoRng;
use tokenkaart_token::{
    files::{self, Sha256Digest},
    run_files::{
        JOURNAL, RECONCILIATION,
        journal::{self, Journal, RunStarted},
        manifest::{self, Cell, ListedFile, Manifest},
    },
    sign::SigningKey,
    token::Random,
};

pub(crate) use self::folder::{cards_path, run_around};
pub use self::{
    bundle::BundleError,
    difference::Difference,
    error::RunError,
    event::RunEvent,
    finished::{Finished, FinishedError},
    folder::{FolderState, admit, look},
    id_list::IdListError,
    known::{Known, KnownError},
    only::{NoId, Only, OnlyError},
    plan::{IfKnown, IssueOptions, MAX_BUNDLE, Plan, PlanBuilder, PlanError},
    refusal::{Refusal, Refused, WhyRefused},
    reissue::{Reissue, ReissueError},
    serial_fault::{SerialFault, WrongSerial},
    stop::Stop,
};
use self::{bundle::Worker, folder::WorkFolder};
use crate::{
    design::{Design, Mm},
    symbol::mark::{NotARunId, RunId},
};

/// How a run is worked on; it makes the same whatever stands here.
#[derive(Clone, Copy, Debug)]
pub struct WorkOptions<'a> {
    /// Threads that hash and print.
    pub threads: NonZeroUsize,
    /// Whether to resume an unfinished run, rather than refuse it.
    pub resume: bool,
    /// This process's id, for others that want to work on the same run.
    pub process: u32,
    /// Asks the run to stop before its end.
    pub stop: &'a Stop,
}

/// What a finished run made.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The manifest as written.
    pub manifest: Manifest,
    /// Codes of which this process verified the hash with the other Argon2 before they went to
    /// disk; none if the run was finished already.
    pub verified: u64,
    /// The fingerprint of the key that signed the manifest, if it was signed now.
    pub signed_by: Option<String>,
}

/// Makes the cards and the records of a plan in its folder.
///
/// The folder has a manifest only if everything in it is whole: see [`manifest`]. With
/// [`WorkOptions::resume`] an unfinished run is resumed, a finished one is left as it is, and
/// where there is none it is begun, so that the same call can be made until it succeeds.
///
/// # Errors
/// [`RunError`]. The folder then has no manifest, and nothing in it is for the printer; if not
/// a single bundle of a new run was finished it is taken away again.
pub fn issue<R>(
    plan: &Plan,
    work: WorkOptions<'_>,
    random: &mut Random<R>,
    report: &mut dyn FnMut(RunEvent),
) -> Result<Summary, RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let out = plan.out();
    let found = folder::admit(out, work.resume)?;
    if found == FolderState::Finished {
        return finished(plan);
    }
    // Memory is taken before the folder is made, so that a run that can't be leaves nothing.
    let workers = (0..work.threads.get())
        .map(|_| Worker::new(plan))
        .collect::<Result<Vec<_>, _>>()
        .map_err(RunError::Hash)?;
    if matches!(found, FolderState::Empty | FolderState::Unfinished) {
        return match folder::take_over(plan)? {
            Some(opened) => make(plan, opened, work, workers, random, report),
            // Another process finished it a moment ago.
            None => finished(plan),
        };
    }
    files::make_private_folder(out)?;
    let made =
        folder::begin(out).and_then(|opened| make(plan, opened, work, workers, random, report));
    if made.is_err() {
        folder::remove_if_nothing_is_done(out);
    }
    made
}

/// A run that an earlier process finished.
fn finished(plan: &Plan) -> Result<Summary, RunError> {
    let manifest = Manifest::read(plan.out())?;
    match journal::run(&plan.out().join(JOURNAL))? {
        Some(run) => folder::require_same(plan, &run)?,
        None => return Err(RunError::Damaged { path: plan.out().join(JOURNAL) }),
    }
    // A run isn't signed afterwards: who asks for it would take it for one that was.
    let signed = manifest::has_signature(plan.out());
    if plan.signing_key().is_some() && !signed {
        return Err(RunError::Unsigned { path: plan.out().to_owned() });
    }
    Ok(Summary { manifest, verified: 0, signed_by: None })
}

fn make<R>(
    plan: &Plan,
    opened: WorkFolder,
    work: WorkOptions<'_>,
    workers: Vec<Worker<'_>>,
    random: &mut Random<R>,
    report: &mut dyn FnMut(RunEvent),
) -> Result<Summary, RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let WorkFolder { mut journal, run, done } = opened;
    let started = match run {
        Some(run) => run,
        None => begin(plan, &mut journal, random)?,
    };
    let id = started.run.parse();
    let id = id.map_err(|NotARunId| RunError::Damaged { path: plan.out().join(JOURNAL) })?;
    journal.process(work.process)?;
    report(RunEvent::Started {
        cards: started.holders,
        bundles: plan.bundles(),
        cards_done: done.iter().map(|bundle| u64::from(bundle.records.records)).sum(),
        bundles_done: u32::try_from(done.len()).unwrap_or(u32::MAX),
    });
    let (mut done, verified) =
        workers::bundles(plan, (id, done), work.stop, workers, random, &mut journal, report)?;
    done.sort_by_key(|bundle| bundle.number);
    let (sha256, bytes) = files::digest(&plan.out().join(JOURNAL))?;
    let mut manifest = Manifest {
        version: manifest::VERSION,
        program: started.program,
        run: started.run,
        holders: started.holders,
        pages_per_card: plan.composer().sides(),
        cells: cells(plan.composer().design()),
        parameters: started.parameters,
        bundles: done,
        journal: ListedFile { path: JOURNAL.to_owned(), sha256, bytes },
        others: vec![mail::write(plan)?],
        digest: Sha256Digest::from_bytes([0; 32]),
    };
    let page = reconciliation::page(&manifest)?;
    files::write_whole(&plan.out().join(RECONCILIATION), &page)?;
    manifest.others.push(ListedFile {
        path: RECONCILIATION.to_owned(),
        sha256: Sha256Digest::of(&page),
        bytes: page.len() as u64,
    });
    let bytes = manifest.to_bytes();
    // Before the manifest, with which the run is finished: a manifest that was never signed
    // would be one that nobody can tell the maker of.
    if let Some(key) = plan.signing_key() {
        let signature = key.sign(&bytes)?;
        files::write_whole(&plan.out().join(manifest::SIGNATURE), signature.as_bytes())?;
    }
    files::write_whole(&plan.out().join(manifest::NAME), &bytes)?;
    let signed_by = plan.signing_key().map(SigningKey::fingerprint);
    Ok(Summary { manifest, verified, signed_by })
}

/// Names the run in its journal.
fn begin<R>(
    plan: &Plan,
    journal: &mut Journal,
    random: &mut Random<R>,
) -> Result<RunStarted, RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let run = random.salt().map_err(|error| RunError::Random(error.to_string()))?;
    let started = RunStarted {
        version: journal::VERSION,
        run: RunId::from_bytes(run).to_string(),
        program: difference::PROGRAM.to_owned(),
        holders: plan.holders(),
        input_sha256: plan.input_sha256(),
        holders_sha256: plan.holders_sha256(),
        parameters: plan.parameters().clone(),
    };
    journal.begin(started.clone())?;
    Ok(started)
}

fn cells(design: &Design) -> Vec<Cell> {
    let Some(sheet) = &design.sheet else { return Vec::new() };
    // A tenth of a millimetre finds any card, and reads better than its exact place.
    let rounded = |length: Mm| (length.0 * 10.0).round() / 10.0;
    (0..sheet.cards())
        .map(|index| sheet.cell(index, &design.page, false))
        .map(|area| Cell {
            x: rounded(area.x),
            y: rounded(area.y),
            width: rounded(area.width),
            height: rounded(area.height),
        })
        .collect()
}
