//! PBKDF2 as other systems have it: with SHA-256 or SHA-512, salts and tags of any length.

use std::fmt;

use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use tokenkaart_token::hash::Scheme;
use zeroize::Zeroizing;

use super::{
    error::PasswordHashError,
    form::{number, salt_of, tag_of, text_of},
};

const FORM: PasswordHashError = PasswordHashError::Form(
    "$pbkdf2-sha256$i=…,l=…$salt$hash (or pbkdf2-sha512), with 8 to 64 bytes of salt and 16 to 64 of \
     hash in Base64 without padding",
);

#[derive(Clone, Copy, Eq, PartialEq)]
enum Digest {
    Sha256,
    Sha512,
}

impl Digest {
    /// Bytes that one round of all iterations gives.
    const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The iterations with SHA-256 that take as long as one, or longer: processors that count
    /// SHA-256 by itself don't count SHA-512.
    const fn iterations(self) -> u32 {
        match self {
            Self::Sha256 => 1,
            Self::Sha512 => 4,
        }
    }
}

/// A hash by PBKDF2.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Pbkdf2Hash {
    digest: Digest,
    iterations: u32,
    as_dear_as: Scheme,
    salt: Box<[u8]>,
    tag: Box<[u8]>,
}

impl Pbkdf2Hash {
    /// Reads `$pbkdf2-sha256$i=…,l=…$salt$hash`, where `l` may be left out; and passlib's
    /// `$pbkdf2-sha256$…$salt$hash`, whose Base64 has `.` for `+`.
    pub(super) fn read(text: &str) -> Result<Self, PasswordHashError> {
        let fields: Vec<&str> = text.split('$').collect();
        let &["", name, parameters, salt, tag] = fields.as_slice() else { return Err(FORM) };
        let digest = match name {
            "pbkdf2-sha256" => Digest::Sha256,
            "pbkdf2-sha512" => Digest::Sha512,
            _ => return Err(FORM),
        };
        let (iterations, length, salt, tag) = match parameters.strip_prefix("i=") {
            Some(parameters) => {
                let (iterations, length) = match parameters.split_once(",l=") {
                    Some((iterations, length)) => (iterations, Some(length)),
                    None => (parameters, None),
                };
                (iterations, length, salt.to_owned(), tag.to_owned())
            }
            None => (parameters, None, salt.replace('.', "+"), tag.replace('.', "+")),
        };
        let iterations = number(iterations).ok_or(FORM)?;
        let (salt, tag) = (salt_of(&salt).ok_or(FORM)?, tag_of(&tag).ok_or(FORM)?);
        let is_length =
            |text: &str| number(text).is_some_and(|number| number as usize == tag.len());
        if !length.is_none_or(is_length) {
            return Err(FORM);
        }
        // Each block of the tag costs all iterations.
        let blocks = u32::try_from(tag.len().div_ceil(digest.len())).unwrap_or(u32::MAX);
        let all = iterations.saturating_mul(blocks).saturating_mul(digest.iterations());
        let as_dear_as = Scheme::pbkdf2_sha256(all)?;
        Ok(Self { digest, iterations, as_dear_as, salt, tag })
    }

    pub(super) const fn as_dear_as(&self) -> Scheme {
        self.as_dear_as
    }

    /// Whether it is of what was typed.
    pub(super) fn is_of(&self, typed: &[u8]) -> bool {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        let (salt, iterations) = (&self.salt, self.iterations);
        match self.digest {
            Digest::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(typed, salt, iterations, &mut tag),
            Digest::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(typed, salt, iterations, &mut tag),
        }
        tag.ct_eq(&self.tag).into()
    }
}

impl fmt::Display for Pbkdf2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.digest {
            Digest::Sha256 => "pbkdf2-sha256",
            Digest::Sha512 => "pbkdf2-sha512",
        };
        let (iterations, length) = (self.iterations, self.tag.len());
        write!(f, "${name}$i={iterations},l={length}")?;
        write!(f, "${}${}", text_of(&self.salt), text_of(&self.tag))
    }
}
