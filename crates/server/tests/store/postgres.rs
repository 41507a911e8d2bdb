//! What only a server does: it is killed, its connections are lost, and others wait in it.

use std::{process::Command, thread};

use tokenkaart_auth::{
    store::{Cause, Pool, Store, StoreError},
    verify::{Answer, VerifyError},
};

use super::{
    cluster::Cluster,
    holding::{Card, Making, ask, at, gate, random},
    imported::records,
    killed::assert_charged_and_nothing_accepted,
    office::{HOLDERS, Office, Said},
    site::Site,
};

/// A server that a test may kill, with an empty store.
fn own_server() -> (&'static Cluster, Site) {
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start()));
    let site = Site::Postgres(cluster.database());
    Store::create(&site.address()).unwrap();
    (cluster, site)
}

/// Records for the same holders with other serials.
fn newer(numbers: impl IntoIterator<Item = u64>) -> String {
    let mut text = String::new();
    for number in numbers {
        let other = number + 1_000_000;
        let holder = |number: u64| format!("\"holder\":\"{number}\"");
        text += &records([other]).replace(&holder(other), &holder(number));
    }
    text
}

/// The serials of a holder's tokens.
fn serials_of(holder: &str, site: &Site) -> Vec<String> {
    let found = site.shell(&format!("SELECT serial FROM tokens WHERE holder = '{holder}'"));
    found.lines().map(str::to_owned).collect()
}

/// Waits until so many connections to a database wait for others.
fn until_waiting(site: &Site, connections: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while site.number(waiting) != connections {}
}

/// A frozen machine, a stalled disk, or a pooler that has nobody to pass it on to.
#[test]
fn a_server_that_goes_silent_is_given_up_and_nobody_waits_for_it_again() {
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    let card = Card::give(&site, "4711", &Making::default());
    let pool = Pool::open(&site.address(), 1).unwrap();
    let ask = |seed| {
        let mut store = pool.get().unwrap();
        gate().challenge(&mut store, &card.holder, &at(0), &mut random(seed))
    };
    ask(1).unwrap();
    let asleep = database.psql(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid()",
    );
    let signal = |name: &str| {
        for pid in asleep.lines() {
            Command::new("kill").args([name, pid]).status().unwrap();
        }
    };
    signal("-STOP");
    let error = ask(2).unwrap_err();
    assert!(error.to_string().contains("has not answered for 45 seconds"), "{error}");
    ask(3).unwrap();
    signal("-CONT");
}

#[test]
fn a_server_that_is_killed_in_mid_answer_has_let_nobody_in() {
    let (cluster, site) = own_server();
    let card = Card::give(&site, "4711", &Making::default());
    let challenge = ask(&gate(), &mut site.open(), &card.holder, &at(0), &mut random(1));
    // Whoever holds this lets an answer take its place, and nothing be accepted.
    let mut store = site.open();
    let mut holding = store.begin().unwrap();
    holding.batch("LOCK TABLE uses IN SHARE MODE").unwrap();
    let failed = thread::scope(|scope| {
        let code = card.code(challenge.position);
        let answering = scope
            .spawn(|| gate().answer(&mut site.open(), &challenge.id, code, &at(0)).unwrap_err());
        until_waiting(&site, 1);
        cluster.kill();
        answering.join().unwrap()
    });
    assert!(
        matches!(failed, VerifyError::Store(StoreError::Database { cause: Cause::InDoubt, .. })),
        "{failed}"
    );
    drop(holding);
    cluster.up();
    assert_charged_and_nothing_accepted(&site, &card, &challenge);
}

#[test]
fn a_killed_server_loses_what_was_not_committed_and_nothing_else() {
    let (cluster, site) = own_server();
    let mut store = site.open();
    let insert = "INSERT INTO holders (lane, holder, ref) VALUES (1, $1, 'x')";
    let mut transaction = store.begin().unwrap();
    transaction.execute(insert, &["4711".into()]).unwrap();
    transaction.commit().unwrap();
    let mut transaction = store.begin().unwrap();
    transaction.execute(insert, &["4712".into()]).unwrap();
    cluster.kill();
    let error = transaction.commit().unwrap_err();
    assert!(matches!(error, StoreError::Database { cause: Cause::Lost, .. }), "{error}");
    let error = store.begin().map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Database { cause: Cause::Unreachable, .. }), "{error}");
    cluster.up();
    assert_eq!(site.shell("SELECT holder FROM holders").trim(), "4711");
    // The same store connects again.
    assert_eq!(store.begin().unwrap().query("SELECT 1 AS one", &[]).unwrap().len(), 1);
    assert_eq!(store.read().unwrap().query("SELECT 1 AS one", &[]).unwrap().len(), 1);
}

#[test]
fn acts_on_different_lanes_never_wait_for_one_another() {
    let site = Site::new();
    let (one, other) = ("4711", "4712");
    let cards = [one, other].map(|holder| Card::give(&site, holder, &Making::default()));
    let mut store = site.open();
    let mut holding = store.begin().unwrap();
    tokenkaart_auth::store::audit::lock(&mut holding, tokenkaart_auth::Lane::of(one)).unwrap();
    let (_, answer) =
        super::holding::sign_in(&gate(), &mut site.open(), &cards[1], &at(0), &mut random(1));
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            ask(&gate(), &mut site.open(), &cards[0].holder, &at(0), &mut random(2));
        });
        until_waiting(&site, 1);
        assert!(!waiting.is_finished());
        holding.commit().unwrap();
        waiting.join().unwrap();
    });
}

#[test]
fn a_pool_replaces_connections_that_were_lost() {
    let (cluster, site) = own_server();
    let card = Card::give(&site, "4711", &Making::default());
    let pool = Pool::open(&site.address(), 4).unwrap();
    let challenge = ask(&gate(), &mut pool.get().unwrap(), &card.holder, &at(0), &mut random(1));
    let code = card.code(challenge.position);
    cluster.kill();
    let failed = gate().answer_with(&pool, &challenge.id, code, &at(1)).unwrap_err();
    assert!(
        matches!(
            failed,
            VerifyError::Store(StoreError::Database { cause: Cause::Unreachable, .. })
        ),
        "{failed}"
    );
    cluster.up();
    let answer = gate().answer_with(&pool, &challenge.id, code, &at(1)).unwrap();
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
}

#[test]
fn an_import_that_is_cut_off_is_invisible_and_the_same_command_finishes_it() {
    let office = Office::new();
    office.write("run.jsonl", records(0..9000));
    let (cluster, site) = own_server();
    let url = site.url();
    let import = ["import", "run.jsonl", "--unsigned", "--store", &url];
    // First its connections are lost, then the server is killed.
    for cut in [true, false] {
        let before = site.number("SELECT count(*) FROM loads");
        let child = office.command(&import).spawn().unwrap();
        while site.number("SELECT count(*) FROM loads") < before + 2 {}
        if cut {
            site.shell(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            );
        } else {
            cluster.kill();
        }
        let said = Said::of(child.wait_with_output().unwrap()).ended(2);
        assert!(said.contains("give the command again"), "{said}");
        if !cut {
            cluster.up();
        }
        assert_eq!(site.number("SELECT count(*) FROM states"), 0);
        let said = office.run(&["status", "--store", &url]).ended(0);
        assert!(said.contains("loading: "), "{said}");
        assert!(said.contains(" is unfinished: begun "), "{said}");
    }
    let said = office.run(&import).ended(0);
    assert_eq!(said, "run.jsonl: 9000 tokens were imported\n");
    assert_eq!(site.number("SELECT count(*) FROM codes"), 216_000);
    assert_eq!(site.number("SELECT count(*) FROM states"), 9000);
    let said = office.run(&["status", "--store", &url]).ended(0);
    assert_eq!(said, "active: 9000 tokens\n");
}

#[test]
fn what_an_operator_ends_a_moment_before_is_not_told_as_ended_by_an_import() {
    let office = Office::new();
    office.write("old.jsonl", records(0..3));
    office.write("new.jsonl", newer(0..3));
    let site = Site::new();
    let url = site.url();
    office.run(&["import", "old.jsonl", "--store", &url]).ended(0);
    let serial = serials_of("1", &site).remove(0);
    let mut store = site.open();
    let mut holding = store.begin().unwrap();
    tokenkaart_auth::store::audit::lock(&mut holding, tokenkaart_auth::Lane::of("1")).unwrap();
    thread::scope(|scope| {
        let revoking = scope.spawn(|| {
            let who = tokenkaart_auth::verify::Who::Serial(serial.parse().unwrap());
            let act = tokenkaart_auth::verify::Act::Revoke;
            let now = super::site::moment(0);
            tokenkaart_auth::verify::change(&mut site.open(), &who, act, None, "clerk", now)
                .unwrap();
        });
        until_waiting(&site, 1);
        let child = office
            .command(&["import", "new.jsonl", "--unsigned", "--store", &url])
            .spawn()
            .unwrap();
        until_waiting(&site, 2);
        holding.commit().unwrap();
        revoking.join().unwrap();
        let said = Said::of(child.wait_with_output().unwrap()).ended(0);
        assert_eq!(said, "new.jsonl: 3 tokens were imported; 2 older tokens were voided\n");
    });
    assert_eq!(site.number("SELECT count(*) FROM ends WHERE state = 'voided'"), 2);
    assert_eq!(site.number("SELECT count(*) FROM states"), 3);
}

#[test]
fn an_import_and_what_expires_tokens_do_not_stop_each_other() {
    let office = Office::new();
    office.write("old.jsonl", records(0..200));
    office.write("new.jsonl", newer(0..200));
    let site = Site::new();
    let url = site.url();
    office.run(&["import", "old.jsonl", "--store", &url]).ended(0);
    site.shell("UPDATE tokens SET expires = '2026-11-23'");
    let importing =
        office.command(&["import", "new.jsonl", "--unsigned", "--store", &url]).spawn().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            use tokenkaart_auth::verify::{ExpireError, Expiry, expire};
            let mut store = site.open();
            let now = jiff::Zoned::now();
            // The import ends some while these are counted.
            let mut expect = Some(200);
            while let Err(error) =
                expire(&mut store, &Expiry { expect, ..Expiry::default() }, "cron", &now)
            {
                let ExpireError::OtherCount { would, .. } = error else { panic!("{error}") };
                expect = Some(would);
            }
        });
    });
    Said::of(importing.wait_with_output().unwrap()).ended(0);
    assert_eq!(site.number("SELECT count(*) FROM states"), 200);
    assert_eq!(site.number("SELECT count(*) FROM ends"), 200);
    assert_eq!(tokenkaart_auth::store::audit::verify(&site.open(), None).unwrap().broken, []);
}

#[test]
fn the_importer_imports_and_reads_no_hash() {
    let office = Office::with(HOLDERS);
    office.issue("first", &["--date", "2026-11-21"]);
    office.issue("second", &["--date", "2026-11-22"]);
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    let roles = office.run(&["store", "schema", "--for", "postgres", "--roles"]).ended(0);
    database.psql(&roles);
    let login = format!("importer_of_{}", database.name);
    database.psql(&format!("CREATE ROLE {login} LOGIN IN ROLE tokenkaart_importer"));
    let url = database.url(&login);
    for run in ["first", "second"] {
        office.run(&["import", run, "--allow-weak-kdf", "--store", &url]).ended(0);
    }
    assert_eq!(site.number("SELECT count(*) FROM states"), 3);
    assert_eq!(site.number("SELECT count(*) FROM ends WHERE state = 'voided'"), 3);
}

#[test]
fn a_client_that_dies_with_a_lane_in_its_hands_stops_nobody_for_long() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    let mut dying = site.open();
    let mut holding = dying.begin().unwrap();
    tokenkaart_auth::store::audit::lock(&mut holding, tokenkaart_auth::Lane::of("4711")).unwrap();
    // It says nothing any more, and its connection stays.
    let (_, answer) =
        super::holding::sign_in(&gate(), &mut site.open(), &card, &at(0), &mut random(1));
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    let error = holding.commit().unwrap_err();
    assert!(matches!(error, StoreError::Database { cause: Cause::Lost, .. }), "{error}");
    assert!(error.to_string().contains("(25P03)"), "{error}");
}

#[test]
fn what_a_lost_connection_left_undone_is_done_again() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    let challenge = ask(&gate(), &mut site.open(), &card.holder, &at(0), &mut random(1));
    let mut store = site.open();
    let mut holding = store.begin().unwrap();
    tokenkaart_auth::store::audit::lock(&mut holding, tokenkaart_auth::Lane::of("4711")).unwrap();
    let answer = thread::scope(|scope| {
        let answering = scope.spawn(|| {
            gate().answer(&mut site.open(), &challenge.id, card.code(challenge.position), &at(0))
        });
        until_waiting(&site, 1);
        site.shell(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        // Time enough for it to come again, and to be over if it doesn't.
        thread::sleep(std::time::Duration::from_millis(500));
        assert!(!answering.is_finished(), "it has given up");
        holding.commit().unwrap();
        answering.join().unwrap()
    });
    assert_eq!(answer.unwrap(), Answer::Accepted { left: 23, low: false });
    assert_eq!(site.number("SELECT count(*) FROM audit WHERE event = 'accepted'"), 1);
}

#[test]
fn a_commit_that_may_have_been_done_is_not_done_again() {
    let (cluster, site) = own_server();
    let card = Card::give(&site, "4711", &Making::default());
    let challenge = ask(&gate(), &mut site.open(), &card.holder, &at(0), &mut random(1));
    // A commit waits for a standby that is not there, and has been done here meanwhile.
    cluster.psql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    cluster.psql("postgres", "SELECT pg_reload_conf()");
    let failed = thread::scope(|scope| {
        let answering = scope.spawn(|| {
            gate().answer(&mut site.open(), &challenge.id, card.code(challenge.position), &at(0))
        });
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        while site.number(waiting) != 1 {}
        site.shell(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
        );
        answering.join().unwrap().unwrap_err()
    });
    assert!(
        matches!(failed, VerifyError::Store(StoreError::Database { cause: Cause::InDoubt, .. })),
        "{failed}"
    );
    assert!(failed.to_string().contains("it was done or was not"), "{failed}");
    assert_eq!(site.number("SELECT count(*) FROM guesses"), 1);
}

#[test]
fn each_failure_of_a_server_says_what_to_do() {
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    let refused = |sql: &str| {
        let mut store = site.open();
        store.begin().unwrap().batch(sql).unwrap_err().to_string()
    };
    let mut other = site.open();
    let mut holding = other.begin().unwrap();
    holding.batch("LOCK TABLE uses IN ACCESS EXCLUSIVE MODE").unwrap();
    for (sql, code, remedy) in [
        ("SET LOCAL lock_timeout = '20ms'; LOCK TABLE uses", "55P03", "another program holds"),
        ("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(9)", "57014", "waits for"),
        ("SET LOCAL transaction_read_only = on; DELETE FROM attempts", "25006", "the primary"),
        ("SELECT 1 UNION SELECT 2 FOR UPDATE", "0A000", "the primary"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "57P01", "what was begun is undone"),
    ] {
        let said = refused(sql);
        assert!(said.contains(&format!("({code})")) && said.contains(remedy), "{said}");
    }
    let login = format!("crowded_{}", database.name);
    site.shell(&format!("CREATE ROLE {login} LOGIN CONNECTION LIMIT 0"));
    let opened = |url: &str| Store::open(&url.parse().unwrap()).map(drop).unwrap_err().to_string();
    let said = opened(&database.url(&login));
    assert!(said.contains("(53300)") && said.contains("max_connections"), "{said}");
    let said = opened(&database.url("owner").replace(&database.name, "nowhere"));
    assert!(said.contains("(3D000)") && said.contains("make the database first"), "{said}");
}

#[test]
fn every_transaction_has_its_limits() {
    let site = Site::new();
    let mut store = site.open();
    let limits = |transaction: &mut tokenkaart_auth::store::Transaction<'_>| {
        ["lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout"].map(|name| {
            let sql = "SELECT current_setting($1) AS value";
            let row = transaction.query_one(sql, &[name.into()]).unwrap().unwrap();
            row.text("value").unwrap().to_owned()
        })
    };
    assert_eq!(limits(&mut store.begin().unwrap()), ["10s", "5s", "30s"]);
    assert_eq!(limits(&mut store.begin_long().unwrap()), ["10min", "10min", "0"]);
    assert_eq!(limits(&mut store.read().unwrap()), ["10s", "10min", "0"]);
}

#[test]
fn acts_that_were_undone_for_the_sake_of_others_are_done_again() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    // Somebody who locks otherwise than we do; of the two who wait for each other one is undone.
    let mut store = site.open();
    let mut holding = store.begin_long().unwrap();
    holding
        .batch("SET LOCAL deadlock_timeout = '60s'; LOCK TABLE attempts IN EXCLUSIVE MODE")
        .unwrap();
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            ask(&gate(), &mut site.open(), &card.holder, &at(0), &mut random(1));
        });
        until_waiting(&site, 1);
        let lane = tokenkaart_auth::Lane::of("4711");
        tokenkaart_auth::store::audit::lock(&mut holding, lane).unwrap();
        holding.commit().unwrap();
        asking.join().unwrap();
    });
    assert_eq!(site.number("SELECT count(*) FROM challenges"), 1);
}
