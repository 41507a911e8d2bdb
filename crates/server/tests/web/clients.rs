//! Clients that prove themselves by a key (`private_key_jwt`).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    },
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

/// RFC 7518, section 3.3: RSASSA-PKCS1-v1_5 with SHA-256.
#[test]
fn an_application_that_wants_rs256_gets_it_and_may_prove_itself_by_it() {
    let random = SystemRandom::new();
    let encode = Base64UrlUnpadded::encode_string;
    let der = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("rsa.pem")).unwrap();
    let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let public: PublicKeyComponents<Vec<u8>> = pair.public_key().into();
    let jwks = json!({ "keys": [
        { "kty": "RSA", "alg": "RS256", "n": encode(&public.n), "e": encode(&public.e) }
    ] });
    let service = Service::configured(
        "",
        "\n[[application]]\nid = \"rsa\"\nnames = \"RSA\"\nkeys = [\"token\"]\n\
         redirect_uris = [\"https://rsa.example.be/back\"]\nid_token_alg = \"RS256\"\n\
         jwks_file = \"rsa.json\"\n",
        &[("rsa.json", &jwks.to_string())],
    );
    let rsa = Application::of(&service, "rsa");
    let code = service.sign_in_to(&mut Browser::default(), &rsa, 1).answer("code").unwrap();
    let claims = json!({
        "iss": "rsa", "sub": "rsa", "aud": service.issuer, "jti": "first",
        "exp": jiff::Timestamp::now().as_second() + 60,
    });
    let sign = |header: &Value, claims: &Value| {
        let part = |part: &Value| encode(part.to_string().as_bytes());
        let text = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).unwrap();
        format!("{text}.{}", encode(&signature))
    };
    let redeem = |assertion: &str| {
        let others = [("client_assertion_type", KIND), ("client_assertion", assertion)];
        rsa.redeem_with(&code, &others, None)
    };
    // Its key is of RS256, whatever the header says.
    for alg in ["ES256", "RS512", "PS256", "HS256", "none"] {
        let assertion = sign(&json!({ "alg": alg }), &claims);
        assert_eq!(redeem(&assertion).json()["error"], "invalid_client", "{alg}");
    }
    let tokens = redeem(&sign(&json!({ "alg": "RS256" }), &claims));
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    let (signed, signature) = tokens["id_token"].as_str().unwrap().rsplit_once('.').unwrap();
    let decode = |text: &str| Base64UrlUnpadded::decode_vec(text).unwrap();
    let header: Value = serde_json::from_slice(&decode(signed.split_once('.').unwrap().0)).unwrap();
    assert_eq!(header["alg"], "RS256");
    // The published key of that name verifies it.
    let keys = Browser::default().go(&service.at("/jwks")).json();
    let keys = keys["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
    assert_eq!((&key["kty"], &key["alg"]), (&json!("RSA"), &json!("RS256")));
    let [n, e] = ["n", "e"].map(|name| decode(key[name].as_str().unwrap()));
    RsaPublicKeyComponents { n, e }
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature))
        .unwrap();
}
