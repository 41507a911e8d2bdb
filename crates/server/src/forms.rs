//! What stands between a form and whoever would post it for somebody else.

use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ring::hmac::{HMAC_SHA256, Key, sign, verify};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{files, shell::shown};

/// The least and the most of a secret, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=4096;

/// Signs form tokens.
pub(crate) struct FormSecret(Key);

impl FormSecret {
    /// Reads the secret that all instances share.
    ///
    /// # Errors
    /// [`Failure`] when the file can't be read, others can read it too, or it is too short.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = files::read_secret(path, *LENGTHS.end() as u64)?;
        if !LENGTHS.contains(&bytes.len()) {
            return Err(Failure::new(format!(
                "{}: a secret has at least {} bytes; make one with openssl rand -out FILE 32",
                shown(path),
                LENGTHS.start()
            )));
        }
        Ok(Self(Key::new(HMAC_SHA256, &bytes)))
    }

    /// The token of the forms that the browser with this cookie gets.
    pub(crate) fn token(&self, cookie: &str) -> String {
        Base64UrlUnpadded::encode_string(sign(&self.0, cookie.as_bytes()).as_ref())
    }

    /// Whether a form came with a page that this browser got.
    pub(crate) fn is_of(&self, cookie: &str, token: &str) -> bool {
        let mut bytes = [0; 32];
        Base64UrlUnpadded::decode(token, &mut bytes)
            .is_ok_and(|bytes| verify(&self.0, cookie.as_bytes(), bytes).is_ok())
    }
}
