//! `/person/enter`: a person is entered, or what was entered is corrected.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use tokenkaart_auth::account::{EmailAddress, UserName};
use tokenkaart_token::{holder::HolderName, language::Language};

use super::{
    at_desk::{AtDesk, faulty, page, read},
    find::known,
    key::{self, KeyFault},
    person::Person,
    shell::Shell,
};
use crate::{pages::fill, sign_in::FailedVisit};

#[derive(Template)]
#[template(path = "desk/enter.html")]
struct Enter<'v> {
    shell: Shell<'v>,
    person: Person,
    /// The person that is corrected, as the page carries it on, and what is said of their key.
    before: Option<(String, String)>,
    /// Code, name, and whether it is chosen.
    languages: [(&'static str, &'static str, bool); 4],
}

/// `GET /person/enter`
pub(super) fn show(at: &AtDesk) -> Result<Response, FailedVisit> {
    let before = at.carried::<Person>("p");
    let entered = before.clone().unwrap_or_default();
    Ok(page(&form(at, before.as_ref(), entered)?))
}

fn form<'v>(
    at: &'v AtDesk,
    before: Option<&Person>,
    person: Person,
) -> Result<Enter<'v>, FailedVisit> {
    let shell = at.shell();
    let before = match before {
        Some(before) => {
            let kept = fill(shell.t.key_kept, &[("key", &before.masked())]);
            Some((at.seal(before)?, kept))
        }
        None => None,
    };
    let chosen = person.language().unwrap_or_default();
    let names = Language::ALL.map(|language| {
        let name = crate::pages::texts(language).own_name;
        (language.code(), name, language == chosen)
    });
    Ok(Enter { shell, person, before, languages: names })
}

/// `POST /person/enter`
pub(super) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let before = at.carried::<Person>("p");
    let text = |name: &str| at.field(name).map(str::to_owned);
    let mut entered = Person {
        id: before.as_ref().map(|before| before.id.clone()).unwrap_or_default(),
        name: text("name"),
        language: text("language").filter(|code| code.parse::<Language>().is_ok()),
        user_name: text("user_name"),
        email: text("email"),
    };
    let t = at.texts();
    let mut faults = Vec::new();
    match at.field("key").map(key::read) {
        Some(Ok(key)) => {
            let (typed, key) = (text("key").unwrap_or_default(), key.as_str().to_owned());
            entered.id = key.clone();
            let known =
                at.blocking(move |site| read(site, |store| known(store, &typed, Some(&key))));
            if let Some(known) = known.await? {
                entered.id = known;
            }
        }
        Some(Err(fault)) => faults.push((
            "key",
            match fault {
                KeyFault::Check => t.register_check,
                KeyFault::Month => t.register_month,
                KeyFault::NoKey => t.key_wrong,
            },
        )),
        None if entered.id.is_empty() => faults.push(("key", t.key_missing)),
        None => {}
    }
    match entered.name.as_deref().map(HolderName::new) {
        None => faults.push(("name", t.name_missing)),
        Some(Err(_)) => faults.push(("name", t.name_wrong)),
        Some(Ok(name)) => entered.name = Some(name.as_str().to_owned()),
    }
    if entered.user_name.as_ref().is_some_and(|name| name.parse::<UserName>().is_err()) {
        faults.push(("user_name", t.user_name_wrong));
    }
    if entered.email.as_ref().is_some_and(|email| email.parse::<EmailAddress>().is_err()) {
        faults.push(("email", t.email_wrong));
    }
    if faults.is_empty() {
        return entered.show(&at);
    }
    // The key need not be typed again, and is not shown again.
    let kept = (!entered.id.is_empty()).then(|| entered.clone());
    let mut page = form(&at, kept.as_ref(), entered)?;
    for (field, text) in faults {
        page.shell.fault(field, text);
    }
    Ok(faulty(&page))
}
