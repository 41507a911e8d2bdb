//! `/sign-in/key`: a digital key is chosen.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart_auth::{
    Key,
    sign_in::{Choice, Step},
};

use super::{
    answer::redirect,
    failure::Failure,
    flow::{self, Purpose},
    site::Site,
    visit::Visit,
};

/// `GET /sign-in/key`: back to the choice, for the same application.
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    let Some(id) = visit.sign_in() else { return Ok(redirect("/account")) };
    let step =
        visit.blocking(move |site| site.service.step(&site.pool, &id, &|| site.now())).await?;
    match step {
        None => Ok(redirect("/account")),
        Some(Step::Begun(_)) => Ok(visit.to("/sign-in")),
        Some(step) => flow::begin_again(&visit, step.request().to_owned()).await,
    }
}

/// `POST /sign-in/key`
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    let Some(id) = visit.sign_in() else { return Err(Failure::FormOver) };
    let Some(key) = visit.form.get("key").and_then(|key| key.parse::<Key>().ok()) else {
        return Ok(visit.to("/sign-in"));
    };
    let chosen = visit.blocking(move |site| {
        let clock = || site.now();
        let Some(step) = site.service.step(&site.pool, &id, &clock)? else {
            return Err(Failure::FormOver);
        };
        let demand = Purpose::kept(step.request()).demand(site)?;
        let (begun, fresh) = match step {
            Step::Begun(begun) => (Some(begun), None),
            // Back in the browser: chosen again, by a sign-in that begins again.
            other => {
                let (request, random) = (other.request(), &mut Site::random());
                let id = site.service.begin(&site.pool, request, &clock, random)?;
                match site.service.step(&site.pool, &id, &clock)? {
                    Some(Step::Begun(begun)) => (Some(begun), Some(id)),
                    _ => (None, None),
                }
            }
        };
        let is_warned = match begun {
            Some(begun) => {
                matches!(begun.choose(&site.pool, key, &demand, false)?, Choice::Warned { .. })
            }
            None => false,
        };
        Ok((is_warned, fresh))
    });
    let (is_warned, fresh) = chosen.await?;
    let path = if is_warned { "/sign-in/warning" } else { "/sign-in" };
    Ok(match fresh {
        Some(id) => visit.to_new(path, &id, true),
        None => visit.to(path),
    })
}
