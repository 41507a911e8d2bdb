//! The serial: the public number of a token, printed on the card.

use std::{fmt, str::FromStr};

use rand::TryCryptoRng;
use serde::{Deserialize, Serialize};

use super::{Alphabet, Random};

/// Symbols of a serial that are random: 15 out of 23, 67.8 bits, so that two of a million
/// million tokens share one with a chance of about one in five hundred.
const RANDOM_SYMBOLS: usize = 15;
const LENGTH: usize = RANDOM_SYMBOLS + 1;
const GROUP: usize = 4;

/// A token's public number: 16 symbols without look-alikes in four groups, as `K7M2-P9RT-3XYV-4CDX`.
///
/// The last symbol is a check symbol (a weighted sum modulo 23, as in codes), so that a slip
/// at an operator's keyboard never names somebody else's token.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial([u8; LENGTH]);

/// A text is no serial.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a serial has 16 symbols in four groups, like K7M2-P9RT-3XYV-4CDX, and its last symbol fits the others"
)]
pub struct SerialError;

impl Serial {
    /// Draws a serial.
    pub(super) fn draw<R: TryCryptoRng>(random: &mut Random<R>) -> Result<Self, R::Error> {
        let symbols = Alphabet::DEFAULT.as_bytes();
        let mut values = [0; RANDOM_SYMBOLS];
        for value in &mut values {
            *value = random.below(symbols.len())?;
        }
        let mut serial = [0; LENGTH];
        for (symbol, value) in serial.iter_mut().zip(values) {
            *symbol = symbols[value];
        }
        serial[RANDOM_SYMBOLS] = check_symbol(&values);
        Ok(Self(serial))
    }
}

impl Serial {
    /// Bytes of a serial where many are kept.
    pub const PACKED: usize = 9;

    /// The serial in few bytes; its check symbol follows from the others.
    #[must_use]
    pub fn packed(&self) -> [u8; Self::PACKED] {
        let symbols = Alphabet::DEFAULT;
        let number = self.0[..RANDOM_SYMBOLS].iter().fold(0_u128, |number, symbol| {
            let value = symbols.find(char::from(*symbol)).unwrap_or_default();
            number * symbols.len() as u128 + value as u128
        });
        // 23^15 is below 2^68, so the first seven of 16 bytes are zeros.
        let mut packed = [0; Self::PACKED];
        packed.copy_from_slice(&number.to_be_bytes()[16 - Self::PACKED..]);
        packed
    }

    /// The serial that was packed so.
    #[must_use]
    pub fn unpacked(packed: [u8; Self::PACKED]) -> Self {
        let symbols = Alphabet::DEFAULT.as_bytes();
        let mut number = packed.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        let mut values = [0; RANDOM_SYMBOLS];
        for value in values.iter_mut().rev() {
            let size = symbols.len() as u128;
            // A remainder of 23.
            *value = usize::try_from(number % size).unwrap_or_default();
            number /= size;
        }
        let mut serial = [check_symbol(&values); LENGTH];
        for (symbol, value) in serial.iter_mut().zip(values) {
            *symbol = symbols[value];
        }
        Self(serial)
    }
}

/// The symbol that makes the sum of value times place a multiple of 23: since the last
/// weight is 16, and 16 × 13 ≡ 1 (mod 23), it is −13 times the sum of the others.
fn check_symbol(values: &[usize; RANDOM_SYMBOLS]) -> u8 {
    let symbols = Alphabet::DEFAULT.as_bytes();
    let sum: usize = values.iter().zip(1..).map(|(value, weight)| value * weight).sum();
    symbols[(symbols.len() - sum % symbols.len()) * 13 % symbols.len()]
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, symbol) in self.0.iter().enumerate() {
            if index > 0 && index % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*symbol))?;
        }
        Ok(())
    }
}

impl FromStr for Serial {
    type Err = SerialError;

    /// Reads a serial in any case, with or without its hyphens.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut symbols = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let mut values = [0; RANDOM_SYMBOLS];
        let mut serial = [0; LENGTH];
        for (index, slot) in serial.iter_mut().enumerate() {
            let symbol = symbols.next().ok_or(SerialError)?.to_ascii_uppercase();
            let value = Alphabet::DEFAULT.find(symbol).ok_or(SerialError)?;
            if let Some(place) = values.get_mut(index) {
                *place = value;
            }
            *slot = Alphabet::DEFAULT.as_bytes()[value];
        }
        if symbols.next().is_some() || serial[RANDOM_SYMBOLS] != check_symbol(&values) {
            return Err(SerialError);
        }
        Ok(Self(serial))
    }
}

impl TryFrom<String> for Serial {
    type Error = SerialError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Serial> for String {
    fn from(serial: Serial) -> Self {
        serial.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;

    #[test]
    fn a_serial_is_read_back_as_printed_and_as_typed() {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(3));
        for _ in 0..1000 {
            let serial = Serial::draw(&mut random).unwrap();
            let printed = serial.to_string();
            assert_eq!(printed.len(), 19);
            assert_eq!(printed.parse(), Ok(serial.clone()));
            assert_eq!(Serial::unpacked(serial.packed()), serial);
            assert_eq!(printed.replace('-', " ").to_lowercase().parse(), Ok(serial));
        }
    }

    #[test]
    fn a_mistyped_serial_names_no_token() {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(4));
        let printed = Serial::draw(&mut random).unwrap().to_string();
        for (index, right) in printed.char_indices().filter(|(_, c)| *c != '-') {
            for wrong in Alphabet::DEFAULT.chars().filter(|wrong| *wrong != right) {
                let mut typed = printed.clone();
                typed.replace_range(index..=index, &wrong.to_string());
                assert_eq!(typed.parse::<Serial>(), Err(SerialError));
            }
        }
        for text in ["", "K7M2", &format!("{printed}2"), &printed.replace('-', "é")] {
            assert_eq!(text.parse::<Serial>(), Err(SerialError), "{text}");
        }
    }

    #[test]
    fn serials_do_not_repeat() {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(5));
        let mut seen = HashSet::new();
        for _ in 0..100_000 {
            assert!(seen.insert(Serial::draw(&mut random).unwrap()));
        }
    }
}
