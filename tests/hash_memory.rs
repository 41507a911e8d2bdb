//! What is left in memory after hashing, read as the kernel shows it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::{fs, os::unix::fs::FileExt};

use tokenkaart_token::{
    hash::{CodeHasher, Pepper, Scheme},
    token::CodeFormat,
};
use zeroize::Zeroizing;

/// Odd enough that no other mapping has this size.
const M_KIB: u32 = 20_484;

/// The only mapping of about this size: the hasher's memory.
fn arena() -> Vec<u8> {
    let size = M_KIB as usize * 1024;
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let found: Vec<u64> = maps
        .lines()
        .filter_map(|line| {
            let (from, to) = line.split_whitespace().next()?.split_once('-')?;
            let from = u64::from_str_radix(from, 16).ok()?;
            let to = u64::from_str_radix(to, 16).ok()?;
            (to - from == size as u64 && line.contains("rw-p")).then_some(from)
        })
        .collect();
    assert_eq!(found.len(), 1, "one mapping of {size} bytes:\n{maps}");
    let mut bytes = vec![0; size];
    fs::File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, found[0]).unwrap();
    bytes
}

#[test]
fn a_wiped_hasher_keeps_nothing_of_what_it_hashed() {
    let scheme = Scheme::argon2id(M_KIB, 2, 1).unwrap();
    let format = CodeFormat::federal();
    let pepper = Pepper::new(Zeroizing::new(vec![9; 32])).unwrap();
    let mut wiped = Vec::new();
    for (typed, pepper) in [("BCDFGH", None), ("ZXWVTS", Some(&pepper))] {
        let mut hasher = CodeHasher::new(scheme, pepper).unwrap();
        hasher.hash(&format.read(typed).unwrap(), &[5; 16]).unwrap();
        let before = arena();
        hasher.wipe();
        let after = arena();
        let kept = before.chunks(1024).zip(after.chunks(1024)).filter(|(a, b)| a == b).count();
        assert_eq!(kept, 0, "blocks that outlived the wipe");
        wiped.push(after);
    }
    // Whatever the code, the pepper and the passes, the same is left.
    assert!(wiped[0] == wiped[1]);
}
