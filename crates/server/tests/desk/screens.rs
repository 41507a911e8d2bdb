//! Signing in and out, locking, and what ends a session.

use super::{
    browser::Browser,
    counter::{Counter, PASSWORD},
};

const SIGN_IN: &str = "Aanmelden bij het loket";
const LOCKED: &str = "Het scherm is vergrendeld";
const HOME: &str = "Wie staat er aan het loket?";

#[test]
fn both_factors_let_a_clerk_in_and_nothing_less() {
    let counter = Counter::new();
    let mut browser = Browser::default();
    let page = browser.go(&counter.at("/"));
    assert_eq!((page.status, page.title().as_str()), (200, SIGN_IN));
    for (name, password) in [("clerk", "not this one"), ("nobody", PASSWORD), ("zoe", PASSWORD)] {
        let fields = [("user_name", name), ("password", password), ("key", "app")];
        let refused = browser.send(&page, "/sign-in", &fields);
        assert_eq!(refused.status, 422, "{name}");
        // One message for all, also for a citizen with the right password.
        assert!(refused.fault().unwrap().starts_with("De gebruikersnaam of"), "{}", refused.body);
        assert_eq!(browser.go(&counter.at("/")).title(), SIGN_IN);
    }
    let asked = counter.to_code(&mut browser, "clerk");
    assert_eq!(browser.go(&counter.at("/person/enter")).title(), asked.title());
    let wrong = browser.send(&asked, "/sign-in/code", &[("code", "000000")]);
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let slip = browser.send(&wrong, "/sign-in/code", &[("code", "12")]);
    assert_eq!(slip.status, 422, "{}", slip.body);
    let code = counter.app_code("clerk", 0);
    let home = browser.send(&slip, "/sign-in/code", &[("code", &code)]);
    assert_eq!((home.status, home.title().as_str()), (200, HOME));
    // A code counts once.
    let mut other = Browser::default();
    let asked = counter.to_code(&mut other, "clerk");
    assert_eq!(other.send(&asked, "/sign-in/code", &[("code", &code)]).status, 422);
    let out = browser.send(&home, "/sign-out", &[]);
    assert_eq!(out.title(), SIGN_IN);
    assert_eq!(browser.go(&counter.at("/")).title(), SIGN_IN);
}

#[test]
fn who_is_sent_to_sign_in_comes_back_to_what_they_looked_at_and_nowhere_else() {
    let counter = Counter::new();
    let mut browser = Browser::default();
    let page = browser.go(&counter.at("/person/enter"));
    let next = page.between("name=\"next\" value=\"", "\"").to_owned();
    assert_eq!(next, "/person/enter");
    for (next, is_own) in [(next.as_str(), true), ("//evil.example/", false), ("/\\evil", false)] {
        let mut browser = Browser::default();
        let page = browser.go(&counter.at("/sign-in"));
        let fields =
            [("user_name", "clerk"), ("password", PASSWORD), ("key", "app"), ("next", next)];
        let asked = browser.send(&page, "/sign-in", &fields);
        let code = counter.app_code("clerk", if is_own { -1 } else { 0 });
        let fields = [("code", code.as_str()), ("next", next)];
        let sent = browser.send_once(&asked, "/sign-in/code", &fields);
        if sent.status == 422 {
            // A code of before counts no more.
            continue;
        }
        assert_eq!(sent.header("location"), Some(if is_own { next } else { "/" }));
    }
}

#[test]
fn a_locked_screen_shows_and_does_nothing_before_its_password() {
    let counter = Counter::new();
    let (mut browser, home) = counter.signed_in("clerk");
    let locked = browser.send(&home, "/lock", &[("next", "/person/enter")]);
    assert_eq!(locked.title(), LOCKED);
    // In each window, and for what is posted.
    let mut window = browser.clone();
    for path in ["/", "/person/enter", "/person?p=x"] {
        assert_eq!(window.go(&counter.at(path)).title(), LOCKED, "{path}");
    }
    let found = window.send(&home, "/find", &[("text", "4712")]);
    assert_eq!(found.title(), LOCKED);
    let refused = browser.send(&locked, "/unlock", &[("password", "not this one")]);
    assert_eq!((refused.status, refused.title().as_str()), (422, LOCKED));
    let fields = [("password", PASSWORD), ("next", "/person/enter")];
    let open = browser.send(&locked, "/unlock", &fields);
    assert_eq!(open.title(), "Een persoon invoeren");
    assert_eq!(window.go(&counter.at("/")).title(), HOME);
    let audit = counter.operator(&["audit", "--holder", "desk-clerk"]).ended(0);
    assert!(audit.contains("the screen was locked (at the desk)"), "{audit}");
    assert!(audit.contains("the screen was opened"), "{audit}");
}

#[test]
fn a_session_of_citizens_is_nothing_at_the_desk_and_the_other_way_round() {
    let counter = Counter::new();
    let (browser, _) = counter.signed_in("clerk");
    let cookies = &browser.cookies["desk.localhost"];
    let mut names: Vec<&str> = cookies.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["__Host-desk", "__Host-desk-form"]);
    // As the cookie of the other service it names nobody, and that one's names nobody here.
    let mut other = Browser::default();
    let of_citizens = other.cookies.entry("desk.localhost".to_owned()).or_default();
    of_citizens.insert("__Host-session".to_owned(), cookies["__Host-desk"].clone());
    assert_eq!(other.go(&counter.at("/")).title(), SIGN_IN);
}

#[test]
fn whoever_is_stopped_is_signed_out_at_once_on_every_instance() {
    let mut counter = Counter::new();
    let (mut browser, _) = counter.signed_in("clerk");
    let port = counter.another();
    browser.port = Some(port);
    assert_eq!(browser.go(&counter.at("/")).title(), HOME);
    counter.operator(&["clerk", "stop", "clerk"]).ended(0);
    assert_eq!(browser.go(&counter.at("/")).title(), SIGN_IN);
    browser.port = None;
    assert_eq!(browser.go(&counter.at("/")).title(), SIGN_IN);
    // Not by another role that comes later either: the session itself is gone.
    counter.operator(&["clerk", "add", "clerk", "--role", "supervisor"]).ended(0);
    assert_eq!(browser.go(&counter.at("/")).title(), SIGN_IN);
}

#[test]
fn what_revokes_a_clerks_token_ends_their_session_at_the_desk() {
    let counter = Counter::new();
    // The owner of account zoe has a card.
    counter.operator(&["clerk", "add", "zoe", "--role", "clerk"]).ended(0);
    let mut browser = Browser::default();
    let page = browser.go(&counter.at("/sign-in"));
    let fields = [("user_name", "zoe"), ("password", PASSWORD), ("key", "token")];
    let asked = browser.send(&page, "/sign-in", &fields);
    let bytes = std::fs::read(counter.office.path("run/cards/0001.pdf")).unwrap();
    let paper = tokenkaart::paper::Paper::open(bytes).unwrap();
    let format = tokenkaart_token::token::CodeFormat::default();
    let codes = paper.page(2).unwrap().codes(&format).unwrap();
    let code = codes[asked.position() - 1].1.to_string();
    let home = browser.send(&asked, "/sign-in/code", &[("code", &code)]);
    assert!(home.body.contains("Qui se présente au guichet"), "{}", home.body);
    counter.operator(&["suspend", "--holder", "4712"]).ended(0);
    assert_eq!(browser.go(&counter.at("/")).url, counter.at("/sign-in"));
}
