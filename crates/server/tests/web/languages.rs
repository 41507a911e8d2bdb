//! The language of pages.

use super::{application::Application, browser::Browser, service::Service};

#[test]
fn a_page_is_in_the_language_that_was_chosen_that_the_application_wishes_or_that_the_browser_takes()
{
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let titles = [
        ("nl", "Kies uw digitale sleutel", "Belasting"),
        ("fr", "Choisissez votre clé numérique", "Impôts"),
        ("de", "Wählen Sie Ihren digitalen Schlüssel", "Steuer"),
        ("en", "Choose your digital key", "Tax"),
    ];
    for (code, title, name) in titles {
        let is_it = |page: &super::browser::Page| {
            assert_eq!(page.title(), title);
            assert!(page.body.contains(&format!("<html lang=\"{code}\">")), "{code}");
            assert!(page.body.contains(name), "{code}");
        };
        let accepted = format!("it, {code}-BE;q=0.8, x;q=0.1");
        let extra = vec![("Accept-Language".into(), accepted)];
        let mut browser = Browser { extra, ..Browser::default() };
        is_it(&browser.go(&tax.address(&[])));
        let locales = format!("it {code}-BE en");
        is_it(&Browser::default().go(&tax.address(&[("ui_locales", &locales)])));
        let mut browser = Browser::default();
        browser.go(&tax.address(&[("ui_locales", "de")]));
        is_it(&browser.go(&service.at(&format!("/sign-in?lang={code}"))));
        is_it(&browser.go(&service.at("/sign-in")));
    }
    let page = Browser::default().go(&service.at("/account?lang=xx"));
    assert_eq!(page.title(), "Kies uw digitale sleutel");
}

#[test]
fn the_choice_of_a_language_leads_to_no_other_host() {
    let service = Service::new();
    for path in ["//evil.example/", "/\\evil.example/", "///evil.example/", "/\\/evil.example/"] {
        let page = Browser::default().ask("GET", &service.at(&format!("{path}?lang=fr")), None);
        assert_eq!((page.status, page.header("location")), (303, Some("/evil.example/")), "{path}");
    }
}

#[test]
fn what_the_office_is_called_is_text_and_no_markup() {
    let service = Service::new();
    let mut browser = Browser::default();
    let keys = browser.go(&service.at("/account"));
    let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
    assert!(page.body.contains("&#60;desk &#38; co&#62;"), "{}", page.body);
}
