//! A synchronous hot standby that is promoted when its primary dies.

use std::{sync::Mutex, thread, time::Duration};

use tokenkaart_auth::{
    store::{Cause, Store, StoreError, audit},
    verify::{Answer, Challenge, VerifyError},
};

use super::{
    cluster::{Cluster, Database},
    holding::{Card, Making, ask, at, gate, random},
    site::Site,
};

/// What became of an answer that was given while the primary died.
struct Given<'c> {
    card: &'c Card,
    challenge: Challenge,
    /// None when nobody could say.
    answer: Option<Answer>,
}

#[test]
fn a_promoted_standby_has_lost_no_accepted_code_and_accepts_none_twice() {
    let primary: &'static Cluster = Box::leak(Box::new(Cluster::start()));
    let site = Site::Postgres(primary.database());
    let Site::Postgres(database) = &site else { panic!() };
    Store::create(&site.address()).unwrap();
    let cards: Vec<Card> = (0..6)
        .map(|number| Card::give(&site, &format!("holder {number}"), &Making::default()))
        .collect();
    let standby: &'static Cluster = Box::leak(Box::new(primary.standby()));
    let promoted = Site::Postgres(Database { cluster: standby, name: database.name.clone() });

    // As long as it is a standby it takes no sign-in, and says why.
    let tried = gate().challenge(&mut promoted.open(), &cards[0].holder, &at(0), &mut random(1));
    let Err(VerifyError::Store(refused)) = tried else { panic!("{tried:?}") };
    assert!(matches!(refused, StoreError::Database { cause: Cause::ReadOnly, .. }), "{refused}");

    let given = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for (seed, card) in (10..).zip(&cards) {
            let (site, given) = (&site, &given);
            scope.spawn(move || {
                let (mut store, mut random) = (site.open(), random(seed));
                for _ in 0..24 {
                    let asked = gate().challenge(&mut store, &card.holder, &at(0), &mut random);
                    let Ok(tokenkaart_auth::verify::Asked::Challenge(challenge)) = asked else {
                        return;
                    };
                    let code = card.code(challenge.position);
                    let answer = gate().answer(&mut store, &challenge.id, code, &at(0)).ok();
                    let is_over = answer.is_none();
                    given.lock().unwrap().push(Given { card, challenge, answer });
                    if is_over {
                        return;
                    }
                }
            });
        }
        while given.lock().unwrap().len() < 12 {
            thread::sleep(Duration::from_millis(1));
        }
        primary.kill();
    });
    standby.promote();
    standby.psql("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
    standby.psql("postgres", "SELECT pg_reload_conf()");
    let given = given.into_inner().unwrap();
    let mut store = promoted.open();
    let mut accepted = 0;
    for Given { card, challenge, answer } in &given {
        let holder = &card.holder;
        let used = promoted.number(&format!(
            "SELECT count(*) FROM uses WHERE holder = '{holder}' AND position = {}",
            challenge.position
        ));
        if let Some(answer) = answer {
            assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
            assert_eq!(used, 1, "an accepted code of {holder} is lost");
            accepted += 1;
        }
        // The same code again: taken at most once in all.
        let code = card.code(challenge.position);
        let again = gate().answer(&mut store, &challenge.id, code, &at(1)).unwrap();
        if used == 1 {
            assert_eq!(again, Answer::Over);
        }
    }
    assert!(accepted >= 12, "{accepted}");
    assert_eq!(audit::verify(&store, None).unwrap().broken, []);
    let challenge = ask(&gate(), &mut store, &cards[0].holder, &at(2), &mut random(99));
    assert!(!challenge.id.as_str().is_empty());
}
