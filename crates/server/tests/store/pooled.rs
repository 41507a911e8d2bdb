//! Through Debian's PgBouncer in its transaction mode: after each transaction a connection is
//! somebody else's.

use std::thread;

use tokenkaart_auth::{
    store::{Address, Cause, Pool, Store, StoreError, audit},
    verify::{Answer, VerifyError},
};

use super::{
    cluster::cluster,
    holding::{Card, Making, ask, at, gate, random},
    imported::records,
    office::Office,
    site::Site,
};

#[test]
fn all_works_through_a_pooler_that_gives_connections_to_others_between_transactions() {
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    let pooler = cluster().pooler(4);
    let url = format!("{}&prepare=no", pooler.url(&database.name));
    let address: Address = url.parse().unwrap();
    let cards: Vec<Card> = (0..8)
        .map(|number| Card::give(&site, &format!("holder {number}"), &Making::default()))
        .collect();
    let pool = Pool::open(&address, 8).unwrap();
    thread::scope(|scope| {
        for (seed, card) in cards.iter().enumerate() {
            let pool = &pool;
            scope.spawn(move || {
                let mut random = random(seed as u64);
                for left in (14..24).rev() {
                    let mut store = pool.get().unwrap();
                    let challenge = ask(&gate(), &mut store, &card.holder, &at(0), &mut random);
                    drop(store);
                    let code = card.code(challenge.position);
                    let answer = gate().answer_with(pool, &challenge.id, code, &at(0)).unwrap();
                    assert_eq!(answer, Answer::Accepted { left, low: false });
                }
            });
        }
    });
    assert_eq!(site.number("SELECT count(*) FROM uses"), 80);
    // No setting of ours is left behind for others.
    let left = site.shell("SHOW lock_timeout");
    let mut other = Store::open(&address).unwrap();
    for _ in 0..8 {
        let found = other
            .read()
            .unwrap()
            .query("SELECT current_setting('statement_timeout') AS statement_timeout", &[])
            .unwrap();
        assert_eq!(found[0].text("statement_timeout").unwrap(), "0");
    }
    assert_eq!(left, "0\n");

    let office = Office::new();
    office.write("run.jsonl", records(0..3000));
    let run = |arguments: &[&str]| office.run(&[arguments, &["--store", &url]].concat()).ended(0);
    assert_eq!(
        run(&["import", "run.jsonl", "--unsigned"]),
        "run.jsonl: 3000 tokens were imported\n"
    );
    assert_eq!(run(&["status"]), "active: 3008 tokens\n");
    run(&["expire"]);
    run(&["suspend", "--holder", "7"]);
    run(&["audit", "--verify"]);
    assert_eq!(audit::verify(&site.open(), None).unwrap().broken, []);
}

#[test]
fn a_pooler_that_knows_no_prepared_statements_is_told_of() {
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    let pooler = cluster().pooler(2);
    let card = Card::give(&site, "4711", &Making::default());
    let address: Address = pooler.url(&database.name).parse().unwrap();
    let mut one = Store::open(&address).unwrap();
    let mut random = random(1);
    ask(&gate(), &mut one, &card.holder, &at(0), &mut random);
    // Somebody else has the connection that the statements were prepared on.
    let mut other = Store::open(&address).unwrap();
    let mut holding = other.begin().unwrap();
    holding.batch("SELECT 1").unwrap();
    let tried = gate().challenge(&mut one, &card.holder, &at(0), &mut random);
    let Err(VerifyError::Store(failed)) = tried else { panic!("{tried:?}") };
    assert!(matches!(failed, StoreError::Database { cause: Cause::Pooled, .. }), "{failed}");
    assert!(failed.to_string().contains("write prepare=no behind the ?"), "{failed}");
}
