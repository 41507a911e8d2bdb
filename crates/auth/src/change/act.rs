//! Changes of one step: a key that is removed, a password, a language.

use rand::TryCryptoRng;
use tokenkaart_token::{language::Language, token::Random};

use super::{Change, ChangeKind, Changed, Done, tell};
use crate::{
    Key,
    account::Password,
    outbox::{News, Outgoing},
    sign_in::{Service, SignInError},
    store::{
        Pool, State, StoreError, Transaction, account,
        account::AccountRow,
        audit::{self, Event},
        key::{self, all_of},
        session, token,
    },
    verify::{Clock, retry::retried},
};

/// What is done in the one step, and what it is called.
struct Act<'a> {
    event: (Event, &'a str),
    news: News<'a>,
    done: Done,
}

impl Change {
    /// The key that is to be removed, if it is one.
    #[must_use]
    pub const fn removes(&self) -> Option<Key> {
        match self.kind {
            ChangeKind::RemoveApp => Some(Key::App),
            ChangeKind::RemoveMail => Some(Key::Mail),
            _ => None,
        }
    }

    /// Removes the key, and ends the sessions that it began; the last one stays.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn remove<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        let Some(key) = self.removes() else { return Ok(Changed::Next) };
        let act = Act {
            event: (Event::KeyRemoved, key.as_str()),
            news: News::KeyRemoved { key },
            done: Done::KeyRemoved,
        };
        self.act(service, pool, act, clock, random, |transaction| {
            let holder = self.row.holder.as_str();
            let token = token::live_of(transaction, holder)?;
            let has_token = token.is_some_and(|token| token.state == State::Active);
            let others = all_of(transaction, holder)?.into_iter().filter(|row| row.key != key);
            if !has_token && others.count() == 0 {
                return Ok(false);
            }
            key::remove(transaction, holder, key)?;
            session::end_of_key(transaction, holder, key)?;
            Ok(true)
        })
    }

    /// Sets another password; all sessions end.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn set_password<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        password: &Password,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        if self.kind != ChangeKind::Password {
            return Ok(Changed::Next);
        }
        let salt = random.salt().map_err(|error| SignInError::random(&error))?;
        let hash = password.hash(service.rules.scheme, &salt)?;
        let act = Act {
            event: (Event::PasswordChanged, ""),
            news: News::PasswordChanged,
            done: Done::PasswordChanged,
        };
        self.act(service, pool, act, clock, random, |transaction| {
            let now = clock.now().timestamp();
            account::set_password(transaction, &self.row.holder, &hash, now)?;
            session::end_all(transaction, self.row.lane, &self.row.holder)?;
            Ok(true)
        })
    }

    /// Sets another language.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn set_language<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        language: Language,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        if self.kind != ChangeKind::Language {
            return Ok(Changed::Next);
        }
        let account = AccountRow { language, ..self.account.clone() };
        let changed = Self { account, ..self };
        let act = Act {
            event: (Event::LanguageChanged, language.code()),
            news: News::LanguageChanged,
            done: Done::LanguageChanged(language),
        };
        changed.act(service, pool, act, clock, random, |transaction| {
            account::set_language(transaction, &changed.row.holder, language)?;
            Ok(true)
        })
    }

    /// Does a thing in one transaction, with the mail that tells of it; what isn't done changes
    /// nothing.
    fn act<R: TryCryptoRng>(
        &self,
        service: &Service,
        pool: &Pool,
        act: Act<'_>,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
        work: impl Fn(&mut Transaction<'_>) -> Result<bool, StoreError>,
    ) -> Result<Changed, SignInError> {
        let now = clock.now().timestamp();
        let outbox = service.outbox();
        let mail: Option<Outgoing> = outbox
            .map(|outbox| outbox.tell(&self.account.email, &self.account, &act.news, now, random))
            .transpose()
            .map_err(|error| SignInError::random(&error))?;
        let is_done = retried(|| -> Result<Option<bool>, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, self.row.lane)?;
            if !self.row.take(&mut transaction)? {
                return Ok(None);
            }
            if !work(&mut transaction)? {
                return Ok(Some(false));
            }
            let actor = &service.gate.actor;
            tell(&mut transaction, &mut head, &self.row, act.event, actor, now)?;
            if let Some(mail) = &mail {
                mail.insert(&mut transaction)?;
            }
            transaction.commit()?;
            Ok(Some(true))
        })?;
        Ok(match is_done {
            None => Changed::Over,
            Some(false) => Changed::LastKey,
            Some(true) => Changed::Done(act.done),
        })
    }
}
