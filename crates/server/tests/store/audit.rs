//! The audit's chain, altered in every way.

use tokenkaart_auth::store::{
    Store, StoreError,
    audit::{self, Break, Entry, Event, Verdict},
};

use super::site::{Site, moment};

fn entry(holder: &str) -> Entry<'_> {
    Entry {
        event: Event::Refused,
        holder: Some(holder),
        serial: None,
        position: Some(7),
        detail: "wrong \"code\"",
    }
}

/// Appends one row, then twenty at once, then one.
fn fill(store: &mut Store) {
    let holders: Vec<String> = (1..=20).map(|number| format!("holder {number} é")).collect();
    let many: Vec<Entry<'_>> = holders.iter().map(|holder| entry(holder)).collect();
    for (later, entries) in [(0, &many[..1]), (10, &many[..]), (20, &many[..1])] {
        let mut transaction = store.begin().unwrap();
        audit::append(&mut transaction, moment(later), "test", entries).unwrap();
        transaction.commit().unwrap();
    }
}

fn verdict(site: &Site, kept: Option<&str>) -> Verdict {
    audit::verify(&mut site.open().read().unwrap(), kept).unwrap()
}

/// Takes the guards away, as somebody who owns the database can.
fn unguard(site: &Site) {
    site.shell(match site {
        Site::Sqlite(_) => {
            "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_deleted; \
             DROP TRIGGER head_goes_forward; DROP TRIGGER head_is_of_a_row"
        }
        Site::Postgres(_) => {
            "ALTER TABLE audit DISABLE TRIGGER ALL; ALTER TABLE audit_head DISABLE TRIGGER ALL"
        }
    });
}

#[test]
fn a_whole_audit_is_whole() {
    for site in Site::both() {
        assert_eq!(verdict(&site, None).broken, None);
        fill(&mut site.open());
        let found = verdict(&site, None);
        assert_eq!((found.rows, found.head.seq, found.broken), (22, 22, None));
        let kept = site.shell("SELECT hash FROM audit WHERE seq = 5");
        assert_eq!(verdict(&site, Some(kept.trim())).broken, None);
        assert_eq!(verdict(&site, Some(&"f".repeat(64))).broken, Some(Break::NotKept));
    }
}

#[test]
fn the_audit_is_append_only_for_who_does_not_own_it() {
    for site in Site::both() {
        fill(&mut site.open());
        for sql in [
            "UPDATE audit SET detail = ''",
            "DELETE FROM audit",
            "UPDATE audit_head SET seq = 3",
            // Forward too, but to no row, or to one with another digest.
            "UPDATE audit_head SET seq = 23",
            "UPDATE audit_head SET hash = 'x'",
            "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)",
        ] {
            let error = site.open().begin().unwrap().batch(sql).unwrap_err();
            assert!(error.to_string().contains("audit"), "{error}");
        }
        assert_eq!(verdict(&site, None).broken, None);
    }
}

#[test]
fn a_row_that_is_altered_removed_or_moved_is_named() {
    for (sql, broken) in [
        ("UPDATE audit SET detail = 'right' WHERE seq = 9", Break::Altered(9)),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", Break::Altered(1)),
        ("UPDATE audit SET serial = '' WHERE seq = 4", Break::Altered(4)),
        ("UPDATE audit SET position = NULL WHERE seq = 4", Break::Altered(4)),
        ("UPDATE audit SET hash = 'x' WHERE seq = 22", Break::Altered(22)),
        ("DELETE FROM audit WHERE seq = 1", Break::Missing(1)),
        ("DELETE FROM audit WHERE seq IN (11, 12)", Break::Missing(11)),
        ("DELETE FROM audit WHERE seq > 20", Break::Cut { last: 20, head: 22 }),
        ("DELETE FROM audit", Break::Cut { last: 0, head: 22 }),
        (
            "UPDATE audit SET seq = -1 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; \
             UPDATE audit SET seq = 4 WHERE seq = -1",
            Break::Altered(3),
        ),
        (
            "DELETE FROM audit WHERE seq = 22; UPDATE audit_head SET seq = 21",
            Break::Head { last: 21 },
        ),
    ] {
        for site in Site::both() {
            fill(&mut site.open());
            unguard(&site);
            site.shell(sql);
            assert_eq!(verdict(&site, None).broken, Some(broken.clone()), "{sql}");
        }
    }
}

#[test]
fn a_head_without_numbers_left_is_an_error() {
    for site in Site::both() {
        fill(&mut site.open());
        unguard(&site);
        site.shell(&format!("UPDATE audit_head SET seq = {}", i64::MAX));
        let mut store = site.open();
        for entries in [1, 20] {
            let entries = vec![entry("4711"); entries];
            let error = audit::append(&mut store.begin().unwrap(), moment(0), "test", &entries)
                .unwrap_err();
            assert!(matches!(error, StoreError::Malformed { .. }), "{error}");
        }
        assert_eq!(verdict(&site, None).broken, Some(Break::Cut { last: 22, head: i64::MAX }));
    }
}

#[test]
fn an_audit_that_was_made_anew_lacks_the_head_that_was_kept() {
    for site in Site::both() {
        fill(&mut site.open());
        let kept = verdict(&site, None).head.hash;
        unguard(&site);
        site.shell(&format!(
            "DELETE FROM audit; UPDATE audit_head SET seq = 0, hash = '{}'",
            "0".repeat(64)
        ));
        let mut store = site.open();
        let mut transaction = store.begin().unwrap();
        audit::append(&mut transaction, moment(0), "test", &[entry("4711")]).unwrap();
        transaction.commit().unwrap();
        assert_eq!(verdict(&site, None).broken, None);
        assert_eq!(verdict(&site, Some(&kept)).broken, Some(Break::NotKept));
    }
}
