//! Too many wrong codes, over HTTP.

use super::{
    application::Application,
    browser::Browser,
    service::{Service, to_code},
};

/// Has a holder's wrong answers be so many, the last of them long ago.
fn set_failures(service: &Service, holder: &str, failures: u32) {
    let of = format!("WHERE holder = '{holder}'");
    service.site.shell(&format!("UPDATE attempts SET failures = {failures}, not_before = 0 {of}"));
    let changed = service.site.number(&format!("SELECT failures FROM attempts {of}"));
    assert_eq!(changed, i64::from(failures));
}

#[test]
fn a_lock_ends_the_sign_in_under_way_and_the_page_says_where_to_go() {
    let service = Service::new();
    let tax = Application::of(&service, "tax");
    let mut signed_in = Browser::default();
    service.sign_in_to(&mut signed_in, &tax, 1);
    assert!(signed_in.go(&tax.address(&[("prompt", "none")])).answer("code").is_some());

    let mut browser = Browser::default();
    let keys = browser.go(&tax.address(&[("ui_locales", "en")]));
    let asked = to_code(&mut browser, &keys, 1);
    let wrong = service.wrong_code(1).to_owned();
    let refused = browser.send(&asked, "/sign-in/code", &[("code", &wrong)]);
    assert_eq!((refused.status, refused.position()), (422, asked.position()));
    set_failures(&service, "4712", 9);
    let ended = browser.send(&asked, "/sign-in/code", &[("code", &wrong)]);
    assert_eq!((ended.status, ended.title().as_str()), (403, "This sign-in has ended"));
    assert!(ended.body.contains("&#60;desk &#38; co&#62;") && ended.body.contains("1700"));
    let status = service.operator(&["status", "--holder", "4712"]).ended(0);
    assert!(status.contains("locked"), "{status}");

    // The sign-in is gone: the right code, in the same form, does nothing any more.
    let code = service.code(1, asked.position()).to_owned();
    let over = browser.send(&asked, "/sign-in/code", &[("code", &code)]);
    assert_eq!(over.status, 403, "{}", over.body);
    // So is every session, in every browser.
    let silent = signed_in.go(&tax.address(&[("prompt", "none")]));
    assert_eq!(silent.answer("error").as_deref(), Some("login_required"));

    // Whoever begins again is asked like anybody, and even the right code is refused.
    let mut again = Browser::default();
    let keys = again.go(&tax.address(&[("ui_locales", "en")]));
    set_failures(&service, "4712", 10);
    let asked_again = to_code(&mut again, &keys, 1);
    let code = service.code(1, asked_again.position()).to_owned();
    let refused = again.send(&asked_again, "/sign-in/code", &[("code", &code)]);
    assert_eq!(refused.status, 422);
    assert!(refused.fault().unwrap().contains("accept this code"), "{}", refused.body);
    // An operator lets it be used again.
    service.operator(&["unlock", "--holder", "4712"]).ended(0);
    let keys = again.go(&tax.address(&[]));
    assert!(service.sign_in(&mut again, &keys, 1).answer("code").is_some());
}
