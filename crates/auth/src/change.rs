//! Changes of an account by its holder: another key, another address, password or language.
//!
//! A change begins with both factors, given for it: a [`Change`] is made of
//! [`BothFactors`], which a sign-in has given a moment ago, or of code and link of an activation. So
//! whoever has taken somebody's session changes nothing. Nothing of an account is another one before
//! the last step, and that is one transaction.

mod act;
mod address;
mod finish;
mod first;
mod key;

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use rand::TryCryptoRng;
use tokenkaart_token::{holder::HolderId, language::Language, token::Random};

use crate::{
    ChangeId, Key, Lane,
    seal::Sealer,
    sign_in::{BothFactors, Service, SignInError},
    store::{
        Pool, StoreError, Transaction,
        account::{self, AccountRow},
        audit::{self, Entry, Event, Head},
        change::ChangeRow,
        key::{KeyRow, all_of},
        sealed::{of_detail, of_secret},
    },
    totp::AppSecret,
    verify::{Clock, retry::retried},
};

/// How long a change may be under way.
const OPEN_FOR: SignedDuration = SignedDuration::from_mins(30);

/// What is changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// Another key is activated with the token, which ends by it where the office has it so.
    Activate,
    /// An app becomes a key, or takes the place of one.
    App,
    /// Codes by e-mail become a key.
    Mail,
    /// The app is no key any more.
    RemoveApp,
    /// Codes by e-mail are no key any more.
    RemoveMail,
    /// Another address.
    Email,
    /// Another password.
    Password,
    /// Another language.
    Language,
    /// The first user name and password, by code and link of an activation.
    First,
    /// The first key, right behind those.
    FirstKey,
}

impl ChangeKind {
    const ALL: [Self; 10] = [
        Self::Activate,
        Self::App,
        Self::Mail,
        Self::RemoveApp,
        Self::RemoveMail,
        Self::Email,
        Self::Password,
        Self::Language,
        Self::First,
        Self::FirstKey,
    ];

    /// The name in the store and in a form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::App => "app",
            Self::Mail => "mail",
            Self::RemoveApp => "remove-app",
            Self::RemoveMail => "remove-mail",
            Self::Email => "email",
            Self::Password => "password",
            Self::Language => "language",
            Self::First => "first",
            Self::FirstKey => "first-key",
        }
    }

    /// The keys that it can be proven with, beside user name and password: an e-mail code is too weak
    /// for what concerns an app, or it would be worth as much as one. There are none for what no sign-in
    /// begins.
    #[must_use]
    pub const fn keys(self) -> &'static [Key] {
        match self {
            Self::Activate => &[Key::Token],
            Self::App | Self::RemoveApp => &[Key::Token, Key::App],
            Self::First | Self::FirstKey => &[],
            _ => &Key::ALL,
        }
    }

    const fn first_stage(self) -> Stage {
        match self {
            Self::Activate | Self::Mail | Self::Email | Self::First => Stage::Address,
            Self::App => Stage::App,
            Self::FirstKey => Stage::Method,
            _ => Stage::Act,
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text names no change.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no such change")]
pub struct UnknownChange;

impl FromStr for ChangeKind {
    type Err = UnknownChange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownChange)
    }
}

/// What is to be given next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// The address, to be looked at and corrected.
    Address,
    /// The code that was sent there.
    Confirm,
    /// An app, or codes by e-mail.
    Method,
    /// A code of the app that is being set up.
    App,
    /// The thing itself: a password, a language, or that a key be removed.
    Act,
}

impl Stage {
    const ALL: [Self; 5] = [Self::Address, Self::Confirm, Self::Method, Self::App, Self::Act];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Confirm => "confirm",
            Self::Method => "method",
            Self::App => "app",
            Self::Act => "act",
        }
    }
}

/// A change under way, of whoever has given both factors for it.
pub struct Change {
    row: ChangeRow,
    account: AccountRow,
    kind: ChangeKind,
    stage: Stage,
}

/// Nothing of whom it is about is for a log.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({}, {:?})", self.kind, self.stage)
    }
}

/// What came of a step.
#[derive(Debug)]
pub enum Changed {
    /// There is another step.
    Next,
    /// It is done.
    Done(Done),
    /// The code was wrong.
    Refused(Change),
    /// What was typed has not six digits, which is not counted.
    Slip(Change),
    /// The code that was sent is over; another has to be.
    CodeOver(Change),
    /// Too many mails were asked for.
    Wait {
        /// Until when none is sent.
        until: Timestamp,
        /// The step, to be taken again.
        step: Change,
    },
    /// The account has the user name and the password that were chosen, and all sessions have ended.
    Activated {
        /// What is gone on with, where there is no key to sign in with yet.
        next: Option<ChangeId>,
    },
    /// The user name is somebody else's.
    UserNameTaken(Change),
    /// The address is another account's. Whoever hears it has read a code there.
    AddressTaken,
    /// It is the last key, which can't be removed.
    LastKey,
    /// It is over, or another window has gone on with it.
    Over,
}

/// What came of code and link of an activation.
#[derive(Debug)]
pub enum Opened {
    /// Both were right, and of one activation: user name and password can be chosen.
    Both(ChangeId),
    /// They weren't. Whether there is such a link, whether it was used and whether its time is over
    /// nobody is told.
    Refused,
    /// Too many were tried; these were not looked at.
    Wait {
        /// Until when none are taken.
        until: Timestamp,
    },
}

/// What is done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Done {
    /// A key is active.
    KeyActive {
        /// Which.
        key: Key,
        /// Whether the token ended by it, and all sessions with it.
        token_ended: bool,
        /// What the sign-in was begun for that led here.
        request: String,
    },
    /// A key was removed.
    KeyRemoved,
    /// The address is another one.
    AddressChanged,
    /// The password is another one, and all sessions have ended.
    PasswordChanged,
    /// The language is another one.
    LanguageChanged(Language),
}

/// The keys of an account beside its token, as their holder may see them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OwnKeyFacts {
    /// Which.
    pub key: Key,
    /// Since when it is active.
    pub since: Timestamp,
}

impl Change {
    /// What is changed.
    #[must_use]
    pub const fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// What is to be given next.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Whose account it is, as it is still.
    #[must_use]
    pub const fn account(&self) -> &AccountRow {
        &self.account
    }

    /// The same row at another stage.
    fn at(&self, stage: Stage) -> ChangeRow {
        ChangeRow { stage: stage.as_str().to_owned(), ..self.row.clone() }
    }

    /// The address that was chosen, or the account's own.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn address(&self, service: &Service) -> Result<String, SignInError> {
        let (Some(detail), Some(sealer)) = (&self.row.detail, &service.sealer) else {
            return Ok(self.account.email.clone());
        };
        let opened = sealer.open(&of_detail(self.row.lane, &self.row.id), detail)?;
        Ok(String::from_utf8_lossy(&opened).into_owned())
    }

    /// The secret of the app that is being set up: for the page that shows it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn app_secret(&self, service: &Service) -> Result<Option<AppSecret>, SignInError> {
        let (Some(secret), Some(sealer)) = (&self.row.secret, &service.sealer) else {
            return Ok(None);
        };
        let opened = sealer.open(&of_secret(self.row.lane, &self.row.id), secret)?;
        Ok(AppSecret::from_bytes(&opened))
    }
}

impl Service {
    /// Begins a change of the account of whoever has given both factors; `None` when what they gave
    /// is too weak for it, or this service has no such keys. `request` is what is gone on with.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn begin_change<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        proof: BothFactors,
        kind: ChangeKind,
        request: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Option<ChangeId>, SignInError> {
        let BothFactors { holder, key } = proof;
        let (Some(sealer), true) = (&self.sealer, kind.keys().contains(&key)) else {
            return Ok(None);
        };
        let now = clock.now().timestamp();
        let (id, mut row) = begun(kind, holder.as_str(), now, random)?;
        row.key = Some(key);
        request.clone_into(&mut row.request);
        if kind == ChangeKind::App {
            row.secret = Some(drawn_secret(sealer, &row, random)?);
        }
        retried(|| -> Result<(), StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            row.insert(&mut transaction)?;
            transaction.commit()
        })?;
        Ok(Some(id))
    }

    /// A change under way; `None` when there is none, or it took too long.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn change(
        &self,
        pool: &Pool,
        id: &ChangeId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<Change>, SignInError> {
        let mut store = pool.get()?;
        let mut transaction = store.read()?;
        let now = clock.now().timestamp();
        let found = ChangeRow::find(&mut transaction, id.lane(), &id.digest(), now)?;
        let Some(row) = found else { return Ok(None) };
        let Some(account) = account::of_holder(&mut transaction, &row.holder)? else {
            return Ok(None);
        };
        let stage = Stage::ALL.into_iter().find(|stage| stage.as_str() == row.stage);
        Ok(match (row.what.parse(), stage) {
            (Ok(kind), Some(stage)) => Some(Change { row, account, kind, stage }),
            // Nothing that this program writes.
            _ => None,
        })
    }

    /// The keys of a holder beside the token.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn own_keys(
        &self,
        pool: &Pool,
        holder: &HolderId,
    ) -> Result<Vec<OwnKeyFacts>, SignInError> {
        let found = all_of(&mut pool.get()?.read()?, holder.as_str())?;
        let facts = |row: &KeyRow| {
            let since = Timestamp::from_millisecond(row.made_at).ok()?;
            Some(OwnKeyFacts { key: row.key, since })
        };
        Ok(found.iter().filter_map(facts).collect())
    }
}

/// A change that begins now, and its id.
pub(crate) fn begun<R: TryCryptoRng>(
    kind: ChangeKind,
    holder: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<(ChangeId, ChangeRow), SignInError> {
    let lane = Lane::of(holder);
    let id = ChangeId::draw(lane, random).map_err(|error| SignInError::random(&error))?;
    let row = ChangeRow {
        lane,
        id: id.digest(),
        holder: holder.to_owned(),
        key: None,
        what: kind.as_str().to_owned(),
        stage: kind.first_stage().as_str().to_owned(),
        detail: None,
        secret: None,
        request: String::new(),
        bound_to: None,
        expires_at: now.saturating_add(OPEN_FOR).unwrap_or(Timestamp::MAX).as_millisecond(),
    };
    Ok((id, row))
}

/// A fresh secret for an app, sealed for a change.
fn drawn_secret<R: TryCryptoRng>(
    sealer: &Sealer,
    row: &ChangeRow,
    random: &mut Random<R>,
) -> Result<String, SignInError> {
    let secret = AppSecret::draw(random).map_err(|error| SignInError::random(&error))?;
    let place = of_secret(row.lane, &row.id);
    sealer.seal(&place, secret.as_bytes(), random).map_err(|error| SignInError::random(&error))
}

/// Says something of a change in the audit, in a lane that is locked.
fn tell(
    transaction: &mut Transaction<'_>,
    head: &mut Head,
    row: &ChangeRow,
    (event, detail): (Event, &str),
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let reference = audit::reference(transaction, &row.holder)?;
    let reference = reference.as_deref();
    let entry = Entry { event, reference, serial: None, position: None, detail };
    audit::append(transaction, head, now, actor, &[entry])
}
