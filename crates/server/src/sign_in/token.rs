//! `POST /token`: an application brings its code in (OpenID Connect Core 1.0 §3.1.3).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use jiff::Timestamp;
use serde_json::json;
use tokenkaart_auth::{
    GrantCode,
    grant::{Granted, Redeemed},
};

use super::{
    answer::{json, json_error},
    failure::Failure,
    metrics::Counted,
    site::Site,
    visit::Visit,
};
use crate::openid::{Assertion, ClientError, Facts, Presented, id_token};

pub(super) async fn submit(visit: Visit) -> Result<Response, Failure> {
    let authorization = visit.header(header::AUTHORIZATION.as_str());
    let site = &visit.site;
    let now = Timestamp::now().as_second();
    let presented =
        Presented::look(authorization, &visit.form, &site.config, &site.client_keys, now);
    let presented = match presented {
        Ok(presented) => presented,
        Err(ClientError::Request) => {
            return Ok(json_error(StatusCode::BAD_REQUEST, "invalid_request"));
        }
        Err(ClientError::Client) => return Ok(unknown_client()),
    };
    let (client, sector) = (presented.application.id.clone(), presented.application.sector.clone());
    if let Some(Assertion { id, until }) = presented.assertion {
        let client = client.clone();
        let until = Timestamp::from_second(until).unwrap_or(Timestamp::MAX);
        let is_first = visit
            .blocking(move |site| site.service.assertion_once(&site.pool, &client, &id, until));
        if !is_first.await? {
            return Ok(unknown_client());
        }
    }
    let refuse = |error| Ok(json_error(StatusCode::BAD_REQUEST, error));
    match visit.form.get("grant_type") {
        Some("authorization_code") => {}
        None => return refuse("invalid_request"),
        Some(_) => return refuse("unsupported_grant_type"),
    }
    let (Some(code), Some(redirect_uri)) = (visit.form.get("code"), visit.form.get("redirect_uri"))
    else {
        return refuse("invalid_request");
    };
    let Ok(code) = code.parse::<GrantCode>() else { return refuse("invalid_grant") };
    let redirect_uri = redirect_uri.to_owned();
    let verifier = visit.form.get("code_verifier").map(str::to_owned);
    let redeemed = visit.blocking(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        let (pool, verifier) = (&site.pool, verifier.as_deref());
        site.service.redeem(pool, &code, &client, &redirect_uri, verifier, &clock, random)
    });
    match redeemed.await? {
        Redeemed::Refused(why) => {
            site.metrics.count(Counted::GrantsRefused);
            tracing::warn!("an application's code was refused: {why}");
            refuse("invalid_grant")
        }
        Redeemed::Given { access, expires_at, granted } => {
            site.metrics.count(Counted::Redeemed);
            let token = signed(site, &granted, &sector, access.expose(), now)?;
            Ok(json(
                StatusCode::OK,
                &json!({
                    "access_token": access.expose(),
                    "token_type": "Bearer",
                    "expires_in": (expires_at.as_second() - now).max(0),
                    "scope": granted.scopes,
                    "id_token": token,
                }),
            ))
        }
    }
}

fn signed(
    site: &Site,
    granted: &Granted,
    sector: &str,
    access_token: &str,
    now: i64,
) -> Result<String, Failure> {
    let subject = site.service.subject(sector, &granted.holder);
    let claims = id_token(&Facts {
        issuer: site.config.issuer.as_str(),
        client: &granted.client,
        subject: &subject,
        nonce: granted.nonce.as_deref(),
        acr: granted.acr.as_deref().unwrap_or("0"),
        key: granted.key,
        auth_time: granted.signed_in_at.as_second(),
        now,
        access_token,
    });
    let application = site.config.application(&granted.client);
    let algorithm = application.and_then(|application| application.id_token_alg.as_deref());
    Ok(site.keys.sign(algorithm, &claims)?)
}

/// RFC 6749 §5.2.
fn unknown_client() -> Response {
    let mut response = json_error(StatusCode::UNAUTHORIZED, "invalid_client");
    let scheme = HeaderValue::from_static("Basic realm=\"token\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    response
}
