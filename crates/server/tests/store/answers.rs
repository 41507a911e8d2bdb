//! Asking and answering, one at a time.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tokenkaart_auth::verify::{self, Act, Answer, LockAfter, Peppers, Policy, VerifyError, Who};
use tokenkaart_token::{
    hash::Ceiling,
    holder::HolderId,
    token::{CodeFormat, Position},
};

use super::{
    holding::{Card, Making, ask, at, gate, gate_with, pepper, random, sign_in, told_to_wait},
    site::{Site, moment},
};

#[test]
fn a_code_lets_in_once() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(1));
    let card = Card::give(&site, "4711", &Making::default());
    let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
    let code = card.code(challenge.position);
    let answer =
        |store: &mut _, typed: &str| gate.answer(store, &challenge.id, typed, &at(1000)).unwrap();
    assert_eq!(answer(&mut store, code), Answer::Accepted { left: 23, low: false });
    assert_eq!(answer(&mut store, code), Answer::Over);
    assert_eq!(gate.challenge_again(&mut store, &challenge.id, &at(1000)).unwrap(), None);
    assert_eq!(site.shell("SELECT position FROM uses"), format!("{}\n", challenge.position));
}

#[test]
fn a_hash_that_costs_too_much_is_not_judged_by_whoever_has_put_it_there() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(1));
    let card = Card::give(&site, "4711", &Making::default());
    let dear = "argon2id:m=4194304,t=100,p=64";
    site.shell(&format!(
        "DELETE FROM decoys; INSERT INTO decoys (one, scheme, code_format) VALUES (1, '{dear}', '{{}}')"
    ));
    // It would take minutes and four GiB.
    let nobody = HolderId::new("nobody").unwrap();
    let asked = ask(&gate, &mut store, &nobody, &at(0), &mut random);
    let answer = gate.answer(&mut store, &asked.id, "222 222 222", &at(0)).unwrap();
    assert_eq!(answer, Answer::Refused);
    let asked = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
    site.shell(
        "UPDATE codes SET hash = '$argon2id$v=19$m=65536,t=9,p=1$c2FsdHNhbHRzYWx0c2FsdA$\
         AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
    );
    let code = card.code(asked.position);
    let error = gate.answer(&mut store, &asked.id, code, &at(0)).unwrap_err();
    assert!(matches!(error, VerifyError::Dear { .. }), "{error}");
    // Who has hashes as dear says so.
    let ceiling = Ceiling::default().of("argon2id:m=65536,t=9,p=4".parse().unwrap());
    let raised = gate_with(Policy { ceiling, ..Policy::default() });
    assert_eq!(raised.answer(&mut store, &asked.id, code, &at(0)).unwrap(), Answer::Refused);
}

#[test]
fn every_position_is_asked_once_and_the_last_ones_are_told() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(2));
    let card = Card::give(&site, "4711", &Making::default());
    let mut seen = BTreeSet::new();
    for left in (0..24).rev() {
        let (position, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert_eq!(answer, Answer::Accepted { left, low: left <= 6 });
        assert!(seen.insert(position), "position {position} twice");
    }
    // Nothing is left that could be right, and it looks as if something were wrong.
    let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
    assert_eq!(answer, Answer::Refused);
}

#[test]
fn what_a_person_types_is_read_with_patience() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(3));
    let card = Card::give(&site, "4711", &Making::default());
    for change in [
        |code: &str| code.to_lowercase(),
        |code: &str| code.replace(' ', ""),
        |code: &str| format!("  {}\n", code.replace(' ', "-")),
    ] {
        let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
        let typed = change(card.code(challenge.position));
        let answer = gate.answer(&mut store, &challenge.id, &typed, &at(0)).unwrap();
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    }
}

#[test]
fn a_question_stays_the_same_until_it_is_answered_or_its_time_is_up() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(4));
    let card = Card::give(&site, "4711", &Making::default());
    let first = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
    assert_eq!(first.expires_at, moment(300_000));
    let wrong = card.wrong(first.position);
    let answer = gate.answer(&mut store, &first.id, wrong, &at(1)).unwrap();
    assert_eq!(answer, Answer::Refused);
    let again = gate.challenge_again(&mut store, &first.id, &at(2)).unwrap();
    assert_eq!(again.as_ref(), Some(&first));

    // Two at once are at other positions.
    let second = ask(&gate, &mut store, &card.holder, &at(60_000), &mut random);
    assert_ne!(second.position, first.position);

    let code = card.code(first.position);
    let answer = gate.answer(&mut store, &first.id, code, &at(300_000)).unwrap();
    assert_eq!(answer, Answer::Over);
    assert_eq!(gate.challenge_again(&mut store, &first.id, &at(300_000)).unwrap(), None);
    ask(&gate, &mut store, &card.holder, &at(300_000), &mut random);
    let code = card.code(second.position);
    let answer = gate.answer(&mut store, &second.id, code, &at(300_000)).unwrap();
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    let nobody = "000123456789abcdef0123456789abcdef".parse().unwrap();
    assert_eq!(gate.answer(&mut store, &nobody, code, &at(0)).unwrap(), Answer::Over);
}

#[test]
fn positions_are_drawn_uniformly() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(6));
    let card = Card::give(&site, "4711", &Making::default());
    let mut counts = [0_u32; 24];
    for round in 0..1200 {
        let now = at(round * 300_000);
        // What stays drawn would be asked for again.
        store
            .begin()
            .and_then(|mut open| {
                open.batch("DELETE FROM drawn")?;
                open.commit()
            })
            .unwrap();
        counts[ask(&gate, &mut store, &card.holder, &now, &mut random).position.index()] += 1;
    }
    // Pearson's statistic; 49.7 is the 99.9 % quantile at 23 degrees of freedom.
    let statistic: f64 = counts.iter().map(|n| (f64::from(*n) - 50.0).powi(2) / 50.0).sum();
    assert!(statistic < 49.7, "{counts:?}: {statistic}");
}

#[test]
fn wrong_answers_slow_down_and_then_lock_until_an_operator_unlocks() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(7));
    let card = Card::give(&site, "4711", &Making::default());
    let mut now = 0;
    for wait in [0, 0, 1, 2, 4, 8, 16, 32, 64, 128] {
        let challenge = ask(&gate, &mut store, &card.holder, &at(now), &mut random);
        let wrong = card.wrong(challenge.position);
        let answer = gate.answer(&mut store, &challenge.id, wrong, &at(now)).unwrap();
        assert_eq!(answer, Answer::Refused);
        let code = card.code(challenge.position);
        if wait > 0 {
            let until = moment(now + wait * 1000);
            let early = at(now + wait * 1000 - 1);
            let answer = gate.answer(&mut store, &challenge.id, code, &early).unwrap();
            assert_eq!(answer, Answer::Wait { until });
            let told = told_to_wait(&gate, &mut store, &card.holder, &early, &mut random);
            assert_eq!(told, until);
        }
        now += 300_000;
    }
    assert_eq!(site.states("4711"), ["locked"]);
    let (_, answer) = sign_in(&gate, &mut store, &card, &at(now), &mut random);
    assert_eq!(answer, Answer::Refused);

    let who = Who::Holder(card.holder.clone());
    verify::change(&mut store, &who, Act::Unlock, None, "clerk", moment(now)).unwrap();
    let (_, answer) = sign_in(&gate, &mut store, &card, &at(now), &mut random);
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
    // A right answer forgets the wrong ones.
    let challenge = ask(&gate, &mut store, &card.holder, &at(now), &mut random);
    let wrong = card.wrong(challenge.position);
    for _ in 0..2 {
        let answer = gate.answer(&mut store, &challenge.id, wrong, &at(now)).unwrap();
        assert_eq!(answer, Answer::Refused);
    }
    let code = card.code(challenge.position);
    let answer = gate.answer(&mut store, &challenge.id, code, &at(now)).unwrap();
    assert_eq!(answer, Answer::Accepted { left: 22, low: false });
}

#[test]
fn a_new_token_begins_without_the_wrong_answers_of_the_old_one() {
    let site = Site::new();
    let (mut store, mut random) = (site.open(), random(8));
    let policy = Policy { lock_after: LockAfter::new(3).unwrap(), ..Policy::default() };
    let gate = gate_with(policy);
    let old = Card::give(&site, "4711", &Making::default());
    let challenge = ask(&gate, &mut store, &old.holder, &at(0), &mut random);
    for _ in 0..3 {
        let wrong = old.wrong(challenge.position);
        gate.answer(&mut store, &challenge.id, wrong, &at(0)).unwrap();
    }
    let new = Card::give(&site, "4711", &Making::default());
    // The challenge was of the old one: no code is taken, and none is counted against the new.
    assert_eq!(gate.challenge_again(&mut store, &challenge.id, &at(0)).unwrap(), None);
    for _ in 0..4 {
        let code = old.code(challenge.position);
        let answer = gate.answer(&mut store, &challenge.id, code, &at(0)).unwrap();
        assert_eq!(answer, Answer::Over);
    }
    let (_, answer) = sign_in(&gate, &mut store, &new, &at(0), &mut random);
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
}

#[test]
fn slips_are_told_and_not_counted_but_not_for_ever() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(9));
    let card = Card::give(&site, "4711", &Making::default());
    let unknown = HolderId::new("nobody").unwrap();
    for holder in [&card.holder, &unknown] {
        let challenge = ask(&gate, &mut store, holder, &at(0), &mut random);
        let mut code = card.code(challenge.position).to_owned();
        // Another last symbol: the check symbol doesn't fit.
        let last = if code.ends_with('2') { '3' } else { '2' };
        code.pop();
        code.push(last);
        for typed in [&code, "", "2", "!!! !!! !!!", &code] {
            let answer = gate.answer(&mut store, &challenge.id, typed, &at(0)).unwrap();
            assert!(matches!(answer, Answer::Slip(_)), "{typed}: {answer:?}");
        }
        let failures = format!("SELECT failures FROM attempts WHERE holder = '{holder}'");
        assert_eq!(site.number(&failures), 0);
        for failed in 1..=3 {
            let answer = gate.answer(&mut store, &challenge.id, &code, &at(0)).unwrap();
            assert_eq!(answer, Answer::Refused);
            assert_eq!(site.number(&failures), failed);
        }
        let answer = gate.answer(&mut store, &challenge.id, &code, &at(0)).unwrap();
        assert_eq!(answer, Answer::Wait { until: moment(1000) });
    }
}

#[test]
fn with_reuse_positions_come_back_and_never_twice_in_a_row() {
    let site = Site::new();
    let policy = Policy { reuse: true, ..Policy::default() };
    let (mut store, gate, mut random) = (site.open(), gate_with(policy), random(10));
    let card =
        Card::give(&site, "4711", &Making { format: CodeFormat::federal(), ..Making::default() });
    let mut last = None;
    let mut seen = BTreeSet::new();
    for round in 0..100 {
        let (position, answer) = sign_in(&gate, &mut store, &card, &at(round), &mut random);
        assert!(matches!(answer, Answer::Accepted { low: false, .. }), "{answer:?}");
        assert_ne!(Some(position), last);
        last = Some(position);
        seen.insert(position);
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[test]
fn each_token_is_verified_with_the_pepper_that_it_names() {
    let site = Site::new();
    let (mut store, mut random) = (site.open(), random(11));
    let (old, new) = (pepper(1), pepper(2));
    let making = |pepper| Making { pepper, ..Making::default() };
    let cards = [
        Card::give(&site, "1", &making(Some(&old))),
        Card::give(&site, "2", &making(Some(&new))),
        Card::give(&site, "3", &making(None)),
    ];
    let mut gate = gate();
    // An operator's mistake is told to the operator, and is no attempt.
    let challenge = ask(&gate, &mut store, &cards[0].holder, &at(0), &mut random);
    let code = cards[0].code(challenge.position);
    let error = gate.answer(&mut store, &challenge.id, code, &at(0)).unwrap_err();
    assert!(matches!(error, VerifyError::NoPepper { key_id } if key_id == old.key_id()));
    assert!(!error.to_string().contains(code), "{error}");
    assert_eq!(site.number("SELECT sum(failures) FROM attempts"), 0);
    assert_eq!(site.number("SELECT count(*) FROM guesses"), 0);

    gate.peppers = Peppers::new(vec![new, old]);
    for card in &cards {
        let (_, answer) = sign_in(&gate, &mut store, card, &at(0), &mut random);
        assert_eq!(answer, Answer::Accepted { left: 23, low: false });
    }
}

#[test]
fn a_token_that_may_not_be_used_lets_nobody_in() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(12));
    let ends = Making { expires: Some("2026-11-19"), ..Making::default() };
    let card = Card::give(&site, "ends", &ends);
    let day = SignedDuration::from_hours(24).as_millis();
    let day = i64::try_from(day).unwrap();
    assert_eq!(at(0).date().to_string(), "2026-11-18");
    let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    let (_, answer) = sign_in(&gate, &mut store, &card, &at(day), &mut random);
    assert_eq!(answer, Answer::Refused);

    // Also when it was ended after the challenge was asked.
    for state in ["suspended", "locked", "revoked", "voided", "expired"] {
        let card = Card::give(&site, state, &Making::default());
        let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
        site.set_state(state, state);
        let code = card.code(challenge.position);
        let answer = gate.answer(&mut store, &challenge.id, code, &at(0)).unwrap();
        assert_eq!(answer, Answer::Refused, "{state}");
        let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert_eq!(answer, Answer::Refused, "{state}");
    }
    assert_eq!(site.number("SELECT count(*) FROM uses"), 1);
}

#[test]
fn no_code_and_no_hash_is_in_the_audit() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(13));
    let card = Card::give(&site, "4711", &Making::default());
    for _ in 0..12 {
        let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
        let code = card.code(challenge.position);
        gate.answer(&mut store, &challenge.id, card.wrong(challenge.position), &at(0)).unwrap();
        gate.answer(&mut store, &challenge.id, &code[1..], &at(0)).unwrap();
        gate.answer(&mut store, &challenge.id, code, &at(0)).unwrap();
    }
    let audit = site.shell("SELECT * FROM audit");
    assert_eq!(audit.matches("accepted").count(), 12);
    let everything =
        audit + &site.shell("SELECT * FROM attempts") + &site.shell("SELECT * FROM challenges");
    let squeezed = everything.replace([' ', '-'], "");
    for position in Position::all() {
        assert!(!squeezed.contains(&card.code(position).replace(' ', "")));
    }
    for hash in site.shell("SELECT hash FROM codes").lines() {
        assert!(!everything.contains(hash.rsplit('$').next().unwrap()));
    }
}
