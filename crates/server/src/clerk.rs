//! `tokenkaart-server clerk`: who works at the desk.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use rand::rngs::SysRng;
use tokenkaart_auth::{
    Role,
    account::{self, EmailAddress, NewAccount, NewPassword, UserName},
    clerk,
    store::{Store, account as accounts},
};
use tokenkaart_terminal::{Failure, Outcome, finding, result};
use tokenkaart_token::{
    hash::Scheme,
    holder::{HolderId, HolderName},
    language::Language,
    shell::harmless,
    token::Random,
};

use crate::{
    account::{name, password},
    keys,
    options::{Actor, StoreAddress, holder},
};

#[derive(Subcommand)]
pub(super) enum ClerkCommand {
    /// Have somebody work at the desk
    Add(Add),
    /// Have somebody work at the desk no longer: they are signed out there at once
    Stop {
        /// Their user name
        #[arg(value_name = "NAME")]
        user_name: UserName,
        #[command(flatten)]
        store: StoreAddress,
        #[command(flatten)]
        actor: Actor,
        /// Say nothing but errors
        #[arg(long, short)]
        quiet: bool,
    },
    /// Show who works at the desk
    List {
        #[command(flatten)]
        store: StoreAddress,
    },
}

const EXAMPLES: &str = "\
Examples:
  tokenkaart-server clerk add els.claes --role clerk --store sqlite:auth.db
      Has the owner of the account els.claes work at the desk.
  tokenkaart-server clerk add els.claes --role clerk --holder p-17 --email els@stad.be \\
      --app --seal-keys seal.keys --store sqlite:auth.db
      Makes the account too, asks for its password, and prints the secret of an app.

Clerks sign in by user name, password and a code of their token card or of an app.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Add {
    /// Their user name
    #[arg(value_name = "NAME")]
    user_name: UserName,
    /// What they may do: clerk, supervisor or auditor
    #[arg(long)]
    role: Role,
    /// Make an account for them: the id of the holder
    #[arg(long, value_name = "ID", value_parser = holder, requires = "email")]
    holder: Option<HolderId>,
    /// The e-mail address of that account
    #[arg(long, value_name = "ADDRESS", requires = "holder")]
    email: Option<EmailAddress>,
    /// The name of that account
    #[arg(long, value_parser = name, requires = "holder")]
    name: Option<HolderName>,
    /// The language of that account: nl, fr, de, en
    #[arg(long, default_value = "nl")]
    language: Language,
    /// Give them an app, and print its secret, once
    #[arg(long, requires = "seal_keys")]
    app: bool,
    /// The file of keys that the secret is sealed under
    #[arg(long, value_name = "FILE")]
    seal_keys: Option<PathBuf>,
    #[command(flatten)]
    store: StoreAddress,
    #[command(flatten)]
    actor: Actor,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(command: &ClerkCommand) -> Result<Outcome, Failure> {
    match command {
        ClerkCommand::Add(options) => add(options),
        ClerkCommand::Stop { user_name, store, actor, quiet } => {
            let mut store = Store::open(&store.address()?)?;
            clerk::stop(&mut store, user_name, &actor.name(), Timestamp::now())?;
            if !quiet {
                result(&format!("{user_name} works at the desk no longer\n"))?;
            }
            Ok(Outcome::Done)
        }
        ClerkCommand::List { store } => {
            let mut store = Store::open(&store.address()?)?;
            let clerks = clerk::list(&mut store)?;
            if clerks.is_empty() {
                finding("nobody works at the desk yet")?;
                return Ok(Outcome::Done);
            }
            let line = |row: &tokenkaart_auth::store::clerk::ClerkRow| {
                let since = Timestamp::from_millisecond(row.since).unwrap_or_default();
                format!("{} is {} since {since}\n", harmless(&row.user_name), row.role)
            };
            result(&clerks.iter().map(line).collect::<String>())?;
            Ok(Outcome::Done)
        }
    }
}

fn add(options: &Add) -> Result<Outcome, Failure> {
    let Add { user_name, role, holder, email, name, language, app, seal_keys, .. } = options;
    // What can't be opened is told before anybody types.
    let mut store = Store::open(&options.store.address()?)?;
    let sealer = match seal_keys {
        Some(path) if *app => Some(keys::sealer(path)?),
        _ => None,
    };
    let (actor, random) = (options.actor.name(), &mut Random::new(SysRng));
    if let (Some(holder), Some(email)) = (holder, email) {
        let mut personal = vec![user_name.as_str(), email.as_str()];
        personal.extend(name.as_ref().map(HolderName::as_str));
        let new = NewAccount {
            holder: holder.clone(),
            user_name: user_name.clone(),
            email: email.clone(),
            name: name.clone(),
            language: *language,
            password: Some(NewPassword::Chosen(password(&personal)?)),
        };
        let (scheme, now) = (Scheme::default(), Timestamp::now());
        account::create(&mut store, &new, scheme, &actor, now, random)?;
    }
    clerk::add(&mut store, user_name, *role, &actor, Timestamp::now())?;
    let mut said = format!("{user_name} works at the desk as {role}\n");
    if let Some(sealer) = sealer {
        let whose = accounts::holder_of(&mut store.read()?, user_name.as_str())?;
        let whose = HolderId::new(&whose.unwrap_or_default())?;
        let now = Timestamp::now();
        let secret = account::give_app(&mut store, &sealer, &whose, &actor, now, random)?;
        said.push_str("the secret of the app, shown this once: ");
        said.push_str(&secret.groups());
        said.push('\n');
    }
    if !options.quiet || *app {
        result(&said)?;
    }
    Ok(Outcome::Done)
}
