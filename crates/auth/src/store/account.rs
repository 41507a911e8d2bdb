//! The rows of accounts: whose user name, whose address, whose password.

use jiff::Timestamp;
use tokenkaart_token::language::Language;

use super::{StoreError, Transaction, Value};
use crate::{Lane, password_hash::PasswordHash};

/// An account, but for its password.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountRow {
    /// Whose it is.
    pub holder: String,
    /// What they sign in by.
    pub user_name: String,
    /// Where the service writes to.
    pub email: String,
    /// How they are called.
    pub name: Option<String>,
    /// The language of pages and mails.
    pub language: Language,
}

impl AccountRow {
    pub(crate) fn insert(
        &self,
        transaction: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO accounts (lane, holder, user_name, email, name, language, made_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            vec![
                Lane::of(&self.holder).into(),
                self.holder.as_str().into(),
                self.user_name.as_str().into(),
                self.email.as_str().into(),
                self.name.as_deref().into(),
                self.language.code().into(),
                now.as_millisecond().into(),
            ],
        )
    }
}

/// What finds an account. Parameters: lane, holder.
const ACCOUNT: &str =
    "SELECT user_name, email, name, language FROM accounts WHERE lane = $1 AND holder = $2";
/// What finds whose a user name is. Parameters: lane, user name.
const LOGIN: &str = "SELECT holder FROM logins WHERE lane = $1 AND user_name = $2";
/// What finds whose an address is. Parameters: lane, address in small letters.
const EMAIL: &str = "SELECT holder FROM emails WHERE lane = $1 AND address = $2";

/// What finds the account of a holder, and whose a user name and an address are, in one journey.
pub(crate) fn look_ups(
    holder: &str,
    user_name: &str,
    address: &str,
) -> [(&'static str, Vec<Value>); 3] {
    let key = |text: &str| vec![Lane::of(text).into(), text.into()];
    [(ACCOUNT, key(holder)), (LOGIN, key(user_name)), (EMAIL, key(address))]
}

/// The account of a holder.
///
/// # Errors
/// [`StoreError`].
pub fn of_holder(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Option<AccountRow>, StoreError> {
    let row = transaction.query_one(ACCOUNT, &[Lane::of(holder).into(), holder.into()])?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(AccountRow {
        holder: holder.to_owned(),
        user_name: row.text("user_name")?.to_owned(),
        email: row.text("email")?.to_owned(),
        name: row.text_or_null("name")?.map(str::to_owned),
        language: row.parsed("language")?,
    }))
}

/// Who has an account and no password yet, so nobody has activated it: holder, and when it was made in
/// milliseconds since 1970; the latest first, as far as `at_most`.
///
/// # Errors
/// [`StoreError`].
pub fn never_activated(
    transaction: &mut Transaction<'_>,
    at_most: u32,
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = transaction.query(
        "SELECT a.holder AS holder, a.made_at AS made_at FROM accounts a \
         LEFT JOIN passwords p ON p.lane = a.lane AND p.holder = a.holder \
         WHERE p.holder IS NULL ORDER BY a.made_at DESC, a.lane, a.holder LIMIT $1",
        &[at_most.into()],
    )?;
    rows.iter().map(|row| Ok((row.text("holder")?.to_owned(), row.int("made_at")?))).collect()
}

/// Whose a user name is.
///
/// # Errors
/// [`StoreError`].
pub fn holder_of(
    transaction: &mut Transaction<'_>,
    user_name: &str,
) -> Result<Option<String>, StoreError> {
    let row = transaction.query_one(LOGIN, &[Lane::of(user_name).into(), user_name.into()])?;
    row.map(|row| row.text("holder").map(str::to_owned)).transpose()
}

/// The hash of a holder's password.
pub(crate) fn password_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Option<PasswordHash>, StoreError> {
    let row = transaction.query_one(
        "SELECT hash FROM passwords WHERE lane = $1 AND holder = $2",
        &[Lane::of(holder).into(), holder.into()],
    )?;
    row.map(|row| row.parsed("hash")).transpose()
}

/// Has a user name be a holder's; a conflict when it is somebody's.
pub(crate) fn insert_login(
    transaction: &mut Transaction<'_>,
    user_name: &str,
    holder: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO logins (lane, user_name, holder) VALUES ($1, $2, $3)",
        vec![Lane::of(user_name).into(), user_name.into(), holder.into()],
    )
}

/// Gives a user name up; nobody does whose it isn't.
pub(crate) fn delete_login(
    transaction: &mut Transaction<'_>,
    user_name: &str,
    holder: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM logins WHERE lane = $1 AND user_name = $2 AND holder = $3",
        vec![Lane::of(user_name).into(), user_name.into(), holder.into()],
    )
}

/// Has an account have another user name.
pub(crate) fn set_user_name(
    transaction: &mut Transaction<'_>,
    holder: &str,
    user_name: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "UPDATE accounts SET user_name = $3 WHERE lane = $1 AND holder = $2",
        vec![Lane::of(holder).into(), holder.into(), user_name.into()],
    )
}

/// Has an address be a holder's; a conflict when it is somebody's.
pub(crate) fn insert_email(
    transaction: &mut Transaction<'_>,
    address: &str,
    holder: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO emails (lane, address, holder) VALUES ($1, $2, $3)",
        vec![Lane::of(address).into(), address.into(), holder.into()],
    )
}

/// Gives an address up; nobody does whose it isn't.
pub(crate) fn delete_email(
    transaction: &mut Transaction<'_>,
    address: &str,
    holder: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM emails WHERE lane = $1 AND address = $2 AND holder = $3",
        vec![Lane::of(address).into(), address.into(), holder.into()],
    )
}

/// Has an account have another address.
pub(crate) fn set_email(
    transaction: &mut Transaction<'_>,
    holder: &str,
    email: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "UPDATE accounts SET email = $3 WHERE lane = $1 AND holder = $2",
        vec![Lane::of(holder).into(), holder.into(), email.into()],
    )
}

/// Has an account have another language.
pub(crate) fn set_language(
    transaction: &mut Transaction<'_>,
    holder: &str,
    language: Language,
) -> Result<(), StoreError> {
    transaction.queue(
        "UPDATE accounts SET language = $3 WHERE lane = $1 AND holder = $2",
        vec![Lane::of(holder).into(), holder.into(), language.code().into()],
    )
}

/// Has an account that has a password have another.
pub(crate) fn set_password(
    transaction: &mut Transaction<'_>,
    holder: &str,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "UPDATE passwords SET hash = $3, set_at = $4 WHERE lane = $1 AND holder = $2",
        vec![
            Lane::of(holder).into(),
            holder.into(),
            hash.to_string().into(),
            now.as_millisecond().into(),
        ],
    )
}

/// Has an account have a password, whether it had one or not.
pub(crate) fn put_password(
    transaction: &mut Transaction<'_>,
    holder: &str,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO passwords (lane, holder, hash, set_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (lane, holder) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at",
        vec![
            Lane::of(holder).into(),
            holder.into(),
            hash.to_string().into(),
            now.as_millisecond().into(),
        ],
    )
}

/// Puts a hash of the same password in place of another, unless somebody has done so or set another
/// password meanwhile: whether it was done.
pub(crate) fn rehash(
    transaction: &mut Transaction<'_>,
    holder: &str,
    before: &PasswordHash,
    hash: &PasswordHash,
) -> Result<bool, StoreError> {
    let rehashed = transaction.execute(
        "UPDATE passwords SET hash = $4 WHERE lane = $1 AND holder = $2 AND hash = $3",
        &[
            Lane::of(holder).into(),
            holder.into(),
            before.to_string().into(),
            hash.to_string().into(),
        ],
    )?;
    Ok(rehashed == 1)
}

pub(crate) fn insert_password(
    transaction: &mut Transaction<'_>,
    holder: &str,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO passwords (lane, holder, hash, set_at) VALUES ($1, $2, $3, $4)",
        vec![
            Lane::of(holder).into(),
            holder.into(),
            hash.to_string().into(),
            now.as_millisecond().into(),
        ],
    )
}
