//! People are found and entered, and no number of theirs gets out.

use tokenkaart_testing::office::REGISTER_NUMBER;

use super::counter::Counter;

/// The number of HOLDERS, as its eleven digits.
const DIGITS: &str = "85073003328";

#[test]
fn somebody_is_found_by_key_number_user_name_and_serial() {
    let counter = Counter::new();
    let (mut browser, home) = counter.signed_in("auditor");
    let status = counter.operator(&["status", "--holder", "4712", "--format", "csv"]).ended(0);
    let serial = status.lines().nth(1).unwrap().split(',').nth(1).unwrap().to_owned();
    for text in ["4712", " 4712 ", "ZOE", serial.as_str()] {
        let page = browser.send(&home, "/find", &[("text", text)]);
        assert_eq!((page.status, page.title().as_str()), (200, "Zoë Hoen"), "{text}");
        assert!(
            page.body.contains(&serial) && page.body.contains("zo…@example.be"),
            "{}",
            page.body
        );
        assert!(!page.body.contains("zoe@example.be"), "{}", page.body);
    }
    for (text, says) in [
        ("", "Vul in wie u zoekt."),
        ("4999", "Niemand gevonden"),
        ("85.07.30-033.29", "de laatste twee cijfers passen niet"),
        ("85.73.30-033.76", "geen"),
    ] {
        let page = browser.send(&home, "/find", &[("text", text)]);
        assert_eq!(page.status, 422, "{text}");
        assert!(page.fault().unwrap().contains(says), "{text}: {}", page.body);
    }
}

#[test]
fn a_register_number_is_in_no_address_no_page_no_log_and_no_audit() {
    let counter = Counter::new();
    let (mut browser, home) = counter.signed_in("clerk");
    let mut seen = String::new();
    for text in [REGISTER_NUMBER, DIGITS, "850730 033 28"] {
        let page = browser.send(&home, "/find", &[("text", text)]);
        seen.extend([page.url.as_str(), page.body.as_str()]);
        let is_known = text != "850730 033 28";
        if is_known && text == REGISTER_NUMBER {
            assert_eq!(page.title(), "••.••.••-•3328");
        }
    }
    let enter = browser.go(&counter.at("/person/enter"));
    let faulty = [("key", DIGITS), ("email", "jan"), ("name", "")];
    let page = browser.send(&enter, "/person/enter", &faulty);
    assert_eq!(page.status, 422);
    seen += &page.body;
    let fields =
        [("key", DIGITS), ("name", "Jan Peeters"), ("language", "nl"), ("email", "jan@post.be")];
    let page = browser.send(&enter, "/person/enter", &fields);
    assert_eq!((page.status, page.title().as_str()), (200, "Jan Peeters"), "{}", page.body);
    assert!(page.body.contains("••.••.••-•3328") && page.body.contains("ja…@post.be"));
    seen.extend([page.url.as_str(), page.body.as_str()]);
    let link = page.between("href=\"/person/enter?p=", "\"").to_owned();
    let again = browser.go(&counter.at(&format!("/person/enter?p={link}")));
    assert!(again.body.contains("value=\"Jan Peeters\"") && again.body.contains("•3328"));
    seen += &again.body;
    seen += &counter.log();
    seen += &counter.operator(&["audit", "--format", "csv"]).ended(0);
    let bare: String = seen.chars().filter(|c| !".-/ ".contains(*c)).collect();
    assert!(!bare.contains(DIGITS), "{seen}");
    for secret in ["Jan Peeters", "jan@post.be"] {
        assert!(!counter.log().contains(secret), "{secret}");
        let store = std::fs::read(counter.office.path("auth.db")).unwrap();
        assert!(!tokenkaart_testing::office::holds(&store, secret.as_bytes()), "{secret}");
    }
}

#[test]
fn what_a_page_carries_on_is_of_use_to_whose_page_it_is_alone() {
    let counter = Counter::new();
    let (mut clerk, home) = counter.signed_in("clerk");
    let page = clerk.send(&home, "/find", &[("text", "4712")]);
    let carried = page.answer("p").unwrap();
    let (mut other, _) = counter.signed_in("supervisor");
    assert_eq!(other.go(&page.url).status, 404);
    let changed = page.url.replace(&carried[20..24], "AAAA");
    assert_eq!(clerk.go(&changed).status, 404);
    assert_eq!(clerk.go(&page.url).status, 200);
}
