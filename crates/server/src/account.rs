//! `tokenkaart-server account`: accounts of people who sign in, one or a file of them.

mod key;
mod letters;
mod list;

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use rand::rngs::SysRng;
use tokenkaart::read::{self, Input, ReadOptions};
use tokenkaart_auth::{
    account::{self, EmailAddress, ImportError, Imported, NewAccount, Password, UserName},
    activation::{self, Activation},
    store::{Store, account as rows},
};
use tokenkaart_terminal::{Failure, Outcome, count, note, result};
use tokenkaart_token::{
    hash::{Ceiling, Scheme},
    holder::{Holder, HolderId, HolderName, Line},
    language::Language,
    shell::shown,
    token::Random,
};
use zeroize::Zeroizing;

use self::{key::KeyCommand, letters::Letters, list::People};
use crate::options::{Actor, StoreAddress, holder};

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Make the account of one holder
    Create(Create),
    /// Make the accounts of a holder file, all or none
    Import(Import),
    /// Have a holder choose user name and password again, by a code on paper and a link that is mailed
    Activate(Activate),
    /// Show, unlock and remove digital keys beside the token
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
}

const CREATE_EXAMPLES: &str = "\
Examples:
  tokenkaart-server account create --store sqlite:auth.db --holder 4711 \\
      --user-name jan.peeters --email jan.peeters@example.be
      Asks for the password twice, without showing it.
  tokenkaart-server account create ... < password
      The password is a line of standard input.
  tokenkaart-server account create --holder 4711 --user-name jan.peeters \\
      --email jan.peeters@example.be --config server.toml --activation-codes jan.csv
      Jan chooses a password by the code in jan.csv and the link that is mailed to him.";

#[derive(Args)]
#[command(after_help = CREATE_EXAMPLES)]
pub(super) struct Create {
    /// Whose account it is: the id of the holder, as in the holder file
    #[arg(long, value_name = "ID", value_parser = holder)]
    holder: HolderId,
    /// What they sign in by
    #[arg(long, value_name = "NAME")]
    user_name: UserName,
    /// Their private e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: EmailAddress,
    /// What applications may call them
    #[arg(long, value_parser = name)]
    name: Option<HolderName>,
    /// The language of their pages: nl, fr, de, en
    #[arg(long, default_value = "nl")]
    language: Language,
    /// Make it without a password: they can't sign in yet
    #[arg(long, conflicts_with = "activation_codes")]
    no_password: bool,
    #[command(flatten)]
    paper: Paper,
    #[command(flatten)]
    how: How,
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  tokenkaart-server account import holders.csv --config server.toml \\
      --activation-codes letters.csv
      Accounts for all who have a card, by the columns id, name, language, user_name and email. Each
      holder is mailed a link, and letters.csv has the code that goes with it, for a letter.
  tokenkaart-server account import holders.csv --store sqlite:auth.db
      The same without passwords and codes: nobody can sign in by them yet.

With a column password_hash people keep the password of the system that they come from, and need no
code: Argon2, bcrypt and PBKDF2 are taken, and rehashed at the next sign-in.

Given once more, the same command makes what is missing. Who has not used their code gets a new one.";

#[derive(Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub(super) struct Import {
    /// The holder file: CSV, JSON, JSON Lines, .xlsx or .ods
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take dearer hashes than argon2id:m=65536,t=8,p=4 or pbkdf2-sha256:i=5000000, which bcrypt with a
    /// cost of 14 is as dear as; may be repeated
    #[arg(long, value_name = "KDF")]
    max_kdf: Vec<Scheme>,
    #[command(flatten)]
    paper: Paper,
    #[command(flatten)]
    how: How,
}

const ACTIVATE_EXAMPLES: &str = "\
Examples:
  tokenkaart-server account activate --holder 4711 --config server.toml \\
      --activation-codes jan.csv
      For who has forgotten their password, or has lost the last digital key: a new code, in jan.csv,
      and a new link by e-mail. Those of before are worth nothing.";

#[derive(Args)]
#[command(after_help = ACTIVATE_EXAMPLES)]
pub(super) struct Activate {
    /// Whose account it is
    #[arg(long, value_name = "ID", value_parser = holder)]
    holder: HolderId,
    /// Write the code into this file, which is not there yet
    #[arg(long, value_name = "FILE")]
    activation_codes: PathBuf,
    /// The configuration of the sign-in service, which sends the link
    #[arg(long, value_name = "FILE", default_value = "server.toml")]
    config: PathBuf,
    #[command(flatten)]
    how: How,
}

/// How people come to a password who have none.
#[derive(Args)]
struct Paper {
    /// Write the codes into this file, which is not there yet, by which they choose a password: a line
    /// a holder, for letters. They are good for 14 days, together with a link that is mailed
    #[arg(long, value_name = "FILE", requires = "config", help_heading = "Activation")]
    activation_codes: Option<PathBuf>,
    /// The configuration of the sign-in service, which sends the links
    #[arg(long, value_name = "FILE", requires = "activation_codes", help_heading = "Activation")]
    config: Option<PathBuf>,
}

impl Paper {
    /// Begins the file, if there is to be one.
    fn begin(&self) -> Result<Option<Letters>, Failure> {
        let Self { activation_codes, config } = self;
        let both = activation_codes.as_ref().zip(config.as_ref());
        both.map(|(path, config)| Letters::begin(path, config)).transpose()
    }
}

/// Into which store, how, and by whom.
#[derive(Args)]
struct How {
    #[command(flatten)]
    store: StoreAddress,
    #[command(flatten)]
    actor: Actor,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

impl How {
    fn open(&self, letters: Option<&Letters>) -> Result<Store, Failure> {
        let address = match letters {
            Some(letters) => self.store.address_or(&letters.config.store)?,
            None => self.store.address()?,
        };
        Ok(Store::open(&address)?)
    }

    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.quiet { Ok(()) } else { result(text) }
    }
}

pub(super) fn run(command: &AccountCommand) -> Result<Outcome, Failure> {
    match command {
        AccountCommand::Create(options) => create(options),
        AccountCommand::Import(options) => import(options),
        AccountCommand::Activate(options) => activate(options),
        AccountCommand::Key { command } => key::run(command),
    }
}

pub(super) fn name(text: &str) -> Result<HolderName, String> {
    HolderName::new(text).map_err(|error| format!("it {error}"))
}

fn create(options: &Create) -> Result<Outcome, Failure> {
    let Create { holder, user_name, email, name, language, no_password, paper, how } = options;
    // What can't be opened is told before anybody types.
    let letters = paper.begin()?;
    let mut store = how.open(letters.as_ref())?;
    let mut personal = vec![user_name.as_str(), email.as_str()];
    personal.extend(name.as_ref().map(HolderName::as_str));
    let has_password = !no_password && letters.is_none();
    let password = if has_password { Some(password(&personal)?.into()) } else { None };
    let new = NewAccount {
        holder: holder.clone(),
        user_name: user_name.clone(),
        email: email.clone(),
        name: name.clone(),
        language: *language,
        password,
    };
    let (actor, now) = (how.actor.name(), Timestamp::now());
    let random = &mut Random::new(SysRng);
    if let Some(letters) = letters {
        let outbox = &letters.outbox;
        let begun = account::create_to_activate(&mut store, &new, outbox, &actor, now, random)?;
        letters.write(std::iter::once((&on_letter(&new)?, &begun)))?;
    } else {
        account::create(&mut store, &new, Scheme::default(), &actor, now, random)?;
    }
    how.say(&format!("1 account made: {}\n", new.user_name))?;
    Ok(Outcome::Done)
}

/// Somebody as a letter names them, of whom nothing but the account is known.
fn on_letter(new: &NewAccount) -> Result<Holder, Failure> {
    let name = match &new.name {
        Some(name) => name.clone(),
        None => HolderName::new(new.user_name.as_str())?,
    };
    let (language, user_name) = (Some(new.language), Line::new(new.user_name.as_str())?);
    Ok(Holder { language, user_name, ..Holder::new(new.holder.clone(), name) })
}

fn activate(options: &Activate) -> Result<Outcome, Failure> {
    let Activate { holder, activation_codes, config, how } = options;
    let letters = Letters::begin(activation_codes, config)?;
    let mut store = how.open(Some(&letters))?;
    let account = rows::of_holder(&mut store.read()?, holder.as_str())?;
    let (actor, now) = (how.actor.name(), Timestamp::now());
    let random = &mut Random::new(SysRng);
    let begun = activation::begin(&mut store, &letters.outbox, holder, &actor, now, random)?;
    let name = account.as_ref().and_then(|account| account.name.as_deref());
    let user_name = account.as_ref().map_or(holder.as_str(), |account| &account.user_name);
    let name = HolderName::new(name.unwrap_or(user_name))?;
    let user_name = Line::new(user_name)?;
    let language = account.as_ref().map(|account| account.language);
    let on_letter = Holder { language, user_name, ..Holder::new(holder.clone(), name) };
    letters.write(std::iter::once((&on_letter, &begun)))?;
    how.say(&format!("{}: 1 code, for holder {holder}\n", shown(activation_codes)))?;
    Ok(Outcome::Done)
}

/// A new password, typed twice, or a line of standard input.
pub(super) fn password(personal: &[&str]) -> Result<Password, Failure> {
    let unread = |error: io::Error| Failure::new(format!("the password can't be read: {error}"));
    let text = if io::stdin().is_terminal() {
        let ask = |what| rpassword::prompt_password(what).map(Zeroizing::new).map_err(unread);
        let (first, second) = (ask("Password: ")?, ask("The same once more: ")?);
        if first != second {
            return Err(Failure::new("the two passwords differ; try again"));
        }
        first
    } else {
        let mut line = Zeroizing::new(String::with_capacity(256));
        io::BufRead::read_line(&mut io::Read::take(io::stdin().lock(), 4096), &mut line)
            .map_err(unread)?;
        Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned())
    };
    Ok(Password::chosen(&text, personal)?)
}

fn import(options: &Import) -> Result<Outcome, Failure> {
    let Import { file, max_kdf, paper, how } = options;
    let letters = paper.begin()?;
    let mut store = how.open(letters.as_ref())?;
    let read = read::read(Input::open(file)?, &ReadOptions::default())?;
    for notice in read.notices.iter().filter(|_| !how.quiet) {
        note(notice);
    }
    let most = max_kdf.iter().fold(Ceiling::default(), |most, kdf| most.of(*kdf));
    let mut people = People::of(&read, most);
    if people.has_faults() {
        people.add(account::faults(&mut store, people.accounts())?);
        return Err(people.refuse(file)?);
    }
    let (imported, begun) = match make(&mut store, people.accounts(), letters.as_ref(), how) {
        Ok(made) => made,
        Err(ImportError::Faults(found)) => {
            people.add(found);
            return Err(people.refuse(file)?);
        }
        Err(error) => return Err(error.into()),
    };
    let codes = match letters {
        Some(letters) => {
            let rows = begun.iter();
            letters
                .write(rows.filter_map(|(at, begun)| Some((&read.rows.get(*at)?.holder, begun))))?;
            let into = paper.activation_codes.as_deref().unwrap_or(file);
            format!("; {} in {}", count(begun.len() as u64, "code", "codes"), shown(into))
        }
        None => String::new(),
    };
    let made = count(imported.made, "account", "accounts");
    let known = match imported.known {
        0 => String::new(),
        known => format!("; {known} more are there already"),
    };
    how.say(&format!("{}: {made} made{known}{codes}\n", shown(file)))?;
    Ok(Outcome::Done)
}

/// Makes the accounts, and begins their activations where there is a file for the codes.
fn make(
    store: &mut Store,
    accounts: &[NewAccount],
    letters: Option<&Letters>,
    how: &How,
) -> Result<(Imported, Vec<(usize, Activation)>), ImportError> {
    let (actor, now) = (how.actor.name(), Timestamp::now());
    let random = &mut Random::new(SysRng);
    match letters {
        Some(letters) => {
            let outbox = &letters.outbox;
            account::import_to_activate(store, accounts, outbox, &actor, now, random)
        }
        None => account::import(store, accounts, Scheme::default(), &actor, now, random)
            .map(|imported| (imported, Vec::new())),
    }
}
