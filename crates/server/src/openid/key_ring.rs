//! The keys that sign tokens: the first of its algorithm signs, all are published.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde_json::{Value, json};
use tokenkaart_token::{
    files::{self, FileError},
    shell::shown,
};

use super::{jwk::VerifyingKey, jwt::Jwt};

/// No key file is longer, in bytes.
const MAX_KEY: u64 = 64 * 1024;

/// The keys of the service.
pub(crate) struct KeyRing {
    keys: Vec<SigningKey>,
    random: SystemRandom,
}

struct SigningKey {
    pair: Pair,
    public: VerifyingKey,
    kid: String,
}

enum Pair {
    Ec(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

/// Why a key was refused.
#[derive(Debug)]
pub(crate) enum KeyError {
    /// The file can't be read, or others can read it too.
    File(FileError),
    /// It has no key that can sign.
    NoKey(PathBuf),
    /// The system gives no random numbers.
    Random,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::NoKey(path) => write!(
                f,
                "{}: no private key in PEM, PKCS #8, of P-256 or of RSA with 2048 bits or more; \
                 make one with openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, or \
                 convert one with openssl pkcs8 -topk8 -nocrypt",
                shown(path)
            ),
            Self::Random => f.write_str("the system gives no random numbers; try again"),
        }
    }
}

impl std::error::Error for KeyError {}

impl KeyRing {
    /// Reads private keys, each in a file of its own that nobody else can read.
    ///
    /// # Errors
    /// [`KeyError`] of the first one that is none.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let keys = paths.iter().map(|path| SigningKey::read(path, &random));
        Ok(Self { keys: keys.collect::<Result<_, _>>()?, random })
    }

    /// A fresh key of P-256 in PEM, as [`KeyRing::read`] takes it.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub(crate) fn fresh_pem() -> Result<zeroize::Zeroizing<String>, KeyError> {
        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .map_err(|_| KeyError::Random)?;
        let body = zeroize::Zeroizing::new(base64ct::Base64::encode_string(der.as_ref()));
        let mut pem = zeroize::Zeroizing::new(String::from("-----BEGIN PRIVATE KEY-----\n"));
        for line in body.as_bytes().chunks(64) {
            pem.push_str(std::str::from_utf8(line).unwrap_or_default());
            pem.push('\n');
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        Ok(pem)
    }

    /// The public keys as a JWK Set.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "keys": self.keys.iter().map(|key| key.public.to_json()).collect::<Vec<_>>() })
    }

    /// The algorithms that it can sign by, the preferred one first.
    pub(crate) fn algorithms(&self) -> Vec<&'static str> {
        let mut algorithms = Vec::new();
        for key in &self.keys {
            if !algorithms.contains(&key.public.algorithm()) {
                algorithms.push(key.public.algorithm());
            }
        }
        algorithms
    }

    /// Signs claims by an algorithm, or by the preferred one where no key is of it.
    ///
    /// # Errors
    /// [`KeyError`] when there is no key, or no random number.
    pub(crate) fn sign(&self, algorithm: Option<&str>, claims: &Value) -> Result<String, KeyError> {
        let wanted = |key: &&SigningKey| Some(key.public.algorithm()) == algorithm;
        let key = self.keys.iter().find(wanted).or(self.keys.first()).ok_or(KeyError::Random)?;
        let header = json!({ "typ": "JWT", "alg": key.public.algorithm(), "kid": key.kid });
        let encode = |part: &Value| Base64UrlUnpadded::encode_string(part.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = key.sign(signed.as_bytes(), &self.random)?;
        Ok(format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature)))
    }

    /// What a token says that one of these keys has signed, however old it is.
    pub(crate) fn verified(&self, token: &str) -> Option<Value> {
        Jwt::read(token)?.verified(self.keys.iter().map(|key| &key.public))
    }
}

impl SigningKey {
    fn read(path: &Path, random: &SystemRandom) -> Result<Self, KeyError> {
        let pem = files::read_secret(path, MAX_KEY).map_err(KeyError::File)?;
        let no_key = || KeyError::NoKey(path.to_owned());
        let der = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| no_key())?;
        let pair = match &der {
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, random);
                match ec {
                    Ok(ec) => Pair::Ec(Box::new(ec)),
                    Err(_) => {
                        Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(der).map_err(|_| no_key())?))
                    }
                }
            }
            PrivateKeyDer::Pkcs1(der) => {
                let rsa = RsaKeyPair::from_der(der.secret_pkcs1_der());
                Pair::Rsa(Box::new(rsa.map_err(|_| no_key())?))
            }
            _ => return Err(no_key()),
        };
        let public = match &pair {
            Pair::Ec(pair) => VerifyingKey::ec(pair.public_key().as_ref()),
            Pair::Rsa(pair) => {
                let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                VerifyingKey::rsa(parts.n, parts.e)
            }
        };
        let kid = public.thumbprint();
        Ok(Self { pair, public: public.named(kid.clone()), kid })
    }

    fn sign(&self, text: &[u8], random: &SystemRandom) -> Result<Vec<u8>, KeyError> {
        match &self.pair {
            Pair::Ec(pair) => {
                let signature = pair.sign(random, text).map_err(|_| KeyError::Random)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, random, text, &mut signature)
                    .map_err(|_| KeyError::Random)?;
                Ok(signature)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(folder: &Path) -> KeyRing {
        let path = folder.join("signing.pem");
        files::write_whole(&path, KeyRing::fresh_pem().unwrap().as_bytes()).unwrap();
        KeyRing::read(&[path]).unwrap()
    }

    #[test]
    fn a_token_is_true_to_its_letter_and_by_its_own_keys_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = ring(folder.path());
        let token = keys.sign(None, &json!({ "sub": "jan" })).unwrap();
        assert_eq!(keys.verified(&token).unwrap()["sub"], "jan");
        assert_eq!(keys.algorithms(), ["ES256"]);
        let other = tempfile::tempdir().unwrap();
        assert_eq!(ring(other.path()).verified(&token), None);
        let parts: Vec<&str> = token.split('.').collect();
        let encode = |json: &str| Base64UrlUnpadded::encode_string(json.as_bytes());
        let forged = encode(r#"{"sub":"eva"}"#);
        for bad in [
            format!("{}.{forged}.{}", parts[0], parts[2]),
            format!("{}.{}.", encode(r#"{"alg":"none"}"#), parts[1]),
            format!("{}.{}.{}", encode(r#"{"alg":"HS256"}"#), parts[1], parts[2]),
            format!("{}.{}.{}", encode(r#"{"alg":"ES256","crit":["x"]}"#), parts[1], parts[2]),
            token[..token.len() - 2].to_owned(),
            format!("{token}.x"),
            String::new(),
        ] {
            assert_eq!(keys.verified(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        std::fs::write(&path, KeyRing::fresh_pem().unwrap().as_bytes()).unwrap();
        assert!(matches!(KeyRing::read(&[path]), Err(KeyError::File(_))));
        let path = folder.path().join("other.pem");
        files::write_whole(
            &path,
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        )
        .unwrap();
        assert!(matches!(KeyRing::read(&[path]), Err(KeyError::NoKey(_))));
    }
}
