//! Many at once.

use std::{sync::Barrier, thread};

use tokenkaart_auth::verify::{self, Answer, Gate, LockAfter, Policy, SlowAfter};
use tokenkaart_token::{hash::CodeHasher, holder::HolderId, token::CodeFormat};

use super::{
    holding::{Card, Making, ask, at, gate_with, number, random},
    site::{Site, empty_store, moment, until_waiting},
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
    for site in Site::both() {
        let mut random = random(1);
        for (round, policy) in [unhindered.clone(), Policy::default()].into_iter().enumerate() {
            let gate = gate_with(policy);
            let card = Card::give(&site, &format!("holder {round}"), &Making::default());
            let challenge = ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random);
            let answer = (challenge.id.as_str(), card.code(challenge.position));
            let answers = all_at_once(&site, &gate, &[answer; 100]);
            assert_eq!(accepted(&answers), 1, "{answers:?}");
            let serial = || card.serial.to_string().into();
            let used = "SELECT count(*) FROM codes WHERE serial = $1 AND used_at IS NOT NULL";
            assert_eq!(number(&site, used, &[serial()]), 1);
            let left = "SELECT unused FROM tokens WHERE serial = $1 AND state = 'active'";
            assert_eq!(number(&site, left, &[serial()]), 23);
            let told = "SELECT count(*) FROM audit WHERE serial = $1 AND event = 'accepted'";
            assert_eq!(number(&site, told, &[serial()]), 1);
        }
        let verdict =
            tokenkaart_auth::store::audit::verify(&mut site.open().read().unwrap(), None).unwrap();
        assert_eq!(verdict.broken, None);
    }
}

#[test]
fn wrong_answers_at_once_dont_get_past_a_limit() {
    let few = LockAfter::new(10).unwrap();
    let unhindered =
        Policy { slow_after: SlowAfter::new(100).unwrap(), lock_after: few, ..Policy::default() };
    for site in Site::both() {
        // The third one has to be waited for, whoever comes.
        let card = Card::give(&site, "slow", &Making::default());
        let gate = gate_with(Policy::default());
        let challenge = ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random(2));
        let answer = (challenge.id.as_str(), card.wrong(challenge.position));
        let answers = all_at_once(&site, &gate, &[answer; 50]);
        let refused = answers.iter().filter(|answer| **answer == Answer::Refused).count();
        assert_eq!(refused, 3, "{answers:?}");
        assert!(answers.contains(&Answer::Wait { until: moment(1000) }));

        // The tenth one locks; the right code among those that come too late is refused.
        let card = Card::give(&site, "many", &Making::default());
        let gate = gate_with(unhindered.clone());
        let challenge = ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random(3));
        let answer = (challenge.id.as_str(), card.wrong(challenge.position));
        all_at_once(&site, &gate, &[answer; 50]);
        let looked_at = "SELECT count(*) FROM audit WHERE holder = 'many' AND event = 'refused' \
                         AND detail = 'wrong code'";
        assert!(number(&site, looked_at, &[]) <= 10);
        let locked = "SELECT count(*) FROM tokens WHERE holder = 'many' AND state = 'locked'";
        assert_eq!(number(&site, locked, &[]), 1);
        let answer = (challenge.id.as_str(), card.code(challenge.position));
        assert_eq!(accepted(&all_at_once(&site, &gate, &[answer; 5])), 0);
    }
}

#[test]
fn two_sign_ins_at_once_never_get_the_same_position() {
    let policy = Policy { open_at_once: 24, ..Policy::default() };
    for site in Site::both() {
        let gate = gate_with(policy.clone());
        let card = Card::give(&site, "4711", &Making::default());
        let barrier = Barrier::new(24);
        let mut positions: Vec<u8> = thread::scope(|scope| {
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
        positions.sort_unstable();
        assert!(positions.into_iter().eq(1..=24));
    }
}

#[test]
fn a_token_that_is_suspended_while_its_code_is_hashed_lets_nobody_in() {
    for site in Site::both() {
        let gate = gate_with(Policy::default());
        let card = Card::give(&site, "4711", &Making::default());
        let challenge = ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random(4));
        // A hash that takes long enough for an operator.
        let typed = card.code(challenge.position);
        let code = CodeFormat::default().read(typed).unwrap();
        let dear = "argon2id:m=65536,t=40,p=1".parse().unwrap();
        let hash = CodeHasher::new(dear, None).unwrap().hash(&code, &[7; 16]).unwrap();
        site.shell(&format!("UPDATE codes SET hash = '{hash}'"));
        let answer = thread::scope(|scope| {
            let answering = scope
                .spawn(|| gate.answer(&mut site.open(), &challenge.id, typed, &at(0)).unwrap());
            while site.shell("SELECT failures FROM attempts").trim() != "1" {
                assert!(!answering.is_finished());
            }
            site.shell("UPDATE tokens SET state = 'suspended'");
            assert!(!answering.is_finished(), "it is done already");
            answering.join().unwrap()
        });
        assert_eq!(answer, Answer::Refused);
        assert_eq!(number(&site, "SELECT count(*) FROM codes WHERE used_at > 0", &[]), 0);
        let why = site.shell("SELECT detail FROM audit WHERE event = 'refused'");
        assert_eq!(why.trim(), "changed meanwhile");
    }
}

#[test]
fn a_sign_in_and_what_forgets_old_challenges_never_wait_for_each_other() {
    let site = Site::Postgres(empty_store());
    let gate = gate_with(Policy::default());
    let holder = HolderId::new("nobody").unwrap();
    let old = ask(&gate, &mut site.open(), &holder, &at(0), &mut random(5));
    let now = at(400 * 86_400_000);
    // Both of them want to forget this one, the sign-in with the attempts in its hands.
    let mut store = site.open();
    let mut holding = store.begin().unwrap();
    holding
        .query("SELECT id FROM challenges WHERE id = $1 FOR UPDATE", &[old.id.as_str().into()])
        .unwrap();
    thread::scope(|scope| {
        let sweeping =
            scope.spawn(|| verify::expire(&mut site.open(), None, "cron", &now).unwrap());
        until_waiting(&site, 1);
        let asking = scope.spawn(|| ask(&gate, &mut site.open(), &holder, &now, &mut random(6)));
        until_waiting(&site, 2);
        holding.commit().unwrap();
        let swept = sweeping.join().unwrap();
        assert_eq!((swept.challenges, swept.attempts), (1, 1));
        asking.join().unwrap();
    });
    let left = "SELECT count(*) FROM challenges WHERE answered_at IS NULL";
    assert_eq!(number(&site, left, &[]), 1);
}
