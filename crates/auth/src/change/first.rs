//! The first user name and password of an account: by a code on paper and a link that was mailed.

use std::net::IpAddr;

use jiff::Timestamp;
use rand::TryCryptoRng;
use subtle::ConstantTimeEq as _;
use tokenkaart_token::token::Random;

use super::{Change, ChangeKind, Changed, OPEN_FOR, Opened, Stage, begun, tell};
use crate::{
    ActivationLink, ChangeId,
    account::{Password, UserName},
    activation::ActivationCode,
    limit::{Pace, Subject},
    outbox::{News, Outgoing},
    sign_in::{Service, SignInError},
    store::{
        Cause, Pool, State, StoreError, Transaction,
        account::{self, AccountRow},
        activation::{self, ActivationRow},
        audit::{self, Entry, Event},
        change::{self, ChangeRow},
        key, session, token,
    },
    verify::{Clock, retry::retried},
};

/// How fast user names may be tried by who chooses one: so many at once, and then one a minute.
const NAMES: Pace = Pace { at_once: 20, ..Pace::OF_ACCOUNT };
/// What the code is bound to that a browser keeps until its link is opened there.
const KEPT: &str = "an activation code in a browser";

impl Service {
    /// Keeps a code for the browser that it was typed in, until the link is opened there: sealed, and
    /// for half an hour. Nothing is looked up, so nobody learns from it whether there is such a code.
    /// `None` when this service seals nothing.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn keep_code<R: TryCryptoRng>(
        &self,
        code: &ActivationCode,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Option<String>, SignInError> {
        let Some(sealer) = &self.sealer else { return Ok(None) };
        let until = clock.now().timestamp().saturating_add(OPEN_FOR);
        let until = until.unwrap_or(Timestamp::MAX).as_millisecond();
        let bytes = zeroize::Zeroizing::new([&until.to_be_bytes(), code.as_bytes()].concat());
        let sealed = sealer.seal(KEPT, &bytes, random);
        sealed.map(Some).map_err(|error| SignInError::random(&error))
    }

    /// The code that was kept for a browser; `None` when there is none, or its time is over.
    #[must_use]
    pub fn kept_code(&self, kept: &str, clock: &(impl Clock + ?Sized)) -> Option<ActivationCode> {
        let opened = self.sealer.as_ref()?.open(KEPT, kept).ok()?;
        let (until, code) = opened.split_first_chunk()?;
        let is_open = i64::from_be_bytes(*until) > clock.now().timestamp().as_millisecond();
        let code = std::str::from_utf8(code).ok().filter(|_| is_open)?;
        ActivationCode::read(code).ok()
    }

    /// Begins to activate an account, for whoever brings both the code and the link: one of them alone
    /// does nothing. Neither is used up before user name and password are chosen.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn open_activation<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        link: &ActivationLink,
        code: &ActivationCode,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Opened, SignInError> {
        let by_address = Subject::of_address(self.secrets(), from);
        let limits = [
            (&by_address, self.rules.by_address),
            (&Subject::of_link(self.secrets(), link), self.rules.by_account_there),
        ];
        let mut store = pool.get()?;
        for (subject, pace) in limits {
            let now = clock.now().timestamp();
            if let Some(until) = retried(|| subject.take(&mut store, pace, now))? {
                return Ok(Opened::Wait { until });
            }
        }
        let (lane, digest) = (link.lane(), link.digest());
        let code = code.digest(link);
        let now = clock.now().timestamp();
        let opened = retried(|| -> Result<Option<ChangeId>, SignInError> {
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, lane)?;
            let found = ActivationRow::find(&mut transaction, lane, &digest)?;
            let why = match &found {
                None => Some("no such link"),
                Some(row) if !bool::from(row.code.as_bytes().ct_eq(code.as_bytes())) => {
                    Some("wrong code")
                }
                Some(row) if row.expires_at <= now.as_millisecond() => Some("too late"),
                Some(_) => None,
            };
            let holder = found.as_ref().map_or("", |row| row.holder.as_str());
            let reference = audit::reference(&mut transaction, holder)?;
            let event =
                if why.is_none() { Event::ActivationAccepted } else { Event::ActivationRefused };
            let entry = Entry {
                event,
                reference: reference.as_deref(),
                serial: None,
                position: None,
                detail: why.unwrap_or_default(),
            };
            let actor = &self.gate.actor;
            audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
            let mut begins = None;
            if why.is_none() {
                let (id, row) = begun(ChangeKind::First, holder, now, random)?;
                let row = ChangeRow { bound_to: Some(digest.clone()), ..row };
                row.insert(&mut transaction)?;
                begins = Some(id);
            }
            transaction.commit()?;
            Ok(begins)
        })?;
        let Some(id) = opened else { return Ok(Opened::Refused) };
        let (address, pace) = limits[0];
        retried(|| address.give_back(&mut store, pace))?;
        Ok(Opened::Both(id))
    }
}

impl Change {
    /// Gives the account its user name and password, and uses the activation up: the last step. All
    /// sessions end, for it may be that somebody had forgotten their password.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn set_up<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        user_name: &UserName,
        password: &Password,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        let (ChangeKind::First, Stage::Act, Some(link)) =
            (self.kind, self.stage, self.row.bound_to.clone())
        else {
            return Ok(Changed::Next);
        };
        let now = clock.now().timestamp();
        let mut store = pool.get()?;
        let names = Subject::of_names(service.secrets(), &self.row.holder);
        if let Some(until) = retried(|| names.take(&mut store, NAMES, now))? {
            return Ok(Changed::Wait { until, step: self });
        }
        let failed = |error: R::Error| SignInError::random(&error);
        let salt = random.salt().map_err(failed)?;
        let hash = password.hash(service.rules.scheme, &salt)?;
        let address = self.address(service)?;
        let mails = self.told(service, user_name, &address, now, random)?;
        let (id, next) = begun(ChangeKind::FirstKey, &self.row.holder, now, random)?;
        let actor = &service.gate.actor;
        let holder = self.row.holder.as_str();
        let is_renamed = user_name.as_str() != self.account.user_name;
        let is_other = self.is_other(&address);
        let done = retried(|| -> Result<Option<bool>, StoreError> {
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, self.row.lane)?;
            if !self.row.take(&mut transaction)?
                || !activation::take(&mut transaction, holder, &link)?
            {
                return Ok(None);
            }
            let mut happened = vec![(Event::AddressConfirmed, "")];
            change::confirm(&mut transaction, holder, &address, now)?;
            // In the order in which accounts are made, so that no two wait for each other.
            if is_renamed {
                account::insert_login(&mut transaction, user_name.as_str(), holder)?;
                account::delete_login(&mut transaction, &self.account.user_name, holder)?;
                account::set_user_name(&mut transaction, holder, user_name.as_str())?;
                happened.push((Event::UserNameChanged, ""));
            }
            if is_other {
                self.put_address(&mut transaction, &address)?;
                happened.push((Event::AddressChanged, ""));
            }
            account::put_password(&mut transaction, holder, &hash, now)?;
            session::end_all(&mut transaction, self.row.lane, holder)?;
            happened.push((Event::Activated, ""));
            for told in happened {
                tell(&mut transaction, &mut head, &self.row, told, actor, now)?;
            }
            let has_key = has_key(&mut transaction, holder)?;
            if !has_key {
                next.insert(&mut transaction)?;
            }
            for mail in &mails {
                mail.insert(&mut transaction)?;
            }
            transaction.commit()?;
            Ok(Some(has_key))
        });
        match done {
            Ok(None) => Ok(Changed::Over),
            Ok(Some(has_key)) => Ok(Changed::Activated { next: (!has_key).then_some(id) }),
            Err(StoreError::Database { cause: Cause::Conflict, .. }) => {
                let whose = account::holder_of(&mut store.read()?, user_name.as_str())?;
                Ok(match whose {
                    Some(other) if other != self.row.holder => Changed::UserNameTaken(self),
                    _ => Changed::AddressTaken,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What is told of it, and where: of another address at both.
    fn told<R: TryCryptoRng>(
        &self,
        service: &Service,
        user_name: &UserName,
        address: &str,
        now: Timestamp,
        random: &mut Random<R>,
    ) -> Result<Vec<Outgoing>, SignInError> {
        let Some(outbox) = service.outbox() else { return Ok(Vec::new()) };
        // By the name that it has from now on.
        let account =
            AccountRow { user_name: user_name.as_str().to_owned(), ..self.account.clone() };
        let mut told = vec![(address, News::Activated { user_name: user_name.as_str() })];
        if self.is_other(address) {
            let news = News::EmailChanged { address };
            told.extend([(self.account.email.as_str(), news), (address, news)]);
        }
        told.into_iter()
            .map(|(to, news)| outbox.tell(to, &account, &news, now, random))
            .collect::<Result<_, _>>()
            .map_err(|error| SignInError::random(&error))
    }
}

/// Whether a holder has a key to sign in with, the token among them.
fn has_key(transaction: &mut Transaction<'_>, holder: &str) -> Result<bool, StoreError> {
    let token = token::live_of(transaction, holder)?;
    let has_token = token.is_some_and(|token| token.state == State::Active);
    Ok(has_token || !key::all_of(transaction, holder)?.is_empty())
}
