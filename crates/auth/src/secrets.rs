//! What the store alone knows, and what follows from it.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokenkaart_token::holder::HolderId;
use zeroize::Zeroizing;

use crate::store::{StoreError, Transaction, secret};

/// Secrets of a store, each for one purpose; wiped on drop.
pub struct Secrets {
    subjects: Zeroizing<String>,
    limits: Zeroizing<String>,
}

impl Secrets {
    pub(crate) fn read(transaction: &mut Transaction<'_>) -> Result<Self, StoreError> {
        let mut find = |name| secret::find(transaction, name);
        Ok(Self { subjects: find("subjects")?, limits: find("limits")? })
    }

    /// What applications of a sector call a holder: the pairwise subject identifier of OpenID
    /// Connect Core 1.0, section 8.1, 64 hexadecimal digits. Two sectors can't find out that they
    /// mean the same person.
    #[must_use]
    pub fn subject(&self, sector: &str, holder: &HolderId) -> String {
        tag(&self.subjects, sector, holder.as_str())
    }

    pub(crate) fn subject_of_limit(&self, kind: &str, value: &str) -> String {
        tag(&self.limits, kind, value)
    }
}

/// HMAC-SHA-256 of a value for a purpose, under a secret; 64 hexadecimal digits.
pub(crate) fn tag(secret: &str, purpose: &str, value: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes a key of any length")
    };
    // The length parts the two, whatever is in them.
    mac.update(&(purpose.len() as u64).to_be_bytes());
    mac.update(purpose.as_bytes());
    mac.update(value.as_bytes());
    let tag = mac.finalize().into_bytes();
    tag.iter().fold(String::with_capacity(64), |text, byte| format!("{text}{byte:02x}"))
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}
