//! How fast passwords may be tried, and mails be sent: by address and by account.
//!
//! A limit slows down and locks nobody out: who waits for it may try again. It is in the store, so
//! that all instances share it, and it counts before a password is hashed, so that many at once get
//! no further than one after the other. A right password is no attempt.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::{
    ActivationLink,
    secrets::Secrets,
    store::{Store, StoreError, limit},
};

/// How fast a limit lets attempts through: some at once, and then one in a while.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pace {
    /// So many attempts may come at once; at least 1.
    pub at_once: u32,
    /// After those, one in such a time.
    pub one_in: SignedDuration,
}

impl Pace {
    /// For one account at one address: ten wrong passwords, and then one a minute.
    pub const OF_ACCOUNT_THERE: Self = Self { at_once: 10, one_in: SignedDuration::from_secs(60) };
    /// For one account, wherever from: a hundred (NIST SP 800-63B-4 §3.2.2), and then one a minute. Who
    /// tries from one address never uses that up, so the holder gets in from another one.
    pub const OF_ACCOUNT: Self = Self { at_once: 100, one_in: SignedDuration::from_secs(60) };
    /// For one address, which may be a whole office's: a hundred, and then one in five seconds.
    pub const OF_ADDRESS: Self = Self { at_once: 100, one_in: SignedDuration::from_secs(5) };

    /// How far attempts may be ahead of time.
    fn ahead(self) -> SignedDuration {
        self.one_in
            .saturating_mul(i32::try_from(self.at_once.saturating_sub(1)).unwrap_or(i32::MAX))
    }
}

/// An address, or the line that it is of.
fn line_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let line = u128::from(address) >> 64;
            format!("{line:016x}/64")
        }
    }
}

/// Whom a limit counts for. The store knows it by a digest under a secret of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Subject(String);

impl Subject {
    /// An address as limits see it: of IPv6 the first 64 bits, which is what one line gets
    /// (RFC 6177); an IPv4 address in IPv6 is the IPv4 address.
    pub(crate) fn of_address(secrets: &Secrets, address: IpAddr) -> Self {
        Self(secrets.subject_of_limit("address", &line_of(address)))
    }

    /// An address that has mails sent.
    pub(crate) fn of_requester(secrets: &Secrets, address: IpAddr) -> Self {
        Self(secrets.subject_of_limit("requester", &line_of(address)))
    }

    /// Somebody who is sent mails, by their e-mail address.
    pub(crate) fn of_recipient(secrets: &Secrets, address: &str) -> Self {
        Self(secrets.subject_of_limit("recipient", &address.to_lowercase()))
    }

    /// An account by the user name that was typed, whether there is such an account or not.
    pub(crate) fn of_account(secrets: &Secrets, user_name: &str) -> Self {
        Self(secrets.subject_of_limit("account", user_name))
    }

    /// The same, as far as it is tried from one address.
    pub(crate) fn of_account_there(secrets: &Secrets, user_name: &str, address: IpAddr) -> Self {
        // No address has a space in it.
        let text = format!("{} {user_name}", line_of(address));
        Self(secrets.subject_of_limit("account there", &text))
    }

    /// A user name that was typed to have its password forgotten, whether there is such an account or not.
    pub(crate) fn of_forgotten(secrets: &Secrets, user_name: &str) -> Self {
        Self(secrets.subject_of_limit("forgotten", user_name))
    }

    /// The same, as far as it is typed at one address.
    pub(crate) fn of_forgotten_there(secrets: &Secrets, user_name: &str, address: IpAddr) -> Self {
        let text = format!("{} {user_name}", line_of(address));
        Self(secrets.subject_of_limit("forgotten there", &text))
    }

    /// The link of an activation, whether there is such a one or not.
    pub(crate) fn of_link(secrets: &Secrets, link: &ActivationLink) -> Self {
        Self(secrets.subject_of_limit("link", &link.digest()))
    }

    /// A holder who chooses a user name.
    pub(crate) fn of_names(secrets: &Secrets, holder: &str) -> Self {
        Self(secrets.subject_of_limit("names", holder))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes an attempt, or says until when none is taken.
    pub(crate) fn take(
        &self,
        store: &mut Store,
        pace: Pace,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut transaction = store.begin()?;
        let wait = limit::take(&mut transaction, &self.0, pace.one_in, pace.ahead(), now)?;
        transaction.commit()?;
        Ok(wait)
    }

    /// Gives one attempt back.
    pub(crate) fn give_back(&self, store: &mut Store, pace: Pace) -> Result<(), StoreError> {
        let mut transaction = store.begin()?;
        limit::give_back(&mut transaction, &self.0, pace.one_in)?;
        transaction.commit()
    }

    /// Forgets all attempts.
    pub(crate) fn forget(&self, store: &mut Store) -> Result<(), StoreError> {
        let mut transaction = store.begin()?;
        limit::forget(&mut transaction, &self.0)?;
        transaction.commit()
    }
}
