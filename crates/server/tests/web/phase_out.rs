//! Applications that take the token for some days more, or no longer.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use tokenkaart_token::language::Language;

use super::{
    application::Application,
    browser::{Browser, Page},
    service::{PASSWORD, Service, USERS},
};

/// Today, where the office is.
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::get("Europe/Brussels").unwrap()).date()
}

/// A service with an application whose last day is so many days away, for each of some.
fn service(applications: &[(&str, i32)]) -> Service {
    let stanza = |(id, days): &(&str, i32)| {
        let last_day = today().checked_add(days.days()).unwrap();
        let warn_from = today().checked_sub(7.days()).unwrap().min(last_day);
        format!(
            r#"
[[application]]
id = "{id}"
names = {{ nl = "Fietsen {id}", fr = "Vélos {id}", de = "Räder {id}", en = "Bicycles {id}" }}
redirect_uris = ["https://{id}.example.be/back"]
keys = ["token", "app", "mail"]
secret = "{secret}"
warn_from = "{warn_from}"
last_day = {last_day}
keys_that_stay = ["app", "mail"]
help_line = "0800 12345"
"#,
            secret = Application::secret_hash()
        )
    };
    Service::with(&applications.iter().map(stanza).collect::<String>())
}

fn spelled(days: i32, language: Language) -> String {
    language.date(today().checked_add(days.days()).unwrap())
}

fn choose(browser: &mut Browser, page: &Page, choice: &str) -> Page {
    browser.send(page, "/sign-in/warning", &[("choice", choice)])
}

/// From the page of user name and password on.
fn sign_in(service: &Service, browser: &mut Browser, page: &Page, user: usize) -> Page {
    let fields = [("user_name", USERS[user]), ("password", PASSWORD)];
    let asked = browser.send(page, "/sign-in/password", &fields);
    let code = service.code(user, asked.position()).to_owned();
    browser.send(&asked, "/sign-in/code", &[("code", &code)])
}

#[test]
fn whoever_chooses_the_token_is_told_its_last_day_and_has_three_choices() {
    // Today is the last day of one of them.
    let service = service(&[("ending", 14), ("today", 0)]);
    for (id, days) in [("ending", 14), ("today", 0)] {
        let application = Application::of(&service, id);
        for language in Language::ALL {
            let mut browser = Browser::default();
            let locale = [("ui_locales", language.code())];
            let keys = browser.go(&application.address(&locale));
            let warning = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
            assert_eq!(warning.status, 200, "{}", warning.body);
            assert!(warning.url.contains("/sign-in/warning"), "{}", warning.url);
            let day = spelled(days, language);
            assert!(warning.body.contains(&day), "{day}: {}", warning.body);
            for choice in ["activate", "other", "continue"] {
                let button = format!("name=\"choice\" value=\"{choice}\"");
                assert!(warning.body.contains(&button), "{}", warning.body);
            }
            assert!(warning.body.contains("data-escape"), "Escape closes it");
            assert!(warning.body.contains("0800 12345"), "the application's help line");
        }
        let mut browser = Browser::default();
        let keys = browser.go(&application.address(&[]));
        let warning = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
        let other = choose(&mut browser, &warning, "other");
        assert_eq!(other.title(), "Kies uw digitale sleutel");
        // Who chooses nothing is asked again, and a form of another site does nothing.
        let again = choose(&mut browser, &warning, "nothing");
        assert!(again.url.contains("/sign-in/warning"), "{}", again.url);
        let forged = browser.ask("POST", &service.at("/sign-in/warning"), Some("choice=continue"));
        assert_eq!(forged.status, 403);
        let password = choose(&mut browser, &warning, "continue");
        assert_eq!(password.title(), "Vul uw gebruikersnaam en wachtwoord in");
        let back = sign_in(&service, &mut browser, &password, 1);
        assert!(back.answer("code").is_some(), "{}", back.body);
        // In this session they were told; in another one they are again.
        for prompt in ["", "none"] {
            let back = browser.go(&application.address(&[("prompt", prompt)]));
            assert!(back.answer("code").is_some(), "{prompt}: {}", back.body);
        }
    }
}

#[test]
fn a_session_made_by_token_elsewhere_passes_neither_the_warning_nor_the_last_day() {
    let service = service(&[("ending", 3), ("ended", -1)]);
    let [tax, ending, ended] = ["tax", "ending", "ended"].map(|id| Application::of(&service, id));
    let mut browser = Browser::default();
    assert!(service.sign_in_to(&mut browser, &tax, 1).answer("code").is_some());
    for (application, error) in
        [(&ending, "interaction_required"), (&ended, "interaction_required")]
    {
        let silent = browser.go(&application.address(&[("prompt", "none")]));
        assert_eq!(silent.answer("error").as_deref(), Some(error), "{}", application.id);
    }
    let warning = browser.go(&ending.address(&[]));
    assert!(warning.url.contains("/sign-in/warning"), "{}", warning.url);
    let policy = warning.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https://ending.example.be;"), "{policy}");
    // Who goes on needs no password and no code once more.
    let back = choose(&mut browser, &warning, "continue");
    assert!(back.header("location").unwrap().starts_with("https://ending.example.be/back?code="));
    assert!(browser.go(&ending.address(&[("prompt", "none")])).answer("code").is_some());
    assert_eq!(ending.redeem(&back.answer("code").unwrap()).status, 200);

    let keys = browser.go(&ended.address(&[]));
    assert_eq!(keys.status, 200, "{}", keys.body);
    assert!(keys.body.contains("id=\"over\""), "{}", keys.body);
    assert!(browser.go(&tax.address(&[("prompt", "none")])).answer("code").is_some());
}

#[test]
fn after_the_last_day_the_token_is_asked_for_nothing_and_the_page_says_so() {
    let service = service(&[("ended", -1), ("ending", 3)]);
    let ended = Application::of(&service, "ended");
    for (language, words) in [
        (Language::Nl, "aanvaardt geen tokens meer"),
        (Language::Fr, "n’accepte plus les tokens"),
        (Language::De, "nimmt keine Tokens mehr an"),
        (Language::En, "does not take tokens any more"),
    ] {
        let mut browser = Browser::default();
        let keys = browser.go(&ended.address(&[("ui_locales", language.code())]));
        assert!(keys.body.contains(words), "{}", keys.body);
        let day = spelled(-1, language);
        assert!(keys.body.contains(&day), "{day}: {}", keys.body);
        assert!(keys.body.contains("0800 12345") && keys.body.contains("&#60;desk"), "ways");
        assert!(!keys.body.contains("value=\"token\""), "{}", keys.body);
        // Whoever asks for it all the same stays where they are.
        let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
        assert!(page.body.contains(words), "{}", page.body);
        let page = browser.go(&service.at("/sign-in/warning"));
        assert!(page.body.contains(words), "{}", page.body);
    }
    // Nor is a sign-in that was begun for another application of use there.
    let mut browser = Browser::default();
    let tax = Application::of(&service, "tax");
    let keys = browser.go(&tax.address(&[]));
    browser.send(&keys, "/sign-in/key", &[("key", "token")]);
    let keys = browser.go(&ended.address(&[]));
    let fields = [("user_name", USERS[1]), ("password", PASSWORD)];
    let page = browser.send_once(&keys, "/sign-in/password", &fields);
    assert!(page.header("location").unwrap().starts_with("/sign-in?"), "{}", page.body);
    let metrics = format!("http://localhost:{}/metrics", service.metrics);
    let metrics = Browser::default().go(&metrics).body;
    assert!(metrics.contains("tokenkaart_passwords_right_total 0"), "{metrics}");
}

#[test]
fn operators_see_who_still_comes_by_token_and_whom_to_write_to() {
    let service = service(&[("ending", 14), ("ended", -1)]);
    let [tax, ending] = ["tax", "ending"].map(|id| Application::of(&service, id));
    let mut browser = Browser::default();
    service.sign_in_to(&mut browser, &tax, 2);
    for user in [1, 2, 1] {
        let mut browser = Browser::default();
        let keys = browser.go(&ending.address(&[]));
        let warning = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
        let password = choose(&mut browser, &warning, "continue");
        assert!(sign_in(&service, &mut browser, &password, user).answer("code").is_some());
    }
    let status =
        |more: &[&str]| service.office.run(&[&["phase-out", "status"], more].concat()).ended(0);
    let text = status(&[]);
    assert!(text.contains("ending: warns since") && text.contains(": 14 days more"), "{text}");
    assert!(text.contains("ended: takes no tokens since its last day"), "{text}");
    assert!(text.contains("2 by token, 0 by app, 0 by e-mail"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&status(&["--format", "json"])).unwrap();
    assert_eq!(json[0]["weeks"][0]["token"], 2, "{json}");
    assert_eq!((&json[0]["state"], &json[1]["state"]), (&"warned".into(), &"over".into()));
    let csv = status(&["--format", "csv"]);
    assert!(csv.lines().nth(1).unwrap().ends_with(",2,0,0"), "{csv}");
    let holders = status(&["--holders", "ending"]);
    let mut lines: Vec<&str> = holders.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["4712", "4713", "id"]);
    // As `issue --only` takes it.
    service.office.write("still.csv", &holders);
    service.office.issue("letters", &["--only", "still.csv"]);
    let other = service.office.run(&["phase-out", "status", "--holders", "tax"]);
    assert!(other.ended(1).contains("no application with a last_day has the id tax"));
}
