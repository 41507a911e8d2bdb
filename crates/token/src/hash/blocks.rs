//! The memory that hashes are verified in.

use std::{collections::TryReserveError, fmt};

use argon2::Block;
use zeroize::Zeroize as _;

/// The memory that Argon2 fills to verify a hash. To take it from the system, page by page, costs a
/// third of a default hash, so one [`Verifier`](super::Verifier) may hand it to the next. What a hash
/// leaves in it the next one overwrites; it is wiped when it is dropped.
#[derive(Default)]
pub struct Blocks(Vec<Block>);

impl Blocks {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How much it is, in KiB.
    #[must_use]
    pub const fn kib(&self) -> usize {
        // A block is one, by RFC 9106 §3.2.
        self.0.len()
    }

    /// So many of them. Wipes the memory before it takes more, so that nothing is left in what it
    /// gives back.
    ///
    /// # Errors
    /// When the system gives none.
    pub(super) fn first(&mut self, count: usize) -> Result<&mut [Block], TryReserveError> {
        if self.0.len() < count {
            *self = Self::new();
            self.0.try_reserve_exact(count)?;
            self.0.resize_with(count, Block::new);
        }
        Ok(&mut self.0[..count])
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blocks({} KiB)", self.kib())
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Block::zeroize);
    }
}
