//! A session of one application, and what it is worth to another.

use super::{application::Application, browser::Browser, service::Service};

#[test]
fn a_session_does_for_another_application_only_if_its_key_and_level_are_taken_there() {
    let service = Service::new();
    let [tax, health] = ["tax", "health"].map(|id| Application::of(&service, id));
    let mut browser = Browser::default();
    service.sign_in_to(&mut browser, &tax, 1);
    let silent = browser.go(&tax.address(&[("prompt", "none")]));
    assert!(silent.answer("code").is_some(), "{:?}", silent.header("location"));
    let silent = browser.go(&health.address(&[("prompt", "none")]));
    assert_eq!(silent.answer("error").as_deref(), Some("interaction_required"));
    // Only an app code is strong enough there, and the token isn't offered.
    let keys = browser.go(&health.address(&[]));
    assert_eq!((keys.status, keys.body.contains("value=\"token\"")), (200, false));
    let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
    assert!(!page.body.contains("user_name"), "{}", page.body);
}

#[test]
fn an_application_can_ask_for_a_fresh_sign_in() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let mut browser = Browser::default();
    service.sign_in_to(&mut browser, &tax, 1);
    for others in [[("prompt", "login")], [("max_age", "0")]] {
        // An age of nothing is one of a second by now.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let keys = browser.go(&tax.address(&others));
        assert_eq!(keys.title(), "Kies uw digitale sleutel", "{others:?}");
        assert!(service.sign_in(&mut browser, &keys, 1).answer("code").is_some());
    }
    let silent = [("max_age", "0"), ("prompt", "none")];
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let page = browser.go(&tax.address(&silent));
    assert_eq!(page.answer("error").as_deref(), Some("login_required"));
    assert!(browser.go(&tax.address(&[("max_age", "1000")])).answer("code").is_some());
}

#[test]
fn an_application_that_means_somebody_else_is_not_given_who_is_there() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let mut browsers = [Browser::default(), Browser::default()];
    let mut tokens = Vec::new();
    for (user, browser) in browsers.iter_mut().enumerate() {
        let code = service.sign_in_to(browser, &tax, user).answer("code").unwrap();
        tokens.push(tax.redeem(&code).json()["id_token"].as_str().unwrap().to_owned());
    }
    let mut ask = |hint: &str| {
        let others = [("prompt", "none"), ("id_token_hint", hint)];
        browsers[0].go(&tax.address(&others))
    };
    assert!(ask(&tokens[0]).answer("code").is_some());
    assert_eq!(ask(&tokens[1]).answer("error").as_deref(), Some("login_required"));
    assert_eq!(ask("a.b.c").answer("error").as_deref(), Some("login_required"));
    // Nor whoever signs in then.
    for (hint, is_meant) in [(tokens[0].as_str(), true), (&tokens[1], false), ("a.b.c", false)] {
        let mut browser = Browser::default();
        let keys = browser.go(&tax.address(&[("id_token_hint", hint)]));
        let page = service.sign_in(&mut browser, &keys, 0);
        assert_eq!(page.answer("code").is_some(), is_meant, "{hint}");
        let denied = page.answer("error").is_some_and(|error| error == "access_denied");
        assert_ne!(denied, is_meant, "{hint}");
    }
}

#[test]
fn a_session_ends_by_an_application_that_knows_whose_it_is_and_otherwise_by_a_question() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let mut browser = Browser::default();
    let code = service.sign_in_to(&mut browser, &tax, 1).answer("code").unwrap();
    let tokens = tax.redeem(&code).json();
    let (id_token, access) =
        ["id_token", "access_token"].map(|name| tokens[name].as_str().unwrap()).into();
    let bye = "https://tax.example.be/bye";
    let logout = |others: &[(&str, &str)]| {
        service.at(&format!("/logout?{}", super::browser::encoded(others)))
    };
    let asked = browser.go(&logout(&[("client_id", "tax"), ("post_logout_redirect_uri", bye)]));
    assert_eq!(asked.title(), "Wilt u zich afmelden?");
    assert!(browser.go(&service.at("/account")).body.contains("zoe"));
    let evil = [("id_token_hint", id_token), ("post_logout_redirect_uri", "https://evil.example/")];
    let mut other = browser.clone();
    let page = other.go(&logout(&evil));
    assert_eq!((page.status, page.header("location")), (200, None));
    // That was the same session.
    assert_eq!(tax.userinfo(access).status, 401);

    let code = service.sign_in_to(&mut browser, &tax, 1).answer("code").unwrap();
    let id_token = tax.redeem(&code).json()["id_token"].as_str().unwrap().to_owned();
    let good = [
        ("id_token_hint", id_token.as_str()),
        ("post_logout_redirect_uri", bye),
        ("state", "a state"),
    ];
    let page = browser.go(&logout(&good));
    assert_eq!(page.header("location"), Some("https://tax.example.be/bye?state=a+state"));
    assert_eq!(browser.go(&service.at("/account")).title(), "Kies uw digitale sleutel");
}
