//! Accounts that are made.

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{
    hash::{HashError, PhcString, Scheme},
    holder::{HolderId, HolderName},
    language::Language,
    token::Random,
};

use super::{EmailAddress, Password, UserName};
use crate::{
    Lane,
    store::{
        Store, StoreError,
        account::{self, AccountRow},
        audit::{self, Entry, Event},
    },
    verify::retry::{OfStore, retried},
};

/// An account that is to be.
#[derive(Debug)]
pub struct NewAccount {
    /// Whose it is.
    pub holder: HolderId,
    /// What they sign in by.
    pub user_name: UserName,
    /// Where the service writes to.
    pub email: EmailAddress,
    /// How they are called, for applications that ask for it.
    pub name: Option<HolderName>,
    /// The language of pages and mails.
    pub language: Language,
    /// What they sign in with; without one they can't yet.
    pub password: Option<Password>,
}

/// Why an account wasn't made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password can't be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The generator of random numbers failed.
    #[error("the system gives no random numbers ({why}); try again")]
    Random {
        /// The generator's words.
        why: String,
    },
    /// The holder has an account.
    #[error("holder {holder} has an account already, with the user name {user_name}")]
    HolderTaken {
        /// Whose it is.
        holder: HolderId,
        /// Their user name.
        user_name: String,
    },
    /// The user name is somebody else's.
    #[error("the user name {user_name} is taken; choose another one")]
    UserNameTaken {
        /// Which one.
        user_name: UserName,
    },
    /// The address is somebody else's.
    #[error("the address {email} belongs to another account; each person needs one of their own")]
    EmailTaken {
        /// Which one.
        email: EmailAddress,
    },
}

impl OfStore for AccountError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Makes an account: the one act on three lanes.
///
/// # Errors
/// [`AccountError`]; there is nothing of the account then.
pub fn create<R: TryCryptoRng>(
    store: &mut Store,
    new: &NewAccount,
    scheme: Scheme,
    actor: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<(), AccountError> {
    let mut draw =
        || random.salt().map_err(|error| AccountError::Random { why: error.to_string() });
    let (salt, drawn) = (draw()?, draw()?);
    let drawn = format!("{:032x}", u128::from_be_bytes(drawn));
    let hash = new.password.as_ref().map(|password| password.hash(scheme, &salt)).transpose()?;
    retried(|| create_once(store, new, hash.as_ref(), actor, now, &drawn))
}

fn create_once(
    store: &mut Store,
    new: &NewAccount,
    password: Option<&PhcString>,
    actor: &str,
    now: Timestamp,
    drawn: &str,
) -> Result<(), AccountError> {
    let holder = new.holder.as_str();
    let mut transaction = store.begin()?;
    let mut head = audit::lock(&mut transaction, Lane::of(holder))?;
    if let Some(found) = account::of_holder(&mut transaction, holder)? {
        let holder = new.holder.clone();
        return Err(AccountError::HolderTaken { holder, user_name: found.user_name });
    }
    // Always in this order, so that no two wait for each other.
    if !account::insert_login(&mut transaction, new.user_name.as_str(), holder)? {
        return Err(AccountError::UserNameTaken { user_name: new.user_name.clone() });
    }
    if !account::insert_email(&mut transaction, &new.email.key(), holder)? {
        return Err(AccountError::EmailTaken { email: new.email.clone() });
    }
    let row = AccountRow {
        holder: holder.to_owned(),
        user_name: new.user_name.to_string(),
        email: new.email.to_string(),
        name: new.name.as_ref().map(|name| name.as_str().to_owned()),
        language: new.language,
    };
    row.insert(&mut transaction, now)?;
    if let Some(hash) = password {
        account::insert_password(&mut transaction, holder, hash, now)?;
    }
    let known = audit::reference(&mut transaction, holder)?;
    if known.is_none() {
        audit::refer(&mut transaction, holder, drawn)?;
    }
    let reference = known.unwrap_or_else(|| drawn.to_owned());
    let entry = Entry {
        event: Event::AccountMade,
        reference: Some(&reference),
        serial: None,
        position: None,
        detail: if password.is_some() { "with a password" } else { "without a password" },
    };
    audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
    Ok(transaction.commit()?)
}
