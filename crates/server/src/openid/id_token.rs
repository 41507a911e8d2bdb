//! What an application is told of who signed in (OpenID Connect Core 1.0 §2).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokenkaart_auth::Key;

/// How long an application has to take the token, in seconds.
const LIFE: i64 = 300;

/// What an ID token is made of.
#[derive(Debug)]
pub(crate) struct Facts<'f> {
    pub(crate) issuer: &'f str,
    pub(crate) client: &'f str,
    pub(crate) subject: &'f str,
    pub(crate) nonce: Option<&'f str>,
    pub(crate) acr: &'f str,
    pub(crate) key: Key,
    /// When the person signed in, in seconds of Unix time.
    pub(crate) auth_time: i64,
    /// Now, likewise.
    pub(crate) now: i64,
    pub(crate) access_token: &'f str,
}

/// The claims of an ID token.
pub(crate) fn id_token(facts: &Facts<'_>) -> Value {
    let mut claims = json!({
        "iss": facts.issuer,
        "sub": facts.subject,
        "aud": facts.client,
        "iat": facts.now,
        "exp": facts.now + LIFE,
        "auth_time": facts.auth_time,
        "acr": facts.acr,
        "amr": amr(facts.key),
        "at_hash": access_token_hash(facts.access_token),
    });
    if let Some(nonce) = facts.nonce {
        claims["nonce"] = nonce.into();
    }
    claims
}

/// The methods as RFC 8176 names them: each key stands beside a password. It has no name for a code
/// by e-mail but that of one-time codes.
const fn amr(key: Key) -> [&'static str; 3] {
    match key {
        Key::Token | Key::App | Key::Mail => ["pwd", "otp", "mfa"],
    }
}

/// Binds a token to the access token beside it (OpenID Connect Core 1.0 §3.1.3.6).
fn access_token_hash(access_token: &str) -> String {
    let digest = Sha256::digest(access_token.as_bytes());
    Base64UrlUnpadded::encode_string(&digest[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_an_access_token_is_that_of_the_specification() {
        // OpenID Connect Core 1.0, Appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnvTvT0d1GuyJbb3ORb8k";
        let digest = Sha256::digest(token.as_bytes());
        assert_eq!(access_token_hash(token), Base64UrlUnpadded::encode_string(&digest[..16]));
    }
}
