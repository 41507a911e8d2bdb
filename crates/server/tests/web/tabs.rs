//! Two tabs of one browser, each with a sign-in of its own.

use super::{
    application::Application,
    browser::{Browser, Page},
    service::{PASSWORD, Service, USERS},
};

/// Sends a page's form as a browser does: with all that is hidden in it.
fn send(browser: &mut Browser, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
    let tab = page.between("name=\"tab\" value=\"", "\"").to_owned();
    browser.send(page, path, &[&[("tab", tab.as_str())], fields].concat())
}

#[test]
fn two_tabs_sign_in_beside_each_other_each_to_its_own_application() {
    let service = Service::new();
    let [tax, library] = ["tax", "library"].map(|id| Application::of(&service, id));
    let mut browser = Browser::default();
    // In turn, as somebody does who opens a second tab.
    let first = browser.go(&tax.address(&[]));
    let second = browser.go(&library.address(&[]));
    let first = send(&mut browser, &first, "/sign-in/key", &[("key", "token")]);
    assert!(first.body.contains("Belasting"), "{}", first.body);
    let second = send(&mut browser, &second, "/sign-in/key", &[("key", "token")]);
    assert!(second.body.contains("Library"), "{}", second.body);
    let fields = |user: usize| [("user_name", USERS[user]), ("password", PASSWORD)];
    let first = send(&mut browser, &first, "/sign-in/password", &fields(1));
    assert!(first.body.contains("Belasting"), "{}", first.body);
    // Reloading a tab shows its own step, also in another language.
    let reloaded = browser.go(&second.url);
    assert!(reloaded.body.contains("Library") && reloaded.body.contains("name=\"password\""));
    let french = second.between("hreflang=\"fr\" href=\"", "\"").replace("&amp;", "&");
    let french = browser.go(&service.at(&french));
    assert!(french.body.contains("lang=\"fr\"") && french.body.contains("Library"));
    let second = send(&mut browser, &second, "/sign-in/password", &fields(1));
    assert!(second.body.contains("Library"), "{}", second.body);
    let code = service.code(1, first.position()).to_owned();
    let back = send(&mut browser, &first, "/sign-in/code", &[("code", &code)]);
    let to = back.header("location").unwrap();
    assert!(to.starts_with("https://tax.example.be/back?code="), "{to}");
    let asked = browser.go(&second.url);
    let code = service.code(1, asked.position()).to_owned();
    let back = send(&mut browser, &asked, "/sign-in/code", &[("code", &code)]);
    let to = back.header("location").unwrap();
    assert!(to.starts_with("https://library.example.be/back?code="), "{to}");
    assert!(!browser.cookies["sign-in.localhost"].contains_key("__Host-sign-in"));
}

#[test]
fn a_tab_whose_sign_in_is_over_goes_on_with_no_other_ones() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let mut browser = Browser::default();
    let first = browser.go(&tax.address(&[]));
    for _ in 0..4 {
        browser.go(&tax.address(&[]));
    }
    // Five at once are too many: the oldest is over, and says so.
    let page = send(&mut browser, &first, "/sign-in/key", &[("key", "token")]);
    assert_eq!((page.status, page.title().as_str()), (403, "Deze pagina is te oud"));
    let others = browser.go(&service.at("/sign-in"));
    assert_eq!(others.title(), "Kies uw digitale sleutel", "nothing was chosen elsewhere");
}
