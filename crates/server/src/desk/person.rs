//! `GET /person`: somebody at the desk, with what is known of them and what can be done.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tokenkaart_auth::{
    Key, activation,
    known::{Known, Waiting},
    store::{State, account::AccountRow, audit::AuditRow, token::TokenRow},
};
use tokenkaart_token::{holder::HolderId, language::Language};

use super::{
    at_desk::{AtDesk, faulty, page},
    events::in_words,
    key,
    shell::Shell,
    texts::Texts,
};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, redirect},
};

/// Somebody at the desk: what was entered of them. From page to page it is carried on sealed, and no
/// store has it.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct Person {
    /// The holder's id.
    pub(super) id: String,
    pub(super) name: Option<String>,
    /// The code of a language.
    pub(super) language: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) email: Option<String>,
}

impl Person {
    /// Somebody of whom only the key was said.
    pub(super) fn of(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// The key as pages show it.
    pub(super) fn masked(&self) -> String {
        key::masked(&self.id)
    }

    pub(super) fn language(&self) -> Option<Language> {
        self.language.as_deref()?.parse().ok()
    }

    /// Sends the browser to the page of this person.
    ///
    /// # Errors
    /// [`FailedVisit`].
    pub(super) fn show(&self, at: &AtDesk) -> Result<Response, FailedVisit> {
        Ok(redirect(&format!("/person?p={}", at.seal(self)?)))
    }
}

#[derive(Template)]
#[template(path = "desk/person.html")]
struct PersonPage<'v> {
    shell: Shell<'v>,
    title: String,
    /// The person, as the page carries it on.
    p: String,
    /// What is known: a word, and what it is.
    facts: Vec<(&'static str, String)>,
    /// What was done a moment ago.
    done: Option<&'static str>,
    cards: Vec<ShownCard>,
    /// The card that something can be done to, and what.
    help: Option<(String, Vec<(&'static str, &'static str)>)>,
    /// What was given as the reason.
    reason: &'v str,
    waits: Vec<String>,
    keys: Vec<ShownKey>,
    may_help: bool,
    /// The activation that is begun, as the form of a new one names it.
    activation: Option<String>,
    sign_ins: Vec<(String, &'static str)>,
    history: Vec<ShownEvent>,
    may_correct: bool,
}

/// A key beside the token, as it is shown.
struct ShownKey {
    /// As the store names it, and as people do.
    id: &'static str,
    name: &'static str,
    since: String,
    has_failures: bool,
}

/// Something that happened, as it is shown.
struct ShownEvent {
    when: String,
    what: String,
    serial: String,
    who: String,
}

/// A card as it is shown.
struct ShownCard {
    serial: String,
    state: &'static str,
    since: String,
    issued: String,
    left: u8,
    reason: String,
}

/// `GET /person`
pub(super) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else {
        return Ok(super::notice::person_over(&at));
    };
    let done = at.visit.parameters().get("done").map(str::to_owned);
    let t = at.texts();
    let done = done.and_then(|done| match done.as_str() {
        "unlock" => Some(t.done_unlock),
        "suspend" => Some(t.done_suspend),
        "resume" => Some(t.done_resume),
        "revoke" => Some(t.done_revoke),
        "key-unlock" => Some(t.done_key_unlock),
        "key-remove" => Some(t.done_key_remove),
        "not" => Some(t.done_not),
        _ => None,
    });
    look(&at, &person, done, None).await
}

/// The page of a person, and what is wrong with the reason that was given there.
///
/// # Errors
/// [`FailedVisit`].
pub(super) async fn look(
    at: &AtDesk,
    person: &Person,
    done: Option<&'static str>,
    wrong: Option<&'static str>,
) -> Result<Response, FailedVisit> {
    let (id, named) = (person.id.clone(), person.name.is_some());
    let found = at.blocking(move |site| {
        let known = site.service.known(&site.pool, &id, &|| site.now())?;
        let begun = match HolderId::new(&id) {
            Ok(holder) => activation::begun(&mut *site.pool.get()?, &holder)?,
            Err(_) => None,
        };
        let has_name =
            known.account.as_ref().is_some_and(|account| account.name.is_some() || named);
        let can_activate = has_name && site.service.outbox().is_some();
        Ok::<_, FailedVisit>((known, begun, can_activate))
    });
    let (known, begun, can_activate) = found.await?;
    let mut shell = at.shell();
    if let Some(wrong) = wrong {
        shell.fault("reason", wrong);
    }
    let t = shell.t;
    let account = known.account.as_ref();
    let name = account.and_then(|account| account.name.clone());
    let key_name = |key: Key| match key {
        Key::Token => shell.c.token,
        Key::App => shell.c.app,
        Key::Mail => shell.c.mail,
    };
    let may_help = at.may("/person/enter");
    let shown = PersonPage {
        title: person.name.clone().or(name).unwrap_or_else(|| person.masked()),
        p: at.seal(person)?,
        facts: facts(person, account, &shell),
        done,
        cards: known.tokens.iter().map(|token| shown(at, token, t)).collect(),
        help: if may_help { help(&known, t) } else { None },
        reason: at.field("reason").unwrap_or_default(),
        waits: known.waits.iter().map(|waiting| wait(at, waiting, key_name, t)).collect(),
        keys: known
            .keys
            .iter()
            .map(|(key, since)| ShownKey {
                id: key.as_str(),
                name: key_name(*key),
                since: at.moment(since.as_millisecond()),
                has_failures: known.waits.iter().any(|waiting| waiting.key == *key),
            })
            .collect(),
        may_help,
        activation: (may_help && can_activate)
            .then(|| begun.map(|until| until.to_string()).unwrap_or_default()),
        sign_ins: known
            .sign_ins
            .iter()
            .map(|past| (at.moment(past.at), key_name(past.key)))
            .collect(),
        history: known.history.iter().map(|row| event(at, row)).collect(),
        may_correct: may_help,
        shell,
    };
    Ok(if wrong.is_some() { faulty(&shown) } else { page(&shown) })
}

/// What can be done to the card in use: its number, and each act with its words.
fn help(known: &Known, t: &Texts) -> Option<(String, Vec<(&'static str, &'static str)>)> {
    let token = known.tokens.iter().find(|token| !token.state.is_end())?;
    let slow = known.waits.iter().any(|waiting| waiting.key == Key::Token);
    let mut acts = match token.state {
        State::Active if slow => vec![("unlock", t.act_unlock), ("suspend", t.act_suspend)],
        State::Active => vec![("suspend", t.act_suspend)],
        State::Locked => vec![("unlock", t.act_unlock)],
        State::Suspended => vec![("resume", t.act_resume)],
        _ => return None,
    };
    acts.push(("revoke", t.act_revoke));
    Some((token.serial.to_string(), acts))
}

fn wait(
    at: &AtDesk,
    waiting: &Waiting,
    key_name: impl Fn(Key) -> &'static str,
    t: &Texts,
) -> String {
    let (failures, key) = (waiting.failures.to_string(), key_name(waiting.key));
    let until = waiting.until.map(|until| at.moment(until.as_millisecond()));
    let text = if until.is_some() { t.wrong_until } else { t.wrong_codes };
    let until = until.unwrap_or_default();
    fill(text, &[("key", key), ("n", &failures), ("time", &until)])
}

fn event(at: &AtDesk, row: &AuditRow) -> ShownEvent {
    ShownEvent {
        when: at.moment(row.at),
        what: in_words(row, at.language()),
        serial: row.serial.clone().unwrap_or_default(),
        who: row.actor.clone(),
    }
}

fn facts(
    person: &Person,
    account: Option<&AccountRow>,
    shell: &Shell<'_>,
) -> Vec<(&'static str, String)> {
    let t = shell.t;
    let or_unknown = |text: Option<&str>| text.unwrap_or(t.not_known).to_owned();
    let of_account = |of: fn(&AccountRow) -> Option<&str>| account.and_then(of);
    let name = person.name.as_deref().or_else(|| of_account(|account| account.name.as_deref()));
    let language = person.language().or_else(|| account.map(|account| account.language));
    let language = language.map(|language| crate::pages::texts(language).own_name);
    let user_name = of_account(|account| Some(&account.user_name)).or(person.user_name.as_deref());
    let email = of_account(|account| Some(&account.email)).or(person.email.as_deref());
    vec![
        (t.key, person.masked()),
        (t.name, or_unknown(name)),
        (t.language, or_unknown(language)),
        (t.user_name, or_unknown(user_name)),
        (t.email, or_unknown(email.map(masked_address).as_deref())),
    ]
}

/// An e-mail address, so that its owner knows it and nobody else learns it.
fn masked_address(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(2).collect();
            format!("{first}…@{domain}")
        }
        None => String::new(),
    }
}

fn shown(at: &AtDesk, token: &TokenRow, t: &'static Texts) -> ShownCard {
    ShownCard {
        serial: token.serial.to_string(),
        state: state_in_words(token.state_at(jiff::Timestamp::now()), t),
        since: at.moment(token.state_since),
        issued: at.language().date(token.issued),
        left: token.unused,
        reason: token.reason.clone().unwrap_or_default(),
    }
}

/// A state as people know it.
pub(super) const fn state_in_words(state: State, t: &Texts) -> &'static str {
    match state {
        State::Loading => t.state_loading,
        State::Pending => t.state_pending,
        State::Active => t.state_active,
        State::Suspended => t.state_suspended,
        State::Locked => t.state_locked,
        State::Revoked => t.state_revoked,
        State::Voided => t.state_voided,
        State::Expired => t.state_expired,
    }
}
