//! What a form calls the act that it asks for.

use std::{fmt, str::FromStr};

use rand::TryCryptoRng;
use tokenkaart_token::token::Random;

/// Hexadecimal digits of a key.
const DIGITS: usize = 32;

/// What a form calls the act that it asks for, so that one that is sent twice does it once: 128
/// random bits. It is no secret.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ActKey(String);

/// A text is no key of an act.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the key of an act has 32 hexadecimal digits in lower case")]
pub struct ActKeyError;

impl ActKey {
    /// Draws one, for a new form.
    ///
    /// # Errors
    /// The generator's.
    pub fn draw<R: TryCryptoRng>(random: &mut Random<R>) -> Result<Self, R::Error> {
        Ok(Self(format!("{:032x}", u128::from_be_bytes(random.salt()?))))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ActKey {
    type Err = ActKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == DIGITS && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ActKeyError)
        }
    }
}

impl fmt::Display for ActKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::ChaCha20Rng};

    use super::*;

    #[test]
    fn a_key_is_read_back_and_what_is_none_is_refused() {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        let [one, other] = [1, 2].map(|_| ActKey::draw(&mut random).unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().parse(), Ok(one.clone()));
        for text in ["", &one.as_str()[1..], &format!("{one}0"), &"A".repeat(32)] {
            assert_eq!(text.parse::<ActKey>(), Err(ActKeyError), "{text}");
        }
    }
}
