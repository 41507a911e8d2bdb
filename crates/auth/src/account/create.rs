//! Accounts that are made.

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{
    hash::{HashError, Scheme},
    holder::{HolderId, HolderName},
    language::Language,
    token::Random,
};

use super::{EmailAddress, Password, UserName};
use crate::{
    Key, Lane,
    activation::{self, Activation, ActivationError},
    outbox::Outbox,
    password_hash::PasswordHash,
    store::{
        Cause, Store, StoreError,
        account::{self, AccountRow},
        audit::{self, Entry, Event},
    },
    verify::retry::retried,
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
    /// What they sign in with; without one they can't yet, and choose one by an activation.
    pub password: Option<NewPassword>,
}

/// The password of an account that is to be.
#[derive(Debug)]
pub enum NewPassword {
    /// Somebody chose it.
    Chosen(Password),
    /// It was chosen where they signed in before, and its hash is all that is known.
    Hashed(PasswordHash),
}

impl From<Password> for NewPassword {
    fn from(password: Password) -> Self {
        Self::Chosen(password)
    }
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
    /// There is no account of this holder.
    #[error("holder {holder} has no account; make it first")]
    NoAccount {
        /// Who.
        holder: HolderId,
    },
    /// The holder has no such key.
    #[error("holder {holder} has no key \"{key}\"; look which ones there are")]
    NoKey {
        /// Whose it would be.
        holder: HolderId,
        /// Which.
        key: Key,
    },
    /// There is nothing to unlock.
    #[error("the key \"{key}\" of holder {holder} is not locked: no wrong code was given last")]
    NotLocked {
        /// Whose it is.
        holder: HolderId,
        /// Which.
        key: Key,
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

impl From<ActivationError> for AccountError {
    fn from(error: ActivationError) -> Self {
        match error {
            ActivationError::Store(error) => Self::Store(error),
            ActivationError::Random { why } => Self::Random { why },
            ActivationError::NoAccount { holder } => Self::NoAccount { holder },
        }
    }
}

/// How often an account is tried again whose name or address somebody took in between.
const TRIES: u32 = 3;

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
    make(store, &[Prepared::new(new, scheme, random)?], actor, now)
}

/// Makes an account without a password, and begins its activation: the holder chooses a user name and a
/// password by the code that is given here, for one paper, and the link that is mailed to them.
///
/// # Errors
/// [`AccountError`]; there is nothing of the account then, and no mail is sent.
pub fn create_to_activate<R: TryCryptoRng>(
    store: &mut Store,
    new: &NewAccount,
    outbox: &Outbox,
    actor: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<Activation, AccountError> {
    let mut prepared = [Prepared::to_activate(new, outbox, now, random)?];
    make(store, &prepared, actor, now)?;
    let [Prepared { activation, .. }] = &mut prepared;
    match activation.take() {
        Some(begun) => Ok(begun.activation),
        None => unreachable!("it was prepared with one"),
    }
}

/// Makes one account, and says what stands against it.
fn make(
    store: &mut Store,
    prepared: &[Prepared<'_>; 1],
    actor: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let [Prepared { new, .. }] = prepared;
    let lane = Lane::of(new.holder.as_str());
    let mut tries = 1;
    loop {
        require_free(store, new)?;
        match insert(store, lane, prepared, actor, now) {
            // Then it shows what was taken.
            Err(StoreError::Database { cause: Cause::Conflict, .. }) if tries < TRIES => tries += 1,
            other => return Ok(other?),
        }
    }
}

/// Looks that nobody has what a new account is to have.
fn require_free(store: &mut Store, new: &NewAccount) -> Result<(), AccountError> {
    let (holder, user_name) = (new.holder.as_str(), new.user_name.as_str());
    let mut transaction = store.read()?;
    let found = transaction.all(account::look_ups(holder, user_name, &new.email.key()).to_vec())?;
    let first = |place: usize| found.get(place).and_then(|rows| rows.first());
    if let Some(row) = first(0) {
        let user_name = row.text("user_name")?.to_owned();
        return Err(AccountError::HolderTaken { holder: new.holder.clone(), user_name });
    }
    if first(1).is_some() {
        return Err(AccountError::UserNameTaken { user_name: new.user_name.clone() });
    }
    if first(2).is_some() {
        return Err(AccountError::EmailTaken { email: new.email.clone() });
    }
    Ok(())
}

/// An account, and what is made of it before anybody waits for it.
pub(super) struct Prepared<'a> {
    new: &'a NewAccount,
    hash: Option<PasswordHash>,
    /// What the audit is to call the holder.
    reference: String,
    /// How its holder comes to a password.
    pub(super) activation: Option<activation::Prepared>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new<R: TryCryptoRng>(
        new: &'a NewAccount,
        scheme: Scheme,
        random: &mut Random<R>,
    ) -> Result<Self, AccountError> {
        let mut draw =
            || random.salt().map_err(|error| AccountError::Random { why: error.to_string() });
        let (salt, reference) = (draw()?, draw()?);
        let reference = format!("{:032x}", u128::from_be_bytes(reference));
        let hash = match &new.password {
            None => None,
            Some(NewPassword::Chosen(password)) => Some(password.hash(scheme, &salt)?),
            Some(NewPassword::Hashed(hash)) => Some(hash.clone()),
        };
        Ok(Self { new, hash, reference, activation: None })
    }

    /// The same with an activation instead of a password; who comes with one from another system needs
    /// none.
    pub(super) fn to_activate<R: TryCryptoRng>(
        new: &'a NewAccount,
        outbox: &Outbox,
        now: Timestamp,
        random: &mut Random<R>,
    ) -> Result<Self, AccountError> {
        let failed = |error: R::Error| AccountError::Random { why: error.to_string() };
        let reference = random.salt().map_err(failed)?;
        let reference = format!("{:032x}", u128::from_be_bytes(reference));
        if let Some(NewPassword::Hashed(hash)) = &new.password {
            return Ok(Self { new, hash: Some(hash.clone()), reference, activation: None });
        }
        let activation = activation::Prepared::new(outbox, &row_of(new), now, random);
        let activation = Some(activation.map_err(failed)?);
        Ok(Self { new, hash: None, reference, activation })
    }

    /// What the audit says beside that the account was made.
    const fn detail(&self) -> &'static str {
        match (&self.hash, &self.new.password) {
            (None, _) => "without a password",
            (Some(_), Some(NewPassword::Hashed(_))) => "with the hash of another system",
            (Some(_), _) => "",
        }
    }
}

/// Makes accounts of one lane, all or none; a conflict when somebody has what one is to have.
pub(super) fn insert(
    store: &mut Store,
    lane: Lane,
    accounts: &[Prepared<'_>],
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    retried(|| {
        let mut transaction = store.begin()?;
        let mut asked = vec![(audit::LOCK, vec![lane.into()])];
        asked.extend(accounts.iter().map(|account| {
            (audit::REFERENCE, vec![lane.into(), account.new.holder.as_str().into()])
        }));
        let found = transaction.all(asked)?;
        let first = |place: usize| found.get(place).and_then(|rows| rows.first());
        let mut head = audit::locked(lane, first(0))?;
        let mut references = Vec::with_capacity(accounts.len());
        for (place, account) in accounts.iter().enumerate() {
            let Prepared { new, hash, reference, activation } = account;
            let holder = new.holder.as_str();
            // Always in this order, so that no two wait for each other.
            account::insert_login(&mut transaction, new.user_name.as_str(), holder)?;
            account::insert_email(&mut transaction, &new.email.key(), holder)?;
            row_of(new).insert(&mut transaction, now)?;
            if let Some(hash) = hash {
                account::insert_password(&mut transaction, holder, hash, now)?;
            }
            if let Some(activation) = activation {
                activation.put(&mut transaction)?;
            }
            references.push(if let Some(row) = first(place + 1) {
                row.text("ref")?.to_owned()
            } else {
                audit::refer(&mut transaction, holder, reference)?;
                reference.clone()
            });
        }
        let mut entries = Vec::with_capacity(accounts.len());
        for (account, reference) in accounts.iter().zip(&references) {
            entries.push(Entry {
                event: Event::AccountMade,
                reference: Some(reference),
                serial: None,
                position: None,
                detail: account.detail(),
            });
            if account.activation.is_some() {
                entries.push(activation::Prepared::entry(Some(reference)));
            }
        }
        audit::append(&mut transaction, &mut head, now, actor, &entries)?;
        transaction.commit()
    })
}

fn row_of(new: &NewAccount) -> AccountRow {
    AccountRow {
        holder: new.holder.as_str().to_owned(),
        user_name: new.user_name.to_string(),
        email: new.email.to_string(),
        name: new.name.as_ref().map(|name| name.as_str().to_owned()),
        language: new.language,
    }
}
