//! `POST /sign-in/code`

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::sign_in::{CodeAnswer, CodeAsked, SignedIn, Step};
use zeroize::Zeroizing;

use super::{
    answer::{redirect, with_cookie},
    authorize, cookie,
    failure::Failure,
    flow::{self, Purpose},
    metrics::Counted,
    password::too_many,
    site::Site,
    visit::Visit,
};
use crate::pages::{Message, Wrong};

pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    let Some(id) = visit.sign_in() else { return Err(Failure::FormOver) };
    let step =
        visit.blocking(move |site| site.service.step(&site.pool, &id, &|| site.now())).await?;
    let asked = match step {
        None => return Err(Failure::FormOver),
        Some(Step::Asked(asked)) => asked,
        Some(_) => return Ok(redirect("/sign-in")),
    };
    let Some(typed) = visit.form.get("code").map(|code| Zeroizing::new(code.to_owned())) else {
        return again(&visit, &asked, Wrong::NoCode).await;
    };
    let answer = visit.hashing(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        asked.answer(&site.service, &site.pool, &typed, &clock, random)
    });
    let metrics = &visit.site.metrics;
    match answer.await? {
        CodeAnswer::SignedIn(signed_in) => {
            metrics.count(Counted::SignedIn);
            welcome(&visit, signed_in).await
        }
        CodeAnswer::Refused(asked) => {
            metrics.count(Counted::CodesRefused);
            again(&visit, &asked, Wrong::CodeRefused).await
        }
        CodeAnswer::Slip(slip, asked) => {
            metrics.count(Counted::Slips);
            again(&visit, &asked, Wrong::Slip(slip)).await
        }
        CodeAnswer::Wait { until, step } => {
            metrics.count(Counted::Waits);
            let seconds = Visit::seconds_until(until);
            let page = again(&visit, &step, Wrong::Wait("code", seconds)).await?;
            Ok(too_many(page, seconds))
        }
        CodeAnswer::Again(_) => Ok(redirect("/sign-in")),
        CodeAnswer::Ended => {
            metrics.count(Counted::Ended);
            Ok(flow::ended(&visit))
        }
    }
}

async fn again(visit: &Visit, asked: &CodeAsked, wrong: Wrong) -> Result<Response, Failure> {
    flow::ask_code(visit, asked, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong)).await
}

/// Somebody has signed in: to the application, or to their own page, or first a word about codes.
async fn welcome(visit: &Visit, signed_in: SignedIn) -> Result<Response, Failure> {
    let SignedIn { session, request, left, low, .. } = signed_in;
    if let Some(before) = visit.session() {
        // Of one browser one is signed in.
        visit
            .blocking(move |site| site.service.sign_out(&site.pool, &before, &|| site.now()))
            .await?;
    }
    let cookie = cookie::set(cookie::SESSION, session.expose());
    let purpose = Purpose::kept(&request);
    let response = match purpose.request {
        Some(request) if low => {
            visit.notice(StatusCode::OK, Message::Few(left, authorize::address(&request)))
        }
        None if low => visit.notice(StatusCode::OK, Message::Few(left, "/account".to_owned())),
        Some(request) => authorize::grant(visit, session, request).await?,
        None => redirect("/account"),
    };
    Ok(with_cookie(with_cookie(response, &cookie), &cookie::delete(cookie::SIGN_IN)))
}
