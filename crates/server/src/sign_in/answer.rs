//! What answers are made of.

use askama::Template;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::cookie;

/// An answer that is a text.
pub(crate) fn plain(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// An answer that is a text of JSON.
pub(crate) fn json_text(body: String) -> Response {
    plain("application/json", body)
}

/// An answer that is JSON.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    (status, json_text(body.to_string())).into_response()
}

/// An error of OAuth 2.0 (RFC 6749 §5.2).
pub(super) fn json_error(status: StatusCode, error: &str) -> Response {
    let mut response = json(status, &json!({ "error": error }));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
    }
    response
}

/// Sends a browser elsewhere; what it posted is not posted again.
pub(crate) fn redirect(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(to) {
        Ok(to) => {
            response.headers_mut().insert(header::LOCATION, to);
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}

/// The same answer, and a cookie with it.
pub(crate) fn with_cookie(mut response: Response<Body>, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The same answer, and a cookie of that name with it, until the browser is closed.
pub(crate) fn set_cookie(response: Response, name: &str, value: &str) -> Response {
    with_cookie(response, &cookie::set(name, value))
}

/// A page; its forms may end at `target` too, an application's origin.
pub(crate) fn html(status: StatusCode, page: &impl Template, target: Option<&str>) -> Response {
    let Ok(html) = page.render() else {
        tracing::error!("a page can't be rendered");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, html).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let target = target.unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self' {target}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy.replace(" ;", ";")) {
        fields.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
