//! Asking a holder for the code at a position, judging the answer, and the life of a token.
//!
//! A web server, or whatever people sign in to, calls [`Gate::challenge`] and shows the position;
//! then [`Gate::answer`] with what was typed. Between the two calls all that is known is in the
//! store, so any process may take the second one.
//!
//! An answer takes a place before its code is hashed, in a transaction of its own, and is judged
//! after, in another: so parallel guesses don't get past a limit, and a process that dies between
//! the two has let nobody in.
//!
//! From outside, an unknown holder, a token that may not be used and a wrong code look the same:
//! the same answer, after the same hash and the same waiting.

mod answer;
mod challenge;
mod held;
mod life;
mod memory;
mod policy;
pub(crate) mod retry;

use std::sync::Arc;

use jiff::Zoned;
use rand::TryCryptoRng;
use tokenkaart_token::hash::{DearScheme, HashError, KeyId, Pepper, Scheme};

pub(crate) use self::life::change_with;
pub use self::{
    answer::Answer,
    challenge::{Asked, Challenge, ChallengeId, ChallengeIdError},
    life::{Act, Changed, ExpireError, Expiry, LifeError, Swept, Who, change, expire},
    memory::{HashMemory, MemoryFull, MemoryTaken},
    policy::{LockAfter, MAX_FAILURES, Policy, PolicyError, SlowAfter},
};
use crate::store::StoreError;

/// What hashing takes: the peppers that the hashes of a store may be keyed with, of which a record's
/// key id picks one, and the memory for all that are computed at once.
#[derive(Debug, Default)]
pub struct Peppers {
    peppers: Vec<Pepper>,
    memory: Arc<HashMemory>,
}

impl Peppers {
    /// Takes the peppers, in any order.
    #[must_use]
    pub fn new(peppers: Vec<Pepper>) -> Self {
        Self { peppers, memory: Arc::default() }
    }

    /// The same with other memory for the hashes than a GiB, which may be shared with other work.
    #[must_use]
    pub fn within(self, memory: Arc<HashMemory>) -> Self {
        Self { memory, ..self }
    }

    /// Takes the memory that a hash of a scheme takes.
    ///
    /// # Errors
    /// [`VerifyError::Overloaded`].
    pub(crate) fn memory(&self, scheme: Scheme) -> Result<MemoryTaken<'_>, VerifyError> {
        self.memory.take(scheme).map_err(|_| VerifyError::Overloaded)
    }

    /// The pepper that a record names.
    ///
    /// # Errors
    /// [`VerifyError::NoPepper`] when it isn't among them.
    fn find(&self, wanted: Option<KeyId>) -> Result<Option<&Pepper>, VerifyError> {
        let Some(wanted) = wanted else { return Ok(None) };
        let found = self.peppers.iter().find(|pepper| pepper.key_id() == wanted);
        found.map(Some).ok_or(VerifyError::NoPepper { key_id: wanted })
    }
}

/// What the time is: a clock, or a moment that stays.
///
/// It is asked after a lane is locked, since waiting for that takes time.
pub trait Clock {
    /// The time, and the day, where the verifier is.
    fn now(&self) -> Zoned;
}

impl<F: Fn() -> Zoned> Clock for F {
    fn now(&self) -> Zoned {
        self()
    }
}

impl Clock for Zoned {
    fn now(&self) -> Zoned {
        self.clone()
    }
}

/// Who lets people in: the rules that it keeps, the peppers that it has, and its name.
///
/// ```
/// use jiff::Zoned;
/// use rand::rngs::SysRng;
/// use tokenkaart_auth::{
///     store::Store,
///     verify::{Answer, Asked, Gate, Peppers, Policy},
/// };
/// use tokenkaart_token::{holder::HolderId, token::Random};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let address = format!("sqlite:{}/auth.db", folder.path().display()).parse()?;
/// // Once; then `Store::open`.
/// let (mut store, _) = Store::create(&address)?;
/// let gate = Gate {
///     policy: Policy::default(),
///     peppers: Peppers::new(Vec::new()),
///     actor: "sign-in page".to_owned(),
/// };
///
/// // The holder has said who they are, and given a password.
/// let holder = HolderId::new("4711")?;
/// let mut random = Random::new(SysRng);
/// let asked = gate.challenge(&mut store, &holder, &Zoned::now, &mut random)?;
/// let Asked::Challenge(challenge) = asked else { panic!("too many answers were wrong") };
/// println!("code {}?", challenge.position);
/// // challenge.id stays with the session, on the server.
///
/// let typed = "k7m-2p9-rtv";
/// let answer = gate.answer(&mut store, &challenge.id, typed, &Zoned::now)?;
/// // Nobody with this id has a token, and that can't be seen.
/// assert_eq!(answer, Answer::Refused);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Gate {
    /// The rules.
    pub policy: Policy,
    /// The peppers.
    pub peppers: Peppers,
    /// Who acts, as the audit names it: a program or a login.
    pub actor: String,
}

/// Why the verifier couldn't do its work; for its operator, never for who signs in. Nothing of a
/// code is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The hash can't be computed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The pepper of a token is not at hand.
    #[error(
        "the token's hashes are keyed with the pepper {key_id}, which was not given; give it too"
    )]
    NoPepper {
        /// Which pepper it is.
        key_id: KeyId,
    },
    /// Others have the memory for hashes, and many wait.
    #[error(
        "more answers came at once than there is memory to hash in, so this one was not judged; try \
         again in a moment"
    )]
    Overloaded,
    /// The generator of random numbers failed, so no position was drawn.
    #[error("the system gives no random numbers ({why}), so no position can be drawn; try again")]
    Random {
        /// The generator's words.
        why: String,
    },
    /// A hash that costs more than any that comes in.
    #[error("token {serial}: {why}")]
    Dear {
        /// The token.
        serial: String,
        /// What it costs, and what is taken at most.
        why: DearScheme,
    },
    /// A token without one of its hashes.
    #[error(
        "token {serial} lacks a hash in the store; restore the store from a backup, or import its \
         run into a new one"
    )]
    NoHash {
        /// The token.
        serial: String,
    },
}

impl retry::OfStore for VerifyError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

fn random_failed<R: TryCryptoRng>(error: &R::Error) -> VerifyError {
    VerifyError::Random { why: error.to_string() }
}
