//! Who may do what: each line of the documented table, which is the one that the router is built from,
//! as each role and as nobody.

use super::{
    browser::{Browser, Page, encoded},
    counter::{Counter, ROLES},
};

/// Method, path, and who may: nobody, clerk, supervisor, auditor.
fn table() -> Vec<(String, String, [bool; 4])> {
    let document = std::fs::read_to_string("../../docs/desk.md").unwrap();
    let lines = document.lines().filter(|line| line.starts_with("| `"));
    let table: Vec<_> = lines
        .filter_map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let address = cells.next()?.trim_matches('`').to_owned();
            let (method, path) = address.split_once(" /")?;
            let may: Vec<bool> = cells.map(|cell| cell == "yes").collect();
            Some((method.to_owned(), format!("/{path}"), may.try_into().ok()?))
        })
        .collect();
    assert!(table.len() >= 16, "{}", table.len());
    table
}

/// Asks as the table has it; what is posted is a form of ours, with nothing else in it.
fn ask(browser: &mut Browser, counter: &Counter, method: &str, path: &str, token: &str) -> Page {
    let body = (method == "POST").then(|| encoded(&[("form", token)]));
    browser.ask(method, &counter.at(path), body.as_deref())
}

#[test]
fn every_address_is_for_whom_the_table_says_and_for_nobody_else() {
    let counter = Counter::new();
    let signed_in = ROLES.map(|role| counter.signed_in(role));
    let is_not_yours =
        |page: &Page| page.status == 403 && page.body.contains("<h1>Dit is niet voor uw rol</h1>");
    let is_to_sign_in = |page: &Page| {
        page.status == 303 && page.header("location").unwrap().starts_with("/sign-in")
    };
    let mut tried = 0;
    for (method, path, may) in table() {
        let mut nobody = Browser::default();
        let token = nobody.go(&counter.at("/sign-in")).form_token();
        let page = ask(&mut nobody, &counter, &method, &path, &token);
        let is_of_the_sign_in = path.starts_with("/sign-in") || path == "/language";
        let is_let_in = !is_to_sign_in(&page) || is_of_the_sign_in;
        assert_eq!(is_let_in, may[0], "{method} {path}: {} {}", page.status, page.body);
        for (place, (browser, home)) in signed_in.iter().enumerate() {
            if path == "/sign-out" || path == "/lock" {
                // Tried with their own.
                continue;
            }
            let mut browser = browser.clone();
            let page = ask(&mut browser, &counter, &method, &path, &home.form_token());
            let of = ROLES[place];
            assert_eq!(!is_not_yours(&page), may[place + 1], "{method} {path}: {of} {}", page.body);
            assert!(is_of_the_sign_in || !is_to_sign_in(&page), "{method} {path}: {of}");
            assert!(page.status < 500, "{method} {path}: {of} {}", page.body);
            tried += 1;
        }
    }
    assert!(tried >= 40, "{tried}");
}

#[test]
fn no_form_counts_but_one_of_ours_in_the_same_browser() {
    let counter = Counter::new();
    let (clerk, home) = counter.signed_in("supervisor");
    let other = Browser::default().go(&counter.at("/sign-in")).form_token();
    for (method, path, _) in table().into_iter().filter(|(method, _, _)| method == "POST") {
        for token in ["", "x", other.as_str()] {
            let page = ask(&mut clerk.clone(), &counter, &method, &path, token);
            assert_eq!(page.status, 403, "{path}: {}", page.body);
            assert!(page.body.contains("Deze pagina is te oud"), "{path}: {}", page.body);
        }
        for (name, value) in [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "https://evil.example"),
        ] {
            let mut browser = clerk.clone();
            browser.extra.push((name.to_owned(), value.to_owned()));
            let page = ask(&mut browser, &counter, &method, &path, &home.form_token());
            assert_eq!(page.status, 403, "{path}, {name}: {}", page.body);
        }
    }
}

#[test]
fn every_answer_carries_the_headers_that_keep_it_safe() {
    let counter = Counter::new();
    let (clerk, _) = counter.signed_in("supervisor");
    for (method, path, _) in table().into_iter().filter(|(method, _, _)| method == "GET") {
        for mut browser in [Browser::default(), clerk.clone()] {
            let page = ask(&mut browser, &counter, &method, &path, "");
            let policy = page.header("content-security-policy").unwrap();
            for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{path}");
            let is_public = ["/style.css", "/page.js"].contains(&path.as_str());
            assert_eq!(page.header("cache-control") == Some("no-store"), !is_public, "{path}");
            for cookie in page.set_cookies() {
                assert!(cookie.starts_with("__Host-"), "{cookie}");
                assert!(cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
            }
            assert!(page.body.len() < 50 * 1024, "{path}: {}", page.body.len());
            assert!(!page.body.contains(" style=") && !page.body.contains("onclick"), "{path}");
        }
    }
}
