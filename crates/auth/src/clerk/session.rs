//! Who is signed in at the desk: found, locked, opened again, signed out.

use std::{fmt, net::IpAddr};

use jiff::{SignedDuration, Timestamp};
use rand::TryCryptoRng;
use tokenkaart_token::{holder::HolderId, language::Language, token::Random};
use zeroize::Zeroizing;

use super::actor;
use crate::{
    DeskSessionId, Role,
    account::Password,
    session::Lasting,
    sign_in::{Service, SignInError, SignedIn, Tried},
    store::{
        Pool, StoreError, Transaction, account,
        audit::{self, Entry, Event},
        clerk::{ClerkRow, DeskSessionRow},
    },
    verify::{Clock, retry::retried},
};

/// A session that was seen so short a time ago isn't written again.
const SEEN: SignedDuration = SignedDuration::from_secs(60);
/// How long a locked screen can be opened by the password alone.
const LOCKED: SignedDuration = SignedDuration::from_hours(1);

/// Somebody who is signed in at the desk, in one browser.
#[derive(Clone)]
pub struct Clerk {
    /// Whose account it is.
    pub holder: HolderId,
    /// What they sign in by.
    pub user_name: String,
    /// How they are called, if that is known.
    pub name: Option<String>,
    /// The language of their pages.
    pub language: Language,
    /// What they may do now.
    pub role: Role,
    /// Whether the screen is locked: nothing is shown and done before it is opened.
    pub is_locked: bool,
}

/// Who it is is not for a log.
impl fmt::Debug for Clerk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clerk({})", self.role)
    }
}

impl Clerk {
    /// How the audit names them.
    #[must_use]
    pub fn actor(&self) -> String {
        actor(&self.user_name)
    }
}

/// What came of the password that opens a screen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unlocking {
    /// The screen is open.
    Open,
    /// The password was wrong.
    Refused,
    /// Too many were; this one was not looked at.
    Wait {
        /// Until when none is.
        until: Timestamp,
    },
    /// Nobody is signed in.
    Over,
}

/// How a session stands.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Standing {
    Open,
    Locked,
    Over,
}

/// How a session stands: one that nobody has used for a while is locked, and over when nobody opens it
/// for an hour.
fn standing(row: &DeskSessionRow, lasting: Lasting, now: Timestamp) -> Standing {
    let moments = [row.signed_in_at, row.seen_at].map(Timestamp::from_millisecond);
    let [Ok(signed_in_at), Ok(seen_at)] = moments else { return Standing::Over };
    let longer = Lasting { idle: lasting.idle.saturating_add(LOCKED), ..lasting };
    if !longer.has(signed_in_at, seen_at, now) {
        Standing::Over
    } else if row.locked_at.is_some() || !lasting.has(signed_in_at, seen_at, now) {
        Standing::Locked
    } else {
        Standing::Open
    }
}

impl SignedIn {
    /// The name of the session, at the desk.
    #[must_use]
    pub fn at_desk(self) -> DeskSessionId {
        self.session.renamed()
    }
}

impl Service {
    /// Who is signed in at the desk by an id, and notes that they were seen unless the screen is
    /// locked; `None` when nobody is: it never was, was ended, took too long, or they have no role any
    /// more.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn clerk(
        &self,
        pool: &Pool,
        id: &DeskSessionId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<Clerk>, SignInError> {
        let mut store = pool.get()?;
        let now = clock.now().timestamp();
        let mut transaction = store.read()?;
        let found = DeskSessionRow::find(&mut transaction, id.lane(), &id.digest())?;
        let Some(row) = found else { return Ok(None) };
        let standing = standing(&row, self.rules.lasting, now);
        let (Some(clerk), Some(account), Ok(holder), true) = (
            ClerkRow::find(&mut transaction, &row.holder)?,
            account::of_holder(&mut transaction, &row.holder)?,
            HolderId::new(&row.holder),
            standing != Standing::Over,
        ) else {
            return Ok(None);
        };
        drop(transaction);
        let seen_at = Timestamp::from_millisecond(row.seen_at).unwrap_or(Timestamp::MIN);
        if standing == Standing::Open && now.duration_since(seen_at) >= SEEN {
            retried(|| -> Result<(), StoreError> {
                let mut transaction = store.begin()?;
                row.touch(&mut transaction, now)?;
                transaction.commit()
            })?;
        }
        Ok(Some(Clerk {
            holder,
            user_name: clerk.user_name,
            name: account.name,
            language: account.language,
            role: clerk.role,
            is_locked: standing == Standing::Locked,
        }))
    }

    /// Locks the screen of a session: nothing is shown and done there before the password is given.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn lock_screen(
        &self,
        pool: &Pool,
        id: &DeskSessionId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<(), SignInError> {
        self.change_session(pool, id, Event::ScreenLocked, clock, |row, transaction, now| {
            row.set_locked(transaction, true, now)
        })?;
        Ok(())
    }

    /// Opens a locked screen by the password of whose session it is.
    ///
    /// # Errors
    /// [`SignInError`].
    // Who asks, with what, from where, when: none can be left out.
    #[allow(clippy::too_many_arguments, reason = "see above")]
    pub fn open_screen<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        id: &DeskSessionId,
        password: &Password,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Unlocking, SignInError> {
        let Some(clerk) = self.clerk(pool, id, clock)? else { return Ok(Unlocking::Over) };
        match self.try_password(pool, &clerk.user_name, password, from, clock, random)? {
            Tried::Wait(until) => return Ok(Unlocking::Wait { until }),
            Tried::Right(holder) if holder == clerk.holder => {}
            Tried::Right(_) | Tried::Wrong => return Ok(Unlocking::Refused),
        }
        let opened =
            self.change_session(pool, id, Event::ScreenOpened, clock, |row, transaction, now| {
                row.set_locked(transaction, false, now)
            })?;
        Ok(if opened { Unlocking::Open } else { Unlocking::Over })
    }

    /// Signs out at the desk.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn leave_desk(
        &self,
        pool: &Pool,
        id: &DeskSessionId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<(), SignInError> {
        self.change_session(pool, id, Event::SignedOut, clock, |row, transaction, _| {
            row.end(transaction)
        })?;
        Ok(())
    }

    /// Changes a session and says so in the audit; false when it is there no longer.
    fn change_session(
        &self,
        pool: &Pool,
        id: &DeskSessionId,
        event: Event,
        clock: &(impl Clock + ?Sized),
        change: impl Fn(&DeskSessionRow, &mut Transaction<'_>, Timestamp) -> Result<bool, StoreError>,
    ) -> Result<bool, SignInError> {
        Ok(retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, id.lane())?;
            let found = DeskSessionRow::find(&mut transaction, id.lane(), &id.digest())?;
            let Some(row) = found else { return Ok(false) };
            let now = clock.now().timestamp();
            if !change(&row, &mut transaction, now)? {
                return Ok(false);
            }
            let reference = audit::reference(&mut transaction, &row.holder)?;
            let entry = Entry {
                event,
                reference: reference.as_deref(),
                serial: None,
                position: None,
                detail: "at the desk",
            };
            audit::append(&mut transaction, &mut head, now, &self.gate.actor, &[entry])?;
            transaction.commit()?;
            Ok(true)
        })?)
    }

    /// Seals what a page carries on from one to the next for a clerk, so that it stands in no address
    /// as it is; `None` where this service has no keys to seal by.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn seal_for<R: TryCryptoRng>(
        &self,
        clerk: &Clerk,
        bytes: &[u8],
        random: &mut Random<R>,
    ) -> Result<Option<String>, SignInError> {
        let Some(sealer) = &self.sealer else { return Ok(None) };
        let sealed = sealer.seal(&of_pages(clerk), bytes, random);
        sealed.map(Some).map_err(|error| SignInError::random(&error))
    }

    /// Opens what was sealed for a clerk; `None` when it was not, or is of no use any more.
    #[must_use]
    pub fn open_for(&self, clerk: &Clerk, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.sealer.as_ref()?.open(&of_pages(clerk), sealed).ok()
    }
}

/// What is carried on is bound to whose pages they are.
fn of_pages(clerk: &Clerk) -> String {
    format!("pages of {}", clerk.holder)
}
