//! Who can open sealed cards.

use std::{
    fmt,
    io::Read as _,
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{self, FileError},
    shell::{quoted, shown},
};
use zeroize::Zeroizing;

/// The largest identity file, in bytes; a longer one is something else.
const MAX_FILE: u64 = 1 << 16;

/// How every binary age file begins.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// Whether bytes are those of an age file, by their beginning.
#[must_use]
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Why a file is no identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The file can't be read, or others may read it too.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no secret key in the file.
    #[error(
        "{}: it contains no secret key; give the file that `age-keygen -o` made, or an OpenSSH \
         private key",
        shown(.path)
    )]
    None {
        /// The file.
        path: PathBuf,
    },
    /// A line that is no secret key of a kind that is known here; it is not shown.
    #[error(
        "{}:{line}: this is not a secret key that can be used here; give one that `age-keygen` \
         made, or an OpenSSH private key (ed25519 or RSA)",
        shown(.path)
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An identity file that is itself encrypted.
    #[error(
        "{}: this identity is itself encrypted; on the machine that opens the cards, decrypt it \
         into a file in memory (`age -d -o /dev/shm/identity {}`), and give that one",
        shown(.path),
        quoted(path.as_os_str())
    )]
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// An SSH key with a passphrase.
    #[error(
        "{}: this SSH key has a passphrase; on the machine that opens the cards, put a copy into \
         memory (/dev/shm), take its passphrase off (`ssh-keygen -p -N '' -f COPY`), and give \
         that one",
        shown(.path)
    )]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
}

/// Why sealed bytes can't be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// Not an age file.
    #[error("this file is not sealed, or is damaged from its beginning; have it sent again")]
    NotSealed,
    /// Sealed to others.
    #[error("this file is sealed to others; give the identity it was sealed to")]
    OtherRecipient,
    /// Not whole.
    #[error("this file was damaged, cut off or changed; have it sent again")]
    Damaged,
    /// Larger than anything this program seals.
    #[error("this file has more than {limit} bytes in it, far more than any of a run")]
    TooLarge {
        /// The most that is opened, in bytes.
        limit: u64,
    },
}

/// The secret keys of who can open sealed cards.
///
/// The crate's keys wipe themselves; what it reads of an SSH key on the way is freed, not wiped.
/// No `Clone`, `PartialEq` or `Serialize`, and `Debug` shows no key.
pub struct Identity(Vec<Box<dyn age::Identity + Send + Sync>>);

impl Identity {
    /// Reads an identity file of age or an OpenSSH private key, which on Unix its owner alone
    /// may read.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn read(path: &Path) -> Result<Self, IdentityError> {
        let bytes = files::read_secret(path, MAX_FILE)?;
        let path = || path.to_owned();
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(if is_sealed(&bytes) {
                IdentityError::Encrypted { path: path() }
            } else {
                IdentityError::None { path: path() }
            });
        };
        if is_sealed(&bytes) || text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") {
            return Err(IdentityError::Encrypted { path: path() });
        }
        if text.starts_with("-----BEGIN") {
            return match age::ssh::Identity::from_buffer(&bytes[..], None) {
                Ok(key @ age::ssh::Identity::Unencrypted(_)) => Ok(Self(vec![Box::new(key)])),
                Ok(
                    age::ssh::Identity::Encrypted(_)
                    | age::ssh::Identity::Unsupported(
                        age::ssh::UnsupportedKey::EncryptedPem
                        | age::ssh::UnsupportedKey::EncryptedSsh(_),
                    ),
                ) => Err(IdentityError::Passphrase { path: path() }),
                _ => Err(IdentityError::Line { path: path(), line: 1 }),
            };
        }
        let mut keys: Vec<Box<dyn age::Identity + Send + Sync>> = Vec::new();
        for (line, text) in (1..).zip(text.lines().map(str::trim)) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let Ok(key) = text.parse::<age::x25519::Identity>() else {
                return Err(IdentityError::Line { path: path(), line });
            };
            keys.push(Box::new(key));
        }
        if keys.is_empty() { Err(IdentityError::None { path: path() }) } else { Ok(Self(keys)) }
    }

    /// Decrypts at most `limit` bytes.
    ///
    /// # Errors
    /// [`UnsealError`]; nothing of what was sealed is given then.
    pub fn open(&self, sealed: &[u8], limit: u64) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        if !is_sealed(sealed) {
            return Err(UnsealError::NotSealed);
        }
        let keys = self.0.iter().map(|key| &**key as &dyn age::Identity);
        let reader = age::Decryptor::new_buffered(sealed)
            .and_then(|decryptor| decryptor.decrypt(keys))
            .map_err(|error| match error {
                age::DecryptError::NoMatchingKeys => UnsealError::OtherRecipient,
                _ => UnsealError::Damaged,
            })?;
        // Plaintext is shorter than what it is sealed in, so no copy is left behind by growing.
        let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len() + 1));
        reader
            .take(limit.saturating_add(1))
            .read_to_end(&mut plain)
            .map_err(|_| UnsealError::Damaged)?;
        if plain.len() as u64 > limit {
            return Err(UnsealError::TooLarge { limit });
        }
        Ok(plain)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} keys)", self.0.len())
    }
}
