//! Unbiased symbols out of a cryptographic generator.

use rand::TryCryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes asked of the generator at a time: about what one token takes, so that the operating
/// system's generator is called once or twice a token rather than once a symbol.
const POOL: usize = 512;

/// A generator with a pool of its bytes; each byte is used once and wiped.
pub struct Random<R> {
    generator: R,
    pool: Pool,
}

#[derive(Zeroize, ZeroizeOnDrop)]
struct Pool {
    bytes: Box<[u8; POOL]>,
    used: usize,
}

impl<R: TryCryptoRng> Random<R> {
    /// Takes a generator; the shipped program passes `rand::rngs::SysRng`.
    pub fn new(generator: R) -> Self {
        Self { generator, pool: Pool { bytes: Box::new([0; POOL]), used: POOL } }
    }

    /// A number below `bound` (1 to 256), each equally likely: bytes past the last whole
    /// multiple of `bound` are thrown away.
    pub(super) fn below(&mut self, bound: usize) -> Result<usize, R::Error> {
        debug_assert!((1..=256).contains(&bound));
        let fair = 256 - 256 % bound;
        loop {
            let byte = usize::from(self.byte()?);
            if byte < fair {
                return Ok(byte % bound);
            }
        }
    }

    /// A place in a list of `length` things, each equally likely.
    ///
    /// # Errors
    /// What the generator says when it fails.
    pub fn place(&mut self, length: u32) -> Result<u32, R::Error> {
        let length = length.max(1);
        // The draws below the remainder of 2^32 would make the first places likelier.
        let unfair = length.wrapping_neg() % length;
        loop {
            let mut draw = 0;
            for _ in 0..4 {
                draw = draw << 8 | u32::from(self.byte()?);
            }
            if draw >= unfair {
                return Ok(draw % length);
            }
        }
    }

    /// Fills a salt.
    ///
    /// # Errors
    /// What the generator says when it fails.
    pub fn salt(&mut self) -> Result<[u8; 16], R::Error> {
        let mut salt = [0; 16];
        for byte in &mut salt {
            *byte = self.byte()?;
        }
        Ok(salt)
    }

    fn byte(&mut self) -> Result<u8, R::Error> {
        if self.pool.used == POOL {
            self.generator.try_fill_bytes(&mut self.pool.bytes[..])?;
            self.pool.used = 0;
        }
        let byte = std::mem::take(&mut self.pool.bytes[self.pool.used]);
        self.pool.used += 1;
        Ok(byte)
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;

    /// Pearson's statistic of a million draws stays under the 99.9 % quantile of the
    /// chi-square distribution, by Wilson and Hilferty's approximation.
    fn assert_uniform(bound: usize, seed: u64) {
        const DRAWS: u32 = 1_000_000;
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(seed));
        let mut counts = vec![0_u32; bound];
        for _ in 0..DRAWS {
            counts[random.below(bound).unwrap()] += 1;
        }
        let expected = f64::from(DRAWS) / bound as f64;
        let statistic: f64 =
            counts.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
        let degrees = (bound - 1) as f64;
        let spread = 2.0 / (9.0 * degrees);
        let quantile = degrees * (1.0 - spread + 3.0902 * spread.sqrt()).powi(3);
        assert!(statistic < quantile, "{bound} symbols: {statistic:.1} is over {quantile:.1}");
    }

    #[test]
    fn a_million_symbols_are_uniform_by_chi_square() {
        assert_uniform(23, 1);
    }

    #[test]
    fn alphabets_of_other_sizes_are_uniform_too() {
        for (bound, seed) in [(2, 2), (10, 3), (20, 4), (29, 5), (36, 6)] {
            assert_uniform(bound, seed);
        }
    }

    #[test]
    fn every_place_is_drawn_and_none_outside() {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(8));
        for length in [1, 2, 24, 6000] {
            let mut seen = vec![false; length as usize];
            for _ in 0..length * 20 {
                seen[random.place(length).unwrap() as usize] = true;
            }
            assert!(seen.iter().all(|seen| *seen), "{length}");
        }
    }

    #[test]
    fn a_byte_is_used_once_and_wiped() {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(9));
        random.salt().unwrap();
        assert_eq!(random.pool.bytes[..16], [0; 16]);
        assert_ne!(random.pool.bytes[16..32], [0; 16]);
        assert_ne!(random.salt().unwrap(), random.salt().unwrap());
    }
}
