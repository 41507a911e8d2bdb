//! Cards at the desk: seen, printed once, handed over or spoilt.

use std::{thread, time::Duration};

use jiff::{Timestamp, Zoned};
use rand::rngs::SysRng;
use tokenkaart::paper::Paper;
use tokenkaart_auth::{
    store::Store,
    verify::{Answer, Asked, Gate, Peppers, Policy},
};
use tokenkaart_testing::office::{holds, squeezed};
use tokenkaart_token::{
    hash::{PhcString, Verifier},
    holder::HolderId,
    token::{CodeFormat, Position, Random},
};

use super::{
    browser::{Browser, Page},
    counter::Counter,
};

/// Somebody without an account or a card, as the desk's form has them.
const NEW: [(&str, &str); 5] = [
    ("key", "4800"),
    ("name", "Łukasz 't Hoen"),
    ("language", "fr"),
    ("user_name", "lukasz.hoen"),
    ("email", "lukasz@example.be"),
];

/// The hidden field of a form.
fn hidden(page: &Page, name: &str) -> String {
    page.between(&format!("name=\"{name}\" value=\""), "\"").to_owned()
}

/// Enters somebody, and goes to see their card.
fn see(counter: &Counter, browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let enter = browser.go(&counter.at("/person/enter"));
    let person = browser.send(&enter, "/person/enter", fields);
    assert_eq!(person.status, 200, "{}", person.body);
    let to = person.between("href=\"/card?p=", "\"").to_owned();
    browser.go(&counter.at(&format!("/card?p={to}")))
}

/// Sends the form of the page that shows a card; goes nowhere.
fn print(browser: &mut Browser, seen: &Page) -> Page {
    let (p, act) = (hidden(seen, "p"), hidden(seen, "act"));
    browser.send_once(seen, "/card/print", &[("p", &p), ("act", &act)])
}

fn outcome(counter: &Counter, browser: &mut Browser, seen: &Page) -> Page {
    let p = hidden(seen, "p");
    browser.go(&counter.at(&format!("/card/outcome?p={p}")))
}

fn hand_over(browser: &mut Browser, asked: &Page, document: &str) -> Page {
    let (p, serial) = (hidden(asked, "p"), hidden(asked, "serial"));
    let fields = [("p", &*p), ("serial", &*serial), ("document", document)];
    browser.send(asked, "/card/handed-over", &fields)
}

fn spoil(browser: &mut Browser, asked: &Page) -> Page {
    let (p, serial) = (hidden(asked, "p"), hidden(asked, "serial"));
    browser.send(asked, "/card/spoilt", &[("p", &p), ("serial", &serial)])
}

/// The codes that stand on a card, in order of position.
fn codes(pdf: &Page) -> Vec<(Position, String)> {
    assert_eq!(pdf.header("content-type"), Some("application/pdf"), "{}", pdf.body);
    let paper = Paper::open(pdf.bytes.clone()).unwrap();
    let found = paper.page(1).unwrap().codes(&CodeFormat::default()).unwrap();
    assert_eq!(found.len(), 24);
    found.into_iter().map(|(position, code)| (position, code.to_string())).collect()
}

/// All texts of a PDF.
fn text(pdf: &Page) -> String {
    let paper = Paper::open(pdf.bytes.clone()).unwrap();
    let page = paper.page(1).unwrap();
    page.lines().iter().map(|run| run.text().to_string() + "\n").collect()
}

fn store(counter: &Counter) -> Store {
    let path = counter.office.path("auth.db");
    Store::open(&format!("sqlite:{}", path.display()).parse().unwrap()).unwrap()
}

/// What the database says to a statement.
fn shell(counter: &Counter, sql: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(counter.office.path("auth.db")).unwrap();
    connection.busy_timeout(Duration::from_secs(20)).unwrap();
    if !sql.starts_with("SELECT") {
        connection.execute(sql, []).unwrap();
        return Vec::new();
    }
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Whether a code of a card lets its holder in.
fn lets_in(counter: &Counter, holder: &str, codes: &[(Position, String)]) -> bool {
    let (mut store, mut random) = (store(counter), Random::new(SysRng));
    let gate =
        Gate { policy: Policy::default(), peppers: Peppers::default(), actor: "test".to_owned() };
    let holder = HolderId::new(holder).unwrap();
    let Asked::Challenge(challenge) =
        gate.challenge(&mut store, &holder, &Zoned::now, &mut random).unwrap()
    else {
        panic!("a wait")
    };
    let (_, code) = codes.iter().find(|(position, _)| *position == challenge.position).unwrap();
    let answer = gate.answer(&mut store, &challenge.id, code, &Zoned::now).unwrap();
    matches!(answer, Answer::Accepted { .. })
}

#[test]
fn a_card_is_seen_printed_once_and_works_when_it_is_handed_over() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let seen = see(&counter, &mut clerk, &NEW);
    let title = seen.title().replace("&#39;", "'");
    assert_eq!((seen.status, &*title), (200, "Łukasz 't Hoen"), "{}", seen.body);
    let picture = seen.between("class=\"specimen\" src=\"", "\"").to_owned();
    let picture = clerk.go(&counter.at(&picture));
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert!(picture.bytes.starts_with(b"\x89PNG") && picture.bytes.len() > 5000);

    let pdf = print(&mut clerk, &seen);
    assert_eq!((pdf.status, pdf.header("cache-control")), (200, Some("no-store")));
    assert!(pdf.header("content-disposition").unwrap().starts_with("inline; filename=\""));
    let codes = codes(&pdf);
    let printed = text(&pdf);
    assert!(printed.contains("Łukasz 't Hoen") && printed.contains("demandée"), "{printed}");
    assert!(!lets_in(&counter, "4800", &codes));

    // A reload asks which it was, and prints nothing.
    let again = print(&mut clerk, &seen);
    assert_eq!(again.status, 303);
    assert!(again.header("location").unwrap().starts_with("/card/outcome?p="));
    let asked = outcome(&counter, &mut clerk, &seen);
    assert_eq!(asked.title(), "Wat is er van de kaart geworden?");
    let serial = hidden(&asked, "serial");
    assert!(printed.contains(&serial) && asked.body.contains(&serial));
    assert!(asked.body.contains("afgedrukt door clerk op "), "{}", asked.body);
    // And so does the page that shows cards.
    let back = clerk.go(&seen.url);
    assert_eq!(back.title(), "Wat is er van de kaart geworden?");
    // Which document was seen must be said.
    let missing = hand_over(&mut clerk, &asked, "");
    assert_eq!(
        (missing.status, missing.fault()),
        (422, Some("Duid aan welk document u gezien hebt."))
    );
    assert!(!lets_in(&counter, "4800", &codes));

    let done = hand_over(&mut clerk, &asked, "passport");
    assert_eq!((done.status, done.title().as_str()), (200, "De kaart werkt"), "{}", done.body);
    // By all hashes that are stored.
    for (position, code) in &codes {
        let sql =
            format!("SELECT hash FROM codes WHERE serial = '{serial}' AND position = {position}");
        let hash: PhcString = shell(&counter, &sql)[0].parse().unwrap();
        assert!(hash.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let code = CodeFormat::default().read(code).ok().unwrap();
        assert!(Verifier::new(None).verify(&code, &hash).unwrap(), "{position}");
    }
    assert!(lets_in(&counter, "4800", &codes));
    // Twice is once, and too late to be spoilt.
    assert_eq!(hand_over(&mut clerk, &asked, "passport").title(), "De kaart werkt");
    assert_eq!(spoil(&mut clerk, &asked).title(), "De kaart werkt");
    let told = shell(
        &counter,
        "SELECT actor || '|' || event || '|' || detail FROM audit WHERE event LIKE 'card %'",
    );
    assert_eq!(told, ["clerk clerk|card printed|", "clerk clerk|card handed over|passport seen"]);

    let receipt = done.between("href=\"/card/receipt?p=", "\"").to_owned();
    let receipt = clerk.go(&counter.at(&format!("/card/receipt?p={receipt}")));
    let said = text(&receipt);
    for part in [&*serial, "Łukasz 't Hoen", "Ville d’Exemple", "Accusé de réception"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_code_is_in_no_page_no_log_no_address_no_database_and_on_no_disk() {
    let counter = Counter::new();
    let (mut clerk, home) = counter.signed_in("clerk");
    let mut traffic = vec![home];
    let mut all = Vec::new();
    for (key, is_spoilt) in [("4801", false), ("4802", true), ("4803", false)] {
        let fields = [("key", key), ("name", "Jan Peeters"), ("language", "nl")];
        let seen = see(&counter, &mut clerk, &fields);
        let picture = seen.between("class=\"specimen\" src=\"", "\"").to_owned();
        traffic.push(clerk.go(&counter.at(&picture)));
        let pdf = print(&mut clerk, &seen);
        all.extend(codes(&pdf));
        traffic.push(print(&mut clerk, &seen));
        let asked = outcome(&counter, &mut clerk, &seen);
        let done = if is_spoilt {
            spoil(&mut clerk, &asked)
        } else {
            hand_over(&mut clerk, &asked, "identity card")
        };
        let receipt = (!is_spoilt).then(|| done.between("/card/receipt?p=", "\"").to_owned());
        traffic.extend(receipt.map(|p| clerk.go(&counter.at(&format!("/card/receipt?p={p}")))));
        traffic.extend([seen, asked, done, clerk.go(&counter.at("/"))]);
    }
    assert_eq!(all.len(), 72);
    let mut places: Vec<(String, Vec<u8>)> = Vec::new();
    for page in &traffic {
        let headers = format!("{} {:?}", page.url, page.headers);
        places.push((page.url.clone(), [page.bytes.clone(), headers.into_bytes()].concat()));
    }
    places.push(("log".to_owned(), counter.log().into_bytes()));
    let audit = counter.operator(&["audit", "--format", "csv"]).ended(0);
    places.push(("audit".to_owned(), audit.into_bytes()));
    // The database, its log, and whatever else lies there; cards of runs are not of the desk.
    let files = counter.office.files(".").into_iter();
    places
        .extend(files.filter(|(name, _)| !name.starts_with("./run/") && !name.starts_with("run/")));
    assert!(places.iter().any(|(name, _)| name.ends_with("auth.db-wal")));
    for (place, bytes) in &places {
        let found = squeezed(bytes);
        for (position, code) in &all {
            assert!(!holds(&found, &squeezed(code.as_bytes())), "{place}: {position}");
        }
    }
    // The search finds what is there.
    assert!(holds(&squeezed(all[3].1.as_bytes()), &squeezed(all[3].1.as_bytes())));
}

#[test]
fn a_spoilt_card_and_one_of_which_nobody_spoke_make_room_for_another() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let seen = see(&counter, &mut clerk, &NEW);
    let first = codes(&print(&mut clerk, &seen));
    let asked = outcome(&counter, &mut clerk, &seen);
    let over = spoil(&mut clerk, &asked);
    assert_eq!((over.status, over.title().as_str()), (200, "Deze kaart is vervallen"));
    assert!(over.body.contains("was mislukt"), "{}", over.body);
    assert!(hand_over(&mut clerk, &asked, "passport").body.contains("was mislukt"));
    assert!(!lets_in(&counter, "4800", &first));
    // The page of before has been used; a new one prints another.
    assert_eq!(print(&mut clerk, &seen).status, 303);
    let another = over.between("class=\"button\" href=\"", "\"").to_owned();
    let seen = clerk.go(&counter.at(&another));
    let second = codes(&print(&mut clerk, &seen));
    assert!(first.iter().all(|code| !second.contains(code)));
    let asked = outcome(&counter, &mut clerk, &seen);
    shell(&counter, "UPDATE states SET pending_until = 1000 WHERE state = 'pending'");
    let late = hand_over(&mut clerk, &asked, "passport");
    assert_eq!(late.title(), "Deze kaart is vervallen");
    assert!(late.body.contains("niet op tijd gezegd"), "{}", late.body);
    assert!(!lets_in(&counter, "4800", &second));
    let states = shell(&counter, "SELECT state || was FROM ends WHERE holder = '4800'");
    assert_eq!(states, ["voidedpending", "voidedpending"]);
}

#[test]
fn of_two_clerks_with_one_person_the_second_is_told_of_the_first() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let (mut supervisor, _) = counter.signed_in("supervisor");
    // Both look at the card of the same person.
    let [seen, other] = [&mut clerk, &mut supervisor].map(|browser| see(&counter, browser, &NEW));
    let (printed, refused) = thread::scope(|scope| {
        let first = scope.spawn(|| print(&mut clerk, &seen));
        let second = scope.spawn(|| print(&mut supervisor, &other));
        (first.join().unwrap(), second.join().unwrap())
    });
    let statuses = [printed.status, refused.status];
    assert!(statuses == [200, 303] || statuses == [303, 200], "{statuses:?}");
    let winner = if printed.status == 200 { "clerk" } else { "supervisor" };
    for (browser, page) in [(&mut clerk, &seen), (&mut supervisor, &other)] {
        let asked = outcome(&counter, browser, page);
        assert!(asked.body.contains(&format!("afgedrukt door {winner} op ")), "{}", asked.body);
    }
    assert_eq!(shell(&counter, "SELECT serial FROM printed_cards").len(), 1);
}

#[test]
fn a_new_card_says_which_one_it_ends_and_ends_it() {
    let counter = Counter::new();
    let (mut clerk, home) = counter.signed_in("clerk");
    let person = clerk.send(&home, "/find", &[("text", "zoe")]);
    let to = person.between("href=\"/card?p=", "\"").to_owned();
    let seen = clerk.go(&counter.at(&format!("/card?p={to}")));
    assert_eq!(seen.title(), "Zoë Hoen");
    let old = shell(&counter, "SELECT serial FROM states WHERE holder = '4712'").remove(0);
    assert!(seen.body.contains(&format!("De kaart {old} werkt niet meer zodra")), "{}", seen.body);
    // In the language of the account.
    assert!(text(&print(&mut clerk, &seen)).contains("demandée"));
    let asked = outcome(&counter, &mut clerk, &seen);
    let old_is = |state: &str| {
        let sql = format!("SELECT state FROM states WHERE serial = '{old}'");
        shell(&counter, &sql) == [state].map(str::to_owned)
    };
    assert!(old_is("active"));
    hand_over(&mut clerk, &asked, "identity card");
    assert!(!old_is("active"));
    let end = format!("SELECT state || reason FROM ends WHERE serial = '{old}'");
    let serial = hidden(&asked, "serial");
    assert_eq!(shell(&counter, &end), [format!("voidedreplaced by {serial}")]);
}

#[test]
fn who_has_an_account_gets_another_activation_code_from_their_page() {
    let counter = Counter::with(MAIL);
    let (mut clerk, home) = counter.signed_in("clerk");
    let person = clerk.send(&home, "/find", &[("text", "zoe")]);
    let (p, begun) = (hidden(&person, "p"), hidden(&person, "begun"));
    let fields = [("p", &*p), ("begun", &*begun)];
    let sheet = clerk.send_once(&person, "/card/activation", &fields);
    assert_eq!(sheet.status, 200, "{}", sheet.body);
    assert!(text(&sheet).contains("Code d’activation"), "{}", text(&sheet));
    // The same form once more begins nothing.
    assert_eq!(clerk.send_once(&person, "/card/activation", &fields).status, 303);
    assert_eq!(shell(&counter, "SELECT kind FROM mails").len(), 1);
    let (mut auditor, home) = counter.signed_in("auditor");
    let person = auditor.send(&home, "/find", &[("text", "zoe")]);
    assert!(!person.body.contains("/card/activation"), "{}", person.body);
}

#[test]
fn an_office_prints_a_design_of_its_own() {
    let counter = Counter::with("design = \"own.toml\"\n");
    let (mut clerk, _) = counter.signed_in("clerk");
    let person = [("key", "4801"), ("name", "Jan Peeters"), ("language", "nl")];
    let seen = see(&counter, &mut clerk, &person);
    let pdf = print(&mut clerk, &seen);
    let said = text(&pdf);
    assert!(said.contains("Codekaart, aangevraagd op"), "{said}");
    assert_eq!(codes(&pdf).len(), 24);
}

#[test]
fn a_name_that_cannot_be_printed_is_told_and_what_is_unusual_is_shown() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let chinese =
        see(&counter, &mut clerk, &[("key", "4805"), ("name", "王伟"), ("language", "nl")]);
    assert_eq!(chinese.status, 422);
    assert!(chinese.fault().unwrap().contains("Het teken 王 in de naam"), "{}", chinese.body);
    assert!(!chinese.body.contains("action=\"/card/print\""));
    let long = "Jean-Baptiste Alexandre de Montmorency-Laval van den Broeck-Vandenbossche";
    let seen = see(&counter, &mut clerk, &[("key", "4806"), ("name", long), ("language", "nl")]);
    assert_eq!(seen.status, 200);
    assert!(seen.body.contains("De naam staat op 2 regels."), "{}", seen.body);
    assert!(seen.body.contains("De naam staat kleiner dan gewoonlijk"), "{}", seen.body);
}

#[test]
fn whenever_the_desk_is_killed_no_card_works_that_nobody_has_confirmed() {
    let mut counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let mut came = 0;
    for (round, wait) in [0, 60, 150, 300, 500, 800, 1500].into_iter().enumerate() {
        let key = format!("49{round:02}");
        let fields = [("key", &*key), ("name", "Jan Peeters"), ("language", "nl")];
        let seen = see(&counter, &mut clerk, &fields);
        let mut browser = clerk.clone();
        let (p, act, form) = (hidden(&seen, "p"), hidden(&seen, "act"), seen.form_token());
        let url = counter.at("/card/print");
        let printing = thread::spawn(move || {
            let fields = [("form", &*form), ("p", &*p), ("act", &*act)];
            let body = super::browser::encoded(&fields);
            // The answer is cut off, or there is none.
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                browser.ask("POST", &url, Some(&body))
            }))
        });
        thread::sleep(Duration::from_millis(wait));
        counter.kill_and_start();
        let page = printing.join().unwrap();
        came += usize::from(page.is_ok_and(|page| page.status == 200));
        let live = format!("SELECT serial FROM states WHERE holder = '{key}' AND state = 'active'");
        assert!(shell(&counter, &live).is_empty(), "{wait}");
        // Another instance goes on where that one was killed: it asks, or begins.
        let page = outcome(&counter, &mut clerk, &seen);
        let serials = format!("SELECT serial FROM tokens WHERE holder = '{key}'");
        if shell(&counter, &serials).is_empty() {
            assert_eq!(page.title(), "Jan Peeters", "{wait}");
        } else {
            assert_eq!(spoil(&mut clerk, &page).title(), "Deze kaart is vervallen", "{wait}");
        }
    }
    let printed = shell(&counter, "SELECT serial FROM printed_cards");
    assert!(printed.len() >= came && !printed.is_empty(), "{came}");
    counter.operator(&["audit", "--verify"]).ended(0);
    counter.operator(&["store", "check"]).ended(0);
}

/// A mail server that is nowhere: mails wait for it.
const MAIL: &str =
    "\n[mail]\nserver = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nfrom = \"stad@example.be\"\n";

#[test]
fn the_sheet_with_the_activation_code_comes_with_a_mail_and_the_code_is_on_it_alone() {
    let counter = Counter::with(MAIL);
    let (mut clerk, _) = counter.signed_in("clerk");
    let seen = see(&counter, &mut clerk, &NEW);
    print(&mut clerk, &seen);
    let asked = outcome(&counter, &mut clerk, &seen);
    let done = hand_over(&mut clerk, &asked, "identity card");
    let p = hidden(&done, "p");
    let sheet = clerk.send_once(&done, "/card/activation", &[("p", &p)]);
    assert_eq!(
        (sheet.status, sheet.header("cache-control")),
        (200, Some("no-store")),
        "{}",
        sheet.body
    );
    let said = text(&sheet);
    for part in
        ["lukasz.hoen", "lukasz@example.be", "Code d’activation", "sign-in.localhost:8080/start"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let code = said.lines().skip_while(|line| !line.starts_with("Votre code")).nth(1).unwrap();
    assert!(code.len() >= 8, "{said}");
    assert_eq!(shell(&counter, "SELECT kind FROM mails").len(), 1);
    assert_eq!(
        shell(&counter, "SELECT holder FROM accounts WHERE user_name = 'lukasz.hoen'"),
        ["4800"]
    );
    let code = squeezed(code.as_bytes());
    for (name, bytes) in counter.office.files(".") {
        assert!(!holds(&squeezed(&bytes), &code), "{name}");
    }
    // Loading it again begins nothing and sends nothing: it tells until when that one is good.
    let again = clerk.send(&done, "/card/activation", &[("p", &p)]);
    assert!(again.body.contains("Er is al een code gegeven, die geldig is tot "), "{}", again.body);
    assert_eq!(shell(&counter, "SELECT kind FROM mails").len(), 1);
    // Who asks for another one there gets it, and the one of before is good no longer.
    let begun = hidden(&again, "begun");
    let next = clerk.send_once(&again, "/card/activation", &[("p", &p), ("begun", &begun)]);
    assert!(next.status == 200 && text(&next) != said);
    let stale = clerk.send_once(&again, "/card/activation", &[("p", &p), ("begun", &begun)]);
    assert_eq!(stale.status, 303);
    assert_eq!(shell(&counter, "SELECT kind FROM mails").len(), 2);
    assert_eq!(shell(&counter, "SELECT holder FROM activations").len(), 1);
    // What is somebody else's is told.
    let taken = [
        ("key", "4810"),
        ("name", "An"),
        ("language", "nl"),
        ("user_name", "lukasz.hoen"),
        ("email", "an@example.be"),
    ];
    let seen = see(&counter, &mut clerk, &taken);
    print(&mut clerk, &seen);
    let asked = outcome(&counter, &mut clerk, &seen);
    let done = hand_over(&mut clerk, &asked, "identity card");
    let p = hidden(&done, "p");
    let refused = clerk.send_once(&done, "/card/activation", &[("p", &p)]);
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.fault().unwrap().contains("Deze gebruikersnaam is van iemand anders"));
}

#[test]
fn a_desk_without_a_mail_server_says_that_it_can_activate_nobody() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let seen = see(&counter, &mut clerk, &NEW);
    let begun = Timestamp::now();
    print(&mut clerk, &seen);
    println!("a card took {} ms", Timestamp::now().duration_since(begun).as_millis());
    let asked = outcome(&counter, &mut clerk, &seen);
    let done = hand_over(&mut clerk, &asked, "identity card");
    assert!(done.body.contains("Hier gaan geen e-mails uit"), "{}", done.body);
    let p = done.between("href=\"/person?p=", "\"").to_owned();
    assert_eq!(clerk.send_once(&done, "/card/activation", &[("p", &p)]).status, 303);
    assert!(shell(&counter, "SELECT holder FROM accounts WHERE holder = '4800'").is_empty());
}
