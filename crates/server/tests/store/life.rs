//! What operators and time do to tokens.

use jiff::Span;
use tokenkaart_auth::{
    Lane,
    store::{State, token},
    verify::{self, Act, Answer, ExpireError, Expiry, LifeError, Who},
};
use tokenkaart_token::holder::HolderId;

use super::{
    holding::{Card, Making, ask, at, gate, random, sign_in, sweep},
    site::{Site, moment},
};

#[test]
fn the_table_of_states_is_the_one_that_is_documented() {
    let document = std::fs::read_to_string("../../docs/auth-store.md").unwrap();
    let rows: Vec<Vec<&str>> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect::<Vec<_>>())
        .filter(|cells| cells.len() == 3 && cells[0].trim_matches('`').parse::<State>().is_ok())
        .collect();
    assert_eq!(rows.len(), State::ALL.len());
    for (row, state) in rows.iter().zip(State::ALL) {
        assert_eq!(row[0].trim_matches('`'), state.as_str());
        let documented: Vec<&str> =
            row[2].split(", ").filter(|name| *name != "none: an end").collect();
        let known: Vec<String> =
            state.may_become().iter().map(|state| format!("`{state}`")).collect();
        assert_eq!(documented, known, "{state}");
        assert_eq!(state.is_end(), known.is_empty());
    }
}

#[test]
fn an_act_is_done_to_the_states_that_it_is_for_and_leaves_others_alone() {
    let site = Site::new();
    let mut store = site.open();
    for state in State::ALL {
        for (act, to) in [
            (Act::Revoke, State::Revoked),
            (Act::Suspend, State::Suspended),
            (Act::Resume, State::Active),
            (Act::Unlock, State::Active),
        ] {
            let card = Card::give(&site, "4711", &Making::default());
            put(&site, &card, state);
            let who = Who::Serial(card.serial.clone());
            let done = verify::change(&mut store, &who, act, Some("lost"), "clerk", moment(5));
            let is_right = match act {
                Act::Resume => state == State::Suspended,
                Act::Unlock => state == State::Locked,
                // Also one whose card is not in anybody's hands yet.
                Act::Revoke => !state.is_end(),
                Act::Suspend => state.is_live() && state.may_become().contains(&to),
            };
            let now = if is_right { to } else { state };
            let token = token::by_serial(&mut store.read().unwrap(), &card.serial).unwrap();
            assert_eq!(token.unwrap().state, now, "{state} {act:?}");
            match done {
                Ok(changed) => assert_eq!((changed.from, changed.to), (state, to)),
                Err(LifeError::State { state: told, .. }) => assert_eq!(told, state),
                Err(other) => panic!("{other}"),
            }
        }
    }
    let told = format!(
        "SELECT count(*) FROM audit WHERE actor = 'clerk' AND detail = 'lost' AND at = {} \
         AND event IN ('revoked', 'suspended', 'resumed', 'unlocked')",
        moment(5).as_millisecond()
    );
    assert_eq!(site.number(&told), 5 + 1 + 1 + 1);
}

/// Has a token be in a state, behind the back of the rules.
fn put(site: &Site, card: &Card, state: State) {
    let holder = card.holder.as_str();
    let (lane, serial) = (Lane::of(holder), &card.serial);
    let of = format!("lane = {lane} AND holder = '{holder}' AND serial = '{serial}'");
    match state {
        State::Active => {}
        State::Loading => drop(site.shell(&format!("DELETE FROM states WHERE {of}"))),
        State::Pending => drop(site.shell(&format!(
            "UPDATE states SET state = 'pending', pending_until = 4102444800000 WHERE {of}"
        ))),
        _ => site.set_state(holder, state.as_str()),
    }
}

#[test]
fn an_end_is_an_end_also_for_who_writes_the_token_back() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(9));
    for state in [State::Revoked, State::Voided, State::Expired] {
        let card = Card::give(&site, state.as_str(), &Making::default());
        let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
        put(&site, &card, state);
        let lane = Lane::of(state.as_str());
        site.shell(&format!(
            "INSERT INTO states (lane, holder, serial, state, since) \
             VALUES ({lane}, '{state}', '{}', 'active', 0)",
            card.serial
        ));
        assert_eq!(site.states(state.as_str()), [state.as_str()]);
        let code = card.code(challenge.position);
        let answer = gate.answer(&mut store, &challenge.id, code, &at(0)).unwrap();
        assert_eq!(answer, Answer::Refused);
        let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert_eq!(answer, Answer::Refused);
        // Nor does it get another end.
        let again = format!(
            "INSERT INTO ends (lane, holder, serial, state, was, at) \
             VALUES ({lane}, '{state}', '{}', 'revoked', 'active', 0)",
            card.serial
        );
        assert!(site.open().begin().unwrap().batch(&again).is_err(), "{state}");
    }
}

#[test]
fn no_code_of_a_token_that_is_pending_or_loading_lets_anybody_in() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(10));
    for state in [State::Pending, State::Loading] {
        let card = Card::give(&site, state.as_str(), &Making::default());
        let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
        put(&site, &card, state);
        let code = card.code(challenge.position);
        let answer = gate.answer(&mut store, &challenge.id, code, &at(0)).unwrap();
        assert_eq!(answer, Answer::Refused);
        let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert_eq!(answer, Answer::Refused);
        assert_eq!(site.states(state.as_str()), [state.as_str()]);
    }
    // A pending one is void when its time is up, whether anybody sweeps or not.
    let token = token::all_of(&mut store.read().unwrap(), "pending").unwrap().remove(0);
    assert_eq!(token.state_at(moment(0)), State::Pending);
    site.shell("UPDATE states SET pending_until = 1 WHERE state = 'pending'");
    let token = token::all_of(&mut store.read().unwrap(), "pending").unwrap().remove(0);
    assert_eq!(token.state_at(moment(0)), State::Voided);
    let counts = token::counts(&mut store.read().unwrap(), moment(0)).unwrap();
    assert_eq!(counts, [(State::Loading, 1), (State::Voided, 1)]);
}

#[test]
fn a_token_that_is_resumed_has_the_wrong_answers_that_it_had() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(5));
    let card = Card::give(&site, "4711", &Making::default());
    let who = Who::Holder(card.holder.clone());
    for _ in 0..2 {
        let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
        let wrong = card.wrong(challenge.position);
        gate.answer(&mut store, &challenge.id, wrong, &at(0)).unwrap();
    }
    for act in [Act::Suspend, Act::Resume] {
        verify::change(&mut store, &who, act, None, "clerk", moment(0)).unwrap();
    }
    let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
    for expected in [Answer::Refused, Answer::Wait { until: moment(1000) }] {
        let wrong = card.wrong(challenge.position);
        let answer = gate.answer(&mut store, &challenge.id, wrong, &at(0)).unwrap();
        assert_eq!(answer, expected);
    }
}

#[test]
fn a_code_is_used_once_also_for_who_writes_to_the_database() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    let (_, answer) = sign_in(&gate(), &mut site.open(), &card, &at(0), &mut random(4));
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    for again in [
        "INSERT INTO uses SELECT * FROM uses",
        // A use is of a code that is there.
        "INSERT INTO uses SELECT lane, holder, serial, 25, at FROM uses",
        "INSERT INTO uses SELECT lane, 'x' || holder, serial, position, at FROM uses",
    ] {
        assert!(site.open().begin().unwrap().batch(again).is_err(), "{again}");
    }
}

#[test]
fn a_holder_has_one_live_token_and_acts_find_it() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(1));
    let old = Card::give(&site, "4711", &Making::default());
    let new = Card::give(&site, "4711", &Making::default());
    let who = Who::Holder(new.holder.clone());
    let changed = verify::change(&mut store, &who, Act::Suspend, None, "clerk", moment(0)).unwrap();
    assert_eq!(changed.serial, new.serial);
    let (_, answer) = sign_in(&gate, &mut store, &new, &at(0), &mut random);
    assert_eq!(answer, Answer::Refused);
    verify::change(&mut store, &who, Act::Resume, None, "clerk", moment(0)).unwrap();
    let (_, answer) = sign_in(&gate, &mut store, &new, &at(0), &mut random);
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    let challenge = ask(&gate, &mut store, &new.holder, &at(0), &mut random);
    let code = old.code(challenge.position);
    let answer = gate.answer(&mut store, &challenge.id, code, &at(0)).unwrap();
    assert_eq!(answer, Answer::Refused);

    let live = format!(
        "INSERT INTO states (lane, holder, serial, state, since) \
         SELECT lane, holder, serial, 'active', 0 FROM tokens WHERE serial = '{}'",
        old.serial
    );
    assert!(site.open().begin().unwrap().batch(&live).is_err());
    let nobody = Who::Holder(HolderId::new("nobody").unwrap());
    let error = verify::change(&mut store, &nobody, Act::Revoke, None, "clerk", moment(0));
    assert!(matches!(error, Err(LifeError::NoToken { .. })));
}

#[test]
fn tokens_whose_time_is_over_expire_and_what_is_of_no_use_is_forgotten() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(2));
    let ends = |date| Making { expires: Some(date), ..Making::default() };
    Card::give(&site, "today", &ends("2026-11-18"));
    Card::give(&site, "tomorrow", &ends("2026-11-19"));
    Card::give(&site, "never used", &Making::default());
    let used = Card::give(&site, "used", &Making::default());
    let expired = |site: &Site| {
        let sql = "SELECT holder FROM ends WHERE state = 'expired' ORDER BY holder";
        site.shell(sql).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let swept = sweep(&mut store, None, &at(0));
    assert_eq!(swept.expired, 1);
    assert_eq!(expired(&site), ["today"]);

    // A month later one has been used, and somebody has asked for nobody.
    let month = 31 * 24 * 3_600_000;
    let (_, answer) = sign_in(&gate, &mut store, &used, &at(month), &mut random);
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    let nobody = HolderId::new("nobody").unwrap();
    ask(&gate, &mut store, &nobody, &at(month), &mut random);
    let span: Span = "2months".parse().unwrap();
    let swept = sweep(&mut store, Some(span), &at(month));
    assert_eq!((swept.expired, swept.challenges, swept.attempts), (1, 0, 0));
    assert_eq!(expired(&site), ["today", "tomorrow"]);
    let swept = sweep(&mut store, Some(span), &at(2 * month));
    assert_eq!((swept.expired, swept.challenges, swept.attempts), (1, 1, 1));
    assert_eq!(expired(&site), ["never used", "today", "tomorrow"]);
    let swept = sweep(&mut store, Some(span), &at(3 * month + 1));
    assert_eq!((swept.expired, swept.challenges, swept.attempts), (1, 0, 1));
    assert_eq!(expired(&site).len(), 4);
    // Wrong answers of somebody without a token are forgotten after a year.
    let asked = ask(&gate, &mut store, &nobody, &at(4 * month), &mut random);
    gate.answer(&mut store, &asked.id, "222 222 222", &at(4 * month)).unwrap();
    for (later, attempts) in [(15, 0), (16, 1)] {
        // Nothing happened for long, so it is said that no token ends.
        let expiry = Expiry { unused_for: Some(span), expect: Some(0), ..Expiry::default() };
        let swept = verify::expire(&mut store, &expiry, "cron", &at(later * month)).unwrap();
        assert_eq!((swept.expired, swept.attempts), (0, attempts), "{later}");
    }
    let told = "SELECT count(*) FROM audit WHERE event = 'expired' AND actor = 'cron'";
    assert_eq!(site.number(told), 4);
}

#[test]
fn more_tokens_than_a_page_expire_too() {
    let site = Site::new();
    let mut store = site.open();
    // All of one lane.
    let lane = Lane::of("4711");
    let holders = (0..).map(|number| number.to_string()).filter(|name| Lane::of(name) == lane);
    let mut random = random(3);
    let format = tokenkaart_token::token::CodeFormat::default();
    let card = Card::give(&site, "4711", &Making::default());
    let rows: Vec<String> = holders
        .take(450)
        .map(|holder| {
            let token = tokenkaart_token::token::Token::draw(&format, &mut random).unwrap();
            let serial = token.serial();
            format!(
                "INSERT INTO tokens (lane, holder, serial, run, came_at, issued, expires, scheme, \
                 code_format, record_sha256) SELECT lane, 'h{holder}', '{serial}', run, 0, issued, \
                 '2026-11-01', scheme, code_format, '' FROM tokens WHERE serial = '{}'; \
                 INSERT INTO states (lane, holder, serial, state, since) \
                 VALUES ({lane}, 'h{holder}', '{serial}', 'active', 0);",
                card.serial
            )
        })
        .collect();
    let mut open = store.begin().unwrap();
    open.batch(&rows.concat()).unwrap();
    open.commit().unwrap();
    let swept = sweep(&mut store, None, &at(0));
    assert_eq!(swept.expired, 450);
    assert_eq!(site.number("SELECT count(*) FROM audit WHERE event = 'expired'"), 450);
}

#[test]
fn a_clock_that_is_wrong_ends_no_tokens() {
    let site = Site::new();
    let mut store = site.open();
    let ends = |date| Making { expires: Some(date), ..Making::default() };
    let card = Card::give(&site, "kept", &Making::default());
    Card::give(&site, "ends", &ends("2026-12-01"));
    let day = 86_400_000;
    sign_in(&gate(), &mut store, &card, &at(0), &mut random(1));
    let expire = |store: &mut _, later: i64, expect| {
        let expiry = Expiry { expect, ..Expiry::default() };
        verify::expire(store, &expiry, "cron", &at(later))
    };
    // The audit's last row is of the first day.
    let refused = expire(&mut store, 36 * day, None).unwrap_err();
    assert!(matches!(refused, ExpireError::Clock { would: 1, .. }), "{refused}");
    let refused = expire(&mut store, 36 * day, Some(2)).unwrap_err();
    assert!(matches!(refused, ExpireError::OtherCount { would: 1, expected: 2 }), "{refused}");
    assert_eq!(site.number("SELECT count(*) FROM ends"), 0);
    let dry = Expiry { dry_run: true, ..Expiry::default() };
    let would = verify::expire(&mut store, &dry, "cron", &at(36 * day)).unwrap();
    assert_eq!((would.expired, site.number("SELECT count(*) FROM ends")), (1, 0));
    assert_eq!(expire(&mut store, 34 * day, None).unwrap().expired, 1);
    // A clock that is behind.
    sign_in(&gate(), &mut store, &card, &at(40 * day), &mut random(2));
    Card::give(&site, "ends", &ends("2026-11-01"));
    let refused = expire(&mut store, 38 * day, None).unwrap_err();
    assert!(matches!(refused, ExpireError::Clock { would: 1, .. }), "{refused}");
    assert_eq!(expire(&mut store, 38 * day, Some(1)).unwrap().expired, 1);
    // One by which a sign-in was asked for is no witness of itself, and nothing is forgotten by it.
    ask(&gate(), &mut store, &card.holder, &at(300 * day), &mut random(3));
    for expect in [None, Some(1)] {
        assert!(expire(&mut store, 300 * day, expect).is_err());
    }
    // Nor is a moment that no calendar has.
    let lane = Lane::of("kept");
    site.shell(&format!("UPDATE audit SET at = 9223372036854775807 WHERE lane = {lane}"));
    let refused = expire(&mut store, 38 * day, None).unwrap_err();
    assert!(matches!(refused, ExpireError::Clock { would: 0, .. }), "{refused}");
}

#[test]
fn very_many_tokens_end_at_once_only_if_their_count_is_said() {
    let site = Site::new();
    let mut store = site.open();
    let ends = Making { expires: Some("2026-11-01"), ..Making::default() };
    for number in 0..11 {
        Card::give_in(&mut store, &format!("ends {number}"), &ends);
    }
    for number in 0..20 {
        Card::give_in(&mut store, &format!("kept {number}"), &Making::default());
    }
    let mut expire = |expect| {
        let expiry = Expiry { expect, ..Expiry::default() };
        verify::expire(&mut store, &expiry, "cron", &at(0))
    };
    let refused = expire(None).unwrap_err();
    assert!(matches!(refused, ExpireError::Many { would: 11, live: 31 }), "{refused}");
    assert_eq!(expire(Some(11)).unwrap().expired, 11);
}

#[test]
fn a_clock_that_is_ahead_makes_nobody_wait_who_has_not_answered_wrongly() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(21));
    let card = Card::give(&site, "4711", &Making::default());
    for ahead in [1000, 90_000, 899_000, 3_600_000, 1500 * 86_400_000] {
        // Asked for, once with a right answer and once with a wrong one, by the verifier ahead.
        ask(&gate, &mut store, &card.holder, &at(ahead), &mut random);
        let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert!(matches!(answer, Answer::Accepted { .. }), "{ahead}: {answer:?}");
        sign_in(&gate, &mut store, &card, &at(ahead), &mut random);
        let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert!(matches!(answer, Answer::Accepted { .. }), "{ahead}: {answer:?}");
        let asked = ask(&gate, &mut store, &card.holder, &at(ahead), &mut random);
        let wrong = card.wrong(asked.position);
        gate.answer(&mut store, &asked.id, wrong, &at(ahead)).unwrap();
        let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert!(matches!(answer, Answer::Accepted { .. }), "{ahead}: {answer:?}");
    }
}

#[test]
fn a_clock_that_was_ahead_keeps_nobody_waiting_and_unlock_clears_a_wait() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(20));
    let card = Card::give(&site, "4711", &Making::default());
    let who = Who::Holder(card.holder.clone());
    for ahead in [5_000, 90_000, 600_000, 3_600_000, 1500 * 86_400_000] {
        let asked = ask(&gate, &mut store, &card.holder, &at(ahead), &mut random);
        for _ in 0..3 {
            let wrong = card.wrong(asked.position);
            gate.answer(&mut store, &asked.id, wrong, &at(ahead)).unwrap();
        }
        // Three wrong answers, the last of them at a moment to come.
        if ahead <= 9_000 {
            let unlocked = verify::change(&mut store, &who, Act::Unlock, None, "clerk", moment(0));
            assert_eq!(unlocked.unwrap().to, State::Active);
        }
        let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert!(matches!(answer, Answer::Accepted { .. }), "{ahead}: {answer:?}");
    }
    // With nothing to clear there is nothing to unlock.
    let refused = verify::change(&mut store, &who, Act::Unlock, None, "clerk", moment(0));
    assert!(matches!(refused, Err(LifeError::State { .. })), "{refused:?}");
}
