//! A run: holders become cards and records, a bundle at a time, and both or neither.

mod bundle;
pub mod manifest;
mod plan;

use std::{
    collections::VecDeque,
    fmt,
    num::NonZeroUsize,
    path::Path,
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
    plan::{Order, Plan, PlanError, Unprintable},
};
use self::{
    bundle::{Bundle, Worker},
    manifest::{Cell, ListedBundle, ListedFile, Manifest},
};
use crate::{
    design::{Design, Mm},
    files::{self, FileError, Sha256Digest},
    hash::HashError,
    journal::{self, BundleDone, CardsFile, Journal, JournalError, RecordsFile, RunStarted},
    seal,
    sign::SignError,
    token::{Position, Random},
};

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

/// What a run reports while it works; the caller decides what to show.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The folder is there and the work begins.
    Started {
        /// Cards to make.
        cards: u64,
        /// Bundles they come in.
        bundles: u32,
        /// Hashes to reckon.
        hashes: u64,
    },
    /// So many hashes are reckoned.
    Progress {
        /// Hashes since the start.
        hashes: u64,
    },
    /// A bundle's cards and records are on disk and synced.
    BundleDone {
        /// The bundle's number, from 1.
        number: u32,
        /// Its cards.
        cards: u32,
    },
}

/// What a finished run made.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The manifest as written.
    pub manifest: Manifest,
    /// Codes of which the hash was verified with the other Argon2 before they went to disk.
    pub verified: u64,
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
        path: std::path::PathBuf,
    },
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

/// Makes the cards and the records of a plan in a new folder.
///
/// The folder has a manifest only if everything in it is whole: see [`manifest`].
///
/// # Errors
/// [`RunError`]. The folder then has no manifest, and nothing in it is for the printer; if not
/// a single bundle was finished it is taken away again.
pub fn issue<R>(
    plan: &Plan,
    threads: NonZeroUsize,
    random: &mut Random<R>,
    report: &mut dyn FnMut(Event),
) -> Result<Summary, RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let out = plan.out();
    if out.symlink_metadata().is_ok() {
        return Err(RunError::Exists { path: out.to_owned() });
    }
    // Memory is taken before the folder is made, so that a run that can't be leaves nothing.
    let workers = (0..threads.get())
        .map(|_| Worker::new(plan))
        .collect::<Result<Vec<_>, _>>()
        .map_err(RunError::Hash)?;
    files::make_private_folder(out)?;
    let made = make(plan, workers, random, report);
    if made.is_err() {
        remove_if_nothing_is_done(out);
    }
    made
}

fn make<R>(
    plan: &Plan,
    workers: Vec<Worker<'_>>,
    random: &mut Random<R>,
    report: &mut dyn FnMut(Event),
) -> Result<Summary, RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let out = plan.out();
    for folder in [CARDS, RECORDS] {
        files::make_private_folder(&out.join(folder))?;
    }
    let run = random.salt().map_err(|error| RunError::Random(error.to_string()))?;
    let started = RunStarted {
        version: journal::VERSION,
        run: format!("{:032x}", u128::from_be_bytes(run)),
        holders: plan.holders().len() as u64,
        input_sha256: plan.input_sha256(),
        parameters: plan.parameters().clone(),
    };
    let path = out.join(JOURNAL);
    let mut journal = Journal::create(&path, started.clone())?;
    report(Event::Started {
        cards: started.holders,
        bundles: plan.bundles(),
        hashes: started.holders * u64::from(Position::MAX),
    });
    let (mut done, verified) = bundles(plan, workers, random, &mut journal, report)?;
    done.sort_by_key(|bundle| bundle.number);
    let journal = files::read_whole(&path, u64::MAX)?;
    let manifest = Manifest {
        version: manifest::VERSION,
        program: concat!("tokenkaart ", env!("CARGO_PKG_VERSION")).to_owned(),
        run: started.run,
        holders: started.holders,
        pages_per_card: plan.composer().sides(),
        cells: cells(plan.composer().design()),
        parameters: started.parameters,
        bundles: done,
        journal: ListedFile {
            path: JOURNAL.to_owned(),
            sha256: Sha256Digest::of(&journal),
            bytes: journal.len() as u64,
        },
        digest: Sha256Digest::from_bytes([0; 32]),
    };
    let bytes = manifest.to_bytes();
    // A signature without its manifest is nothing; a manifest without its signature would be
    // a finished run that nobody can tell the sender of.
    if let Some(key) = plan.signing_key() {
        let signature = key.sign(&bytes)?;
        files::write_whole(&out.join(manifest::SIGNATURE), signature.as_bytes())?;
    }
    files::write_whole(&out.join(manifest::NAME), &bytes)?;
    Ok(Summary { manifest, verified })
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

fn bundles<R>(
    plan: &Plan,
    workers: Vec<Worker<'_>>,
    random: &mut Random<R>,
    journal: &mut Journal,
    report: &mut dyn FnMut(Event),
) -> Result<(Vec<ListedBundle>, u64), RunError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let queue = Queue::default();
    let hashed = AtomicU64::new(0);
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
        let mut numbers = 1..=plan.bundles();
        let mut in_hand: VecDeque<Arc<Bundle<'_>>> = VecDeque::new();
        let mut done = Vec::new();
        let mut verified = 0;
        loop {
            while in_hand.len() < IN_HAND {
                let Some(number) = numbers.next() else { break };
                let bundle = Bundle::draw(plan, number, random)
                    .map_err(|error| RunError::Random(error.to_string()))?;
                let bundle = Arc::new(bundle);
                in_hand.push_back(Arc::clone(&bundle));
                queue.push(bundle);
            }
            if in_hand.is_empty() {
                return Ok((done, verified));
            }
            let number = loop {
                match receiver.recv_timeout(TICK) {
                    Ok(number) => break number,
                    Err(RecvTimeoutError::Timeout) => {
                        report(Event::Progress { hashes: hashed.load(Ordering::Relaxed) });
                    }
                    // Every worker is gone with work left: one panicked, and the scope will say so.
                    Err(RecvTimeoutError::Disconnected) => {
                        return Err(RunError::WorkerDied);
                    }
                }
            };
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
    let listed = ListedBundle {
        number,
        first_serial: finished.first_serial,
        last_serial: finished.last_serial,
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
    journal.bundle_done(BundleDone {
        number,
        first: bundle.first(),
        last: bundle.first() + u64::from(bundle.len()) - 1,
        serials: bundle.serials(),
        cards: listed.cards.clone(),
        records: listed.records.clone(),
    })?;
    Ok(listed)
}

/// Where a bundle's cards are, from the run folder.
fn cards_path(number: u32, sealed: bool) -> String {
    let plain = format!("{CARDS}/{number:04}.pdf");
    if sealed { format!("{plain}.{}", seal::ENDING) } else { plain }
}

/// Takes a run folder away in which no bundle was finished: there is no card in it then.
fn remove_if_nothing_is_done(out: &Path) {
    let nothing_is_done = match journal::replay(&out.join(JOURNAL)) {
        Ok((_, done)) => done.is_empty(),
        // The disk filled up in the line of the run or in that of its first bundle.
        Err(JournalError::Line { line, .. }) => line <= 2,
        Err(JournalError::File(_)) => !out.join(JOURNAL).exists(),
    };
    if nothing_is_done {
        // What stands there was made a moment ago by this very run.
        let _ = std::fs::remove_dir_all(out);
    }
}
