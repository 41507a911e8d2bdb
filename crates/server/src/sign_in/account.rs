//! `/account`: the page of one's own.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use jiff::Timestamp;
use tokenkaart_auth::{Key, store::State};

use super::{
    answer::{html, redirect},
    failure::Failure,
    flow,
    visit::Visit,
};
use crate::pages::{Own, OwnPage};

/// `GET /`
pub(super) async fn home(_visit: Arc<Visit>) -> Result<Response, Failure> {
    Ok(redirect("/account"))
}

/// `GET /account`, by way of a sign-in where nobody is signed in.
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    let Some(id) = visit.session() else { return flow::begin(&visit, String::new()).await };
    let overview = visit.blocking(move |site| {
        let session = site.service.session(&site.pool, &id, &|| site.now())?;
        match session {
            Some(session) => site.service.overview(&site.pool, &session),
            None => Ok(None),
        }
    });
    let Some(overview) = overview.await? else { return flow::begin(&visit, String::new()).await };
    let token = overview.token.as_ref();
    let own = Own {
        user_name: &overview.account.user_name,
        codes: token
            .filter(|token| token.state == State::Active)
            .map(|token| (token.left, token.low)),
        has_token: token.is_some(),
        card_asked_at: token
            .and_then(|token| Timestamp::from_millisecond(token.card_asked_at?).ok()),
        has_keys: visit.site.service.offers(Key::App),
        sign_ins: overview
            .last
            .iter()
            .filter_map(|past| Some((Timestamp::from_millisecond(past.at).ok()?, past.key)))
            .collect(),
    };
    let shell = visit.shell(Some(overview.account.language));
    let page = OwnPage::new(shell, own, &visit.site.config.time_zone);
    Ok(html(StatusCode::OK, &page, None))
}
