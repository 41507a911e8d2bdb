//! The people of a holder file as accounts that are to be, or all that is wrong with them.

use std::{fmt, path::Path, str::FromStr};

use tokenkaart::read::{Excerpt, Field, MAX_FAULTS, ReadOutcome, Row};
use tokenkaart_auth::{
    account::{EmailAddress, ImportFault, ImportFaultKind, NewAccount, NewPassword, UserName},
    password_hash::{PasswordHash, PasswordHashError},
};
use tokenkaart_terminal::{Failure, count, finding};
use tokenkaart_token::{
    hash::Ceiling,
    holder::Line,
    shell::{harmless, shown},
};

use crate::remedy;

/// Something that is wrong with a row, and in which field of it.
struct Fault<'r> {
    row: &'r Row,
    field: Field,
    why: String,
}

/// The people of a file.
pub(super) struct People<'r> {
    read: &'r ReadOutcome,
    /// The rows that give an account, in the order of the accounts.
    rows: Vec<&'r Row>,
    accounts: Vec<NewAccount>,
    faults: Vec<Fault<'r>>,
}

impl<'r> People<'r> {
    /// Makes accounts of rows; hashes cost so much at most.
    pub(super) fn of(read: &'r ReadOutcome, most: Ceiling) -> Self {
        let mut people = Self { read, rows: Vec::new(), accounts: Vec::new(), faults: Vec::new() };
        for row in &read.rows {
            // Also of a row whose hash is faulty: the store may have more against it.
            if let Some(new) = account_of(row, most, &mut people.faults) {
                people.rows.push(row);
                people.accounts.push(new);
            }
        }
        people
    }

    pub(super) fn accounts(&self) -> &[NewAccount] {
        &self.accounts
    }

    pub(super) const fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Adds what the store has against the accounts.
    pub(super) fn add(&mut self, found: Vec<ImportFault>) {
        for ImportFault { at, kind } in found {
            let Some(row) = self.rows.get(at).copied() else { continue };
            let field = match kind {
                ImportFaultKind::UserNameTwice(_) | ImportFaultKind::UserNameTaken => {
                    Field::UserName
                }
                ImportFaultKind::EmailTwice(_) | ImportFaultKind::EmailTaken => Field::Email,
                _ => Field::Id,
            };
            let why = in_words(&kind, &self.rows);
            self.faults.push(Fault { row, field, why });
        }
    }

    /// Shows the faults in the order of their rows, the first ones if they are many; what the
    /// command ends with.
    pub(super) fn refuse(mut self, file: &Path) -> Result<Failure, Failure> {
        self.faults.sort_by_key(|fault| fault.row.place);
        for Fault { row, field, why } in self.faults.iter().take(MAX_FAULTS) {
            let header = self.read.headers.iter().find(|(of, _)| of == field);
            let column = header.map(|(_, header)| format!(", column \"{}\"", Excerpt::new(header)));
            let column = column.unwrap_or_default();
            finding(format_args!("{}: {}{column}: {}", shown(file), row.place, harmless(why)))?;
        }
        let more = match self.faults.len().saturating_sub(MAX_FAULTS) {
            0 => String::new(),
            more => format!(" ({more} more than are shown)"),
        };
        let number = count(self.faults.len() as u64, "fault", "faults");
        let file = shown(file);
        Ok(Failure::new(format!("{file}: {number}{more}, and no account was made")))
    }
}

/// The account that a row gives, if it has a user name and an address; notes what is wrong.
fn account_of<'r>(row: &'r Row, most: Ceiling, faults: &mut Vec<Fault<'r>>) -> Option<NewAccount> {
    let holder = &row.holder;
    let user_name = needed::<UserName>(holder.user_name.as_ref(), "user name");
    let user_name =
        user_name.map_err(|why| faults.push(Fault { row, field: Field::UserName, why }));
    let email = needed::<EmailAddress>(holder.email.as_ref(), "e-mail address");
    let email = email.map_err(|why| faults.push(Fault { row, field: Field::Email, why }));
    let hash = row.password_hash.as_deref().map(|text| hash_of(text, most)).transpose();
    let hash = hash.map_err(|why| faults.push(Fault { row, field: Field::PasswordHash, why }));
    Some(NewAccount {
        holder: holder.id.clone(),
        user_name: user_name.ok()?,
        email: email.ok()?,
        name: Some(holder.name.clone()),
        language: holder.language.unwrap_or_default(),
        password: hash.unwrap_or_default().map(NewPassword::Hashed),
    })
}

fn needed<T: FromStr<Err: fmt::Display>>(line: Option<&Line>, what: &str) -> Result<T, String> {
    let missing = || format!("there is no {what}; each account needs one");
    let line = line.ok_or_else(missing)?;
    line.as_str().parse().map_err(|error: T::Err| error.to_string())
}

fn hash_of(text: &str, most: Ceiling) -> Result<PasswordHash, String> {
    let hash: PasswordHash = text.parse().map_err(|error: PasswordHashError| error.to_string())?;
    hash.require(most).map_err(remedy::dear_hash)?;
    Ok(hash)
}

/// A fault, with the place of the other row that it is about.
fn in_words(kind: &ImportFaultKind, rows: &[&Row]) -> String {
    match kind {
        ImportFaultKind::HolderTwice(first)
        | ImportFaultKind::UserNameTwice(first)
        | ImportFaultKind::EmailTwice(first) => match rows.get(*first) {
            Some(row) => format!("{kind} (first: {})", row.place),
            None => kind.to_string(),
        },
        _ => kind.to_string(),
    }
}
