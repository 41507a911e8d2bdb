//! `GET /person`: somebody at the desk, with what is known of them and what can be done.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tokenkaart_auth::store::{
    State,
    account::{self, AccountRow},
    token::{self, TokenRow},
};
use tokenkaart_token::language::Language;

use super::{
    at_desk::{AtDesk, page, read},
    key,
    shell::Shell,
    texts::Texts,
};
use crate::sign_in::{FailedVisit, redirect};

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
    cards: Vec<ShownCard>,
    may_correct: bool,
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
    let id = person.id.clone();
    let known = at.blocking(move |site| {
        read(site, |store| Ok((account::of_holder(store, &id)?, token::all_of(store, &id)?)))
    });
    let (account, tokens) = known.await?;
    let shell = at.shell();
    let facts = facts(&person, account.as_ref(), &shell);
    let cards = tokens.iter().map(|token| shown(&at, token, shell.t)).collect();
    let name = account.as_ref().and_then(|account| account.name.clone());
    let title = person.name.clone().or(name).unwrap_or_else(|| person.masked());
    let p = at.seal(&person)?;
    let may_correct = at.may("/person/enter");
    Ok(page(&PersonPage { shell, title, p, facts, cards, may_correct }))
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
