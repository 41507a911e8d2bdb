//! Signatures of the manifest in OpenSSH's format, with Ed25519 keys.
//!
//! A signature is the one that `ssh-keygen -Y sign -n tokenkaart-manifest` makes, so that
//! `ssh-keygen -Y verify` checks it without this program, and a key in an agent can sign without it
//! too.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use crate::{
    files::{self, FileError},
    key_half::{KeyHalf, key_half},
    shell::{harmless, quoted, shown},
};

/// What signatures are for: one that was made for another purpose is refused.
pub const NAMESPACE: &str = "tokenkaart-manifest";
/// The largest key file, list of signers or signature, in bytes; a longer one is something else.
const MAX_FILE: u64 = 1 << 16;
const KIND: &str = "ssh-ed25519";
/// The option of allowed signers that says what a key may sign.
const PURPOSES: &str = "namespaces";
/// The other ones, which would be passed over.
const OPTIONS: [&str; 4] = ["cert-authority", "valid-after", "valid-before", PURPOSES];

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The file can't be read, or others may read it too.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is no private key of OpenSSH.
    #[error(
        "{}: this is not an OpenSSH private key; make one with `ssh-keygen -t ed25519 -f KEY`",
        shown(.path)
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The key has a passphrase.
    #[error(
        "{}: this key has a passphrase; issue without it, and then sign with \
         `ssh-keygen -Y sign -n {NAMESPACE} -f {} RUN/manifest.json`",
        shown(.path),
        quoted(path.as_os_str())
    )]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// Another kind of key.
    #[error(
        "{}: this is a key of the kind {kind}; make an Ed25519 one with \
         `ssh-keygen -t ed25519 -f KEY`",
        shown(.path)
    )]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: String,
    },
    /// The signature could not be made.
    #[error("the manifest could not be signed ({0}); please report it")]
    Failed(String),
}

/// Why a list of signers is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignersError {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nobody is in it.
    #[error(
        "{}: no {KIND} key that may sign manifests is in it; give the signer's .pub file, or an \
         allowed_signers file",
        shown(.path)
    )]
    Nobody {
        /// The file.
        path: PathBuf,
    },
    /// The secret half of a key.
    #[error("{}: this is a secret key; give its public half, the .pub file", shown(.path))]
    Secret {
        /// The file.
        path: PathBuf,
    },
    /// A line that can't be read.
    #[error("{}:{line}: this key was not copied whole or has a slip in it", shown(.path))]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An option that would be passed over.
    #[error(
        "{}:{line}: `{}` is not understood here; check the signature with \
         `ssh-keygen -Y verify`, which does",
        shown(.path),
        harmless(.option)
    )]
    Option {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The option.
        option: String,
    },
}

/// Why a signature does not count.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not in the format.
    #[error("this is not an OpenSSH signature, or not a whole one; have it sent again")]
    NotASignature,
    /// Made with another key.
    #[error("the signer is {0}, who is not the one expected; ask them by another way")]
    OtherSigner(String),
    /// Made for something else.
    #[error("this signature was made for {0:?}, not for a manifest")]
    OtherPurpose(String),
    /// Not of these bytes.
    #[error(
        "the signature does not fit the manifest: one of the two was changed; have both sent again"
    )]
    Wrong,
}

/// An Ed25519 key that signs; it wipes itself.
///
/// No `Clone`, `PartialEq` or `Serialize`, and `Debug` shows the public half alone.
pub struct SigningKey(PrivateKey);

impl SigningKey {
    /// Reads an OpenSSH private key without a passphrase, which on Unix its owner alone may
    /// read.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn read(path: &Path) -> Result<Self, SignError> {
        let bytes = files::read_secret(path, MAX_FILE)?;
        let path = || path.to_owned();
        let Ok(key) = PrivateKey::from_openssh(&bytes) else {
            return Err(SignError::NotAKey { path: path() });
        };
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(SignError::OtherKind { path: path(), kind: key.algorithm().to_string() });
        }
        if key.is_encrypted() {
            return Err(SignError::Passphrase { path: path() });
        }
        Ok(Self(key))
    }

    /// The fingerprint of its public half, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Signs bytes as a manifest: the text of a `.sig` file.
    ///
    /// # Errors
    /// [`SignError::Failed`]; a fault of this program.
    pub fn sign(&self, message: &[u8]) -> Result<String, SignError> {
        self.sign_for(NAMESPACE, message)
    }

    /// Signs bytes for a purpose, by which a signature for one is none for another.
    ///
    /// # Errors
    /// [`SignError::Failed`]; a fault of this program.
    pub fn sign_for(&self, purpose: &str, message: &[u8]) -> Result<String, SignError> {
        self.0
            .sign(purpose, HashAlg::Sha512, message)
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .map_err(|error| SignError::Failed(error.to_string()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint())
    }
}

/// Whose signatures count; at least one.
#[derive(Debug)]
pub struct Signers(Vec<PublicKey>);

impl Signers {
    /// How many keys count.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// Reads a public key file of OpenSSH, or a file of allowed signers (ssh-keygen(1)): the
    /// Ed25519 keys in it that may sign manifests.
    ///
    /// # Errors
    /// [`SignersError`].
    pub fn read(path: &Path) -> Result<Self, SignersError> {
        Self::read_for(NAMESPACE, path)
    }

    /// The same for another purpose: the keys that may sign for it.
    ///
    /// # Errors
    /// [`SignersError`].
    pub fn read_for(purpose: &str, path: &Path) -> Result<Self, SignersError> {
        let bytes = files::read_whole(path, MAX_FILE)?;
        Self::parse(purpose, path, &String::from_utf8_lossy(&bytes))
    }

    /// The same of a text, which an error calls by a path.
    ///
    /// # Errors
    /// [`SignersError`].
    pub fn parse(purpose: &str, path: &Path, text: &str) -> Result<Self, SignersError> {
        let path = || path.to_owned();
        // Editors of Windows write a mark before the text.
        let text = text.trim_start_matches('\u{feff}');
        if key_half(text.as_bytes()) == Some(KeyHalf::Secret) {
            return Err(SignersError::Secret { path: path() });
        }
        let mut keys = Vec::new();
        for (line, text) in (1..).zip(text.lines().map(str::trim)) {
            if text.starts_with('#') {
                continue;
            }
            match signer(purpose, text) {
                Ok(key) => keys.extend(key),
                Err(LineFault::Slip) => return Err(SignersError::Line { path: path(), line }),
                Err(LineFault::Option(option)) => {
                    return Err(SignersError::Option { path: path(), line, option });
                }
            }
        }
        if keys.is_empty() {
            return Err(SignersError::Nobody { path: path() });
        }
        Ok(Self(keys))
    }

    /// The keys: the fingerprint of each, and its line as a public key file has it.
    #[must_use]
    pub fn keys(&self) -> Vec<(String, String)> {
        let key = |key: &PublicKey| {
            Some((key.fingerprint(HashAlg::Sha256).to_string(), key.to_openssh().ok()?))
        };
        self.0.iter().filter_map(key).collect()
    }

    /// Whether one of the signers signed these bytes as a manifest; gives the fingerprint of
    /// the one who did.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<String, SignatureError> {
        self.verify_for(NAMESPACE, message, signature)
    }

    /// The same for another purpose.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify_for(
        &self,
        purpose: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<String, SignatureError> {
        let signature = SshSig::from_pem(signature).map_err(|_| SignatureError::NotASignature)?;
        if signature.namespace() != purpose {
            return Err(SignatureError::OtherPurpose(signature.namespace().to_owned()));
        }
        let signer = signature.public_key();
        let Some(key) = self.0.iter().find(|key| key.key_data() == signer) else {
            let fingerprint = signer.fingerprint(HashAlg::Sha256).to_string();
            return Err(SignatureError::OtherSigner(fingerprint));
        };
        key.verify(purpose, message, &signature).map_err(|_| SignatureError::Wrong)?;
        Ok(key.fingerprint(HashAlg::Sha256).to_string())
    }
}

#[derive(Debug, Eq, PartialEq)]
enum LineFault {
    Slip,
    Option(String),
}

/// The key of a line that may sign manifests, if there is one in it.
///
/// A line is a public key with a comment behind it, or has the names of who has the key and options
/// before that (`ssh-keygen(1)`, ALLOWED SIGNERS). An option that narrows what the key may sign is
/// followed or refused: skipped, it would let too many signatures count.
fn signer(purpose: &str, line: &str) -> Result<Option<PublicKey>, LineFault> {
    let mut rest = line;
    if !begins_with_key(rest) {
        let names = first_field(rest);
        if let Some(option) = OPTIONS.iter().find(|option| names.eq_ignore_ascii_case(option)) {
            return Err(LineFault::Option((*option).to_owned()));
        }
        rest = rest[names.len()..].trim_start();
    }
    let mut is_for_this = true;
    if !begins_with_key(rest) {
        let options = first_field(rest);
        rest = rest[options.len()..].trim_start();
        if !begins_with_key(rest) {
            let is_named = line.split_whitespace().any(|field| field == KIND);
            return if is_named { Err(LineFault::Slip) } else { Ok(None) };
        }
        is_for_this = allows(options, purpose)?;
    }
    if first_field(rest) != KIND || !is_for_this {
        return Ok(None);
    }
    PublicKey::from_openssh(rest).map(Some).map_err(|_| LineFault::Slip)
}

/// Whether the kind of a key stands there, and its bytes behind it: those of every kind of key
/// begin with a length whose first three bytes are zero.
fn begins_with_key(text: &str) -> bool {
    let mut fields = text.split_whitespace();
    let is_kind = fields.next().is_some_and(|kind| {
        ["ssh-", "ecdsa-sha2-", "sk-"].iter().any(|before| kind.starts_with(before))
    });
    is_kind && fields.next().is_some_and(|bytes| bytes.starts_with("AAAA"))
}

/// What stands before the first blank that is in no quotation marks.
fn first_field(text: &str) -> &str {
    let mut is_quoted = false;
    let end = text.find(|symbol: char| {
        is_quoted ^= symbol == '"';
        symbol.is_whitespace() && !is_quoted
    });
    &text[..end.unwrap_or(text.len())]
}

/// Whether the options before a key let it sign for a purpose. Their names are in any case, what
/// they say is not.
fn allows(options: &str, purpose: &str) -> Result<bool, LineFault> {
    let mut is_quoted = false;
    let options = options.split(|symbol: char| {
        is_quoted ^= symbol == '"';
        symbol == ',' && !is_quoted
    });
    let mut allowed = None;
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let patterns = value.trim_matches('"');
        if !name.eq_ignore_ascii_case(PURPOSES) || allowed.is_some() {
            return Err(LineFault::Option(name.to_owned()));
        }
        allowed = Some(is_for(patterns, purpose));
    }
    Ok(allowed.unwrap_or(true))
}

/// Whether a list of patterns (`ssh_config(5)`, PATTERNS) has a purpose in it: one that matches
/// with `!` before it outweighs all others.
fn is_for(patterns: &str, purpose: &str) -> bool {
    let mut is_in = false;
    for pattern in patterns.split(',').map(str::as_bytes) {
        match pattern.strip_prefix(b"!") {
            Some(negated) if matches(negated, purpose.as_bytes()) => return false,
            Some(_) => {}
            None => is_in |= matches(pattern, purpose.as_bytes()),
        }
    }
    is_in
}

/// Whether a text is as a pattern says: `*` stands for any symbols, `?` for one.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    // Whether the pattern so far matches so many bytes of the text.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for symbol in pattern {
        let before = reached.clone();
        for end in 0..=text.len() {
            let one_less = end > 0 && before[end - 1];
            reached[end] = match symbol {
                b'*' => before[end] || (end > 0 && reached[end - 1]),
                b'?' => one_less,
                symbol => one_less && text[end - 1] == *symbol,
            };
        }
    }
    reached[text.len()]
}
