//! `POST /sign-in/password`

use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use tokenkaart_auth::{
    account::Password,
    sign_in::{Proof, Step},
};

use super::{
    failure::Failure,
    flow::{self, Purpose},
    metrics::Counted,
    site::Site,
    visit::Visit,
};
use crate::pages::Wrong;

pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    let Step::Chosen(chosen) = flow::posted(&visit).await? else {
        return Ok(visit.to("/sign-in"));
    };
    let purpose = Purpose::kept(chosen.request());
    let again =
        |wrong| flow::ask_password(&visit, &purpose, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong));
    let Some(user_name) = visit.form.get("user_name").map(str::to_owned) else {
        return Ok(again(Wrong::NoUserName));
    };
    let Some(password) = visit.form.get("password").map(Password::typed) else {
        return Ok(again(Wrong::NoPassword));
    };
    let from = visit.from;
    let proof = visit.hashing(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        chosen.prove(&site.service, &site.pool, &user_name, &password, from, &clock, random)
    });
    let metrics = &visit.site.metrics;
    match proof.await? {
        Proof::Proven(id, _) => {
            metrics.count(Counted::PasswordsRight);
            Ok(visit.to_new("/sign-in", &id, true))
        }
        Proof::Refused(_) => {
            metrics.count(Counted::PasswordsWrong);
            Ok(again(Wrong::NotRight))
        }
        Proof::Wait { until, .. } => {
            metrics.count(Counted::Waits);
            let seconds = Visit::seconds_until(until);
            Ok(too_many(again(Wrong::Wait("password", seconds)), seconds))
        }
        Proof::Over => Ok(visit.to("/sign-in")),
    }
}

/// RFC 6585 §4.
pub(crate) fn too_many(mut response: Response, seconds: i64) -> Response {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
