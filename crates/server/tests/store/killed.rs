//! What is left when a verifier dies in the middle of an answer.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use tokenkaart_auth::verify::{Answer, Challenge};
use tokenkaart_token::hash::PhcString;

use super::{
    holding::{Card, Making, ask, at, gate, random},
    site::Site,
};

/// An attempt has its place, nobody is let in, and the right code is taken when it comes again.
pub(crate) fn assert_charged_and_nothing_accepted(site: &Site, card: &Card, challenge: &Challenge) {
    assert_eq!(site.number("SELECT count(*) FROM guesses"), 1);
    assert_eq!(site.number("SELECT count(*) FROM uses"), 0);
    assert_eq!(site.number("SELECT count(*) FROM audit WHERE event = 'accepted'"), 0);
    let code = card.code(challenge.position);
    let answer = gate().answer(&mut site.open(), &challenge.id, code, &at(1)).unwrap();
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
}

#[test]
fn a_verifier_that_is_killed_in_mid_answer_has_let_nobody_in() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    // The program has its own clock, so this challenge is open for it until 2100.
    let challenge = ask(&gate(), &mut site.open(), &card.holder, &at(0), &mut random(2));
    site.shell("UPDATE challenges SET expires_at = 4102444800000");
    // A hash that takes long enough to be killed in.
    let real = site.shell("SELECT position, hash FROM codes");
    let dear = PhcString::of_no_code("argon2id:m=65536,t=100,p=1".parse().unwrap());
    site.shell(&format!("UPDATE codes SET hash = '{dear}'"));
    let mut verifying = Command::new(env!("CARGO_BIN_EXE_tokenkaart-server"))
        .args(["verify", "--store", &site.url(), "--challenge", challenge.id.as_str()])
        .args(["--max-kdf", "argon2id:m=65536,t=100,p=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let code = card.code(challenge.position);
    writeln!(verifying.stdin.take().unwrap(), "{code}").unwrap();
    while site.number("SELECT count(*) FROM guesses") == 0 {
        assert_eq!(verifying.try_wait().unwrap(), None, "it is done already");
    }
    verifying.kill().unwrap();
    assert_eq!(verifying.wait().unwrap().code(), None, "it was done already");
    for line in real.lines() {
        let (position, hash) = line.split_once('|').unwrap();
        site.shell(&format!("UPDATE codes SET hash = '{hash}' WHERE position = {position}"));
    }
    assert_charged_and_nothing_accepted(&site, &card, &challenge);
}

#[test]
fn places_of_verifiers_that_died_are_free_after_a_minute_and_lock_nothing() {
    let site = Site::new();
    let (mut store, gate) = (site.open(), gate());
    let card = Card::give(&site, "4711", &Making::default());
    let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random(3));
    let lane = challenge.id.lane();
    for number in 1..=10 {
        let at = super::site::moment(0).as_millisecond();
        site.shell(&format!("INSERT INTO guesses VALUES ({lane}, '4711', {number}, {at})"));
    }
    // While they may still be judged, nobody gets past the limit, and nothing is locked.
    let code = card.code(challenge.position);
    let answer = gate.answer(&mut store, &challenge.id, code, &at(1000)).unwrap();
    assert!(matches!(answer, Answer::Wait { .. }), "{answer:?}");
    assert_eq!(site.states("4711"), ["active"]);
    // A right answer at a clock that is ahead of those who judge the others.
    let answer = gate.answer(&mut store, &challenge.id, code, &at(100_000)).unwrap();
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    assert_eq!(site.states("4711"), ["active"]);
    assert_eq!(site.number("SELECT count(*) FROM guesses"), 0);
    assert_eq!(site.number("SELECT failures FROM attempts"), 0);
}
