//! What somebody meets who has not both factors, and those who try.

use std::{collections::BTreeSet, thread};

use tokenkaart_auth::{
    Key,
    account::Password,
    limit::Pace,
    phase_out::Phase,
    session::Demand,
    sign_in::{Choice, CodeAnswer, Loss, Proof, Question, Rules, Step},
    verify::{self, Act, LockAfter, Policy, Who},
};

use super::{
    holding::{Card, Making, at},
    signing_in::{HOME, PASSWORD, Signing, demand, rules, start},
    site::moment,
};

/// A code that fits the format and is nobody's.
const GUESS: &str = "222 222 222";

#[test]
fn nothing_tells_who_has_an_account() {
    let signing = Signing::new();
    signing.enrol("4711", "jan");
    signing.enrol_with("4712", "piet", None);
    let seen = |user_name: &str, password: &str| {
        let (_, chosen) = signing.choose(&start());
        let mut store = signing.pool.get().unwrap();
        store.watched();
        drop(store);
        let proof = signing.prove(chosen, user_name, password, HOME, &start());
        assert!(matches!(proof, Proof::Refused(_)), "{user_name}: {proof:?}");
        // Of a pool the connection that was given back last comes first.
        let watch = signing.pool.get().unwrap().watched();
        (watch.statements, watch.round_trips)
    };
    let known = seen("jan", "vier blauwe olifanten!");
    let long = "x".repeat(100_000);
    for user_name in ["piet", "nobody", "", "  ", "a b", "jan\0", "'; DROP TABLE accounts", &long] {
        assert_eq!(seen(user_name, PASSWORD), known, "{user_name:?}");
    }
    let position = signing.site.number("SELECT count(*) FROM challenges");
    assert_eq!(position, 0, "nothing is asked of the card before the password is right");
    let audit =
        signing.site.shell("SELECT event, detail FROM audit WHERE event = 'password refused'");
    let details: BTreeSet<&str> = audit.lines().filter_map(|line| line.split('|').nth(1)).collect();
    assert_eq!(details, ["no password yet", "unknown user name", "wrong password"].into());
    // What somebody typed who took the one field for the other is nowhere.
    seen("correct horse battery", "jan");
    for table in ["limits", "audit", "steps"] {
        let text = signing.site.shell(&format!("SELECT * FROM {table}"));
        assert!(!text.contains("horse") && !text.contains("nobody"), "{table}: {text}");
    }
}

#[test]
fn wrong_passwords_slow_an_account_down_and_lock_nothing() {
    // Wherever from.
    let by_account = Pace { at_once: 10, ..Pace::OF_ACCOUNT };
    let signing = Signing::with(Policy::default(), Rules { by_account, ..rules() });
    let card = signing.enrol("4711", "jan");
    signing.enrol("4712", "piet");
    for name in ["jan", "nobody"] {
        for round in 0..10 {
            let (_, chosen) = signing.choose(&start());
            // Each from another address.
            let from = format!("192.0.2.{round}");
            let proof = signing.prove(chosen, name, "wrong", &from, &start());
            assert!(matches!(proof, Proof::Refused(_)), "{round}: {proof:?}");
        }
        let (_, chosen) = signing.choose(&start());
        // However it is written, and whether it is right or not.
        let written = name.to_uppercase();
        let proof = signing.prove(chosen, &written, PASSWORD, "198.51.100.1", &start());
        let Proof::Wait { until, step } = proof else { panic!("{proof:?}") };
        assert_eq!(until, moment(60_000), "{name}");
        // A wait isn't made longer by asking.
        let proof = signing.prove(step, name, PASSWORD, HOME, &at(59_999));
        assert!(matches!(proof, Proof::Wait { until, .. } if until == moment(60_000)), "{proof:?}");
    }
    signing.sign_in(&card, "jan", &at(60_000));
    // A right password forgets the wrong ones.
    for _ in 0..10 {
        let (_, chosen) = signing.choose(&at(60_000));
        let proof = signing.prove(chosen, "jan", "wrong", HOME, &at(60_000));
        assert!(matches!(proof, Proof::Refused(_)), "{proof:?}");
    }
    signing.proven("piet", &start());
    assert_eq!(signing.site.states("4711"), ["active"]);
}

#[test]
fn who_tries_passwords_at_one_address_keeps_nobody_out_at_another() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    let (there, minute) = ("192.0.2.1", 60_000);
    let mut tries = 0;
    for round in 0..200 {
        let now = if round < 11 { 0 } else { (round - 10) * minute };
        let (_, chosen) = signing.choose(&at(now));
        match signing.prove(chosen, "jan", "wrong", there, &at(now)) {
            Proof::Refused(_) => tries += 1,
            Proof::Wait { until, .. } => assert_eq!((until, round), (moment(minute), 10)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(tries, 199);
    // In the same minute.
    signing.sign_in(&card, "jan", &at(189 * minute + 1));
}

#[test]
fn a_password_whose_hash_costs_too_much_is_not_judged_by_whoever_has_put_it_there() {
    let signing = Signing::new();
    signing.enrol("4711", "jan");
    signing.site.shell(
        "UPDATE passwords SET hash = '$argon2id$v=19$m=65536,t=9,p=1$c2FsdHNhbHRzYWx0c2FsdA$\
         AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
    );
    let (_, chosen) = signing.choose(&start());
    let proof = signing.prove(chosen, "jan", PASSWORD, HOME, &start());
    assert!(matches!(proof, Proof::Refused(_)), "{proof:?}");
    let why = "SELECT detail FROM audit WHERE event = 'password refused'";
    assert_eq!(signing.site.shell(why), "its hash costs too much\n");
}

#[test]
fn wrong_passwords_slow_an_address_down_and_no_other() {
    let by_address = Pace { at_once: 3, ..Pace::OF_ADDRESS };
    let signing = Signing::with(Policy::default(), Rules { by_address, ..rules() });
    signing.enrol("4711", "jan");
    let mut number = 0;
    let mut tried = |from: &str, now: i64| {
        number += 1;
        let (_, chosen) = signing.choose(&start());
        let proof = signing.prove(chosen, &format!("user{number}"), "wrong", from, &at(now));
        matches!(proof, Proof::Refused(_))
    };
    for (addresses, other) in [
        (["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"], "192.0.2.2"),
        // One line has 64 bits of its own.
        (["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:9::3"], "2001:db8:0:1::1"),
    ] {
        for from in addresses {
            assert!(tried(from, 0), "{from}");
        }
        for from in addresses {
            assert!(!tried(from, 4_999), "{from}");
        }
        assert!(tried(other, 0), "{other}");
        assert!(tried(addresses[0], 5_000) && !tried(addresses[1], 5_000));
    }
    // Right passwords are no attempts.
    for _ in 0..10 {
        signing.proven("jan", &start());
    }
}

#[test]
fn many_passwords_at_once_get_no_further_than_one_after_the_other() {
    let signing = Signing::new();
    signing.enrol("4711", "jan");
    let steps: Vec<_> = (0..24).map(|_| signing.choose(&start()).1).collect();
    let refused = thread::scope(|scope| {
        let threads: Vec<_> = steps
            .into_iter()
            .enumerate()
            .map(|(number, chosen)| {
                let (service, pool) = (&signing.service, &signing.pool);
                scope.spawn(move || {
                    let mut random = super::holding::random(number as u64);
                    let (password, from) = (Password::typed("wrong"), HOME.parse().unwrap());
                    let now = start();
                    let proof =
                        chosen.prove(service, pool, "jan", &password, from, &now, &mut random);
                    matches!(proof.unwrap(), Proof::Refused(_))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|refused| *refused).count()
    });
    assert_eq!(refused, 10);
}

#[test]
fn one_id_at_two_windows_comes_through_once() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    let now = start();
    let (id, first) = signing.choose(&now);
    let Some(Step::Chosen(second)) = signing.step(&id, &now) else { panic!() };
    let proof = signing.prove(first, "jan", PASSWORD, HOME, &now);
    let Proof::Proven(id, proven) = proof else { panic!("{proof:?}") };
    assert!(matches!(signing.prove(second, "jan", PASSWORD, HOME, &now), Proof::Over));

    let Question::Asked(first) = signing.question(proven, &now) else { panic!() };
    let Some(Step::Asked(second)) = signing.step(&id, &now) else { panic!() };
    let code = card.code(first.position()).to_owned();
    assert!(matches!(signing.answer(first, &code, &now), CodeAnswer::SignedIn(_)));
    let answer = signing.answer(second, &code, &now);
    assert!(matches!(answer, CodeAnswer::Again(_)), "{answer:?}");
    assert!(signing.step(&id, &now).is_none());
}

#[test]
fn a_lock_ends_the_sign_in_under_way_and_all_sessions() {
    let lock_after = LockAfter::new(3).unwrap();
    let signing = Signing::with(Policy { lock_after, ..Policy::default() }, rules());
    let card = signing.enrol("4711", "jan");
    let other = signing.enrol("4712", "piet");
    let session = signing.sign_in(&card, "jan", &at(0)).session;
    let others = signing.sign_in(&other, "piet", &at(0)).session;
    let (id, mut asked) = signing.asked("jan", &at(1000));
    let (waiting, _) = signing.proven("jan", &at(1000));
    for round in 1..=3_i64 {
        let wrong = card.wrong(asked.position()).to_owned();
        match signing.answer(asked, &wrong, &at(round * 60_000)) {
            CodeAnswer::Refused(again) if round < 3 => {
                assert!(signing.is_signed_in(&session, &at(round * 60_000)));
                asked = again;
            }
            CodeAnswer::Ended if round == 3 => break,
            other => panic!("{round}: {other:?}"),
        }
    }
    assert_eq!(signing.site.states("4711"), ["locked"]);
    let now = at(200_000);
    assert!(!signing.is_signed_in(&session, &now) && signing.is_signed_in(&others, &now));
    assert!(signing.step(&id, &now).is_none() && signing.step(&waiting, &now).is_none());
    // Whoever begins again is asked at the same position, and refused like for a wrong code; what
    // an operator unlocks brings no session back.
    let (_, asked) = signing.asked("jan", &at(4_000_000));
    let right = card.code(asked.position()).to_owned();
    let answer = signing.answer(asked, &right, &at(4_000_000));
    assert!(matches!(answer, CodeAnswer::Refused(_)), "{answer:?}");
    let who = Who::Holder(card.holder.clone());
    let mut store = signing.site.open();
    verify::change(&mut store, &who, Act::Unlock, None, "clerk", moment(200_000)).unwrap();
    assert!(!signing.is_signed_in(&session, &now));
    signing.sign_in(&card, "jan", &at(5_000_000));
}

/// A token that may not be used looks like one that may, from the first question to the end of the
/// sign-in.
#[test]
fn a_token_that_may_not_be_used_is_asked_for_and_refused_like_any_other() {
    let lock_after = LockAfter::new(4).unwrap();
    let signing = Signing::with(Policy { lock_after, ..Policy::default() }, rules());
    let mut seen = Vec::new();
    for (number, state) in
        ["active", "suspended", "locked", "revoked", "expired", "none"].into_iter().enumerate()
    {
        let (holder, name) = (format!("471{number}"), format!("user{number}"));
        signing.enrol_with(&holder, &name, Some(PASSWORD));
        if state != "none" {
            Card::give(&signing.site, &holder, &Making::default());
        }
        if !["active", "none"].contains(&state) {
            signing.site.set_state(&holder, state);
        }
        let mut met = Vec::new();
        let (id, mut asked) = signing.asked(&name, &start());
        let position = asked.position();
        for round in 1..=5_i64 {
            let now = at(round * 60_000);
            let answer = signing.answer(asked, GUESS, &now);
            met.push(match &answer {
                CodeAnswer::Refused(again) => {
                    assert_eq!(again.position(), position, "{state}");
                    "refused"
                }
                CodeAnswer::Ended => "ended",
                other => panic!("{state}: {other:?}"),
            });
            let CodeAnswer::Refused(again) = answer else { break };
            asked = again;
        }
        assert!(signing.step(&id, &at(600_000)).is_none(), "{state}");
        seen.push(met);
    }
    assert_eq!(seen[0], ["refused", "refused", "refused", "ended"]);
    assert!(seen.iter().all(|met| *met == seen[0]), "{seen:?}");
}

#[test]
fn a_revoked_or_suspended_token_ends_its_holders_sessions_on_every_instance() {
    for act in [Act::Revoke, Act::Suspend] {
        let signing = Signing::new();
        let card = signing.enrol("4711", "jan");
        let session = signing.sign_in(&card, "jan", &start()).session;
        let (id, _) = signing.asked("jan", &start());
        let who = Who::Holder(card.holder.clone());
        verify::change(&mut signing.site.open(), &who, act, None, "clerk", moment(0)).unwrap();
        let another = tokenkaart_auth::store::Pool::open(&signing.site.address(), 1).unwrap();
        assert!(signing.service.session(&another, &session, &start()).unwrap().is_none());
        assert!(signing.service.step(&another, &id, &start()).unwrap().is_none());
        let overview = signing.site.number("SELECT count(*) FROM sign_ins");
        assert_eq!(overview, 1, "the sign-in was, all the same");
    }
}

#[test]
fn a_new_card_lets_a_sign_in_go_on_with_it() {
    let signing = Signing::new();
    let old = signing.enrol("4711", "jan");
    let session = signing.sign_in(&old, "jan", &start()).session;
    let (_, asked) = signing.asked("jan", &start());
    let new = Card::give(&signing.site, "4711", &Making::default());
    let typed = old.code(asked.position()).to_owned();
    let answer = signing.answer(asked, &typed, &start());
    let CodeAnswer::Again(proven) = answer else { panic!("{answer:?}") };
    let Question::Asked(asked) = signing.question(proven, &start()) else { panic!() };
    let typed = new.code(asked.position()).to_owned();
    assert!(matches!(signing.answer(asked, &typed, &start()), CodeAnswer::SignedIn(_)));
    assert!(signing.is_signed_in(&session, &start()));
}

#[test]
fn a_lost_token_is_revoked_by_whoever_is_signed_in_and_knows_the_password() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    signing.enrol("4712", "piet");
    let session = signing.sign_in(&card, "jan", &start()).session;
    let second = signing.sign_in(&card, "jan", &start()).session;
    let report = |password: &str| {
        let (password, from) = (Password::typed(password), HOME.parse().unwrap());
        let random = &mut signing.random();
        let Signing { service, pool, .. } = &signing;
        service.report_lost(pool, &session, &password, from, &start(), random).unwrap()
    };
    assert!(matches!(report("wrong"), Loss::Refused));
    assert!(signing.is_signed_in(&session, &start()));
    assert!(matches!(report(PASSWORD), Loss::Revoked(serial) if serial == card.serial));
    assert_eq!(signing.site.states("4711"), ["revoked"]);
    for session in [&session, &second] {
        assert!(!signing.is_signed_in(session, &start()));
    }
    assert!(matches!(report(PASSWORD), Loss::Over));
    let audit =
        signing.site.shell("SELECT event, detail, actor FROM audit WHERE event = 'revoked'");
    assert_eq!(audit.trim(), "revoked|reported lost by its holder|test");
    assert_eq!(verify_audit(&signing), 0);
}

/// How many chains of the audit are broken.
fn verify_audit(signing: &Signing) -> usize {
    tokenkaart_auth::store::audit::verify(&signing.site.open(), None).unwrap().broken.len()
}

#[test]
fn a_sign_in_and_a_session_end_by_time() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    let minutes = |minutes: i64| at(minutes * 60_000);
    let (id, _) = signing.choose(&minutes(0));
    assert!(signing.step(&id, &minutes(29)).is_some() && signing.step(&id, &minutes(30)).is_none());
    let session = signing.sign_in(&card, "jan", &minutes(0)).session;
    for seen in (0..480).step_by(20) {
        assert!(signing.is_signed_in(&session, &minutes(seen)), "{seen}");
    }
    assert!(signing.is_signed_in(&session, &minutes(479)));
    assert!(!signing.is_signed_in(&session, &minutes(480)));
    let idle = signing.sign_in(&card, "jan", &minutes(0)).session;
    assert!(
        signing.is_signed_in(&idle, &minutes(29)) && !signing.is_signed_in(&idle, &minutes(60))
    );
}

#[test]
fn what_is_of_no_use_any_more_is_swept() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    signing.sign_in(&card, "jan", &start());
    signing.begin(&start());
    let (_, chosen) = signing.choose(&start());
    signing.prove(chosen, "jan", "wrong", HOME, &start());
    let count = |table: &str| signing.site.number(&format!("SELECT count(*) FROM {table}"));
    let tables = ["steps", "sessions", "sign_ins", "limits"];
    assert_eq!(tables.map(count), [2, 1, 1, 3]);
    super::holding::sweep(&mut signing.site.open(), None, &at(20_000));
    // The address's is over, the account's are not.
    assert_eq!(tables.map(count), [2, 1, 1, 2]);
    super::holding::sweep(&mut signing.site.open(), None, &at(8 * 86_400_000));
    assert_eq!(tables.map(count), [0, 0, 1, 0]);
}

#[test]
fn a_key_that_the_application_does_not_take_is_not_chosen() {
    let signing = Signing::new();
    for (key, open) in [
        (Key::Token, &[][..]),
        (Key::Token, &[Key::App, Key::Mail]),
        (Key::App, &[Key::Token]),
        (Key::Mail, &[Key::Token, Key::App]),
    ] {
        let id = signing.begin(&start());
        let demand = Demand { keys: open.to_vec(), ..demand(Phase::Open) };
        let begun = signing.begun(&id, &start());
        let chosen = begun.choose(&signing.pool, key, &demand, false).unwrap();
        assert!(matches!(chosen, Choice::NotTaken), "{key}");
        assert!(matches!(signing.step(&id, &start()), Some(Step::Begun(_))));
    }
    let id = signing.begin(&start());
    signing.service.abandon(&signing.pool, &id).unwrap();
    assert!(signing.step(&id, &start()).is_none());
}
