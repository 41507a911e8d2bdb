//! Public keys as JSON (RFC 7517), ours and those of clients.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokenkaart_token::{
    files::{self, FileError},
    shell::shown,
};

/// No JWK Set is longer, in bytes.
const MAX_JWKS: u64 = 256 * 1024;

/// A public key, and the algorithm that it verifies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VerifyingKey {
    kid: Option<String>,
    kind: Kind,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    /// ES256: a point of P-256, uncompressed.
    Ec(Vec<u8>),
    /// RS256: modulus and exponent.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl VerifyingKey {
    /// A point of P-256 as ring gives it: 0x04, x, y.
    pub(super) fn ec(point: &[u8]) -> Self {
        Self { kid: None, kind: Kind::Ec(point.to_vec()) }
    }

    pub(super) const fn rsa(n: Vec<u8>, e: Vec<u8>) -> Self {
        Self { kid: None, kind: Kind::Rsa { n, e } }
    }

    /// The algorithm, as JWS names it (RFC 7518 §3.1).
    pub(crate) const fn algorithm(&self) -> &'static str {
        match self.kind {
            Kind::Ec(_) => "ES256",
            Kind::Rsa { .. } => "RS256",
        }
    }

    /// The members that make the key what it is, in the order of RFC 7638 §3.2.
    fn members(&self) -> Value {
        let encode = Base64UrlUnpadded::encode_string;
        match &self.kind {
            Kind::Ec(point) => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
                json!({ "crv": "P-256", "kty": "EC", "x": encode(x), "y": encode(y) })
            }
            Kind::Rsa { n, e } => json!({ "e": encode(e), "kty": "RSA", "n": encode(n) }),
        }
    }

    /// The thumbprint of RFC 7638, by which our keys are named.
    pub(crate) fn thumbprint(&self) -> String {
        // `serde_json` writes members in the order of their names, as the thumbprint wants them.
        let digest = Sha256::digest(self.members().to_string().as_bytes());
        Base64UrlUnpadded::encode_string(&digest)
    }

    /// The key as JSON, as it is published.
    pub(crate) fn to_json(&self) -> Value {
        let mut members = self.members();
        members["alg"] = self.algorithm().into();
        members["use"] = "sig".into();
        members["kid"] = self.kid.clone().unwrap_or_else(|| self.thumbprint()).into();
        members
    }

    /// Reads a key; `None` where it is of another kind, or for something else than signatures.
    pub(crate) fn from_json(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let bytes = |name: &str| Base64UrlUnpadded::decode_vec(text(name)?).ok();
        if text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let kind = match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes("x")?, bytes("y")?);
                if (x.len(), y.len()) != (32, 32) {
                    return None;
                }
                Kind::Ec([&[4], &x[..], &y[..]].concat())
            }
            ("RSA", _) => Kind::Rsa { n: bytes("n")?, e: bytes("e")? },
            _ => return None,
        };
        let key = Self { kid: text("kid").map(str::to_owned), kind };
        // A key that says its algorithm verifies no other.
        text("alg").is_none_or(|algorithm| algorithm == key.algorithm()).then_some(key)
    }

    /// Whether the key may have made a signature that names its key so.
    pub(super) fn is_named(&self, kid: Option<&str>) -> bool {
        match (kid, &self.kid) {
            (Some(wanted), Some(kid)) => wanted == kid,
            _ => true,
        }
    }

    /// Whether a signature is this key's.
    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Ec(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(signed, signature)
                .is_ok(),
            Kind::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
                .is_ok(),
        }
    }

    /// The same key, by that name.
    pub(super) fn named(mut self, kid: String) -> Self {
        self.kid = Some(kid);
        self
    }
}

/// The keys of a client that proves itself by `private_key_jwt`.
#[derive(Debug)]
pub(crate) struct ClientKeys(Vec<VerifyingKey>);

/// Why a file of keys was refused.
#[derive(Debug)]
pub(crate) enum ClientKeysError {
    /// It can't be read.
    File(FileError),
    /// It is no JWK Set with a key that can be used.
    NoKeys(PathBuf),
}

impl fmt::Display for ClientKeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::NoKeys(path) => write!(
                f,
                "{}: no JWK Set with a public key of P-256 or RSA; write {{\"keys\": [...]}} as \
                 the application publishes it",
                shown(path)
            ),
        }
    }
}

impl std::error::Error for ClientKeysError {}

impl ClientKeys {
    /// Reads a JWK Set.
    ///
    /// # Errors
    /// [`ClientKeysError`].
    pub(crate) fn read(path: &Path) -> Result<Self, ClientKeysError> {
        let bytes = files::read_whole(path, MAX_JWKS).map_err(ClientKeysError::File)?;
        let set: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let keys = set.get("keys").and_then(Value::as_array);
        let keys: Vec<_> = keys.into_iter().flatten().filter_map(VerifyingKey::from_json).collect();
        if keys.is_empty() {
            return Err(ClientKeysError::NoKeys(path.to_owned()));
        }
        Ok(Self(keys))
    }

    /// The keys.
    pub(crate) fn keys(&self) -> &[VerifyingKey] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        // RFC 7638 §3.1.
        let key = json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29"
        });
        let key = VerifyingKey::from_json(&key).unwrap();
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert!(key.is_named(Some("2011-04-29")) && key.is_named(None) && !key.is_named(Some("x")));
    }

    #[test]
    fn a_key_for_something_else_is_none() {
        for key in [
            json!({ "kty": "oct", "k": "AAAA" }),
            json!({ "kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "enc" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "none" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "HS256" }),
        ] {
            assert_eq!(VerifyingKey::from_json(&key), None, "{key}");
        }
    }
}
