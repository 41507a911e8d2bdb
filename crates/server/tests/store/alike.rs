//! What an outsider can't tell apart.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tokenkaart_auth::{
    store::Store,
    verify::{Answer, Asked, Gate},
};
use tokenkaart_token::holder::HolderId;

use super::{
    holding::{Card, Making, at, gate, pepper, random, sweep},
    site::Site,
};

/// A code that fits the format and is nobody's: its symbols all have the value 0.
const GUESS: &str = "222 222 222";

/// What somebody sees who asks and guesses, twenty times, each time half a minute later.
fn seen(gate: &Gate, store: &mut Store, holder: &HolderId) -> Vec<String> {
    static SEED: AtomicU64 = AtomicU64::new(1000);
    let mut random = random(SEED.fetch_add(1, Ordering::Relaxed));
    let mut seen = Vec::new();
    for now in (0..20).map(|round| at(round * 30_000)) {
        // Two windows at once.
        if let Asked::Challenge(challenge) =
            gate.challenge(store, holder, &now, &mut random).unwrap()
        {
            seen.push(format!("asked until {}", challenge.expires_at));
        }
        match gate.challenge(store, holder, &now, &mut random).unwrap() {
            Asked::Wait { until } => seen.push(format!("wait for a challenge until {until}")),
            Asked::Challenge(challenge) => {
                for typed in [GUESS, "slip", GUESS] {
                    let answer = gate.answer(store, &challenge.id, typed, &now).unwrap();
                    seen.push(format!("{} until {}", say(&answer), challenge.expires_at));
                }
            }
        }
    }
    seen
}

fn say(answer: &Answer) -> String {
    format!("{answer:?}")
}

#[test]
fn an_unknown_holder_an_unusable_token_and_a_wrong_code_are_answered_alike() {
    let site = Site::new();
    let (mut store, gate) = (site.open(), gate());
    let known = Card::give(&site, "known", &Making::default());
    let expected = seen(&gate, &mut store, &known.holder);
    assert!(expected.iter().any(|line| line.starts_with("Refused")));
    assert!(expected.iter().any(|line| line.starts_with("Wait")));
    assert!(expected.iter().any(|line| line.starts_with("Slip")));
    assert!(expected.iter().any(|line| line.starts_with("wait for a challenge")));
    let unknown = HolderId::new("unknown").unwrap();
    assert_eq!(seen(&gate, &mut store, &unknown), expected);
    let over = Making { expires: Some("2026-11-01"), ..Making::default() };
    let over = Card::give(&site, "over", &over);
    assert_eq!(seen(&gate, &mut store, &over.holder), expected);
    for state in ["suspended", "locked", "revoked", "voided", "expired"] {
        let card = Card::give(&site, state, &Making::default());
        site.set_state(state, state);
        assert_eq!(seen(&gate, &mut store, &card.holder), expected, "{state}");
        // Also when its pepper was taken away since.
        let holder = format!("{state} with a pepper");
        let gone = pepper(1);
        let keyed = Making { pepper: Some(&gone), ..Making::default() };
        let card = Card::give(&site, &holder, &keyed);
        site.set_state(&holder, state);
        assert_eq!(seen(&gate, &mut store, &card.holder), expected, "{holder}");
    }
}

#[test]
fn wrong_answers_are_remembered_of_unknown_holders_as_of_known_ones() {
    let site = Site::new();
    let (mut store, gate) = (site.open(), gate());
    let known = Card::give(&site, "known", &Making::default()).holder;
    let unknown = HolderId::new("unknown").unwrap();
    let mut random = random(3);
    let mut failures = |holder: &HolderId, store: &mut Store, later: i64| {
        let asked = gate.challenge(store, holder, &at(later), &mut random).unwrap();
        let Asked::Challenge(challenge) = asked else { panic!("{asked:?}") };
        let answers = (0..4).map(|_| gate.answer(store, &challenge.id, GUESS, &at(later)));
        answers.map(Result::unwrap).collect::<Vec<_>>()
    };
    for day in [0, 1, 30] {
        let now = day * 86_400_000;
        sweep(&mut store, None, &at(now));
        let expected = failures(&known, &mut store, now);
        assert_eq!(failures(&unknown, &mut store, now), expected, "day {day}");
        // The third of the first day slows down, and so does each of a later one.
        let taken = expected.iter().filter(|answer| **answer == Answer::Refused).count();
        assert_eq!(taken, if day == 0 { 3 } else { 1 });
    }
}

/// The middle one of what some answers took.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

#[test]
fn an_unknown_holder_and_a_wrong_code_take_the_same_time() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(2));
    // Dear enough that an answer without a hash would take a small part of it; only the
    // tokens' own hashes are made cheaply.
    let dear = Making { scheme: "argon2id:m=65536,t=1,p=1", ..Making::default() };
    let known = Card::give(&site, "known", &dear).holder;
    let locked = Card::give(&site, "locked", &dear).holder;
    site.set_state("locked", "locked");
    let unknown = HolderId::new("unknown").unwrap();
    let mut times = [const { Vec::new() }; 3];
    // In turns, so that other work on the machine meets all alike.
    for round in 0..7 {
        let now = at(round * 3_600_000);
        for (holder, times) in [&known, &unknown, &locked].into_iter().zip(&mut times) {
            let asked = gate.challenge(&mut store, holder, &now, &mut random).unwrap();
            let Asked::Challenge(challenge) = asked else { panic!("{asked:?}") };
            let begun = Instant::now();
            let answer = gate.answer(&mut store, &challenge.id, GUESS, &now).unwrap();
            times.push(begun.elapsed());
            assert_eq!(answer, Answer::Refused);
        }
    }
    let [known, unknown, locked] = times.map(median);
    for other in [unknown, locked] {
        let ratio = other / known;
        assert!((0.5..2.0).contains(&ratio), "{known} s, {unknown} s, {locked} s");
    }
}
