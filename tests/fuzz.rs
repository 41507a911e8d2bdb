//! Every reader of outside bytes under inputs that nobody would write.
//!
//! Each target takes the files of its corpus and of a fresh run, changes them by lot, and holds
//! what comes of it to what the target promises: it ends, it doesn't panic, it takes a bounded
//! memory, what it accepts is read back the same, and what it refuses is told with its place.
//! The lot is the same each time. `benches/fuzz.sh` draws more of it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what can't be done is a failed test")]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "benches/fuzz.sh shows what each target did"
)]

mod fuzz {
    mod found;
    mod keys;
    mod lists;
    pub(crate) mod mutate;
    mod paper;
    mod readers;
    mod run_files;
}

use std::{
    env, fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fuzz::mutate::{Lot, mutated};

/// Inputs a target, if the environment doesn't ask for more.
const CASES: u64 = 1500;
/// More than any input, as small as they are, may make the tests take, in MiB.
const MOST_MEMORY: u64 = 512;

/// What a target made of an input.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Read {
    Accepted,
    Refused,
}

/// The inputs that are kept for a target, by name.
pub(crate) fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A folder in memory where there is one: a target that reads files reads very many.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Gives a target its seeds and then changes of them; `words` are what its format is made of.
///
/// # Panics
/// When the target breaks a promise: the message has the target, the case and the input.
pub(crate) fn run(
    target: &str,
    seeds: &[Vec<u8>],
    words: &[&str],
    read: &mut dyn FnMut(&[u8], &mut Lot) -> Read,
) {
    let cases = env::var("FUZZ_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let (mut accepted, mut slowest) = (0, Duration::ZERO);
    for case in 0..seeds.len() as u64 + cases {
        let mut lot = Lot::new(target, case);
        let seed = usize::try_from(case).ok().and_then(|case| seeds.get(case));
        let input = seed.map_or_else(|| mutated(seeds, words, &mut lot), Clone::clone);
        let begun = Instant::now();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| read(&input, &mut lot)));
        slowest = slowest.max(begun.elapsed());
        match outcome {
            Ok(outcome) => {
                accepted += u64::from(outcome == Read::Accepted);
                let is_seed = seed.is_some();
                assert!(
                    !is_seed || outcome == Read::Accepted,
                    "{target}: seed {case} is refused: {}",
                    input.escape_ascii()
                );
            }
            Err(panic) => {
                let why = panic.downcast_ref::<String>().map_or("it panicked", String::as_str);
                panic!("{target}, case {case}: {why}\non the input {}", input.escape_ascii());
            }
        }
    }
    let peak = peak();
    assert!(peak < MOST_MEMORY, "{target}: {peak} MiB");
    println!(
        "{target}: {cases} inputs, {accepted} accepted, the slowest in {} ms, {peak} MiB",
        slowest.as_millis()
    );
}

/// The most memory that this process had at once, in MiB; 0 where the system doesn't say.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// Whether a message can be shown and says where.
#[track_caller]
pub(crate) fn assert_is_told(message: &str, place: &str) {
    assert!(!message.trim().is_empty());
    assert!(message.contains(place), "no `{place}` in: {message}");
    assert!(message.chars().all(|c| c == '\n' || !c.is_control()), "{message:?}");
    assert!(message.len() < 64 << 10, "{} bytes", message.len());
}
