//! The audit's chains, altered in every way.

use tokenkaart_auth::{
    Lane,
    store::{
        Store, StoreError,
        audit::{
            self, Break, Entry, Event, Head, Verified,
            checkpoint::{self, Checkpoint},
        },
    },
};

use super::site::{Site, moment};

fn entry(reference: &str) -> Entry<'_> {
    Entry {
        event: Event::Refused,
        reference: Some(reference),
        serial: None,
        position: Some(7),
        detail: "wrong \"code\"",
    }
}

fn lane() -> Lane {
    Lane::new(7).unwrap()
}

/// Appends one row to a lane, then many at once, then one; and one to the office's.
fn fill(store: &mut Store) {
    let names: Vec<String> = (1..=70).map(|number| format!("holder {number} é")).collect();
    let many: Vec<Entry<'_>> = names.iter().map(|name| entry(name)).collect();
    for (later, lane, entries) in [
        (0, lane(), &many[..1]),
        (10, lane(), &many[..]),
        (20, lane(), &many[..1]),
        (30, Lane::OFFICE, &many[..1]),
    ] {
        append(store, later, lane, entries).unwrap();
    }
}

fn append(
    store: &mut Store,
    later: i64,
    lane: Lane,
    entries: &[Entry<'_>],
) -> Result<(), StoreError> {
    let mut transaction = store.begin().unwrap();
    let mut head = audit::lock(&mut transaction, lane)?;
    audit::append(&mut transaction, &mut head, moment(later), "test", entries)?;
    transaction.commit()
}

fn verified(site: &Site, since: Option<&Checkpoint>) -> Verified {
    audit::verify(&site.open(), since).unwrap()
}

/// Alters the tables as somebody who owns the database can: without their keys.
fn alter(site: &Site, sql: &str) {
    let sql = match site {
        Site::Sqlite(_) => format!("PRAGMA foreign_keys = OFF; {sql}"),
        Site::Postgres(_) => {
            format!("SET session_replication_role = replica; {sql}")
        }
    };
    site.shell(&sql);
}

#[test]
fn a_whole_audit_is_whole() {
    let site = Site::new();
    assert_eq!(verified(&site, None).broken, []);
    fill(&mut site.open());
    let found = verified(&site, None);
    assert_eq!((found.rows, found.broken), (73, Vec::new()));
    assert_eq!(found.heads[7].seq, 72);
    assert_eq!(found.heads[256].seq, 1);
    assert_eq!(found.heads, audit::heads(&mut site.open().read().unwrap()).unwrap());
}

#[test]
fn the_head_names_a_row_that_is_there_and_no_number_is_given_twice() {
    let site = Site::new();
    fill(&mut site.open());
    for sql in [
        // To no row, or to one with another digest.
        "UPDATE audit_head SET seq = 23 WHERE lane = 9",
        "UPDATE audit_head SET seq = 73 WHERE lane = 7",
        "UPDATE audit_head SET hash = 'x' WHERE lane = 7",
        "UPDATE audit_head SET seq = NULL WHERE lane = 7",
        "DELETE FROM audit WHERE lane = 7 AND seq = 72",
        "INSERT INTO audit SELECT * FROM audit WHERE lane = 7 AND seq = 3",
    ] {
        let mut store = site.open();
        let mut transaction = store.begin().unwrap();
        let refused = transaction.batch(sql).and_then(|()| transaction.commit());
        assert!(refused.is_err(), "{sql}");
    }
    // A head that is set back keeps its lane from going on, and nothing is written over.
    site.shell(
        "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE lane = 7 AND seq = 3) \
         WHERE lane = 7",
    );
    let refused = append(&mut site.open(), 0, lane(), &[entry("x")]);
    assert!(refused.is_err());
    assert_eq!(verified(&site, None).broken, [(lane(), Break::Head { last: 72 })]);
}

#[test]
fn a_row_that_is_altered_removed_or_moved_is_named() {
    for (sql, broken) in [
        ("UPDATE audit SET detail = 'right' WHERE lane = 7 AND seq = 9", Break::Altered(9)),
        ("UPDATE audit SET at = at + 1 WHERE lane = 7 AND seq = 1", Break::Altered(1)),
        ("UPDATE audit SET serial = '' WHERE lane = 7 AND seq = 4", Break::Altered(4)),
        ("UPDATE audit SET ref = 'x' WHERE lane = 7 AND seq = 4", Break::Altered(4)),
        ("UPDATE audit SET position = NULL WHERE lane = 7 AND seq = 4", Break::Altered(4)),
        ("UPDATE audit SET hash = 'x' WHERE lane = 7 AND seq = 72", Break::Altered(72)),
        ("DELETE FROM audit WHERE lane = 7 AND seq = 1", Break::Missing(1)),
        ("DELETE FROM audit WHERE lane = 7 AND seq IN (11, 12)", Break::Missing(11)),
        ("DELETE FROM audit WHERE lane = 7 AND seq > 70", Break::Cut { last: 70, head: 72 }),
        ("DELETE FROM audit WHERE lane = 7", Break::Cut { last: 0, head: 72 }),
        (
            "UPDATE audit SET seq = 1000 WHERE lane = 7 AND seq = 3; \
             UPDATE audit SET seq = 3 WHERE lane = 7 AND seq = 4; \
             UPDATE audit SET seq = 4 WHERE lane = 7 AND seq = 1000",
            Break::Altered(3),
        ),
        (
            "UPDATE audit SET lane = 8 WHERE lane = 7 AND seq = 1; \
             UPDATE audit SET lane = 7 WHERE lane = 256",
            Break::Altered(1),
        ),
        (
            "DELETE FROM audit WHERE lane = 7 AND seq = 72; \
             UPDATE audit_head SET seq = 71 WHERE lane = 7",
            Break::Head { last: 71 },
        ),
    ] {
        let site = Site::new();
        fill(&mut site.open());
        alter(&site, sql);
        let found = verified(&site, None).broken;
        assert!(found.contains(&(lane(), broken.clone())), "{sql}: {found:?}");
    }
}

#[test]
fn a_head_without_numbers_left_is_an_error() {
    let site = Site::new();
    fill(&mut site.open());
    alter(&site, &format!("UPDATE audit_head SET seq = {} WHERE lane = 7", i64::MAX));
    for entries in [1, 70] {
        let error = append(&mut site.open(), 0, lane(), &vec![entry("x"); entries]).unwrap_err();
        assert!(matches!(error, StoreError::Malformed { column: "seq", .. }), "{error}");
    }
    let broken = verified(&site, None).broken;
    assert_eq!(broken, [(lane(), Break::Cut { last: 72, head: i64::MAX })]);
}

#[test]
fn an_audit_that_was_recomputed_or_cut_lacks_the_heads_of_a_checkpoint() {
    let site = Site::new();
    fill(&mut site.open());
    let kept = Checkpoint::new(moment(40), verified(&site, None).heads);
    // Only what came after it is read.
    append(&mut site.open(), 50, lane(), &[entry("later")]).unwrap();
    let found = verified(&site, Some(&kept));
    assert_eq!((found.rows, found.broken), (1, Vec::new()));
    assert_eq!(checkpoint::digest(&found.heads), checkpoint::digest(&verified(&site, None).heads));

    // Somebody who owns the tables writes the lane again, with digests that fit.
    alter(
        &site,
        "DELETE FROM audit WHERE lane = 7; \
                  UPDATE audit_head SET seq = NULL, hash = NULL WHERE lane = 7",
    );
    for _ in 0..72 {
        append(&mut site.open(), 0, lane(), &[entry("other")]).unwrap();
    }
    assert_eq!(verified(&site, None).broken, []);
    assert_eq!(verified(&site, Some(&kept)).broken, [(lane(), Break::NotKept(72))]);
    let empty = Checkpoint::new(moment(40), Lane::all().map(Head::first).collect());
    assert_eq!(verified(&site, Some(&empty)).broken, []);
}

#[test]
fn who_forgets_a_holder_leaves_the_chain_whole() {
    use super::holding::{Card, Making, at, gate, random, sign_in};
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    for _ in 0..2 {
        sign_in(&gate(), &mut site.open(), &card, &at(0), &mut random(1));
    }
    let reference = site.shell("SELECT ref FROM holders");
    assert_eq!(reference.trim().len(), 32);
    let told = site.shell("SELECT DISTINCT ref FROM audit");
    assert_eq!(told, reference);
    assert!(!site.shell("SELECT * FROM audit").contains("4711"));
    site.shell("DELETE FROM holders");
    sign_in(&gate(), &mut site.open(), &card, &at(0), &mut random(2));
    assert_eq!(verified(&site, None).broken, []);
    assert_ne!(site.shell("SELECT ref FROM holders"), reference);
}
