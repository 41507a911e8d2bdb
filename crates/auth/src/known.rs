//! What is known of a holder: for who helps them.

use jiff::Timestamp;

use crate::{
    Key, Lane,
    sign_in::{Service, SignInError},
    store::{
        Pool,
        account::{self, AccountRow},
        audit::{self, AuditRow},
        challenge,
        key::{self, KeyAttempts},
        session::{self, PastSignIn},
        token::{self, TokenRow},
    },
    verify::Clock,
};

/// How many of the last sign-ins, and rows of the audit, are told.
const LAST: u32 = 20;

/// What is known of a holder.
#[derive(Clone, Debug)]
pub struct Known {
    /// Their account, if there is one.
    pub account: Option<AccountRow>,
    /// Their tokens, those in use first.
    pub tokens: Vec<TokenRow>,
    /// The keys beside the token, and since when.
    pub keys: Vec<(Key, Timestamp)>,
    /// Wrong codes in a row, of each key that has any.
    pub waits: Vec<Waiting>,
    /// The last sign-ins, the latest first.
    pub sign_ins: Vec<PastSignIn>,
    /// What happened last, the latest first.
    pub history: Vec<AuditRow>,
}

/// Wrong codes in a row, and whether they have to be waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// Of which key.
    pub key: Key,
    /// How many.
    pub failures: u32,
    /// Until when no other is taken, if that is to come.
    pub until: Option<Timestamp>,
}

impl Known {
    /// Whether there is an account or a token, or ever was one.
    #[must_use]
    pub const fn is_anybody(&self) -> bool {
        self.account.is_some() || !self.tokens.is_empty()
    }
}

impl Service {
    /// What is known of a holder now.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn known(
        &self,
        pool: &Pool,
        holder: &str,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Known, SignInError> {
        let now = clock.now().timestamp();
        let mut store = pool.get()?;
        let mut transaction = store.read()?;
        let policy = &self.gate.policy;
        let mut waits = Vec::new();
        if let Some(attempts) = challenge::attempts_of(&mut transaction, holder)? {
            let until = policy.wait(attempts.failures, attempts.not_before, now);
            waits.push(Waiting { key: Key::Token, failures: attempts.failures, until });
        }
        for key in [Key::App, Key::Mail] {
            let attempts = KeyAttempts::find(&mut transaction, holder, key)?;
            let until = policy.wait(attempts.failures, attempts.not_before, now);
            waits.push(Waiting { key, failures: attempts.failures, until });
        }
        waits.retain(|waiting| waiting.failures > 0);
        let keys = key::all_of(&mut transaction, holder)?;
        let reference = audit::reference(&mut transaction, holder)?;
        let history = match reference {
            Some(reference) => {
                audit::of_reference(&mut transaction, Lane::of(holder), &reference, LAST)?
            }
            None => Vec::new(),
        };
        Ok(Known {
            account: account::of_holder(&mut transaction, holder)?,
            tokens: token::all_of(&mut transaction, holder)?,
            keys: keys
                .iter()
                .filter_map(|row| Some((row.key, Timestamp::from_millisecond(row.made_at).ok()?)))
                .collect(),
            waits,
            sign_ins: session::last(&mut transaction, holder, LAST)?,
            history,
        })
    }
}
