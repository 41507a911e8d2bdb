//! What lines say: several threads share them, for who imports a run waits for that.

use std::{num::NonZeroUsize, panic, thread};

use super::{fault::Why, lines::Numbered};
use crate::{files::Sha256Digest, record::Record};

/// A record, and the SHA-256 of the line that this program writes of it.
pub(super) type Parsed = (Record, Sha256Digest);

/// Each line's record or what is wrong with it, in the order of the lines.
pub(super) fn parsed(
    mut lines: Vec<Numbered<String>>,
    threads: NonZeroUsize,
) -> Vec<Numbered<Parsed>> {
    let share = lines.len().div_ceil(threads.get());
    thread::scope(|scope| {
        let mut others = Vec::new();
        while lines.len() > share {
            let part = lines.split_off(lines.len() - share);
            others.push(scope.spawn(move || each(part)));
        }
        let mut all = each(lines);
        for other in others.into_iter().rev() {
            all.extend(other.join().unwrap_or_else(|payload| panic::resume_unwind(payload)));
        }
        all
    })
}

fn each(lines: Vec<Numbered<String>>) -> Vec<Numbered<Parsed>> {
    lines.into_iter().map(|(number, text)| (number, text.and_then(|text| record(&text)))).collect()
}

fn record(line: &str) -> Result<Parsed, Why> {
    let record = Record::from_line(line).map_err(Why::Record)?;
    let written = record.to_line().map_err(Why::Record)?;
    Ok((record, Sha256Digest::of(written.as_bytes())))
}
