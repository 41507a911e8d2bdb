//! Clients that prove themselves by a key (`private_key_jwt`).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};

use super::{application::Application, browser::Browser, service::Service};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn signed(pem: &str, header: &Value, claims: &Value) -> String {
    let random = SystemRandom::new();
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    let der = der.secret_pkcs8_der();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random).unwrap();
    let encode = |part: &Value| Base64UrlUnpadded::encode_string(part.to_string().as_bytes());
    let text = format!("{}.{}", encode(header), encode(claims));
    let signature = pair.sign(&random, text.as_bytes()).unwrap();
    format!("{text}.{}", Base64UrlUnpadded::encode_string(signature.as_ref()))
}

#[test]
fn an_assertion_is_good_once_for_us_and_for_a_while() {
    let service = Service::new();
    let keys = Application::of(&service, "keys");
    let pem = std::fs::read_to_string(service.office.path("client.pem")).unwrap();
    let mut browser = Browser::default();
    let code = service.sign_in_to(&mut browser, &keys, 1).answer("code").unwrap();
    let now = jiff::Timestamp::now().as_second();
    let header = json!({ "alg": "ES256", "kid": "1" });
    let good = json!({
        "iss": "keys", "sub": "keys", "aud": service.issuer, "jti": "first", "exp": now + 60,
    });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        signed(&pem, &header, &claims)
    };
    let (other_pem, _) = super::service::pem();
    let bad = [
        with("aud", json!("https://elsewhere.example")),
        with("exp", json!(now - 120)),
        with("exp", json!(now + 100_000)),
        with("nbf", json!(now + 600)),
        with("iss", json!("tax")),
        with("sub", json!("tax")),
        with("jti", json!("")),
        signed(&other_pem, &header, &good),
        signed(&pem, &json!({ "alg": "HS256" }), &good),
        signed(&pem, &json!({ "alg": "none" }), &good),
        signed(&pem, &json!({ "alg": "ES256", "kid": "2" }), &good),
        "a.b.c".to_owned(),
    ];
    let redeem = |assertion: &str| {
        let others = [("client_assertion_type", KIND), ("client_assertion", assertion)];
        keys.redeem_with(&code, &others, None)
    };
    for assertion in &bad {
        assert_eq!(redeem(assertion).json()["error"], "invalid_client", "{assertion}");
    }
    let secret = Some(Application::basic("keys", super::application::SECRET));
    assert_eq!(keys.redeem_with(&code, &[], secret).json()["error"], "invalid_client");
    let assertion = signed(&pem, &header, &good);
    assert_eq!(redeem(&assertion).status, 200);
    assert_eq!(redeem(&assertion).json()["error"], "invalid_client", "it came before");
}
