//! Sealing: what the store keeps and the service alone may read, under keys that aren't in the store.
//!
//! A sealed text names its key, so keys can be rotated: the first of a file seals, each opens what it
//! has sealed. It is bound to the place that it stands at, so nobody who writes to the store can move
//! one to another person's row.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use rand::TryCryptoRng;
use sha2::{Digest as _, Sha256};
use tokenkaart_token::token::Random;
use zeroize::Zeroizing;

/// What a line with a key begins with.
const LABEL: &str = "tokenkaart-seal-key ";
/// Bytes of a key.
const KEY_LEN: usize = 32;
/// Bytes of the number that a key seals with once, drawn each time: `XChaCha20` has room for that.
const NONCE_LEN: usize = 24;
/// The most keys of a file; who has more hasn't retired any for years.
const MAX_KEYS: usize = 100;

/// The keys of a file: one a line, the one that seals first. They wipe themselves.
pub struct SealKeys(Vec<SealKey>);

struct SealKey {
    id: String,
    cipher: XChaCha20Poly1305,
    line: Zeroizing<String>,
}

/// A text is no file of seal keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealKeysError {
    /// There is none in it.
    #[error("there is no key in it")]
    Empty,
    /// More than anybody needs.
    #[error("it has more than {MAX_KEYS} keys; retire the old ones")]
    Many,
    /// A line is neither a key nor a comment.
    #[error("line {0} is no key, and no comment that begins with #")]
    Line(usize),
}

/// Why something sealed can't be opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The key is in no file that is at hand.
    #[error(
        "something in the store is sealed under the key {id}, which the key file doesn't have; put \
         the file with that key in place"
    )]
    UnknownKey {
        /// Which key.
        id: String,
    },
    /// It was changed, or moved from elsewhere.
    #[error(
        "something sealed in the store was changed or moved; restore the store from a backup, and \
         look who else writes to it"
    )]
    Broken,
}

impl SealKeys {
    /// Reads a file of keys.
    ///
    /// # Errors
    /// [`SealKeysError`]; nothing of a key is in it.
    pub fn parse(text: &str) -> Result<Self, SealKeysError> {
        let mut keys = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            keys.push(SealKey::parse(line).ok_or(SealKeysError::Line(number))?);
        }
        match keys.len() {
            0 => Err(SealKeysError::Empty),
            1..=MAX_KEYS => Ok(Self(keys)),
            _ => Err(SealKeysError::Many),
        }
    }

    /// The text of a file with a fresh key, before those that are there already.
    ///
    /// # Errors
    /// The generator's.
    pub fn rotated<R: TryCryptoRng>(
        before: Option<&Self>,
        random: &mut Random<R>,
    ) -> Result<Zeroizing<String>, R::Error> {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        for half in bytes.chunks_mut(KEY_LEN / 2) {
            half.copy_from_slice(&*Zeroizing::new(random.salt()?));
        }
        let digits = Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes));
        let older = before.map_or(&[][..], |keys| &keys.0);
        let lines = older.iter().map(|key| key.line.as_str());
        let fresh = Zeroizing::new(format!("{LABEL}{}", &*digits));
        Ok(file(std::iter::once(fresh.as_str()).chain(lines)))
    }

    /// The text of a file with the first key alone.
    #[must_use]
    pub fn newest_alone(&self) -> Zeroizing<String> {
        file(self.0.iter().take(1).map(|key| key.line.as_str()))
    }

    /// Which keys there are, the one that seals first: 16 hexadecimal digits each, no secret.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.id.as_str())
    }
}

/// The text of a file; its room is taken at once, so that no copy is left behind by growing.
fn file<'l>(lines: impl Iterator<Item = &'l str>) -> Zeroizing<String> {
    let lines: Vec<&str> = lines.collect();
    let length = lines.iter().map(|line| line.len() + 1).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

impl SealKey {
    fn parse(line: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; KEY_LEN + 1]);
        let key = Base64UrlUnpadded::decode(line.strip_prefix(LABEL)?, &mut *bytes).ok()?;
        let cipher = XChaCha20Poly1305::new_from_slice(key).ok()?;
        // Of 256 random bits a digest tells nothing.
        let digest = Sha256::new().chain_update(b"tokenkaart seal key id").chain_update(key);
        let id = digest
            .finalize()
            .iter()
            .take(8)
            .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        Some(Self { id, cipher, line: Zeroizing::new(line.to_owned()) })
    }
}

/// No key is for a log.
impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

/// Reads the key file once more; nothing when it can't be read.
type Again = Box<dyn Fn() -> Option<SealKeys> + Send + Sync>;

/// What seals and opens for one process. A key that it doesn't know may have come into the file since
/// it was read: then the file is read again, so that rotation stops nobody.
pub struct Sealer {
    keys: RwLock<SealKeys>,
    again: Again,
}

impl Sealer {
    /// Seals and opens by these keys; `again` reads their file once more.
    #[must_use]
    pub fn new(
        keys: SealKeys,
        again: impl Fn() -> Option<SealKeys> + Send + Sync + 'static,
    ) -> Self {
        Self { keys: RwLock::new(keys), again: Box::new(again) }
    }

    /// Seals bytes for a place: `place` says which row and column it is, and is not in the text.
    ///
    /// # Errors
    /// The generator's.
    pub(crate) fn seal<R: TryCryptoRng>(
        &self,
        place: &str,
        bytes: &[u8],
        random: &mut Random<R>,
    ) -> Result<String, R::Error> {
        let mut nonce = [0; 2 * NONCE_LEN];
        for part in nonce.chunks_mut(16) {
            part.copy_from_slice(&random.salt()?);
        }
        let nonce = &nonce[..NONCE_LEN];
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        // A file has a key at least, and no text is too long for the cipher.
        let Some(key) = keys.0.first() else { return Ok(String::new()) };
        let payload = Payload { msg: bytes, aad: place.as_bytes() };
        let sealed = key.cipher.encrypt(nonce.into(), payload).unwrap_or_default();
        Ok(format!("{}.{}", key.id, Base64UrlUnpadded::encode_string(&[nonce, &sealed].concat())))
    }

    /// Opens what was sealed for the same place.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let first = open(&self.keys.read().unwrap_or_else(PoisonError::into_inner), place, sealed);
        let Err(OpenError::UnknownKey { .. }) = &first else { return first };
        let Some(read) = (self.again)() else { return first };
        let second = open(&read, place, sealed);
        if second.is_ok() {
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = read;
        }
        second
    }

    /// Whether a text is sealed under the key that seals now.
    pub(crate) fn is_newest(&self, sealed: &str) -> bool {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let newest = keys.ids().next();
        sealed.split_once('.').is_some_and(|(id, _)| Some(id) == newest)
    }
}

fn open(keys: &SealKeys, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (id, text) = sealed.split_once('.').ok_or(OpenError::Broken)?;
    let key = keys.0.iter().find(|key| key.id == id);
    let key = key.ok_or_else(|| OpenError::UnknownKey { id: id.chars().take(16).collect() })?;
    let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| OpenError::Broken)?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(OpenError::Broken)?;
    let payload = Payload { msg: sealed, aad: place.as_bytes() };
    key.cipher.decrypt(nonce.into(), payload).map(Zeroizing::new).map_err(|_| OpenError::Broken)
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use rand::{SeedableRng as _, rngs::ChaCha20Rng};

    use super::*;

    fn random(seed: u64) -> Random<ChaCha20Rng> {
        Random::new(ChaCha20Rng::seed_from_u64(seed))
    }

    fn keys(text: &str) -> SealKeys {
        SealKeys::parse(text).unwrap()
    }

    #[test]
    fn what_is_sealed_for_a_place_is_opened_there_and_nowhere_else() {
        let text = SealKeys::rotated(None, &mut random(1)).unwrap();
        let sealer = Sealer::new(keys(&text), || None);
        let sealed = sealer.seal("keys 7 4711", b"a secret", &mut random(2)).unwrap();
        assert_eq!(&**sealer.open("keys 7 4711", &sealed).unwrap(), b"a secret");
        assert_eq!(sealer.open("keys 7 4712", &sealed), Err(OpenError::Broken));
        for place in [0, sealed.len() - 20] {
            let mut other = sealed.clone().into_bytes();
            other[place] = if other[place] == b'0' { b'1' } else { b'0' };
            assert!(sealer.open("keys 7 4711", std::str::from_utf8(&other).unwrap()).is_err());
        }
        for nothing in ["", ".", "x", &sealed[..30]] {
            assert!(sealer.open("keys 7 4711", nothing).is_err(), "{nothing}");
        }
        // The same twice is two texts.
        assert_ne!(sealer.seal("keys 7 4711", b"a secret", &mut random(3)).unwrap(), sealed);
    }

    /// The vector of draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_cipher_is_that_of_the_draft() {
        let key: Vec<u8> = (0x80..0xa0).collect();
        let nonce: Vec<u8> = (0x40..0x58).collect();
        let aad = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip \
                     for the future, sunscreen would be it.";
        let cipher = XChaCha20Poly1305::new_from_slice(&key).unwrap();
        let payload = Payload { msg: &text[..], aad: &aad };
        let sealed = cipher.encrypt(nonce[..].into(), payload).unwrap();
        assert_eq!(sealed[..8], [0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b]);
        assert_eq!(sealed[text.len()..][..8], [0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79]);
    }

    #[test]
    fn a_rotated_file_seals_by_the_new_key_and_opens_by_all() {
        let first = SealKeys::rotated(None, &mut random(1)).unwrap();
        let old = Sealer::new(keys(&first), || None);
        let sealed = old.seal("x", b"old", &mut random(2)).unwrap();
        let second = SealKeys::rotated(Some(&keys(&first)), &mut random(3)).unwrap();
        assert_eq!(keys(&second).ids().count(), 2);
        let new = Sealer::new(keys(&second), || None);
        assert_eq!(&**new.open("x", &sealed).unwrap(), b"old");
        assert!(!new.is_newest(&sealed));
        let fresh = new.seal("x", b"new", &mut random(4)).unwrap();
        assert!(new.is_newest(&fresh));
        assert!(matches!(old.open("x", &fresh), Err(OpenError::UnknownKey { .. })));
        let alone = Sealer::new(keys(&keys(&second).newest_alone()), || None);
        assert_eq!(&**alone.open("x", &fresh).unwrap(), b"new");
        assert!(matches!(alone.open("x", &sealed), Err(OpenError::UnknownKey { .. })));
    }

    #[test]
    fn an_instance_that_meets_an_unknown_key_reads_its_file_again() {
        let first = SealKeys::rotated(None, &mut random(1)).unwrap();
        let second = SealKeys::rotated(Some(&keys(&first)), &mut random(2)).unwrap();
        let file = Arc::new(Mutex::new(first.to_string()));
        let read = Arc::clone(&file);
        let running =
            Sealer::new(keys(&first), move || SealKeys::parse(&read.lock().unwrap()).ok());
        let other = Sealer::new(keys(&second), || None);
        let fresh = other.seal("x", b"new", &mut random(3)).unwrap();
        assert!(running.open("x", &fresh).is_err());
        *file.lock().unwrap() = second.to_string();
        assert_eq!(&**running.open("x", &fresh).unwrap(), b"new");
        let own = running.seal("x", b"own", &mut random(4)).unwrap();
        assert!(other.is_newest(&own));
    }

    #[test]
    fn what_is_no_file_of_keys_is_refused_without_a_word_of_it() {
        let good = SealKeys::rotated(None, &mut random(1)).unwrap();
        assert!(SealKeys::parse(&format!("# of 2026\n\n{}", &*good)).is_ok());
        let refused = |text: &str| SealKeys::parse(text).unwrap_err();
        assert_eq!(refused("# nothing\n"), SealKeysError::Empty);
        for line in [&good[..good.len() - 2], &format!("{}A", good.trim()), &good[20..], "a key"] {
            assert_eq!(refused(&format!("#\n{line}")), SealKeysError::Line(2), "{line}");
        }
        assert_eq!(refused(&good.repeat(101)), SealKeysError::Many);
        let shown = format!("{:?} {:?}", keys(&good), Sealer::new(keys(&good), || None));
        assert!(!shown.contains(&good[20..40]), "{shown}");
    }
}
