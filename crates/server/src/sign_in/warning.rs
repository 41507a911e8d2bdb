//! `/sign-in/warning`: an application takes the token for some days more.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use jiff::{Timestamp, civil::Date};
use tokenkaart_auth::{
    Key,
    session::{Decision, Demand},
    sign_in::{Begun, Step},
};

use super::{
    answer::{html, redirect},
    authorize, change,
    failure::Failure,
    flow::Purpose,
    site::Site,
    visit::Visit,
};
use crate::pages::Warning;

/// Where a key is to be chosen still, for what, and what that asks for.
struct Warned {
    begun: Begun,
    purpose: Purpose,
    demand: Demand,
    last_day: Date,
}

impl Warned {
    /// Of the browser's sign-in; `None` when there is nothing to warn of. It blocks.
    fn look(visit: &Visit, site: &Site) -> Result<Option<Self>, Failure> {
        let Some(id) = visit.sign_in() else { return Ok(None) };
        let Some(Step::Begun(begun)) = site.service.step(&site.pool, &id, &|| site.now())? else {
            return Ok(None);
        };
        let purpose = Purpose::kept(begun.request());
        let demand = purpose.demand(site)?;
        let last_day = demand.phase.warns_of(Key::Token).filter(|_| demand.takes(Key::Token));
        Ok(last_day.map(|last_day| Self { begun, purpose, demand, last_day }))
    }
}

/// `GET /sign-in/warning`
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    let looking = Arc::clone(&visit);
    let Some(warned) = visit.blocking(move |site| Warned::look(&looking, site)).await? else {
        return Ok(visit.to("/sign-in"));
    };
    let purpose = warned.purpose;
    let shell = purpose.shell(&visit, purpose.language());
    let name = purpose.name(&visit.site, shell.language).unwrap_or_default();
    let page = Warning::new(shell, name, warned.last_day);
    Ok(html(StatusCode::OK, &page, purpose.target(&visit.site)))
}

/// `POST /sign-in/warning`
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    match visit.form.get("choice") {
        Some("activate") => {
            let looking = Arc::clone(&visit);
            let warned = visit.blocking(move |site| Warned::look(&looking, site)).await?;
            let request = warned.map(|warned| warned.begun.request().to_owned());
            change::activate_for(&visit, &request.unwrap_or_default()).await
        }
        Some("other") => Ok(visit.to("/sign-in")),
        Some("continue") => {
            let looking = Arc::clone(&visit);
            match visit.blocking(move |site| go_on(&looking, site)).await? {
                Some(address) => Ok(visit.without_sign_in(redirect(&address))),
                None => Ok(visit.to("/sign-in")),
            }
        }
        _ => Ok(visit.to("/sign-in/warning")),
    }
}

/// Goes on with the token: by the session that is there, where that does, at the address that is
/// returned; otherwise by signing in.
fn go_on(visit: &Visit, site: &Site) -> Result<Option<String>, Failure> {
    let Some(warned) = Warned::look(visit, site)? else { return Ok(None) };
    let clock = || site.now();
    if let (Some(id), Some(request)) = (visit.session(), &warned.purpose.request) {
        let session = site.service.session(&site.pool, &id, &clock)?;
        let decision = warned.demand.decide(session.as_ref(), false, Timestamp::now());
        if let Decision::Warn { .. } = decision {
            site.service.told(&site.pool, &id, &request.client, &clock)?;
            return Ok(Some(authorize::address(request)));
        }
    }
    warned.begun.choose(&site.pool, Key::Token, &warned.demand, true)?;
    Ok(None)
}
