//! What operators do to tokens, and what time does.

use std::fmt;

use jiff::{SignedDuration, Span, Timestamp, Zoned, civil::Date};
use tokenkaart_token::{holder::HolderId, token::Serial};

use super::challenge::timestamp;
use crate::store::{
    State, Store, StoreError, Transaction,
    audit::{self, Entry, Event},
    challenge::{self, Attempts},
    token::{self, TokenRow},
};

/// Tokens that are expired, or challenges that are forgotten, in one transaction.
const PAGE: u32 = 500;
/// How long challenges of no use are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long the wrong answers of holders without a live token are kept: a year. Those of holders
/// with one stay for ever, so who would find out who has one has to wait for it.
const KEPT_ATTEMPTS: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Whose token is meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Who {
    /// The holder's one live token.
    Holder(HolderId),
    /// The token with this number.
    Serial(Serial),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder(holder) => write!(f, "holder {holder}"),
            Self::Serial(serial) => write!(f, "serial {serial}"),
        }
    }
}

/// What an operator does to a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Act {
    /// Ends it: it is lost, or its holder has left.
    Revoke,
    /// Puts it aside for a while.
    Suspend,
    /// Lets a suspended one be used again; wrong answers in a row stay counted.
    Resume,
    /// Lets a locked one be used again, and forgets the wrong answers.
    Unlock,
}

impl Act {
    /// The states that it is for, the state that it leads to, and what the audit calls it.
    const fn moves(self) -> (&'static [State], State, Event) {
        match self {
            Self::Revoke => {
                let live = &[State::Active, State::Suspended, State::Locked];
                (live, State::Revoked, Event::Revoked)
            }
            Self::Suspend => (&[State::Active], State::Suspended, Event::Suspended),
            Self::Resume => (&[State::Suspended], State::Active, Event::Resumed),
            Self::Unlock => (&[State::Locked], State::Active, Event::Unlocked),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Revoke => "revoked",
            Self::Suspend => "suspended",
            Self::Resume => "resumed",
            Self::Unlock => "unlocked",
        }
    }
}

/// A token that an operator has changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Changed {
    /// Which one.
    pub serial: Serial,
    /// Whose.
    pub holder: String,
    /// What it was.
    pub from: State,
    /// What it is.
    pub to: State,
}

/// Why a token was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LifeError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such token.
    #[error(
        "{who}: there is no such token in the store; `tokenkaart-server status` shows those that are"
    )]
    NoToken {
        /// What was asked for.
        who: Who,
    },
    /// It can't be done to a token in that state.
    #[error(
        "token {serial} is {state}, and only one that is {} can be {}",
        either(act.moves().0), act.words()
    )]
    State {
        /// The token.
        serial: Serial,
        /// What it is.
        state: State,
        /// What was to be done.
        act: Act,
    },
}

fn either(states: &[State]) -> String {
    let names: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
    names.join(" or ")
}

/// Does to a token what an operator wants, and says so in the audit.
///
/// # Errors
/// [`LifeError`] when there is no such token, or it is in another state.
pub fn change(
    store: &mut Store,
    who: &Who,
    act: Act,
    reason: Option<&str>,
    actor: &str,
    now: Timestamp,
) -> Result<Changed, LifeError> {
    let (states, to, event) = act.moves();
    let none = || LifeError::NoToken { who: who.clone() };
    let mut transaction = store.begin()?;
    let (serial, holder) = match who {
        Who::Holder(holder) => {
            let live = token::live_of(&mut transaction, holder.as_str())?.ok_or_else(none)?;
            (live.serial, live.holder)
        }
        Who::Serial(serial) => {
            let token = token::by_serial(&mut transaction, serial)?.ok_or_else(none)?;
            (token.serial, token.holder)
        }
    };
    challenge::lock_attempts(&mut transaction, &holder, now)?;
    let token = token::lock(&mut transaction, &serial)?.ok_or_else(none)?;
    if !states.contains(&token.state) {
        return Err(LifeError::State { serial, state: token.state, act });
    }
    token::set_state(&mut transaction, &serial, (token.state, to), reason, now)?;
    if to == State::Active {
        // The holder, who may be on the telephone, goes on at once.
        challenge::forget(&mut transaction, &holder)?;
    }
    if act == Act::Unlock {
        let attempts = Attempts {
            serial: Some(serial.to_string()),
            failures: 0,
            not_before: now.as_millisecond(),
        };
        challenge::set_attempts(&mut transaction, &holder, &attempts)?;
    }
    let entry = Entry {
        event,
        holder: Some(&holder),
        serial: Some(&serial.to_string()),
        position: None,
        detail: reason.unwrap_or_default(),
    };
    audit::append(&mut transaction, now, actor, &[entry])?;
    transaction.commit()?;
    Ok(Changed { serial, holder, from: token.state, to })
}

/// What [`expire`] did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Swept {
    /// Tokens that are expired now.
    pub expired: u64,
    /// Challenges that ended long ago, and are forgotten.
    pub challenges: u64,
    /// Attempts of holders without a live token, long ago, that are forgotten.
    pub attempts: u64,
}

/// Ends the tokens whose end date has come, and if asked those that were last used, or issued if
/// never, longer ago than a span; forgets challenges and attempts that are of no use any more.
///
/// # Errors
/// [`StoreError`]; what was done before stays done, and the rest can be done by calling it again.
pub fn expire(
    store: &mut Store,
    unused_for: Option<Span>,
    actor: &str,
    now: &Zoned,
) -> Result<Swept, StoreError> {
    let moment = now.timestamp();
    // A span that reaches before the calendar finds nothing.
    let since = unused_for.and_then(|span| now.checked_sub(span).ok());
    let since = since.map(|since| (since.date(), since.timestamp()));
    let mut swept = Swept::default();
    let mut after = None;
    loop {
        let mut transaction = store.begin()?;
        transaction.begin_many()?;
        let found = token::past(&mut transaction, now.date(), since, after.as_ref(), PAGE)?;
        let Some(last) = found.last() else { break };
        after = Some(last.serial.clone());
        let mut ended = Vec::new();
        for token in &found {
            if let Some(reason) = end(&mut transaction, token, now, since)? {
                ended.push((token, token.serial.to_string(), reason));
            }
        }
        let entries: Vec<Entry<'_>> = ended
            .iter()
            .map(|(token, serial, reason)| Entry {
                event: Event::Expired,
                holder: Some(&token.holder),
                serial: Some(serial),
                position: None,
                detail: reason,
            })
            .collect();
        audit::append(&mut transaction, moment, actor, &entries)?;
        transaction.commit()?;
        swept.expired += ended.len() as u64;
    }
    let before = |kept| moment.checked_sub(kept).unwrap_or(Timestamp::MIN);
    loop {
        let mut transaction = store.begin()?;
        let Some(forgotten) = challenge::sweep(&mut transaction, before(KEPT), PAGE)? else {
            break;
        };
        transaction.commit()?;
        swept.challenges += forgotten;
    }
    let mut transaction = store.begin()?;
    swept.attempts = challenge::sweep_attempts(&mut transaction, before(KEPT_ATTEMPTS))?;
    transaction.commit()?;
    Ok(swept)
}

/// Ends a token, unless it was used or ended since it was found; says why.
fn end(
    transaction: &mut Transaction<'_>,
    found: &TokenRow,
    now: &Zoned,
    since: Option<(Date, Timestamp)>,
) -> Result<Option<String>, StoreError> {
    let Some(token) = token::lock(transaction, &found.serial)? else { return Ok(None) };
    let is_unused = since.is_some_and(|(day, moment)| match token.last_used {
        Some(last) => last < moment.as_millisecond(),
        None => token.issued < day,
    });
    let reason = match token.expires {
        _ if !token.state.is_live() => return Ok(None),
        Some(expires) if token.is_over(now.date()) => format!("its end date was {expires}"),
        _ if is_unused => token.last_used.map_or_else(
            || format!("never used since {}", token.issued),
            |last| format!("not used since {}", timestamp(last, now.timestamp())),
        ),
        _ => return Ok(None),
    };
    let moves = (token.state, State::Expired);
    token::set_state(transaction, &token.serial, moves, Some(&reason), now.timestamp())?;
    Ok(Some(reason))
}
