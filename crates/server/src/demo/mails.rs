//! The mails of the demo: none are sent yet, and the page says so.

use axum::{
    Router,
    response::{Html, IntoResponse as _, Response},
    routing::get,
};

use crate::sign_in::json_text;

/// A page of the mails, and a list of them as JSON: `to`, `subject`, `text`.
pub(super) fn router() -> Router {
    Router::new().route("/", get(page)).route("/mails.json", get(list))
}

async fn page() -> Response {
    Html(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Mails</title>\
         <main><h1>Mails</h1><p>No mail was sent.</p></main></html>",
    )
    .into_response()
}

async fn list() -> Response {
    json_text("[]".to_owned())
}
