//! Work done on all cores, its results given to one.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

/// Does `work` for every job on as many threads as there are `states`, and gives each result
/// with its job's place to `done` on this thread, in the order in which they are ready.
pub(super) fn on_all<S: Send, J: Sync, R: Send>(
    states: &mut [S],
    jobs: &[J],
    work: impl Fn(&mut S, &J) -> R + Sync,
    mut done: impl FnMut(usize, R),
) {
    let next = AtomicUsize::new(0);
    let (next, work) = (&next, &work);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for state in states {
            let sender = sender.clone();
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(place) else { return };
                    if sender.send((place, work(state, job))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (place, result) in results {
            done(place, result);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_on_any_number_of_threads() {
        let jobs: Vec<u32> = (0..100).collect();
        for threads in [1, 2, 7, 200] {
            let mut seen = vec![0_u32; jobs.len()];
            let mut states = vec![0_usize; threads];
            on_all(
                &mut states,
                &jobs,
                |count, job| {
                    *count += 1;
                    job * 2
                },
                |place, result| {
                    assert_eq!(result, jobs[place] * 2);
                    seen[place] += 1;
                },
            );
            assert!(seen.iter().all(|times| *times == 1));
            assert_eq!(states.iter().sum::<usize>(), jobs.len());
        }
    }
}
