//! Argon2 as other systems have it: three variants, two versions, salts and tags of any length.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq as _;
use tokenkaart_token::hash::{Argon2id, HashError, Scheme};
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    error::PasswordHashError,
    form::{number, salt_of, tag_of, text_of},
};

const FORM: PasswordHashError = PasswordHashError::Form(
    "$argon2id$v=19$m=…,t=…,p=…$salt$hash (or argon2i, argon2d), with 8 to 64 bytes of salt and 16 \
     to 64 of hash in Base64 without padding",
);

/// A hash of RFC 9106, in the form of its reference implementation.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    /// Each variant costs what Argon2id does.
    cost: Argon2id,
    salt: Box<[u8]>,
    tag: Box<[u8]>,
}

impl Argon2Hash {
    /// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$hash`; without `v=` it is version 1.0.
    pub(super) fn read(text: &str) -> Result<Self, PasswordHashError> {
        let fields: Vec<&str> = text.split('$').collect();
        let (variant, version, parameters, salt, tag) = match *fields.as_slice() {
            ["", variant, parameters, salt, tag] => (variant, "v=16", parameters, salt, tag),
            ["", variant, version, parameters, salt, tag] => {
                (variant, version, parameters, salt, tag)
            }
            _ => return Err(FORM),
        };
        let algorithm = match variant {
            "argon2d" => Algorithm::Argon2d,
            "argon2i" => Algorithm::Argon2i,
            "argon2id" => Algorithm::Argon2id,
            _ => return Err(FORM),
        };
        let version = match version {
            "v=16" => Version::V0x10,
            "v=19" => Version::V0x13,
            _ => return Err(FORM),
        };
        if parameters.contains("keyid=") || parameters.contains("data=") {
            return Err(PasswordHashError::Keyed);
        }
        let numbers: Option<Vec<u32>> = parameters
            .split(',')
            .zip(["m=", "t=", "p=", ""])
            .map(|(parameter, name)| parameter.strip_prefix(name).and_then(number))
            .collect();
        let &[m_kib, t, p] = numbers.as_deref().ok_or(FORM)? else { return Err(FORM) };
        let Scheme::Argon2id(cost) = Scheme::argon2id(m_kib, t, p)? else { return Err(FORM) };
        let (salt, tag) = (salt_of(salt).ok_or(FORM)?, tag_of(tag).ok_or(FORM)?);
        Ok(Self { algorithm, version, cost, salt, tag })
    }

    pub(super) const fn cost(&self) -> Argon2id {
        self.cost
    }

    /// Whether it is of what was typed. The memory that it took is wiped.
    pub(super) fn is_of(&self, typed: &[u8]) -> Result<bool, HashError> {
        let (m_kib, t, p) = (self.cost.m_kib(), self.cost.t(), self.cost.p());
        let refused = |_| HashError::Refused(Scheme::Argon2id(self.cost));
        let params = Params::new(m_kib, t, p, Some(self.tag.len())).map_err(refused)?;
        let mut blocks: Vec<Block> = Vec::new();
        let count = params.block_count();
        blocks.try_reserve_exact(count).map_err(|_| HashError::Memory { kib: m_kib })?;
        blocks.resize_with(count, Block::new);
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        let made = Argon2::new(self.algorithm, self.version, params)
            .hash_password_into_with_memory(typed, &self.salt, &mut tag, &mut blocks);
        for block in &mut blocks {
            block.zeroize();
        }
        made.map_err(refused)?;
        Ok(tag.ct_eq(&self.tag).into())
    }
}

impl fmt::Display for Argon2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (m_kib, t, p) = (self.cost.m_kib(), self.cost.t(), self.cost.p());
        let version = u32::from(self.version);
        write!(f, "${}$v={version}$m={m_kib},t={t},p={p}", self.algorithm.as_str())?;
        write!(f, "${}${}", text_of(&self.salt), text_of(&self.tag))
    }
}
