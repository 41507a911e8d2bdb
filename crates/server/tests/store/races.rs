//! Many at once.

use std::{
    collections::BTreeSet,
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use tokenkaart_auth::verify::{
    Answer, Gate, HashMemory, LockAfter, Peppers, Policy, SlowAfter, VerifyError,
};
use tokenkaart_token::{
    hash::{Ceiling, CodeHasher},
    holder::HolderId,
    token::CodeFormat,
};

use super::{
    holding::{Card, Making, ask, at, gate_with, random, sign_in},
    site::Site,
};

/// Gives so many answers at once, each through a connection of its own.
fn all_at_once(site: &Site, gate: &Gate, answers: &[(&str, &str)]) -> Vec<Answer> {
    let barrier = Barrier::new(answers.len());
    thread::scope(|scope| {
        let started: Vec<_> = answers
            .iter()
            .map(|(id, typed)| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let mut store = site.open();
                    barrier.wait();
                    gate.answer(&mut store, &id.parse().unwrap(), typed, &at(0)).unwrap()
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn accepted(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| matches!(answer, Answer::Accepted { .. })).count()
}

#[test]
fn of_a_hundred_right_answers_at_once_one_is_accepted() {
    // With the waits that are usual, and without any, so that all of them get to the end.
    let unhindered = Policy {
        slow_after: SlowAfter::new(100).unwrap(),
        lock_after: LockAfter::new(100).unwrap(),
        ..Policy::default()
    };
    let site = Site::new();
    let mut random = random(1);
    for (round, policy) in [unhindered.clone(), Policy::default()].into_iter().enumerate() {
        let gate = gate_with(policy);
        let card = Card::give(&site, &format!("holder {round}"), &Making::default());
        let challenge = ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random);
        let answer = (challenge.id.as_str(), card.code(challenge.position));
        let answers = all_at_once(&site, &gate, &[answer; 100]);
        assert_eq!(accepted(&answers), 1, "{answers:?}");
        let serial = &card.serial;
        let used = format!("SELECT count(*) FROM uses WHERE serial = '{serial}'");
        assert_eq!(site.number(&used), 1);
        let told =
            format!("SELECT count(*) FROM audit WHERE serial = '{serial}' AND event = 'accepted'");
        assert_eq!(site.number(&told), 1);
        assert_eq!(site.states(card.holder.as_str()), ["active"]);
        assert_eq!(site.number("SELECT count(*) FROM guesses"), 0);
    }
    let verified = tokenkaart_auth::store::audit::verify(&site.open(), None).unwrap();
    assert_eq!(verified.broken, []);
}

#[test]
fn wrong_answers_at_once_dont_get_past_a_limit() {
    let few = LockAfter::new(10).unwrap();
    let unhindered =
        Policy { slow_after: SlowAfter::new(100).unwrap(), lock_after: few, ..Policy::default() };
    let site = Site::new();
    // The tenth one locks; the right code among those that come too late is refused.
    let card = Card::give(&site, "many", &Making::default());
    let gate = gate_with(unhindered.clone());
    let challenge = ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random(3));
    let answer = (challenge.id.as_str(), card.wrong(challenge.position));
    all_at_once(&site, &gate, &[answer; 50]);
    let looked_at = "SELECT count(*) FROM audit WHERE event = 'refused' AND detail = 'wrong code'";
    assert_eq!(site.number(looked_at), 10);
    assert_eq!(site.states("many"), ["locked"]);
    let answer = (challenge.id.as_str(), card.code(challenge.position));
    assert_eq!(accepted(&all_at_once(&site, &gate, &[answer; 5])), 0);
}

#[test]
fn right_answers_at_once_never_wait_and_lock_nothing() {
    let site = Site::new();
    let mut random = random(8);
    let gate = gate_with(Policy::default());
    for count in [3, 10] {
        let card = Card::give(&site, &format!("holder {count}"), &Making::default());
        let challenge = ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random);
        let answer = (challenge.id.as_str(), card.code(challenge.position));
        let answers = all_at_once(&site, &gate, &vec![answer; count]);
        assert_eq!(accepted(&answers), 1, "{answers:?}");
        let over = answers.iter().filter(|answer| **answer == Answer::Over).count();
        assert_eq!(over, count - 1, "{answers:?}");
        let (_, answer) = sign_in(&gate, &mut site.open(), &card, &at(0), &mut random);
        assert!(matches!(answer, Answer::Accepted { left: 22, .. }), "{answer:?}");
    }
}

#[test]
fn windows_at_once_show_two_positions() {
    let site = Site::new();
    let gate = gate_with(Policy::default());
    let card = Card::give(&site, "4711", &Making::default());
    let barrier = Barrier::new(24);
    let positions: BTreeSet<u8> = thread::scope(|scope| {
        let started: Vec<_> = (0..24)
            .map(|seed| {
                let (site, gate, card, barrier) = (&site, &gate, &card, &barrier);
                scope.spawn(move || {
                    let mut store = site.open();
                    barrier.wait();
                    let mut random = random(seed);
                    ask(gate, &mut store, &card.holder, &at(0), &mut random).position.number()
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(positions.len(), 2);
}

#[test]
fn a_token_that_is_suspended_while_its_code_is_hashed_lets_nobody_in() {
    let site = Site::new();
    // A hash that takes long enough for an operator.
    let dear = "argon2id:m=65536,t=40,p=1".parse().unwrap();
    let gate = gate_with(Policy { ceiling: Ceiling::default().of(dear), ..Policy::default() });
    let card = Card::give(&site, "4711", &Making::default());
    let challenge = ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random(4));
    let typed = card.code(challenge.position);
    let code = CodeFormat::default().read(typed).unwrap();
    let hash = CodeHasher::new(dear, None).unwrap().hash(&code, &[7; 16]).unwrap();
    site.shell(&format!("UPDATE codes SET hash = '{hash}'"));
    let answer = thread::scope(|scope| {
        let answering =
            scope.spawn(|| gate.answer(&mut site.open(), &challenge.id, typed, &at(0)).unwrap());
        while site.number("SELECT count(*) FROM guesses") == 0 {
            assert!(!answering.is_finished());
        }
        site.set_state("4711", "suspended");
        assert!(!answering.is_finished(), "it is done already");
        answering.join().unwrap()
    });
    assert_eq!(answer, Answer::Refused);
    assert_eq!(site.number("SELECT count(*) FROM uses"), 0);
    let why = site.shell("SELECT detail FROM audit WHERE event = 'refused'");
    assert_eq!(why.trim(), "changed meanwhile");
}

#[test]
fn an_answer_for_which_there_is_no_memory_is_told_so_and_is_no_attempt() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    let memory = Arc::new(HashMemory::new(8).waiting(Duration::from_millis(1)));
    let peppers = Peppers::default().within(Arc::clone(&memory));
    let gate = Gate { peppers, ..gate_with(Policy::default()) };
    let mut store = site.open();
    let mut random = random(1);
    let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
    let all = memory.take("argon2id:m=65536,t=8,p=4".parse().unwrap()).unwrap();
    // More often than a token locks after.
    for _ in 0..120 {
        for typed in [card.wrong(challenge.position), card.code(challenge.position)] {
            let answer = gate.answer(&mut store, &challenge.id, typed, &at(0));
            assert!(matches!(answer, Err(VerifyError::Overloaded)), "{answer:?}");
        }
    }
    // Unknown holders fare alike.
    let nobody = ask(&gate, &mut store, &HolderId::new("nobody").unwrap(), &at(0), &mut random);
    let answer = gate.answer(&mut store, &nobody.id, card.code(challenge.position), &at(0));
    assert!(matches!(answer, Err(VerifyError::Overloaded)), "{answer:?}");
    assert_eq!(site.number("SELECT count(*) FROM guesses"), 0);
    drop(all);
    let typed = card.code(challenge.position);
    let answer = gate.answer(&mut store, &challenge.id, typed, &at(0)).unwrap();
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
}
