//! The sample application's side of OpenID Connect: what any application does that signs people in.

use std::{collections::BTreeMap, fmt, net::SocketAddr};

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use hyper_util::rt::TokioIo;
use rand::rngs::SysRng;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokenkaart_token::token::Random;
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use crate::openid::{Jwt, Parameters, VerifyingKey};

/// No answer is longer, in bytes.
const LONGEST: usize = 64 * 1024;

/// What the application keeps while somebody signs in.
#[derive(Clone)]
pub(super) struct Pending {
    /// As whom the application asks.
    client: &'static str,
    state: String,
    nonce: String,
    verifier: String,
}

/// The application, as the service knows it.
pub(super) struct RelyingParty {
    pub(super) issuer: String,
    pub(super) redirect_uri: String,
    pub(super) secret: Zeroizing<String>,
    /// Where the service listens: names under `localhost` are not looked up everywhere.
    pub(super) service: SocketAddr,
}

/// Somebody who has signed in.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) client: &'static str,
    pub(super) claims: Value,
    pub(super) id_token: String,
}

/// Why nobody is signed in.
#[derive(Debug)]
pub(super) enum NotSignedIn {
    /// The service said so, in a word of OAuth 2.0.
    Refused(String),
    /// The answer is of another sign-in, or of another service.
    NotOurs,
    /// The service can't be understood.
    Fault(&'static str),
}

impl fmt::Display for NotSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "the sign-in service said {error}"),
            Self::NotOurs => f.write_str("this answer belongs to another sign-in"),
            Self::Fault(what) => f.write_str(what),
        }
    }
}

/// 256 random bits.
pub(super) fn fresh() -> Result<String, NotSignedIn> {
    let mut random = Random::new(SysRng);
    let mut salt = || random.salt().map_err(|_| NotSignedIn::Fault("no random numbers"));
    Ok(Base64UrlUnpadded::encode_string(&[salt()?, salt()?].concat()))
}

impl Pending {
    pub(super) fn new(client: &'static str) -> Result<Self, NotSignedIn> {
        Ok(Self { client, state: fresh()?, nonce: fresh()?, verifier: fresh()? })
    }
}

impl RelyingParty {
    /// Where somebody is sent to sign in.
    pub(super) fn address(&self, pending: &Pending) -> String {
        let challenge =
            Base64UrlUnpadded::encode_string(&Sha256::digest(pending.verifier.as_bytes()));
        let query = form(&[
            ("response_type", "code"),
            ("client_id", pending.client),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid profile email"),
            ("state", &pending.state),
            ("nonce", &pending.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        format!("{}/authorize?{query}", self.issuer)
    }

    /// Takes the answer that a browser brings: holds it to what was asked, has the code changed
    /// for tokens, and verifies them.
    pub(super) async fn finish(
        &self,
        answer: &Parameters,
        pending: &Pending,
    ) -> Result<Person, NotSignedIn> {
        let is_ours = answer.get("state") == Some(&pending.state)
            && answer.get("iss") == Some(&self.issuer)
            && !answer.is_twice();
        if !is_ours {
            return Err(NotSignedIn::NotOurs);
        }
        if let Some(error) = answer.get("error") {
            return Err(NotSignedIn::Refused(error.to_owned()));
        }
        let body = form(&[
            ("grant_type", "authorization_code"),
            ("code", answer.get("code").unwrap_or_default()),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &pending.verifier),
        ]);
        let secret = Zeroizing::new(format!("{}:{}", pending.client, self.secret.as_str()));
        let basic = format!("Basic {}", Base64::encode_string(secret.as_bytes()));
        let tokens = self.ask(Method::POST, "/token", &basic, body).await?;
        let text = |name: &str| tokens.get(name).and_then(Value::as_str);
        let id_token = text("id_token").ok_or(NotSignedIn::Fault("there is no ID token"))?;
        let claims = self.verified(id_token, pending).await?;
        let bearer = format!("Bearer {}", text("access_token").unwrap_or_default());
        let known = self.ask(Method::GET, "/userinfo", &bearer, String::new()).await?;
        // OpenID Connect Core 1.0 §5.3.2.
        if known.get("sub") != claims.get("sub") {
            return Err(NotSignedIn::Fault("the facts are of somebody else"));
        }
        let mut all: BTreeMap<String, Value> = BTreeMap::new();
        for part in [claims, known] {
            all.extend(part.as_object().cloned().unwrap_or_default());
        }
        let claims = serde_json::to_value(all).unwrap_or_default();
        Ok(Person { client: pending.client, claims, id_token: id_token.to_owned() })
    }

    /// What an ID token says, held to OpenID Connect Core 1.0 §3.1.3.7.
    async fn verified(&self, id_token: &str, pending: &Pending) -> Result<Value, NotSignedIn> {
        let keys = self.ask(Method::GET, "/jwks", "", String::new()).await?;
        let keys = keys.get("keys").and_then(Value::as_array);
        let keys: Vec<_> = keys.into_iter().flatten().filter_map(VerifyingKey::from_json).collect();
        let claims = Jwt::read(id_token).and_then(|token| token.verified(keys.iter()));
        let claims = claims.ok_or(NotSignedIn::Fault("the ID token is not signed"))?;
        let now = jiff::Timestamp::now().as_second();
        let is_good = claims["iss"] == self.issuer.as_str()
            && claims["aud"] == pending.client
            && claims["nonce"] == pending.nonce.as_str()
            && claims["exp"].as_i64().is_some_and(|until| now < until);
        is_good.then_some(claims).ok_or(NotSignedIn::Fault("the ID token is not for this sign-in"))
    }

    /// Asks the service, application to service.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        authorization: &str,
        body: String,
    ) -> Result<Value, NotSignedIn> {
        let silent = |_| NotSignedIn::Fault("the sign-in service doesn't answer");
        let host = self.issuer.split_once("://").map_or("", |(_, host)| host);
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
        if !authorization.is_empty() {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let kind = "application/x-www-form-urlencoded";
        let request = request.header(header::CONTENT_TYPE, kind).body(Body::from(body));
        let request = request.map_err(|_| NotSignedIn::Fault("the request can't be made"))?;
        let stream = TcpStream::connect(self.service).await;
        let stream = stream.map_err(|_| NotSignedIn::Fault("the sign-in service is not there"))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(silent)?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(silent)?;
        let status = response.status();
        let body = to_bytes(Body::new(response.into_body()), LONGEST).await;
        connection.abort();
        let body = body.map_err(|_| NotSignedIn::Fault("the answer is too long"))?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status != StatusCode::OK {
            let error = body.get("error").and_then(Value::as_str).unwrap_or("nothing");
            return Err(NotSignedIn::Refused(error.to_owned()));
        }
        Ok(body)
    }
}

/// A form.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}
