//! Requests that nobody sends in good faith: none is a fault of the service, and none lets
//! anybody in.

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha20Rng};

use super::{browser::Browser, service::Service};

const INPUTS: usize = 1500;
const PATHS: [&str; 12] = [
    "/authorize",
    "/token",
    "/userinfo",
    "/logout",
    "/sign-in",
    "/sign-in/key",
    "/sign-in/password",
    "/sign-in/code",
    "/sign-out",
    "/account/lost",
    "/account",
    "/style.css",
];
const NAMES: [&str; 22] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "acr_values",
    "id_token_hint",
    "ui_locales",
    "form",
    "key",
    "user_name",
    "password",
    "code",
    "grant_type",
    "client_secret",
    "client_assertion",
    "lang",
];
const VALUES: [&str; 16] = [
    "tax",
    "https://tax.example.be/back",
    "code",
    "openid",
    "S256",
    "none",
    "token",
    "zoe",
    "authorization_code",
    "%00",
    "%F0%9F%92%A9",
    "%ff%fe",
    "4294967296",
    "-1",
    "nl",
    "<script>",
];

#[test]
fn no_request_is_a_fault_or_lets_anybody_in() {
    let service = Service::new();
    let mut random = ChaCha20Rng::seed_from_u64(15);
    let mut pick = |list: &[&'static str]| list[random.random_range(0..list.len())];
    for number in 0..INPUTS {
        let path = pick(&PATHS);
        let mut pairs = Vec::new();
        for _ in 0..number % 9 {
            let value = match number % 11 {
                0 => "x".repeat(3000),
                _ => pick(&VALUES).to_owned(),
            };
            pairs.push(format!("{}={value}", pick(&NAMES)));
        }
        let body = pairs.join("&");
        let mut browser = Browser::default();
        let cookie = "0".repeat(66);
        if number % 3 == 0 {
            let cookies = [("__Host-session", cookie.as_str()), ("__Host-sign-in", &cookie)];
            let cookies = cookies.map(|(name, value)| (name.to_owned(), value.to_owned()));
            browser.cookies.insert("sign-in.localhost".into(), cookies.into());
        }
        if number % 5 == 0 {
            browser
                .extra
                .push(("Authorization".into(), pick(&["Basic", "Basic AAAA", "Bearer x"]).into()));
        }
        let page = if number % 2 == 0 {
            browser.ask("GET", &service.at(&format!("{path}?{body}")), None)
        } else {
            browser.ask("POST", &service.at(path), Some(&body))
        };
        assert!(page.status < 500, "{path} {body}: {}", page.status);
        assert!(!page.body.contains("<script>"), "{path} {body}");
        // `POST /authorize` goes on by GET, with what it came with.
        let to = page.header("location").unwrap_or_default();
        assert!(!to.starts_with("http") || page.answer("code").is_none(), "{path} {body}: {to}");
        let is_session = |cookie: &&str| cookie.starts_with("__Host-session=0");
        assert!(!page.set_cookies().iter().any(is_session));
    }
    assert_eq!(Browser::default().go(&service.at("/healthz")).status, 200);
}

#[test]
fn a_form_that_is_far_too_long_is_not_read() {
    let service = Service::new();
    let body = format!("user_name={}", "x".repeat(100_000));
    let page = Browser::default().ask("POST", &service.at("/sign-in/password"), Some(&body));
    assert_eq!(page.status, 413);
}
