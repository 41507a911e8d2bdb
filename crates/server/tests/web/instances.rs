//! Several instances over one store, and how one ends.

use tokenkaart_testing::running::signal;

use super::{
    application::Application,
    browser::Browser,
    service::{Service, to_code},
};

#[test]
fn another_instance_takes_over_from_one_that_was_killed_in_the_middle() {
    let mut service = Service::new();
    let tax = Application::of(&service, "tax");
    let (_other, port) = service.another();
    let mut browser = Browser::default();
    let keys = browser.go(&tax.address(&[]));
    let asked = to_code(&mut browser, &keys, 1);
    service.child.0.kill().unwrap();
    service.child.0.wait().unwrap();
    browser.port = Some(port);
    let code = service.code(1, asked.position()).to_owned();
    let back = browser.send(&asked, "/sign-in/code", &[("code", &code)]);
    assert!(back.answer("code").is_some(), "{}", back.body);
    assert!(browser.go(&service.at("/account")).body.contains("zoe"));
}

#[test]
fn whoever_signs_out_on_one_instance_is_signed_out_on_the_other() {
    let service = Service::new();
    let (_other, port) = service.another();
    let mut browser = Browser::default();
    let keys = browser.go(&service.at("/"));
    let page = service.sign_in(&mut browser, &keys, 1);
    let mut copy = Browser { port: Some(port), ..browser.clone() };
    assert!(copy.go(&service.at("/account")).body.contains("zoe"));
    browser.send(&page, "/sign-out", &[]);
    assert!(!copy.go(&service.at("/account")).body.contains("zoe"));
}

#[test]
fn a_service_that_is_told_to_end_ends_in_order() {
    let mut service = Service::new();
    signal(&service.child.0, "TERM");
    assert_eq!(service.child.0.wait().unwrap().code(), Some(0));
}
