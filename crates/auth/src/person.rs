//! What a store has of one person: told to them, or forgotten.
//!
//! The audit names a person by a reference that the table `holders` alone resolves. To forget somebody
//! is to delete that row and all others of theirs; the audit's rows stay, and nobody can tell of whom
//! they are. So the chains stay whole.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokenkaart_token::{holder::HolderId, token::Serial};

use crate::{
    Lane,
    store::{
        Store, StoreError,
        audit::{self, AuditRow, Entry, Event},
        person, token,
    },
    verify::retry::{OfStore, retried},
};

/// What a store has of one person: nothing secret, no hash and no code.
#[derive(Debug, Serialize)]
pub struct Told {
    /// The office's key for them.
    pub holder: HolderId,
    /// What the audit calls them.
    pub reference: Option<String>,
    /// Their rows, by table.
    pub tables: Map<String, Value>,
    /// What happened to them.
    pub audit: Vec<AuditRow>,
}

/// Why somebody wasn't forgotten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Their card works, or waits to be handed over.
    #[error(
        "holder {holder} has token {serial}, which is in use or waits at a counter; end it first"
    )]
    Live {
        /// Who.
        holder: HolderId,
        /// The token.
        serial: Serial,
    },
    /// They work at the desk.
    #[error("holder {holder} works at the desk; stop them there first")]
    Clerk {
        /// Who.
        holder: HolderId,
    },
}

impl OfStore for ForgetError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Live { .. } | Self::Clerk { .. } => None,
        }
    }
}

/// All that the store has of a person; none if it has nothing.
///
/// # Errors
/// [`StoreError`].
pub fn export(store: &mut Store, holder: &HolderId) -> Result<Option<Told>, StoreError> {
    let id = holder.as_str();
    let mut transaction = store.read()?;
    let tables = person::told(&mut transaction, id)?;
    let reference = audit::reference(&mut transaction, id)?;
    if tables.is_empty() && reference.is_none() {
        return Ok(None);
    }
    let mut rows: Vec<AuditRow> = Vec::new();
    if let Some(reference) = &reference {
        audit::read(&mut transaction, Lane::of(id), 0, |row| {
            if row.reference.as_ref() == Some(reference) {
                rows.push(row);
            }
            Ok::<(), StoreError>(())
        })?;
    }
    Ok(Some(Told { holder: holder.clone(), reference, tables, audit: rows }))
}

/// Deletes all rows of a person, and what the audit calls them; says how many rows there were, 0 for
/// somebody whom the store doesn't know. The audit's own rows stay. It takes the rights of the tables'
/// owner: no role may delete a use, an end or a hash.
///
/// # Errors
/// [`ForgetError`]; nothing was deleted then.
pub fn forget(
    store: &mut Store,
    holder: &HolderId,
    actor: &str,
    now: Timestamp,
) -> Result<u64, ForgetError> {
    retried(|| {
        let id = holder.as_str();
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, Lane::of(id))?;
        let token = match token::live_of(&mut transaction, id)? {
            None => token::pending_of(&mut transaction, id)?
                .filter(|token| token.state_at(now) == token.state),
            live => live,
        };
        if let Some(token) = token {
            return Err(ForgetError::Live { holder: holder.clone(), serial: token.serial });
        }
        if person::is_clerk(&mut transaction, id)? {
            return Err(ForgetError::Clerk { holder: holder.clone() });
        }
        let reference = audit::reference(&mut transaction, id)?;
        let deleted = person::delete(&mut transaction, id)?;
        if deleted == 0 {
            return Ok(0);
        }
        let entry = Entry {
            event: Event::PersonForgotten,
            reference: reference.as_deref(),
            serial: None,
            position: None,
            detail: "",
        };
        audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
        transaction.commit()?;
        Ok(deleted)
    })
}
