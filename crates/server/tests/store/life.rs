//! What operators and time do to tokens.

use jiff::Span;
use tokenkaart_auth::{
    store::State,
    verify::{self, Act, Answer, LifeError, Who},
};
use tokenkaart_token::holder::HolderId;

use super::{
    holding::{Card, Making, ask, at, gate, number, random, sign_in},
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
        assert_eq!(state.is_live(), !known.is_empty());
    }
}

#[test]
fn an_act_is_done_to_the_states_that_it_is_for_and_leaves_others_alone() {
    for site in Site::both() {
        let mut store = site.open();
        for state in State::ALL {
            for (act, to) in [
                (Act::Revoke, State::Revoked),
                (Act::Suspend, State::Suspended),
                (Act::Resume, State::Active),
                (Act::Unlock, State::Active),
            ] {
                let card = Card::give(&site, "4711", &Making::default());
                let serial = card.serial.to_string();
                site.shell(&format!(
                    "UPDATE tokens SET state = '{state}' WHERE serial = '{serial}'"
                ));
                let who = Who::Serial(card.serial.clone());
                let done = verify::change(&mut store, &who, act, Some("lost"), "clerk", moment(5));
                let is_right = match act {
                    Act::Resume => state == State::Suspended,
                    Act::Unlock => state == State::Locked,
                    _ => state.may_become().contains(&to),
                };
                let now = if is_right { to } else { state };
                let sql = format!("SELECT state FROM tokens WHERE serial = '{serial}'");
                assert_eq!(site.shell(&sql).trim(), now.as_str(), "{state} {act:?}");
                match done {
                    Ok(changed) => assert_eq!((changed.from, changed.to), (state, to)),
                    Err(LifeError::State { state: told, .. }) => assert_eq!(told, state),
                    Err(other) => panic!("{other}"),
                }
            }
        }
        let told = "SELECT count(*) FROM audit WHERE actor = 'clerk' AND detail = 'lost' \
                    AND at = $1 AND event IN ('revoked', 'suspended', 'resumed', 'unlocked')";
        assert_eq!(number(&site, told, &[moment(5).as_millisecond().into()]), 3 + 1 + 1 + 1);
    }
}

#[test]
fn an_end_is_an_end_also_for_who_writes_to_the_database() {
    for site in Site::both() {
        for state in ["revoked", "voided", "expired"] {
            Card::give(&site, state, &Making::default());
            let set = format!("UPDATE tokens SET state = '{state}' WHERE holder = '{state}'");
            site.shell(&set);
            let back = format!("UPDATE tokens SET state = 'active' WHERE holder = '{state}'");
            assert!(site.open().begin().unwrap().batch(&back).is_err(), "{state}");
        }
    }
}

#[test]
fn a_token_that_is_resumed_has_the_wrong_answers_that_it_had() {
    for site in Site::both() {
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
}

#[test]
fn a_used_code_stays_used_also_for_who_writes_to_the_database() {
    for site in Site::both() {
        let card = Card::give(&site, "4711", &Making::default());
        let (_, answer) = sign_in(&gate(), &mut site.open(), &card, &at(0), &mut random(4));
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
        for (sql, is_taken) in [
            ("UPDATE codes SET used_at = NULL", false),
            ("UPDATE codes SET used_at = used_at + 1", true),
        ] {
            assert_eq!(site.open().begin().unwrap().batch(sql).is_ok(), is_taken, "{sql}");
        }
    }
}

#[test]
fn a_holder_has_one_live_token_and_acts_find_it() {
    for site in Site::both() {
        let (mut store, gate, mut random) = (site.open(), gate(), random(1));
        let old = Card::give(&site, "4711", &Making::default());
        let new = Card::give(&site, "4711", &Making::default());
        let who = Who::Holder(new.holder.clone());
        let changed =
            verify::change(&mut store, &who, Act::Suspend, None, "clerk", moment(0)).unwrap();
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

        let live = format!("UPDATE tokens SET state = 'active' WHERE serial = '{}'", old.serial);
        assert!(site.open().begin().unwrap().batch(&live).is_err());
        let nobody = Who::Holder(HolderId::new("nobody").unwrap());
        let error = verify::change(&mut store, &nobody, Act::Revoke, None, "clerk", moment(0));
        assert!(matches!(error, Err(LifeError::NoToken { .. })));
    }
}

#[test]
fn tokens_whose_time_is_over_expire_and_what_is_of_no_use_is_forgotten() {
    for site in Site::both() {
        let (mut store, gate, mut random) = (site.open(), gate(), random(2));
        let ends = |date| Making { expires: Some(date), ..Making::default() };
        Card::give(&site, "today", &ends("2026-11-18"));
        Card::give(&site, "tomorrow", &ends("2026-11-19"));
        Card::give(&site, "never used", &Making::default());
        let used = Card::give(&site, "used", &Making::default());
        let expired = |site: &Site| {
            let sql = "SELECT holder FROM tokens WHERE state = 'expired' ORDER BY holder";
            site.shell(sql).lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let swept = verify::expire(&mut store, None, "cron", &at(0)).unwrap();
        assert_eq!(swept.expired, 1);
        assert_eq!(expired(&site), ["today"]);

        // A month later one has been used, and somebody has asked for nobody.
        let month = 31 * 24 * 3_600_000;
        let (_, answer) = sign_in(&gate, &mut store, &used, &at(month), &mut random);
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
        let nobody = HolderId::new("nobody").unwrap();
        ask(&gate, &mut store, &nobody, &at(month), &mut random);
        let span: Span = "2months".parse().unwrap();
        let swept = verify::expire(&mut store, Some(span), "cron", &at(month)).unwrap();
        assert_eq!((swept.expired, swept.challenges, swept.attempts), (1, 0, 0));
        assert_eq!(expired(&site), ["today", "tomorrow"]);
        let swept = verify::expire(&mut store, Some(span), "cron", &at(2 * month)).unwrap();
        assert_eq!((swept.expired, swept.challenges, swept.attempts), (1, 2, 0));
        assert_eq!(expired(&site), ["never used", "today", "tomorrow"]);
        let swept = verify::expire(&mut store, Some(span), "cron", &at(3 * month + 1)).unwrap();
        assert_eq!(swept.expired, 1);
        assert_eq!(expired(&site).len(), 4);
        // More than a year later.
        let swept = verify::expire(&mut store, Some(span), "cron", &at(14 * month)).unwrap();
        assert_eq!((swept.expired, swept.challenges, swept.attempts), (0, 0, 2));
        let told = "SELECT count(*) FROM audit WHERE event = 'expired' AND actor = 'cron'";
        assert_eq!(number(&site, told, &[]), 4);
    }
}

#[test]
fn more_tokens_than_a_page_expire_too() {
    let [site, _] = Site::both();
    let mut store = site.open();
    let card = Card::give(&site, "4711", &Making::default());
    site.shell(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203) \
         INSERT INTO tokens (serial, holder, run, issued, expires, scheme, code_format, \
         record_sha256, state_since) SELECT printf('%019d', i), 'holder ' || i, run, issued, \
         '2026-11-01', scheme, code_format, '', 0 FROM tokens, n WHERE serial = '{}'",
        card.serial
    ));
    // Serials of the right form, which numbers are not.
    let format = tokenkaart_token::token::CodeFormat::default();
    let mut random = random(3);
    let renamed: Vec<String> = (1..=1203)
        .map(|number| {
            let token = tokenkaart_token::token::Token::draw(&format, &mut random).unwrap();
            let serial = token.serial();
            format!("UPDATE tokens SET serial = '{serial}' WHERE serial = '{number:019}';")
        })
        .collect();
    site.open()
        .begin()
        .and_then(|mut open| {
            open.batch(&renamed.concat())?;
            open.commit()
        })
        .unwrap();
    let swept = verify::expire(&mut store, None, "cron", &at(0)).unwrap();
    assert_eq!(swept.expired, 1203);
    assert_eq!(number(&site, "SELECT count(*) FROM audit WHERE event = 'expired'", &[]), 1203);
}
