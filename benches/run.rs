//! What a run costs beside its hashes, in CPU time.
//!
//! `cargo bench --bench run` calls `benches/run.sh` with the program and with this one, which
//! makes bare hashes with `--hashes`. Only wrong work fails, never its time. Under `cargo test`
//! it makes a few hashes.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program to look at"
)]

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use tokenkaart_token::{
    hash::{CodeHasher, SALT_LEN, Scheme},
    token::CodeFormat,
};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--hashes", hashes, threads] => {
            println!("{}", made(hashes.parse().unwrap(), threads.parse().unwrap()));
        }
        ["--bench", ..] | [_, "--bench", ..] => {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/run.sh");
            let status = Command::new(script)
                .arg(env!("CARGO_BIN_EXE_tokenkaart"))
                .arg(env::current_exe().unwrap())
                .status()
                .unwrap();
            assert!(status.success(), "{script} failed");
        }
        _ => assert_eq!(made(5, 2), 5),
    }
}

/// Makes hashes as a run does, a code at a time to each thread that is free, and counts the
/// different ones.
fn made(hashes: u64, threads: usize) -> usize {
    let next = AtomicU64::new(0);
    let work = || {
        let code = CodeFormat::federal().read("BCDFGH").unwrap();
        let mut hasher = CodeHasher::new(Scheme::default(), None).unwrap();
        let mut texts = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= hashes {
                return texts;
            }
            let mut salt = [0; SALT_LEN];
            salt[..8].copy_from_slice(&number.to_le_bytes());
            texts.push(hasher.hash(&code, &salt).unwrap().to_string());
        }
    };
    let mut texts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    texts.sort_unstable();
    texts.dedup();
    texts.len()
}
