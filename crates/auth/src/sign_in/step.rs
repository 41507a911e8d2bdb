//! How far a sign-in has come: each step is a type that only the one before makes.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use rand::TryCryptoRng;
use tokenkaart_token::{
    holder::HolderId,
    token::{Position, Random},
};

use super::{KeyAsked, Service, SignInError};
use crate::{
    Key, Lane, SignInId,
    session::Demand,
    store::{
        Pool, StoreError,
        session::{self, Reached, StepRow},
    },
    verify::{Challenge, ChallengeId, Clock, retry::retried},
};

/// A sign-in under way.
#[derive(Debug)]
pub enum Step {
    /// A key is to be chosen.
    Begun(Begun),
    /// User name and password are to be given.
    Chosen(Chosen),
    /// They were right; no code has been asked for yet.
    Proven(PasswordProven),
    /// A code of the token is to be given.
    Asked(CodeAsked),
    /// A code of an app, or one that was sent by e-mail, is to be given.
    KeyAsked(KeyAsked),
}

/// A key is to be chosen.
#[derive(Debug)]
pub struct Begun(StepRow);

/// What comes of choosing a key.
#[derive(Debug)]
pub enum Choice {
    /// User name and password are to be given.
    Chosen(Chosen),
    /// Whoever chose it is to be told first until when it is taken.
    Warned {
        /// The last day on which it is taken.
        last_day: Date,
    },
    /// The application doesn't take the key, or no longer, or the sign-in has come further
    /// meanwhile.
    NotTaken,
}

/// User name and password are to be given.
#[derive(Debug)]
pub struct Chosen {
    pub(super) row: StepRow,
    key: Key,
}

/// User name and password were right; no code has been asked for yet.
pub struct PasswordProven {
    pub(super) row: StepRow,
    pub(super) holder: HolderId,
    pub(super) key: Key,
}

/// A code is to be given.
pub struct CodeAsked {
    pub(super) proven: PasswordProven,
    pub(super) challenge: Challenge,
}

/// A holder is not for a log.
impl fmt::Debug for PasswordProven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordProven({})", self.key)
    }
}

/// Nor is the challenge: whoever has it can answer.
impl fmt::Debug for CodeAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeAsked({})", self.challenge.position)
    }
}

impl Step {
    /// What the application asked for, as it was given to [`Service::begin`].
    #[must_use]
    pub fn request(&self) -> &str {
        match self {
            Self::Begun(step) => step.request(),
            Self::Chosen(step) => step.request(),
            Self::Proven(step) => step.request(),
            Self::Asked(step) => step.request(),
            Self::KeyAsked(step) => step.request(),
        }
    }

    /// The key that was chosen, if one was.
    #[must_use]
    pub const fn key(&self) -> Option<Key> {
        match self {
            Self::Begun(_) => None,
            Self::Chosen(step) => Some(step.key()),
            Self::Proven(step) => Some(step.key()),
            Self::Asked(step) => Some(step.key()),
            Self::KeyAsked(step) => Some(step.key()),
        }
    }
}

impl Begun {
    /// What the application asked for, as it was given to [`Service::begin`].
    #[must_use]
    pub fn request(&self) -> &str {
        &self.0.request
    }

    /// Chooses a key among those that the application takes; `is_told` says that whoever chooses
    /// was told of the token's last day there, and goes on with it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn choose(
        self,
        pool: &Pool,
        key: Key,
        demand: &Demand,
        is_told: bool,
    ) -> Result<Choice, SignInError> {
        if !demand.takes(key) {
            return Ok(Choice::NotTaken);
        }
        if let Some(last_day) = demand.phase.warns_of(key).filter(|_| !is_told) {
            return Ok(Choice::Warned { last_day });
        }
        let row = StepRow { reached: Reached::Chosen, key: Some(key), ..self.0 };
        let is_ours = retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let is_ours = row.advance(&mut transaction, Reached::Begun)?;
            transaction.commit()?;
            Ok(is_ours)
        })?;
        Ok(if is_ours { Choice::Chosen(Chosen { row, key }) } else { Choice::NotTaken })
    }
}

impl Chosen {
    /// What the application asked for, as it was given to [`Service::begin`].
    #[must_use]
    pub fn request(&self) -> &str {
        &self.row.request
    }

    /// The key that was chosen.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }
}

impl PasswordProven {
    /// What the application asked for, as it was given to [`Service::begin`].
    #[must_use]
    pub fn request(&self) -> &str {
        &self.row.request
    }

    /// The key that was chosen.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// Who it is, if the key says so too.
    #[must_use]
    pub const fn holder(&self) -> &HolderId {
        &self.holder
    }
}

impl CodeAsked {
    /// What the application asked for, as it was given to [`Service::begin`].
    #[must_use]
    pub fn request(&self) -> &str {
        &self.proven.row.request
    }

    /// The key that was chosen.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.proven.key
    }

    /// The position of the code that is asked for.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.challenge.position
    }

    /// Until when it can be answered.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.challenge.expires_at
    }

    /// Who it is, if the code says so too.
    #[must_use]
    pub const fn holder(&self) -> &HolderId {
        &self.proven.holder
    }
}

impl Service {
    /// Begins a sign-in for what an application asked for, which is kept as it is; at the desk
    /// nothing is asked for.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn begin<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        request: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<SignInId, SignInError> {
        // It is nobody's yet, so any lane does.
        let number = random.place(256).map_err(|error| SignInError::random(&error))?;
        let lane = u16::try_from(number).ok().and_then(Lane::new).unwrap_or(Lane::OFFICE);
        let id = SignInId::draw(lane, random).map_err(|error| SignInError::random(&error))?;
        let row = StepRow {
            lane,
            id: id.digest(),
            reached: Reached::Begun,
            key: None,
            holder: None,
            challenge: None,
            request: self.rules.entrance.request(request).to_owned(),
            expires_at: self.expires_at(clock),
        };
        retried(|| -> Result<(), StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            row.insert(&mut transaction)?;
            transaction.commit()
        })?;
        Ok(id)
    }

    pub(super) fn expires_at(&self, clock: &(impl Clock + ?Sized)) -> i64 {
        let now = clock.now().timestamp();
        now.saturating_add(self.rules.open_for).unwrap_or(Timestamp::MAX).as_millisecond()
    }

    /// How far a sign-in has come; `None` when there is no such sign-in, or it took too long.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn step(
        &self,
        pool: &Pool,
        id: &SignInId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<Step>, SignInError> {
        let mut store = pool.get()?;
        let mut transaction = store.read()?;
        let now = clock.now().timestamp();
        let found = StepRow::find(&mut transaction, id.lane(), &id.digest(), now)?;
        drop(transaction);
        let found = found.filter(|row| self.rules.entrance.has_begun(&row.request));
        let Some(row) = found else { return Ok(None) };
        Ok(match (row.reached, row.key, row.holder.as_deref().map(HolderId::new)) {
            (Reached::Begun, _, _) => Some(Step::Begun(Begun(row))),
            (Reached::Chosen, Some(key), _) => Some(Step::Chosen(Chosen { row, key })),
            (Reached::Proven, Some(key), Some(Ok(holder))) => {
                Some(Step::Proven(PasswordProven { row, holder, key }))
            }
            (Reached::Asked, Some(key @ (Key::App | Key::Mail)), Some(Ok(holder))) => {
                Some(Step::KeyAsked(KeyAsked { proven: PasswordProven { row, holder, key } }))
            }
            (Reached::Asked, Some(key), Some(Ok(holder))) => {
                let id = row.challenge.as_deref().unwrap_or_default().parse::<ChallengeId>();
                let challenge = match &id {
                    Ok(id) => self.gate.challenge_again(&mut store, id, clock)?,
                    Err(_) => None,
                };
                let proven = PasswordProven { row, holder, key };
                Some(match challenge {
                    Some(challenge) => Step::Asked(CodeAsked { proven, challenge }),
                    None => Step::Proven(proven),
                })
            }
            // Nothing that this program writes.
            _ => None,
        })
    }

    /// Ends a sign-in that its person gives up.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn abandon(&self, pool: &Pool, id: &SignInId) -> Result<(), SignInError> {
        Ok(retried(|| -> Result<(), StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            session::abandon(&mut transaction, id.lane(), &id.digest())?;
            transaction.commit()
        })?)
    }
}
