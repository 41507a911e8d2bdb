//! `/userinfo`: what an application may know of who signed in (OpenID Connect Core 1.0 §5.3).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::json;
use tokenkaart_auth::AccessToken;

use super::{
    answer::{json, json_error},
    failure::Failure,
    visit::Visit,
};
use crate::openid::REGISTER_NUMBER;

pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    // RFC 6750 §2: in one way alone.
    let header = visit.header(header::AUTHORIZATION.as_str());
    let in_form = visit.form.get("access_token");
    let token = match (header, in_form) {
        (Some(_), Some(_)) => return Ok(refused(StatusCode::BAD_REQUEST, "invalid_request")),
        (Some(header), None) => bearer(header),
        (None, token) => token,
    };
    let Some(token) = token else { return Ok(refused(StatusCode::UNAUTHORIZED, "")) };
    let Ok(access) = token.parse::<AccessToken>() else { return Ok(invalid()) };
    let granted = visit
        .blocking(move |site| site.service.granted(&site.pool, &access, &|| site.now()))
        .await?;
    let Some(granted) = granted else { return Ok(invalid()) };
    let site = &visit.site;
    let Some(application) = site.config.application(&granted.client) else { return Ok(invalid()) };
    let account = &granted.account;
    let mut claims = json!({ "sub": site.service.subject(&application.sector, &granted.holder) });
    for scope in granted.scopes.split(' ') {
        match scope {
            "profile" => {
                claims["preferred_username"] = account.user_name.as_str().into();
                claims["locale"] = account.language.code().into();
                if let Some(name) = &account.name {
                    claims["name"] = name.as_str().into();
                }
            }
            "email" => {
                claims["email"] = account.email.as_str().into();
                claims["email_verified"] = granted.is_confirmed.into();
            }
            REGISTER_NUMBER if application.register_number => {
                claims[REGISTER_NUMBER] = granted.holder.as_str().into();
            }
            _ => {}
        }
    }
    Ok(json(StatusCode::OK, &claims))
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn invalid() -> Response {
    refused(StatusCode::UNAUTHORIZED, "invalid_token")
}

/// RFC 6750 §3.1: without an error where no token was shown.
fn refused(status: StatusCode, error: &str) -> Response {
    let mut response = json_error(status, error);
    let challenge = match error {
        "" => "Bearer".to_owned(),
        error => format!("Bearer error=\"{error}\""),
    };
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
