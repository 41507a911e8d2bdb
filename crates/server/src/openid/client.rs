//! How a client proves at the token endpoint who it is (RFC 6749 §2.3, OpenID Connect Core 1.0 §9).

use std::{borrow::Cow, collections::BTreeMap};

use base64ct::{Base64, Encoding as _};
use serde_json::Value;

use super::{jwk::ClientKeys, jwt::Jwt, parameters::Parameters};
use crate::config::{Application, ClientAuth, Config};

/// The one kind of assertion (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How much clocks may differ, in seconds.
const LEEWAY: i64 = 60;
/// The longest that an assertion may be good for, in seconds: its id is kept so long.
const LONGEST: i64 = 3600;

/// Why a client isn't let on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClientError {
    /// Several proofs, or parameters twice.
    Request,
    /// Not the one that it says.
    Client,
}

/// A client that has shown a proof.
pub(crate) struct Presented<'c> {
    pub(crate) application: &'c Application,
    /// What must be found fresh before the proof counts.
    pub(crate) assertion: Option<Assertion>,
}

/// The id of an assertion, which is good once.
pub(crate) struct Assertion {
    pub(crate) id: String,
    /// In seconds of Unix time.
    pub(crate) until: i64,
}

impl<'c> Presented<'c> {
    /// Looks at a request's proof.
    ///
    /// # Errors
    /// [`ClientError`], without a word about what is wrong with it.
    pub(crate) fn look(
        authorization: Option<&str>,
        form: &Parameters,
        config: &'c Config,
        keys: &BTreeMap<String, ClientKeys>,
        now: i64,
    ) -> Result<Self, ClientError> {
        let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
        let proofs = [authorization, secret, assertion];
        if form.is_twice() || proofs.iter().flatten().count() > 1 {
            return Err(ClientError::Request);
        }
        if let Some(header) = authorization {
            let (id, secret) = basic(header).ok_or(ClientError::Client)?;
            if form.get("client_id").is_some_and(|said| said != id) {
                return Err(ClientError::Request);
            }
            return by_secret(config, &id, &secret);
        }
        if let Some(secret) = secret {
            let id = form.get("client_id").ok_or(ClientError::Client)?;
            return by_secret(config, id, secret);
        }
        let assertion = assertion.ok_or(ClientError::Client)?;
        if form.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(ClientError::Client);
        }
        by_assertion(config, form.get("client_id"), assertion, keys, now).ok_or(ClientError::Client)
    }
}

fn by_secret<'c>(config: &'c Config, id: &str, secret: &str) -> Result<Presented<'c>, ClientError> {
    let application = config.application(id).ok_or(ClientError::Client)?;
    match &application.auth {
        ClientAuth::Secret(hash) if hash.is_of(secret) => {
            Ok(Presented { application, assertion: None })
        }
        _ => Err(ClientError::Client),
    }
}

/// RFC 7523 §3: issued by and about the client, for us, not over, with an id of its own.
fn by_assertion<'c>(
    config: &'c Config,
    said: Option<&str>,
    assertion: &str,
    keys: &BTreeMap<String, ClientKeys>,
    now: i64,
) -> Option<Presented<'c>> {
    let token = Jwt::read(assertion)?;
    let id = token.said_subject()?.to_owned();
    if said.is_some_and(|said| said != id) {
        return None;
    }
    let application = config.application(&id)?;
    let claims = token.verified(keys.get(&id)?.keys().iter())?;
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let is_for_us = |audience: &Value| {
        let audience = audience.as_str();
        [config.issuer.as_str(), &config.issuer.at("/token")].iter().any(|us| audience == Some(us))
    };
    let is_for_us = match claims.get("aud")? {
        Value::Array(audiences) => audiences.iter().any(is_for_us),
        one => is_for_us(one),
    };
    let until = number("exp")?;
    let is_now = now < until + LEEWAY
        && until <= now + LONGEST
        && number("nbf").is_none_or(|from| from <= now + LEEWAY)
        && number("iat").is_none_or(|from| from <= now + LEEWAY);
    let is_its_own = claims.get("iss").and_then(Value::as_str) == Some(&id);
    let jti = claims.get("jti")?.as_str().filter(|jti| (1..=256).contains(&jti.len()))?;
    (is_for_us && is_now && is_its_own).then(|| Presented {
        application,
        assertion: Some(Assertion { id: jti.to_owned(), until: until + LEEWAY }),
    })
}

/// Name and secret of `Authorization: Basic`, each encoded as in a form (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, zeroize::Zeroizing<String>)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = zeroize::Zeroizing::new(Base64::decode_vec(encoded.trim()).ok()?);
    let (id, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((decoded(id).into_owned(), zeroize::Zeroizing::new(decoded(secret).into_owned())))
}

/// One value of a form.
fn decoded(text: &str) -> Cow<'_, str> {
    // A name without a value is a pair of which the name is all.
    match form_urlencoded::parse(text.as_bytes()).next() {
        Some((name, _)) if !text.contains(['&', '=']) => name,
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_secret_are_read_as_a_form_has_them() {
        let header = |text: &str| format!("Basic {}", Base64::encode_string(text.as_bytes()));
        let (id, secret) = basic(&header("tax%3Aon:a+b%25")).unwrap();
        assert_eq!((id.as_str(), secret.as_str()), ("tax:on", "a b%"));
        assert_eq!(basic(&header("tax:a=b")).unwrap().1.as_str(), "a=b");
        for bad in ["", "Basic", "Basic !", "Bearer dGF4OmE=", &header("no colon")] {
            assert!(basic(bad).is_none(), "{bad}");
        }
    }
}
