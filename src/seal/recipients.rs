//! To whom cards are sealed.

use std::{
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
};

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use tokenkaart_token::{
    files::{self, FileError},
    shell::shown,
};

/// The largest recipients file, in bytes; a longer one is something else.
const MAX_FILE: u64 = 1 << 16;
/// So much of a text that is no recipient is shown.
const SHOWN: usize = 24;

/// Where a recipient was named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NamedIn {
    /// On the command line; the beginning of what was typed.
    Argument(String),
    /// In a recipients file.
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

impl NamedIn {
    fn argument(text: &str) -> Self {
        // What may be a secret is not said again.
        if is_secret(text) {
            return Self::Argument("…".to_owned());
        }
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self::Argument(shown)
    }
}

impl fmt::Display for NamedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(text) => write!(f, "\"{text}\""),
            Self::Line { path, line } => write!(f, "{}:{line}", shown(path)),
        }
    }
}

/// Why a text is no recipient.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipientFault {
    /// Neither an age recipient nor an SSH key.
    #[error("this is not a recipient; one begins with age1, ssh-ed25519 or ssh-rsa")]
    Unknown,
    /// A slip of the pen in an age recipient.
    #[error("this age recipient was not copied whole or has a slip in it; ask for it again")]
    Slip,
    /// An age recipient of another kind.
    #[error(
        "this kind of age recipient (plugin, tag, post-quantum) is not taken; ask for one \
         that `age-keygen` made"
    )]
    OtherAge,
    /// An SSH key that was not copied whole.
    #[error("this SSH key was not copied whole or has a slip in it; ask for it again")]
    SshSlip,
    /// An SSH key of a kind that age can't encrypt to.
    #[error("nothing can be sealed to a key of the kind {0}; ask for an age or ssh-ed25519 key")]
    OtherSsh(String),
    /// An RSA key that is too small, or too large to be one.
    #[error("this RSA key does not have 2048 to 4096 bits; ask for an age or ssh-ed25519 key")]
    RsaSize,
    /// The secret half of a key.
    #[error(
        "this is a secret key; cards are sealed to its public half (`age-keygen -y`, or the \
         .pub file), and as it was shown here, make a new pair"
    )]
    Secret,
    /// Several recipients, of which only the first would be read.
    #[error("several recipients stand here; put each on a line of its own, or name each by itself")]
    Several,
    /// Something behind an age recipient.
    #[error(
        "something stands behind this age recipient; put a remark on a line of its own that begins \
         with #"
    )]
    Behind,
    /// The same key a second time.
    #[error("this recipient is named twice; leave one of the two out")]
    Twice,
}

/// Why there are no recipients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipientsError {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not text.
    #[error("{}: this is not text; put a recipient on each line", shown(.path))]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file names nobody.
    #[error("{}: it contains no recipients; put one on each line", shown(.path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A text is no recipient.
    #[error("{named_in}: {fault}")]
    Refused {
        /// Where it stands.
        named_in: NamedIn,
        /// What is wrong with it.
        fault: RecipientFault,
    },
}

/// Cards could not be sealed.
#[derive(Debug, thiserror::Error)]
#[error("the cards could not be sealed ({0}), so none of them was written; please report it")]
pub struct SealError(String);

enum RecipientKey {
    Age(age::x25519::Recipient),
    Ssh(Box<age::ssh::Recipient>),
}

impl RecipientKey {
    fn as_age(&self) -> &dyn age::Recipient {
        match self {
            Self::Age(key) => key,
            Self::Ssh(key) => &**key,
        }
    }
}

struct Recipient {
    key: RecipientKey,
    fingerprint: String,
}

/// To whom cards are sealed; at least one, none twice. Each can open them alone.
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// Reads the recipients of a command line and of a file with one on each line, `#` before
    /// a remark; `None` when nobody is named.
    ///
    /// # Errors
    /// [`RecipientsError`] when one of them is none or is named twice, and when the file can't
    /// be read or names nobody.
    pub fn read(
        arguments: &[String],
        file: Option<&Path>,
    ) -> Result<Option<Self>, RecipientsError> {
        let mut all = Self(Vec::new());
        for text in arguments {
            all.add(text.trim(), || NamedIn::argument(text))?;
        }
        if let Some(path) = file {
            let before = all.0.len();
            let text = String::from_utf8(files::read_whole(path, MAX_FILE)?)
                .map_err(|_| RecipientsError::NotText { path: path.to_owned() })?;
            for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
                let text = text.trim();
                if !text.is_empty() && !text.starts_with('#') {
                    all.add(text, || NamedIn::Line { path: path.to_owned(), line })?;
                }
            }
            if all.0.len() == before {
                return Err(RecipientsError::Empty { path: path.to_owned() });
            }
        }
        Ok(if all.0.is_empty() { None } else { Some(all) })
    }

    fn add(&mut self, text: &str, named_in: impl Fn() -> NamedIn) -> Result<(), RecipientsError> {
        let refused = |fault| RecipientsError::Refused { named_in: named_in(), fault };
        let recipient = recipient(text).map_err(refused)?;
        if self.0.iter().any(|other| other.fingerprint == recipient.fingerprint) {
            return Err(refused(RecipientFault::Twice));
        }
        self.0.push(recipient);
        Ok(())
    }

    /// What names each recipient to people: an age recipient is its own name, an SSH key has
    /// the fingerprint that `ssh-keygen -l` shows.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<String> {
        self.0.iter().map(|recipient| recipient.fingerprint.clone()).collect()
    }

    /// Encrypts to all recipients, each of whom can open it alone.
    ///
    /// # Errors
    /// [`SealError`]; a fault of this program.
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let keys = self.0.iter().map(|recipient| recipient.key.as_age());
        let encryptor =
            age::Encryptor::with_recipients(keys).map_err(|error| SealError(error.to_string()))?;
        let write = || {
            let mut sealed = Vec::with_capacity(plain.len() + plain.len() / 1024 + 4096);
            let mut writer = encryptor.wrap_output(&mut sealed)?;
            writer.write_all(plain)?;
            writer.finish()?;
            Ok(sealed)
        };
        write().map_err(|error: std::io::Error| SealError(error.to_string()))
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recipients").field(&self.fingerprints()).finish()
    }
}

/// Whether a text is the secret half of a key, or the beginning of one.
fn is_secret(text: &str) -> bool {
    let text = text.trim_start().to_ascii_uppercase();
    text.starts_with("AGE-SECRET-KEY") || text.starts_with("-----BEGIN")
}

/// Whether a recipient begins with a word.
fn is_begun(word: &str) -> bool {
    ["age1", "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]
        .iter()
        .any(|kind| word.starts_with(kind))
}

fn recipient(text: &str) -> Result<Recipient, RecipientFault> {
    if is_secret(text) {
        return Err(RecipientFault::Secret);
    }
    // age takes what follows an SSH key for a remark.
    let parts = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    if parts.filter(|part| is_begun(part)).count() > 1 {
        return Err(RecipientFault::Several);
    }
    if let Some(rest) = text.strip_prefix("age1") {
        if text.contains(char::is_whitespace) {
            return Err(RecipientFault::Behind);
        }
        // An x25519 recipient has no other 1: it is none of the symbols of Bech32.
        return match text.parse::<age::x25519::Recipient>() {
            Ok(key) => Ok(Recipient { fingerprint: key.to_string(), key: RecipientKey::Age(key) }),
            Err(_) if rest.contains('1') || rest.len() > 100 => Err(RecipientFault::OtherAge),
            Err(_) => Err(RecipientFault::Slip),
        };
    }
    let kind = text.split_whitespace().next().unwrap_or_default();
    if !kind.starts_with("ssh-") && !kind.starts_with("ecdsa-") && !kind.starts_with("sk-") {
        return Err(RecipientFault::Unknown);
    }
    match text.parse::<age::ssh::Recipient>() {
        Ok(key) => Ok(Recipient {
            fingerprint: ssh_fingerprint(&key).ok_or(RecipientFault::SshSlip)?,
            key: RecipientKey::Ssh(Box::new(key)),
        }),
        Err(age::ssh::ParseRecipientKeyError::Unsupported(kind)) => {
            Err(RecipientFault::OtherSsh(kind))
        }
        Err(
            age::ssh::ParseRecipientKeyError::RsaModulusTooSmall
            | age::ssh::ParseRecipientKeyError::RsaModulusTooLarge,
        ) => Err(RecipientFault::RsaSize),
        Err(_) => Err(RecipientFault::SshSlip),
    }
}

/// The fingerprint as OpenSSH shows it: SHA-256 of the key's own bytes.
fn ssh_fingerprint(key: &age::ssh::Recipient) -> Option<String> {
    let line = key.to_string();
    let bytes = Base64::decode_vec(line.split(' ').nth(1)?).ok()?;
    Some(format!("SHA256:{}", Base64Unpadded::encode_string(&Sha256::digest(bytes))))
}
