//! Mails: their words, and how they go out. What is sent, and when, `tokenkaart_auth::outbox` decides.

mod delivery;
mod smtp;
mod words;

use std::sync::Arc;

use tokenkaart_auth::{
    outbox::{News, Outbox},
    seal::Sealer,
};
use tokenkaart_terminal::Failure;

use self::words::Writer;
pub(crate) use self::{
    delivery::{Delivery, Kept, KeptMail},
    smtp::Smtp,
    words::{ACTIVATION, last_day},
};
use crate::{config::Config, keys};

/// What writes the mails of an office, and seals them.
pub(crate) fn writing(config: &Config, sealer: Arc<Sealer>) -> Outbox {
    let writer = Writer::new(config);
    let words = move |news: &News<'_>, user: &str, language| writer.write(news, user, language);
    Outbox::new(sealer, Box::new(words))
}

/// The same for a command, whose mails the sign-in service sends.
///
/// # Errors
/// [`Failure`] where that service sends none, or the keys can't be read.
pub(crate) fn outbox(config: &Config) -> Result<Outbox, Failure> {
    match (&config.seal_keys, &config.mail) {
        (Some(keys), Some(_)) => Ok(writing(config, Arc::new(keys::sealer(keys)?))),
        _ => Err(Failure::new(
            "the configuration has no [mail], so the sign-in service sends none; write it, and \
             seal_keys with it",
        )),
    }
}
