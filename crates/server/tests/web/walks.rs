//! Whole sign-ins, and what is in nobody's way to skip.

use serde_json::json;

use super::{
    application::Application,
    browser::{Browser, Page},
    service::{PASSWORD, Service, USERS, to_code},
};

#[test]
fn a_citizen_signs_in_and_the_application_learns_what_it_may() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let mut browser = Browser::default();
    let keys = browser.go(&tax.address(&[]));
    assert!(keys.body.contains("Om u aan te melden bij Belasting"), "{}", keys.body);
    let back = service.sign_in(&mut browser, &keys, 1);
    assert_eq!(back.status, 303, "{}", back.body);
    let to = back.header("location").unwrap();
    assert!(to.starts_with("https://tax.example.be/back?code="), "{to}");
    assert_eq!(back.answer("state").as_deref(), Some("a state & more"));
    assert_eq!(back.answer("iss").as_deref(), Some(service.issuer.as_str()));

    let tokens = tax.redeem(&back.answer("code").unwrap());
    assert_eq!((tokens.status, tokens.header("cache-control")), (200, Some("no-store")));
    let tokens = tokens.json();
    // It may not ask for the register number.
    assert_eq!(tokens["scope"], "openid profile email");
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(tokens.get("refresh_token").is_none());
    let claims = tax.verified(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["iss"], service.issuer.as_str());
    assert_eq!((&claims["aud"], &claims["nonce"]), (&json!("tax"), &json!("a nonce")));
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!("urn:be:400"), &json!(["pwd", "otp", "mfa"]))
    );
    assert!(claims["auth_time"].as_i64() <= claims["iat"].as_i64());
    let access = tokens["access_token"].as_str().unwrap();
    let known = tax.userinfo(access);
    assert_eq!(known.status, 200);
    let known = known.json();
    assert_eq!(known["sub"], claims["sub"]);
    assert_eq!(known["preferred_username"], USERS[1]);
    assert_eq!(known["email"], "zoe@example.be");
    assert!(known.get("register_number").is_none());
    assert!(!known.to_string().contains("4712"), "{known}");
}

#[test]
fn the_register_number_is_for_who_has_it_by_name_and_subjects_are_of_each_sector() {
    let service = Service::new();
    let [tax, library] = ["tax", "library"].map(|id| Application::of(&service, id));
    let mut browser = Browser::default();
    let code = service.sign_in_to(&mut browser, &library, 1).answer("code").unwrap();
    let tokens = library.redeem(&code).json();
    let known = library.userinfo(tokens["access_token"].as_str().unwrap()).json();
    assert_eq!(known["register_number"], "4712");
    // The same session does for another application, by another name.
    let code = browser.go(&tax.address(&[])).answer("code").unwrap();
    let tokens = tax.redeem(&code).json();
    let other = tax.userinfo(tokens["access_token"].as_str().unwrap()).json();
    assert_ne!(known["sub"], other["sub"]);
}

#[test]
fn no_step_can_be_skipped() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let code = service.code(1, 1).to_owned();
    let forms: [(&str, Vec<(&str, &str)>); 3] = [
        ("/sign-in/key", vec![("key", "token")]),
        ("/sign-in/password", vec![("user_name", USERS[1]), ("password", PASSWORD)]),
        ("/sign-in/code", vec![("code", &code)]),
    ];
    // Every order of five requests in which the password is never given right.
    for order in 0..3_usize.pow(5) {
        let mut browser = Browser::default();
        let keys = browser.go(&tax.address(&[]));
        let mut number = order;
        for _ in 0..5 {
            let (path, fields) = &forms[number % 3];
            number /= 3;
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (*name, if *name == "password" { "wrong" } else { *value }))
                .collect();
            // The limit of passwords would end this early.
            if *path == "/sign-in/password" && order % 7 != 0 {
                continue;
            }
            let page = browser.send_once(&keys, path, &fields);
            assert!(page.set_cookies().iter().all(|cookie| !cookie.starts_with("__Host-session")));
            assert!(!page.header("location").unwrap_or_default().contains("code="));
        }
    }
}

#[test]
fn an_unknown_user_and_a_wrong_password_read_the_same() {
    let service = Service::new();
    let mut pages = Vec::new();
    for (user, password) in [("zoe", "wrong password"), ("nobody", PASSWORD), ("<&>", PASSWORD)] {
        let mut browser = Browser::default();
        let keys = browser.go(&service.at("/account"));
        let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
        let fields = [("user_name", user), ("password", password)];
        let page = browser.send(&page, "/sign-in/password", &fields);
        assert_eq!(page.status, 422);
        let escaped = user.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
        pages.push(page.common().replace(&format!("value=\"{escaped}\""), ""));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[0], pages[2]);
}

#[test]
fn a_token_that_is_put_aside_is_asked_for_and_refused_as_by_a_wrong_code() {
    let service = Service::new();
    let mut pages = Vec::new();
    for user in [1, 2] {
        if user == 2 {
            service.operator(&["suspend", "--holder", "4713"]).ended(0);
        }
        let mut browser = Browser::default();
        let keys = browser.go(&service.at("/account"));
        let asked = to_code(&mut browser, &keys, user);
        let code =
            if user == 1 { service.wrong_code(user) } else { service.code(user, asked.position()) };
        let refused = browser.send(&asked, "/sign-in/code", &[("code", code)]);
        assert_eq!(refused.status, 422);
        assert_eq!(refused.position(), asked.position());
        let position = format!(">{}</output>", refused.position());
        let title = format!("Code {}, ", refused.position());
        pages.push(refused.common().replace(&position, "").replace(&title, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[test]
fn few_codes_left_are_told_before_the_sign_in_goes_on() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    for left in (0..24).rev() {
        let mut browser = Browser::default();
        let page = service.sign_in_to(&mut browser, &tax, 1);
        if left > 6 {
            assert!(page.answer("code").is_some(), "{left}: {}", page.body);
            continue;
        }
        assert_eq!((page.status, page.title().as_str()), (200, "U hebt nog maar weinig codes"));
        let words = match left {
            0 => "Dat was de laatste code".to_owned(),
            left => format!("nog {left} codes"),
        };
        assert!(page.body.contains(&words), "{left}: {}", page.body);
        assert!(page.body.contains("1700"), "the way to a new card");
        if left == 3 {
            asks_for_a_card(&service, &mut browser, &page);
        }
        // Who has read it goes on to the application.
        let href = page.between("class=\"button\" href=\"", "\"").replace("&#38;", "&");
        let back = browser.go(&service.at(&href));
        assert!(back.header("location").unwrap().starts_with("https://tax.example.be/back?code="));
        assert_eq!(tax.redeem(&back.answer("code").unwrap()).status, 200);
    }
}

/// Asks for a new card on the page of few codes, and once more on one's own.
fn asks_for_a_card(service: &Service, browser: &mut Browser, few: &Page) {
    let requested = || service.operator(&["status", "--requested", "--format", "csv"]).ended(0);
    assert_eq!(requested().lines().count(), 1, "nobody asked yet");
    let next = few.between("name=\"next\" value=\"", "\"").replace("&#38;", "&");
    let mut elsewhere = browser.clone();
    for (browser, next, goes_on) in
        [(&mut elsewhere, "https://evil.example/", "/account"), (browser, &next, "/authorize?")]
    {
        let asked = browser.send(few, "/account/card", &[("next", next)]);
        assert_eq!(asked.title(), "We hebben uw vraag om een nieuwe kaart");
        assert!(asked.between("class=\"button\" href=\"", "\"").starts_with(goes_on));
        let own = browser.go(&service.at("/account"));
        assert!(own.body.contains("een nieuwe kaart gevraagd"), "{}", own.body);
        assert!(!own.body.contains("action=\"/account/card\""), "once is enough");
    }
    let list = requested();
    assert!(list.lines().nth(1).unwrap().starts_with("4712,"), "{list}");
    assert_eq!(list.lines().count(), 2, "one request: {list}");
    let forged = browser.ask("POST", &service.at("/account/card"), Some("next=/account"));
    assert_eq!(forged.status, 403);
}

#[test]
fn a_slip_is_told_and_a_wrong_code_is_not() {
    let service = Service::new();
    let mut browser = Browser::default();
    let keys = browser.go(&service.at("/account?lang=en"));
    let asked = to_code(&mut browser, &keys, 1);
    for (typed, words) in [
        ("ABC", "A code has 9 characters."),
        ("AAAAAAAAA", "There is a character in it that no card has."),
        ("", "Enter the code from your card."),
        (service.wrong_code(1), "We can't accept this code."),
    ] {
        let page = browser.send(&asked, "/sign-in/code", &[("code", typed)]);
        let fault = page.fault().unwrap();
        assert!(fault.replace("&#39;", "'").starts_with(words), "{typed}: {fault}");
        assert!(!page.body.contains(typed) || typed.is_empty(), "{typed} is shown again");
    }
    // As people type it.
    let code = service.code(1, asked.position()).to_lowercase();
    let code = format!(" {}-{} {}", &code[..3], &code[3..6], &code[6..]);
    let page = browser.send(&asked, "/sign-in/code", &[("code", &code)]);
    assert_eq!(page.title(), "Your account");
}
