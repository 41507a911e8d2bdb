//! `/forgotten`: a password was forgotten; a code by e-mail and one of another key give another.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::{
    ChangeId, Key,
    forgotten::{Forgotten, ForgottenAnswer, ForgottenName, ForgottenStage},
};
use zeroize::Zeroizing;

use super::{
    answer::{html, redirect, with_cookie},
    cookie,
    failure::Failure,
    metrics::Counted,
    password::too_many,
    site::Site,
    visit::Visit,
};
use crate::pages::{
    AskForgotten, ForgottenCode, ForgottenKey, ForgottenToken, Message, Waiting, Wrong,
};

fn require_offered(visit: &Visit) -> Result<(), Failure> {
    if visit.site.service.offers(Key::Mail) { Ok(()) } else { Err(Failure::NotFound) }
}

async fn find(visit: &Visit) -> Result<Option<Forgotten>, Failure> {
    let Some(id) = visit.change() else { return Ok(None) };
    visit.blocking(move |site| site.service.forgotten(&site.pool, &id, &|| site.now())).await
}

/// `GET /forgotten`: the page of the step that was reached, or of one before it.
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    require_offered(&visit)?;
    let found = find(&visit).await?;
    Ok(match (visit.parameters().get("step"), found.map(|found| found.stage())) {
        (Some("name"), _) | (_, None) => ask_name(&visit, StatusCode::OK, None),
        (Some("key"), Some(stage)) if stage != ForgottenStage::Mail => {
            html(StatusCode::OK, &ForgottenKey::new(visit.shell(None)), None)
        }
        (_, Some(stage)) => page(&visit, stage, StatusCode::OK, None),
    })
}

fn ask_name(visit: &Visit, status: StatusCode, wrong: Option<Wrong>) -> Response {
    let user_name = visit.form.get("user_name").unwrap_or_default();
    html(status, &AskForgotten::new(visit.shell(None), user_name, wrong), None)
}

/// The page of a step.
fn page(
    visit: &Visit,
    stage: ForgottenStage,
    status: StatusCode,
    wrong: Option<Wrong>,
) -> Response {
    let shell = visit.shell(None);
    match stage {
        ForgottenStage::Mail => html(status, &ForgottenCode::new(shell, true, wrong), None),
        ForgottenStage::App => html(status, &ForgottenCode::new(shell, false, wrong), None),
        ForgottenStage::Key => html(status, &ForgottenKey::new(shell), None),
        ForgottenStage::Token(position) => {
            html(status, &ForgottenToken::new(shell, position.number(), wrong), None)
        }
    }
}

/// `POST /forgotten`: a user name, a code, or the key that is next.
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    require_offered(&visit)?;
    visit.require_own_form()?;
    if let Some(name) = visit.form.get("user_name").map(str::to_owned) {
        return send(&visit, name).await;
    }
    let Some(found) = find(&visit).await? else {
        return Ok(ask_name(&visit, StatusCode::UNPROCESSABLE_ENTITY, Some(Wrong::NoUserName)));
    };
    let stage = found.stage();
    let key = visit.form.get("key").and_then(|key| key.parse::<Key>().ok());
    let code = visit.form.get("code").map(|code| Zeroizing::new(code.to_owned()));
    let answer = match (key, code) {
        (Some(key), _) => {
            let chosen = visit.blocking(move |site| {
                let (clock, random) = (|| site.now(), &mut Site::random());
                found.choose(&site.service, &site.pool, key, &clock, random)
            });
            chosen.await?
        }
        (None, Some(code)) => judge(&visit, found, code).await?,
        (None, None) => {
            let wrong = match stage {
                ForgottenStage::Token(_) => Wrong::NoCode,
                _ => Wrong::NoDigits,
            };
            return Ok(page(&visit, stage, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong)));
        }
    };
    Ok(answered(&visit, answer))
}

/// Has a code sent, if there is such an account.
async fn send(visit: &Visit, name: String) -> Result<Response, Failure> {
    let from = visit.from;
    let sent = visit.blocking(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        site.service.forget_password(&site.pool, &name, from, &clock, random)
    });
    match sent.await? {
        ForgottenName::Mailed(id) => Ok(next(&id)),
        ForgottenName::Wait { until } => {
            visit.site.metrics.count(Counted::Waits);
            let seconds = Visit::seconds_until(until);
            let wrong = Some(Wrong::Wait("user_name", seconds));
            Ok(too_many(ask_name(visit, StatusCode::TOO_MANY_REQUESTS, wrong), seconds))
        }
        ForgottenName::NotOffered => Err(Failure::NotFound),
    }
}

/// The next step, under a new id.
fn next(id: &ChangeId) -> Response {
    with_cookie(redirect("/forgotten"), &cookie::set(cookie::CHANGE, id.expose()))
}

async fn judge(
    visit: &Visit,
    found: Forgotten,
    code: Zeroizing<String>,
) -> Result<ForgottenAnswer, Failure> {
    let is_token = matches!(found.stage(), ForgottenStage::Token(_));
    let work = move |site: &Site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        let (service, pool) = (&site.service, &site.pool);
        if found.stage() == ForgottenStage::Mail {
            found.answer_mail(service, pool, &code, &clock, random)
        } else {
            found.answer_key(service, pool, &code, &clock, random)
        }
    };
    if is_token { visit.hashing(work).await } else { visit.blocking(work).await }
}

/// What comes of a step.
fn answered(visit: &Visit, answer: ForgottenAnswer) -> Response {
    let metrics = &visit.site.metrics;
    let again = |stage, wrong| page(visit, stage, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong));
    match answer {
        ForgottenAnswer::Next | ForgottenAnswer::Again => redirect("/forgotten"),
        ForgottenAnswer::Mailed(id) => next(&id),
        ForgottenAnswer::Proven(id) => {
            with_cookie(redirect("/change"), &cookie::set(cookie::CHANGE, id.expose()))
        }
        ForgottenAnswer::Refused(step) => {
            metrics.count(Counted::CodesRefused);
            let is_token = matches!(step.stage(), ForgottenStage::Token(_));
            again(step.stage(), if is_token { Wrong::CodeRefused } else { Wrong::DigitsRefused })
        }
        ForgottenAnswer::Slip(slip, step) => {
            metrics.count(Counted::Slips);
            again(step.stage(), slip.map_or(Wrong::DigitsSlip, Wrong::Slip))
        }
        ForgottenAnswer::Wait { until, step } => {
            metrics.count(Counted::Waits);
            let seconds = Visit::seconds_until(until);
            match step.stage() {
                // Where a key is chosen there is no field to say it at.
                ForgottenStage::Key => too_many(waiting(visit, seconds), seconds),
                stage => too_many(again(stage, Wrong::Wait("code", seconds)), seconds),
            }
        }
        ForgottenAnswer::CodeOver => {
            let over = Some(Wrong::MailedCodeOver);
            let page = ask_name(visit, StatusCode::UNPROCESSABLE_ENTITY, over);
            with_cookie(page, &cookie::delete(cookie::CHANGE))
        }
        ForgottenAnswer::Over => {
            metrics.count(Counted::Ended);
            let page = visit.notice(StatusCode::FORBIDDEN, Message::ForgottenOver);
            with_cookie(page, &cookie::delete(cookie::CHANGE))
        }
    }
}

fn waiting(visit: &Visit, seconds: i64) -> Response {
    let paths = ["/forgotten?step=name", "/forgotten?step=key"].map(str::to_owned);
    let page = Waiting::between(visit.shell(None), seconds, paths);
    html(StatusCode::OK, &page, None)
}
