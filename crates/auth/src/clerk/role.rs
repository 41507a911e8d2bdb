//! Who works at the desk: added, stopped, listed.

use jiff::Timestamp;

use crate::{
    Lane, Role,
    account::UserName,
    store::{
        Store, StoreError, account,
        audit::{self, Entry, Event},
        clerk::{self, ClerkRow},
    },
    verify::retry::{OfStore, retried},
};

/// Why a clerk was not added or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClerkError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody signs in by that name.
    #[error("there is no account with the user name {user_name}; make one first")]
    NoAccount {
        /// The name.
        user_name: UserName,
    },
    /// They work there, in another role.
    #[error("{user_name} is {role} already; stop them first to give them another role")]
    OtherRole {
        /// Who.
        user_name: UserName,
        /// What they are.
        role: Role,
    },
    /// They don't work there.
    #[error("{user_name} doesn't work at the desk")]
    NoClerk {
        /// Who.
        user_name: UserName,
    },
}

impl OfStore for ClerkError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Has the owner of an account work at the desk; false when they do already.
///
/// # Errors
/// [`ClerkError`].
pub fn add(
    store: &mut Store,
    user_name: &UserName,
    role: Role,
    actor: &str,
    now: Timestamp,
) -> Result<bool, ClerkError> {
    retried(|| {
        let holder = account::holder_of(&mut store.read()?, user_name.as_str())?;
        let holder =
            holder.ok_or_else(|| ClerkError::NoAccount { user_name: user_name.clone() })?;
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
        if let Some(found) = ClerkRow::find(&mut transaction, &holder)? {
            let user_name = user_name.clone();
            return match found.role {
                same if same == role => Ok(false),
                role => Err(ClerkError::OtherRole { user_name, role }),
            };
        }
        let since = now.as_millisecond();
        let row = ClerkRow { holder, user_name: user_name.to_string(), role, since };
        row.insert(&mut transaction)?;
        let detail = format!("{user_name}, {role}");
        let entry = told(Event::ClerkAdded, &detail);
        audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
        transaction.commit()?;
        Ok(true)
    })
}

/// Has somebody work at the desk no longer: with that their sessions there have ended, on every
/// instance.
///
/// # Errors
/// [`ClerkError`].
pub fn stop(
    store: &mut Store,
    user_name: &UserName,
    actor: &str,
    now: Timestamp,
) -> Result<(), ClerkError> {
    let holder = retried(|| {
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
        let all = ClerkRow::all(&mut transaction)?;
        let Some(row) = all.into_iter().find(|row| row.user_name == user_name.as_str()) else {
            return Err(ClerkError::NoClerk { user_name: user_name.clone() });
        };
        row.delete(&mut transaction)?;
        let detail = format!("{user_name}, {}", row.role);
        let entry = told(Event::ClerkStopped, &detail);
        audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
        transaction.commit()?;
        Ok(row.holder)
    })?;
    // Without a role they let nobody in; they are in another lane, and gone with this.
    retried(|| {
        let mut transaction = store.begin()?;
        audit::lock(&mut transaction, Lane::of(&holder))?;
        clerk::end_all(&mut transaction, &holder)?;
        transaction.commit()?;
        Ok(())
    })
}

/// Who works at the desk, by user name.
///
/// # Errors
/// [`StoreError`].
pub fn list(store: &mut Store) -> Result<Vec<ClerkRow>, StoreError> {
    ClerkRow::all(&mut store.read()?)
}

/// What the audit tells of the desk's people, in the office's lane.
const fn told(event: Event, detail: &str) -> Entry<'_> {
    Entry { event, reference: None, serial: None, position: None, detail }
}
