//! The sign-in: user name and password, and then a key.
//!
//! A [`Service`] decides; whoever shows pages calls it. A sign-in under way is in the store, so any
//! process takes the next step; each step is a type that only the one before makes, and whoever
//! takes it uses it up: [`Begun`] → [`Chosen`] → [`PasswordProven`] → [`CodeAsked`] or [`KeyAsked`]
//! → [`SignedIn`].
//!
//! From outside, an unknown user name, an account without a password and a wrong password look the
//! same, after the same hash; and a token that is locked, suspended or over is asked for its code
//! like any other.

mod card;
mod code;
mod enter;
mod key;
mod password;
mod phase_out;
mod signed_in;
mod step;

use std::sync::Arc;

use jiff::SignedDuration;
use tokenkaart_token::hash::{HashError, Scheme};

pub use self::{
    card::CardRequest,
    code::{CodeAnswer, Question, SignedIn},
    enter::BothFactors,
    key::{KeyAnswer, KeyAsked},
    password::Proof,
    signed_in::{Loss, Overview, TokenFacts},
    step::{Begun, Choice, Chosen, CodeAsked, PasswordProven, Step},
};
pub(crate) use self::{key::KeyJudged, password::Tried};
use crate::{
    Key,
    limit::Pace,
    outbox::{Outbox, OutboxError},
    password_hash::PasswordHash,
    seal::{OpenError, Sealer},
    secrets::Secrets,
    session::Lasting,
    store::{Store, StoreError},
    verify::{Gate, VerifyError, retry::OfStore},
};

/// The rules of a sign-in service.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What passwords are hashed with.
    pub scheme: Scheme,
    /// How long a sign-in may be under way.
    pub open_for: SignedDuration,
    /// How long a session lasts.
    pub lasting: Lasting,
    /// How fast passwords may be tried for one account.
    pub by_account: Pace,
    /// How fast passwords of one account may be tried from one address.
    pub by_account_there: Pace,
    /// How fast they may be tried from one address.
    pub by_address: Pace,
    /// How long an application may take to bring its code in. RFC 6749, section 4.1.2, wants ten
    /// minutes at most.
    pub code_for: SignedDuration,
    /// How long an access token may be used.
    pub access_for: SignedDuration,
    /// Whether a token ends when another key is activated with it.
    pub ends_token: bool,
    /// Who comes in here.
    pub entrance: Entrance,
}

/// Who comes in by a sign-in. What one entrance has begun or let in is nothing at the other.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Entrance {
    /// Whoever has an account.
    #[default]
    Citizens,
    /// Who works at the desk.
    Desk,
}

/// What a sign-in at the desk is kept with, and none of a citizen's.
const AT_DESK: &str = "desk";

impl Entrance {
    /// What a sign-in is kept with here.
    const fn request(self, request: &str) -> &str {
        match self {
            Self::Citizens => request,
            Self::Desk => AT_DESK,
        }
    }

    /// Whether a sign-in was begun here, by what it is kept with.
    fn has_begun(self, request: &str) -> bool {
        (request == AT_DESK) == (self == Self::Desk)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            scheme: Scheme::default(),
            open_for: SignedDuration::from_mins(30),
            lasting: Lasting::default(),
            by_account: Pace::OF_ACCOUNT,
            by_account_there: Pace::OF_ACCOUNT_THERE,
            by_address: Pace::OF_ADDRESS,
            code_for: SignedDuration::from_secs(60),
            access_for: SignedDuration::from_mins(10),
            ends_token: true,
            entrance: Entrance::Citizens,
        }
    }
}

/// What decides who is signed in; one for a process, shared by its threads.
#[derive(Debug)]
pub struct Service {
    /// The rules.
    pub rules: Rules,
    /// What asks for codes and judges them.
    pub gate: Gate,
    secrets: Secrets,
    /// What is hashed where there is nothing to compare with.
    decoy: PasswordHash,
    /// What keys beside the token take: without it there are none.
    pub(crate) sealer: Option<Arc<Sealer>>,
    /// What writes to people; without it nobody is.
    outbox: Option<Outbox>,
}

impl Service {
    /// Reads what the store alone knows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(store: &mut Store, gate: Gate, rules: Rules) -> Result<Self, StoreError> {
        let secrets = Secrets::read(&mut store.read()?)?;
        let decoy = PasswordHash::of_no_password(rules.scheme);
        Ok(Self { rules, gate, secrets, decoy, sealer: None, outbox: None })
    }

    /// The same with keys beside the token, whose secrets are sealed.
    #[must_use]
    pub fn sealing(self, sealer: Arc<Sealer>) -> Self {
        Self { sealer: Some(sealer), ..self }
    }

    /// The same with mails.
    #[must_use]
    pub fn writing(self, outbox: Outbox) -> Self {
        Self { outbox: Some(outbox), ..self }
    }

    /// Whether people may sign in by a key here.
    #[must_use]
    pub const fn offers(&self, key: Key) -> bool {
        match key {
            Key::Token => true,
            Key::App => self.sealer.is_some(),
            Key::Mail => self.sealer.is_some() && self.outbox.is_some(),
        }
    }

    /// The mails, if this service writes any.
    #[must_use]
    pub const fn outbox(&self) -> Option<&Outbox> {
        self.outbox.as_ref()
    }

    pub(crate) const fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

/// Why a sign-in couldn't go its way; for the operator, never for who signs in. Nothing of a
/// password, a code or an id is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The code can't be judged.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The password can't be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Something sealed can't be opened.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// The generator of random numbers failed.
    #[error("the system gives no random numbers ({why}); try again")]
    Random {
        /// The generator's words.
        why: String,
    },
}

impl SignInError {
    pub(crate) fn random(error: &impl std::fmt::Display) -> Self {
        Self::Random { why: error.to_string() }
    }
}

impl From<OutboxError> for SignInError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Store(error) => Self::Store(error),
            OutboxError::Sealed(error) => Self::Sealed(error),
        }
    }
}

impl OfStore for SignInError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Verify(error) => error.of_store(),
            _ => None,
        }
    }
}
