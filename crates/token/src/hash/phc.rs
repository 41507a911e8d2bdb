//! Hashes as text: PHC strings, read strictly.

use std::{fmt, str::FromStr};

use base64ct::{Base64Unpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use subtle::ConstantTimeEq as _;

use super::scheme::{Scheme, SchemeError, decimal};

/// Bytes of a salt.
pub const SALT_LEN: usize = 16;
/// Bytes of a tag: what is left of a code after hashing.
pub const TAG_LEN: usize = 32;
/// Longer than any hash that this program writes, in bytes.
const MAX_TEXT: usize = 160;

/// A hash as records carry it: scheme, salt and tag.
///
/// Written `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>` or
/// `$pbkdf2-sha256$i=600000,l=32$<salt>$<tag>`, with 16 bytes of salt and 32 of tag in Base64
/// without padding. Read strictly: one text for each value, parameters within the bounds of
/// [`Scheme`], and no memory taken before they are known to be.
///
/// `Debug` leaves salt and tag out, since a hash of 36 bits is not for log files.
#[derive(Clone, Eq, PartialEq)]
pub struct PhcString {
    scheme: Scheme,
    salt: [u8; SALT_LEN],
    tag: [u8; TAG_LEN],
}

/// Why a text is no hash.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PhcError {
    /// Not of the form that this program writes.
    #[error(
        "a hash reads $argon2id$v=19$m=…,t=…,p=…$salt$tag or $pbkdf2-sha256$i=…,l=32$salt$tag, \
         with 16 bytes of salt and 32 of tag in Base64 without padding"
    )]
    Form,
    /// Parameters that no run may have used.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
}

impl PhcString {
    /// A hash that costs as much as any of the scheme and is no code's: what a verifier computes
    /// with where there is nothing to verify, so that its answer takes as long.
    #[must_use]
    pub const fn of_no_code(scheme: Scheme) -> Self {
        Self::new(scheme, [0; SALT_LEN], [0; TAG_LEN])
    }

    pub(super) const fn new(scheme: Scheme, salt: [u8; SALT_LEN], tag: [u8; TAG_LEN]) -> Self {
        Self { scheme, salt, tag }
    }

    /// The scheme and its parameters.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The salt.
    #[must_use]
    pub const fn salt(&self) -> &[u8; SALT_LEN] {
        &self.salt
    }

    /// Whether a tag is this one, in a time that doesn't depend on where they differ.
    pub(super) fn has_tag(&self, tag: &[u8; TAG_LEN]) -> bool {
        self.tag.ct_eq(tag).into()
    }
}

impl fmt::Display for PhcString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parameters(self.scheme, f)?;
        for bytes in [&self.salt[..], &self.tag] {
            let mut buffer = [0; 48];
            let text = Base64Unpadded::encode(bytes, &mut buffer).map_err(|_| fmt::Error)?;
            write!(f, "${text}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PhcString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhcString(")?;
        write_parameters(self.scheme, f)?;
        f.write_str("$…)")
    }
}

fn write_parameters(scheme: Scheme, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match scheme {
        Scheme::Argon2id(cost) => {
            write!(f, "$argon2id$v=19$m={},t={},p={}", cost.m_kib(), cost.t(), cost.p())
        }
        Scheme::Pbkdf2Sha256(cost) => {
            write!(f, "$pbkdf2-sha256$i={},l={TAG_LEN}", cost.iterations())
        }
    }
}

impl FromStr for PhcString {
    type Err = PhcError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_TEXT {
            return Err(PhcError::Form);
        }
        let mut fields = text.split('$');
        let mut next = || fields.next().ok_or(PhcError::Form);
        if !next()?.is_empty() {
            return Err(PhcError::Form);
        }
        let scheme = match next()? {
            "argon2id" => {
                if next()? != "v=19" {
                    return Err(PhcError::Form);
                }
                let [m_kib, t, p] = numbers(next()?, ["m=", "t=", "p="])?;
                Scheme::argon2id(m_kib, t, p)?
            }
            "pbkdf2-sha256" => {
                let [iterations, length] = numbers(next()?, ["i=", "l="])?;
                if usize::try_from(length) != Ok(TAG_LEN) {
                    return Err(PhcError::Form);
                }
                Scheme::pbkdf2_sha256(iterations)?
            }
            _ => return Err(PhcError::Form),
        };
        let hash = Self { scheme, salt: bytes(next()?)?, tag: bytes(next()?)? };
        if fields.next().is_some() {
            return Err(PhcError::Form);
        }
        Ok(hash)
    }
}

/// Reads `m=1,t=2,p=3`, in this order and nothing else.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Result<[u32; N], PhcError> {
    let mut parameters = text.split(',');
    let mut numbers = [0; N];
    for (number, name) in numbers.iter_mut().zip(names) {
        *number = parameters
            .next()
            .and_then(|parameter| parameter.strip_prefix(name))
            .and_then(decimal)
            .ok_or(PhcError::Form)?;
    }
    if parameters.next().is_some() { Err(PhcError::Form) } else { Ok(numbers) }
}

/// Reads exactly so many bytes of Base64.
fn bytes<const N: usize>(text: &str) -> Result<[u8; N], PhcError> {
    let mut bytes = [0; N];
    match Base64Unpadded::decode(text, &mut bytes) {
        Ok(decoded) if decoded.len() == N => Ok(bytes),
        _ => Err(PhcError::Form),
    }
}

impl Serialize for PhcString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PhcString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PhcVisitor;
        impl de::Visitor<'_> for PhcVisitor {
            type Value = PhcString;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a hash")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<PhcString, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(PhcVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ARGON2ID: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$\
                            AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const PBKDF2: &str = "$pbkdf2-sha256$i=600000,l=32$AAECAwQFBgcICQoLDA0ODw$\
                          AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    #[test]
    fn a_hash_is_read_back_as_written() {
        for text in [ARGON2ID, PBKDF2] {
            let hash: PhcString = text.parse().unwrap();
            assert_eq!(hash.to_string(), text);
            assert_eq!(hash.salt()[..3], [0, 1, 2]);
            let json = serde_json::to_string(&hash).unwrap();
            assert_eq!(serde_json::from_str::<PhcString>(&json).unwrap(), hash);
        }
    }

    #[test]
    fn a_hash_that_asks_for_too_much_is_refused_before_any_memory_is_taken() {
        for parameters in [
            "m=4294967295,t=2,p=1",
            "m=4194305,t=2,p=1",
            "m=19456,t=4294967295,p=1",
            "m=19456,t=2,p=16777215",
            "m=7,t=2,p=1",
        ] {
            let text = ARGON2ID.replace("m=19456,t=2,p=1", parameters);
            assert!(matches!(text.parse::<PhcString>(), Err(PhcError::Scheme(_))), "{text}");
        }
        let text = PBKDF2.replace("600000", "4294967295");
        assert!(matches!(text.parse::<PhcString>(), Err(PhcError::Scheme(_))));
        let endless = format!("{ARGON2ID}{}", "A".repeat(1 << 20));
        assert_eq!(endless.parse::<PhcString>(), Err(PhcError::Form));
    }

    #[test]
    fn a_hash_has_one_text() {
        for (from, to) in [
            ("$argon2id", "argon2id"),
            ("$argon2id", "$argon2i"),
            ("$argon2id", "$argon2d"),
            ("$v=19", ""),
            ("v=19", "v=16"),
            ("v=19", "v=019"),
            ("m=19456,t=2,p=1", "t=2,m=19456,p=1"),
            ("m=19456,t=2,p=1", "m=19456,t=2"),
            ("p=1", "p=1,keyid=AAAA"),
            ("p=1", "p=1,p=1"),
            ("p=1", "p=+1"),
            ("p=1", "p=01"),
            ("p=1", "p= 1"),
            // Base64 in its other dress, padded, cut, lengthened, with stray last bits.
            ("AAECAwQF", "AAECAwQ-"),
            ("DA0ODw$", "DA0ODw==$"),
            ("DA0ODw$", "DA0O$"),
            ("DA0ODw$", "DA0ODwAA$"),
            ("DA0ODw$", "DA0ODx$"),
            ("Gxwd", "Gx\nd"),
        ] {
            let text = ARGON2ID.replacen(from, to, 1);
            assert_eq!(text.parse::<PhcString>().is_ok(), text == ARGON2ID, "{text}");
        }
        for text in [
            format!("{ARGON2ID}="),
            format!("{ARGON2ID}$"),
            format!("{ARGON2ID}\n"),
            format!(" {ARGON2ID}"),
            ARGON2ID[..ARGON2ID.len() - 1].to_owned() + "9",
            PBKDF2.replace(",l=32", ""),
            PBKDF2.replace("l=32", "l=20"),
            String::new(),
            "$".into(),
            "$$$$$".into(),
        ] {
            assert_eq!(text.parse::<PhcString>(), Err(PhcError::Form), "{text}");
        }
    }

    #[test]
    fn debug_shows_neither_salt_nor_tag() {
        let hash: PhcString = ARGON2ID.parse().unwrap();
        assert_eq!(format!("{hash:?}"), "PhcString($argon2id$v=19$m=19456,t=2,p=1$…)");
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_the_same(text in "\\$(argon2id\\$v=19\\$m=[0-9]{1,8},t=[0-9]{1,3},p=[0-9]{1,2}|pbkdf2-sha256\\$i=[0-9]{1,8},l=32)\\$[A-Za-z0-9+/]{21}[AQgw]\\$[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]") {
            if let Ok(hash) = text.parse::<PhcString>() {
                prop_assert_eq!(hash.to_string(), text);
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
            let _ = text.parse::<PhcString>();
        }
    }
}
