//! Requests of applications that are not as they should be.

use super::{
    application::{Application, SECRET, VERIFIER},
    browser::Browser,
    service::Service,
};

#[test]
fn nobody_is_sent_to_an_address_that_is_not_the_applications_own() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    for others in [
        ("client_id", "nobody"),
        ("client_id", ""),
        ("redirect_uri", ""),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", "https://tax.example.be/back/"),
        ("redirect_uri", "https://tax.example.be/back?x"),
        ("redirect_uri", "https://tax.example.be/BACK"),
        ("redirect_uri", "https://tax.example.be:443/back"),
        ("redirect_uri", "https://library.example.be/back"),
        ("redirect_uri", "javascript:alert(1)"),
    ] {
        let page = Browser::default().go(&tax.address(&[others]));
        assert_eq!((page.status, page.header("location")), (400, None), "{others:?}");
        assert!(!page.body.contains("evil") && !page.body.contains("alert"), "{}", page.body);
    }
}

#[test]
fn what_a_request_gets_wrong_is_told_to_its_application() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("scope", "", "invalid_scope"),
        ("scope", "profile", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "sideways", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("max_age", "soon", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("request", "x.y.z", "request_not_supported"),
        ("request_uri", "https://tax.example.be/r", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
    ] {
        let page = Browser::default().go(&tax.address(&[(name, value)]));
        assert_eq!(page.answer("error").as_deref(), Some(error), "{name}={value}");
        assert_eq!(page.answer("state").as_deref(), Some("a state & more"));
        assert_eq!(page.answer("iss").as_deref(), Some(service.issuer.as_str()));
        assert_eq!(page.answer("code"), None);
    }
    let twice = format!("{}&nonce=other", tax.address(&[]));
    assert_eq!(Browser::default().go(&twice).answer("error").as_deref(), Some("invalid_request"));
    // An address with a query of its own keeps it.
    let other = [("redirect_uri", "https://tax.example.be/other?x=1"), ("prompt", "none")];
    let page = Browser::default().go(&tax.address(&other));
    assert!(
        page.header("location").unwrap().starts_with("https://tax.example.be/other?x=1&error=")
    );
}

#[test]
fn a_request_may_be_posted() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let extra = vec![("Origin".into(), "https://tax.example.be".into())];
    let mut browser = Browser { extra, ..Browser::default() };
    let page = browser.ask("POST", &service.at("/authorize"), Some(&tax.parameters(&[])));
    browser.extra = Vec::new();
    let keys = browser.go(&service.at(page.header("location").unwrap()));
    assert!(service.sign_in(&mut browser, &keys, 1).answer("code").is_some());
}

#[test]
fn pkce_may_be_left_out_where_it_is_waived_and_is_held_to_where_it_is_not_left_out() {
    let service = Service::new();
    let old = Application::of(&service, "old");
    let mut browser = Browser::default();
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let keys = browser.go(&old.address(&without));
    let code = service.sign_in(&mut browser, &keys, 1).answer("code").unwrap();
    let basic = || Some(Application::basic("old", SECRET));
    let refused = old.redeem_with(&code, &[], basic());
    assert_eq!(refused.json()["error"], "invalid_grant", "a verifier of nothing");
    assert_eq!(old.redeem_with(&code, &[("code_verifier", "")], basic()).status, 200);
    let code = browser.go(&old.address(&[])).answer("code").unwrap();
    assert_eq!(old.redeem_with(&code, &[("code_verifier", "")], basic()).status, 400);
    assert_eq!(old.redeem(&code).status, 200);
}

#[test]
fn a_code_is_good_once_for_its_application_its_address_and_its_verifier() {
    let service = Service::new();
    let [tax, library] = ["tax", "library"].map(|id| Application::of(&service, id));
    let mut browser = Browser::default();
    let code = service.sign_in_to(&mut browser, &tax, 1).answer("code").unwrap();
    let basic = |id: &str, secret: &str| Some(Application::basic(id, secret));
    let invalid_verifier = VERIFIER.replace('a', "b");
    for (others, authorization, error) in [
        (vec![("code_verifier", "")], basic("tax", SECRET), "invalid_grant"),
        (vec![("code_verifier", invalid_verifier.as_str())], basic("tax", SECRET), "invalid_grant"),
        (
            vec![("redirect_uri", "https://tax.example.be/other?x=1")],
            basic("tax", SECRET),
            "invalid_grant",
        ),
        (vec![("redirect_uri", "")], basic("tax", SECRET), "invalid_request"),
        (vec![("code", "")], basic("tax", SECRET), "invalid_request"),
        (vec![("code", "00")], basic("tax", SECRET), "invalid_grant"),
        (vec![("grant_type", "")], basic("tax", SECRET), "invalid_request"),
        (vec![("grant_type", "refresh_token")], basic("tax", SECRET), "unsupported_grant_type"),
        (vec![], basic("tax", "wrong"), "invalid_client"),
        (vec![], basic("nobody", SECRET), "invalid_client"),
        (vec![], None, "invalid_client"),
        (
            vec![("client_id", "tax"), ("client_secret", SECRET)],
            basic("tax", SECRET),
            "invalid_request",
        ),
        (vec![("client_id", "library")], basic("tax", SECRET), "invalid_request"),
    ] {
        let page = tax.redeem_with(&code, &others, authorization);
        assert_eq!(page.json()["error"], error, "{others:?}");
        assert_eq!(page.status, if error == "invalid_client" { 401 } else { 400 });
    }
    assert_eq!(library.redeem(&code).json()["error"], "invalid_grant", "another's code");
    let posted = [("client_id", "tax"), ("client_secret", SECRET)];
    let tokens = tax.redeem_with(&code, &posted, None);
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let access = tokens.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(tax.userinfo(&access).status, 200);
    // A second time takes back what it gave.
    assert_eq!(tax.redeem(&code).json()["error"], "invalid_grant");
    let refused = tax.userinfo(&access);
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
}
