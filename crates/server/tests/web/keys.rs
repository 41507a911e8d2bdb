//! Other keys than the token, as a citizen of the demo meets them, and the mails that tell of them.

use std::time::{SystemTime, UNIX_EPOCH};

use tokenkaart_testing::running::wait_until;

use super::{
    app_code::app_code,
    browser::{Browser, Page},
    demo::Demo,
    service::cards,
};

/// A citizen of a demo, in a browser of theirs.
struct Citizen {
    demo: Demo,
    codes: Vec<String>,
    browser: Browser,
    /// Mails that were read.
    read: usize,
    _temporary: tempfile::TempDir,
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

impl Citizen {
    fn new(language: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let demo = Demo::start(temporary.path());
        let codes = cards(std::fs::read(demo.text("/citizen/card")).unwrap()).remove(0);
        let mut citizen =
            Self { demo, codes, browser: Browser::default(), read: 0, _temporary: temporary };
        citizen.go(&format!("/account?lang={language}"));
        citizen
    }

    fn go(&mut self, path: &str) -> Page {
        let address = format!("{}{path}", self.demo.text("/issuer"));
        self.browser.go(&address)
    }

    fn send(&mut self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        self.browser.send(page, path, fields)
    }

    fn give_password(&mut self, page: &Page) -> Page {
        let [name, password] =
            ["/citizen/user_name", "/citizen/password"].map(|at| self.demo.text(at).to_owned());
        let fields = [("user_name", name.as_str()), ("password", &password)];
        self.browser.send(page, "/sign-in/password", &fields)
    }

    /// Gives the code of the card that is asked for.
    fn give_code(&mut self, page: &Page) -> Page {
        let code = self.codes[page.position() - 1].clone();
        self.send(page, "/sign-in/code", &[("code", &code)])
    }

    /// The next mail: to whom, its subject, its text.
    fn mail(&mut self) -> [String; 3] {
        let address = self.demo.text("/mails").to_owned();
        let all = || Browser::default().go(&address).json();
        let read = self.read;
        wait_until("a mail", || all()[read].is_object());
        self.read += 1;
        let mail = &all()[read];
        ["to", "subject", "text"].map(|name| mail[name].as_str().unwrap().to_owned())
    }

    /// The code in the next mail.
    fn mailed_code(&mut self) -> String {
        let [_, _, text] = self.mail();
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        text.lines().find(is_code).unwrap_or_else(|| panic!("{text}")).to_owned()
    }

    /// From the first page of an activation to where the kind of the key is chosen.
    fn reach_method(&mut self, address: &str) -> Page {
        let page = self.go("/activate");
        assert!(page.body.contains("current-password"), "{}", page.body);
        let page = self.give_password(&page);
        let page = self.give_code(&page);
        assert!(page.body.contains("value=\"jan.peeters@example.be\""), "{}", page.body);
        let page = self.send(&page, "/change", &[("email", address)]);
        let code = self.mailed_code();
        self.send(&page, "/change", &[("code", &code)])
    }

    fn choose_key(&mut self, key: &str) -> Page {
        self.browser.cookies.clear();
        let page = self.go("/account");
        let page = self.send(&page, "/sign-in/key", &[("key", key)]);
        self.give_password(&page)
    }
}

#[test]
fn a_citizen_activates_an_app_and_signs_in_with_it() {
    let mut jan = Citizen::new("en");
    let page = jan.reach_method("jan@example.be");
    assert_eq!(page.title(), "Choose your new digital key");
    let page = jan.send(&page, "/change", &[("method", "app")]);
    let secret = page.between("id=\"secret\">", "<").to_owned();
    assert_eq!(secret.split(' ').count(), 8, "{secret}");
    assert!(page.body.contains("<svg") && !page.body.contains("http"), "{}", page.body);
    let page = jan.send(&page, "/change", &[("code", "12345")]);
    assert_eq!(page.fault().unwrap().split('.').next(), Some("A code has six digits"));
    let page = jan.send(&page, "/change", &[("code", &app_code(&secret, now()))]);
    assert_eq!(page.title(), "Your new digital key is active");
    assert!(page.body.contains("Your token has ended."), "{}", page.body);
    // The account is Dutch, whatever language the pages are shown in.
    let mut mails: Vec<_> = (0..3).map(|_| jan.mail()).collect();
    mails.sort();
    let told: Vec<_> = mails.iter().map(|[to, subject, _]| (to.as_str(), &**subject)).collect();
    let changed = "Uw e-mailadres is gewijzigd";
    assert_eq!(
        told,
        [
            ("jan.peeters@example.be", changed),
            ("jan@example.be", changed),
            ("jan@example.be", "Uw nieuwe digitale sleutel is actief"),
        ]
    );
    assert!(mails[0][2].contains("jan@example.be"), "{}", mails[0][2]);
    let text = &mails[2][2];
    assert!(text.contains("Uw token is beëindigd") && text.contains("1700"), "{text}");
    // The token lets nobody in any more.
    let page = jan.choose_key("token");
    let page = jan.give_code(&page);
    assert_eq!(page.status, 422);
    // The next code of the app does.
    let page = jan.choose_key("app");
    let page = jan.send(&page, "/sign-in/code", &[("code", "000000")]);
    assert_eq!(page.status, 422);
    let page = jan.send(&page, "/sign-in/code", &[("code", &app_code(&secret, now() + 30))]);
    assert!(page.body.contains("jan.peeters"), "{}", page.body);
}

#[test]
fn a_citizen_signs_in_by_e_mail_and_sees_and_changes_what_is_theirs() {
    let mut jan = Citizen::new("nl");
    let page = jan.reach_method("jan.peeters@example.be");
    assert_eq!(page.title(), "Kies uw nieuwe digitale sleutel");
    let page = jan.send(&page, "/change", &[("method", "mail")]);
    assert_eq!(page.title(), "Uw nieuwe digitale sleutel is actief");
    jan.mail();
    let page = jan.choose_key("mail");
    assert_eq!(page.title(), "Vul de code uit uw e-mail in");
    let first = jan.mailed_code();
    // Another one is asked for, and the first is good no longer.
    let page = jan.send(&page, "/sign-in/code", &[("again", "yes")]);
    let second = jan.mailed_code();
    let page = jan.send(&page, "/sign-in/code", &[("code", &first)]);
    assert_eq!(page.status, 422);
    let page = jan.send(&page, "/sign-in/code", &[("code", &second)]);
    assert_eq!(page.title(), "Uw account");
    let page = jan.go("/account/keys");
    assert_eq!(page.title(), "Uw digitale sleutels");
    assert!(page.body.contains("Actief sinds"), "{}", page.body);
    // The session alone changes nothing: both factors are asked for.
    let page = jan.send(&page, "/account/keys", &[("change", "password")]);
    assert_eq!(page.title(), "Kies uw digitale sleutel");
    assert!(!page.body.contains("new_password"));
    let page = jan.send(&page, "/sign-in/key", &[("key", "mail")]);
    let page = jan.give_password(&page);
    let code = jan.mailed_code();
    let page = jan.send(&page, "/sign-in/code", &[("code", &code)]);
    let page = jan.send(&page, "/change", &[("new_password", "kort")]);
    assert_eq!(page.status, 422);
    let page = jan.send(&page, "/change", &[("new_password", "zeven gele fietsen in de regen")]);
    assert_eq!(page.title(), "Uw wachtwoord is gewijzigd");
    assert_eq!(jan.mail()[1], "Uw wachtwoord is gewijzigd");
    // All sessions have ended, and the old password is none.
    let page = jan.go("/account");
    assert_eq!(page.title(), "Kies uw digitale sleutel");
    let page = jan.send(&page, "/sign-in/key", &[("key", "mail")]);
    assert_eq!(jan.give_password(&page).status, 422);
}

#[test]
fn a_stolen_session_changes_nothing() {
    let mut jan = Citizen::new("nl");
    let page = jan.choose_key("token");
    jan.give_code(&page);
    let page = jan.go("/account/keys");
    let stolen = jan.browser.clone();
    for change in ["app", "mail", "email", "password", "language", "remove-app", "activate"] {
        let mut thief = stolen.clone();
        let asked = thief.send(&page, "/account/keys", &[("change", change)]);
        assert!(asked.body.contains("name=\"key\""), "{change}: {}", asked.body);
        let origin = jan.demo.text("/issuer");
        let change_page = thief.go(&format!("{origin}/change"));
        assert!(!change_page.body.contains("action=\"/change\""), "{change}");
        for fields in [[("email", "thief@example.be")], [("new_password", "x")], [("code", "1")]] {
            let sent = thief.send_once(&page, "/change", &fields);
            assert_eq!(sent.status, 403, "{change}");
        }
    }
}

#[test]
fn the_demos_second_citizen_signs_in_with_their_app() {
    let mut els = Citizen::new("en");
    let [name, password, secret] = ["user_name", "password", "secret"]
        .map(|field| els.demo.text(&format!("/citizens/1/{field}")).to_owned());
    let page = els.go("/account");
    let page = els.send(&page, "/sign-in/key", &[("key", "app")]);
    let fields = [("user_name", name.as_str()), ("password", &password)];
    let page = els.send(&page, "/sign-in/password", &fields);
    let page = els.send(&page, "/sign-in/code", &[("code", &app_code(&secret, now()))]);
    assert!(page.body.contains(&name), "{}", page.body);
}
