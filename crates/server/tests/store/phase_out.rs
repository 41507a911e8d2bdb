//! The last day with the token: it ends at midnight, and nothing brings it back.

use jiff::{Zoned, civil::date, tz::TimeZone};
use tokenkaart_auth::{
    Key, Lane,
    phase_out::{Phase, PhaseOut},
    sign_in::{Choice, CodeAnswer, Question, Step},
    store::{audit, phase_out},
};

use super::{
    holding::at,
    signing_in::{HOME, Signing, authorization, demand, start},
};

fn ends(day: i8) -> PhaseOut {
    PhaseOut {
        warn_from: date(2026, 11, 1),
        last_day: date(2026, 11, day),
        stay: vec![Key::App, Key::Mail],
    }
}

fn moment(zone: &str, text: &str) -> Zoned {
    text.parse::<jiff::Timestamp>().unwrap().to_zoned(TimeZone::get(zone).unwrap())
}

#[test]
fn a_last_day_ends_at_midnight_of_the_offices_zone_and_no_clock_brings_it_back() {
    let signing = Signing::new();
    let ends = ends(20);
    let is_over = |application: &str, zone: &str, text: &str| {
        let clock = moment(zone, text);
        let found = signing.service.phase(&signing.pool, application, Some(&ends), &clock);
        matches!(found.unwrap(), Phase::Over { .. })
    };
    assert!(!is_over("a", "Europe/Brussels", "2026-11-20T22:59:59.999Z"));
    // Elsewhere the day is over, or not for long.
    assert!(!is_over("b", "America/New_York", "2026-11-21T04:59:59Z"));
    assert!(is_over("c", "Asia/Tokyo", "2026-11-20T15:00:00Z"));
    assert!(is_over("a", "Europe/Brussels", "2026-11-20T23:00:00Z"));
    // The clock leaps back, on this instance or another, or the zone is another one.
    for text in ["2026-11-20T22:59:59Z", "2026-11-02T00:00:00Z", "1970-01-01T00:00:00Z"] {
        assert!(is_over("a", "Europe/Brussels", text), "{text}");
        assert!(is_over("a", "America/New_York", text), "{text}");
    }
    assert!(!is_over("b", "Europe/Brussels", "2026-11-20T22:59:59Z"), "another application");
    // A later last day is another one, as the office has it written.
    let later = PhaseOut { last_day: date(2026, 11, 28), ..ends.clone() };
    let clock = moment("Europe/Brussels", "2026-11-21T12:00:00Z");
    let found = signing.service.phase(&signing.pool, "a", Some(&later), &clock).unwrap();
    assert_eq!(found, Phase::Warned { last_day: date(2026, 11, 28) });
    let audit = signing.site.shell("SELECT detail FROM audit WHERE event = 'phased out'");
    let mut closed: Vec<&str> = audit.lines().collect();
    closed.sort_unstable();
    assert_eq!(closed, ["a, 2026-11-20", "c, 2026-11-20"], "once each");
    assert_eq!(audit::verify(&signing.site.open(), None).unwrap().broken, []);
}

#[test]
fn a_token_is_chosen_by_who_was_told_and_asked_for_no_code_after_the_last_day() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    let now = start();
    let last_day = date(2026, 11, 20);
    let warned = demand(Phase::Warned { last_day });
    let over = demand(Phase::Over { last_day, stay: Key::ALL.to_vec() });

    let id = signing.begin(&now);
    let choose = |demand, is_told| {
        signing.begun(&id, &now).choose(&signing.pool, Key::Token, demand, is_told).unwrap()
    };
    assert!(matches!(choose(&warned, false), Choice::Warned { last_day: day } if day == last_day));
    for is_told in [false, true] {
        assert!(matches!(choose(&over, is_told), Choice::NotTaken));
    }
    assert!(matches!(signing.step(&id, &now), Some(Step::Begun(_))), "nothing was chosen");
    assert!(matches!(choose(&warned, true), Choice::Chosen(_)));

    // The day ends after the password, and after the question.
    let (id, proven) = signing.proven("jan", &now);
    let ask = |proven: tokenkaart_auth::sign_in::PasswordProven, demand| {
        let random = &mut signing.random();
        proven
            .ask(&signing.service, &signing.pool, demand, HOME.parse().unwrap(), &now, random)
            .unwrap()
    };
    assert!(matches!(ask(proven, &over), Question::NotTaken));
    assert_eq!(signing.site.number("SELECT count(*) FROM challenges"), 0, "nothing was asked");
    let Some(Step::Proven(proven)) = signing.step(&id, &now) else { panic!() };
    let Question::Asked(asked) = ask(proven, &warned) else { panic!() };
    let code = card.code(asked.position()).to_owned();
    let answer = {
        let random = &mut signing.random();
        asked.answer(&signing.service, &signing.pool, &code, &over, &now, random).unwrap()
    };
    assert!(matches!(answer, CodeAnswer::NotTaken), "{answer:?}");
    assert_eq!(signing.site.number("SELECT count(*) FROM uses"), 0, "the code was not looked at");
    assert_eq!(signing.site.number("SELECT count(*) FROM sessions"), 0);
}

#[test]
fn who_was_told_is_kept_with_the_session_and_goes_with_it() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    let session = signing.sign_in(&card, "jan", &start()).session;
    let other = signing.sign_in(&card, "jan", &start()).session;
    let is_told =
        |id, application| signing.service.is_told(&signing.pool, id, application).unwrap();
    assert!(!is_told(&session, "app"));
    for _ in 0..2 {
        signing.service.told(&signing.pool, &session, "app", &start()).unwrap();
    }
    assert!(is_told(&session, "app"));
    assert!(!is_told(&session, "other") && !is_told(&other, "app"));
    signing.service.sign_out(&signing.pool, &session, &start()).unwrap();
    assert!(!is_told(&session, "app"));
    assert_eq!(signing.site.number("SELECT count(*) FROM told"), 0);
    signing.service.told(&signing.pool, &session, "app", &start()).unwrap();
    assert_eq!(signing.site.number("SELECT count(*) FROM told"), 0, "nobody is signed in");
}

#[test]
fn who_came_by_token_is_counted_once_a_week_and_listed_while_they_have_one() {
    let signing = Signing::new();
    let week = 7 * 24 * 3_600_000;
    // Moments of the tests begin on a Wednesday.
    let mut cards = Vec::new();
    for (number, (holder, name)) in
        [("4711", "jan"), ("4712", "piet"), ("4713", "els")].into_iter().enumerate()
    {
        let card = signing.enrol(holder, name);
        for later in 0..=number {
            for _ in 0..2 {
                let now = at(week * i64::try_from(later).unwrap() + 90_000_000);
                let session = signing.sign_in(&card, name, &now).session;
                for (client, phases_out) in [("app", true), ("library", false)] {
                    let client = client.to_owned();
                    let wanted = tokenkaart_auth::grant::Authorization {
                        client,
                        phases_out,
                        ..authorization()
                    };
                    let random = &mut signing.random();
                    let code =
                        signing.service.grant(&signing.pool, &session, &wanted, &now, random);
                    assert!(code.unwrap().is_some());
                }
            }
        }
        cards.push(card);
    }
    let weeks = || phase_out::weeks(&mut signing.site.open().read().unwrap()).unwrap();
    let found: Vec<_> =
        weeks().into_iter().map(|week| (week.application, week.token, week.app)).collect();
    assert_eq!(found, [3, 2, 1].map(|token| ("app".to_owned(), token, 0)));
    let second = weeks()[1].monday;
    let since = |monday| {
        let mut found: Vec<String> = Vec::new();
        for lane in Lane::of_holders() {
            let mut store = signing.site.open();
            let mut transaction = store.read().unwrap();
            found.extend(phase_out::by_token(&mut transaction, lane, "app", monday).unwrap());
        }
        found.sort();
        found
    };
    assert_eq!(since(weeks()[0].monday), ["4711", "4712", "4713"]);
    assert_eq!(since(second), ["4712", "4713"]);
    // Who has no token any more needs no letter.
    signing.site.set_state("4713", "revoked");
    assert_eq!(since(second), ["4712"]);
    // After a year nobody needs it.
    super::holding::sweep(&mut signing.site.open(), None, &at(week * 60));
    assert_eq!(weeks(), []);
}
