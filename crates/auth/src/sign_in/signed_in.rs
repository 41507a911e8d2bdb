//! What somebody who is signed in sees and does: their own page, signing out, a lost token.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use rand::TryCryptoRng;
use tokenkaart_token::{
    holder::HolderId,
    token::{Random, Serial},
};

use super::{Service, SignInError, password::Tried};
use crate::{
    SessionId,
    account::Password,
    outbox::News,
    session::Session,
    store::{
        Pool, State, Store, StoreError,
        account::{self, AccountRow},
        audit::{self, Entry, Event},
        session::{self, PastSignIn, SessionRow},
        token,
    },
    verify::{self, Act, Clock, LifeError, Who, retry::retried},
};

/// How many of the last sign-ins are shown.
const SHOWN: u32 = 10;
/// A session that was seen so short a time ago isn't written again.
const SEEN: SignedDuration = SignedDuration::from_secs(60);

/// What the page of one's own shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// User name, address, name and language.
    pub account: AccountRow,
    /// The last sign-ins, the latest first.
    pub last: Vec<PastSignIn>,
    /// The live token, if there is one.
    pub token: Option<TokenFacts>,
}

/// What the holder of a token may know of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenFacts {
    /// The public number.
    pub serial: Serial,
    /// What has become of it.
    pub state: State,
    /// Codes that have not been used.
    pub left: u8,
    /// Whether these are few.
    pub low: bool,
    /// When its holder asked for a new card in its place, in milliseconds since 1970.
    pub card_asked_at: Option<i64>,
}

/// What came of reporting a token lost.
#[derive(Debug)]
pub enum Loss {
    /// It is revoked, and all sessions of its holder have ended.
    Revoked(Serial),
    /// There was no live token.
    NoToken,
    /// The password was wrong.
    Refused,
    /// Too many passwords were wrong.
    Wait {
        /// Until when none is taken.
        until: Timestamp,
    },
    /// Nobody is signed in.
    Over,
}

impl Service {
    /// Who is signed in by an id, and notes that they were seen; `None` when nobody is: it never
    /// was, was ended, or took too long.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn session(
        &self,
        pool: &Pool,
        id: &SessionId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<Session>, SignInError> {
        let mut store = pool.get()?;
        let now = clock.now().timestamp();
        let Some(row) = self.live(&mut store, id, now)? else { return Ok(None) };
        let seen_at = Timestamp::from_millisecond(row.seen_at).unwrap_or(Timestamp::MIN);
        if now.duration_since(seen_at) >= SEEN {
            retried(|| -> Result<(), StoreError> {
                let mut transaction = store.begin()?;
                row.touch(&mut transaction, now)?;
                transaction.commit()
            })?;
        }
        Ok(read(&row))
    }

    /// The row of a session whose time is not over.
    fn live(
        &self,
        store: &mut Store,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, StoreError> {
        let row = SessionRow::find(&mut store.read()?, id.lane(), &id.digest())?;
        Ok(row.filter(|row| self.is_live(row, now)))
    }

    pub(crate) fn is_live(&self, row: &SessionRow, now: Timestamp) -> bool {
        let [signed_in_at, seen_at] =
            [row.signed_in_at, row.seen_at].map(Timestamp::from_millisecond);
        match (signed_in_at, seen_at) {
            (Ok(signed_in_at), Ok(seen_at)) => self.rules.lasting.has(signed_in_at, seen_at, now),
            _ => false,
        }
    }

    /// Ends a session; whoever has its id is signed in no longer, on any instance.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn sign_out(
        &self,
        pool: &Pool,
        id: &SessionId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<(), SignInError> {
        Ok(retried(|| -> Result<(), StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, id.lane())?;
            let found = SessionRow::find(&mut transaction, id.lane(), &id.digest())?;
            let Some(row) = found else { return Ok(()) };
            row.end(&mut transaction)?;
            let reference = audit::reference(&mut transaction, &row.holder)?;
            let entry = Entry {
                event: Event::SignedOut,
                reference: reference.as_deref(),
                serial: None,
                position: None,
                detail: "",
            };
            let now = clock.now().timestamp();
            audit::append(&mut transaction, &mut head, now, &self.gate.actor, &[entry])?;
            transaction.commit()
        })?)
    }

    /// What the page of one's own shows; `None` when the account is gone.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn overview(
        &self,
        pool: &Pool,
        session: &Session,
    ) -> Result<Option<Overview>, SignInError> {
        let mut store = pool.get()?;
        let mut transaction = store.read()?;
        let holder = session.holder.as_str();
        let Some(account) = account::of_holder(&mut transaction, holder)? else { return Ok(None) };
        let last = session::last(&mut transaction, holder, SHOWN)?;
        let token = match token::live_of(&mut transaction, holder)? {
            None => None,
            Some(token) => Some(TokenFacts {
                card_asked_at: token::asked_at(&mut transaction, &token)?,
                serial: token.serial,
                state: token.state,
                left: token.unused,
                low: !self.gate.policy.reuse && token.unused <= self.gate.policy.warn_below,
            }),
        };
        Ok(Some(Overview { account, last, token }))
    }

    /// Reports the token lost of somebody who is signed in and gives their password once more: it
    /// is revoked, and all their sessions end, this one too.
    ///
    /// # Errors
    /// [`SignInError`].
    // Who asks, with what, from where, when: none can be left out.
    #[allow(clippy::too_many_arguments, reason = "see above")]
    pub fn report_lost<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        id: &SessionId,
        password: &Password,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Loss, SignInError> {
        let session = self.session(pool, id, clock)?;
        let Some(Session { holder, .. }) = session else { return Ok(Loss::Over) };
        let account = account::of_holder(&mut pool.get()?.read()?, holder.as_str())?;
        let Some(account) = account else { return Ok(Loss::Over) };
        match self.try_password(pool, &account.user_name, password, from, clock, random)? {
            Tried::Wait(until) => Ok(Loss::Wait { until }),
            Tried::Right(right) if right == holder => {
                self.revoke(pool, holder, &account, clock, random)
            }
            Tried::Right(_) | Tried::Wrong => Ok(Loss::Refused),
        }
    }

    /// Revokes the token, and writes to its holder that it was done, for it may have been somebody
    /// else.
    fn revoke<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        holder: HolderId,
        account: &AccountRow,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Loss, SignInError> {
        let now = clock.now().timestamp();
        let mail = self
            .outbox()
            .map(|outbox| outbox.tell(&account.email, account, &News::TokenLost, now, random));
        let mail = mail.transpose().map_err(|error| SignInError::random(&error))?;
        let who = Who::Holder(holder);
        let reason = Some("reported lost by its holder");
        let (store, actor) = (&mut *pool.get()?, &self.gate.actor);
        let changed = verify::change_with(store, &who, Act::Revoke, reason, actor, now, |also| {
            mail.as_ref().map_or(Ok(()), |mail| mail.insert(also))
        });
        match changed {
            Ok(changed) => Ok(Loss::Revoked(changed.serial)),
            Err(LifeError::Store(error)) => Err(error.into()),
            Err(LifeError::NoToken { .. } | LifeError::State { .. }) => Ok(Loss::NoToken),
        }
    }
}

/// A row that this program wrote names a holder.
fn read(row: &SessionRow) -> Option<Session> {
    let holder = HolderId::new(&row.holder).ok()?;
    let signed_in_at = Timestamp::from_millisecond(row.signed_in_at).ok()?;
    Some(Session { holder, key: row.key, signed_in_at })
}
