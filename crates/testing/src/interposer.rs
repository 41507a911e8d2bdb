//! What stands between the program and the system: a library that is loaded first, and fails or kills
//! where it is told to.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Builds one of a C source into a folder.
#[track_caller]
pub fn build(folder: &Path, source: &str) -> PathBuf {
    let library = folder.join("interposer.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    library
}

/// Does something for every number up to `count`, on two threads.
pub fn for_each(count: usize, act: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(1);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number > count {
                        return;
                    }
                    act(number);
                }
            });
        }
    });
}
