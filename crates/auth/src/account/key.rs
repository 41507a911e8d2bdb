//! A holder's keys beside the token, as an operator sees and changes them: for who has lost the phone, or
//! typed so many wrong codes that the key lets nobody in any more.

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{holder::HolderId, token::Random};

use super::AccountError;
use crate::{
    Key, Lane,
    outbox::{News, Outbox},
    store::{
        State, Store, StoreError, account,
        audit::{self, Entry, Event},
        key::{self, KeyAttempts},
        session, token,
    },
    verify::{MAX_FAILURES, retry::retried},
};

/// A key of a holder beside the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HeldKey {
    /// Which.
    pub key: Key,
    /// Since when it is active.
    pub since: Timestamp,
    /// Wrong codes in a row.
    pub failures: u32,
}

impl HeldKey {
    /// Whether there were so many that it lets nobody in.
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        self.failures >= MAX_FAILURES
    }
}

/// What is done to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyAct {
    /// It is no key any more, and all sessions of its holder end.
    Remove,
    /// Its wrong codes are forgotten.
    Unlock,
}

/// What was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyChanged {
    /// Whether the holder has a key to sign in with still, the token among them. Who has none comes back
    /// by another [activation](crate::activation).
    pub has_key: bool,
}

/// The keys of a holder beside the token.
///
/// # Errors
/// [`StoreError`].
pub fn keys_of(store: &mut Store, holder: &HolderId) -> Result<Vec<HeldKey>, StoreError> {
    let mut transaction = store.read()?;
    let mut held = Vec::new();
    for row in key::all_of(&mut transaction, holder.as_str())? {
        let attempts = KeyAttempts::find(&mut transaction, holder.as_str(), row.key)?;
        let since = Timestamp::from_millisecond(row.made_at).unwrap_or(Timestamp::MIN);
        held.push(HeldKey { key: row.key, since, failures: attempts.failures });
    }
    Ok(held)
}

/// Removes or unlocks a key of a holder, whom a mail tells of it, if mails are written. The last key can be
/// removed here: an operator knows whom they have before them, and gives them another activation.
///
/// # Errors
/// [`AccountError`]; nothing was changed then.
// Whose key, what, why, by whom and when: none can be left out.
#[allow(clippy::too_many_arguments, reason = "see above")]
pub fn change_key<R: TryCryptoRng>(
    store: &mut Store,
    outbox: Option<&Outbox>,
    holder: &HolderId,
    key: Key,
    act: KeyAct,
    reason: Option<&str>,
    actor: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<KeyChanged, AccountError> {
    let no_key = || AccountError::NoKey { holder: holder.clone(), key };
    let id = holder.as_str();
    let account = account::of_holder(&mut store.read()?, id)?;
    let account = account.ok_or_else(|| AccountError::NoAccount { holder: holder.clone() })?;
    let (event, news) = match act {
        KeyAct::Remove => (Event::KeyRemoved, News::KeyRemoved { key }),
        KeyAct::Unlock => (Event::KeyUnlocked, News::KeyUnlocked { key }),
    };
    let mail = outbox.map(|outbox| outbox.tell(&account.email, &account, &news, now, random));
    let mail = mail.transpose().map_err(|error| AccountError::Random { why: error.to_string() })?;
    let detail = reason.map_or_else(|| key.to_string(), |reason| format!("{key}, {reason}"));
    let changed = retried(|| -> Result<Option<KeyChanged>, StoreError> {
        let mut transaction = store.begin()?;
        let lane = Lane::of(id);
        let mut head = audit::lock(&mut transaction, lane)?;
        let held = key::all_of(&mut transaction, id)?;
        let attempts = KeyAttempts::find(&mut transaction, id, key)?;
        let is_there = held.iter().any(|row| row.key == key);
        if !is_there || (act == KeyAct::Unlock && attempts.failures == 0) {
            return Ok(None);
        }
        let token = token::live_of(&mut transaction, id)?;
        let has_token = token.is_some_and(|token| token.state == State::Active);
        let has_other = held.iter().any(|row| row.key != key);
        match act {
            KeyAct::Remove => {
                key::remove(&mut transaction, id, key)?;
                session::end_all(&mut transaction, lane, id)?;
            }
            KeyAct::Unlock => key::forget_attempts(&mut transaction, id, key)?,
        }
        let reference = audit::reference(&mut transaction, id)?;
        let reference = reference.as_deref();
        let entry = Entry { event, reference, serial: None, position: None, detail: &detail };
        audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
        if let Some(mail) = &mail {
            mail.insert(&mut transaction)?;
        }
        transaction.commit()?;
        Ok(Some(KeyChanged { has_key: has_token || has_other || act == KeyAct::Unlock }))
    })?;
    match (changed, act) {
        (Some(changed), _) => Ok(changed),
        (None, KeyAct::Remove) => Err(no_key()),
        (None, KeyAct::Unlock) => {
            let held = keys_of(store, holder)?.iter().any(|held| held.key == key);
            let holder = holder.clone();
            Err(if held { AccountError::NotLocked { holder, key } } else { no_key() })
        }
    }
}
