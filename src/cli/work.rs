//! A plan carried out and told of.

use std::{num::NonZeroUsize, panic::resume_unwind, thread, time::Instant};

use rand::rngs::SysRng;
use tokenkaart::run::{self, FolderState, Plan, RunEvent, Summary, WorkOptions};
use tokenkaart_terminal::{Failure, Progress, count, duration, grouped};
use tokenkaart_token::{
    hash::{CodeHasher, Scheme},
    shell::shown,
    token::{CodeFormat, Position, Random},
};

use super::{remedy, run_options::RunOptions, signal::stop_on_signal, summary};

/// Runs of more hashes a thread than this are told how long they will take.
const LONG_RUN_HASHES: u64 = 1200;

/// Makes a run and tells how it goes; `found` is what was at the path of its folder.
pub(super) fn carry_out(
    plan: &Plan,
    found: FolderState,
    options: &RunOptions,
    progress: &mut Progress,
) -> Result<Summary, Failure> {
    let RunOptions { report, resume, .. } = options;
    let threads = options.threads.number();
    let (out, scheme) = (plan.out(), plan.parameters().scheme);
    let begun = Instant::now();
    let stop = stop_on_signal();
    let work = WorkOptions { threads, resume: *resume, process: std::process::id(), stop: &stop };
    let mut random = Random::new(SysRng);
    let summary = run::issue(plan, work, &mut random, &mut |event| match event {
        RunEvent::Started { cards, cards_done, bundles_done, bundles } => {
            if bundles_done > 0 {
                progress.line(&format!(
                    "{} of {bundles} bundles are done already",
                    grouped(u64::from(bundles_done)),
                ));
            }
            tell_duration(cards - cards_done, scheme, threads, progress);
            progress.start(cards, "cards", cards_done);
        }
        RunEvent::Progress { hashes } => progress.at(hashes / u64::from(Position::MAX)),
        RunEvent::BundleDone { number, cards } if plan.bundles() > 1 => {
            progress.done(number, plan.bundles(), cards);
        }
        RunEvent::Stopping { bundles } => progress.line(&format!(
            "stopping when {} in hand {} done; once more stops at once",
            count(bundles as u64, "bundle", "bundles"),
            if bundles == 1 { "is" } else { "are" },
        )),
        _ => {}
    });
    progress.finish();
    let summary = summary.map_err(|error| remedy::stopped(out, error))?;
    if found == FolderState::Finished {
        progress.line(&format!("{} was finished already; nothing was done", shown(out)));
    }
    let seconds = begun.elapsed().as_secs_f64();
    report
        .tell(|| summary::in_words(out, &summary), || summary::as_json(out, &summary, seconds))?;
    Ok(summary)
}

/// Says how long a long run will take, by a few hashes of nothing.
fn tell_duration(cards: u64, scheme: Scheme, threads: NonZeroUsize, progress: &Progress) {
    let of_each = cards * u64::from(Position::MAX) / threads.get() as u64;
    if of_each < LONG_RUN_HASHES {
        return;
    }
    // If it can't be told, the run itself will say why.
    let Ok(seconds) = seconds_of_a_hash(scheme, threads) else { return };
    progress.line(&format!(
        "{}: about {} on {}",
        count(cards, "card", "cards"),
        duration(of_each as f64 * seconds),
        count(threads.get() as u64, "core", "cores"),
    ));
}

/// What a hash takes while all threads make some, for they share caches and memory.
fn seconds_of_a_hash(scheme: Scheme, threads: NonZeroUsize) -> Result<f64, Failure> {
    const TRIED: u8 = 3;
    let work = || {
        let nothing = CodeFormat::federal().read("BBBBBB")?;
        let mut hasher = CodeHasher::new(scheme, None)?;
        // The first hash also has the system fetch the memory.
        hasher.hash(&nothing, &[0; 16])?;
        let begun = Instant::now();
        for salt in 0..TRIED {
            hasher.hash(&nothing, &[salt; 16])?;
        }
        Ok(begun.elapsed().as_secs_f64() / f64::from(TRIED))
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.get()).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_fold(0.0, |slowest: f64, worker| {
            let seconds: Result<f64, Failure> =
                worker.join().unwrap_or_else(|panic| resume_unwind(panic));
            seconds.map(|seconds| slowest.max(seconds))
        })
    })
}
