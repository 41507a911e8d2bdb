//! The mails of the demo: a page of those that were sent, and a list of them as JSON.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::{Value, json};

use crate::{
    mail::{Kept, KeptMail},
    sign_in::json_text,
};

#[derive(Template)]
#[template(path = "mails.html")]
struct Page {
    mails: Vec<KeptMail>,
}

/// A page of the mails, and a list of them as JSON: `to`, `subject`, `text`, `html`.
pub(super) fn router(kept: &Kept) -> Router {
    Router::new().route("/", get(page)).route("/mails.json", get(list)).with_state(kept.clone())
}

async fn page(State(kept): State<Kept>) -> Response {
    let mut mails = kept.all();
    mails.reverse();
    let Ok(html) = (Page { mails }).render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = html.into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn list(State(kept): State<Kept>) -> Response {
    let mails = kept.all().into_iter().map(|mail| {
        json!({ "to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html })
    });
    json_text(mails.collect::<Value>().to_string())
}
