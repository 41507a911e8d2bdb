//! bcrypt, as many systems have it: Blowfish with a dear key schedule (Provos and Mazières, "A
//! Future-Adaptable Password Scheme", 1999).

use std::fmt;

use base64ct::{Base64Bcrypt, Encoding as _};
use blowfish::Blowfish;
use subtle::ConstantTimeEq as _;
use tokenkaart_token::hash::Scheme;
use zeroize::Zeroizing;

use super::error::PasswordHashError;

const FORM: PasswordHashError =
    PasswordHashError::Form("$2b$12$ (or $2a$, $2y$) and 53 letters of salt and hash");
/// What is hashed of a password, in bytes: the length of Blowfish's key schedule.
const MAX_BYTES: usize = 72;
const SALT_LEN: usize = 16;
/// Of the 24 bytes that come out the last one is left away.
const TAG_LEN: usize = 23;
/// `OrpheanBeholderScryDoubt`, in blocks of two halves.
const TEXT: [[u32; 2]; 3] =
    [[0x4f72_7068, 0x6561_6e42], [0x6568_6f6c, 0x6465_7253], [0x6372_7944, 0x6f75_6274]];
/// The letters of its Base64, in order.
const LETTERS: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The costs that are taken.
const COSTS: std::ops::RangeInclusive<u32> = 4..=15;
/// The iterations of PBKDF2-HMAC-SHA256 that take as long as one of the 2^cost rounds, or longer.
const ITERATIONS: u32 = 305;

/// A hash by bcrypt.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct BcryptHash {
    /// `a`, `b` or `y`: what their makers mended, and no bit of a right hash.
    variant: char,
    cost: u32,
    as_dear_as: Scheme,
    salt: [u8; SALT_LEN],
    tag: [u8; TAG_LEN],
}

impl BcryptHash {
    /// Reads `$2b$12$`, 22 letters of salt and 31 of tag.
    pub(super) fn read(text: &str) -> Result<Self, PasswordHashError> {
        let fields: Vec<&str> = text.split('$').collect();
        let &["", variant, cost, letters] = fields.as_slice() else { return Err(FORM) };
        let variant = match variant {
            "2a" => 'a',
            "2b" => 'b',
            "2y" => 'y',
            "2" | "2x" => return Err(PasswordHashError::FaultyBcrypt),
            _ => return Err(FORM),
        };
        let is_number = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        let cost = cost.parse().ok().filter(|_| is_number).ok_or(FORM)?;
        if !COSTS.contains(&cost) {
            return Err(PasswordHashError::BcryptCost(cost));
        }
        let (salt, tag) = letters.split_at_checked(22).ok_or(FORM)?;
        let mut bytes = [0; SALT_LEN];
        let salt = match Base64Bcrypt::decode(without_spare_bits(salt), &mut bytes) {
            Ok(salt) if salt.len() == SALT_LEN => bytes,
            _ => return Err(FORM),
        };
        let mut bytes = [0; TAG_LEN];
        let tag = match Base64Bcrypt::decode(tag, &mut bytes) {
            Ok(tag) if tag.len() == TAG_LEN => bytes,
            _ => return Err(FORM),
        };
        let as_dear_as = Scheme::pbkdf2_sha256(ITERATIONS << cost)?;
        Ok(Self { variant, cost, as_dear_as, salt, tag })
    }

    pub(super) const fn as_dear_as(&self) -> Scheme {
        self.as_dear_as
    }

    /// Whether it is of what was typed.
    pub(super) fn is_of(&self, typed: &[u8]) -> bool {
        // Its key ends in a NUL, and what comes behind the first would count for some makers only.
        let mut key = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
        key.extend(typed.iter().take(MAX_BYTES));
        key.push(0);
        key.truncate(MAX_BYTES);
        let tag = tag_of(&key, &self.salt, self.cost);
        bool::from(tag[..TAG_LEN].ct_eq(&self.tag)) && !typed.contains(&0)
    }
}

/// 192 bits of text, encrypted 64 times under the dear schedule of a key that isn't empty.
fn tag_of(key: &[u8], salt: &[u8; SALT_LEN], cost: u32) -> Zeroizing<[u8; 24]> {
    let mut schedule = Blowfish::bc_init_state();
    schedule.salted_expand_key(salt, key);
    for _ in 0..1_u32 << cost {
        schedule.bc_expand_key(key);
        schedule.bc_expand_key(salt);
    }
    let mut tag = Zeroizing::new([0; 24]);
    for (block, mut halves) in tag.chunks_exact_mut(8).zip(TEXT) {
        for _ in 0..64 {
            halves = schedule.bc_encrypt(halves);
        }
        block[..4].copy_from_slice(&halves[0].to_be_bytes());
        block[4..].copy_from_slice(&halves[1].to_be_bytes());
    }
    tag
}

/// The letters of a salt of which the last carries nothing in its lower four bits; some makers left
/// chance in them.
fn without_spare_bits(salt: &str) -> String {
    let mut salt = salt.to_owned();
    let last = salt.pop().and_then(|last| LETTERS.iter().position(|of| char::from(*of) == last));
    salt.extend(last.map(|last| char::from(LETTERS[last & !0b1111])));
    salt
}

impl fmt::Display for BcryptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| Base64Bcrypt::encode_string(bytes);
        let Self { variant, cost, salt, tag, .. } = self;
        write!(f, "$2{variant}${cost:02}${}{}", text(salt), text(tag))
    }
}
