//! What is left when a server or a verifier dies in the middle of an answer.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    thread,
};

use tokenkaart_auth::{
    store::{Cause, Store, StoreError},
    verify::{Answer, Challenge, VerifyError},
};
use tokenkaart_token::hash::PhcString;

use super::{
    cluster::Cluster,
    holding::{Card, Making, ask, at, gate, number, random},
    site::Site,
};

/// An attempt is charged, nobody is let in, and the right code is taken when it comes again.
fn assert_charged_and_nothing_accepted(site: &Site, card: &Card, challenge: &Challenge) {
    assert_eq!(number(site, "SELECT failures FROM attempts", &[]), 1);
    assert_eq!(number(site, "SELECT count(*) FROM codes WHERE used_at IS NOT NULL", &[]), 0);
    assert_eq!(number(site, "SELECT count(*) FROM audit WHERE event = 'accepted'", &[]), 0);
    let code = card.code(challenge.position);
    let answer = gate().answer(&mut site.open(), &challenge.id, code, &at(1)).unwrap();
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
}

#[test]
fn a_server_that_is_killed_in_mid_answer_has_let_nobody_in() {
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start()));
    let site = Site::Postgres(cluster.database());
    Store::create(&site.address()).unwrap();
    let card = Card::give(&site, "4711", &Making::default());
    let challenge = ask(&gate(), &mut site.open(), &card.holder, &at(0), &mut random(1));
    // Who holds the head of the audit lets the attempt be charged, and nothing be accepted.
    let mut store = site.open();
    let mut holding = store.begin().unwrap();
    holding.query("SELECT seq FROM audit_head WHERE one = 1 FOR UPDATE", &[]).unwrap();
    let failed = thread::scope(|scope| {
        let code = card.code(challenge.position);
        let answering = scope
            .spawn(|| gate().answer(&mut site.open(), &challenge.id, code, &at(0)).unwrap_err());
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                       AND query LIKE '%audit_head%'";
        while site.shell(waiting).trim() != "1" {
            assert!(!answering.is_finished());
        }
        cluster.kill();
        answering.join().unwrap()
    });
    assert!(
        matches!(
            failed,
            VerifyError::Store(StoreError::Database { cause: Cause::Unreachable, .. })
        ),
        "{failed}"
    );
    drop(holding);
    cluster.up();
    assert_charged_and_nothing_accepted(&site, &card, &challenge);
}

#[test]
fn a_verifier_that_is_killed_in_mid_answer_has_let_nobody_in() {
    for site in Site::both() {
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
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let code = card.code(challenge.position);
        writeln!(verifying.stdin.take().unwrap(), "{code}").unwrap();
        while site.shell("SELECT failures FROM attempts").trim() != "1" {
            assert_eq!(verifying.try_wait().unwrap(), None, "it is done already");
        }
        verifying.kill().unwrap();
        assert_eq!(verifying.wait().unwrap().code(), None, "it was done already");
        for line in real.lines() {
            let (position, hash) = line.split_once('|').unwrap();
            site.shell(&format!("UPDATE codes SET hash = '{hash}' WHERE position = {position}"));
        }
        // The attempt was charged by the program's own clock.
        site.shell("UPDATE attempts SET not_before = 0");
        assert_charged_and_nothing_accepted(&site, &card, &challenge);
    }
}
