//! Forms of other sites, and forms that come twice.

use super::{
    browser::{Browser, encoded},
    service::{Service, to_code},
};

#[test]
fn a_form_that_another_site_sends_does_nothing() {
    let service = Service::new();
    let mut browser = Browser::default();
    let keys = browser.go(&service.at("/account"));
    let token = keys.form_token();
    let url = service.at("/sign-in/key");
    let own = encoded(&[("form", &token), ("key", "token")]);
    let without = encoded(&[("key", "token")]);
    let twice = encoded(&[("form", &token), ("key", "token"), ("key", "token")]);
    let of_another = {
        let other = Browser::default().go(&service.at("/account"));
        encoded(&[("form", &other.form_token()), ("key", "token")])
    };
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let cases = [
        (without, Vec::new()),
        (of_another, Vec::new()),
        (twice, Vec::new()),
        (own.clone(), header("Sec-Fetch-Site", "cross-site")),
        (own.clone(), header("Sec-Fetch-Site", "same-site")),
        (own.clone(), header("Origin", "https://evil.example")),
        (own.clone(), header("Origin", "null")),
    ];
    for (body, extra) in cases {
        browser.extra = extra;
        let page = browser.ask("POST", &url, Some(&body));
        assert_eq!(page.status, 403, "{body} {:?}", browser.extra);
        browser.extra = Vec::new();
        assert_eq!(browser.go(&service.at("/sign-in")).body, keys.body);
    }
    browser.extra = header("Sec-Fetch-Site", "same-origin");
    browser.extra.extend(header("Origin", &service.issuer));
    assert_eq!(browser.ask("POST", &url, Some(&own)).status, 303);
}

#[test]
fn a_form_that_comes_twice_signs_in_once() {
    let service = Service::new();
    let mut browser = Browser::default();
    let keys = browser.go(&service.at("/account"));
    let asked = to_code(&mut browser, &keys, 1);
    let code = service.code(1, asked.position()).to_owned();
    let mut other = browser.clone();
    let first = browser.send_once(&asked, "/sign-in/code", &[("code", &code)]);
    assert_eq!(first.header("location"), Some("/account"));
    let second = other.send_once(&asked, "/sign-in/code", &[("code", &code)]);
    assert!(second.set_cookies().iter().all(|cookie| !cookie.starts_with("__Host-session")));
}

#[test]
fn a_new_id_comes_after_each_factor_and_the_old_one_is_worth_nothing() {
    let service = Service::new();
    let mut browser = Browser::default();
    let id =
        |browser: &Browser| browser.cookies["sign-in.localhost"].get("__Host-sign-in").cloned();
    let keys = browser.go(&service.at("/account"));
    let planted = browser.clone();
    let asked = to_code(&mut browser, &keys, 1);
    assert_ne!(id(&planted), id(&browser));
    let mut planted = planted;
    assert!(!planted.go(&service.at("/sign-in")).body.contains("position"));
    let before = browser.clone();
    let code = service.code(1, asked.position()).to_owned();
    browser.send(&asked, "/sign-in/code", &[("code", &code)]);
    assert_eq!(id(&browser), None);
    let mut before = before;
    assert!(!before.go(&service.at("/sign-in")).body.contains("position"));
}
