//! Answers that are the same for everybody.

use std::sync::Arc;

use axum::{
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{
    answer::{json, plain},
    failure::Failure,
    site::Site,
    visit::Visit,
};
use crate::{openid, pages::Script};

/// The same for everybody, for an hour.
fn cached(mut response: Response) -> Response {
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}

/// `GET /jwks`, which applications in browsers may read too.
pub(super) async fn jwks(visit: Visit) -> Result<Response, Failure> {
    Ok(cached(public(json(StatusCode::OK, &visit.site.keys.to_json()))))
}

/// `GET /.well-known/openid-configuration`
pub(super) async fn discovery(visit: Visit) -> Result<Response, Failure> {
    let body = openid::discovery(&visit.site.config, &visit.site.keys);
    Ok(cached(public(json(StatusCode::OK, &body))))
}

fn public(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    let name = HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(name, HeaderValue::from_static("cross-origin"));
    response
}

/// `GET /style.css`, whose address is another when it changes.
pub(super) async fn style(visit: Visit) -> Result<Response, Failure> {
    Ok(style_of(&visit.site))
}

/// The style sheet of a service.
pub(crate) fn style_of(site: &Site) -> Response {
    kept(plain("text/css; charset=utf-8", site.face.style.css.clone()))
}

/// `GET /page.js`, likewise.
pub(super) async fn script(_visit: Visit) -> Result<Response, Failure> {
    Ok(script_of_pages())
}

/// The script of the pages.
pub(crate) fn script_of_pages() -> Response {
    kept(plain("text/javascript; charset=utf-8", Script::TEXT.to_owned()))
}

/// The same for everybody, for as long as it has that address.
fn kept(mut response: Response) -> Response {
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, forever);
    response
}

/// `GET /healthz`: whether the store answers.
pub(super) async fn health(visit: Visit) -> Result<Response, Failure> {
    health_of(&visit.site).await
}

/// Whether the store of a service answers.
pub(crate) async fn health_of(site: &Site) -> Result<Response, Failure> {
    site.blocking(|site| site.pool.get()?.read().map(drop)).await?;
    Ok(plain("text/plain; charset=utf-8", "ok\n".to_owned()))
}

/// What is nowhere else.
pub(super) async fn not_found(visit: Arc<Visit>) -> Result<Response, Failure> {
    if matches!(visit.method, Method::GET | Method::HEAD | Method::POST) {
        return Err(Failure::NotFound);
    }
    Ok(StatusCode::METHOD_NOT_ALLOWED.into_response())
}

/// `GET /metrics`, at an address of its own.
pub(super) async fn metrics(visit: Visit) -> Result<Response, Failure> {
    Ok(plain("text/plain; version=0.0.4; charset=utf-8", visit.site.metrics.text()))
}
