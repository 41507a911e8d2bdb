//! One machine's part of a run that several machines share.
//!
//! Which part a holder is in follows from the id alone, so the parts are disjoint and complete
//! in whatever order the holders stand and on whatever machine they are read.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::holder::HolderId;

/// Parts that a run can have.
pub const MAX_SHARDS: u32 = 10_000;

/// Which part: the third of eight is `3/8`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    of: u32,
}

/// A text names no part of a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a shard is written as 3/8, the third of eight, of at most {MAX_SHARDS}")]
pub struct ShardError;

impl Shard {
    /// Makes a part of its number, from 1, and of how many there are.
    ///
    /// # Errors
    /// [`ShardError`] when there is no such part.
    pub fn new(index: u32, of: u32) -> Result<Self, ShardError> {
        let is_one = (1..=of).contains(&index) && of <= MAX_SHARDS;
        if is_one { Ok(Self { index, of }) } else { Err(ShardError) }
    }

    /// Its number, from 1.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether a holder is in this part: the first eight bytes of the SHA-256 of the id, read as
    /// a number with the highest byte first, modulo the number of parts, plus one.
    #[must_use]
    pub fn has(self, id: &HolderId) -> bool {
        let digest = Sha256::digest(id.as_str());
        let number = digest[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.index - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (index, of) = text.split_once('/').ok_or(ShardError)?;
        let number = |text: &str| text.parse().map_err(|_| ShardError);
        Self::new(number(index)?, number(of)?)
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_shard_is_one_that_there_is() {
        assert_eq!("3/8".parse(), Shard::new(3, 8));
        for text in ["", "3", "0/8", "9/8", "3/0", "-1/8", "3/8/9", "1/10001", "+ 1/2", "a/b"] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError), "{text}");
        }
    }

    #[test]
    fn the_part_of_a_holder_is_the_documented_one() {
        // printf '%s' 4712 | sha256sum | cut -c-16, modulo 8, plus one.
        let id = HolderId::new("4712").unwrap();
        let part = (1..=8).find(|index| Shard::new(*index, 8).unwrap().has(&id));
        assert_eq!(part, Some(2));
    }

    proptest! {
        #[test]
        fn each_holder_is_in_one_part(id in "[0-9a-zé.-]{1,20}", of in 1_u32..50) {
            let id = HolderId::new(&id).unwrap();
            let parts = (1..=of).filter(|index| Shard::new(*index, of).unwrap().has(&id));
            prop_assert_eq!(parts.count(), 1);
        }
    }

    #[test]
    fn parts_are_of_like_size() {
        let ids: Vec<_> = (0..8000).map(|n| HolderId::new(&format!("{n}")).unwrap()).collect();
        for index in 1..=8 {
            let shard = Shard::new(index, 8).unwrap();
            let count = ids.iter().filter(|id| shard.has(id)).count();
            assert!((850..=1150).contains(&count), "{shard}: {count}");
        }
    }
}
