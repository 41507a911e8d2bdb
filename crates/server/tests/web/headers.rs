//! What each answer carries, and what no answer does.

use super::{
    browser::Browser,
    service::{Service, to_code},
};

#[test]
fn every_answer_carries_the_headers_that_keep_it_safe() {
    let service = Service::new();
    for (path, status) in [
        ("/account", 200),
        ("/sign-in/key", 200),
        ("/jwks", 200),
        ("/.well-known/openid-configuration", 200),
        ("/style.css", 200),
        ("/page.js", 200),
        ("/healthz", 200),
        ("/authorize", 400),
        ("/userinfo", 401),
        ("/token", 405),
        ("/nothing", 404),
    ] {
        let page = Browser::default().go(&service.at(path));
        assert_eq!(page.status, status, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        let is_public = ["/jwks", "/.well-known/openid-configuration", "/style.css", "/page.js"]
            .contains(&path);
        assert_eq!(page.header("cache-control") == Some("no-store"), !is_public, "{path}");
        for cookie in page.set_cookies() {
            assert!(cookie.starts_with("__Host-"), "{cookie}");
            assert!(cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
        }
        assert!(page.body.len() < 15 * 1024, "{path}: {}", page.body.len());
        assert!(!page.body.contains("<script") && !page.body.contains(" style="), "{path}");
    }
}

#[test]
fn a_form_ends_at_the_application_only_where_it_is_sent_there() {
    let service = Service::new();
    let tax = super::application::Application::of(&service, "tax");
    let mut browser = Browser::default();
    let policy =
        |page: &super::browser::Page| page.header("content-security-policy").unwrap().to_owned();
    let keys = browser.go(&tax.address(&[]));
    assert!(policy(&keys).contains("form-action 'self';"));
    let asked = to_code(&mut browser, &keys, 1);
    assert!(
        policy(&asked).contains("form-action 'self' https://tax.example.be;"),
        "{}",
        policy(&asked)
    );
}

#[test]
fn the_log_and_the_metrics_name_nobody_and_keep_no_secret() {
    let service = Service::new();
    let tax = super::application::Application::of(&service, "tax");
    let mut browser = Browser::default();
    let keys = browser.go(&tax.address(&[]));
    let asked = to_code(&mut browser, &keys, 0);
    let refused = browser.send(&asked, "/sign-in/code", &[("code", service.wrong_code(0))]);
    let code = service.code(0, refused.position()).to_owned();
    let mut cookies: Vec<String> = browser.cookies["sign-in.localhost"].values().cloned().collect();
    let back = browser.send(&refused, "/sign-in/code", &[("code", &code)]);
    cookies.extend(browser.cookies["sign-in.localhost"].values().cloned());
    let grant = back.answer("code").unwrap();
    let tokens = tax.redeem(&grant).json();
    tax.redeem(&grant);
    Browser::default().go(&service.at(&format!("/{}", super::service::PASSWORD.replace(' ', "+"))));
    let metrics = format!("http://127.0.0.1:{}/metrics", service.metrics);
    let metrics = Browser::default().go(&metrics).body;
    assert!(metrics.contains("tokenkaart_signed_in_total 1"), "{metrics}");
    assert_eq!(Browser::default().go(&service.at("/metrics")).status, 404);
    let log = service.log();
    assert!(log.contains("POST /sign-in/code"), "{log}");
    let said = (log + &metrics).to_lowercase();
    let mut secrets = vec![
        super::service::PASSWORD.replace(' ', "+"),
        "jan.peeters".into(),
        tokenkaart_testing::office::REGISTER_NUMBER.into(),
        super::application::SECRET.into(),
        grant,
        tokens["access_token"].as_str().unwrap().to_owned(),
        tokens["id_token"].as_str().unwrap().to_owned(),
    ];
    secrets.extend(cookies);
    secrets.extend(service.all_codes().cloned());
    for secret in secrets {
        assert!(!said.contains(&secret.to_lowercase()), "{secret}: {said}");
    }
}
