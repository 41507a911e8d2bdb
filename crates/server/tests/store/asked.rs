//! Positions that stay drawn, whatever is asked and however often.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokenkaart_auth::verify::{self, Act, Answer, Who};
use tokenkaart_token::{holder::HolderId, token::Position};

use super::{
    holding::{Card, Making, ask, at, gate, random, sign_in, sweep},
    site::{Site, moment},
};

#[test]
fn a_position_stays_drawn_whatever_expires_or_is_unlocked_suspended_or_resumed() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(1));
    let card = Card::give(&site, "4711", &Making::default());
    let who = Who::Holder(card.holder.clone());
    let first = ask(&gate, &mut store, &card.holder, &at(0), &mut random).position;
    let day = 86_400_000;
    let mut acts = [Act::Suspend, Act::Resume, Act::Suspend, Act::Resume].into_iter();
    for later in [1, 2, 30, 200].map(|days| days * day) {
        // In a window of its own each time, long after the one before has ended.
        let again = ask(&gate, &mut store, &card.holder, &at(later), &mut random).position;
        assert_eq!(again, first);
        let act = acts.next().unwrap();
        verify::change(&mut store, &who, act, None, "clerk", moment(later)).unwrap();
        sweep(&mut store, None, &at(later));
        let again = ask(&gate, &mut store, &card.holder, &at(later + day / 2), &mut random);
        assert_eq!(again.position, first);
        store = site.open();
    }
    site.set_state("4711", "locked");
    let again = ask(&gate, &mut store, &card.holder, &at(300 * day), &mut random);
    assert_eq!(again.position, first);
    verify::change(&mut store, &who, Act::Unlock, None, "clerk", moment(300 * day)).unwrap();
    let (position, answer) = sign_in(&gate, &mut store, &card, &at(301 * day), &mut random);
    assert_eq!(position, first);
    assert!(matches!(answer, Answer::Accepted { left: 23, .. }), "{answer:?}");
    let (position, _) = sign_in(&gate, &mut store, &card, &at(301 * day), &mut random);
    assert_ne!(position, first);
}

#[test]
fn a_third_window_takes_over_a_position_and_both_stay_answerable_until_one_is_answered() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(2));
    let card = Card::give(&site, "4711", &Making::default());
    let mut asked = || ask(&gate, &mut site.open(), &card.holder, &at(0), &mut random);
    let windows = [asked(), asked(), asked(), asked(), asked()];
    let [first, second, third, fourth, fifth] = windows.clone().map(|window| window.position);
    assert_ne!(first, second);
    assert_eq!((third, fourth, fifth), (first, second, first));
    // A wrong answer in one window leaves the others as they are.
    let wrong = card.wrong(first);
    let answer = gate.answer(&mut store, &windows[0].id, wrong, &at(1)).unwrap();
    assert_eq!(answer, Answer::Refused);
    for window in &windows {
        let again = gate.challenge_again(&mut store, &window.id, &at(1)).unwrap();
        assert_eq!(again.as_ref(), Some(window));
    }
    let answer = gate.answer(&mut store, &windows[2].id, card.code(first), &at(2)).unwrap();
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
    for same in [0, 2, 4] {
        let answer = gate.answer(&mut store, &windows[same].id, card.code(first), &at(3)).unwrap();
        assert_eq!(answer, Answer::Over);
    }
    let answer = gate.answer(&mut store, &windows[3].id, card.code(second), &at(3)).unwrap();
    assert_eq!(answer, Answer::Accepted { left: 22, low: false });
}

#[test]
fn with_one_code_left_all_windows_ask_for_it() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(3));
    let card = Card::give(&site, "4711", &Making::default());
    for _ in 0..23 {
        sign_in(&gate, &mut store, &card, &at(0), &mut random);
    }
    let windows: Vec<_> =
        (0..3).map(|_| ask(&gate, &mut store, &card.holder, &at(0), &mut random)).collect();
    assert!(windows.iter().all(|window| window.position == windows[0].position));
    let code = card.code(windows[0].position);
    let answer = gate.answer(&mut store, &windows[1].id, code, &at(0)).unwrap();
    assert_eq!(answer, Answer::Accepted { left: 0, low: true });
}

#[test]
fn an_unknown_holder_has_two_positions_that_stay_and_no_row_that_does() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(4));
    let mut of = BTreeMap::new();
    for name in ["nobody", "somebody", "anybody"] {
        let holder = HolderId::new(name).unwrap();
        let mut seen = BTreeSet::new();
        for round in 0..30 {
            let asked = ask(&gate, &mut store, &holder, &at(round * 40_000), &mut random);
            seen.insert(asked.position);
            // Also where nothing is left of the windows before.
            if round == 15 {
                sweep(&mut store, None, &at(400 * 86_400_000));
                store = site.open();
            }
        }
        assert_eq!(seen.len(), 2, "{name}");
        of.insert(name, seen);
    }
    assert!(of["nobody"] != of["somebody"] || of["nobody"] != of["anybody"], "{of:?}");
    assert_eq!(site.number("SELECT count(*) FROM drawn"), 0);
    assert_eq!(site.number("SELECT count(*) FROM holders"), 0);
    sweep(&mut store, None, &at(30 * 86_400_000));
    assert_eq!(site.number("SELECT count(*) FROM attempts"), 0);
    assert_eq!(site.number("SELECT count(*) FROM challenges"), 0);
    // Another store asks for others.
    let other = Site::new();
    let differs = |name: &str| {
        let holder = HolderId::new(name).unwrap();
        let mut store = other.open();
        let mut random = super::holding::random(5);
        !of[name].contains(&ask(&gate, &mut store, &holder, &at(0), &mut random).position)
    };
    assert!(["nobody", "somebody", "anybody"].into_iter().any(differs));
}

#[test]
fn unanswered_challenges_are_counted_and_told() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(6));
    let card = Card::give(&site, "4711", &Making::default());
    for _ in 0..3 {
        ask(&gate, &mut store, &card.holder, &at(0), &mut random);
    }
    let told = site.shell("SELECT detail FROM audit WHERE event = 'challenged' ORDER BY seq");
    assert_eq!(told, "\n1 unanswered\n2 unanswered\n");
    assert_eq!(site.number("SELECT asked FROM attempts"), 3);
    sign_in(&gate, &mut store, &card, &at(0), &mut random);
    assert_eq!(site.number("SELECT asked FROM attempts"), 0);
}

#[derive(Clone, Debug)]
enum Deed {
    Ask,
    /// In which window, counted from the last.
    Answer(usize, bool),
    Operate(Act),
    Expire,
    Restart,
    Wait(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let act = prop_oneof![Just(Act::Suspend), Just(Act::Resume), Just(Act::Unlock)];
    prop_oneof![
        12 => Just(Deed::Ask),
        5 => (0..5_usize, any::<bool>()).prop_map(|(which, right)| Deed::Answer(which, right)),
        2 => act.prop_map(Deed::Operate),
        1 => Just(Deed::Expire),
        1 => Just(Deed::Restart),
        6 => prop_oneof![Just(1000_i64), 10_000..400_000_i64, Just(86_400_000_i64)]
            .prop_map(Deed::Wait),
    ]
}

#[test]
fn whoever_asks_sees_two_positions_at_most_between_two_right_answers() {
    let site = Site::new();
    let config = Config { cases: 40, max_shrink_iters: 100, ..Config::default() };
    let seeded = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let mut runner = TestRunner::new_with_rng(config, seeded);
    let number = Cell::new(0_u64);
    let all = prop::collection::vec(deed(), 1..70);
    let outcome = runner.run(&(all, any::<bool>()), |(deeds, is_known)| {
        let case = number.get() + 1;
        number.set(case);
        let name = format!("holder {case}");
        let card = is_known.then(|| Card::give(&site, &name, &Making::default()));
        let holder = HolderId::new(&name).unwrap();
        let (mut store, gate, mut random) = (site.open(), gate(), random(2000 + case));
        let mut now = 0;
        let mut windows = Vec::new();
        let mut seen: BTreeSet<Position> = BTreeSet::new();
        for deed in deeds {
            match deed {
                Deed::Ask => {
                    let asked = gate.challenge(&mut store, &holder, &at(now), &mut random).unwrap();
                    if let verify::Asked::Challenge(challenge) = asked {
                        seen.insert(challenge.position);
                        windows.push(challenge);
                    }
                }
                Deed::Answer(back, right) => {
                    let Some(which) = windows.len().checked_sub(back + 1) else { continue };
                    let window = &windows[which];
                    let typed = match &card {
                        Some(card) if right => card.code(window.position),
                        Some(card) => card.wrong(window.position),
                        None => "222 222 222",
                    };
                    let answer = gate.answer(&mut store, &window.id, typed, &at(now)).unwrap();
                    if matches!(answer, Answer::Accepted { .. }) {
                        seen.clear();
                    }
                }
                Deed::Operate(act) => {
                    let who = Who::Holder(holder.clone());
                    let _ = verify::change(&mut store, &who, act, None, "clerk", moment(now));
                }
                Deed::Expire => {
                    sweep(&mut store, None, &at(now));
                }
                Deed::Restart => store = site.open(),
                Deed::Wait(passed) => now += passed,
            }
            prop_assert!(seen.len() <= 2, "{seen:?}");
        }
        Ok(())
    });
    outcome.unwrap();
}
