//! `/sign-in/key`: a digital key is chosen.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart_auth::{Key, sign_in::Step};

use super::{
    answer::{redirect, with_cookie},
    cookie,
    failure::Failure,
    flow::{self, Purpose},
    site::Site,
    visit::Visit,
};

/// The request of a step, for who begins again.
pub(super) fn request_of(step: &Step) -> &str {
    match step {
        Step::Begun(step) => step.request(),
        Step::Chosen(step) => step.request(),
        Step::Proven(step) => step.request(),
        Step::Asked(step) => step.request(),
    }
}

/// `GET /sign-in/key`: back to the choice, for the same application.
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    let Some(id) = visit.sign_in() else { return Ok(redirect("/account")) };
    let step =
        visit.blocking(move |site| site.service.step(&site.pool, &id, &|| site.now())).await?;
    match step {
        None => Ok(redirect("/account")),
        Some(Step::Begun(_)) => Ok(redirect("/sign-in")),
        Some(step) => flow::begin(&visit, request_of(&step).to_owned()).await,
    }
}

/// `POST /sign-in/key`
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    let Some(id) = visit.sign_in() else { return Err(Failure::FormOver) };
    let Some(key) = visit.form.get("key").and_then(|key| key.parse::<Key>().ok()) else {
        return Ok(redirect("/sign-in"));
    };
    let fresh = visit.blocking(move |site| {
        let clock = || site.now();
        let Some(step) = site.service.step(&site.pool, &id, &clock)? else {
            return Err(Failure::FormOver);
        };
        let keys = Purpose::kept(request_of(&step)).keys(site);
        let (begun, fresh) = match step {
            Step::Begun(begun) => (Some(begun), None),
            // Back in the browser: chosen again, by a sign-in that begins again.
            other => {
                let request = request_of(&other);
                let id = site.service.begin(&site.pool, request, &clock, &mut Site::random())?;
                match site.service.step(&site.pool, &id, &clock)? {
                    Some(Step::Begun(begun)) => (Some(begun), Some(id)),
                    _ => (None, None),
                }
            }
        };
        if let Some(begun) = begun {
            begun.choose(&site.pool, key, &keys)?;
        }
        Ok(fresh)
    });
    let response = redirect("/sign-in");
    Ok(match fresh.await? {
        Some(id) => with_cookie(response, &cookie::set(cookie::SIGN_IN, id.expose())),
        None => response,
    })
}
