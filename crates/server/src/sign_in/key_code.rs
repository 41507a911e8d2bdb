//! `POST /sign-in/code`, where the code is of an app or of an e-mail.

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::sign_in::{KeyAnswer, KeyAsked, PasswordProven, Question};
use zeroize::Zeroizing;

use super::{
    code::welcome,
    failure::Failure,
    flow::{self, Purpose},
    metrics::Counted,
    password::too_many,
    site::Site,
    visit::Visit,
};
use crate::pages::{Message, Wrong};

pub(super) async fn submit(visit: &Visit, asked: KeyAsked) -> Result<Response, Failure> {
    if visit.form.get("again").is_some() {
        return send_again(visit, asked.again(), None).await;
    }
    let Some(typed) = visit.form.get("code").map(|code| Zeroizing::new(code.to_owned())) else {
        return again(visit, &asked, Wrong::NoDigits).await;
    };
    let purpose = Purpose::kept(asked.request());
    let answer = visit.blocking(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        let demand = Purpose::kept(asked.request()).demand(site)?;
        let answer = asked.answer(&site.service, &site.pool, &typed, &demand, &clock, random);
        answer.map_err(Failure::from)
    });
    let metrics = &visit.site.metrics;
    match answer.await? {
        KeyAnswer::SignedIn(signed_in) => {
            metrics.count(Counted::SignedIn);
            welcome(visit, signed_in).await
        }
        KeyAnswer::Refused(asked) => {
            metrics.count(Counted::CodesRefused);
            again(visit, &asked, Wrong::DigitsRefused).await
        }
        KeyAnswer::Slip(asked) => {
            metrics.count(Counted::Slips);
            again(visit, &asked, Wrong::DigitsSlip).await
        }
        KeyAnswer::Wait { until, step } => {
            metrics.count(Counted::Waits);
            let seconds = Visit::seconds_until(until);
            let page = again(visit, &step, Wrong::Wait("code", seconds)).await?;
            Ok(too_many(page, seconds))
        }
        KeyAnswer::Again(proven) => send_again(visit, proven, Some(Wrong::DigitsOver)).await,
        // The page says why no code is asked for any more.
        KeyAnswer::NotTaken => Ok(visit.to("/sign-in")),
        KeyAnswer::Ended => {
            metrics.count(Counted::Ended);
            Ok(flow::ended(visit, &purpose, Message::KeyEnded))
        }
    }
}

async fn again(visit: &Visit, asked: &KeyAsked, wrong: Wrong) -> Result<Response, Failure> {
    flow::ask_key_code(visit, asked, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong)).await
}

/// Has another code sent, and says why if nobody asked for it.
async fn send_again(
    visit: &Visit,
    proven: PasswordProven,
    wrong: Option<Wrong>,
) -> Result<Response, Failure> {
    let from = visit.from;
    let purpose = Purpose::kept(proven.request());
    let question = visit.blocking(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        let demand = Purpose::kept(proven.request()).demand(site)?;
        let asked = proven.ask(&site.service, &site.pool, &demand, from, &clock, random);
        asked.map_err(Failure::from)
    });
    match (question.await?, wrong) {
        (Question::KeyAsked(asked), Some(wrong)) => again(visit, &asked, wrong).await,
        (Question::Wait { until, .. }, _) => Ok(flow::wait(visit, &purpose, until)),
        // The page of the step that it has come to.
        _ => Ok(visit.to("/sign-in")),
    }
}
