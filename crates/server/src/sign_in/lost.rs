//! `/account/lost`: a token is reported lost, and ends at once.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::{account::Password, sign_in::Loss};

use super::{
    answer::{html, redirect, with_cookie},
    cookie,
    failure::Failure,
    flow,
    password::too_many,
    site::Site,
    visit::Visit,
};
use crate::pages::{Message, ReportLost, Wrong};

/// `GET /account/lost`
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    ask(&visit, StatusCode::OK, None).await
}

async fn ask(visit: &Visit, status: StatusCode, wrong: Option<Wrong>) -> Result<Response, Failure> {
    let Some(id) = visit.session() else { return flow::begin(visit, String::new()).await };
    let overview = visit.blocking(move |site| {
        match site.service.session(&site.pool, &id, &|| site.now())? {
            Some(session) => site.service.overview(&site.pool, &session),
            None => Ok(None),
        }
    });
    let Some(overview) = overview.await? else { return Ok(redirect("/account")) };
    let shell = visit.shell(Some(overview.account.language));
    Ok(html(status, &ReportLost::new(shell, &overview.account.user_name, wrong), None))
}

/// `POST /account/lost`
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    let Some(id) = visit.session() else { return Err(Failure::FormOver) };
    let Some(password) = visit.form.get("password").map(Password::typed) else {
        return ask(&visit, StatusCode::UNPROCESSABLE_ENTITY, Some(Wrong::NoPassword)).await;
    };
    let from = visit.from;
    let loss = visit.hashing(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        site.service.report_lost(&site.pool, &id, &password, from, &clock, random)
    });
    match loss.await? {
        Loss::Revoked(_) => {
            let page = visit.notice(StatusCode::OK, Message::Reported);
            Ok(with_cookie(page, &cookie::delete(cookie::SESSION)))
        }
        Loss::NoToken => Ok(visit.notice(StatusCode::OK, Message::NoToken)),
        Loss::Refused => {
            ask(&visit, StatusCode::UNPROCESSABLE_ENTITY, Some(Wrong::PasswordNotRight)).await
        }
        Loss::Wait { until } => {
            let seconds = Visit::seconds_until(until);
            let wrong = Some(Wrong::Wait("password", seconds));
            Ok(too_many(ask(&visit, StatusCode::TOO_MANY_REQUESTS, wrong).await?, seconds))
        }
        Loss::Over => Ok(redirect("/account")),
    }
}
