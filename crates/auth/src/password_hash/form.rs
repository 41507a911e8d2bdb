//! What the texts of hashes are made of: numbers, salts, tags.

use base64ct::{Base64Unpadded, Encoding as _};

/// Bytes of a salt, at least and at most. NIST SP 800-132, section 5.1, wants 16, and old systems had
/// less.
const SALT: std::ops::RangeInclusive<usize> = 8..=64;
/// Bytes of a tag, at least and at most: fewer would be hit by chance.
const TAG: std::ops::RangeInclusive<usize> = 16..=64;

/// A number in digits alone, without a sign or leading zeros.
pub(super) fn number(text: &str) -> Option<u32> {
    let is_canonical =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_canonical.then(|| text.parse().ok()).flatten()
}

/// A salt in Base64 without padding.
pub(super) fn salt_of(text: &str) -> Option<Box<[u8]>> {
    let salt = Base64Unpadded::decode_vec(text).ok()?;
    SALT.contains(&salt.len()).then(|| salt.into())
}

/// A tag in Base64 without padding.
pub(super) fn tag_of(text: &str) -> Option<Box<[u8]>> {
    let tag = Base64Unpadded::decode_vec(text).ok()?;
    TAG.contains(&tag.len()).then(|| tag.into())
}

/// Bytes in Base64 without padding.
pub(super) fn text_of(bytes: &[u8]) -> String {
    Base64Unpadded::encode_string(bytes)
}
