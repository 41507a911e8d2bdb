//! What is known of each letter of a run, in some bits.

use tokenkaart_token::run_files::manifest::Manifest;

/// A letter by its run's place in the list of runs, from 0, and its own in the run, from 1.
pub(super) type LetterPlace = (usize, u64);

/// What became of a letter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LetterState {
    /// Nobody saw it.
    Missing,
    /// Each of its pages that was read was read once.
    Good,
    /// A page of it was read as good more than once.
    Double,
    /// Somebody said so, whether it was read as good too or not.
    Spoilt,
    /// Somebody said something of it that isn't understood.
    Unclear,
}

impl LetterState {
    /// What it is called in lists.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Good => "good",
            Self::Double => "double",
            Self::Spoilt => "spoilt",
            Self::Unclear => "unclear",
        }
    }
}

/// The letters of a run, numbered from 1, and their pages.
pub(super) struct LetterStates {
    pages: u64,
    /// Of each page.
    good: Bits,
    /// Of each letter.
    again: Bits,
    spoilt: Bits,
    unclear: Bits,
}

impl LetterStates {
    /// The letters of a run; none when its manifest counts others than its bundles have, or more
    /// than there is memory for.
    pub(super) fn of(manifest: &Manifest) -> Option<Self> {
        let records = manifest.bundles.iter().map(|bundle| u64::from(bundle.records.records));
        let is_counted = records.sum::<u64>() == manifest.holders;
        if is_counted { Self::new(manifest.holders, manifest.pages_per_card) } else { None }
    }

    fn new(letters: u64, pages: u32) -> Option<Self> {
        let pages = u64::from(pages.max(1));
        let of_letters = || Bits::new(letters);
        let (again, spoilt, unclear) = (of_letters()?, of_letters()?, of_letters()?);
        let good = Bits::new(letters.checked_mul(pages)?)?;
        Some(Self { pages, good, again, spoilt, unclear })
    }

    /// A page of a letter, from 1, was read as good; says whether the letter is double by that,
    /// and was not before.
    pub(super) fn good(&mut self, letter: u64, page: u64) -> bool {
        self.good.set((letter - 1) * self.pages + page) && !self.again.set(letter)
    }

    /// A letter is spoilt; says whether that is new.
    pub(super) fn spoilt(&mut self, letter: u64) -> bool {
        !self.spoilt.set(letter)
    }

    /// It isn't understood how a letter is; says whether that is new.
    pub(super) fn unclear(&mut self, letter: u64) -> bool {
        !self.unclear.set(letter)
    }

    /// Whether a page of it was read as good.
    pub(super) fn is_good(&self, letter: u64) -> bool {
        // Cameras may read the first pages alone, or others too.
        (1..=self.pages).any(|page| self.good.get((letter - 1) * self.pages + page))
    }

    pub(super) fn state(&self, letter: u64) -> LetterState {
        if self.again.get(letter) {
            LetterState::Double
        } else if self.spoilt.get(letter) {
            LetterState::Spoilt
        } else if self.unclear.get(letter) {
            LetterState::Unclear
        } else if self.is_good(letter) {
            LetterState::Good
        } else {
            LetterState::Missing
        }
    }
}

/// So many bits, numbered from 1.
struct Bits(Vec<u64>);

impl Bits {
    /// None where there is not so much memory.
    fn new(bits: u64) -> Option<Self> {
        let words = usize::try_from(bits.div_ceil(64)).ok()?;
        let mut bits = Vec::new();
        bits.try_reserve_exact(words).ok()?;
        bits.resize(words, 0);
        Some(Self(bits))
    }

    /// Where a bit is: its word, and a mask.
    fn place(number: u64) -> (usize, u64) {
        let index = number - 1;
        (usize::try_from(index / 64).unwrap_or(usize::MAX), 1 << (index % 64))
    }

    fn get(&self, number: u64) -> bool {
        let (word, mask) = Self::place(number);
        self.0.get(word).is_some_and(|word| word & mask != 0)
    }

    /// Sets a bit; says whether it was set before.
    fn set(&mut self, number: u64) -> bool {
        let (word, mask) = Self::place(number);
        let Some(word) = self.0.get_mut(word) else { return false };
        let was = *word & mask != 0;
        *word |= mask;
        was
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_is_counted_by_itself() {
        for pages in [1, 2] {
            let mut letters = LetterStates::new(130, pages).unwrap();
            assert!((1..=130).all(|letter| letters.state(letter) == LetterState::Missing));
            for letter in (1..=130).filter(|letter| letter % 3 != 0) {
                assert!(!letters.good(letter, u64::from(pages)));
            }
            assert!(letters.good(64, u64::from(pages)));
            assert!(!letters.good(64, u64::from(pages)), "it is double already");
            for letter in [65, 66] {
                assert!(letters.spoilt(letter));
                assert!(!letters.spoilt(letter));
            }
            for letter in [64, 65, 67, 69] {
                assert!(letters.unclear(letter));
                assert!(!letters.unclear(letter));
            }
            let expected = |letter| match letter {
                64 => LetterState::Double,
                65 | 66 => LetterState::Spoilt,
                67 | 69 => LetterState::Unclear,
                letter if letter % 3 == 0 => LetterState::Missing,
                _ => LetterState::Good,
            };
            for letter in 1..=130 {
                assert_eq!(letters.state(letter), expected(letter), "{letter} of {pages}");
            }
            assert!(letters.is_good(65) && !letters.is_good(66));
        }
    }

    #[test]
    fn two_pages_of_a_letter_are_no_two_letters() {
        let mut letters = LetterStates::new(2, 2).unwrap();
        assert!(!letters.good(1, 1) && !letters.good(1, 2));
        assert_eq!(letters.state(1), LetterState::Good);
        assert!(letters.good(1, 2));
        assert_eq!(letters.state(1), LetterState::Double);
        assert_eq!(letters.state(2), LetterState::Missing);
    }
}
