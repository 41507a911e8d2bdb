//! Signed JSON (RFC 7519): read in parts, and taken for true once a key has verified it.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::Value;

use super::jwk::VerifyingKey;

/// No token that is looked at is longer, in bytes.
const LONGEST: usize = 16 * 1024;

/// A token that was read and not verified.
pub(crate) struct Jwt<'t> {
    signed: &'t str,
    signature: Vec<u8>,
    algorithm: String,
    kid: Option<String>,
    claims: Value,
}

impl<'t> Jwt<'t> {
    /// Reads a token of three parts; `None` where it is none, or one with critical extensions, of
    /// which there is none here (RFC 7515 §4.1.11).
    pub(crate) fn read(text: &'t str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| -> Option<Value> {
            serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).ok()?).ok()
        };
        let header = json(header)?;
        if header.get("crit").is_some() {
            return None;
        }
        let claims = json(claims).filter(Value::is_object)?;
        Some(Self {
            signed,
            signature: Base64UrlUnpadded::decode_vec(signature).ok()?,
            algorithm: header.get("alg")?.as_str()?.to_owned(),
            kid: header.get("kid").and_then(Value::as_str).map(str::to_owned),
            claims,
        })
    }

    /// What it says, if one of the keys has signed it by its own algorithm.
    pub(crate) fn verified<'k>(
        self,
        mut keys: impl Iterator<Item = &'k VerifyingKey>,
    ) -> Option<Value> {
        let is_signed = keys.any(|key| {
            key.algorithm() == self.algorithm
                && key.is_named(self.kid.as_deref())
                && key.verifies(self.signed.as_bytes(), &self.signature)
        });
        is_signed.then_some(self.claims)
    }

    /// Whom an unverified token says that it is about: to find the keys to verify it with.
    pub(crate) fn said_subject(&self) -> Option<&str> {
        self.claims.get("sub")?.as_str()
    }
}
