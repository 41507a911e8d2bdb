//! A PDF as an answer, which the browser's viewer shows.

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use zeroize::Zeroizing;

/// Nothing on the page is from elsewhere, but viewers of browsers are pages of their own with styles.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; \
                      form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Bytes that wipe themselves when the last of them is on its way.
struct Pages(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Pages {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The answer that is the one copy of a PDF: it is not kept here, and no cache may keep it.
pub(super) fn answer(pdf: Zeroizing<Vec<u8>>, name: &str) -> Response {
    let mut response = Body::from(Bytes::from_owner(Pages(pdf))).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    fields.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if let Ok(shown) = HeaderValue::from_str(&format!("inline; filename=\"{name}.pdf\"")) {
        fields.insert(header::CONTENT_DISPOSITION, shown);
    }
    response
}
