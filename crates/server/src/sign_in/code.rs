//! `POST /sign-in/code`

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::sign_in::{CodeAnswer, CodeAsked, SignedIn, Step};
use zeroize::Zeroizing;

use super::{
    answer::{html, redirect, with_cookie},
    authorize, change, cookie,
    failure::Failure,
    flow::{self, Purpose},
    key_code,
    metrics::Counted,
    password::too_many,
    site::Site,
    visit::Visit,
};
use crate::pages::{FewCodes, Message, Wrong};

pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    let asked = match flow::posted(&visit).await? {
        Step::Asked(asked) => asked,
        Step::KeyAsked(asked) => return key_code::submit(&visit, asked).await,
        _ => return Ok(visit.to("/sign-in")),
    };
    let Some(typed) = visit.form.get("code").map(|code| Zeroizing::new(code.to_owned())) else {
        return again(&visit, &asked, Wrong::NoCode).await;
    };
    let purpose = Purpose::kept(asked.request());
    let answer = visit.hashing(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        let purpose = Purpose::kept(asked.request());
        let demand = purpose.demand(site)?;
        let warning = demand.phase.warns_of(asked.key());
        let (service, pool) = (&site.service, &site.pool);
        let answer = asked.answer(service, pool, &typed, &demand, &clock, random)?;
        // Who came by here was told on the way.
        if let (CodeAnswer::SignedIn(signed_in), Some(_), Some(request)) =
            (&answer, warning, &purpose.request)
        {
            service.told(pool, &signed_in.session, &request.client, &clock)?;
        }
        Ok::<_, Failure>(answer)
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
        // The page says why no code is asked for any more.
        CodeAnswer::Again(_) | CodeAnswer::NotTaken => Ok(visit.to("/sign-in")),
        CodeAnswer::Ended => {
            metrics.count(Counted::Ended);
            Ok(flow::ended(&visit, &purpose, Message::Ended))
        }
    }
}

async fn again(visit: &Visit, asked: &CodeAsked, wrong: Wrong) -> Result<Response, Failure> {
    flow::ask_code(visit, asked, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong)).await
}

/// Somebody has signed in: to the application, or to their own page, or first a word about codes.
pub(super) async fn welcome(visit: &Visit, signed_in: SignedIn) -> Result<Response, Failure> {
    let SignedIn { session, request, left, low, proof, .. } = signed_in;
    if let Some(before) = visit.session() {
        // Of one browser one is signed in.
        visit
            .blocking(move |site| site.service.sign_out(&site.pool, &before, &|| site.now()))
            .await?;
    }
    let cookie = cookie::set(cookie::SESSION, session.expose());
    let purpose = Purpose::kept(&request);
    let response = if purpose.change.is_some() {
        change::begin(visit, proof, &request).await?
    } else if low {
        let next = purpose.request.as_ref().map(authorize::address);
        let next = next.unwrap_or_else(|| "/account".to_owned());
        let page = FewCodes::new(purpose.shell(visit, purpose.language()), left, next);
        html(StatusCode::OK, &page, None)
    } else if let Some(request) = purpose.request {
        authorize::grant(visit, session, request).await?
    } else {
        redirect("/account")
    };
    Ok(visit.without_sign_in(with_cookie(response, &cookie)))
}
