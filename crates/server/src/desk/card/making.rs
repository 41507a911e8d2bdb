//! How cards are made at the desk: by which design, with what on them, for whom.

use std::{num::NonZeroUsize, thread};

use jiff::civil::Date;
use tokenkaart::{
    card::{CardPlan, Hashing},
    design::Design,
    layout::{CardOptions, LayoutError},
};
use tokenkaart_auth::{
    account::EmailAddress,
    store::{StoreError, account, token},
};
use tokenkaart_terminal::{Failure, pepper};
use tokenkaart_token::{
    hash::{Pepper, Scheme},
    holder::{Holder, HolderId, HolderName},
    language::Language,
    token::{CodeFormat, Serial},
};

use super::super::{at_desk::read, person::Person};
use crate::{config::Config, sign_in::Site};

/// Whose card it is, as the desk knows them.
pub(super) struct Subject {
    pub(super) holder: Holder,
    pub(super) language: Language,
    /// Whether there is an account.
    pub(super) has_account: bool,
    /// The token that a new card takes the place of.
    pub(super) live: Option<Serial>,
}

impl Subject {
    /// Somebody at the desk, with what the store knows of them; none without a name for the card. It
    /// blocks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) fn find(site: &Site, person: &Person) -> Result<Option<Self>, StoreError> {
        let id = person.id.as_str();
        let (account, live) =
            read(site, |store| Ok((account::of_holder(store, id)?, token::live_of(store, id)?)))?;
        let known = account.as_ref().and_then(|account| account.name.clone());
        let name = person.name.clone().or(known).and_then(|name| HolderName::new(&name).ok());
        let (Some(name), Ok(id)) = (name, HolderId::new(id)) else { return Ok(None) };
        let of_account = account.as_ref().map(|account| account.language);
        Ok(Some(Self {
            holder: Holder::new(id, name),
            language: person.language().or(of_account).unwrap_or_default(),
            has_account: account.is_some(),
            live: live.map(|live| live.serial),
        }))
    }

    /// The address to which a link could be mailed, of somebody who has no account.
    pub(super) fn email(person: &Person) -> Option<EmailAddress> {
        person.email.as_ref()?.parse().ok()
    }
}

/// What keys the hashes of cards: the first pepper of the configuration, if it has any. It blocks.
///
/// # Errors
/// [`Failure`] when its file can't be read.
pub(super) fn first_pepper(config: &Config) -> Result<Option<Pepper>, Failure> {
    config.pepper_files.first().map(|path| pepper(path)).transpose()
}

/// Threads that hash a card's codes: one for each processor, and no more than there is memory for.
pub(super) fn threads(config: &Config) -> NonZeroUsize {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let kib = Scheme::default().memory_kib().max(1);
    let fit = usize::try_from(config.hash_memory / kib).unwrap_or(usize::MAX);
    NonZeroUsize::new(processors.min(fit)).unwrap_or(NonZeroUsize::MIN)
}

/// The memory that they take, in KiB.
pub(super) fn memory(config: &Config) -> u32 {
    let threads = u32::try_from(threads(config).get()).unwrap_or(u32::MAX);
    Scheme::default().memory_kib().saturating_mul(threads).min(config.hash_memory)
}

/// How a card in a language is made today.
///
/// # Errors
/// [`LayoutError`] when the design doesn't go with what the office says of itself.
pub(super) fn plan<'p>(
    config: &Config,
    language: Language,
    today: Date,
    pepper: Option<&'p Pepper>,
) -> Result<CardPlan<'p>, LayoutError> {
    // Without a desk there is nobody who asks for a card.
    let design = config.desk.as_ref().map(|desk| desk.design.clone());
    let design = design.map_or_else(|| Design::built_in("card"), Ok);
    let Ok(design) = design else { return Err(LayoutError::NoBack) };
    let office = &config.office;
    let settings = CardOptions {
        url: design.qr.map(|_| format!("{}/", config.issuer.as_str())),
        office: Some(office.name.in_language(language).to_owned()),
        phone: Some(office.help_line.clone()),
        ..CardOptions::new(CodeFormat::default(), today)
    };
    let hashing = Hashing { scheme: Scheme::default(), pepper, threads: threads(config) };
    CardPlan::new(design, settings, None, true, hashing)
}
