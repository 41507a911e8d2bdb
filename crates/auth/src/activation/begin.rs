//! An activation that is begun: its code is drawn, and its link goes out.

use std::fmt;

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{holder::HolderId, token::Random};

use super::{ActivationCode, VALID_FOR};
use crate::{
    ActivationLink, Lane,
    outbox::{News, Outbox, Outgoing},
    store::{
        Store, StoreError, Transaction,
        account::{self, AccountRow},
        activation::{self, ActivationRow},
        audit::{self, Entry, Event},
    },
    verify::retry::{OfStore, retried},
};

/// An activation that was begun. Its link is on its way by e-mail; nobody is given it here.
pub struct Activation {
    /// The code, for one paper.
    pub code: ActivationCode,
    /// From when on neither code nor link can be used.
    pub until: Timestamp,
}

/// Nothing of a code is for a log.
impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Activation(until {})", self.until)
    }
}

/// Why an activation wasn't begun.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The generator of random numbers failed.
    #[error("the system gives no random numbers ({why}); try again")]
    Random {
        /// The generator's words.
        why: String,
    },
    /// There is nobody to be activated.
    #[error("holder {holder} has no account; make it first")]
    NoAccount {
        /// Who.
        holder: HolderId,
    },
}

impl OfStore for ActivationError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Random { .. } | Self::NoAccount { .. } => None,
        }
    }
}

/// Code, link and mail of an activation, which a transaction makes the store's.
pub(crate) struct Prepared {
    row: ActivationRow,
    mail: Outgoing,
    pub(crate) activation: Activation,
}

impl Prepared {
    pub(crate) fn new<R: TryCryptoRng>(
        outbox: &Outbox,
        account: &AccountRow,
        now: Timestamp,
        random: &mut Random<R>,
    ) -> Result<Self, R::Error> {
        let link = ActivationLink::draw(Lane::of(&account.holder), random)?;
        let code = ActivationCode::draw(random)?;
        let until = now.saturating_add(VALID_FOR).unwrap_or(Timestamp::MAX);
        let news = News::Activation { link: &link, until };
        let mail = outbox.tell(&account.email, account, &news, now, random)?;
        let row = ActivationRow {
            holder: account.holder.clone(),
            link: link.digest(),
            code: code.digest(&link),
            made_at: now.as_millisecond(),
            expires_at: until.as_millisecond(),
        };
        Ok(Self { row, mail, activation: Activation { code, until } })
    }

    /// Makes it the holder's one, and has the mail be sent; in a lane that is locked.
    pub(crate) fn put(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        self.row.put(transaction)?;
        self.mail.insert(transaction)
    }

    /// What the audit has of it.
    pub(crate) const fn entry(reference: Option<&str>) -> Entry<'_> {
        let event = Event::ActivationBegun;
        Entry { event, reference, serial: None, position: None, detail: "" }
    }
}

/// Begins an activation of a holder who has an account, in the place of one that was begun before: the
/// code is given for one paper, and the link is mailed to the address of the account, in its language.
/// Both are good for [`VALID_FOR`]. Nothing of the account changes before somebody brings both.
///
/// A desk calls it while the person stands there, also for somebody who has forgotten their password or
/// has lost their last key. `outbox` is [`crate::sign_in::Service::outbox`] of a service, or one of the
/// program's own; `actor` is the clerk.
///
/// # Errors
/// [`ActivationError`]; what was begun before is good still.
pub fn begin<R: TryCryptoRng>(
    store: &mut Store,
    outbox: &Outbox,
    holder: &HolderId,
    actor: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<Activation, ActivationError> {
    let prepared = prepare(store, outbox, holder, now, random)?;
    put(store, holder, &prepared, |_| true, actor, now)?;
    Ok(prepared.activation)
}

/// As [`begin`], unless another activation was begun or used since somebody looked: `before` is what
/// [`begun`] said then. So a form that is sent twice begins one, and mails one link; `None` then.
///
/// # Errors
/// [`ActivationError`]; what was begun before is good still.
pub fn begin_once<R: TryCryptoRng>(
    store: &mut Store,
    outbox: &Outbox,
    holder: &HolderId,
    before: Option<i64>,
    actor: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<Option<Activation>, ActivationError> {
    let prepared = prepare(store, outbox, holder, now, random)?;
    let is_put = put(store, holder, &prepared, |there| there == before, actor, now)?;
    Ok(is_put.then_some(prepared.activation))
}

/// Until when a holder's activation can be used that was begun and that nobody has used, in
/// milliseconds since 1970; also when that is past.
///
/// # Errors
/// [`StoreError`].
pub fn begun(store: &mut Store, holder: &HolderId) -> Result<Option<i64>, StoreError> {
    activation::begun(&mut store.read()?, holder.as_str())
}

fn prepare<R: TryCryptoRng>(
    store: &mut Store,
    outbox: &Outbox,
    holder: &HolderId,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<Prepared, ActivationError> {
    let account = account::of_holder(&mut store.read()?, holder.as_str())?;
    let account = account.ok_or_else(|| ActivationError::NoAccount { holder: holder.clone() })?;
    let prepared = Prepared::new(outbox, &account, now, random);
    prepared.map_err(|error| ActivationError::Random { why: error.to_string() })
}

/// Makes it the holder's one; false when another was there than was expected.
fn put(
    store: &mut Store,
    holder: &HolderId,
    prepared: &Prepared,
    is_expected: impl Fn(Option<i64>) -> bool,
    actor: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    retried(|| {
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, Lane::of(holder.as_str()))?;
        if !is_expected(activation::begun(&mut transaction, holder.as_str())?) {
            return Ok(false);
        }
        prepared.put(&mut transaction)?;
        let reference = audit::reference(&mut transaction, holder.as_str())?;
        let entry = Prepared::entry(reference.as_deref());
        audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
        transaction.commit()?;
        Ok(true)
    })
}
