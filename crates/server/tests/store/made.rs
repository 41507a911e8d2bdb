//! Stores that are made, opened, and not what they should be.

use std::fs;

use tokenkaart_auth::store::{Cause, Store, StoreError};

use super::{
    cluster::{Cluster, cluster},
    site::Site,
};

#[test]
fn a_store_is_made_once_and_made_again_it_stays_as_it_is() {
    for site in Site::both() {
        site.shell("INSERT INTO attempts VALUES ('4711', NULL, 2, 7)");
        let (_, added) = Store::create(&site.address()).unwrap();
        assert_eq!(added, [0_i64; 0]);
        assert_eq!(site.shell("SELECT failures FROM attempts").trim(), "2");
        assert!(matches!(site.mode(), None | Some(0o600)));
    }
}

#[test]
fn what_is_no_store_is_not_opened_and_the_error_says_what_to_do() {
    let refused = |url: &str| Store::open(&url.parse().unwrap()).map(drop).unwrap_err();
    let empty = cluster().database();
    assert!(matches!(refused(&empty.url("owner")), StoreError::NoStore { .. }));

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| format!("sqlite:{}/{name}", folder.path().display());
    assert!(matches!(refused(&path("none.db")), StoreError::NoFile { .. }));
    assert!(!folder.path().join("none.db").exists());
    fs::write(folder.path().join("notes.txt"), "not a database, but long enough to be one")
        .unwrap();
    let StoreError::Database { cause: Cause::Damaged, .. } = refused(&path("notes.txt")) else {
        panic!("{}", refused(&path("notes.txt")));
    };

    for site in Site::both() {
        site.shell("UPDATE schema_version SET version = 7");
        let error = refused(&site.url());
        assert!(matches!(error, StoreError::OtherVersion { found: 7, .. }), "{error}");
        assert!(error.to_string().contains("take a newer tokenkaart"), "{error}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let url = "postgres://sign_in:hunter2@127.0.0.1:1/cards";
    let error = Store::open(&url.parse().unwrap()).map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Database { cause: Cause::Unreachable, .. }), "{error}");
    let said = format!("{error} {error:?}");
    assert!(said.contains("sign_in@127.0.0.1:1/cards"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn what_is_not_committed_is_undone() {
    for site in Site::both() {
        let mut store = site.open();
        let count = || site.shell("SELECT count(*) FROM attempts").trim().to_owned();
        let insert = "INSERT INTO attempts VALUES ($1, $2, $3, $4)";
        let row = ["4711".into(), None::<&str>.into(), 3_u8.into(), 5_i64.into()];
        let mut transaction = store.begin().unwrap();
        assert_eq!(transaction.execute(insert, &row).unwrap(), 1);
        drop(transaction);
        assert_eq!(count(), "0");
        let mut transaction = store.begin().unwrap();
        transaction.execute(insert, &row).unwrap();
        let found = transaction
            .query_one(
                "SELECT failures, not_before, serial, holder FROM attempts \
                 WHERE not_before = $2 AND holder = $1 FOR UPDATE",
                &["4711".into(), 5_i64.into()],
            )
            .unwrap()
            .unwrap();
        assert_eq!((found.int(0).unwrap(), found.int(1).unwrap()), (3, 5));
        assert_eq!(found.text_or_null(2).unwrap(), None);
        assert_eq!(found.text(3).unwrap(), "4711");
        assert!(matches!(found.int(3), Err(StoreError::Malformed { column: 3, .. })));
        transaction.commit().unwrap();
        assert_eq!(count(), "1");
        let error = store.begin().unwrap().execute(insert, &row).unwrap_err();
        assert!(matches!(error, StoreError::Database { cause: Cause::Conflict, .. }), "{error}");
        assert!(!error.to_string().contains("4711"), "{error}");
    }
}

#[test]
fn a_killed_server_loses_what_was_not_committed_and_nothing_else() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let (mut store, added) = Store::create(&database.url("owner").parse().unwrap()).unwrap();
    assert_eq!(added, [1]);
    let insert = "INSERT INTO attempts VALUES ($1, NULL, 1, 1)";
    let mut transaction = store.begin().unwrap();
    transaction.execute(insert, &["4711".into()]).unwrap();
    transaction.commit().unwrap();
    let mut transaction = store.begin().unwrap();
    transaction.execute(insert, &["4712".into()]).unwrap();
    cluster.kill();
    let error = transaction.commit().unwrap_err();
    assert!(matches!(error, StoreError::Database { cause: Cause::Unreachable, .. }), "{error}");
    cluster.up();
    assert_eq!(database.psql("SELECT holder FROM attempts").trim(), "4711");
    let error = store.begin().map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Database { cause: Cause::Unreachable, .. }), "{error}");
    Store::open(&database.url("owner").parse().unwrap()).unwrap();
}
