//! Cards at a counter: printed first, in use when somebody has confirmed the paper.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tokenkaart_auth::{
    counter::{
        self, ActKey, CounterCard, HandOver, IdentityDocument, PENDING_FOR, Printing, Spoiling,
        Standing,
    },
    store::{State, Store, audit},
    verify::{self, Act, Answer, Who},
};
use tokenkaart_token::{hash::Verifier, holder::HolderId, record::Record, token::Position};

use super::{
    IS_POSTGRES,
    holding::{Card, Making, at, gate, random, sign_in},
    office::Office,
    site::{Site, moment},
};

/// Milliseconds in which a card can be handed over.
const TEN_MINUTES: i64 = 600_000;

/// Another seed each time.
fn seed() -> u64 {
    static SEED: AtomicU64 = AtomicU64::new(1_000_000);
    SEED.fetch_add(1, Ordering::Relaxed)
}

fn drawn(holder: &str) -> (Card, Record) {
    Card::drawn(holder, &Making::default(), seed())
}

fn act() -> ActKey {
    ActKey::draw(&mut random(seed())).unwrap()
}

fn print(store: &mut Store, record: &Record, act: &ActKey, clerk: &str, later: i64) -> Printing {
    counter::print(store, record, act, clerk, &at(later), &mut random(seed())).unwrap()
}

/// A card that a clerk has printed.
fn printed(site: &Site, holder: &str, clerk: &str, later: i64) -> Card {
    let (card, record) = drawn(holder);
    let printing = print(&mut site.open(), &record, &act(), clerk, later);
    assert!(matches!(printing, Printing::Printed(_)), "{printing:?}");
    card
}

fn hand_over(site: &Site, card: &Card, clerk: &str, later: i64) -> HandOver {
    let document = IdentityDocument::IdentityCard;
    let (holder, serial) = (&card.holder, &card.serial);
    counter::hand_over(&mut site.open(), holder, serial, document, clerk, &at(later)).unwrap()
}

fn spoil(site: &Site, card: &Card, clerk: &str, later: i64) -> Spoiling {
    counter::spoil(&mut site.open(), &card.holder, &card.serial, clerk, &at(later)).unwrap()
}

fn waiting(site: &Site, holder: &str, later: i64) -> Option<CounterCard> {
    let holder = HolderId::new(holder).unwrap();
    counter::waiting(&mut site.open(), &holder, moment(later)).unwrap()
}

fn state(site: &Site, card: &Card) -> State {
    let mut store = site.open();
    let mut transaction = store.read().unwrap();
    let found = tokenkaart_auth::store::token::by_serial(&mut transaction, &card.serial).unwrap();
    found.unwrap().state
}

#[track_caller]
fn assert_whole(site: &Site) {
    assert_eq!(audit::verify(&site.open(), None).unwrap().broken, []);
    assert_eq!(site.open().check().unwrap(), []);
}

#[test]
fn a_card_lets_nobody_in_before_it_is_handed_over_and_by_all_its_codes_after() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(1));
    let card = printed(&site, "4711", "els", 0);
    let (_, answer) = sign_in(&gate, &mut store, &card, &at(1), &mut random);
    assert_eq!(answer, Answer::Refused);
    let done = hand_over(&site, &card, "els", 2);
    let HandOver::Done { card: told, ended: None } = done else { panic!("{done:?}") };
    let (clerk, state) = ("els".to_owned(), State::Active);
    let at_2 = moment(2).as_millisecond();
    assert_eq!(told.standing, Standing::HandedOver { clerk, at: at_2, state });
    // Under the hashes that are stored, by the other implementation.
    for position in Position::all() {
        let hash = site.shell(&format!("SELECT hash FROM codes WHERE position = {position}"));
        let code = Making::default().format.read(card.code(position)).ok().unwrap();
        assert!(Verifier::new(None).verify(&code, &hash.trim().parse().unwrap()).unwrap());
    }
    let (_, answer) = sign_in(&gate, &mut store, &card, &at(10_000), &mut random);
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
    let told = site.shell("SELECT actor, event, serial, detail FROM audit ORDER BY seq");
    let serial = &card.serial;
    assert!(told.starts_with(&format!("els|card printed|{serial}|\n")), "{told}");
    assert!(told.contains(&format!("els|card handed over|{serial}|identity card seen\n")));
    assert_whole(&site);
}

#[test]
fn handing_over_ends_the_older_token_and_spoilt_or_silence_leaves_it_alone() {
    let site = Site::new();
    let old = Card::give(&site, "4711", &Making::default());
    site.set_state("4711", "suspended");
    let spoilt = printed(&site, "4711", "els", 0);
    assert_eq!(state(&site, &old), State::Suspended);
    assert!(matches!(spoil(&site, &spoilt, "els", 1), Spoiling::Done(_)));
    assert_eq!((state(&site, &old), state(&site, &spoilt)), (State::Suspended, State::Voided));
    // Nothing is said of the next one; the last moment is not one of them.
    let silent = printed(&site, "4711", "els", 2);
    let is_waiting = |later| waiting(&site, "4711", later).is_some();
    assert!(is_waiting(2 + TEN_MINUTES - 1) && !is_waiting(2 + TEN_MINUTES));
    let late = hand_over(&site, &silent, "els", 2 + TEN_MINUTES);
    let HandOver::Over(told) = late else { panic!("{late:?}") };
    let until = moment(2 + TEN_MINUTES).as_millisecond();
    let reason = Some("not handed over in time".to_owned());
    assert_eq!(told.standing, Standing::Over { state: State::Voided, at: until, reason });
    assert_eq!((state(&site, &old), state(&site, &silent)), (State::Suspended, State::Voided));
    let card = printed(&site, "4711", "els", 3 + TEN_MINUTES);
    let done = hand_over(&site, &card, "els", 4 + TEN_MINUTES);
    let HandOver::Done { ended, .. } = done else { panic!("{done:?}") };
    assert_eq!(ended, Some(old.serial.clone()));
    assert_eq!((state(&site, &old), state(&site, &card)), (State::Voided, State::Active));
    let reason = site.shell(&format!("SELECT reason FROM ends WHERE serial = '{}'", old.serial));
    assert_eq!(reason.trim(), format!("replaced by {}", card.serial));
    let events = site.shell("SELECT event FROM audit ORDER BY seq");
    let events: Vec<&str> =
        events.lines().map(|line| line.strip_prefix("card ").unwrap()).collect();
    let told = ["printed", "spoilt", "printed", "lapsed", "printed", "handed over"];
    assert_eq!(events, told);
    assert_eq!(PENDING_FOR.as_millis(), i128::from(TEN_MINUTES));
    assert_whole(&site);
}

#[test]
fn a_card_of_which_nobody_said_anything_makes_room_for_the_next_one() {
    let site = Site::new();
    let silent = printed(&site, "4711", "els", 0);
    let next = printed(&site, "4711", "jan", TEN_MINUTES);
    assert_eq!((state(&site, &silent), state(&site, &next)), (State::Voided, State::Pending));
    let told = "SELECT actor, serial FROM audit WHERE event = 'card lapsed'";
    assert_eq!(site.shell(told), format!("jan|{}\n", silent.serial));
    // Nor does the one that is void come back.
    assert!(matches!(hand_over(&site, &silent, "els", TEN_MINUTES), HandOver::Over(_)));
    assert!(matches!(spoil(&site, &silent, "els", TEN_MINUTES), Spoiling::Over(_)));
    assert!(matches!(hand_over(&site, &next, "jan", TEN_MINUTES), HandOver::Done { .. }));
    let spoilt = spoil(&site, &next, "jan", TEN_MINUTES + 1);
    assert!(matches!(spoilt, Spoiling::HandedOver(_)), "{spoilt:?}");
    assert_eq!(state(&site, &next), State::Active);
    assert_whole(&site);
}

#[test]
fn of_two_clerks_with_one_holder_one_wins_and_the_other_is_told_who_and_when() {
    for round in 0..10 {
        let site = Site::new();
        let barrier = Barrier::new(4);
        let clerks = ["els", "jan", "an", "bo"];
        let printings: Vec<Printing> = thread::scope(|scope| {
            let started: Vec<_> = clerks
                .iter()
                .map(|clerk| {
                    let (barrier, site) = (&barrier, &site);
                    scope.spawn(move || {
                        let (mut store, (_, record)) = (site.open(), drawn("4711"));
                        barrier.wait();
                        print(&mut store, &record, &act(), clerk, round)
                    })
                })
                .collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let winners: Vec<&CounterCard> = printings
            .iter()
            .filter_map(|printing| match printing {
                Printing::Printed(card) => Some(card),
                _ => None,
            })
            .collect();
        let [winner] = winners[..] else { panic!("{printings:?}") };
        for (clerk, printing) in clerks.iter().zip(&printings) {
            match printing {
                Printing::Printed(card) => assert_eq!(card.clerk, *clerk),
                Printing::Waiting(card) => {
                    assert_eq!(card, winner);
                    assert_eq!(card.printed_at, moment(round).as_millisecond());
                }
                Printing::Again(_) => panic!("{printing:?}"),
            }
        }
        assert_eq!(site.number("SELECT count(*) FROM tokens"), 1);
        assert_whole(&site);
    }
}

#[test]
fn a_form_that_is_sent_twice_prints_one_card_and_hands_it_over_once() {
    let site = Site::new();
    let (act, records) = (act(), [drawn("4711"), drawn("4711"), drawn("4711")]);
    let barrier = Barrier::new(records.len());
    let printings: Vec<Printing> = thread::scope(|scope| {
        let started: Vec<_> = records
            .iter()
            .map(|(_, record)| {
                let (barrier, site, act) = (&barrier, &site, &act);
                scope.spawn(move || {
                    let mut store = site.open();
                    barrier.wait();
                    print(&mut store, record, act, "els", 0)
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let is_printed = |printing: &&Printing| matches!(printing, Printing::Printed(_));
    assert_eq!(printings.iter().filter(is_printed).count(), 1, "{printings:?}");
    let is_again = |printing: &&Printing| matches!(printing, Printing::Again(_));
    assert_eq!(printings.iter().filter(is_again).count(), 2, "{printings:?}");
    let serial = site.shell("SELECT serial FROM tokens").trim().to_owned();
    let (card, record) =
        records.iter().find(|(card, _)| card.serial.to_string() == serial).unwrap();
    let barrier = Barrier::new(3);
    let done: Vec<HandOver> = thread::scope(|scope| {
        let started: Vec<_> = (0..3)
            .map(|_| {
                let (barrier, site) = (&barrier, &site);
                scope.spawn(move || {
                    barrier.wait();
                    hand_over(site, card, "els", 1)
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let is_done = |done: &&HandOver| matches!(done, HandOver::Done { .. });
    assert_eq!(done.iter().filter(is_done).count(), 1, "{done:?}");
    let is_already = |done: &&HandOver| matches!(done, HandOver::Already(_));
    assert_eq!(done.iter().filter(is_already).count(), 2, "{done:?}");
    // Also long after, when the form comes out of the browser's history.
    let again = print(&mut site.open(), record, &act, "els", 2 * TEN_MINUTES);
    let Printing::Again(CounterCard { standing, .. }) = again else { panic!("{again:?}") };
    assert!(matches!(standing, Standing::HandedOver { state: State::Active, .. }));
    assert_eq!(site.number("SELECT count(*) FROM tokens"), 1);
    assert_eq!(site.number("SELECT count(*) FROM audit"), 2);
    assert_whole(&site);
}

#[test]
fn an_import_or_a_revocation_that_meets_a_pending_card_ends_it() {
    let (site, office) = (Site::new(), Office::with("id;naam\n4711;Jan\n"));
    office.issue("run", &[]);
    let card = printed(&site, "4711", "els", 0);
    let arguments = ["import", "run", "--allow-weak-kdf", "--store", &site.url()];
    office.run(&arguments).ended(0);
    assert_eq!(site.states("4711"), ["active", "voided"]);
    let over = hand_over(&site, &card, "els", 1);
    let HandOver::Over(CounterCard { standing: Standing::Over { reason, .. }, .. }) = over else {
        panic!("{over:?}")
    };
    assert!(reason.unwrap().starts_with("replaced by "));
    let card = printed(&site, "4711", "els", 2);
    let who = Who::Serial(card.serial.clone());
    verify::change(&mut site.open(), &who, Act::Revoke, Some("found"), "jan", moment(3)).unwrap();
    assert!(matches!(hand_over(&site, &card, "els", 4), HandOver::Over(_)));
    assert_eq!(site.number("SELECT count(*) FROM states WHERE state = 'active'"), 1);
    assert_whole(&site);
}

#[test]
fn what_is_no_card_of_the_holder_can_be_neither_handed_over_nor_spoilt() {
    let site = Site::new();
    let (theirs, given) =
        (printed(&site, "1", "els", 0), Card::give(&site, "2", &Making::default()));
    let mut store = site.open();
    let (mine, serial) = (HolderId::new("4711").unwrap(), &theirs.serial);
    let document = IdentityDocument::Other;
    let done = counter::hand_over(&mut store, &mine, serial, document, "els", &at(1)).unwrap();
    assert_eq!(done, HandOver::NoCard);
    let spoilt = counter::spoil(&mut store, &mine, serial, "els", &at(1)).unwrap();
    assert_eq!(spoilt, Spoiling::NoCard);
    // A token of a run is no card of a counter.
    assert!(matches!(hand_over(&site, &given, "els", 1), HandOver::Over(_)));
    assert!(matches!(spoil(&site, &given, "els", 1), Spoiling::Over(_)));
    assert_eq!(state(&site, &given), State::Active);
    let card = |holder: &str, card: &Card| {
        let holder = HolderId::new(holder).unwrap();
        counter::card(&mut site.open(), &holder, &card.serial, moment(1)).unwrap()
    };
    assert!(card("1", &theirs).is_some() && card("4711", &theirs).is_none());
    assert!(card("2", &given).is_none());
}

/// What the database has of cards, but for what time adds to it.
fn everything(site: &Site) -> Vec<String> {
    ["tokens", "codes", "states", "ends", "printed_cards", "handed_over", "audit", "audit_head"]
        .map(|table| site.shell(&format!("SELECT * FROM {table} ORDER BY 1, 2, 3")))
        .into()
}

/// Has the database refuse the next row of a table, or take it again.
fn refuse(site: &Site, table: &str, act: &str, refuses: bool) {
    if IS_POSTGRES {
        site.shell(&if refuses {
            format!(
                "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'refused'; END $$; \
                 CREATE TRIGGER no BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION no()"
            )
        } else {
            format!("DROP TRIGGER no ON {table}; DROP FUNCTION no()")
        });
    } else {
        site.shell(&if refuses {
            format!(
                "CREATE TRIGGER no BEFORE {act} ON {table} BEGIN SELECT raise(ABORT, 'no'); END"
            )
        } else {
            "DROP TRIGGER no".to_owned()
        });
    }
}

#[test]
fn an_act_that_fails_at_any_of_its_rows_has_changed_nothing() {
    let site = Site::new();
    let old = Card::give(&site, "4711", &Making::default());
    let (card, record) = drawn("4711");
    let act = act();
    let before = everything(&site);
    for (table, row) in [
        ("tokens", "INSERT"),
        ("codes", "INSERT"),
        ("states", "INSERT"),
        ("printed_cards", "INSERT"),
        ("holders", "INSERT"),
        ("audit", "INSERT"),
        ("audit_head", "UPDATE"),
    ] {
        refuse(&site, table, row, true);
        let mut store = site.open();
        counter::print(&mut store, &record, &act, "els", &at(0), &mut random(seed())).unwrap_err();
        refuse(&site, table, row, false);
        assert_eq!(everything(&site), before, "{table}");
    }
    assert!(matches!(print(&mut site.open(), &record, &act, "els", 0), Printing::Printed(_)));
    let before = everything(&site);
    for (table, row) in [
        ("ends", "INSERT"),
        ("states", "DELETE"),
        ("states", "UPDATE"),
        ("handed_over", "INSERT"),
        ("audit", "INSERT"),
        ("audit_head", "UPDATE"),
    ] {
        refuse(&site, table, row, true);
        let (holder, serial) = (&card.holder, &card.serial);
        let (document, now) = (IdentityDocument::Passport, at(1));
        counter::hand_over(&mut site.open(), holder, serial, document, "els", &now).unwrap_err();
        refuse(&site, table, row, false);
        assert_eq!(everything(&site), before, "{table}");
        assert_eq!((state(&site, &old), state(&site, &card)), (State::Active, State::Pending));
    }
    assert!(matches!(hand_over(&site, &card, "els", 1), HandOver::Done { .. }));
    assert_whole(&site);
}

/// What a clerk does all day, for as long as it lives: it says of a card that it is handed over
/// before it has the store do so.
#[test]
#[ignore = "a process that the next test kills"]
fn a_clerk_at_work() {
    let Ok(url) = std::env::var("TOKENKAART_TEST_COUNTER") else { return };
    let first: u64 = std::env::var("TOKENKAART_TEST_FIRST").unwrap().parse().unwrap();
    let mut store = Store::open(&url.parse().unwrap()).unwrap();
    for number in first.. {
        // A holder for a few cards, so that older tokens end too.
        let holder = (number / 3).to_string();
        let (card, record) = Card::drawn(&holder, &Making::default(), number);
        let act = ActKey::draw(&mut random(number)).unwrap();
        let printing = print(&mut store, &record, &act, "els", 0);
        assert!(matches!(printing, Printing::Printed(_)), "{printing:?}");
        if number % 4 == 3 {
            counter::spoil(&mut store, &card.holder, &card.serial, "els", &at(0)).unwrap();
            continue;
        }
        println!("\nconfirmed {}", card.serial);
        let document = IdentityDocument::IdentityCard;
        counter::hand_over(&mut store, &card.holder, &card.serial, document, "els", &at(0))
            .unwrap();
    }
}

#[test]
fn whenever_the_server_is_killed_no_token_is_live_whose_card_nobody_has_confirmed() {
    let site = Site::new();
    let mut confirmed = BTreeSet::new();
    for round in 0..20_u64 {
        let mut clerk = Command::new(std::env::current_exe().unwrap())
            .args(["store::counter::a_clerk_at_work", "--exact", "--ignored", "--nocapture"])
            .env("TOKENKAART_TEST_COUNTER", site.url())
            .env("TOKENKAART_TEST_FIRST", (round * 100_000).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(clerk.stdout.take().unwrap()).lines();
        let first =
            said.find_map(|line| line.unwrap().strip_prefix("confirmed ").map(str::to_owned));
        confirmed.insert(first.unwrap());
        thread::sleep(Duration::from_micros(700 * round));
        clerk.kill().unwrap();
        clerk.wait().unwrap();
        for line in said.map_while(Result::ok) {
            confirmed.extend(line.strip_prefix("confirmed ").map(str::to_owned));
        }
        // The database may still be ending what the connection has left.
        let lanes = "SELECT count(*) FROM states";
        site.number(lanes);
        let active = site.shell("SELECT serial FROM states WHERE state = 'active'");
        for serial in active.lines() {
            assert!(confirmed.contains(serial), "{serial} is live, and nobody has confirmed it");
        }
        let live_unconfirmed = "SELECT count(*) FROM states s WHERE s.state = 'active' AND NOT EXISTS \
             (SELECT 1 FROM handed_over h WHERE h.serial = s.serial)";
        assert_eq!(site.number(live_unconfirmed), 0);
        let not_whole = "SELECT count(*) FROM tokens t WHERE 24 <> \
             (SELECT count(*) FROM codes c WHERE c.serial = t.serial)";
        assert_eq!(site.number(not_whole), 0);
    }
    assert!(confirmed.len() > 20, "{}", confirmed.len());
    assert_whole(&site);
}

#[test]
fn twenty_clerks_at_once_make_a_thousand_cards_and_none_is_lost_double_or_live_unconfirmed() {
    let site = Site::new();
    // Some of the holders come to several counters.
    let cards: Vec<(BTreeSet<String>, BTreeSet<String>)> = thread::scope(|scope| {
        let started: Vec<_> = (0..20_u64)
            .map(|clerk| {
                let site = &site;
                scope.spawn(move || clerk_at_work(site, clerk))
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let printed: BTreeSet<&String> = cards.iter().flat_map(|(printed, _)| printed).collect();
    let confirmed: BTreeSet<&String> = cards.iter().flat_map(|(_, confirmed)| confirmed).collect();
    assert_eq!(printed.len(), 1000);
    // None without record.
    let number = |sql: &str| site.number(sql);
    assert_eq!(number("SELECT count(*) FROM tokens"), 1000);
    assert_eq!(number("SELECT count(*) FROM codes"), 24_000);
    assert_eq!(number("SELECT count(*) FROM printed_cards"), 1000);
    assert_eq!(number("SELECT count(*) FROM audit WHERE event = 'card printed'"), 1000);
    // None double, none live unconfirmed.
    let live = site.shell("SELECT holder, serial FROM states WHERE state = 'active'");
    let holders: BTreeSet<&str> =
        live.lines().map(|line| line.split_once('|').unwrap().0).collect();
    assert_eq!(holders.len(), live.lines().count());
    for line in live.lines() {
        let serial = line.split_once('|').unwrap().1.to_owned();
        assert!(confirmed.contains(&serial), "{serial}");
    }
    let handed_over = number("SELECT count(*) FROM handed_over");
    assert_eq!(handed_over, i64::try_from(confirmed.len()).unwrap());
    let replaced = number("SELECT count(*) FROM ends WHERE was = 'active'");
    assert_eq!(handed_over, replaced + i64::try_from(holders.len()).unwrap());
    assert!(replaced > 0);
    assert_whole(&site);
}

/// Fifty cards of a clerk: those that were printed, and those that were handed over.
fn clerk_at_work(site: &Site, clerk: u64) -> (BTreeSet<String>, BTreeSet<String>) {
    let name = format!("clerk {clerk}");
    let mut store = site.open();
    let (mut printed, mut confirmed) = (BTreeSet::new(), BTreeSet::new());
    let mut number = clerk;
    while printed.len() < 50 {
        number += 1;
        // Holders of a neighbour's too.
        let holder = (number % 40 + clerk / 4 * 40).to_string();
        let (card, record) = drawn(&holder);
        match print(&mut store, &record, &act(), &name, 0) {
            Printing::Printed(_) => {}
            Printing::Waiting(other) => {
                assert_ne!(other.clerk, name);
                continue;
            }
            Printing::Again(again) => panic!("{again:?}"),
        }
        printed.insert(card.serial.to_string());
        let (holder, serial) = (&card.holder, &card.serial);
        if number.is_multiple_of(5) {
            let spoilt = counter::spoil(&mut store, holder, serial, &name, &at(1)).unwrap();
            assert!(matches!(spoilt, Spoiling::Done(_)), "{spoilt:?}");
        } else {
            let document = IdentityDocument::ALL[usize::try_from(number % 4).unwrap()];
            let done = counter::hand_over(&mut store, holder, serial, document, &name, &at(1));
            assert!(matches!(done.unwrap(), HandOver::Done { .. }));
            confirmed.insert(card.serial.to_string());
        }
    }
    (printed, confirmed)
}
