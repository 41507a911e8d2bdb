//! Roles of PostgreSQL: each does its own work and nobody else's.

use tokenkaart_auth::{
    store::{
        Cause, Store, StoreError,
        audit::{self, Break, Entry, Event},
        schema::Dialect,
    },
    verify::{self, Act, Answer, LockAfter, Policy, Who},
};

use super::{
    holding::{Card, Making, ask, at, gate, gate_with, random, sign_in},
    site::{empty_store, moment},
};

#[track_caller]
fn denied(store: &mut Store, sql: &str) {
    match store.begin().unwrap().batch(sql) {
        Err(StoreError::Database { cause: Cause::Denied, .. }) => {}
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn each_role_may_do_its_work_and_no_other() {
    let database = empty_store();
    let roles = Dialect::Postgres.roles().unwrap();
    database.psql(roles);
    // Again, as after an upgrade.
    database.psql(roles);
    for role in ["importer", "verifier", "operator"] {
        database.psql(&format!("CREATE ROLE an_{role} LOGIN IN ROLE tokenkaart_{role}"));
    }
    let open =
        |role: &str| Store::open(&database.url(&format!("an_{role}")).parse().unwrap()).unwrap();
    let (mut importer, mut verifier, mut operator) =
        (open("importer"), open("verifier"), open("operator"));

    // Their work.
    let card = Card::give_in(&mut importer, "4711", &Making::default());
    let card = {
        let newer = Card::give_in(&mut importer, "4711", &Making::default());
        assert_ne!(newer.serial, card.serial);
        newer
    };
    let mut transaction = importer.begin().unwrap();
    let entry = Entry {
        event: Event::Imported,
        holder: None,
        serial: None,
        position: None,
        detail: "2 tokens",
    };
    audit::append(&mut transaction, moment(0), "importer", &[entry; 20]).unwrap();
    transaction.batch("CREATE TEMPORARY TABLE staged (serial text, hash text)").unwrap();
    transaction.commit().unwrap();
    let mut random = random(1);
    let (_, answer) = sign_in(&gate(), &mut verifier, &card, &at(0), &mut random);
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
    let strict = gate_with(Policy { lock_after: LockAfter::new(1).unwrap(), ..Policy::default() });
    let challenge = ask(&strict, &mut verifier, &card.holder, &at(0), &mut random);
    let wrong = card.wrong(challenge.position);
    let answer = strict.answer(&mut verifier, &challenge.id, wrong, &at(0)).unwrap();
    assert_eq!(answer, Answer::Refused);
    let who = Who::Serial(card.serial.clone());
    verify::change(&mut operator, &who, Act::Unlock, None, "operator", moment(0)).unwrap();
    let (_, answer) = sign_in(&gate(), &mut verifier, &card, &at(0), &mut random);
    assert_eq!(answer, Answer::Accepted { left: 22, low: false });
    verify::change(&mut operator, &who, Act::Suspend, None, "operator", moment(0)).unwrap();
    verify::expire(&mut operator, None, "operator", &at(0)).unwrap();
    let verdict = audit::verify(&mut operator.read().unwrap(), None).unwrap();
    assert_eq!(verdict.broken, None);
    assert!(verdict.rows > 20);

    nobody_does_what_is_another_ones(&mut importer, &mut verifier, &mut operator);
}

fn nobody_does_what_is_another_ones(
    importer: &mut Store,
    verifier: &mut Store,
    operator: &mut Store,
) {
    for sql in [
        "SELECT hash FROM codes",
        "SELECT * FROM codes",
        "COPY codes TO STDOUT",
        "UPDATE codes SET used_at = 1",
        "UPDATE codes SET hash = ''",
        "DELETE FROM codes",
        "UPDATE tokens SET unused = 24",
        "UPDATE tokens SET holder = 'me'",
        "UPDATE tokens SET state = 'active' WHERE state = 'suspended'",
        "UPDATE tokens SET state = 'revoked' WHERE state = 'suspended'",
        "SELECT * FROM challenges",
        "INSERT INTO attempts VALUES ('4711', NULL, 0, 0)",
        "SELECT * FROM audit",
    ] {
        denied(importer, sql);
    }
    for sql in [
        "INSERT INTO runs VALUES ('x', 0, NULL, 0, '', '', NULL)",
        "INSERT INTO tokens SELECT * FROM tokens",
        "INSERT INTO codes SELECT * FROM codes",
        "UPDATE codes SET hash = ''",
        "UPDATE tokens SET state = 'active' WHERE state = 'suspended'",
        "UPDATE tokens SET state = 'locked' WHERE state = 'suspended'",
        "UPDATE tokens SET state = 'voided' WHERE state = 'suspended'",
        "UPDATE tokens SET expires = NULL",
        "UPDATE tokens SET key_id = NULL",
        "DELETE FROM codes",
        "DELETE FROM tokens",
        "SELECT * FROM audit",
    ] {
        denied(verifier, sql);
    }
    for sql in ["UPDATE codes SET used_at = NULL", "UPDATE audit_head SET seq = 9"] {
        let error = verifier.begin().unwrap().batch(sql).unwrap_err().to_string();
        assert!(error.contains("was used") || error.contains("the head of the audit"), "{error}");
    }
    // Nor with a table of one's own in the audit's place.
    let mut transaction = importer.begin().unwrap();
    let error = transaction
        .batch(
            "CREATE TEMPORARY TABLE audit (seq bigint, hash text); \
             INSERT INTO audit VALUES (1000000, 'x'); \
             UPDATE audit_head SET seq = 1000000, hash = 'x'",
        )
        .unwrap_err();
    assert!(error.to_string().contains("the head of the audit"), "{error}");
    drop(transaction);
    for sql in [
        "SELECT hash FROM codes",
        "UPDATE codes SET used_at = NULL",
        "UPDATE tokens SET unused = 24",
        "INSERT INTO tokens SELECT * FROM tokens",
        "INSERT INTO challenges VALUES ('x', '4711', NULL, 1, 0, 0, NULL, 0)",
        "DELETE FROM tokens",
    ] {
        denied(operator, sql);
    }
    for store in [importer, verifier, operator] {
        for sql in [
            "UPDATE audit SET detail = ''",
            "DELETE FROM audit",
            "TRUNCATE audit",
            "DELETE FROM audit_head",
            "ALTER TABLE audit DISABLE TRIGGER ALL",
            "DROP TABLE tokens",
            "UPDATE schema_version SET version = 0",
        ] {
            denied(store, sql);
        }
    }
}

#[test]
fn rows_out_of_turn_are_found_and_taken_out_as_documented() {
    let database = empty_store();
    let mut store = Store::open(&database.url("owner").parse().unwrap()).unwrap();
    let mut append = |times: usize| {
        let entry = Entry {
            event: Event::Refused,
            holder: Some("4711"),
            serial: None,
            position: None,
            detail: "",
        };
        let mut transaction = store.begin().unwrap();
        audit::append(&mut transaction, moment(0), "test", &vec![entry; times])?;
        transaction.commit()
    };
    append(5).unwrap();
    database.psql("INSERT INTO audit VALUES (6, 0, 'me', 'accepted', '4711', NULL, NULL, '', 'x')");
    assert!(matches!(append(1), Err(StoreError::Database { cause: Cause::Conflict, .. })));
    database.psql("UPDATE audit_head SET seq = 6, hash = 'x'");
    append(1).unwrap();
    let verdict = |store: &mut Store| audit::verify(&mut store.read().unwrap(), None).unwrap();
    let mut other = Store::open(&database.url("owner").parse().unwrap()).unwrap();
    assert_eq!(verdict(&mut other).broken, Some(Break::Altered(6)));

    let document = std::fs::read_to_string("../../docs/auth-store.md").unwrap();
    let (_, command) = document.split_once("$ psql -1 -d cards -c ").unwrap();
    let (command, _) = command.split_once("```").unwrap();
    let statements: Vec<&str> = command.split('\'').skip(1).step_by(2).collect();
    assert_eq!(statements.len(), 6);
    database.psql(&statements.join(";").replace("4711", "5"));
    assert_eq!((verdict(&mut other).broken, verdict(&mut other).rows), (None, 5));
    append(20).unwrap();
    assert_eq!((verdict(&mut other).broken, verdict(&mut other).rows), (None, 25));
    assert!(other.begin().unwrap().batch("DELETE FROM audit").is_err());
}
