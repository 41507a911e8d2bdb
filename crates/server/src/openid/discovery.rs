//! What the service says of itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

use serde_json::{Value, json};
use tokenkaart_auth::Key;

use super::{
    authorization::{REGISTER_NUMBER, SCOPES},
    key_ring::KeyRing,
};
use crate::config::Config;

/// The document at `/.well-known/openid-configuration`.
pub(crate) fn discovery(config: &Config, keys: &KeyRing) -> Value {
    let at = |path: &str| config.issuer.at(path);
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    let mut levels = Key::ALL.map(|key| config.levels.of(key).uri.clone()).to_vec();
    levels.dedup();
    json!({
        "issuer": config.issuer.as_str(),
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "end_session_endpoint": at("/logout"),
        "jwks_uri": at("/jwks"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "acr_values_supported": levels,
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": keys.algorithms(),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash",
            "name", "preferred_username", "locale", "email", "email_verified", REGISTER_NUMBER
        ],
        "ui_locales_supported": ["nl", "fr", "de", "en"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    })
}
