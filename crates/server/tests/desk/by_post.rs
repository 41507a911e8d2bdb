//! Cards by post: asked at the desk, exported and closed elsewhere, cancelled at the desk.

use super::{
    browser::{Browser, Page},
    counter::Counter,
};

const PERSON: [(&str, &str); 3] = [("key", "4820"), ("name", "Jan 't Hoen"), ("language", "nl")];
const ADDRESS: [(&str, &str); 4] =
    [("street", "Kerkstraat 12 bus 3"), ("postal_code", "9000"), ("city", "Gent"), ("country", "")];

/// Enters somebody, and goes to ask for a card by post.
fn form(counter: &Counter, browser: &mut Browser) -> Page {
    let enter = browser.go(&counter.at("/person/enter"));
    let person = browser.send(&enter, "/person/enter", &PERSON);
    let to = person.between("href=\"/by-post?p=", "\"").to_owned();
    browser.go(&counter.at(&format!("/by-post?p={to}")))
}

fn send(browser: &mut Browser, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
    let hidden = |name: &str| {
        let before = format!("name=\"{name}\" value=\"");
        page.body.contains(&before).then(|| page.between(&before, "\"").to_owned())
    };
    let (p, act) = (hidden("p").unwrap(), hidden("act").unwrap_or_default());
    browser.send(page, path, &[&[("p", p.as_str()), ("act", act.as_str())], fields].concat())
}

#[test]
fn a_card_by_post_is_asked_exported_and_cancelled_and_the_page_tells_how_far_it_is() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let page = form(&counter, &mut clerk);
    assert_eq!((page.status, page.title().as_str()), (200, "Kaart per post"), "{}", page.body);
    // What is missing is told field by field, and what was typed is kept.
    let faulty = send(&mut clerk, &page, "/by-post", &[("street", "Kerkstraat 12")]);
    assert_eq!(faulty.status, 422);
    for text in ["Vul de postcode in.", "Vul de gemeente in.", "value=\"Kerkstraat 12\""] {
        assert!(faulty.body.contains(text), "{text}: {}", faulty.body);
    }
    let formula = [("street", "=1+1"), ("postal_code", "9000"), ("city", "Gent")];
    let refused = send(&mut clerk, &page, "/by-post", &formula);
    assert!(refused.fault().unwrap().contains("mag met = beginnen"), "{}", refused.body);
    let asked = send(&mut clerk, &page, "/by-post", &ADDRESS);
    assert!(asked.body.contains("Aangevraagd door clerk op "), "{}", asked.body);
    assert!(!asked.body.contains("action=\"/by-post\""));
    // The same form once more asks nothing more, and another clerk is told of the first.
    let again = send(&mut clerk, &page, "/by-post", &ADDRESS);
    assert!(again.body.contains("Aangevraagd door clerk op "));
    let (mut supervisor, _) = counter.signed_in("supervisor");
    let other = form(&counter, &mut supervisor);
    assert!(other.body.contains("Aangevraagd door clerk op "), "{}", other.body);

    let said = counter.operator(&["requests", "export", "--out", "letters.csv"]).ended(0);
    assert!(said.contains("batch 1, 1 request"), "{said}");
    let csv = std::fs::read_to_string(counter.office.path("letters.csv")).unwrap();
    assert!(csv.contains("4820,Jan 't Hoen,Kerkstraat 12 bus 3,9000,Gent,,nl,,"), "{csv}");
    let page = form(&counter, &mut clerk);
    assert!(page.body.contains("in reeks 1. De brief wordt gemaakt."), "{}", page.body);
    assert!(page.body.contains("laat de brief uit de post halen"), "{}", page.body);
    let cancelled = send(&mut clerk, &page, "/by-post/cancel", &[]);
    assert!(cancelled.body.contains("geannuleerd door clerk op "), "{}", cancelled.body);
    assert!(cancelled.body.contains("action=\"/by-post\""));
    let list = counter.operator(&["requests", "list"]).ended(0);
    assert!(list.contains("batch 1: 1 request by ") && list.contains("1 cancelled"), "{list}");
    // Nothing is left of name and address, in no log and no address of a page either.
    let store = rusqlite::Connection::open(counter.office.path("auth.db")).unwrap();
    let left: i64 =
        store.query_row("SELECT count(*) FROM post_addresses", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    for secret in ["Hoen", "Kerkstraat", "4820"] {
        assert!(!counter.log().contains(secret), "{secret}");
        assert!(!cancelled.url.contains(secret));
    }
}

#[test]
fn a_letter_that_was_imported_is_told_and_a_new_one_can_be_asked() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let page = form(&counter, &mut clerk);
    send(&mut clerk, &page, "/by-post", &ADDRESS);
    counter.operator(&["requests", "export", "--out", "letters.csv"]).ended(0);
    let issue = ["issue", "letters.csv", "--out", "letters", "--design", "letter"];
    let issue = [&issue[..], &["--office", "Stad", "--reply-to", "Markt 1, 9000 Gent"]].concat();
    counter
        .office
        .run(&[&issue[..], &["--kdf", "argon2id:m=8,t=1,p=1", "--allow-weak-kdf"]].concat())
        .ended(0);
    counter.operator(&["import", "letters", "--allow-weak-kdf"]).ended(0);
    let page = form(&counter, &mut clerk);
    assert!(page.body.contains("De vorige aanvraag is afgehandeld op "), "{}", page.body);
    let asked = send(&mut clerk, &page, "/by-post", &ADDRESS);
    assert!(asked.body.contains("De volgende reeks neemt ze mee."), "{}", asked.body);
}
