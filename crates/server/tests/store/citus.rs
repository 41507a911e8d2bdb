//! What Citus asks of the SQL, held without one: it is not in Debian. docs/scale.md says what was
//! run on it and what was not.

use std::collections::BTreeSet;

use tokenkaart_auth::{
    Key,
    account::{self, Password},
    counter::{self, ActKey, IdentityDocument},
    forgotten::ForgottenAnswer,
    grant::Redeemed,
    store::{Pool, Store, schema::Dialect},
    verify::{self, Act, Answer, LockAfter, Policy, Who},
};
use tokenkaart_token::holder::HolderId;

use super::{
    activation::{CHOSEN, change, confirm_address, listed, opened, set_up, typed},
    forgotten::{answer_key, answer_mail, choose, find, mailed},
    holding::{Card, Making, ask, at, gate, gate_with, random, sign_in, sweep},
    signing_in::{HOME, PASSWORD, Signing, VERIFIER, authorization, start},
    site::{Site, moment},
};

/// Tables that are small and read everywhere: copied to all machines.
const REFERENCE: [&str; 6] = ["runs", "decoys", "secrets", "signers", "schema_version", "imported"];

#[test]
fn the_schema_has_none_of_what_citus_refuses() {
    let schema = Dialect::Postgres.schema();
    let roles = Dialect::Postgres.roles().unwrap();
    let code: String = (schema + roles)
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect::<Vec<_>>()
        .join("\n");
    for refused in
        ["TRIGGER", "FUNCTION", "SECURITY DEFINER", "BIGSERIAL", "IDENTITY", "DEFERRABLE"]
    {
        assert!(!code.to_uppercase().contains(refused), "{refused}");
    }
    let is_grant = |statement: &&str| statement.trim_start().starts_with("GRANT ");
    for grant in code.split(';').filter(is_grant) {
        let rights = grant.split(" ON ").next().unwrap();
        assert!(!rights.contains('('), "a grant on columns: {grant}");
    }
    let mut distributed = BTreeSet::new();
    for table in code.split("CREATE TABLE ").skip(1) {
        let name = table.split_whitespace().next().unwrap();
        let body = table.split(");").next().unwrap();
        if REFERENCE[..5].contains(&name) {
            continue;
        }
        distributed.insert(name.to_owned());
        for key in ["PRIMARY KEY (", "UNIQUE (", "FOREIGN KEY ("] {
            for columns in body.split(key).skip(1) {
                assert!(columns.starts_with("lane"), "{name}: {key}{columns}");
            }
        }
        for target in body.split("REFERENCES ").skip(1) {
            let is_reference = REFERENCE.iter().any(|table| target.starts_with(table));
            assert!(is_reference || target.contains(" (lane"), "{name}: {target}");
        }
    }
    for index in code.split("CREATE UNIQUE INDEX ").skip(1) {
        assert!(index.split('(').nth(1).unwrap().starts_with("lane"), "{index}");
    }
    assert!(distributed.contains("tokens") && distributed.len() > 12, "{distributed:?}");
    // What is distributed is what `store create --distributed` says.
    let commands = Dialect::distributed();
    for table in distributed {
        let command = format!("create_distributed_table('{table}', 'lane'");
        assert!(commands.contains(&command), "{table}: {commands}");
    }
    for table in &REFERENCE[..5] {
        assert!(commands.contains(&format!("create_reference_table('{table}')")), "{table}");
    }
}

/// Whether a statement is kept to one lane, or to tables that all machines have.
fn keeps_to_a_lane(sql: &str) -> bool {
    let words = sql.replace(['(', ')', ','], " ");
    let is_insert_of_values = sql.starts_with("INSERT INTO") && sql.contains("(lane,");
    let from_reference = words
        .split_whitespace()
        .skip_while(|word| !["FROM", "INTO", "UPDATE"].contains(word))
        .nth(1)
        .is_some_and(|table| REFERENCE.contains(&table));
    sql.contains("lane = $") || sql.contains("lane = 256") || is_insert_of_values || from_reference
}

#[test]
fn every_statement_of_an_act_on_a_holder_has_its_lane() {
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(1));
    let strict = gate_with(Policy { lock_after: LockAfter::new(1).unwrap(), ..Policy::default() });
    let card = Card::give(&site, "4711", &Making::default());
    store.keep_statements();
    store.watched();
    for gate in [&gate, &strict] {
        let challenge = ask(gate, &mut store, &card.holder, &at(0), &mut random);
        gate.challenge_again(&mut store, &challenge.id, &at(0)).unwrap();
        for typed in ["slip", card.wrong(challenge.position)] {
            gate.answer(&mut store, &challenge.id, typed, &at(0)).unwrap();
        }
    }
    let who = Who::Holder(card.holder.clone());
    verify::change(&mut store, &who, Act::Unlock, None, "clerk", moment(0)).unwrap();
    let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    let nobody = HolderId::new("nobody").unwrap();
    let challenge = ask(&gate, &mut store, &nobody, &at(0), &mut random);
    gate.answer(&mut store, &challenge.id, "222 222 222", &at(0)).unwrap();
    for act in [Act::Suspend, Act::Resume, Act::Revoke] {
        verify::change(&mut store, &who, act, None, "clerk", moment(0)).unwrap();
    }
    sweep(&mut store, None, &at(0));
    let statements: BTreeSet<&str> = store.watched().texts.into_iter().collect();
    assert!(statements.len() > 25, "{statements:?}");
    // Before anything expires all lanes are counted.
    let of_all = ["AS live", "max(a.at)"];
    for sql in statements.into_iter().filter(|sql| !of_all.iter().any(|of| sql.contains(of))) {
        assert!(keeps_to_a_lane(sql), "{sql}");
        let joined = sql.matches(" JOIN ").count();
        assert!(sql.matches(".lane = ").count() + 2 >= joined, "a join without lanes: {sql}");
    }
    assert!(!keeps_to_a_lane("SELECT * FROM tokens WHERE serial = $1"));
}

#[test]
fn every_statement_at_a_counter_has_its_lane() {
    let site = Site::new();
    Card::give(&site, "4711", &Making::default());
    let mut store = site.open();
    store.keep_statements();
    store.watched();
    let holder = HolderId::new("4711").unwrap();
    let waiting = |store: &mut Store| counter::waiting(store, &holder, moment(1)).unwrap();
    for (seed, later) in [(1, 0), (2, 600_000), (3, 600_001)] {
        let (card, record) = Card::drawn("4711", &Making::default(), seed + 100);
        let act = ActKey::draw(&mut random(seed)).unwrap();
        for _ in 0..2 {
            counter::print(&mut store, &record, &act, "els", &at(later), &mut random(seed))
                .unwrap();
        }
        waiting(&mut store);
        counter::card(&mut store, &holder, &card.serial, moment(later)).unwrap();
        if seed > 1 {
            counter::spoil(&mut store, &holder, &card.serial, "els", &at(later)).unwrap();
        }
        if seed > 2 {
            let document = IdentityDocument::Passport;
            counter::hand_over(&mut store, &holder, &card.serial, document, "els", &at(later))
                .unwrap();
        }
    }
    let (card, record) = Card::drawn("4711", &Making::default(), 200);
    let act = ActKey::draw(&mut random(200)).unwrap();
    counter::print(&mut store, &record, &act, "els", &at(0), &mut random(9)).unwrap();
    let document = IdentityDocument::Passport;
    counter::hand_over(&mut store, &holder, &card.serial, document, "els", &at(0)).unwrap();
    let statements: BTreeSet<&str> = store.watched().texts.into_iter().collect();
    assert!(statements.len() > 15, "{}", statements.len());
    for sql in statements {
        assert!(keeps_to_a_lane(sql), "{sql}");
        let joined = sql.matches(" JOIN ").count();
        assert!(sql.matches(".lane = ").count() + 2 >= joined, "a join without lanes: {sql}");
    }
}

/// With one connection, so that no step waits for a second one.
#[test]
fn every_statement_of_a_sign_in_has_its_lane() {
    let Signing { site, service, .. } = Signing::new();
    let pool = Pool::open(&site.address(), 1).unwrap();
    let signing = Signing::of(site, pool, service);
    let card = signing.enrol("4711", "jan");
    signing.pool.get().unwrap().keep_statements();
    signing.pool.get().unwrap().watched();
    for user_name in ["jan", "nobody"] {
        let (_, chosen) = signing.choose(&start());
        signing.prove(chosen, user_name, "wrong", HOME, &start());
    }
    let (_, asked) = signing.asked("jan", &start());
    let wrong = card.wrong(asked.position()).to_owned();
    signing.answer(asked, &wrong, &start());
    let session = signing.sign_in(&card, "jan", &start()).session;
    let Signing { service, pool, .. } = &signing;
    let wanted = authorization();
    let code = service.grant(pool, &session, &wanted, &start(), &mut signing.random());
    let code = code.unwrap().unwrap();
    for _ in 0..2 {
        let (client, uri, random) = (&wanted.client, &wanted.redirect_uri, &mut signing.random());
        let verifier = Some(VERIFIER);
        let redeemed = service.redeem(pool, &code, client, uri, verifier, &start(), random);
        if let Redeemed::Given { access, .. } = redeemed.unwrap() {
            service.granted(pool, &access, &start()).unwrap().unwrap();
        }
    }
    service.assertion_once(pool, "app", "1", moment(0)).unwrap();
    let signed_in = service.session(pool, &session, &at(120_000)).unwrap().unwrap();
    service.overview(pool, &signed_in).unwrap();
    service.sign_out(pool, &session, &start()).unwrap();
    service.abandon(pool, &signing.begin(&start())).unwrap();
    let session = signing.sign_in(&card, "jan", &at(600_000)).session;
    let (password, from) = (Password::typed(PASSWORD), HOME.parse().unwrap());
    service
        .report_lost(pool, &session, &password, from, &at(600_000), &mut signing.random())
        .unwrap();
    let statements: BTreeSet<&str> = pool.get().unwrap().watched().texts.into_iter().collect();
    assert!(statements.len() > 40, "{}", statements.len());
    for sql in statements {
        assert!(keeps_to_a_lane(sql), "{sql}");
        let joined = sql.matches(" JOIN ").count();
        assert!(sql.matches(".lane = ").count() + 2 >= joined, "a join without lanes: {sql}");
    }
}

#[test]
fn every_statement_of_an_activation_and_of_a_forgotten_password_has_its_lane() {
    let Signing { site, service, .. } = Signing::new();
    let pool = Pool::open(&site.address(), 1).unwrap();
    let (signing, mails) = Signing::of(site, pool, service).sealed();
    signing.pool.get().unwrap().keep_statements();
    signing.pool.get().unwrap().watched();
    let now = start();
    let begun = {
        let (new, random) = (listed("4711", "jan"), &mut signing.random());
        let outbox = signing.service.outbox().unwrap();
        let (mut store, at) = (signing.pool.get().unwrap(), moment(0));
        account::create_to_activate(&mut store, &new, outbox, "clerk", at, random).unwrap()
    };
    let id = opened(&signing, &mails.link("jan"), &typed(&begun), &now);
    confirm_address(&signing, &id, "jan.p@post.be", &now);
    let (asked, code) = (change(&signing, &id, &now), mails.code("jan"));
    asked.confirm(&signing.service, &signing.pool, &code, &now, &mut signing.random()).unwrap();
    set_up(&signing, change(&signing, &id, &now), "jan.p", CHOSEN, &now);
    // And the way back of who has forgotten what they chose.
    Card::give(&signing.site, "4711", &Making::default());
    for name in ["nobody", "jan.p"] {
        let id = mailed(&signing, name, &now);
        let step = find(&signing, &id, &now).unwrap();
        let ForgottenAnswer::Mailed(id) = answer_mail(&signing, step, &mails.code(name), &now)
        else {
            panic!("a right code")
        };
        for key in [Key::Token, Key::App] {
            let step = find(&signing, &id, &now).unwrap();
            choose(&signing, step, key, &now);
            let step = find(&signing, &id, &now).unwrap();
            answer_key(&signing, step, "222 222 222", &now);
        }
    }
    let statements: BTreeSet<&str> =
        signing.pool.get().unwrap().watched().texts.into_iter().collect();
    assert!(statements.len() > 30, "{}", statements.len());
    for sql in statements {
        assert!(keeps_to_a_lane(sql), "{sql}");
    }
}

#[test]
fn an_act_takes_as_many_journeys_and_statements_as_is_documented() {
    let document = std::fs::read_to_string("../../docs/auth-store.md").unwrap();
    let documented = |act: &str| -> Vec<u64> {
        let row = document.lines().find(|line| line.starts_with(&format!("| {act} |"))).unwrap();
        let number = |cell: &str| cell.split_whitespace().next().unwrap().parse().unwrap();
        row.split('|').skip(3).take(2).map(number).collect()
    };
    let site = Site::new();
    let (mut store, gate, mut random) = (site.open(), gate(), random(1));
    let card = Card::give(&site, "4711", &Making::default());
    // The statements are prepared, the holder has a name in the audit, and a position is drawn.
    for _ in 0..2 {
        let (_, answer) = sign_in(&gate, &mut store, &card, &at(0), &mut random);
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    }
    let challenge = ask(&gate, &mut store, &card.holder, &at(0), &mut random);
    gate.answer(&mut store, &challenge.id, card.wrong(challenge.position), &at(0)).unwrap();
    let later = at(400_000);
    let took = |store: &mut tokenkaart_auth::store::Store| {
        let watch = store.watched();
        let travels = matches!(site, Site::Postgres(_));
        vec![if travels { watch.round_trips } else { 0 }, watch.statements]
    };
    let expected = |act: &str| {
        let mut expected = documented(act);
        if matches!(site, Site::Sqlite(_)) {
            expected[0] = 0;
        }
        expected
    };
    store.watched();
    let challenge = ask(&gate, &mut store, &card.holder, &later, &mut random);
    assert_eq!(took(&mut store), expected("asking"));
    gate.answer(&mut store, &challenge.id, card.wrong(challenge.position), &later).unwrap();
    assert_eq!(took(&mut store), expected("answering, wrongly"));
    gate.answer(&mut store, &challenge.id, card.code(challenge.position), &later).unwrap();
    assert_eq!(took(&mut store), expected("answering, rightly"));
}
