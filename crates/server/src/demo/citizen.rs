//! The citizens of the demo: an account with a card that was just made and whose hashes were imported,
//! and one with an app.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rand::rngs::SysRng;
use tokenkaart::{
    design::Design,
    layout::CardOptions,
    run::{self, IssueOptions, Plan, Stop, WorkOptions},
};
use tokenkaart_auth::{
    account::{self, EmailAddress, NewAccount, Password},
    import::{self, ImportOptions},
    seal::Sealer,
    store::Store,
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{
    files::Sha256Digest,
    hash::Ceiling,
    holder::{Holder, HolderId, HolderName},
    language::Language,
    run_files::{manifest::Vouching, records::Source},
    token::{CodeFormat, Random},
};
use zeroize::Zeroizing;

use super::addresses::Addresses;
use crate::config::Config;

/// Who acts, as the audit says.
pub(super) const ACTOR: &str = "demo";
/// The folder of the run, inside of the demo's.
const RUN: &str = "run";

/// Somebody who can sign in.
pub(super) struct Citizen {
    pub(super) user_name: String,
    pub(super) password: Zeroizing<String>,
    pub(super) email: String,
    /// The PDF with their card.
    pub(super) card: PathBuf,
}

impl Citizen {
    /// Prints a card, imports its hashes, and makes an account.
    ///
    /// # Errors
    /// [`Failure`] of any of these.
    pub(super) fn new(
        folder: &Path,
        store: &mut Store,
        config: &Config,
        addresses: &Addresses,
    ) -> Result<Self, Failure> {
        let now = Timestamp::now();
        let mut random = Random::new(SysRng);
        let mut holder = Holder::new(HolderId::new("4711")?, HolderName::new("Jan Peeters")?);
        holder.language = Some(Language::Nl);
        let card = card(folder, &holder, config, addresses, &mut random)?;
        let options = ImportOptions {
            allow_weak: false,
            ceiling: Ceiling::default(),
            unsigned: true,
            dry_run: false,
            now,
            actor: ACTOR,
        };
        // It was made a moment ago, by this process, and nobody signed it.
        let source = Source::run(&folder.join(RUN), Vouching::Nobody)?;
        import::import(store, &[source], &options, &mut |_| {})?;
        let (user_name, email) = ("jan.peeters", "jan.peeters@example.be");
        let password = password(&mut random)?;
        let new = NewAccount {
            holder: holder.id.clone(),
            user_name: user_name.parse()?,
            email: email.parse::<EmailAddress>()?,
            name: Some(holder.name.clone()),
            language: Language::Nl,
            password: Some(Password::chosen(&password, &[user_name, email])?.into()),
        };
        account::create(store, &new, config.password_kdf, ACTOR, now, &mut random)?;
        Ok(Self { user_name: user_name.to_owned(), password, email: email.to_owned(), card })
    }
}

/// Somebody who signs in with an app.
pub(super) struct AppCitizen {
    pub(super) user_name: String,
    pub(super) password: Zeroizing<String>,
    pub(super) email: String,
    /// What their app was given, in Base32.
    pub(super) secret: Zeroizing<String>,
}

impl AppCitizen {
    /// Makes an account with an app.
    ///
    /// # Errors
    /// [`Failure`] of any of these.
    pub(super) fn new(
        store: &mut Store,
        config: &Config,
        sealer: &Sealer,
    ) -> Result<Self, Failure> {
        let (now, mut random) = (Timestamp::now(), Random::new(SysRng));
        let (user_name, email) = ("els.janssens", "els.janssens@example.be");
        let password = password(&mut random)?;
        let new = NewAccount {
            holder: HolderId::new("4712")?,
            user_name: user_name.parse()?,
            email: email.parse::<EmailAddress>()?,
            name: Some(HolderName::new("Els Janssens")?),
            language: Language::Nl,
            password: Some(Password::chosen(&password, &[user_name, email])?.into()),
        };
        account::create(store, &new, config.password_kdf, ACTOR, now, &mut random)?;
        let secret = account::give_app(store, sealer, &new.holder, ACTOR, now, &mut random)?;
        let secret = Zeroizing::new(secret.groups().replace(' ', ""));
        Ok(Self { user_name: user_name.to_owned(), password, email: email.to_owned(), secret })
    }
}

/// Makes a run of one card; its PDF.
fn card(
    folder: &Path,
    holder: &Holder,
    config: &Config,
    addresses: &Addresses,
    random: &mut Random<SysRng>,
) -> Result<PathBuf, Failure> {
    let today = Timestamp::now().to_zoned(config.time_zone.clone()).date();
    let mut cards = CardOptions::new(CodeFormat::default(), today);
    cards.url = Some(format!("{}/", addresses.issuer).parse()?);
    let out = folder.join(RUN);
    let plain = IssueOptions::new(out.clone(), Design::built_in("card")?, cards);
    let options = IssueOptions { tagged: true, ..plain };
    let input = Sha256Digest::of(holder.id.as_str().as_bytes());
    let plan = Plan::new(options, [holder], input)?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let stop = Stop::default();
    let work = WorkOptions { threads, resume: false, process: std::process::id(), stop: &stop };
    let summary = run::issue(&plan, work, random, &mut |_| {})?;
    let cards = summary.manifest.bundles.first().map(|bundle| out.join(&bundle.cards.path));
    cards.ok_or_else(|| Failure::new("the demo's card was not made; try again"))
}

/// Symbols of the demo's passwords: 16, none like another, and no vowel to make a word with.
const SYMBOLS: [char; 16] =
    ['b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 't', 'v', 'w'];

/// 80 random bits in groups that can be typed.
pub(super) fn password(random: &mut Random<SysRng>) -> Result<Zeroizing<String>, Failure> {
    let mut password = Zeroizing::new(String::with_capacity(32));
    for (place, byte) in Zeroizing::new(random.salt()?).iter().take(10).enumerate() {
        if place > 0 && place % 2 == 0 {
            password.push('-');
        }
        for symbol in [byte >> 4, byte & 15] {
            password.push(SYMBOLS[usize::from(symbol)]);
        }
    }
    Ok(password)
}
