//! The page of one's own.

use super::{
    application::Application,
    browser::Browser,
    service::{PASSWORD, Service},
};

#[test]
fn ones_own_page_shows_what_is_left_and_lets_one_out() {
    let service = Service::new();
    let mut browser = Browser::default();
    let keys = browser.go(&service.at("/"));
    let page = service.sign_in(&mut browser, &keys, 1);
    assert_eq!(page.title(), "Uw account");
    assert!(page.body.contains("U bent aangemeld als zoe."), "{}", page.body);
    assert!(page.body.contains("Codes die u nog hebt: 23"), "{}", page.body);
    assert!(page.body.contains("Beveiligingscode via token"), "{}", page.body);
    let page = browser.send(&page, "/sign-out", &[]);
    assert_eq!(page.title(), "U bent afgemeld");
    assert_eq!(browser.go(&service.at("/account")).title(), "Kies uw digitale sleutel");
}

#[test]
fn a_token_that_is_reported_lost_ends_at_once_and_every_session_with_it() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let mut browser = Browser::default();
    let code = service.sign_in_to(&mut browser, &tax, 1).answer("code").unwrap();
    let access = tax.redeem(&code).json()["access_token"].as_str().unwrap().to_owned();
    let page = browser.go(&service.at("/account/lost"));
    let page = browser.send(&page, "/account/lost", &[("password", "wrong")]);
    assert_eq!(page.status, 422);
    assert_eq!(tax.userinfo(&access).status, 200);
    let page = browser.send(&page, "/account/lost", &[("password", PASSWORD)]);
    assert_eq!(page.title(), "Uw token is beëindigd");
    assert_eq!(tax.userinfo(&access).status, 401);
    let page = browser.go(&tax.address(&[("prompt", "none")]));
    assert_eq!(page.answer("error").as_deref(), Some("login_required"));
    let status = service.operator(&["status", "--holder", "4712"]).ended(0);
    assert!(status.contains("revoked"), "{status}");
}

#[test]
fn a_session_ends_when_an_operator_puts_the_token_aside() {
    let service = Service::new();
    let mut browser = Browser::default();
    let keys = browser.go(&service.at("/"));
    service.sign_in(&mut browser, &keys, 1);
    service.operator(&["suspend", "--holder", "4712"]).ended(0);
    assert_eq!(browser.go(&service.at("/account")).title(), "Kies uw digitale sleutel");
}
