//! A checkpoint: the heads of all chains at a moment, to be kept elsewhere.

use std::{fmt::Write as _, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokenkaart_token::files::{self, FileError, Sha256Digest};

use super::Head;
use crate::Lane;

/// The largest file that is read as a checkpoint, in bytes; one has about 25,000.
const MAX_FILE: u64 = 1 << 20;
/// The version of the format.
const VERSION: u32 = 1;

/// The heads of all chains at a moment, and a digest over them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    at: Timestamp,
    heads: Vec<Head>,
}

/// Why a file is no checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not the form that this program writes, or not all of it.
    #[error("this is no checkpoint of an audit, or not a whole one; take another copy")]
    Form,
    /// Its heads don't make its digest.
    #[error("the heads in it do not make the digest in it: it was changed; take another copy")]
    Digest,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    at: Timestamp,
    digest: Sha256Digest,
    /// The number and the digest of each lane's last row, the lanes in order.
    heads: Vec<(i64, Sha256Digest)>,
}

impl Checkpoint {
    /// Takes the heads of all lanes, in order.
    #[must_use]
    pub const fn new(at: Timestamp, heads: Vec<Head>) -> Self {
        Self { at, heads }
    }

    /// When it was taken.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// SHA-256 over a line for each lane in order: its number, the number of its last row and its
    /// digest, with a space between, and a line feed.
    #[must_use]
    pub fn digest(&self) -> Sha256Digest {
        digest(&self.heads)
    }

    /// The head of a lane.
    pub(super) fn head(&self, lane: Lane) -> &Head {
        &self.heads[usize::from(lane.number())]
    }

    /// The text of a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{{\"version\":{VERSION},\"at\":\"{}\",\"digest\":\"{}\",\"heads\":[\n",
            self.at,
            self.digest()
        );
        for (index, head) in self.heads.iter().enumerate() {
            let comma = if index + 1 < self.heads.len() { "," } else { "" };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "[{},\"{}\"]{comma}", head.seq, head.hash);
        }
        text.push_str("]}\n");
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        Self::from_text(&files::read_whole(path, MAX_FILE)?)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn from_text(text: &[u8]) -> Result<Self, CheckpointError> {
        let written: Written = serde_json::from_slice(text).map_err(|_| CheckpointError::Form)?;
        let is_whole = written.version == VERSION
            && written.heads.len() == usize::from(Lane::COUNT)
            && written.heads.iter().all(|(seq, _)| *seq >= 0);
        if !is_whole {
            return Err(CheckpointError::Form);
        }
        let heads = Lane::all()
            .zip(written.heads)
            .map(|(lane, (seq, hash))| Head { lane, seq, hash: hash.to_string() })
            .collect();
        let checkpoint = Self { at: written.at, heads };
        if checkpoint.digest() == written.digest {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Digest)
        }
    }
}

/// The digest over heads: see [`Checkpoint::digest`].
#[must_use]
pub fn digest(heads: &[Head]) -> Sha256Digest {
    let mut text = String::new();
    for head in heads {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} {} {}", head.lane, head.seq, head.hash);
    }
    Sha256Digest::of(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_back_and_a_changed_or_cut_one_is_refused() {
        let mut heads: Vec<Head> = Lane::all().map(Head::first).collect();
        heads[7] = Head { seq: 3, hash: "a".repeat(64), ..heads[7].clone() };
        let checkpoint = Checkpoint::new(Timestamp::UNIX_EPOCH, heads);
        let text = checkpoint.to_text();
        assert_eq!(Checkpoint::from_text(text.as_bytes()).unwrap(), checkpoint);
        let changed = text.replacen("[3,", "[4,", 1);
        let refused = |text: &str| Checkpoint::from_text(text.as_bytes()).unwrap_err();
        assert!(matches!(refused(&changed), CheckpointError::Digest));
        for text in ["", "{}", &text[..text.len() - 3], &text.replacen("[0,\"", "[-1,\"", 1)] {
            assert!(matches!(refused(text), CheckpointError::Form), "{text}");
        }
    }
}
