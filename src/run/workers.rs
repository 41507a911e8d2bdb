//! The workers of a run, and the bundles that they are given.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use rand::TryCryptoRng;
use tokenkaart_token::{
    files::FileError,
    holder::Holder,
    run_files::{journal::Journal, manifest::ListedBundle},
    token::{Position, Random},
};

use super::{
    bundle::{Bundle, BundleError, Worker},
    error::RunError,
    event::RunEvent,
    folder,
    plan::Plan,
    roll::Holders,
    stop::Stop,
};
use crate::symbol::mark::RunId;

/// Bundles that are worked on at a time: one whose last hashes keep some cores busy, and the
/// next one for the others.
const IN_HAND: usize = 2;
/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);
/// What is still done for each thread of a bundle in hand when the run is asked to stop: two or
/// three seconds' hashes at the default. Who stops a run waits, and a bundle that is let go costs
/// less than half a minute of hashing when the run is resumed.
const LEFT_AT_STOP: usize = 300;

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

/// Why a run can't go on; the first reason is the one to tell.
type Failed = OnceLock<RunError>;

/// Counts a job off also when it panics, so that nobody waits for it.
struct CountOff<'w, 'p> {
    bundle: &'w Bundle<'p>,
    failed: &'w Failed,
    sender: &'w Sender<u32>,
}

impl Drop for CountOff<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.failed.set(RunError::WorkerDied);
        }
        if self.bundle.finish_job() {
            // The receiver is gone only when the run has failed.
            let _ = self.sender.send(self.bundle.number());
        }
    }
}

/// Works until there is nothing left. After a failure jobs are only counted off.
fn work(
    mut worker: Worker<'_>,
    queue: &Queue<'_>,
    hashed: &AtomicU64,
    failed: &Failed,
    sender: &Sender<u32>,
) {
    while let Some(bundle) = queue.front() {
        while let Some(job) = bundle.take_job() {
            let _count_off = CountOff { bundle: &bundle, failed, sender };
            if failed.get().is_some() {
                continue;
            }
            if let Err(source) = bundle.work(job, &mut worker) {
                let number = bundle.number();
                let _ = failed.set(RunError::Bundle { number, source });
            }
            hashed.fetch_add(job.hashes(), Ordering::Relaxed);
        }
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

/// Makes all bundles of a run that are not done by an earlier process; gives the list of all, and how many hashes were verified.
pub(super) fn bundles<R>(
    plan: &Plan,
    (run, mut done): (RunId, Vec<ListedBundle>),
    stop: &Stop,
    workers: Vec<Worker<'_>>,
    random: &mut Random<R>,
    journal: &mut Journal,
    report: &mut dyn FnMut(RunEvent),
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
    let failed = Failed::new();
    let (sender, receiver) = mpsc::channel::<u32>();
    let mut verified = 0;
    let left_at_stop = LEFT_AT_STOP.saturating_mul(workers.len());
    thread::scope(|scope| {
        let close = CloseOnDrop(&queue);
        let workers: Vec<_> = workers
            .into_iter()
            .map(|worker| {
                let (queue, hashed, failed, sender) = (&queue, &hashed, &failed, sender.clone());
                scope.spawn(move || work(worker, queue, hashed, failed, &sender))
            })
            .collect();
        drop(sender);
        let mut coordinator = Coordinator {
            plan,
            queue: &queue,
            hashed: &hashed,
            failed: &failed,
            in_hand: VecDeque::new(),
            left_at_stop,
            stopping: false,
        };
        let mut give = |random: &mut Random<R>| {
            let Some((number, holders)) = to_do.next()? else { return Ok(None) };
            let bundle = Bundle::draw(plan, run, number, holders, random);
            bundle.map(Some).map_err(|error| RunError::Random(error.to_string()))
        };
        let ended = loop {
            match coordinator.next(&receiver, stop, done.len(), &mut || give(random), report) {
                Ok(Some(bundle)) => {
                    let number = bundle.number();
                    match folder::commit(plan.out(), &bundle, journal) {
                        Ok(listed) => done.push(listed),
                        Err(BundleError::File(error)) => break Err(RunError::File(error)),
                        Err(source) => break Err(RunError::Bundle { number, source }),
                    }
                    verified += bundle.verified();
                    report(RunEvent::Progress { hashes: hashed.load(Ordering::Relaxed) });
                    report(RunEvent::BundleDone { number, cards: bundle.len() });
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if let Err(error) = ended {
            // So that nobody hashes what will be thrown away.
            let _ = failed.set(error);
        }
        drop(close);
        for worker in workers {
            if worker.join().is_err() {
                let _ = failed.set(RunError::WorkerDied);
            }
        }
    });
    failed.into_inner().map_or(Ok((done, verified)), Err)
}

/// Hands bundles out and takes them back.
struct Coordinator<'c, 'p> {
    plan: &'p Plan,
    queue: &'c Queue<'p>,
    hashed: &'c AtomicU64,
    failed: &'c Failed,
    in_hand: VecDeque<Arc<Bundle<'p>>>,
    /// Jobs that a bundle may have left to be finished when the run is asked to stop.
    left_at_stop: usize,
    stopping: bool,
}

impl<'p> Coordinator<'_, 'p> {
    /// The next bundle of which all work is done; `None` when there is none any more, also
    /// after a failure.
    fn next(
        &mut self,
        receiver: &Receiver<u32>,
        stop: &Stop,
        done: usize,
        draw: &mut dyn FnMut() -> Result<Option<Bundle<'p>>, RunError>,
        report: &mut dyn FnMut(RunEvent),
    ) -> Result<Option<Arc<Bundle<'p>>>, RunError> {
        while self.in_hand.len() < IN_HAND && !self.stopping {
            let Some(bundle) = draw()? else { break };
            let bundle = Arc::new(bundle);
            self.in_hand.push_back(Arc::clone(&bundle));
            self.queue.push(bundle);
        }
        let of = self.plan.bundles();
        let stopped = || RunError::Stopped { done: u32::try_from(done).unwrap_or(u32::MAX), of };
        loop {
            if stop.is_asked() && !self.stopping {
                self.stopping = true;
                self.in_hand.retain(|bundle| !bundle.abandon(self.left_at_stop));
                if !self.in_hand.is_empty() {
                    report(RunEvent::Stopping { bundles: self.in_hand.len() });
                }
            }
            if self.in_hand.is_empty() {
                return if done == of as usize { Ok(None) } else { Err(stopped()) };
            }
            if stop.is_urgent() {
                return Err(stopped());
            }
            let received = receiver.recv_timeout(TICK);
            if self.failed.get().is_some() {
                // Jobs are only counted off now.
                return Ok(None);
            }
            match received {
                Ok(number) => {
                    let place = self.in_hand.iter().position(|bundle| bundle.number() == number);
                    if let Some(bundle) = place.and_then(|place| self.in_hand.remove(place)) {
                        return Ok(Some(bundle));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    report(RunEvent::Progress { hashes: self.hashed.load(Ordering::Relaxed) });
                }
                Err(RecvTimeoutError::Disconnected) => return Err(RunError::WorkerDied),
            }
        }
    }
}
