//! What every answer carries, and what is counted and logged of it.

use std::time::Instant;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::{metrics::Counted, site::Site};

/// The headers of each answer, unless it has its own.
const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
    // Without a referrer, browsers say of no form where it comes from.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];
/// A year, for the host and those below it; of plain addresses, which are this machine's alone,
/// nobody would keep it.
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// Adds the headers, counts, and logs what was asked and how it went: no query, no cookie, nobody.
pub(crate) async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let asked = request.uri().path();
    // What else was asked for is anybody's text.
    let known = site.face.paths.iter().copied().find(|known| *known == asked);
    let path = known.unwrap_or("(elsewhere)");
    let mut response = next.run(request).await;
    let fields = response.headers_mut();
    for (name, value) in ALWAYS {
        if !fields.contains_key(&name) {
            fields.insert(name, HeaderValue::from_static(value));
        }
    }
    if site.face.origin.is_tls() {
        fields.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    site.metrics.count(Counted::Requests);
    let (status, took) = (response.status().as_u16(), begun.elapsed().as_millis());
    tracing::info!("{method} {path} {status} {took} ms");
    response
}
