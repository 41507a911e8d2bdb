//! Keys beside the token: activated, signed in with, removed; and mails with codes.

use jiff::Zoned;
use tokenkaart_auth::{
    ChangeId, Key,
    account::EmailAddress,
    change::{Change, ChangeKind, Changed, Done, Stage},
    phase_out::Phase,
    sign_in::{KeyAnswer, KeyAsked, Proof, Question, SignedIn},
    verify::Policy,
};

use super::{
    app_code::app_code,
    holding::{Card, at},
    signing_in::{HOME, Mails, PASSWORD, Signing, demand, rules, start},
};

/// Begins a change by a sign-in with the token.
#[track_caller]
fn begin(
    signing: &Signing,
    signed_in: SignedIn,
    kind: ChangeKind,
    now: &Zoned,
) -> Option<ChangeId> {
    let Signing { service, pool, .. } = signing;
    let random = &mut signing.random();
    service.begin_change(pool, signed_in.proof, kind, "", now, random).unwrap()
}

#[track_caller]
fn change(signing: &Signing, id: &ChangeId, now: &Zoned) -> Change {
    signing.service.change(&signing.pool, id, now).unwrap().unwrap()
}

fn send(signing: &Signing, change: Change, address: &str, now: &Zoned) -> Changed {
    let address: EmailAddress = address.parse().unwrap();
    let Signing { service, pool, .. } = signing;
    let random = &mut signing.random();
    change.send_code(service, pool, &address, HOME.parse().unwrap(), now, random).unwrap()
}

fn confirm(signing: &Signing, change: Change, code: &str, now: &Zoned) -> Changed {
    let random = &mut signing.random();
    change.confirm(&signing.service, &signing.pool, code, now, random).unwrap()
}

fn prove(signing: &Signing, change: Change, code: &str, now: &Zoned) -> Changed {
    let random = &mut signing.random();
    change.prove(&signing.service, &signing.pool, code, now, random).unwrap()
}

fn groups(signing: &Signing, change: &Change) -> String {
    change.app_secret(&signing.service).unwrap().unwrap().groups().to_string()
}

/// Has codes by e-mail be a key.
#[track_caller]
pub(crate) fn activate_mail(
    signing: &Signing,
    mails: &Mails,
    card: &Card,
    user: &str,
    now: &Zoned,
) {
    let signed_in = signing.sign_in(card, user, now);
    let id = begin(signing, signed_in, ChangeKind::Mail, now).unwrap();
    let sent = send(signing, change(signing, &id, now), &format!("{user}@post.be"), now);
    assert!(matches!(sent, Changed::Next), "{sent:?}");
    let done = confirm(signing, change(signing, &id, now), &mails.code(user), now);
    assert!(matches!(done, Changed::Done(Done::KeyActive { key: Key::Mail, .. })), "{done:?}");
    give_again(signing, card);
}

/// Has an app be a key; its secret.
#[track_caller]
pub(crate) fn activate_app(signing: &Signing, card: &Card, user: &str, now: &Zoned) -> String {
    let signed_in = signing.sign_in(card, user, now);
    let id = begin(signing, signed_in, ChangeKind::App, now).unwrap();
    let app = change(signing, &id, now);
    let groups = groups(signing, &app);
    let done = prove(signing, app, &app_code(&groups, now.timestamp().as_second()), now);
    assert!(matches!(done, Changed::Done(Done::KeyActive { key: Key::App, .. })), "{done:?}");
    give_again(signing, card);
    groups
}

/// Makes a token active again that ended by an activation, behind the back of the rules.
fn give_again(signing: &Signing, card: &Card) {
    let serial = &card.serial;
    signing.site.shell(&format!(
        "INSERT INTO states (lane, holder, serial, state, since) \
         SELECT lane, holder, serial, 'active', 0 FROM ends WHERE serial = '{serial}'; \
         DELETE FROM ends WHERE serial = '{serial}'"
    ));
}

/// Sends each mail that waits: the first at once, the others after a try that came to nothing.
pub(crate) fn send_all(signing: &Signing, now: &Zoned) {
    let outbox = signing.service.outbox().unwrap();
    let (mut store, now) = (signing.pool.get().unwrap(), now.timestamp());
    let due = outbox.due(&mut store, now, 100).unwrap();
    assert!(due.len() > 1, "{due:?}");
    for (number, mail) in due.iter().enumerate() {
        let taken = outbox.take(&mut store, mail, "x", now).unwrap();
        let Some(taken) = taken else { continue };
        if number == 0 {
            outbox.failed(&mut store, &taken, "a reason", "x", now).unwrap();
        } else {
            outbox.sent(&mut store, &taken, "x", now).unwrap();
        }
    }
}

fn with_keys() -> (Signing, Mails) {
    Signing::with_keys(Policy::default(), rules())
}

/// Comes as far as the question for a code of a key.
#[track_caller]
fn asked(signing: &Signing, key: Key, user: &str, now: &Zoned) -> KeyAsked {
    let (_, chosen) = signing.choose_key(key, now);
    let Proof::Proven(_, proven) = signing.prove(chosen, user, PASSWORD, HOME, now) else {
        panic!("a right password")
    };
    match signing.question(proven, now) {
        Question::KeyAsked(asked) => asked,
        other => panic!("{other:?}"),
    }
}

fn answer(signing: &Signing, asked: KeyAsked, code: &str, now: &Zoned) -> KeyAnswer {
    let (random, demand) = (&mut signing.random(), demand(Phase::Open));
    asked.answer(&signing.service, &signing.pool, code, &demand, now, random).unwrap()
}

#[test]
fn an_app_takes_the_place_of_the_token_and_a_mail_says_so() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let now = start();
    let signed_in = signing.sign_in(&card, "jan", &now);
    let elsewhere = signing.sign_in(&card, "jan", &now).session;
    let id = begin(&signing, signed_in, ChangeKind::Activate, &now).unwrap();
    send(&signing, change(&signing, &id, &now), "jan.p@post.be", &now);
    let typed = change(&signing, &id, &now);
    assert_eq!(typed.stage(), Stage::Confirm);
    assert!(matches!(confirm(&signing, typed, "000000", &now), Changed::Refused(_)));
    let typed = change(&signing, &id, &now);
    assert!(matches!(confirm(&signing, typed, &mails.code("jan"), &now), Changed::Next));
    let method = change(&signing, &id, &now);
    let chosen = {
        let (random, pool) = (&mut signing.random(), &signing.pool);
        method.choose(&signing.service, pool, Key::App, &now, random).unwrap()
    };
    assert!(matches!(chosen, Changed::Next));
    // Nothing has changed yet.
    assert_eq!(signing.site.states("4711"), ["active"]);
    let count = |table: &str| signing.site.number(&format!("SELECT count(*) FROM {table}"));
    assert_eq!((count("keys"), count("confirmed")), (0, 0));
    let app = change(&signing, &id, &now);
    let secret = groups(&signing, &app);
    let sealed = signing.site.shell("SELECT secret FROM changes");
    assert!(!sealed.contains(&secret.replace(' ', "")), "{sealed}");
    assert!(matches!(prove(&signing, app, "000000", &now), Changed::Refused(_)));
    let code = app_code(&secret, now.timestamp().as_second());
    let done = prove(&signing, change(&signing, &id, &now), &code, &now);
    let Changed::Done(Done::KeyActive { key, token_ended, .. }) = done else { panic!("{done:?}") };
    assert_eq!((key, token_ended), (Key::App, true));
    assert_eq!(signing.site.states("4711"), ["voided"]);
    assert!(!signing.is_signed_in(&elsewhere, &now));
    assert_eq!(mails.kinds(), ["code", "address changed", "address changed", "key active"]);
    assert_eq!(signing.site.shell("SELECT email FROM accounts").trim(), "jan.p@post.be");
    assert_eq!(signing.site.shell("SELECT reason FROM ends").trim(), "replaced by app");
    send_all(&signing, &now);
    assert_eq!(count("mails"), 1, "what could not be sent");
    // The code that has proven it is used, and the next one lets its holder in.
    let again = asked(&signing, Key::App, "jan", &now);
    assert!(matches!(answer(&signing, again, &code, &now), KeyAnswer::Refused(_)));
    let later = at(60_000);
    let code = app_code(&secret, later.timestamp().as_second());
    let again = asked(&signing, Key::App, "jan", &later);
    let KeyAnswer::SignedIn(signed_in) = answer(&signing, again, &code, &later) else { panic!() };
    let session = signing.service.session(&signing.pool, &signed_in.session, &later).unwrap();
    assert_eq!(session.unwrap().key, Key::App);
    let again = asked(&signing, Key::App, "jan", &later);
    assert!(matches!(answer(&signing, again, &code, &later), KeyAnswer::Refused(_)));
}

#[test]
fn a_change_that_is_abandoned_or_too_old_changes_nothing() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let now = start();
    let id = begin(&signing, signing.sign_in(&card, "jan", &now), ChangeKind::Activate, &now);
    let id = id.unwrap();
    send(&signing, change(&signing, &id, &now), "other@post.be", &now);
    confirm(&signing, change(&signing, &id, &now), &mails.code("jan"), &now);
    let late = at(31 * 60_000);
    assert!(signing.service.change(&signing.pool, &id, &late).unwrap().is_none());
    assert_eq!(signing.site.states("4711"), ["active"]);
    assert_eq!(signing.site.shell("SELECT email FROM accounts").trim(), "jan@post.be");
    assert_eq!(signing.site.number("SELECT count(*) FROM keys"), 0);
}

#[test]
fn a_mailed_code_is_good_for_its_sign_in_for_ten_minutes_and_five_tries() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    activate_mail(&signing, &mails, &card, "jan", &at(-900_000));
    let now = start();
    let first = asked(&signing, Key::Mail, "jan", &now);
    let code = mails.code("jan");
    // Another sign-in has another code.
    let second = asked(&signing, Key::Mail, "jan", &now);
    assert_ne!(mails.code("jan"), code);
    let KeyAnswer::Refused(second) = answer(&signing, second, &code, &now) else { panic!() };
    let stored = signing.site.shell("SELECT code FROM mail_codes");
    assert!(!stored.contains(&code), "{stored}");
    assert!(matches!(answer(&signing, first, &code, &now), KeyAnswer::SignedIn(_)));
    // The time is over.
    let late = at(600_000);
    let mailed = mails.code("jan");
    let KeyAnswer::Again(_) = answer(&signing, second, &mailed, &late) else { panic!() };
    // Wrong ones use it up; waits are counted apart.
    let mut third = asked(&signing, Key::Mail, "jan", &at(1_200_000));
    let right = mails.code("jan");
    let mut moment = 1_200_000;
    for _ in 0..5 {
        moment += 60_000;
        third = match answer(&signing, third, "000000", &at(moment)) {
            KeyAnswer::Refused(step) => step,
            other => panic!("{other:?}"),
        };
    }
    moment += 60_000;
    assert!(matches!(answer(&signing, third, &right, &at(moment)), KeyAnswer::Again(_)));
}

#[test]
fn who_has_no_such_key_is_asked_all_the_same_and_never_let_in() {
    let (signing, mails) = with_keys();
    signing.enrol("4711", "jan");
    let now = start();
    let app = asked(&signing, Key::App, "jan", &now);
    let zeros = "AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA";
    let code = app_code(zeros, now.timestamp().as_second());
    assert!(matches!(answer(&signing, app, &code, &now), KeyAnswer::Refused(_)));
    let mail = asked(&signing, Key::Mail, "jan", &now);
    assert_eq!(mails.kinds(), ["code"], "written, and sent to nobody");
    assert_eq!(signing.site.number("SELECT count(*) FROM mails"), 0);
    assert!(matches!(answer(&signing, mail, "000000", &now), KeyAnswer::Refused(_)));
}

#[test]
fn wrong_codes_of_a_key_slow_down_that_key_and_no_other() {
    let (signing, _mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let secret = activate_app(&signing, &card, "jan", &at(-120_000));
    let now = start();
    let mut app = asked(&signing, Key::App, "jan", &now);
    for _ in 0..3 {
        let KeyAnswer::Refused(step) = answer(&signing, app, "000000", &now) else { panic!() };
        app = step;
    }
    let code = app_code(&secret, now.timestamp().as_second());
    let KeyAnswer::Wait { step, .. } = answer(&signing, app, &code, &now) else { panic!() };
    // The token is asked for at once, and its answer is right.
    signing.sign_in(&card, "jan", &now);
    assert!(matches!(answer(&signing, step, &code, &at(2000)), KeyAnswer::SignedIn(_)));
    // A slip is told, and counts for nothing.
    let app = asked(&signing, Key::App, "jan", &at(90_000));
    assert!(matches!(answer(&signing, app, "12345", &at(90_000)), KeyAnswer::Slip(_)));
}

#[test]
fn what_concerns_an_app_takes_more_than_an_e_mail_code() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    activate_mail(&signing, &mails, &card, "jan", &at(-300_000));
    for (kind, may) in [
        (ChangeKind::Activate, false),
        (ChangeKind::App, false),
        (ChangeKind::RemoveApp, false),
        (ChangeKind::Language, true),
    ] {
        let later = at(if may { 2_000_000 } else { 0 });
        let mail = asked(&signing, Key::Mail, "jan", &later);
        let answer = answer(&signing, mail, &mails.code("jan"), &later);
        let KeyAnswer::SignedIn(signed_in) = answer else { panic!("{answer:?}") };
        assert_eq!(begin(&signing, signed_in, kind, &later).is_some(), may, "{kind}");
    }
}

#[test]
fn the_last_key_can_not_be_removed_and_another_can() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let secret = activate_app(&signing, &card, "jan", &at(-300_000));
    signing.site.set_state("4711", "voided");
    let sign_in = |later: i64| {
        let now = at(later);
        let app = asked(&signing, Key::App, "jan", &now);
        match answer(&signing, app, &app_code(&secret, now.timestamp().as_second()), &now) {
            KeyAnswer::SignedIn(signed_in) => signed_in,
            other => panic!("{other:?}"),
        }
    };
    let remove = |later: i64| {
        let signed_in = sign_in(later);
        let session = signed_in.session.expose().to_owned();
        let now = at(later);
        let id = begin(&signing, signed_in, ChangeKind::RemoveApp, &now).unwrap();
        let random = &mut signing.random();
        let (service, pool) = (&signing.service, &signing.pool);
        let changed = service.change(pool, &id, &now).unwrap().unwrap();
        let changed = changed.remove(service, pool, &now, random).unwrap();
        (changed, session)
    };
    let (changed, session) = remove(0);
    assert!(matches!(changed, Changed::LastKey));
    assert!(signing.is_signed_in(&session.parse().unwrap(), &start()));
    // Codes by e-mail beside it, and it goes.
    let id = begin(&signing, sign_in(60_000), ChangeKind::Mail, &at(60_000)).unwrap();
    send(&signing, change(&signing, &id, &at(60_000)), "jan@post.be", &at(60_000));
    confirm(&signing, change(&signing, &id, &at(60_000)), &mails.code("jan"), &at(60_000));
    let (changed, session) = remove(120_000);
    assert!(matches!(changed, Changed::Done(Done::KeyRemoved)), "{changed:?}");
    assert!(!signing.is_signed_in(&session.parse().unwrap(), &at(120_000)));
    assert_eq!(signing.site.shell("SELECT key FROM keys").trim(), "mail");
}

#[test]
fn mails_are_limited_by_who_is_written_to() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    activate_mail(&signing, &mails, &card, "jan", &at(-900_000));
    let now = start();
    for _ in 0..5 {
        asked(&signing, Key::Mail, "jan", &now);
    }
    let (_, chosen) = signing.choose_key(Key::Mail, &now);
    let Proof::Proven(_, proven) = signing.prove(chosen, "jan", PASSWORD, HOME, &now) else {
        panic!()
    };
    assert!(matches!(signing.question(proven, &now), Question::Wait { .. }));
}

#[test]
fn an_address_of_another_account_is_refused_to_whoever_reads_a_code_there() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    signing.enrol("4712", "piet");
    let now = start();
    let id = begin(&signing, signing.sign_in(&card, "jan", &now), ChangeKind::Email, &now).unwrap();
    let sent = send(&signing, change(&signing, &id, &now), "piet@post.be", &now);
    assert!(matches!(sent, Changed::Next));
    let changed = confirm(&signing, change(&signing, &id, &now), &mails.code("jan"), &now);
    assert!(matches!(changed, Changed::AddressTaken), "{changed:?}");
    let emails = signing.site.shell("SELECT email FROM accounts ORDER BY holder");
    assert_eq!(emails.lines().collect::<Vec<_>>(), ["jan@post.be", "piet@post.be"]);
}
