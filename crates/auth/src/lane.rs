//! Lanes: what an act on a holder touches, and what outgrows one machine.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The lane of a row, and the first column of its key: the first byte of SHA-256 of the row's root
/// key, or the office's.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Lane(u16);

impl Lane {
    /// What belongs to no holder.
    pub const OFFICE: Self = Self(256);
    /// How many there are, the office's among them.
    pub const COUNT: u16 = 257;

    /// The lane of a root key: a holder, and for some tables something else.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes())[0].into())
    }

    /// A lane by its number, 0 to 256.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number < Self::COUNT { Some(Self(number)) } else { None }
    }

    /// The lanes of holders, in order.
    pub fn of_holders() -> impl DoubleEndedIterator<Item = Self> + Clone {
        (0..Self::OFFICE.0).map(Self)
    }

    /// All lanes, in order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + Clone {
        (0..Self::COUNT).map(Self)
    }

    /// Its number, 0 to 256.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_the_first_byte_of_the_keys_sha_256() {
        // printf 4711 | sha256sum
        assert_eq!(Lane::of("4711").number(), 0xde);
        assert_eq!(Lane::of("").number(), 0xe3);
        assert_eq!(Lane::new(257), None);
        assert_eq!(Lane::of_holders().count(), 256);
        assert_eq!(Lane::all().last(), Some(Lane::OFFICE));
    }
}
