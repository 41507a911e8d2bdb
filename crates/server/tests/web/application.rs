//! An application's side: what it asks for, and how it brings its code in.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use ring::signature::{ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    browser::{Browser, Page, encoded},
    service::Service,
};

/// The secret of each application that has one.
pub(crate) const SECRET: &str = "a secret: of 100% +";
pub(crate) const VERIFIER: &str = "a-verifier-of-forty-three-characters-at-least";

/// An application.
pub(crate) struct Application {
    issuer: String,
    pub(crate) id: &'static str,
    pub(crate) redirect_uri: String,
}

impl Application {
    pub(crate) fn of(service: &Service, id: &'static str) -> Self {
        let redirect_uri = format!("https://{id}.example.be/back");
        Self { issuer: service.issuer.clone(), id, redirect_uri }
    }

    pub(crate) fn secret_hash() -> String {
        let digest = Sha256::digest(SECRET.as_bytes());
        format!("sha256:{}", Base64UrlUnpadded::encode_string(&digest))
    }

    /// The usual parameters, with others in their place; an empty one is left out.
    pub(crate) fn parameters(&self, others: &[(&str, &str)]) -> String {
        let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER.as_bytes()));
        let mut pairs: Vec<(&str, &str)> = vec![
            ("response_type", "code"),
            ("client_id", self.id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid profile email register_number"),
            ("state", "a state & more"),
            ("nonce", "a nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in others {
            pairs.retain(|(found, _)| found != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        encoded(&pairs)
    }

    /// Where it sends a browser.
    pub(crate) fn address(&self, others: &[(&str, &str)]) -> String {
        format!("{}/authorize?{}", self.issuer, self.parameters(others))
    }

    pub(crate) fn basic(id: &str, secret: &str) -> (String, String) {
        let part =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", part(id), part(secret));
        ("Authorization".to_owned(), format!("Basic {}", Base64::encode_string(pair.as_bytes())))
    }

    /// Brings a code in, by name and secret.
    pub(crate) fn redeem(&self, code: &str) -> Page {
        self.redeem_with(code, &[], Some(Self::basic(self.id, SECRET)))
    }

    pub(crate) fn redeem_with(
        &self,
        code: &str,
        others: &[(&str, &str)],
        authorization: Option<(String, String)>,
    ) -> Page {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in others {
            pairs.retain(|(found, _)| found != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        let mut client =
            Browser { extra: authorization.into_iter().collect(), ..Browser::default() };
        client.ask("POST", &format!("{}/token", self.issuer), Some(&encoded(&pairs)))
    }

    pub(crate) fn userinfo(&self, access_token: &str) -> Page {
        let extra = vec![("Authorization".to_owned(), format!("Bearer {access_token}"))];
        let mut client = Browser { extra, ..Browser::default() };
        client.ask("GET", &format!("{}/userinfo", self.issuer), None)
    }

    /// What an ID token says, once the published key has verified it.
    pub(crate) fn verified(&self, id_token: &str) -> Value {
        let keys = Browser::default().go(&format!("{}/jwks", self.issuer)).json();
        let key = &keys["keys"][0];
        let bytes = |text: &str| Base64UrlUnpadded::decode_vec(text).unwrap();
        let of_key = |name: &str| bytes(key[name].as_str().unwrap());
        let point = [&[4], &of_key("x")[..], &of_key("y")[..]].concat();
        let (signed, signature) = id_token.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(signed.as_bytes(), &bytes(signature))
            .unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let header: Value = serde_json::from_slice(&bytes(header)).unwrap();
        assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &key["kid"]));
        serde_json::from_slice(&bytes(claims)).unwrap()
    }
}

/// A public key as a client publishes it.
pub(crate) fn jwks(pair: &EcdsaKeyPair) -> Value {
    let point = pair.public_key().as_ref();
    let encode = Base64UrlUnpadded::encode_string;
    json!({ "keys": [
        { "kty": "EC", "crv": "P-256", "kid": "1", "x": encode(&point[1..33]), "y": encode(&point[33..]) }
    ] })
}
