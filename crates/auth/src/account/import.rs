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
    activation::{self, Activation},
    outbox::Outbox,
    store::{Store, StoreError, Transaction, account, activation as rows},
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
    let known = checked(store, list)?;
    let prepare = |new| Prepared::new(new, scheme, random);
    make(store, &numbered(list, &known, false), prepare, actor, now, |_, _| {})
        .map(|made| Imported { made, known: known.iter().filter(|known| **known).count() as u64 })
}

/// The same without passwords, but for those from another system: each account is made together with its
/// activation, whose link is mailed to its holder. Accounts that are there and that nobody has activated get another one, in the place of
/// the one that they had, so what was cut off is finished by the same call; those that are activated, or
/// never had one, are left alone. Gives the activations with their places in the list, from 0.
///
/// # Errors
/// [`ImportError`], with all that is wrong. Of what was made before no code is known to anybody.
pub fn import_to_activate<R: TryCryptoRng>(
    store: &mut Store,
    list: &[NewAccount],
    outbox: &Outbox,
    actor: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<(Imported, Vec<(usize, Activation)>), ImportError> {
    let known = checked(store, list)?;
    let mut begun = Vec::new();
    let mut keep = |at, prepared: &mut Prepared<'_>| {
        begun.extend(prepared.activation.take().map(|prepared| (at, prepared.activation)));
    };
    let missing = numbered(list, &known, false);
    let prepare = |new| Prepared::to_activate(new, outbox, now, random);
    let made = make(store, &missing, prepare, actor, now, &mut keep)?;
    for (at, new) in numbered(list, &known, true) {
        let failed = |error| ImportError::CutOff { error, made };
        let (sql, key) = rows::look_up(new.holder.as_str());
        let is_begun = store.read().and_then(|mut transaction| transaction.query_one(sql, &key));
        if is_begun.map_err(|error| failed(error.into()))?.is_some() {
            let again = activation::begin(store, outbox, &new.holder, actor, now, random);
            begun.push((at, again.map_err(|error| failed(error.into()))?));
        }
    }
    begun.sort_by_key(|(at, _)| *at);
    let imported = Imported { made, known: (list.len() - missing.len()) as u64 };
    Ok((imported, begun))
}

/// The accounts of a list that are there or that aren't, with their places; by lane, so that the heads
/// of the audit are taken one after the other.
fn numbered<'l>(
    list: &'l [NewAccount],
    known: &[bool],
    is_known: bool,
) -> Vec<(usize, &'l NewAccount)> {
    let mut numbered: Vec<_> =
        list.iter().enumerate().filter(|(at, _)| known.get(*at) == Some(&is_known)).collect();
    numbered.sort_by_key(|(_, new)| lane_of(new));
    numbered
}

/// Which accounts of a list are there as they stand in it, if nothing is wrong with it.
fn checked(store: &mut Store, list: &[NewAccount]) -> Result<Vec<bool>, ImportError> {
    let looked = look(store, list);
    let (known, faults) =
        looked.map_err(|error| ImportError::CutOff { error: error.into(), made: 0 })?;
    if faults.is_empty() { Ok(known) } else { Err(ImportError::Faults(faults)) }
}

/// Makes accounts, and says how many; each is shown when it is made.
fn make<'l>(
    store: &mut Store,
    missing: &[(usize, &'l NewAccount)],
    mut prepare: impl FnMut(&'l NewAccount) -> Result<Prepared<'l>, AccountError>,
    actor: &str,
    now: Timestamp,
    mut done: impl FnMut(usize, &mut Prepared<'l>),
) -> Result<u64, ImportError> {
    let mut made = 0;
    for accounts in missing.chunk_by(|(_, a), (_, b)| lane_of(a) == lane_of(b)) {
        for accounts in accounts.chunks(AT_ONCE) {
            let prepared = accounts.iter().map(|(_, new)| prepare(new));
            let prepared = prepared.collect::<Result<Vec<_>, _>>().and_then(|prepared| {
                insert(store, lane_of(accounts[0].1), &prepared, actor, now)?;
                Ok(prepared)
            });
            let prepared = prepared.map_err(|error| ImportError::CutOff { error, made })?;
            made += prepared.len() as u64;
            for ((at, _), mut prepared) in accounts.iter().zip(prepared) {
                done(*at, &mut prepared);
            }
        }
    }
    Ok(made)
}

/// What is wrong with the accounts of a list that is not to be imported, since more is wrong with it.
///
/// # Errors
/// [`StoreError`].
pub fn faults(store: &mut Store, list: &[NewAccount]) -> Result<Vec<ImportFault>, StoreError> {
    Ok(look(store, list)?.1)
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

/// Which accounts are there as they stand in the list, and what stands against the others.
fn look(
    store: &mut Store,
    list: &[NewAccount],
) -> Result<(Vec<bool>, Vec<ImportFault>), StoreError> {
    let mut faults = twice(list);
    let mut transaction = store.read()?;
    let mut known = Vec::with_capacity(list.len());
    for (page, accounts) in list.chunks(PAGE).enumerate() {
        for (place, found) in found(&mut transaction, accounts)?.into_iter().enumerate() {
            let at = page * PAGE + place;
            known.push(found.as_ref().is_ok_and(|is_known| *is_known));
            faults.extend(found.err().map(|kind| ImportFault { at, kind }));
        }
    }
    faults.sort_by_key(|fault| fault.at);
    Ok((known, faults))
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
