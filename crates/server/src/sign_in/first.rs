//! `/start`: somebody activates their account by a code on paper and a link that was mailed.
//!
//! Either may come first. What came is kept in the browser: the link as it is, for whoever has read the
//! mail has it anyway, and the code sealed. A link that is opened does nothing by itself, for programs
//! open the links of mails too.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::{ActivationLink, Key, activation::ActivationCode, change::Opened};

use super::{
    answer::{html, redirect, with_cookie},
    cookie,
    failure::Failure,
    metrics::Counted,
    password::too_many,
    site::Site,
    visit::Visit,
};
use crate::pages::{AskActivation, BothThere, OpenLink, Wrong};

/// The link that was opened in this browser.
fn link(visit: &Visit) -> Option<ActivationLink> {
    visit.cookie(cookie::LINK)?.parse().ok()
}

/// The code that was typed in this browser before the link was opened.
fn kept(visit: &Visit) -> Option<ActivationCode> {
    let site = &visit.site;
    site.service.kept_code(&visit.cookie(cookie::CODE)?, &|| site.now())
}

fn require_offered(visit: &Visit) -> Result<(), Failure> {
    if visit.site.service.offers(Key::App) { Ok(()) } else { Err(Failure::NotFound) }
}

/// `GET /start`, and `GET /start?link=…` of the mail.
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    require_offered(&visit)?;
    if let Some(opened) = visit.parameters().get("link") {
        // What is no link opens nothing, and takes the place of none.
        return Ok(match opened.parse::<ActivationLink>() {
            Ok(link) => with_cookie(redirect("/start"), &cookie::set(cookie::LINK, link.expose())),
            Err(_) => redirect("/start"),
        });
    }
    let shell = visit.shell(None);
    Ok(match (link(&visit), kept(&visit)) {
        (Some(_), Some(_)) => html(StatusCode::OK, &BothThere::new(shell), None),
        (None, Some(_)) => html(StatusCode::OK, &OpenLink::new(shell), None),
        (_, None) => html(StatusCode::OK, &AskActivation::new(shell, None), None),
    })
}

/// `POST /start`: the code.
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    require_offered(&visit)?;
    visit.require_own_form()?;
    if visit.form.get("other").is_some() {
        return Ok(with_cookie(redirect("/start"), &cookie::delete(cookie::CODE)));
    }
    let code = match (visit.form.get("kept"), visit.form.get("code")) {
        (Some(_), _) => match kept(&visit) {
            Some(code) => code,
            // Its half hour is over.
            None => return Ok(redirect("/start")),
        },
        (None, Some(typed)) => match ActivationCode::read(typed) {
            Ok(code) => code,
            Err(slip) => {
                visit.site.metrics.count(Counted::Slips);
                return Ok(again(&visit, Wrong::Slip(slip)));
            }
        },
        (None, None) => return Ok(again(&visit, Wrong::NoActivationCode)),
    };
    match link(&visit) {
        Some(link) => open(&visit, link, code).await,
        None => keep(&visit, &code),
    }
}

fn again(visit: &Visit, wrong: Wrong) -> Response {
    let page = AskActivation::new(visit.shell(None), Some(wrong));
    html(StatusCode::UNPROCESSABLE_ENTITY, &page, None)
}

/// Keeps the code until the link is opened in this browser.
fn keep(visit: &Visit, code: &ActivationCode) -> Result<Response, Failure> {
    let site = &visit.site;
    match site.service.keep_code(code, &|| site.now(), &mut Site::random())? {
        Some(sealed) => Ok(with_cookie(redirect("/start"), &cookie::set(cookie::CODE, &sealed))),
        None => Err(Failure::NotFound),
    }
}

/// Both are there: whether they are right, and of one activation.
async fn open(
    visit: &Visit,
    link: ActivationLink,
    code: ActivationCode,
) -> Result<Response, Failure> {
    let from = visit.from;
    let opened = visit.blocking(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        site.service.open_activation(&site.pool, &link, &code, from, &clock, random)
    });
    let without_code = |response| with_cookie(response, &cookie::delete(cookie::CODE));
    let metrics = &visit.site.metrics;
    Ok(match opened.await? {
        Opened::Both(id) => {
            let response =
                with_cookie(redirect("/change"), &cookie::set(cookie::CHANGE, id.expose()));
            without_code(with_cookie(response, &cookie::delete(cookie::LINK)))
        }
        Opened::Refused => {
            metrics.count(Counted::CodesRefused);
            without_code(again(visit, Wrong::ActivationRefused))
        }
        Opened::Wait { until } => {
            metrics.count(Counted::Waits);
            let seconds = Visit::seconds_until(until);
            too_many(again(visit, Wrong::Wait("code", seconds)), seconds)
        }
    })
}
