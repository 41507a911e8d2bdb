//! Many accounts at once: looked at first, all of them, and then made lane by lane.

use std::collections::HashMap;

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{hash::Scheme, token::Random};

use super::{
    AccountError, NewAccount,
    create::{Prepared, insert},
};
use crate::{
    Lane,
    store::{Store, StoreError, Transaction, account},
};

/// Accounts that are looked up in one journey.
const PAGE: usize = 500;
/// Accounts that are made in one transaction, so that nobody in the lane waits for long.
const AT_ONCE: usize = 200;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Imported {
    /// Accounts that are made now.
    pub made: u64,
    /// Accounts that were there as they stand in the list.
    pub known: u64,
}

/// What is wrong with an account of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportFault {
    /// Its place in the list, from 0.
    pub at: usize,
    /// What is wrong.
    pub kind: ImportFaultKind,
}

/// Why an account of a list can't be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportFaultKind {
    /// The list has the holder before, at this place from 0.
    #[error("the holder is in the list twice")]
    HolderTwice(usize),
    /// The list has the user name before, at this place from 0.
    #[error("the user name is in the list twice")]
    UserNameTwice(usize),
    /// The list has the address before, at this place from 0.
    #[error("the address is in the list twice; each person needs one of their own")]
    EmailTwice(usize),
    /// The holder has an account with another user name or address.
    #[error("the holder has an account already, with another user name or address")]
    HolderTaken,
    /// The user name is another holder's.
    #[error("the user name belongs to another holder; choose another one")]
    UserNameTaken,
    /// The address is another holder's.
    #[error("the address belongs to another holder; each person needs one of their own")]
    EmailTaken,
}

/// Why accounts weren't made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Something is wrong with the list; none were made.
    #[error("{} of the accounts can't be made; none were", .0.len())]
    Faults(Vec<ImportFault>),
    /// The import was cut off; the same call finishes it.
    #[error("{error}; {made} accounts were made, and the same command makes the rest")]
    CutOff {
        /// What happened.
        error: AccountError,
        /// How many were made.
        made: u64,
    },
}

/// Makes all accounts of a list, or none if anything is wrong with it. Those that are there as they
/// stand in the list are left alone, so what was cut off is finished by the same call.
///
/// # Errors
/// [`ImportError`], with all that is wrong.
pub fn import<R: TryCryptoRng>(
    store: &mut Store,
    list: &[NewAccount],
    scheme: Scheme,
    actor: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<Imported, ImportError> {
    let cut_off = |error: AccountError, made| ImportError::CutOff { error, made };
    let mut faults = twice(list);
    let known = look(store, list, &mut faults).map_err(|error| cut_off(error.into(), 0))?;
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.at);
        return Err(ImportError::Faults(faults));
    }
    // By lane, so that the heads of the audit are taken one after the other.
    let mut missing: Vec<&NewAccount> =
        list.iter().zip(&known).filter(|(_, known)| !**known).map(|(new, _)| new).collect();
    missing.sort_by_key(|new| lane_of(new));
    let mut imported = Imported { made: 0, known: (list.len() - missing.len()) as u64 };
    for accounts in missing.chunk_by(|a, b| lane_of(a) == lane_of(b)) {
        for accounts in accounts.chunks(AT_ONCE) {
            let prepared = accounts.iter().map(|new| Prepared::new(new, scheme, random));
            prepared
                .collect::<Result<Vec<_>, _>>()
                .and_then(|prepared| {
                    Ok(insert(store, lane_of(accounts[0]), &prepared, actor, now)?)
                })
                .map_err(|error| cut_off(error, imported.made))?;
            imported.made += accounts.len() as u64;
        }
    }
    Ok(imported)
}

fn lane_of(new: &NewAccount) -> Lane {
    Lane::of(new.holder.as_str())
}

/// What the list has twice.
fn twice(list: &[NewAccount]) -> Vec<ImportFault> {
    let mut faults = Vec::new();
    let mut first: [HashMap<String, usize>; 3] = Default::default();
    for (at, new) in list.iter().enumerate() {
        let keys = [new.holder.as_str().to_owned(), new.user_name.to_string(), new.email.key()];
        for (number, key) in keys.into_iter().enumerate() {
            let before = *first[number].entry(key).or_insert(at);
            if before != at {
                let kind = match number {
                    0 => ImportFaultKind::HolderTwice(before),
                    1 => ImportFaultKind::UserNameTwice(before),
                    _ => ImportFaultKind::EmailTwice(before),
                };
                faults.push(ImportFault { at, kind });
            }
        }
    }
    faults
}

/// Which accounts are there as they stand in the list; notes what stands against the others.
fn look(
    store: &mut Store,
    list: &[NewAccount],
    faults: &mut Vec<ImportFault>,
) -> Result<Vec<bool>, StoreError> {
    let mut transaction = store.read()?;
    let mut known = Vec::with_capacity(list.len());
    for (page, accounts) in list.chunks(PAGE).enumerate() {
        for (place, found) in found(&mut transaction, accounts)?.into_iter().enumerate() {
            let at = page * PAGE + place;
            known.push(found.as_ref().is_ok_and(|is_known| *is_known));
            faults.extend(found.err().map(|kind| ImportFault { at, kind }));
        }
    }
    Ok(known)
}

/// Of each account whether it is there as it stands in the list, or what stands against it.
fn found(
    transaction: &mut Transaction<'_>,
    accounts: &[NewAccount],
) -> Result<Vec<Result<bool, ImportFaultKind>>, StoreError> {
    let statements = accounts.iter().flat_map(|new| {
        account::look_ups(new.holder.as_str(), new.user_name.as_str(), &new.email.key())
    });
    let rows = transaction.all(statements.collect())?;
    let answers = accounts.iter().zip(rows.chunks(3)).map(|(new, rows)| {
        let text = |place: usize, column| -> Result<Option<&str>, StoreError> {
            let row = rows.get(place).and_then(|rows| rows.first());
            row.map(|row| row.text(column)).transpose()
        };
        let holder = new.holder.as_str();
        let is_others = |found: Option<&str>| found.is_some_and(|found| found != holder);
        let account = text(0, "user_name")?;
        let email = text(0, "email")?;
        Ok(match (account, email) {
            (Some(user_name), Some(email)) => {
                let is_same =
                    user_name == new.user_name.as_str() && email.to_lowercase() == new.email.key();
                if is_same { Ok(true) } else { Err(ImportFaultKind::HolderTaken) }
            }
            _ if is_others(text(1, "holder")?) => Err(ImportFaultKind::UserNameTaken),
            _ if is_others(text(2, "holder")?) => Err(ImportFaultKind::EmailTaken),
            _ => Ok(false),
        })
    });
    answers.collect()
}
