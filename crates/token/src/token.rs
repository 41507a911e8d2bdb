//! The token: one serial, 24 codes, and how they are drawn and read back.

mod code;
mod format;
mod random;
mod serial;

use std::fmt;

use rand::TryCryptoRng;
use serde::{Deserialize, Serialize};

pub use self::{
    code::Code,
    format::{Alphabet, CheckSymbol, CodeFormat, FormatError, MIN_BITS, Slip},
    random::Random,
    serial::{Serial, SerialError},
};

/// A code's place on its card, 1 to 24, as printed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Position(u8);

/// There is no such position on a card.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a position is a number from 1 to {}", Position::MAX)]
pub struct NoSuchPosition;

impl Position {
    /// How many codes a card carries.
    pub const MAX: u8 = 24;

    /// Returns `None` outside 1..=24; there is no position 0.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=Self::MAX).contains(&number).then_some(Self(number))
    }

    /// The number as printed.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The place in a list of 24, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize - 1
    }

    /// All 24, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=Self::MAX).map(Self)
    }
}

impl TryFrom<u8> for Position {
    type Error = NoSuchPosition;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::new(number).ok_or(NoSuchPosition)
    }
}

impl From<Position> for u8 {
    fn from(position: Position) -> Self {
        position.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One credential in the clear: its serial and its 24 codes, which wipe themselves.
pub struct Token {
    serial: Serial,
    codes: Vec<Code>,
}

impl Token {
    /// Draws a serial and 24 codes, distinct within the token.
    ///
    /// Two codes of a token are never the same, so that a code tells its position; that takes
    /// less than a hundred-thousandth of a bit from codes of [`MIN_BITS`] and more.
    ///
    /// # Errors
    /// What the generator says when it fails; nothing is made of a failed draw.
    pub fn draw<R: TryCryptoRng>(
        format: &CodeFormat,
        random: &mut Random<R>,
    ) -> Result<Self, R::Error> {
        let serial = Serial::draw(random)?;
        let mut codes: Vec<Code> = Vec::with_capacity(usize::from(Position::MAX));
        while codes.len() < usize::from(Position::MAX) {
            let code = Code::draw(format, random)?;
            if !codes.iter().any(|other| other.is_same(&code)) {
                codes.push(code);
            }
        }
        Ok(Self { serial, codes })
    }

    /// The serial, which is no secret.
    #[must_use]
    pub const fn serial(&self) -> &Serial {
        &self.serial
    }

    /// The code at a position.
    #[must_use]
    pub fn code(&self, position: Position) -> &Code {
        &self.codes[position.index()]
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;

    #[test]
    fn there_is_no_position_outside_1_to_24() {
        assert_eq!(Position::new(0), None);
        assert_eq!(Position::new(25), None);
        assert!(Position::all().map(Position::number).eq(1..=24));
        assert!(serde_json::from_str::<Position>("25").is_err());
    }

    #[test]
    fn a_token_never_holds_a_code_twice() {
        // Two symbols of two: four codes for 24 places would never end, so the smallest space
        // in which repeats are certain to be drawn is made of 6 bits.
        let format = CodeFormat::unchecked_for_tests("23456789", 2);
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(7));
        for _ in 0..200 {
            let token = Token::draw(&format, &mut random).unwrap();
            for a in Position::all() {
                for b in Position::all().filter(|b| *b > a) {
                    assert!(!token.code(a).is_same(token.code(b)));
                }
            }
        }
    }

    #[test]
    fn a_failing_generator_makes_no_token() {
        struct Broken;
        impl rand::TryRng for Broken {
            type Error = std::io::Error;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                Err(std::io::Error::other("no entropy"))
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                Err(std::io::Error::other("no entropy"))
            }
            fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
                Err(std::io::Error::other("no entropy"))
            }
        }
        impl TryCryptoRng for Broken {}
        assert!(Token::draw(&CodeFormat::default(), &mut Random::new(Broken)).is_err());
    }
}
