//! `POST /find`: somebody is looked up. What was typed may be a register number, so it is posted.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use tokenkaart::read::fold;
use tokenkaart_auth::{
    account::UserName,
    day_list::DayHolder,
    store::{StoreError, Transaction, account, token},
};
use tokenkaart_token::token::Serial;

use super::{
    at_desk::{AtDesk, faulty, page as page_of, read},
    home::{Home, Listed},
    key::{self, KeyFault},
    person::Person,
    texts::Texts,
};
use crate::sign_in::FailedVisit;

/// People of today's holder file that are shown.
const SHOWN: usize = 20;

/// What is shown while somebody types.
#[derive(Template)]
#[template(path = "desk/found.html")]
struct Found {
    t: &'static Texts,
    results: Option<Vec<Listed>>,
    is_typed: bool,
}

/// `POST /find/typed`: who of today's holder file may be meant, while somebody types.
pub(super) async fn typed(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let (people, has_list) = match at.field("text") {
        Some(text) => listed(&at, text.to_owned()).await?,
        None => (Vec::new(), false),
    };
    let results: Result<Vec<_>, _> = people.iter().map(|person| shown(&at, person)).collect();
    Ok(page_of(&Found { t: at.texts(), results: Some(results?), is_typed: has_list }))
}

/// `POST /find`
pub(super) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(text) = at.field("text").map(str::to_owned) else {
        let mut page = Home::new(&at);
        page.shell.fault("text", page.shell.t.find_missing);
        return Ok(faulty(&page));
    };
    let key = key::read(&text);
    let looking = key.as_ref().ok().map(|key| key.as_str().to_owned());
    let (people, _) = listed(&at, text.clone()).await?;
    let found = at.blocking(move |site| read(site, |store| find(store, &text, looking.as_deref())));
    if let Some(holder) = found.await? {
        // With what today's holder file says of them.
        let person = people.into_iter().find(|person| person.id == holder);
        return person.unwrap_or_else(|| Person::of(&holder)).show(&at);
    }
    if let [person] = people.as_slice() {
        return person.show(&at);
    }
    let mut page = Home::new(&at);
    if people.is_empty() {
        let t = page.t;
        let why = key.err().map_or(t.find_nobody, |fault| match fault {
            KeyFault::Check => t.register_check,
            KeyFault::Month => t.register_month,
            KeyFault::NoKey => t.find_nobody,
        });
        page.shell.fault("text", why);
        return Ok(faulty(&page));
    }
    let results: Result<_, _> = people.iter().map(|person| shown(&at, person)).collect();
    page.results = Some(results?);
    Ok(page_of(&page))
}

fn shown(at: &AtDesk, person: &Person) -> Result<Listed, FailedVisit> {
    let name = person.name.clone().unwrap_or_default();
    Ok(Listed { p: at.seal(person)?, name, key: person.masked() })
}

/// Who of today's holder file may be meant by a text, the first of them; and whether there is such a
/// file: each of its words is somewhere in the key, the name or the user name.
async fn listed(at: &AtDesk, text: String) -> Result<(Vec<Person>, bool), FailedVisit> {
    let found = at.blocking(move |site| {
        let Some(list) = site.service.day_list(&site.pool, &|| site.now())? else {
            return Ok((Vec::new(), false));
        };
        let words: Vec<String> = text.split_whitespace().map(fold).collect();
        let is_meant = |holder: &DayHolder| {
            let user_name = holder.user_name.as_deref().unwrap_or_default();
            let texts = [&holder.id, &holder.name, user_name].map(fold);
            words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
        };
        let people = list.holders.into_iter().filter(is_meant).take(SHOWN).map(|holder| Person {
            id: holder.id,
            name: Some(holder.name),
            language: holder.language,
            user_name: holder.user_name,
            email: holder.email,
        });
        Ok::<_, FailedVisit>((people.collect(), true))
    });
    found.await
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
