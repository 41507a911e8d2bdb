//! A password that was forgotten: a code by e-mail, and then a code of a key that is not e-mail.
//!
//! What was given is in the store, as a row beside the changes of accounts, but it is none: no session is
//! made of it, and it changes nothing. Both codes together give a [change](crate::change) of the password.
//! As at a sign-in the id is another one after each of them, and the row is in the holder's lane only
//! when the first was right.
//!
//! From outside nobody learns who has an account: whoever is meant by a user name, and nobody, has the
//! same answers after the same statements; nobody is sent a mail.

mod answer;
mod begin;
mod key;

use std::fmt;

use jiff::Timestamp;
use tokenkaart_token::{
    holder::HolderId,
    token::{Position, Slip},
};

use crate::{
    ChangeId, Key,
    sign_in::{Service, SignInError},
    store::{Pool, change::ChangeRow},
    verify::{Challenge, ChallengeId, Clock},
};

/// What the rows are called.
const WHAT: &str = "forgotten";

/// What is to be given next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ForgottenStage {
    /// The code that was sent by e-mail.
    Mail,
    /// A key is to be chosen: the token or an app.
    Key,
    /// The token's code at a position.
    Token(Position),
    /// The code of an app.
    App,
}

/// Somebody on the way to another password.
pub struct Forgotten {
    row: ChangeRow,
    stage: ForgottenStage,
    challenge: Option<Challenge>,
}

/// Nothing of whom it is about is for a log.
impl fmt::Debug for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forgotten({:?})", self.stage)
    }
}

/// What came of a user name that was typed.
#[derive(Debug)]
pub enum ForgottenName {
    /// A code was sent, if there is such an account.
    Mailed(ChangeId),
    /// Too many were asked for.
    Wait {
        /// Until when none is sent.
        until: Timestamp,
    },
    /// This service sends none.
    NotOffered,
}

/// What came of a step.
#[derive(Debug)]
pub enum ForgottenAnswer {
    /// There is another step, under the same id.
    Next,
    /// The code by e-mail was right; a key is next, under a new id.
    Mailed(ChangeId),
    /// Both codes were right: a change of the password.
    Proven(ChangeId),
    /// The code was wrong, or none could be right; nobody is told which.
    Refused(Forgotten),
    /// What was typed is no code: a typing slip, which is not counted. Of a token it is said which.
    Slip(Option<Slip>, Forgotten),
    /// Too many were wrong; this one was not looked at.
    Wait {
        /// Until when none is taken.
        until: Timestamp,
        /// The step, to be taken again.
        step: Forgotten,
    },
    /// The code that was sent is over; whoever it is begins again.
    CodeOver,
    /// The question is over; a key is to be chosen again.
    Again,
    /// It is over: too many codes were wrong, or another window has gone on with it.
    Over,
}

/// The name of a stage in the store.
const fn name_of(stage: ForgottenStage) -> &'static str {
    match stage {
        ForgottenStage::Mail => "mail",
        ForgottenStage::Key => "key",
        ForgottenStage::Token(_) => "token",
        ForgottenStage::App => "app",
    }
}

impl Forgotten {
    /// What is to be given next.
    #[must_use]
    pub const fn stage(&self) -> ForgottenStage {
        self.stage
    }

    /// The keys that it can be proven with, beside the code by e-mail.
    #[must_use]
    pub const fn keys() -> &'static [Key] {
        &[Key::Token, Key::App]
    }

    fn holder(&self) -> Option<HolderId> {
        HolderId::new(&self.row.holder).ok()
    }
}

impl Service {
    /// A way to another password that somebody is on; `None` when there is none, or it took too long.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn forgotten(
        &self,
        pool: &Pool,
        id: &ChangeId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<Forgotten>, SignInError> {
        let mut store = pool.get()?;
        let now = clock.now().timestamp();
        let found = ChangeRow::find(&mut store.read()?, id.lane(), &id.digest(), now)?;
        let Some(row) = found.filter(|row| row.what == WHAT) else { return Ok(None) };
        let (stage, challenge) = match row.stage.as_str() {
            "mail" => (ForgottenStage::Mail, None),
            "key" => (ForgottenStage::Key, None),
            "app" => (ForgottenStage::App, None),
            "token" => {
                let id = row.bound_to.as_deref().unwrap_or_default().parse::<ChallengeId>();
                let challenge = match &id {
                    Ok(id) => self.gate.challenge_again(&mut store, id, clock)?,
                    Err(_) => None,
                };
                match challenge {
                    Some(found) => (ForgottenStage::Token(found.position), Some(found)),
                    // The question is over, so a key is chosen again.
                    None => (ForgottenStage::Key, None),
                }
            }
            // Nothing that this program writes.
            _ => return Ok(None),
        };
        Ok(Some(Forgotten { row, stage, challenge }))
    }
}
