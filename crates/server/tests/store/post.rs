//! Cards by post: asked at a counter, exported in a batch, closed by the import of its run.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Barrier, thread};

use tokenkaart::paper::Paper;
use tokenkaart_auth::{
    counter::ActKey,
    post::{self, Asking, Cancelling, PostError, PostRequest, Progress},
    store::audit,
};
use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName, Line, PostalAddress},
    language::Language,
};

use super::{
    holding::{at, random},
    office::{FAST, Office, Said},
    site::{Site, moment},
};

/// Somebody to whom a letter can be addressed.
pub(crate) fn holder(id: &str, name: &str) -> Holder {
    let line = |text: &str| Line::new(text).unwrap();
    Holder {
        address: PostalAddress {
            street: line("'s-Gravenstraat 12, bus \"3\""),
            postal_code: line("9000"),
            city: line("Gent"),
            country: None,
        },
        language: Some(Language::Fr),
        email: line("jan@example.be"),
        user_name: line("jan.peeters"),
        ..Holder::new(HolderId::new(id).unwrap(), HolderName::new(name).unwrap())
    }
}

fn act(seed: u64) -> ActKey {
    ActKey::draw(&mut random(seed)).unwrap()
}

fn ask(site: &Site, holder: &Holder, act: &ActKey, later: i64) -> Asking {
    post::ask(&mut site.open(), holder, act, "els", &at(later), &mut random(7)).unwrap()
}

fn last(site: &Site, id: &str) -> Option<PostRequest> {
    post::last(&mut site.open(), &HolderId::new(id).unwrap()).unwrap()
}

fn progress(site: &Site, id: &str) -> Option<Progress> {
    last(site, id).map(|request| request.progress)
}

/// The desk's computer, and the office where letters are made.
fn run(site: &Site, office: &Office, arguments: &[&str]) -> Said {
    office.run(&[arguments, &["--store", &site.url()]].concat())
}

/// What is left of people in the tables of requests.
fn rows(site: &Site, table: &str) -> i64 {
    site.number(&format!("SELECT count(*) FROM {table}"))
}

#[test]
fn what_is_asked_at_a_counter_is_a_letter_and_then_nothing_is_left_of_its_address() {
    let (site, office) = (Site::new(), Office::new());
    let names = ["'t Hoen, Zoë", "Łukasz Żółć", "Jan \"de lange\" Peeters"];
    for (number, name) in (1..).zip(names) {
        let asked = ask(&site, &holder(&format!("-{number}"), name), &act(number), 0);
        assert!(matches!(asked, Asking::Asked(_)), "{asked:?}");
    }
    let said = run(&site, &office, &["requests", "export", "--out", "holders.csv"]).ended(0);
    assert!(said.starts_with("holders.csv: batch 1, 3 requests; it has names"), "{said}");
    let mode = fs::metadata(office.path("holders.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(progress(&site, "-1"), Some(Progress::Exported { batch: 1 }));
    // As it is, by the program that makes letters.
    let letters =
        ["issue", "holders.csv", "--out", "run", "--design", "letter", "--office", "Stad"];
    let letters = [&letters[..], &["--reply-to", "Markt 1, 9000 Gent"], &FAST].concat();
    office.run(&letters).ended(0);
    let paper = Paper::open(fs::read(office.path("run/cards/0001.pdf")).unwrap()).unwrap();
    let page = |number| {
        let page = paper.page(number).unwrap();
        page.lines().iter().map(|run| run.text().to_string() + "\n").collect::<String>()
    };
    let pages: Vec<String> = (1..=paper.page_count()).map(page).collect();
    for name in names {
        let page = pages.iter().find(|page| page.contains(name)).unwrap();
        assert!(page.contains("'s-Gravenstraat 12, bus \"3\""), "{page}");
        assert!(page.contains("9000 Gent") && page.contains("demandée"), "{page}");
    }
    assert_eq!(rows(&site, "post_addresses"), 3);
    run(&site, &office, &["import", "run", "--allow-weak-kdf"]).ended(0);
    for table in ["post_requests", "post_addresses", "post_exports"] {
        assert_eq!(rows(&site, table), 0, "{table}");
    }
    assert!(matches!(progress(&site, "-1"), Some(Progress::Imported { .. })));
    let said = run(&site, &office, &["requests", "list"]).ended(0);
    assert!(said.starts_with("0 requests wait to be exported\nbatch 1: 3 requests by "), "{said}");
    assert!(said.ends_with("; 0 open, 3 imported, 0 cancelled\n"), "{said}");
    let events = site.shell("SELECT DISTINCT event FROM audit ORDER BY 1");
    for event in ["post asked", "post exported", "post closed"] {
        assert!(events.contains(event), "{events}");
    }
    let audit = site.shell("SELECT actor, event, detail FROM audit");
    assert!(!audit.contains("Hoen") && !audit.contains("Graven"), "{audit}");
    assert_eq!(audit::verify(&site.open(), None).unwrap().broken, []);
}

#[test]
fn a_request_is_exported_once_and_again_by_its_number_alone() {
    let (site, office) = (Site::new(), Office::new());
    let export = |more: &[&str]| run(&site, &office, &[&["requests", "export"], more].concat());
    let said = export(&["--out", "none.csv"]).ended(1);
    assert!(said.contains("no request waits to be exported"), "{said}");
    assert!(!office.path("none.csv").exists());
    ask(&site, &holder("1", "Jan"), &act(1), 0);
    // A file that is there keeps them from being exported.
    office.write("there.csv", "mine");
    let said = export(&["--out", "there.csv"]).ended(2);
    assert!(said.contains("there.csv: is there already"), "{said}");
    assert_eq!(progress(&site, "1"), Some(Progress::Asked));
    let said = export(&["--out", "nowhere/first.csv"]).ended(2);
    assert!(said.contains("requests export --batch 1 --out nowhere/first.csv"), "{said}");
    ask(&site, &holder("2", "An"), &act(2), 1);
    export(&["--out", "second.csv"]).ended(0);
    let ids = |file: &str| {
        let text = fs::read_to_string(office.path(file)).unwrap();
        text.lines().skip(1).map(|line| line[..1].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("second.csv"), ["2"]);
    for file in ["first.csv", "once-more.csv"] {
        export(&["--batch", "1", "--out", file]).ended(0);
        assert_eq!(ids(file), ["1"]);
    }
    assert!(export(&["--batch", "3", "--out", "x"]).ended(1).contains("there is no batch 3"));
    assert_eq!(rows(&site, "post_batches"), 2);
}

#[test]
fn one_that_is_cancelled_says_so_and_gets_no_letter() {
    let (site, office) = (Site::new(), Office::new());
    let ids = ["1", "2", "3"];
    for (number, id) in (1..).zip(ids) {
        ask(&site, &holder(id, "Jan"), &act(number), 0);
    }
    let cancel = |id: &str, later| {
        let holder = HolderId::new(id).unwrap();
        post::cancel(&mut site.open(), &holder, "bo", &at(later)).unwrap()
    };
    assert!(matches!(cancel("1", 1), Cancelling::Done(_)));
    assert_eq!(cancel("1", 2), Cancelling::NoRequest);
    let cancelled = Progress::Cancelled { clerk: "bo".to_owned(), at: moment(1).as_millisecond() };
    assert_eq!(progress(&site, "1"), Some(cancelled));
    run(&site, &office, &["requests", "export", "--out", "holders.csv"]).ended(0);
    let text = fs::read_to_string(office.path("holders.csv")).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    let Cancelling::Done(was) = cancel("2", 3) else { panic!() };
    assert_eq!(was.progress, Progress::Exported { batch: 1 });
    let again = ["requests", "export", "--batch", "1", "--out", "again.csv"];
    let said = run(&site, &office, &again).ended(0);
    assert!(said.contains("batch 1, 1 request; 1 other was cancelled"), "{said}");
    assert_eq!(rows(&site, "post_addresses"), 1);
    let told = "SELECT actor, detail FROM audit WHERE event = 'post cancelled' AND detail <> ''";
    assert_eq!(site.shell(told), "bo|in batch 1\n");
    // A new request of the same person is one of its own.
    assert!(matches!(ask(&site, &holder("1", "Jan"), &act(9), 4), Asking::Asked(_)));
}

#[test]
fn a_form_that_is_sent_twice_asks_once_and_a_second_clerk_is_told_of_the_first() {
    let site = Site::new();
    let barrier = Barrier::new(4);
    let asked: Vec<Asking> = thread::scope(|scope| {
        let started: Vec<_> = (0..4)
            .map(|number| {
                let (site, barrier) = (&site, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    // Two forms, each sent twice.
                    ask(site, &holder("4711", "Jan"), &act(number / 2), 0)
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |is: fn(&Asking) -> bool| asked.iter().filter(|asking| is(asking)).count();
    assert_eq!(count(|asking| matches!(asking, Asking::Asked(_))), 1, "{asked:?}");
    assert_eq!(count(|asking| matches!(asking, Asking::Again(_))), 1, "{asked:?}");
    for asking in &asked {
        let (Asking::Asked(told) | Asking::Again(told) | Asking::Waiting(told)) = asking;
        assert_eq!((&*told.clerk, told.asked_at), ("els", moment(0).as_millisecond()));
    }
    assert_eq!(rows(&site, "post_requests"), 1);
}

#[test]
fn a_run_of_others_closes_no_request_and_nor_does_one_that_was_never_exported() {
    let (site, office) = (Site::new(), Office::new());
    ask(&site, &holder("1", "Jan"), &act(1), 0);
    office.write("holders.csv", "id;naam\n1;Jan\n2;An\n");
    office.issue("run", &[]);
    run(&site, &office, &["import", "run", "--allow-weak-kdf"]).ended(0);
    assert_eq!(progress(&site, "1"), Some(Progress::Asked));
    run(&site, &office, &["requests", "export", "--out", "batch.csv"]).ended(0);
    office.write("holders.csv", "id;naam\n2;An\n3;Bo\n");
    office.issue("other", &["--date", "2030-01-01"]);
    run(&site, &office, &["import", "other", "--allow-weak-kdf"]).ended(0);
    assert_eq!(progress(&site, "1"), Some(Progress::Exported { batch: 1 }));
    assert_eq!(rows(&site, "post_addresses"), 1);
}

#[test]
fn what_no_letter_can_be_addressed_by_and_what_a_spreadsheet_computes_is_refused() {
    let site = Site::new();
    let refused = |holder: &Holder| {
        let mut store = site.open();
        post::ask(&mut store, holder, &act(1), "els", &at(0), &mut random(1)).unwrap_err()
    };
    let mut nowhere = holder("1", "Jan");
    nowhere.address.city = None;
    assert!(matches!(refused(&nowhere), PostError::Missing { field: "city" }));
    for formula in ["=1+1", "+32", "-x", "@SUM(A1)"] {
        let mut evil = holder("1", "Jan");
        evil.address.street = Line::new(formula).unwrap();
        let error = refused(&evil);
        assert!(matches!(error, PostError::Formula { field: "street", .. }), "{error}");
    }
    assert_eq!(rows(&site, "post_requests"), 0);
}
