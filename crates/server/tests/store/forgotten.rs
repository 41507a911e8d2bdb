//! A password that was forgotten: a code by e-mail and one of a key that is not e-mail, and nothing of
//! either alone.

use jiff::Zoned;
use tokenkaart_auth::{
    ChangeId, Key,
    account::Password,
    change::{Change, Changed, Done, Stage},
    forgotten::{Forgotten, ForgottenAnswer, ForgottenName, ForgottenStage},
    sign_in::Proof,
    verify::{self, Act, LockAfter, Policy, Who},
};

use super::{
    activation::{CHOSEN, change, invite, with_keys},
    app_code::app_code,
    holding::at,
    keys::{activate_app, activate_mail},
    signing_in::{HOME, PASSWORD, Signing, rules, start},
    site::moment,
};

fn forget(signing: &Signing, user_name: &str, from: &str, now: &Zoned) -> ForgottenName {
    let Signing { service, pool, .. } = signing;
    let (from, random) = (from.parse().unwrap(), &mut signing.random());
    service.forget_password(pool, user_name, from, now, random).unwrap()
}

/// Has a code be sent.
#[track_caller]
pub(crate) fn mailed(signing: &Signing, user_name: &str, now: &Zoned) -> ChangeId {
    match forget(signing, user_name, HOME, now) {
        ForgottenName::Mailed(id) => id,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn find(signing: &Signing, id: &ChangeId, now: &Zoned) -> Option<Forgotten> {
    signing.service.forgotten(&signing.pool, id, now).unwrap()
}

#[track_caller]
fn found(signing: &Signing, id: &ChangeId, now: &Zoned) -> Forgotten {
    find(signing, id, now).unwrap()
}

pub(crate) fn answer_mail(
    signing: &Signing,
    step: Forgotten,
    code: &str,
    now: &Zoned,
) -> ForgottenAnswer {
    let Signing { service, pool, .. } = signing;
    step.answer_mail(service, pool, code, now, &mut signing.random()).unwrap()
}

pub(crate) fn choose(signing: &Signing, step: Forgotten, key: Key, now: &Zoned) -> ForgottenAnswer {
    let Signing { service, pool, .. } = signing;
    step.choose(service, pool, key, now, &mut signing.random()).unwrap()
}

pub(crate) fn answer_key(
    signing: &Signing,
    step: Forgotten,
    code: &str,
    now: &Zoned,
) -> ForgottenAnswer {
    let Signing { service, pool, .. } = signing;
    step.answer_key(service, pool, code, now, &mut signing.random()).unwrap()
}

/// Comes as far as where a key is chosen.
#[track_caller]
fn read_mail(
    signing: &Signing,
    mails: &super::signing_in::Mails,
    user: &str,
    now: &Zoned,
) -> ChangeId {
    let id = mailed(signing, user, now);
    match answer_mail(signing, found(signing, &id, now), &mails.code(user), now) {
        ForgottenAnswer::Mailed(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Has the token or the app be asked for.
#[track_caller]
fn asked(signing: &Signing, id: &ChangeId, key: Key, now: &Zoned) -> Forgotten {
    let chosen = choose(signing, found(signing, id, now), key, now);
    assert!(matches!(chosen, ForgottenAnswer::Next), "{chosen:?}");
    found(signing, id, now)
}

#[track_caller]
fn position(step: &Forgotten) -> tokenkaart_token::token::Position {
    match step.stage() {
        ForgottenStage::Token(position) => position,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn proven(answer: ForgottenAnswer) -> ChangeId {
    match answer {
        ForgottenAnswer::Proven(id) => id,
        other => panic!("{other:?}"),
    }
}

fn set_password(signing: &Signing, change: Change, now: &Zoned) -> Changed {
    let Signing { service, pool, .. } = signing;
    let password = Password::chosen(CHOSEN, &[]).unwrap();
    change.set_password(service, pool, &password, now, &mut signing.random()).unwrap()
}

fn proves(signing: &Signing, user: &str, password: &str, now: &Zoned) -> bool {
    let (_, chosen) = signing.choose(now);
    matches!(signing.prove(chosen, user, password, HOME, now), Proof::Proven(..))
}

#[test]
fn a_code_by_e_mail_and_one_of_the_card_give_another_password_and_end_all_sessions() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let now = start();
    let session = signing.sign_in(&card, "jan", &now).session;
    let first = mailed(&signing, " Jan ", &now);
    let step = found(&signing, &first, &now);
    assert_eq!(step.stage(), ForgottenStage::Mail);
    let code = mails.code("jan");
    // Neither the other code nor a key does before this one is right.
    for skipped in [
        choose(&signing, found(&signing, &first, &now), Key::Token, &now),
        answer_key(&signing, found(&signing, &first, &now), &code, &now),
    ] {
        assert!(matches!(skipped, ForgottenAnswer::Next), "{skipped:?}");
    }
    assert_eq!(signing.site.number("SELECT count(*) FROM challenges"), 0, "nothing of the card");
    let slip = answer_mail(&signing, step, "12345", &now);
    let ForgottenAnswer::Slip(None, step) = slip else { panic!("{slip:?}") };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = answer_mail(&signing, step, wrong, &now);
    let ForgottenAnswer::Refused(step) = refused else { panic!("{refused:?}") };
    let ForgottenAnswer::Mailed(second) = answer_mail(&signing, step, &code, &now) else {
        panic!("a right code")
    };
    // The id is another one, and the one before names nothing.
    assert_ne!(first.expose(), second.expose());
    assert!(find(&signing, &first, &now).is_none());
    let step = asked(&signing, &second, Key::Token, &now);
    let right = card.code(position(&step)).to_owned();
    let refused = answer_key(&signing, step, card.wrong(card_position(&signing, &second)), &now);
    let ForgottenAnswer::Refused(step) = refused else { panic!("{refused:?}") };
    assert_eq!(right, card.code(position(&step)), "the same position is asked for");
    let last = proven(answer_key(&signing, step, &right, &now));
    assert!(find(&signing, &second, &now).is_none() && find(&signing, &last, &now).is_none());
    let step = change(&signing, &last, &now);
    assert_eq!(step.stage(), Stage::Act);
    assert!(signing.is_signed_in(&session, &now) && proves(&signing, "jan", PASSWORD, &now));
    let done = set_password(&signing, step, &now);
    assert!(matches!(done, Changed::Done(Done::PasswordChanged)), "{done:?}");
    assert!(!signing.is_signed_in(&session, &now));
    assert!(!proves(&signing, "jan", PASSWORD, &now) && proves(&signing, "jan", CHOSEN, &now));
    assert_eq!(mails.kinds(), ["code", "password changed"]);
    assert_eq!(signing.site.number("SELECT count(*) FROM sign_ins"), 1, "nobody came in by it");
}

fn card_position(signing: &Signing, id: &ChangeId) -> tokenkaart_token::token::Position {
    position(&found(signing, id, &start()))
}

#[test]
fn a_code_of_an_app_does_in_place_of_the_cards() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let secret = activate_app(&signing, &card, "jan", &at(-300_000));
    let now = start();
    let id = read_mail(&signing, &mails, "jan", &now);
    // One may choose again.
    asked(&signing, &id, Key::Token, &now);
    let step = asked(&signing, &id, Key::App, &now);
    assert_eq!(step.stage(), ForgottenStage::App);
    let code = app_code(&secret, now.timestamp().as_second());
    let refused = answer_key(&signing, step, "000000", &now);
    let ForgottenAnswer::Refused(step) = refused else { panic!("{refused:?}") };
    let id = proven(answer_key(&signing, step, &code, &now));
    let done = set_password(&signing, change(&signing, &id, &now), &now);
    assert!(matches!(done, Changed::Done(Done::PasswordChanged)), "{done:?}");
    // The code of the app is used.
    let id = read_mail(&signing, &mails, "jan", &now);
    let step = asked(&signing, &id, Key::App, &now);
    assert!(matches!(answer_key(&signing, step, &code, &now), ForgottenAnswer::Refused(_)));
}

#[test]
fn a_code_by_e_mail_alone_gives_nothing_also_to_who_signs_in_by_e_mail() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    activate_mail(&signing, &mails, &card, "jan", &at(-900_000));
    signing.site.set_state("4711", "voided");
    let now = start();
    let first = mailed(&signing, "jan", &now);
    let id = read_mail(&signing, &mails, "jan", &now);
    let mail = choose(&signing, found(&signing, &id, &now), Key::Mail, &now);
    assert!(matches!(mail, ForgottenAnswer::Next), "{mail:?}");
    assert_eq!(found(&signing, &id, &now).stage(), ForgottenStage::Key);
    // What is on its way is no change of the account.
    for id in [&first, &id] {
        assert!(signing.service.change(&signing.pool, id, &now).unwrap().is_none());
    }
    // Who has neither token nor app is asked all the same.
    let step = asked(&signing, &id, Key::App, &now);
    let zeros = "AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA";
    let code = app_code(zeros, now.timestamp().as_second());
    let refused = answer_key(&signing, step, &code, &now);
    assert!(matches!(refused, ForgottenAnswer::Refused(_)), "{refused:?}");
    let step = asked(&signing, &id, Key::Token, &now);
    let code = card.code(position(&step)).to_owned();
    let refused = answer_key(&signing, step, &code, &now);
    assert!(matches!(refused, ForgottenAnswer::Refused(_)), "{refused:?}");
    assert!(proves(&signing, "jan", PASSWORD, &now));
}

#[test]
fn nobody_learns_by_it_who_has_an_account_and_nobody_else_is_sent_a_mail() {
    let (signing, mails) = with_keys();
    signing.enrol("4711", "jan");
    signing.enrol("4712", "els");
    // Made, and not activated yet.
    invite(&signing, "4713", "piet");
    let before = signing.site.number("SELECT count(*) FROM mails");
    let seen = |user_name: &str| {
        signing.pool.get().unwrap().watched();
        let id = mailed(&signing, user_name, &start());
        let refused = answer_mail(&signing, found(&signing, &id, &start()), "12345", &start());
        assert!(matches!(refused, ForgottenAnswer::Slip(None, _)), "{refused:?}");
        let wrong = if mails.code(user_name) == "000000" { "000001" } else { "000000" };
        let refused = answer_mail(&signing, found(&signing, &id, &start()), wrong, &start());
        assert!(matches!(refused, ForgottenAnswer::Refused(_)), "{refused:?}");
        let watch = signing.pool.get().unwrap().watched();
        (watch.statements, watch.round_trips)
    };
    // Once, so that what is prepared is prepared.
    seen("els");
    let known = seen("jan");
    let long = "x".repeat(100_000);
    for user_name in ["piet", "nobody", "", "  ", "a b", "jan\0", "'; DROP TABLE accounts", &long] {
        assert_eq!(seen(user_name), known, "{user_name:?}");
    }
    assert_eq!(signing.site.number("SELECT count(*) FROM mails"), before + 2);
    // The code that was drawn for nobody is good for nothing, whoever should guess it.
    let id = mailed(&signing, "nobody", &start());
    let code = mails.code("nobody");
    let answer = answer_mail(&signing, found(&signing, &id, &start()), &code, &start());
    let ForgottenAnswer::Mailed(id) = answer else { panic!("{answer:?}") };
    let step = asked(&signing, &id, Key::Token, &start());
    let refused = answer_key(&signing, step, "222 222 222", &start());
    assert!(matches!(refused, ForgottenAnswer::Refused(_)), "{refused:?}");
    // What was typed is nowhere.
    mailed(&signing, "correct horse battery", &start());
    for table in ["limits", "audit", "changes", "mail_codes"] {
        let text = signing.site.shell(&format!("SELECT * FROM {table}"));
        assert!(!text.contains("horse") && !text.contains("nobody@"), "{table}: {text}");
    }
}

#[test]
fn the_code_is_good_for_ten_minutes_and_five_tries_and_its_own_id() {
    let (signing, mails) = with_keys();
    signing.enrol("4711", "jan");
    signing.enrol("4712", "els");
    let now = start();
    let first = mailed(&signing, "jan", &now);
    let code = mails.code("jan");
    let second = mailed(&signing, "jan", &now);
    assert_ne!(mails.code("jan"), code);
    let answer = answer_mail(&signing, found(&signing, &second, &now), &code, &now);
    assert!(matches!(answer, ForgottenAnswer::Refused(_)), "{answer:?}");
    let late = at(600_000);
    let answer = answer_mail(&signing, found(&signing, &first, &late), &code, &late);
    assert!(matches!(answer, ForgottenAnswer::CodeOver), "{answer:?}");
    let third = mailed(&signing, "els", &now);
    let right = mails.code("els");
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let answer = answer_mail(&signing, found(&signing, &third, &now), wrong, &now);
        assert!(matches!(answer, ForgottenAnswer::Refused(_)), "{answer:?}");
    }
    let answer = answer_mail(&signing, found(&signing, &third, &now), &right, &now);
    assert!(matches!(answer, ForgottenAnswer::CodeOver), "{answer:?}");
    assert!(find(&signing, &third, &at(1_800_000)).is_none(), "half an hour");
}

#[test]
fn whoever_asks_for_codes_at_one_address_keeps_the_holder_out_at_no_other() {
    let (signing, _mails) = with_keys();
    signing.enrol("4711", "jan");
    for name in ["jan", "nobody"] {
        for _ in 0..5 {
            let sent = forget(&signing, name, "192.0.2.1", &start());
            assert!(matches!(sent, ForgottenName::Mailed(_)), "{sent:?}");
        }
        let ForgottenName::Wait { until } = forget(&signing, name, "192.0.2.1", &start()) else {
            panic!("{name}")
        };
        assert_eq!(until, moment(300_000));
        let sent = forget(&signing, name, HOME, &start());
        assert!(matches!(sent, ForgottenName::Mailed(_)), "{sent:?}");
        // And nobody is written to without end, from however many addresses.
        let others = (0..30).filter(|number| {
            let from = format!("198.51.100.{number}");
            matches!(forget(&signing, name, &from, &start()), ForgottenName::Mailed(_))
        });
        assert_eq!(others.count(), 14, "{name}");
    }
}

#[test]
fn a_token_that_is_put_aside_gives_no_password_and_too_many_wrong_codes_end_it() {
    let policy = Policy { lock_after: LockAfter::new(3).unwrap(), ..Policy::default() };
    let (signing, mails) = Signing::with_keys(policy, rules());
    for (number, state) in ["active", "suspended", "locked", "revoked"].into_iter().enumerate() {
        let (holder, name) = (format!("471{number}"), format!("user{number}"));
        let card = signing.enrol(&holder, &name);
        if state != "active" {
            signing.site.set_state(&holder, state);
        }
        let id = read_mail(&signing, &mails, &name, &start());
        let mut now = start();
        for round in 1..=3_i64 {
            now = at(round * 60_000);
            let step = asked(&signing, &id, Key::Token, &now);
            let place = position(&step);
            let code = if state == "active" { card.wrong(place) } else { card.code(place) };
            let answer = answer_key(&signing, step, code, &now);
            match (round, &answer) {
                (1 | 2, ForgottenAnswer::Refused(_)) | (3, ForgottenAnswer::Over) => {}
                other => panic!("{state}: {other:?}"),
            }
        }
        assert!(find(&signing, &id, &now).is_none(), "{state}");
    }
    assert_eq!(signing.site.states("4710"), ["locked"]);
}

#[test]
fn a_lock_and_an_operator_end_what_is_under_way() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let now = start();
    let id = read_mail(&signing, &mails, "jan", &now);
    let step = asked(&signing, &id, Key::Token, &now);
    let code = card.code(position(&step)).to_owned();
    let last = proven(answer_key(&signing, step, &code, &now));
    let other = read_mail(&signing, &mails, "jan", &now);
    let who = Who::Holder(card.holder.clone());
    verify::change(&mut signing.site.open(), &who, Act::Suspend, None, "x", moment(0)).unwrap();
    assert!(signing.service.change(&signing.pool, &last, &now).unwrap().is_none());
    assert!(find(&signing, &other, &now).is_none());
    assert!(proves(&signing, "jan", PASSWORD, &now));
}

#[test]
fn one_right_code_at_two_windows_gives_one_change() {
    let (signing, mails) = with_keys();
    let secret = activate_app(&signing, &signing.enrol("4711", "jan"), "jan", &at(-300_000));
    let now = start();
    let id = mailed(&signing, "jan", &now);
    let [one, other] = [0; 2].map(|_| found(&signing, &id, &now));
    let code = mails.code("jan");
    let ForgottenAnswer::Mailed(id) = answer_mail(&signing, one, &code, &now) else { panic!() };
    let again = answer_mail(&signing, other, &code, &now);
    assert!(matches!(again, ForgottenAnswer::CodeOver), "{again:?}");
    let one = asked(&signing, &id, Key::App, &now);
    let other = found(&signing, &id, &now);
    let code = app_code(&secret, now.timestamp().as_second());
    proven(answer_key(&signing, one, &code, &now));
    let again = answer_key(&signing, other, &code, &now);
    assert!(matches!(again, ForgottenAnswer::Over), "{again:?}");
    assert_eq!(signing.site.number("SELECT count(*) FROM changes WHERE what = 'password'"), 1);
}
