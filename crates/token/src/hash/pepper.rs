//! The pepper: a key outside the store, without which stolen hashes can't be searched.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The shortest pepper, in bytes: 256 bits.
pub const MIN_PEPPER_LEN: usize = 32;
/// The longest pepper, in bytes; a longer file is something else.
pub const MAX_PEPPER_LEN: usize = 1024;
/// What is keyed to make a [`KeyId`].
const KEY_ID_LABEL: &[u8] = b"tokenkaart key id v1";
/// Bytes of a key id.
const KEY_ID_LEN: usize = 8;

/// Bytes are no pepper.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a pepper has {MIN_PEPPER_LEN} to {MAX_PEPPER_LEN} bytes and this one has {found}; \
     make one with `(umask 077; head -c 32 /dev/urandom > pepper)`"
)]
pub struct PepperError {
    /// Bytes given.
    pub found: usize,
}

/// The secret key of all hashes of a store; wiped on drop.
///
/// Argon2id takes it as its secret input (RFC 9106 §3.1, `K`). PBKDF2 has none, so there the
/// password is HMAC-SHA-256 of the code, keyed with the pepper.
///
/// No `Clone`, `PartialEq` or `Serialize`, and `Debug` shows the [`KeyId`] alone.
///
/// What the next examples begin with compiles; what they do with it doesn't.
///
/// ```no_run
/// # let pepper: tokenkaart_token::hash::Pepper = unimplemented!();
/// drop(pepper);
/// ```
///
/// ```compile_fail
/// # let pepper: tokenkaart_token::hash::Pepper = unimplemented!();
/// let copy = pepper.clone();
/// ```
///
/// ```compile_fail
/// # let pepper: tokenkaart_token::hash::Pepper = unimplemented!();
/// println!("{pepper}");
/// ```
pub struct Pepper(Zeroizing<Vec<u8>>);

impl Pepper {
    /// Takes the bytes as they are, without trimming: a pepper is random bytes, not text.
    ///
    /// # Errors
    /// [`PepperError`] under [`MIN_PEPPER_LEN`] or over [`MAX_PEPPER_LEN`] bytes.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, PepperError> {
        if (MIN_PEPPER_LEN..=MAX_PEPPER_LEN).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(PepperError { found: bytes.len() })
        }
    }

    /// Names the pepper without telling it: the first 8 bytes of HMAC-SHA-256, keyed with the
    /// pepper, of a fixed label.
    ///
    /// HMAC can't be run backwards, and of 256 bits 64 give nothing to search for; two peppers
    /// of one office share an id with a chance of one in 2⁶⁴.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        let mac = self.authenticate(KEY_ID_LABEL);
        let mut id = [0; KEY_ID_LEN];
        id.copy_from_slice(&mac[..KEY_ID_LEN]);
        KeyId(id)
    }

    /// HMAC-SHA-256 of a message, keyed with the pepper.
    pub(super) fn authenticate(&self, message: &[u8]) -> Zeroizing<[u8; 32]> {
        // A key of any length does for HMAC; a shorter one than a block is padded.
        let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC takes a key of any length")
        };
        hmac.update(message);
        Zeroizing::new(hmac.finalize().into_bytes().into())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({})", self.key_id())
    }
}

/// Which pepper keyed a record's hashes: 16 hexadecimal digits, no secret.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; KEY_ID_LEN]);

/// A text is no key id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a key id has 16 hexadecimal digits in lower case")]
pub struct KeyIdError;

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 2 * KEY_ID_LEN || !text.bytes().all(is_digit) {
            return Err(KeyIdError);
        }
        let number = u64::from_str_radix(text, 16).map_err(|_| KeyIdError)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper(bytes: &[u8]) -> Result<Pepper, PepperError> {
        Pepper::new(Zeroizing::new(bytes.to_vec()))
    }

    #[test]
    fn a_pepper_has_at_least_256_bits() {
        assert_eq!(pepper(&[]).map(drop), Err(PepperError { found: 0 }));
        assert_eq!(pepper(&[7; 31]).map(drop), Err(PepperError { found: 31 }));
        assert!(pepper(&[7; 32]).is_ok());
        assert!(pepper(&[7; 1024]).is_ok());
        assert_eq!(pepper(&[7; 1025]).map(drop), Err(PepperError { found: 1025 }));
    }

    #[test]
    fn a_key_id_is_told_from_the_pepper_and_tells_it_not() {
        // python3 -c 'import hmac; print(hmac.digest(b"\7" * 32, b"tokenkaart key id v1", "sha256").hex()[:16])'
        let id = pepper(&[7; 32]).unwrap().key_id();
        assert_eq!(id.to_string(), "f5c62dec883658ef");
        assert_ne!(id, pepper(&[8; 32]).unwrap().key_id());
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in
            ["", "0123456789abcde", "0123456789ABCDEF", "+123456789abcdef", "0123456789abcdef0"]
        {
            assert_eq!(text.parse::<KeyId>(), Err(KeyIdError), "{text}");
        }
    }

    #[test]
    fn debug_never_shows_a_pepper() {
        let pepper = pepper(b"0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(format!("{pepper:?}"), format!("Pepper({})", pepper.key_id()));
    }
}
