//! More passwords at once than there is memory to hash them in.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    browser::Browser,
    service::{PASSWORD, Service, USERS},
};

/// How many give their password at the same time; one is hashed, and sixteen wait.
const AT_ONCE: usize = 60;

#[test]
fn who_finds_no_memory_to_hash_in_is_told_at_once_to_come_again() {
    // Of one hash of 64 MiB.
    let service = Service::configured(
        "hash_memory = 65536\npassword_kdf = \"argon2id:m=65536,t=3,p=1\"\n",
        "",
        &[],
    );
    let mut browsers = Vec::new();
    for _ in 0..AT_ONCE {
        let mut browser = Browser::default();
        let keys = browser.go(&service.at("/account"));
        let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
        browsers.push((browser, page));
    }
    let answers: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = browsers
            .iter_mut()
            .map(|(browser, page)| {
                scope.spawn(|| {
                    let begun = Instant::now();
                    let fields = [("user_name", USERS[1]), ("password", PASSWORD)];
                    let answer = browser.send_once(page, "/sign-in/password", &fields);
                    (answer, begun.elapsed())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (busy, served): (Vec<_>, Vec<_>) =
        answers.iter().partition(|(answer, _)| answer.status == 503);
    assert!(busy.len() >= AT_ONCE / 2, "{} of {AT_ONCE} were sent away", busy.len());
    assert!(!served.is_empty());
    for (answer, _) in &served {
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
    for (answer, _) in &busy {
        assert_eq!(answer.header("retry-after"), Some("3"));
        assert!(answer.body.contains("Het is nu druk"), "{}", answer.body);
        assert!(answer.set_cookies().is_empty());
    }
    // Who is sent away is sent away at once: quicker than whoever is served last.
    let quickest = busy.iter().map(|(_, took)| *took).min().unwrap();
    let slowest = served.iter().map(|(_, took)| *took).max().unwrap();
    assert!(quickest < Duration::from_millis(500) && quickest < slowest, "{quickest:?}");
    // Nothing of it counted as a try, and whoever comes again is let on.
    let (browser, page) = &mut browsers[0];
    let fields = [("user_name", USERS[1]), ("password", PASSWORD)];
    let page = if browser.go(&service.at("/sign-in")).body.contains("user_name") {
        browser.send(page, "/sign-in/password", &fields)
    } else {
        browser.go(&service.at("/sign-in"))
    };
    assert!(page.body.contains("position"), "{}", page.body);
    let metrics = format!("http://localhost:{}/metrics", service.metrics);
    let metrics = Browser::default().go(&metrics).body;
    let counted = format!("tokenkaart_busy_total {}", busy.len());
    assert!(metrics.contains(&counted), "{metrics}");
}
