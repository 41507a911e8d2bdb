//! `POST /find`: somebody is looked up. What was typed may be a register number, so it is posted.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart_auth::{
    account::UserName,
    store::{StoreError, Transaction, account, token},
};
use tokenkaart_token::token::Serial;

use super::{
    at_desk::{AtDesk, faulty, read},
    home::Home,
    key::{self, KeyFault},
    person::Person,
};
use crate::sign_in::FailedVisit;

/// `POST /find`
pub(super) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(text) = at.field("text").map(str::to_owned) else {
        let mut page = Home::new(&at);
        page.shell.fault("text", page.shell.t.find_missing);
        return Ok(faulty(&page));
    };
    let key = key::read(&text);
    let looking = key.as_ref().ok().map(|key| key.as_str().to_owned());
    let found = at.blocking(move |site| read(site, |store| find(store, &text, looking.as_deref())));
    if let Some(holder) = found.await? {
        return Person::of(&holder).show(&at);
    }
    let mut page = Home::new(&at);
    page.shell.fault(
        "text",
        key.err().map_or(page.shell.t.find_nobody, |fault| match fault {
            KeyFault::Check => page.shell.t.register_check,
            KeyFault::Month => page.shell.t.register_month,
            KeyFault::NoKey => page.shell.t.find_nobody,
        }),
    );
    Ok(faulty(&page))
}

/// Whom a text means of those who have an account or a card: by key, serial or user name.
fn find(
    store: &mut Transaction<'_>,
    text: &str,
    key: Option<&str>,
) -> Result<Option<String>, StoreError> {
    if let Some(key) = known(store, text, key)? {
        return Ok(Some(key));
    }
    if let Ok(serial) = text.parse::<Serial>()
        && let Some(token) = token::by_serial(store, &serial)?
    {
        return Ok(Some(token.holder));
    }
    match text.parse::<UserName>() {
        Ok(user_name) => account::holder_of(store, user_name.as_str()),
        Err(_) => Ok(None),
    }
}

/// The key by which somebody has an account or a card: as it was typed, for an office may keep register
/// numbers with their dots, or as it is read.
pub(super) fn known(
    store: &mut Transaction<'_>,
    text: &str,
    key: Option<&str>,
) -> Result<Option<String>, StoreError> {
    for key in [Some(text), key].into_iter().flatten() {
        if account::of_holder(store, key)?.is_some() || !token::all_of(store, key)?.is_empty() {
            return Ok(Some(key.to_owned()));
        }
    }
    Ok(None)
}
