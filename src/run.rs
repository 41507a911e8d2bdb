//! A run: holders become cards and records, a bundle at a time, and both or neither.
//!
//! A run that was stopped, killed or failed is gone on with: what its journal names is kept,
//! and everything else is made anew, with new codes.

mod bundle;
mod folder;
mod known;
pub mod manifest;
mod plan;
mod stop;

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use rand::TryCryptoRng;

pub use self::{
    bundle::BundleError,
    folder::{Found, look},
    known::{Known, KnownError},
    plan::{IfKnown, KnownHolder, Order, Plan, PlanError, Planning, Unprintable},
    stop::Stop,
};
use self::{
    bundle::{Bundle, Worker},
    folder::Opened,
    manifest::{Cell, ListedBundle, ListedFile, Manifest, ManifestError},
};
use crate::{
    design::{Design, Mm},
    files::{self, FileError, Sha256Digest},
    hash::HashError,
    holder::Holder,
    journal::{
        self, BundleDone, CardsFile, Journal, JournalError, RecordsFile, ResumeError, RunStarted,
    },
    roll::Holders,
    seal,
    sign::{SignError, SigningKey},
    token::{Position, Random},
};

/// The program that makes runs, with its version.
const PROGRAM: &str = concat!("tokenkaart ", env!("CARGO_PKG_VERSION"));
/// The journal's name in the run folder.
pub const JOURNAL: &str = "journal.jsonl";
/// The folder of the paper.
pub const CARDS: &str = "cards";
/// The folder of the hashes.
pub const RECORDS: &str = "records";

/// Bundles that are worked on at a time: one whose last hashes keep some cores busy, and the
/// next one for the others.
const IN_HAND: usize = 2;
/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// How a run is worked on; it makes the same whatever stands here.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// Threads that hash and print.
    pub threads: NonZeroUsize,
    /// Whether to go on with an unfinished run, rather than refuse it.
    pub resume: bool,
    /// This process's id, for others that want to work on the same run.
    pub process: u32,
    /// Asks the run to stop before its end.
    pub stop: &'a Stop,
}

/// What a run reports while it works; the caller decides what to show.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The folder is there and the work begins.
    Started {
        /// Cards of the whole run.
        cards: u64,
        /// Bundles they come in.
        bundles: u32,
        /// Cards that an earlier process made.
        cards_done: u64,
        /// Bundles that an earlier process made.
        bundles_done: u32,
    },
    /// So many hashes are reckoned.
    Progress {
        /// Hashes of the whole run.
        hashes: u64,
    },
    /// A bundle's cards and records are on disk and synced.
    BundleDone {
        /// The bundle's number, from 1.
        number: u32,
        /// Its cards.
        cards: u32,
    },
    /// The run was asked to stop, and does so when the bundles in hand are done.
    Stopping {
        /// How many these are.
        bundles: usize,
    },
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

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is something under the run folder's name.
    #[error(
        "{} is already there, and a run is never overwritten; \
         choose another --out, or move the old one away",
        path.display()
    )]
    Exists {
        /// The run folder.
        path: PathBuf,
    },
    /// An unfinished run is there, and it was not said to go on with it.
    #[error("{} is a run that is not finished: print none of it; add --resume to go on with it", path.display())]
    Unfinished {
        /// The run folder.
        path: PathBuf,
    },
    /// The unfinished run was begun otherwise.
    #[error(
        "{} can't be gone on with, for it was begun otherwise: {differences}; \
         give what was given then, or delete it and issue anew",
        path.display()
    )]
    Differs {
        /// The run folder.
        path: PathBuf,
        /// What differs.
        differences: String,
    },
    /// A file that no run makes lies in the run folder.
    #[error("{} was not made by this run; move it away, and go on again", path.display())]
    Stranger {
        /// The file.
        path: PathBuf,
    },
    /// A file is not as the journal says.
    #[error(
        "{} is missing or changed since it was written, so the run can't be trusted; \
         print none of it, delete it and issue anew",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// It was asked to.
    #[error("stopped with {done} of {of} bundles done")]
    Stopped {
        /// Bundles on the disk.
        done: u32,
        /// Bundles of the run.
        of: u32,
    },
    /// The journal of an unfinished run can't be taken over.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The journal of a finished run can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The manifest of a finished run can't be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A bundle could not be made.
    #[error("bundle {number}: {source}")]
    Bundle {
        /// The bundle's number.
        number: u32,
        /// Why.
        source: BundleError,
    },
    /// The manifest could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A hasher has no memory.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A thread ended with work left; a fault of this program.
    #[error("a worker thread died with work left; please report it, and try again")]
    WorkerDied,
    /// The operating system gives no random bytes.
    #[error(
        "the operating system's generator gives no random bytes ({0}); no code was drawn without it"
    )]
    Random(String),
}

/// Makes the cards and the records of a plan in its folder.
///
/// The folder has a manifest only if everything in it is whole: see [`manifest`]. With
/// [`Work::resume`] an unfinished run is gone on with, a finished one is left as it is, and
/// where there is none it is begun, so that the same call can be made until it succeeds.
///
/// # Errors
/// [`RunError`]. The folder then has no manifest, and nothing in it is for the printer; if not
/// a single bundle of a new run was finished it is taken away again.
pub fn issue<R>(
    plan: &Plan,
    work: Work<'_>,
    random: &mut Random<R>,
    report: &mut dyn FnMut(Event),
) -> Result<Summary, RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let out = plan.out();
    let path = || out.to_owned();
    let found = look(out);
    match (found, work.resume) {
        (Found::Nothing, _) | (Found::Unfinished, true) => {}
        (Found::Finished, true) => return finished(plan),
        (Found::Unfinished, false) if out.join(JOURNAL).exists() => {
            return Err(RunError::Unfinished { path: path() });
        }
        _ => return Err(RunError::Exists { path: path() }),
    }
    // Memory is taken before the folder is made, so that a run that can't be leaves nothing.
    let workers = (0..work.threads.get())
        .map(|_| Worker::new(plan))
        .collect::<Result<Vec<_>, _>>()
        .map_err(RunError::Hash)?;
    if found == Found::Unfinished {
        return make(plan, folder::take_over(plan)?, work, workers, random, report);
    }
    let made =
        folder::make(out).and_then(|opened| make(plan, opened, work, workers, random, report));
    if made.is_err() {
        remove_if_nothing_is_done(out);
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
    Ok(Summary { manifest, verified: 0, signed_by: None })
}

fn make<R>(
    plan: &Plan,
    opened: Opened,
    work: Work<'_>,
    workers: Vec<Worker<'_>>,
    random: &mut Random<R>,
    report: &mut dyn FnMut(Event),
) -> Result<Summary, RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let Opened { mut journal, run, done } = opened;
    let started = match run {
        Some(run) => run,
        None => begin(plan, &mut journal, random)?,
    };
    journal.process(work.process)?;
    report(Event::Started {
        cards: started.holders,
        bundles: plan.bundles(),
        cards_done: done.iter().map(|bundle| u64::from(bundle.records.records)).sum(),
        bundles_done: u32::try_from(done.len()).unwrap_or(u32::MAX),
    });
    let (mut done, verified) =
        bundles(plan, done, work.stop, workers, random, &mut journal, report)?;
    done.sort_by_key(|bundle| bundle.number);
    let (sha256, bytes) = files::digest(&plan.out().join(JOURNAL))?;
    let manifest = Manifest {
        version: manifest::VERSION,
        program: started.program,
        run: started.run,
        holders: started.holders,
        pages_per_card: plan.composer().sides(),
        cells: cells(plan.composer().design()),
        parameters: started.parameters,
        bundles: done,
        journal: ListedFile { path: JOURNAL.to_owned(), sha256, bytes },
        digest: Sha256Digest::from_bytes([0; 32]),
    };
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
        run: format!("{:032x}", u128::from_be_bytes(run)),
        program: PROGRAM.to_owned(),
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

/// The bundles that wait for a worker.
#[derive(Default)]
struct Queue<'p> {
    bundles: Mutex<(VecDeque<Arc<Bundle<'p>>>, bool)>,
    changed: Condvar,
}

impl<'p> Queue<'p> {
    fn lock(&self) -> MutexGuard<'_, (VecDeque<Arc<Bundle<'p>>>, bool)> {
        // The queue is whole between any two statements, also if a worker panicked.
        self.bundles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, bundle: Arc<Bundle<'p>>) {
        self.lock().0.push_back(bundle);
        self.changed.notify_all();
    }

    fn close(&self) {
        self.lock().1 = true;
        self.changed.notify_all();
    }

    /// The first bundle that has work left; `None` when there will be none.
    fn front(&self) -> Option<Arc<Bundle<'p>>> {
        let mut queue = self.lock();
        loop {
            while queue.0.front().is_some_and(|bundle| bundle.is_given_out()) {
                queue.0.pop_front();
            }
            if let Some(bundle) = queue.0.front() {
                return Some(Arc::clone(bundle));
            }
            if queue.1 {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Closes the queue also when the thread that fills it panics, so that workers end.
struct CloseOnDrop<'q, 'p>(&'q Queue<'p>);

impl Drop for CloseOnDrop<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The bundles that are still to be made, with their holders.
struct ToDo<'p> {
    plan: &'p Plan,
    holders: Holders<'p>,
    next: u32,
    done: BTreeSet<u32>,
}

impl ToDo<'_> {
    fn next(&mut self) -> Result<Option<(u32, Vec<Holder>)>, FileError> {
        while self.next <= self.plan.bundles() {
            let number = self.next;
            self.next += 1;
            // A bundle's holders fit into memory.
            let cards = usize::try_from(self.plan.cards_of(number)).unwrap_or(usize::MAX);
            let mut holders = self.holders.by_ref().take(cards);
            if !self.done.contains(&number) {
                return holders.collect::<Result<_, _>>().map(|holders| Some((number, holders)));
            }
            holders.try_for_each(|holder| holder.map(drop))?;
        }
        Ok(None)
    }
}

fn bundles<R>(
    plan: &Plan,
    mut done: Vec<ListedBundle>,
    stop: &Stop,
    workers: Vec<Worker<'_>>,
    random: &mut Random<R>,
    journal: &mut Journal,
    report: &mut dyn FnMut(Event),
) -> Result<(Vec<ListedBundle>, u64), RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let mut to_do = ToDo {
        plan,
        holders: plan.roll()?,
        next: 1,
        done: done.iter().map(|bundle| bundle.number).collect(),
    };
    let before: u64 = done.iter().map(|bundle| u64::from(bundle.records.records)).sum();
    let queue = Queue::default();
    let hashed = AtomicU64::new(before * u64::from(Position::MAX));
    let failed: OnceLock<RunError> = OnceLock::new();
    let (sender, receiver) = mpsc::channel::<u32>();
    let made = thread::scope(|scope| {
        let _close = CloseOnDrop(&queue);
        for mut worker in workers {
            let (queue, hashed, failed, sender) = (&queue, &hashed, &failed, sender.clone());
            scope.spawn(move || {
                while let Some(bundle) = queue.front() {
                    while let Some(job) = bundle.take_job() {
                        // After a failure the jobs are only counted off.
                        if failed.get().is_none() {
                            if let Err(source) = bundle.work(job, &mut worker) {
                                // The first failure is the one to tell.
                                let number = bundle.number();
                                let _ = failed.set(RunError::Bundle { number, source });
                            }
                            hashed.fetch_add(job.hashes(), Ordering::Relaxed);
                        }
                        if bundle.finish_job() {
                            // The receiver is gone only when the run has failed.
                            let _ = sender.send(bundle.number());
                        }
                    }
                }
            });
        }
        drop(sender);
        let mut in_hand: VecDeque<Arc<Bundle<'_>>> = VecDeque::new();
        let mut verified = 0;
        let mut stopping = false;
        let stopped = |done: &[ListedBundle]| RunError::Stopped {
            done: u32::try_from(done.len()).unwrap_or(u32::MAX),
            of: plan.bundles(),
        };
        loop {
            while in_hand.len() < IN_HAND && !stopping {
                let Some((number, holders)) = to_do.next()? else { break };
                let bundle = Bundle::draw(plan, number, holders, random)
                    .map_err(|error| RunError::Random(error.to_string()))?;
                let bundle = Arc::new(bundle);
                in_hand.push_back(Arc::clone(&bundle));
                queue.push(bundle);
            }
            if in_hand.is_empty() {
                let all = done.len() == plan.bundles() as usize;
                return if all { Ok((done, verified)) } else { Err(stopped(&done)) };
            }
            let number = loop {
                if stop.is_asked() && !stopping {
                    stopping = true;
                    in_hand.retain(|bundle| !bundle.abandon());
                    if in_hand.is_empty() {
                        break None;
                    }
                    report(Event::Stopping { bundles: in_hand.len() });
                }
                if stop.is_urgent() {
                    // What is in hand is then only counted off.
                    let _ = failed.set(stopped(&done));
                }
                match receiver.recv_timeout(TICK) {
                    Ok(number) => break Some(number),
                    Err(RecvTimeoutError::Timeout) => {
                        report(Event::Progress { hashes: hashed.load(Ordering::Relaxed) });
                    }
                    // Every worker is gone with work left: one panicked, and the scope will say so.
                    Err(RecvTimeoutError::Disconnected) => {
                        return Err(RunError::WorkerDied);
                    }
                }
            };
            let Some(number) = number else { continue };
            let place = in_hand.iter().position(|bundle| bundle.number() == number);
            let Some(bundle) = place.and_then(|place| in_hand.remove(place)) else { continue };
            if failed.get().is_some() {
                return Ok((done, verified));
            }
            let cards = bundle.len();
            let listed = commit(plan.out(), &bundle, journal).map_err(|source| match source {
                BundleError::File(error) => RunError::File(error),
                source => RunError::Bundle { number, source },
            })?;
            verified += bundle.verified();
            done.push(listed);
            report(Event::Progress { hashes: hashed.load(Ordering::Relaxed) });
            report(Event::BundleDone { number, cards });
        }
    });
    failed.into_inner().map_or(made, Err)
}

/// Brings a bundle to the disk: both files or neither, then the journal's line.
fn commit(
    out: &Path,
    bundle: &Bundle<'_>,
    journal: &mut Journal,
) -> Result<ListedBundle, BundleError> {
    let number = bundle.number();
    let finished = bundle.finished()?;
    let cards = cards_path(number, bundle.is_sealed());
    let records = format!("{RECORDS}/{number:04}.jsonl");
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
    let listed = folder::listed(done.clone()).ok_or(BundleError::Undone)?;
    journal.bundle_done(done)?;
    Ok(listed)
}

/// Where a bundle's cards are, from the run folder.
fn cards_path(number: u32, sealed: bool) -> String {
    let plain = format!("{CARDS}/{number:04}.pdf");
    if sealed { format!("{plain}.{}", seal::ENDING) } else { plain }
}

/// Takes a run folder away in which no bundle was finished: there is no card in it then.
fn remove_if_nothing_is_done(out: &Path) {
    let path = out.join(JOURNAL);
    let mut done = 0;
    // The disk may have filled up in the middle of a line.
    let nothing_is_done = match Journal::resume(&path, |_| done += 1) {
        Ok(_) => done == 0,
        Err(_) => !path.exists(),
    };
    if nothing_is_done {
        // What stands there was made a moment ago by this very run.
        let _ = std::fs::remove_dir_all(out);
    }
}
