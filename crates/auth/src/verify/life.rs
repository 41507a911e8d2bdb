//! What operators do to tokens, and what time does.

use std::fmt;

use jiff::{SignedDuration, Span, Timestamp, Zoned};
use tokenkaart_token::{holder::HolderId, token::Serial};

use super::{
    challenge::timestamp,
    retry::{OfStore, retried},
};
use crate::{
    Lane,
    store::{
        State, Store, StoreError, Transaction,
        audit::{self, Entry, Event},
        challenge::{self, Attempts},
        day_list, grant, limit, mail, phase_out, session,
        token::{self, TokenRow},
    },
};

/// Tokens that are expired in one transaction.
const PAGE: u32 = 200;
/// How far the clock may be before the last row of the audit.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// How far it may be after it.
const LONG: SignedDuration = SignedDuration::from_hours(24 * 35);
/// So many tokens may end at once whatever part of all they are.
const FEW: u64 = 10;
/// How long challenges of no use are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a session is kept: longer than any lasts.
const KEPT_SESSIONS: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How long a holder can look back at their sign-ins: a year.
const KEPT_SIGN_INS: SignedDuration = SignedDuration::from_hours(24 * 366);
/// How long it can be seen that a mail was given up.
const KEPT_MAILS: SignedDuration = SignedDuration::from_hours(24 * 30);
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
    /// Lets a locked one be used again, and forgets the wrong answers; also those of an active one,
    /// and the wait for them.
    Unlock,
}

impl Act {
    /// The states that it is for, the state that it leads to, and what the audit calls it.
    const fn moves(self) -> (&'static [State], State, Event) {
        match self {
            Self::Revoke => {
                // Also one that isn't in use yet: its card may be lost on the way.
                let living = &[
                    State::Active,
                    State::Suspended,
                    State::Locked,
                    State::Pending,
                    State::Loading,
                ];
                (living, State::Revoked, Event::Revoked)
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
    #[error("{who}: there is no such token in the store")]
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

impl OfStore for LifeError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
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
    change_with(store, who, act, reason, actor, now, |_| Ok(()))
}

/// The same, and something more in the same transaction.
pub(crate) fn change_with(
    store: &mut Store,
    who: &Who,
    act: Act,
    reason: Option<&str>,
    actor: &str,
    now: Timestamp,
    also: impl Fn(&mut Transaction<'_>) -> Result<(), StoreError>,
) -> Result<Changed, LifeError> {
    retried(|| change_once(store, who, act, reason, actor, now, &also))
}

fn change_once(
    store: &mut Store,
    who: &Who,
    act: Act,
    reason: Option<&str>,
    actor: &str,
    now: Timestamp,
    also: &impl Fn(&mut Transaction<'_>) -> Result<(), StoreError>,
) -> Result<Changed, LifeError> {
    let (states, to, event) = act.moves();
    let none = || LifeError::NoToken { who: who.clone() };
    let holder = match who {
        Who::Holder(holder) => holder.as_str().to_owned(),
        Who::Serial(serial) => {
            token::by_serial(&mut store.read()?, serial)?.ok_or_else(none)?.holder
        }
    };
    let mut transaction = store.begin()?;
    let mut head = audit::lock(&mut transaction, Lane::of(&holder))?;
    let found = match who {
        Who::Holder(_) => token::live_of(&mut transaction, &holder)?,
        Who::Serial(serial) => token::of_holder(&mut transaction, &holder, serial)?,
    };
    let Some(token) = found else {
        // A holder whose tokens have all ended is told so of the last one.
        let last = token::all_of(&mut transaction, &holder)?
            .into_iter()
            .find(|token| token.state.is_end());
        let last = last.ok_or_else(none)?;
        return Err(LifeError::State { serial: last.serial, state: last.state, act });
    };
    let serial = token.serial.clone();
    let before = challenge::attempts_of(&mut transaction, &holder)?.unwrap_or_default();
    // An active token may have to be waited for.
    let is_slow = act == Act::Unlock
        && token.state == State::Active
        && before.serial.as_deref() == Some(&serial.to_string())
        && (before.failures > 0 || before.not_before > now.as_millisecond());
    if !states.contains(&token.state) && !is_slow {
        return Err(LifeError::State { serial, state: token.state, act });
    }
    match act {
        Act::Revoke => token::end(&mut transaction, &token, to, reason, now)?,
        Act::Suspend => token::hold(&mut transaction, &token, to, reason, now)?,
        Act::Resume | Act::Unlock => token::release(&mut transaction, &token)?,
    }
    if act == Act::Unlock {
        let attempts = Attempts {
            serial: Some(serial.to_string()),
            failures: 0,
            not_before: now.as_millisecond(),
            ..before
        };
        challenge::set_attempts(&mut transaction, head.lane, &holder, &attempts)?;
        challenge::drop_guesses(&mut transaction, head.lane, &holder)?;
    }
    let reference = audit::reference(&mut transaction, &holder)?;
    let entry = Entry {
        event,
        reference: reference.as_deref(),
        serial: Some(&serial.to_string()),
        position: None,
        detail: reason.unwrap_or_default(),
    };
    audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
    also(&mut transaction)?;
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

/// How tokens are ended by time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expiry {
    /// End also those that were last used, or issued if never, longer ago than this.
    pub unused_for: Option<Span>,
    /// Only find out how many would end.
    pub dry_run: bool,
    /// End so many, whatever the clock says and however many they are.
    pub expect: Option<u64>,
}

/// Why no token was ended by time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExpireError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The clock is not to be trusted.
    #[error(
        "the clock says {now}, and the last thing in the audit, or the last before that day, \
         happened at {last}; an end is an end, so set the clock right, or say that {would} tokens \
         are to end"
    )]
    Clock {
        /// What the clock says.
        now: Timestamp,
        /// When the last thing happened, or the last one on another day.
        last: Timestamp,
        /// How many tokens would end.
        would: u64,
    },
    /// Very many would end at once.
    #[error(
        "{would} of {live} live tokens would end, which is many; look whether that is right, and \
         say then that {would} are to end"
    )]
    Many {
        /// How many would end.
        would: u64,
        /// How many are live.
        live: u64,
    },
    /// Another number of tokens would end than was said.
    #[error("{would} tokens would end, not {expected}; nothing was ended")]
    OtherCount {
        /// How many would end.
        would: u64,
        /// How many were said.
        expected: u64,
    },
}

impl ExpireError {
    /// Ends tokens by time unless that looks like a mistake.
    fn look(expiry: &Expiry, age: &Age, now: Timestamp) -> Result<(), Self> {
        let Age { would, live, moments } = *age;
        if let Some(expected) = expiry.expect {
            return if expected == would {
                Ok(())
            } else {
                Err(Self::OtherCount { would, expected })
            };
        }
        for last in moments.into_iter().flatten() {
            let since = now.duration_since(last);
            if since < -A_DAY || since > LONG {
                return Err(Self::Clock { now, last, would });
            }
        }
        if would > FEW && would.saturating_mul(10) > live {
            return Err(Self::Many { would, live });
        }
        Ok(())
    }
}

/// What would end, and what there is.
struct Age {
    would: u64,
    live: u64,
    /// The latest row of the audit, and the latest that is older than a day: what was done today was
    /// done by the same clock.
    moments: [Option<Timestamp>; 2],
}

/// Ends the tokens whose time is over; forgets challenges, attempts, sessions, grants and limits that
/// are of no use any more.
///
/// # Errors
/// [`ExpireError`]. What was done before stays done, and the rest can be done by calling it again.
pub fn expire(
    store: &mut Store,
    expiry: &Expiry,
    actor: &str,
    now: &Zoned,
) -> Result<Swept, ExpireError> {
    let moment = now.timestamp();
    // A span that reaches before the calendar finds nothing.
    let since = expiry.unused_for.and_then(|span| now.checked_sub(span).ok());
    let since = since.map(|since| (since.date(), since.timestamp()));
    let mut transaction = store.read()?;
    let (would, live) = token::count_past(&mut transaction, now.date(), since)?;
    let before = |kept| moment.checked_sub(kept).unwrap_or(Timestamp::MIN);
    let moments = audit::last_moments(&mut transaction, before(A_DAY))?;
    drop(transaction);
    let age = Age { would, live, moments };
    if expiry.dry_run {
        return Ok(Swept { expired: would, ..Swept::default() });
    }
    ExpireError::look(expiry, &age, moment)?;
    let mut swept = Swept::default();
    for lane in Lane::of_holders() {
        // A page at a time, so that nobody in the lane waits for long.
        loop {
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, lane)?;
            let past = token::past(&mut transaction, lane, now.date(), since, PAGE)?;
            let mut told = Vec::new();
            for token in &past {
                let reason = why(token, now);
                token::end(&mut transaction, token, State::Expired, Some(&reason), moment)?;
                let reference = audit::reference(&mut transaction, &token.holder)?;
                told.push((token.serial.to_string(), reference, reason));
            }
            let entries: Vec<Entry<'_>> = told
                .iter()
                .map(|(serial, reference, reason)| Entry {
                    event: Event::Expired,
                    reference: reference.as_deref(),
                    serial: Some(serial),
                    position: None,
                    detail: reason,
                })
                .collect();
            audit::append(&mut transaction, &mut head, moment, actor, &entries)?;
            let is_last = past.len() < PAGE as usize;
            if is_last {
                let (challenges, attempts) = (before(KEPT), before(KEPT_ATTEMPTS));
                let forgotten = challenge::sweep(&mut transaction, lane, challenges, attempts)?;
                swept.challenges += forgotten.challenges;
                swept.attempts += forgotten.attempts;
                let (sessions, sign_ins) = (before(KEPT_SESSIONS), before(KEPT_SIGN_INS));
                session::sweep(&mut transaction, lane, sessions, sign_ins, moment)?;
                grant::sweep(&mut transaction, lane, before(KEPT), moment)?;
                limit::sweep(&mut transaction, lane, moment)?;
                phase_out::sweep(&mut transaction, lane, sign_ins)?;
                mail::sweep(&mut transaction, lane, before(KEPT_MAILS))?;
            }
            transaction.commit()?;
            swept.expired += past.len() as u64;
            if is_last {
                break;
            }
        }
    }
    let mut transaction = store.begin()?;
    audit::lock(&mut transaction, Lane::OFFICE)?;
    day_list::sweep(&mut transaction, moment)?;
    transaction.commit()?;
    Ok(swept)
}

/// Why a token ends whose time is over, or that was not used for long.
fn why(token: &TokenRow, now: &Zoned) -> String {
    match (token.expires, token.last_used) {
        (Some(expires), _) if token.is_over(now.date()) => format!("its end date was {expires}"),
        (_, Some(last)) => format!("not used since {}", timestamp(last, now.timestamp())),
        (_, None) => format!("never used since {}", token.issued),
    }
}
