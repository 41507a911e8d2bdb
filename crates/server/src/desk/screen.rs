//! `/locked`: a screen that is locked, by a click or by time, and opened by the password.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::{Method, StatusCode},
    response::Response,
};
use form_urlencoded::byte_serialize;
use tokenkaart_auth::{account::Password, clerk::Unlocking};

use super::{at_desk::AtDesk, language::own_page, shell::Shell};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, Site, Visit, html, redirect, too_many},
};

#[derive(Template)]
#[template(path = "desk/locked.html")]
struct Locked<'v> {
    shell: Shell<'v>,
    text: String,
    user_name: &'v str,
    next: &'v str,
}

/// Sends somebody to where their screen is opened, and back to what they looked at.
pub(super) fn wanted(at: &AtDesk) -> Response {
    if at.visit.method != Method::GET {
        return redirect("/locked");
    }
    let here = format!("{}?{}", at.visit.path, at.visit.query);
    let here = here.trim_end_matches('?').as_bytes();
    redirect(&format!("/locked?next={}", byte_serialize(here).collect::<String>()))
}

fn next(at: &AtDesk) -> String {
    let said = at.visit.form.get("next").map(str::to_owned);
    let said = said.or_else(|| at.visit.parameters().get("next").map(str::to_owned));
    own_page(said.as_deref()).to_owned()
}

fn ask(at: &AtDesk, status: StatusCode, tell: impl FnOnce(&mut Shell<'_>)) -> Response {
    let mut shell = at.shell();
    tell(&mut shell);
    let name = at.clerk.name.as_deref().unwrap_or(&at.clerk.user_name);
    let text = fill(shell.t.locked_text, &[("name", name)]);
    html(status, &Locked { shell, text, user_name: &at.clerk.user_name, next: &next(at) }, None)
}

/// `GET /locked`; a screen that is open stays so.
pub(super) fn show(at: &AtDesk) -> Response {
    if !at.clerk.is_locked {
        return redirect(&next(at));
    }
    ask(at, StatusCode::OK, |_| {})
}

/// `POST /lock`
pub(super) async fn lock(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let id = at.session()?;
    at.blocking(move |site| site.service.lock_screen(&site.pool, &id, &|| site.now())).await?;
    let next: String = byte_serialize(next(&at).as_bytes()).collect();
    Ok(redirect(&format!("/locked?next={next}")))
}

/// `POST /unlock`
pub(super) async fn unlock(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let (status, id, from) = (StatusCode::UNPROCESSABLE_ENTITY, at.session()?, at.visit.from);
    let Some(password) = at.visit.form.get("password").map(Password::typed) else {
        return Ok(ask(&at, status, |shell| shell.fault("password", shell.c.password_missing)));
    };
    let opened = at.visit.hashing(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        site.service.open_screen(&site.pool, &id, &password, from, &clock, random)
    });
    Ok(match opened.await? {
        Unlocking::Open => redirect(&next(&at)),
        Unlocking::Over => redirect("/sign-in"),
        Unlocking::Refused => ask(&at, status, |shell| shell.fault("password", shell.c.not_right)),
        Unlocking::Wait { until } => {
            let seconds = Visit::seconds_until(until);
            too_many(ask(&at, status, |shell| shell.waits("password", seconds)), seconds)
        }
    })
}
