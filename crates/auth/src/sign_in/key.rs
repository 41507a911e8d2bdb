//! The code of an app, or of an e-mail: asked for, and judged.

use std::{fmt, net::IpAddr};

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{holder::HolderId, token::Random};

use super::{BothFactors, PasswordProven, Question, Service, SignInError, SignedIn, enter::enter};
use crate::{
    Key, SessionId,
    limit::Subject,
    mail_code::{self, Bound, Judged, OF_REQUESTER, Prepared, TO_RECIPIENT},
    outbox::CodeUse,
    session::Demand,
    store::{
        Pool, Store, StoreError, Transaction,
        account::{self, AccountRow},
        audit::{self, Entry, Event, Head},
        key::{self, KeyAttempts, KeyRow},
        sealed::of_app,
        session::{self, Reached, StepRow},
    },
    totp::{AppSecret, Digits},
    verify::{Clock, MAX_FAILURES, retry::retried},
};

/// A code of an app, or of an e-mail that was sent, is to be given.
pub struct KeyAsked {
    pub(super) proven: PasswordProven,
}

/// What came of such a code; what may be told to whoever gave it.
#[derive(Debug)]
pub enum KeyAnswer {
    /// Both factors were right.
    SignedIn(SignedIn),
    /// The code was wrong, or none could be right; nobody is told which.
    Refused(KeyAsked),
    /// The application doesn't take the key, or no longer; the code was not looked at.
    NotTaken,
    /// What was typed has not six digits: a typing slip, which is not counted.
    Slip(KeyAsked),
    /// Too many were wrong; this one was not looked at.
    Wait {
        /// Until when none is taken.
        until: Timestamp,
        /// The step, to be taken again.
        step: KeyAsked,
    },
    /// The code that was sent is over; ask for another.
    Again(PasswordProven),
    /// The sign-in is over: too many codes were wrong, or another window has ended it.
    Ended,
}

/// A holder is not for a log.
impl fmt::Debug for KeyAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyAsked({})", self.proven.key)
    }
}

impl KeyAsked {
    /// What the application asked for, as it was given to [`Service::begin`].
    #[must_use]
    pub fn request(&self) -> &str {
        &self.proven.row.request
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.proven.key
    }

    /// Who it is, if the code says so too.
    #[must_use]
    pub const fn holder(&self) -> &HolderId {
        &self.proven.holder
    }

    /// The step before: to have another code sent.
    #[must_use]
    pub fn again(self) -> PasswordProven {
        self.proven
    }

    /// Gives a code. The caller is to wipe `typed`.
    ///
    /// # Errors
    /// [`SignInError`], for the operator; nobody is let in.
    pub fn answer<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        typed: &str,
        demand: &Demand,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<KeyAnswer, SignInError> {
        if !demand.takes(self.proven.key) {
            return Ok(KeyAnswer::NotTaken);
        }
        let Ok(digits) = Digits::read(typed) else { return Ok(KeyAnswer::Slip(self)) };
        let lane = self.proven.row.lane;
        let id = SessionId::draw(lane, random).map_err(|error| SignInError::random(&error))?;
        let verdict = retried(|| self.judge(service, &mut *pool.get()?, digits, &id, clock))?;
        let PasswordProven { row, holder, .. } = &self.proven;
        Ok(match verdict {
            Verdict::In(proof) => KeyAnswer::SignedIn(SignedIn {
                session: id,
                holder: holder.clone(),
                request: row.request.clone(),
                left: 0,
                low: false,
                proof,
            }),
            Verdict::Refused => KeyAnswer::Refused(self),
            Verdict::Wait(until) => KeyAnswer::Wait { until, step: self },
            Verdict::Again => KeyAnswer::Again(self.proven),
            Verdict::Ended => KeyAnswer::Ended,
        })
    }

    fn judge(
        &self,
        service: &Service,
        store: &mut Store,
        typed: Digits,
        id: &SessionId,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Verdict, SignInError> {
        let PasswordProven { row, holder, key } = &self.proven;
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, row.lane)?;
        let now = clock.now().timestamp();
        let found = StepRow::find(&mut transaction, row.lane, &row.id, now)?;
        if found.is_none_or(|found| found.reached != Reached::Asked) {
            return Ok(Verdict::Ended);
        }
        let bound = Bound { lane: row.lane, id: &row.id };
        let judged =
            service.judge_key(&mut transaction, &mut head, (holder, *key), bound, typed, now)?;
        match judged {
            KeyJudged::Wait(until) => return Ok(Verdict::Wait(until)),
            KeyJudged::Over => return Ok(Verdict::Again),
            KeyJudged::Wrong { is_last } => {
                if is_last {
                    session::abandon(&mut transaction, row.lane, &row.id)?;
                }
                transaction.commit()?;
                return Ok(if is_last { Verdict::Ended } else { Verdict::Refused });
            }
            KeyJudged::Right => {}
        }
        let entered = enter(&mut transaction, &mut head, &self.proven, id, service, now)?;
        transaction.commit()?;
        Ok(entered.map_or(Verdict::Ended, Verdict::In))
    }
}

enum Verdict {
    In(BothFactors),
    Refused,
    Wait(Timestamp),
    Again,
    Ended,
}

/// What came of a code of a key beside the token.
pub(crate) enum KeyJudged {
    Right,
    /// Noted; the last one that may be wrong ends what asked for it.
    Wrong {
        is_last: bool,
    },
    /// It was not looked at.
    Wait(Timestamp),
    /// There is none to be given any more.
    Over,
}

impl Service {
    /// Judges a code of a key beside the token, and notes what came of it, in a lane that is locked: a
    /// right one is used up.
    pub(crate) fn judge_key(
        &self,
        transaction: &mut Transaction<'_>,
        head: &mut Head,
        (holder, key): (&HolderId, Key),
        bound: Bound<'_>,
        typed: Digits,
        now: Timestamp,
    ) -> Result<KeyJudged, SignInError> {
        let policy = &self.gate.policy;
        let mut attempts = KeyAttempts::find(transaction, holder.as_str(), key)?;
        if let Some(until) = policy.wait(attempts.failures, attempts.not_before, now) {
            return Ok(KeyJudged::Wait(until));
        }
        let judged = match (key, &self.sealer) {
            (Key::Mail, Some(sealer)) => mail_code::judge(transaction, sealer, bound, typed, now)?,
            (Key::Mail, None) => return Ok(KeyJudged::Over),
            _ => self.judge_app(transaction, holder, typed, now)?,
        };
        let is_locked = attempts.failures >= MAX_FAILURES;
        let why = match judged {
            Judged::Over => return Ok(KeyJudged::Over),
            Judged::Right if !is_locked => None,
            _ if is_locked => Some(", too many wrong codes"),
            _ => Some(", wrong code"),
        };
        if why.is_some() {
            attempts.failures = attempts.failures.saturating_add(1);
            attempts.not_before = policy.not_before(attempts.failures, now);
        } else {
            attempts = KeyAttempts::default();
        }
        attempts.set(transaction, holder.as_str(), key)?;
        let reference = audit::reference(transaction, holder.as_str())?;
        let entry = Entry {
            event: if why.is_none() { Event::KeyAccepted } else { Event::KeyRefused },
            reference: reference.as_deref(),
            serial: None,
            position: None,
            detail: &format!("{key}{}", why.unwrap_or_default()),
        };
        audit::append(transaction, head, now, &self.gate.actor, &[entry])?;
        Ok(match why {
            None => KeyJudged::Right,
            Some(_) => KeyJudged::Wrong { is_last: attempts.failures >= MAX_FAILURES },
        })
    }

    /// Judges the code of a holder's app in a lane that is locked; a right one is used up. Where there
    /// is no app it costs the same, and is wrong.
    fn judge_app(
        &self,
        transaction: &mut Transaction<'_>,
        holder: &HolderId,
        typed: Digits,
        now: Timestamp,
    ) -> Result<Judged, SignInError> {
        let found = KeyRow::find(transaction, holder.as_str(), Key::App)?;
        let secret = match (&found, &self.sealer) {
            (Some(KeyRow { id, secret: Some(secret), .. }), Some(sealer)) => {
                let opened = sealer.open(&of_app(holder.as_str(), id), secret)?;
                AppSecret::from_bytes(&opened)
            }
            _ => None,
        };
        let last = match &found {
            Some(row) => row.last_step(transaction)?,
            None => None,
        };
        let is_there = secret.is_some();
        let step = secret.unwrap_or_else(AppSecret::of_nobody).step(typed, last, now);
        match (found, step) {
            (Some(row), Some(step)) if is_there => {
                row.take_step(transaction, step, now)?;
                Ok(Judged::Right)
            }
            _ => Ok(Judged::Wrong),
        }
    }

    /// Takes a place for a mail to somebody, asked for from an address, or says until when none is
    /// sent.
    pub(crate) fn take_mail(
        &self,
        store: &mut Store,
        to: &str,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let requester = Subject::of_requester(self.secrets(), from);
        let recipient = Subject::of_recipient(self.secrets(), to);
        for (subject, pace) in [(requester, OF_REQUESTER), (recipient, TO_RECIPIENT)] {
            if let Some(until) = retried(|| subject.take(store, pace, now))? {
                return Ok(Some(until));
            }
        }
        Ok(None)
    }
}

impl PasswordProven {
    /// Asks for the code of an app, or sends one by e-mail. Who has no such key is asked all the same,
    /// and no mail is sent.
    pub(super) fn ask_key<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Question, SignInError> {
        let mut store = pool.get()?;
        let now = clock.now().timestamp();
        let holder = self.holder.as_str();
        let attempts = KeyAttempts::find(&mut store.read()?, holder, self.key)?;
        if let Some(until) = service.gate.policy.wait(attempts.failures, attempts.not_before, now) {
            return Ok(Question::Wait { until, step: self });
        }
        let before = self.row.reached;
        let challenge = Some(self.key.as_str().to_owned());
        let row = StepRow { reached: Reached::Asked, challenge, ..self.row.clone() };
        let mut prepared = None;
        if self.key == Key::Mail {
            let account = account::of_holder(&mut store.read()?, holder)?;
            let Some(account) = account else { return Ok(Question::Over) };
            if let Some(until) = service.take_mail(&mut store, &account.email, from, now)? {
                return Ok(Question::Wait { until, step: self });
            }
            let is_active =
                key::all_of(&mut store.read()?, holder)?.iter().any(|row| row.key == Key::Mail);
            prepared = service.sign_in_code(&row, &account, is_active, now, random)?;
            if prepared.is_none() {
                return Ok(Question::Over);
            }
        }
        let is_ours = retried(|| -> Result<bool, StoreError> {
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, row.lane)?;
            if !row.advance(&mut transaction, before)? {
                return Ok(false);
            }
            if let Some(prepared) = &prepared {
                prepared.put(&mut transaction)?;
                let reference = audit::reference(&mut transaction, holder)?;
                let entry = Entry {
                    event: Event::CodeMailed,
                    reference: reference.as_deref(),
                    serial: None,
                    position: None,
                    detail: if prepared.is_sent() { "" } else { "no such key, so to nobody" },
                };
                audit::append(&mut transaction, &mut head, now, &service.gate.actor, &[entry])?;
            }
            transaction.commit()?;
            Ok(true)
        })?;
        if !is_ours {
            return Ok(Question::Over);
        }
        Ok(Question::KeyAsked(KeyAsked { proven: Self { row, ..self } }))
    }
}

impl Service {
    /// A code to sign in with, and the mail with it; without the mail where the key is not active, so
    /// that nobody knows it.
    fn sign_in_code<R: TryCryptoRng>(
        &self,
        row: &StepRow,
        account: &AccountRow,
        is_active: bool,
        now: Timestamp,
        random: &mut Random<R>,
    ) -> Result<Option<Prepared>, SignInError> {
        let (Some(sealer), Some(outbox)) = (&self.sealer, &self.outbox) else { return Ok(None) };
        let bound = Bound { lane: row.lane, id: &row.id };
        let prepared = Prepared::new(
            (sealer, outbox),
            bound,
            (&account.email, account),
            (CodeUse::SignIn, &row.request),
            now,
            random,
        );
        let prepared = prepared.map_err(|error| SignInError::random(&error))?;
        Ok(Some(if is_active { prepared } else { prepared.unsent() }))
    }
}
