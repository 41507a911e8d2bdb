//! The clerk of the demo, who signs in at the desk with an app, and is a supervisor.

use jiff::Timestamp;
use rand::rngs::SysRng;
use tokenkaart_auth::{
    Role,
    account::{self, EmailAddress, NewAccount, NewPassword, Password, UserName},
    clerk,
    seal::Sealer,
    store::Store,
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{
    holder::{HolderId, HolderName},
    language::Language,
    token::Random,
};
use zeroize::Zeroizing;

use super::citizen::{ACTOR, password};
use crate::config::Config;

/// Somebody who works at the desk.
pub(super) struct DemoClerk {
    pub(super) user_name: String,
    pub(super) password: Zeroizing<String>,
    /// What their app was given, in Base32.
    pub(super) secret: Zeroizing<String>,
}

impl DemoClerk {
    /// Makes an account with an app, and has its owner work at the desk.
    ///
    /// # Errors
    /// [`Failure`] of any of these.
    pub(super) fn new(
        store: &mut Store,
        config: &Config,
        sealer: &Sealer,
    ) -> Result<Self, Failure> {
        let (now, mut random) = (Timestamp::now(), Random::new(SysRng));
        let (name, email) = ("noor.claes", "noor.claes@example.be");
        let (password, user_name) = (password(&mut random)?, name.parse::<UserName>()?);
        let new = NewAccount {
            holder: HolderId::new("desk-1")?,
            user_name: user_name.clone(),
            email: email.parse::<EmailAddress>()?,
            name: Some(HolderName::new("Noor Claes")?),
            language: Language::Nl,
            password: Some(NewPassword::Chosen(Password::chosen(&password, &[name, email])?)),
        };
        account::create(store, &new, config.password_kdf, ACTOR, now, &mut random)?;
        let secret = account::give_app(store, sealer, &new.holder, ACTOR, now, &mut random)?;
        clerk::add(store, &user_name, Role::Supervisor, ACTOR, now)?;
        let secret = Zeroizing::new(secret.groups().replace(' ', ""));
        Ok(Self { user_name: name.to_owned(), password, secret })
    }
}
