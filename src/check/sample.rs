//! Which cards of a large run are looked at.

use std::collections::BinaryHeap;

use sha2::{Digest, Sha256};

/// So many cards, drawn by lot.
///
/// The caller brings the randomness, so that a check can be repeated and tested; whoever made
/// the run must not know it beforehand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sample {
    /// How many cards.
    pub cards: usize,
    /// Where the lot comes from: 32 bytes of the operating system's generator.
    pub seed: [u8; 32],
}

impl Sample {
    /// The places of the cards to look at out of `total`, ascending, the first card being 0.
    ///
    /// Every card gets a lot, the first 8 bytes of the SHA-256 of seed and place, and the
    /// lowest lots are taken; so each set of cards is as likely as any other.
    #[must_use]
    pub(super) fn draw(&self, total: u64) -> Vec<u64> {
        let lot = |place: u64| {
            let digest = Sha256::new().chain_update(self.seed).chain_update(place.to_le_bytes());
            let digest = digest.finalize();
            digest.iter().take(8).fold(0_u64, |lot, byte| lot << 8 | u64::from(*byte))
        };
        // The lowest so far, the highest of them on top; no more are kept than are asked for.
        let mut lots: BinaryHeap<(u64, u64)> = BinaryHeap::new();
        for place in 0..total {
            let drawn = (lot(place), place);
            if lots.len() < self.cards {
                lots.push(drawn);
            } else if let Some(mut highest) = lots.peek_mut()
                && drawn < *highest
            {
                *highest = drawn;
            }
        }
        let mut places: Vec<u64> = lots.into_iter().map(|(_, place)| place).collect();
        places.sort_unstable();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_as_many_cards_as_asked_for_and_none_twice() {
        for (cards, total, drawn) in [(0, 5, 0), (3, 5, 3), (5, 5, 5), (9, 5, 5), (3, 0, 0)] {
            let places = Sample { cards, seed: [7; 32] }.draw(total);
            assert_eq!(places.len(), drawn);
            assert!(places.is_sorted_by(|a, b| a < b), "ascending, none twice");
            assert!(places.iter().all(|place| *place < total));
        }
    }

    #[test]
    fn every_card_is_drawn_as_often_as_any_other() {
        let mut counts = [0_u32; 10];
        for seed in 0..=255_u8 {
            for second in 0..8_u8 {
                let mut bytes = [seed; 32];
                bytes[0] = second;
                for place in (Sample { cards: 3, seed: bytes }).draw(10) {
                    counts[usize::try_from(place).unwrap()] += 1;
                }
            }
        }
        // 2048 draws of 3 in 10: 614.4 each, with a deviation of 20.7.
        assert!(counts.iter().all(|count| (520..=710).contains(count)), "{counts:?}");
    }
}
