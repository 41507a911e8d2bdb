//! A password that was forgotten, over HTTP.

use super::{
    browser::{Browser, Page},
    post::Post,
    service::{PASSWORD, Service, USERS},
};

const CHOSEN: &str = "zeven gele fietsen in de regen";

/// The page where the code by e-mail is given, by way of the page of user name and password.
fn to_mail(service: &Service, browser: &mut Browser, user_name: &str) -> Page {
    browser.go(&service.at("/account?lang=en"));
    let keys = browser.go(&service.at("/account"));
    let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
    let href = page.between("<p class=\"aside\"><a href=\"", "\"").to_owned();
    let page = browser.go(&service.at(&href));
    assert_eq!(page.title(), "Choose a new password");
    browser.send(&page, "/forgotten", &[("user_name", user_name)])
}

#[test]
fn a_citizen_who_has_forgotten_their_password_chooses_another_one() {
    let post = Post::new();
    let service = post.service();
    let mut elsewhere = Browser::default();
    let keys = elsewhere.go(&service.at("/account"));
    service.sign_in(&mut elsewhere, &keys, 1);
    let mut browser = Browser::default();
    let page = to_mail(&service, &mut browser, "Zoe");
    assert_eq!(page.title(), "Enter the code from your e-mail");
    assert!(page.url.ends_with("/forgotten") && !page.body.to_lowercase().contains("zoe"));
    let mailed = post.code();
    let page = browser.send(&page, "/forgotten", &[("code", "12345")]);
    assert!(page.fault().unwrap().starts_with("A code has six digits"), "{:?}", page.fault());
    let page = browser.send(&page, "/forgotten", &[("code", &mailed)]);
    assert_eq!(page.title(), "Now a code of your card or your app");
    // A code that was given is worth nothing again, and no key is chosen that is e-mail.
    let page = browser.send(&page, "/forgotten", &[("code", &mailed)]);
    let page = browser.send(&page, "/forgotten", &[("key", "mail")]);
    assert_eq!(page.title(), "Now a code of your card or your app");
    let page = browser.send(&page, "/forgotten", &[("key", "app")]);
    assert_eq!(page.title(), "Enter the code from your app");
    let page = browser.send(&page, "/forgotten", &[("code", "123456")]);
    assert_eq!(page.status, 422);
    let page = browser.go(&service.at("/forgotten?step=key"));
    let page = browser.send(&page, "/forgotten", &[("key", "token")]);
    assert!(page.title().starts_with("Code ") && page.title().ends_with(", please"));
    let position = page.position();
    for (typed, said) in
        [("", "Enter the code from your card."), (service.wrong_code(1), "We can&#39;t accept")]
    {
        let page = browser.send(&page, "/forgotten", &[("code", typed)]);
        let fault = page.fault().unwrap();
        assert!(fault.starts_with(said), "{fault}");
        assert_eq!(page.position(), position);
    }
    // Nothing has changed, and the way is no change of the account.
    let change = browser.clone().go(&service.at("/change"));
    assert!(!change.body.contains("action=\"/change\""), "{}", change.body);
    assert_eq!(elsewhere.go(&service.at("/account")).title(), "Uw account");
    let page = browser.send(&page, "/forgotten", &[("code", service.code(1, position))]);
    assert_eq!(page.title(), "Change your password");
    let page = browser.send(&page, "/change", &[("new_password", "kort")]);
    assert_eq!(page.status, 422);
    let page = browser.send(&page, "/change", &[("new_password", CHOSEN)]);
    assert_eq!(page.title(), "Your password is changed");
    assert!(post.mail(1).contains("Uw wachtwoord is gewijzigd"), "{}", post.mail(1));
    // All sessions have ended, and the new password is good.
    let keys = elsewhere.go(&service.at("/account"));
    assert_eq!(keys.title(), "Kies uw digitale sleutel");
    let page = elsewhere.send(&keys, "/sign-in/key", &[("key", "token")]);
    let give = |browser: &mut Browser, password: &str| {
        let fields = [("user_name", USERS[1]), ("password", password)];
        browser.send(&page, "/sign-in/password", &fields)
    };
    assert_eq!(give(&mut elsewhere, PASSWORD).status, 422);
    assert_eq!(give(&mut elsewhere, CHOSEN).status, 200);
    let log = service.log();
    for secret in [CHOSEN, &mailed, "zoe", "Zoe", service.code(1, position)] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert!(log.contains("POST /forgotten 303"), "{log}");
}

#[test]
fn an_unknown_user_name_has_the_same_pages_and_no_mail() {
    let post = Post::new();
    let service = post.service();
    let mut seen = Vec::new();
    for name in ["zoe", "nobody", "<&>", "x".repeat(9000).as_str()] {
        let mut browser = Browser::default();
        let page = to_mail(&service, &mut browser, name);
        let mut pages = vec![page.body.replace(&page.form_token(), "")];
        for code in ["12345", "000000", "000001"] {
            let page = browser.send(&page, "/forgotten", &[("code", code)]);
            pages.push(format!("{} {}", page.status, page.body.replace(&page.form_token(), "")));
        }
        let tab = |page: &String| {
            let (_, rest) = page.split_once("name=\"tab\" value=\"")?;
            rest.get(..8).map(str::to_owned)
        };
        let pages = pages.iter().map(|page| match tab(page) {
            Some(tab) => page.replace(&tab, ""),
            None => page.clone(),
        });
        seen.push(pages.collect::<Vec<_>>());
    }
    assert!(seen.iter().all(|pages| *pages == seen[0]), "{seen:?}");
    post.mail(0);
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(post.count(), 1, "to her who has an account, and to nobody else");
    // Codes are not sent as fast as somebody may ask for them.
    let statuses: Vec<u16> =
        (0..6).map(|_| to_mail(&service, &mut Browser::default(), "lukasz").status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
    let forged = Browser::default().ask("POST", &service.at("/forgotten"), Some("user_name=zoe"));
    assert_eq!(forged.status, 403);
}

#[test]
fn without_mails_nobody_is_shown_a_way_that_needs_them() {
    let service = Service::new();
    let mut browser = Browser::default();
    assert_eq!(browser.go(&service.at("/forgotten")).status, 404);
    let keys = browser.go(&service.at("/account"));
    let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
    assert!(!page.body.contains("/forgotten"), "{}", page.body);
}
