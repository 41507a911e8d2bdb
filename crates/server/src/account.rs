//! `tokenkaart-server account`: accounts of people who sign in, one or a file of them.

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use rand::rngs::SysRng;
use tokenkaart::read::{self, Input, ReadOptions, Row};
use tokenkaart_auth::{
    account::{self, EmailAddress, ImportError, ImportFaultKind, NewAccount, Password, UserName},
    store::Store,
};
use tokenkaart_terminal::{Failure, Outcome, count, finding, note, result};
use tokenkaart_token::{
    hash::Scheme,
    holder::{HolderId, HolderName},
    language::Language,
    shell::{harmless, shown},
    token::Random,
};
use zeroize::Zeroizing;

use crate::options::{Actor, StoreAddress, holder};

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Make the account of one holder
    Create(Create),
    /// Make the accounts of a holder file, all or none
    Import(Import),
}

const CREATE_EXAMPLES: &str = "\
Examples:
  tokenkaart-server account create --store sqlite:auth.db --holder 4711 \\
      --user-name jan.peeters --email jan.peeters@example.be
      Asks for the password twice, without showing it.
  tokenkaart-server account create ... < password
      The password is a line of standard input.";

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
    #[arg(long)]
    no_password: bool,
    #[command(flatten)]
    how: How,
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  tokenkaart-server account import holders.csv --store sqlite:auth.db
      Accounts for all who have a card, by the columns id, name, language, user_name and email.

The accounts have no password, so nobody can sign in by them yet.";

#[derive(Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub(super) struct Import {
    /// The holder file: CSV, JSON, JSON Lines, .xlsx or .ods
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    how: How,
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

pub(super) fn run(command: &AccountCommand) -> Result<Outcome, Failure> {
    match command {
        AccountCommand::Create(options) => create(options),
        AccountCommand::Import(options) => import(options),
    }
}

fn name(text: &str) -> Result<HolderName, String> {
    HolderName::new(text).map_err(|error| format!("it {error}"))
}

fn create(options: &Create) -> Result<Outcome, Failure> {
    let Create { holder, user_name, email, name, language, no_password, how } = options;
    // What can't be opened is told before anybody types.
    let mut store = Store::open(&how.store.address()?)?;
    let mut personal = vec![user_name.as_str(), email.as_str()];
    personal.extend(name.as_ref().map(HolderName::as_str));
    let password = if *no_password { None } else { Some(password(&personal)?) };
    let new = NewAccount {
        holder: holder.clone(),
        user_name: user_name.clone(),
        email: email.clone(),
        name: name.clone(),
        language: *language,
        password,
    };
    let (scheme, actor) = (Scheme::default(), how.actor.name());
    let random = &mut Random::new(SysRng);
    account::create(&mut store, &new, scheme, &actor, Timestamp::now(), random)?;
    if !how.quiet {
        result(&format!("1 account made: {}\n", new.user_name))?;
    }
    Ok(Outcome::Done)
}

/// A new password, typed twice, or a line of standard input.
fn password(personal: &[&str]) -> Result<Password, Failure> {
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
    let Import { file, how } = options;
    let mut store = Store::open(&how.store.address()?)?;
    let read = read::read(Input::open(file)?, &ReadOptions::default())?;
    for notice in read.notices.iter().filter(|_| !how.quiet) {
        note(notice);
    }
    let mut accounts = Vec::with_capacity(read.rows.len());
    let mut faults = Vec::new();
    for row in &read.rows {
        match account_of(row) {
            Ok(new) => accounts.push(new),
            Err(why) => faults.push((row, why)),
        }
    }
    if !faults.is_empty() {
        return refuse(file, &faults);
    }
    let (actor, now) = (how.actor.name(), Timestamp::now());
    let random = &mut Random::new(SysRng);
    let imported = account::import(&mut store, &accounts, Scheme::default(), &actor, now, random);
    let imported = match imported {
        Ok(imported) => imported,
        Err(ImportError::Faults(found)) => {
            let with_row = found.iter().filter_map(|fault| {
                let row = read.rows.get(fault.at)?;
                Some((row, in_words(&fault.kind, &read.rows)))
            });
            return refuse(file, &with_row.collect::<Vec<_>>());
        }
        Err(error) => return Err(error.into()),
    };
    if !how.quiet {
        let made = count(imported.made, "account", "accounts");
        let known = match imported.known {
            0 => String::new(),
            known => format!("; {known} more are there already"),
        };
        result(&format!("{}: {made} made{known}\n", shown(file)))?;
    }
    Ok(Outcome::Done)
}

fn account_of(row: &Row) -> Result<NewAccount, String> {
    let holder = &row.holder;
    let needed = |line: &Option<tokenkaart_token::holder::Line>, what: &str| {
        let missing = || format!("there is no {what}; each account needs one");
        line.as_ref().map(|line| line.as_str().to_owned()).ok_or_else(missing)
    };
    let user_name = needed(&holder.user_name, "user name")?;
    let email = needed(&holder.email, "e-mail address")?;
    Ok(NewAccount {
        holder: holder.id.clone(),
        user_name: user_name.parse::<UserName>().map_err(|error| error.to_string())?,
        email: email.parse::<EmailAddress>().map_err(|error| error.to_string())?,
        name: Some(holder.name.clone()),
        language: holder.language.unwrap_or_default(),
        password: None,
    })
}

/// A fault, with the place of the other row that it is about.
fn in_words(kind: &ImportFaultKind, rows: &[Row]) -> String {
    match kind {
        ImportFaultKind::HolderTwice(first)
        | ImportFaultKind::UserNameTwice(first)
        | ImportFaultKind::EmailTwice(first) => match rows.get(*first) {
            Some(row) => format!("{kind} (first: {})", row.place),
            None => kind.to_string(),
        },
        _ => kind.to_string(),
    }
}

fn refuse(file: &Path, faults: &[(&Row, String)]) -> Result<Outcome, Failure> {
    for (row, why) in faults {
        finding(format_args!("{}: {}: {}", shown(file), row.place, harmless(why)))?;
    }
    let number = count(faults.len() as u64, "fault", "faults");
    Err(Failure::new(format!("{}: {number}, and no account was made", shown(file))))
}
