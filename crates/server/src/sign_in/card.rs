//! `POST /account/card`: a new card is asked for.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::sign_in::CardRequest;

use super::{answer::redirect, failure::Failure, visit::Visit};
use crate::pages::Message;

/// `GET /account/card`
pub(super) async fn again(_visit: Arc<Visit>) -> Result<Response, Failure> {
    Ok(redirect("/account"))
}

/// `POST /account/card`
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    let Some(id) = visit.session() else { return Err(Failure::FormOver) };
    let asked =
        visit.blocking(move |site| site.service.ask_for_card(&site.pool, &id, &|| site.now()));
    match asked.await? {
        CardRequest::Asked => {
            Ok(visit.notice(StatusCode::OK, Message::CardAsked(next(&visit).to_owned())))
        }
        CardRequest::NoToken => Ok(visit.notice(StatusCode::OK, Message::NoToken)),
        CardRequest::Over => Ok(redirect("/account")),
    }
}

/// Where a sign-in goes on that said how few codes are left: pages of ours alone.
fn next(visit: &Visit) -> &str {
    let said = visit.form.get("next").filter(|next| next.starts_with("/authorize?"));
    said.unwrap_or("/account")
}
