//! Whose signature a run must have, if the store demands one.

use std::path::Path;

use jiff::Timestamp;
use tokenkaart_token::sign::{NAMESPACE, Signers};

use super::{
    Store, StoreError, Transaction,
    audit::{self, Entry, Event},
};
use crate::Lane;

/// A signer of the store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signer {
    /// The fingerprint, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// The public key, as its file has it.
    pub key: String,
}

/// The signers of the store; none where it takes unsigned runs.
///
/// # Errors
/// [`StoreError`].
pub fn list(transaction: &mut Transaction<'_>) -> Result<Vec<Signer>, StoreError> {
    let rows =
        transaction.query("SELECT fingerprint, key FROM signers ORDER BY fingerprint", &[])?;
    let signer = |row: &super::StoreRow| {
        Ok(Signer {
            fingerprint: row.text("fingerprint")?.to_owned(),
            key: row.text("key")?.to_owned(),
        })
    };
    rows.iter().map(signer).collect()
}

/// The signers of the store, to verify with; `None` where it takes unsigned runs.
///
/// # Errors
/// [`StoreError`], also when a key in it is none.
pub fn signers(store: &mut Store) -> Result<Option<Signers>, StoreError> {
    let signers = list(&mut store.read()?)?;
    if signers.is_empty() {
        return Ok(None);
    }
    let keys: Vec<String> = signers.into_iter().map(|signer| signer.key).collect();
    let malformed = |_| StoreError::Malformed { store: store.name().to_owned(), column: "key" };
    Signers::parse(NAMESPACE, Path::new("signers"), &keys.join("\n")).map(Some).map_err(malformed)
}

/// Has the store demand a signature by one of these, or by one of those that it has; says how many
/// are new.
///
/// # Errors
/// [`StoreError`]; it takes the rights of the owner.
pub fn add(
    store: &mut Store,
    signers: &Signers,
    actor: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut transaction = store.begin()?;
    let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
    let mut added = 0;
    for (fingerprint, key) in signers.keys() {
        let is_new = transaction.execute(
            "INSERT INTO signers (fingerprint, key, added_at) VALUES ($1, $2, $3) \
             ON CONFLICT (fingerprint) DO NOTHING",
            &[fingerprint.as_str().into(), key.into(), now.as_millisecond().into()],
        )?;
        if is_new > 0 {
            tell(&mut transaction, &mut head, Event::SignerAdded, &fingerprint, actor, now)?;
        }
        added += is_new;
    }
    transaction.commit()?;
    Ok(added)
}

/// Takes a signer away, by the fingerprint; whether it was there. Without any the store takes
/// unsigned runs again.
///
/// # Errors
/// [`StoreError`]; it takes the rights of the owner.
pub fn remove(
    store: &mut Store,
    fingerprint: &str,
    actor: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut transaction = store.begin()?;
    let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
    let removed =
        transaction.execute("DELETE FROM signers WHERE fingerprint = $1", &[fingerprint.into()])?;
    if removed > 0 {
        tell(&mut transaction, &mut head, Event::SignerRemoved, fingerprint, actor, now)?;
    }
    transaction.commit()?;
    Ok(removed > 0)
}

fn tell(
    transaction: &mut Transaction<'_>,
    head: &mut audit::Head,
    event: Event,
    fingerprint: &str,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entry = Entry { event, reference: None, serial: None, position: None, detail: fingerprint };
    audit::append(transaction, head, now, actor, &[entry])
}
