//! `POST /by-post`: the request is kept, with what its letter needs.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart_auth::{
    clerk,
    counter::ActKey,
    post::{self, PostError},
};
use tokenkaart_token::holder::{Holder, HolderId, HolderName, Line, PostalAddress};

use super::{
    super::{at_desk::AtDesk, notice, person::Person},
    show::{Typed, with},
    texts::{PostTexts, post_texts},
};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, Site, redirect},
};

/// `POST /by-post`
pub(in crate::desk) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(&at)) };
    let Some(act) = at.field("act").and_then(|act| act.parse::<ActKey>().ok()) else {
        return Err(FailedVisit::FormOver);
    };
    let text = |name: &str| at.field(name).unwrap_or_default().to_owned();
    let typed = Typed {
        street: text("street"),
        postal_code: text("postal_code"),
        city: text("city"),
        country: text("country"),
    };
    let k = post_texts(at.language());
    let holder = match addressed(&person, &typed, k) {
        Ok(holder) => holder,
        Err(faults) => return with(&at, typed, faults).await,
    };
    let actor = clerk::actor(&at.clerk.user_name);
    let asked = at.blocking(move |site| {
        let (mut store, random) = (site.pool.get()?, &mut Site::random());
        match post::ask(&mut store, &holder, &act, &actor, &|| site.now(), random) {
            // Whatever came of it, now or before, the page tells.
            Ok(_) => Ok(None),
            Err(PostError::Formula { character, .. }) => Ok(Some(character)),
            Err(error) => Err(FailedVisit::from(error)),
        }
    });
    match asked.await? {
        Some(sign) => {
            let fault = fill(k.formula, &[("sign", &sign.to_string())]);
            with(&at, typed, vec![("street", fault)]).await
        }
        None => Ok(redirect(&format!("/by-post?p={}", at.seal(&person)?))),
    }
}

/// Somebody to whom a letter can be addressed, or what is wrong.
fn addressed(
    person: &Person,
    typed: &Typed,
    k: &PostTexts,
) -> Result<Holder, Vec<(&'static str, String)>> {
    let mut faults = Vec::new();
    let mut line = |field: &'static str, text: &str, missing: &'static str| {
        let Ok(line) = Line::new(text) else {
            faults.push((field, k.wrong.to_owned()));
            return None;
        };
        if line.is_none() && !missing.is_empty() {
            faults.push((field, missing.to_owned()));
        }
        line
    };
    let address = PostalAddress {
        street: line("street", &typed.street, k.street_missing),
        postal_code: line("postal_code", &typed.postal_code, k.postal_code_missing),
        city: line("city", &typed.city, k.city_missing),
        country: line("country", &typed.country, ""),
    };
    let name = person.name.as_deref().and_then(|name| HolderName::new(name).ok());
    let (Some(name), Ok(id)) = (name, HolderId::new(&person.id)) else {
        return Err(vec![("correct", k.nameless.to_owned())]);
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let of = |text: &Option<String>| Line::new(text.as_deref().unwrap_or_default()).ok().flatten();
    Ok(Holder {
        address,
        language: person.language(),
        email: of(&person.email),
        user_name: of(&person.user_name),
        ..Holder::new(id, name)
    })
}
