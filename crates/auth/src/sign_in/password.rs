//! User name and password.

use std::net::IpAddr;

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{hash::Scheme, holder::HolderId, token::Random};

use super::{Chosen, Entrance, PasswordProven, Service, SignInError};
use crate::{
    Lane, SignInId,
    account::{Fit, Password, UserName},
    limit::Subject,
    password_hash::PasswordHash,
    store::{
        Pool, Store, StoreError, account,
        audit::{self, Entry, Event},
        clerk::ClerkRow,
        session::{Reached, StepRow},
    },
    verify::{Clock, retry::retried},
};

/// What came of a user name and a password; what may be told to whoever gave them.
#[derive(Debug)]
pub enum Proof {
    /// Both were right. The sign-in has a new id; the one before names nothing any more.
    Proven(SignInId, PasswordProven),
    /// One of them was wrong; nobody is told which.
    Refused(Chosen),
    /// Too many were tried; these were not looked at.
    Wait {
        /// Until when none are taken.
        until: Timestamp,
        /// The step, to be taken again.
        step: Chosen,
    },
    /// The sign-in has come further meanwhile, or is over.
    Over,
}

/// What became of a password that was tried.
pub(crate) enum Tried {
    /// It is this holder's.
    Right(HolderId),
    /// It is not, or nobody's who may come in here.
    Wrong,
    /// It was not looked at, until then.
    Wait(Timestamp),
}

/// Who may be meant by a user name.
struct Meant {
    /// Nobody, or an account that can't sign in yet.
    holder: Option<String>,
    hash: Option<PasswordHash>,
    /// Whether they may come in here at all.
    is_welcome: bool,
}

impl Meant {
    /// Looks whom a user name means: the same queries whether there is such an account or not.
    fn find(
        store: &mut Store,
        user_name: Option<&UserName>,
        entrance: Entrance,
    ) -> Result<Self, StoreError> {
        let name = user_name.map_or("", UserName::as_str);
        let mut transaction = store.read()?;
        let holder = account::holder_of(&mut transaction, name)?;
        let of = holder.as_deref().unwrap_or(name);
        let hash = account::password_of(&mut transaction, of)?.filter(|_| holder.is_some());
        let is_welcome = match entrance {
            Entrance::Citizens => true,
            Entrance::Desk => ClerkRow::find(&mut transaction, of)?.is_some(),
        };
        Ok(Self { holder, hash, is_welcome })
    }
}

impl Chosen {
    /// Gives user name and password.
    ///
    /// # Errors
    /// [`SignInError`], for the operator; nobody is let in.
    // Who asks, with what, from where, when: none can be left out.
    #[allow(clippy::too_many_arguments, reason = "see above")]
    pub fn prove<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        user_name: &str,
        password: &Password,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Proof, SignInError> {
        match service.try_password(pool, user_name, password, from, clock, random)? {
            Tried::Wait(until) => Ok(Proof::Wait { until, step: self }),
            Tried::Wrong => Ok(Proof::Refused(self)),
            Tried::Right(holder) => self.proven(service, pool, holder, clock, random),
        }
    }

    /// A new id, in the lane of whom it is now; the old one is gone first, so that of two who
    /// bring it one comes through.
    fn proven<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        holder: HolderId,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Proof, SignInError> {
        let lane = Lane::of(holder.as_str());
        let id = SignInId::draw(lane, random).map_err(|error| SignInError::random(&error))?;
        let row = StepRow {
            lane,
            id: id.digest(),
            reached: Reached::Proven,
            holder: Some(holder.as_str().to_owned()),
            expires_at: service.expires_at(clock),
            ..self.row.clone()
        };
        let is_ours = retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let is_ours = self.row.take(&mut transaction)?;
            transaction.commit()?;
            Ok(is_ours)
        })?;
        if !is_ours {
            return Ok(Proof::Over);
        }
        retried(|| -> Result<(), StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            row.insert(&mut transaction)?;
            transaction.commit()
        })?;
        let key = self.key();
        Ok(Proof::Proven(id, PasswordProven { row, holder, key }))
    }
}

impl Service {
    /// Tries a password, as far as the limits let it; one answer and one cost whoever is meant, but
    /// for hashes of other systems. The hash of a right one is brought to today's scheme,
    /// but not at the desk, which changes no password.
    // Who asks, with what, from where, when: none can be left out.
    #[allow(clippy::too_many_arguments, reason = "see above")]
    pub(crate) fn try_password<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        typed_name: &str,
        password: &Password,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Tried, SignInError> {
        let user_name = typed_name.parse::<UserName>().ok();
        // What is no user name is nobody's, but is counted as what was typed.
        let name = user_name.as_ref().map_or_else(|| typed_name.trim(), UserName::as_str);
        let by_address = Subject::of_address(&self.secrets, from);
        let by_account = Subject::of_account(&self.secrets, name);
        let there = Subject::of_account_there(&self.secrets, name, from);
        let limits = [
            (&by_address, self.rules.by_address),
            (&there, self.rules.by_account_there),
            (&by_account, self.rules.by_account),
        ];
        let meant = {
            let mut store = pool.get()?;
            for (subject, pace) in limits {
                let now = clock.now().timestamp();
                if let Some(until) = retried(|| subject.take(&mut store, pace, now))? {
                    return Ok(Tried::Wait(until));
                }
            }
            Meant::find(&mut store, user_name.as_ref(), self.rules.entrance)?
        };
        let hash = meant.hash.as_ref().filter(|_| meant.is_welcome);
        let bearable = hash.filter(|hash| self.bears(hash.as_dear_as()));
        let hash = bearable.unwrap_or(&self.decoy);
        let fit = {
            let mut memory = self.gate.peppers.memory(hash.as_dear_as())?;
            memory.verify(None, |verifier| password.fit(hash, verifier))?
        };
        let is_right = fit != Fit::No && bearable.is_some();
        let is_to_stay = fit == Fit::Yes && hash.is_by(self.rules.scheme);
        let may_rehash = self.rules.entrance == Entrance::Citizens;
        let is_rehashed = is_right && !is_to_stay && may_rehash;
        let rehashed = if is_rehashed { self.hashed(password, random)? } else { None };
        let mut store = pool.get()?;
        let whose = meant.holder.as_deref().unwrap_or(by_account.as_str());
        self.note(&mut store, whose, &meant, is_right, rehashed.as_ref(), clock)?;
        match meant.holder.as_deref().map(HolderId::new) {
            Some(Ok(holder)) if is_right => {
                let (address, pace) = limits[0];
                retried(|| address.give_back(&mut store, pace))?;
                for subject in [&there, &by_account] {
                    retried(|| subject.forget(&mut store))?;
                }
                Ok(Tried::Right(holder))
            }
            _ => Ok(Tried::Wrong),
        }
    }

    /// The hash of a right password by today's scheme; none where others have the memory, since the
    /// next sign-in can make it as well.
    fn hashed<R: TryCryptoRng>(
        &self,
        password: &Password,
        random: &mut Random<R>,
    ) -> Result<Option<PasswordHash>, SignInError> {
        let Ok(_memory) = self.gate.peppers.memory(self.rules.scheme) else { return Ok(None) };
        let salt = random.salt().map_err(|error| SignInError::random(&error))?;
        Ok(Some(password.hash(self.rules.scheme, &salt)?))
    }

    /// Whether a password's hash costs no more than may be: somebody else may have written it into the
    /// store.
    fn bears(&self, scheme: Scheme) -> bool {
        let ceiling = self.gate.policy.ceiling;
        let own = ceiling.of(self.rules.scheme);
        ceiling.require(scheme).is_ok() || own.require(scheme).is_ok()
    }

    /// Says in the audit what came of it: in the lane of the holder or, of an unknown user name, of
    /// its limit. The hash that is to take the place of the one that was looked at does so with it.
    fn note(
        &self,
        store: &mut Store,
        whose: &str,
        meant: &Meant,
        is_right: bool,
        rehashed: Option<&PasswordHash>,
        clock: &(impl Clock + ?Sized),
    ) -> Result<(), StoreError> {
        retried(|| {
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, Lane::of(whose))?;
            let reference = audit::reference(&mut transaction, whose)?;
            let is_rehashed = match (&meant.hash, rehashed) {
                (Some(before), Some(hash)) => {
                    account::rehash(&mut transaction, whose, before, hash)?
                }
                _ => false,
            };
            let detail = match (&meant.holder, &meant.hash, is_right) {
                (_, _, true) if is_rehashed => "rehashed",
                (_, _, true) => "",
                (None, _, _) => "unknown user name",
                (_, None, _) => "no password yet",
                _ if !meant.is_welcome => "not of the desk",
                (_, Some(hash), _) if !self.bears(hash.as_dear_as()) => "its hash costs too much",
                _ => "wrong password",
            };
            let entry = Entry {
                event: if is_right { Event::PasswordAccepted } else { Event::PasswordRefused },
                reference: reference.as_deref(),
                serial: None,
                position: None,
                detail,
            };
            let now = clock.now().timestamp();
            audit::append(&mut transaction, &mut head, now, &self.gate.actor, &[entry])?;
            transaction.commit()
        })
    }
}
