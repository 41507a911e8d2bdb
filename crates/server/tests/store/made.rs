//! Stores that are made, opened, and not what they should be.

use std::fs;

use tokenkaart_auth::store::{Cause, Store, StoreError};

use super::{office::Office, site::Site};

#[test]
fn a_store_is_made_once_and_made_again_it_stays_as_it_is() {
    let site = Site::new();
    site.shell("INSERT INTO holders VALUES (1, '4711', 'x')");
    let secrets = "SELECT value FROM secrets ORDER BY name";
    let secret = site.shell(secrets);
    let lines: std::collections::BTreeSet<&str> = secret.lines().collect();
    assert!(lines.len() == 3 && lines.iter().all(|line| line.len() == 64), "{secret}");
    let (_, added) = Store::create(&site.address()).unwrap();
    assert_eq!(added, [0_i64; 0]);
    assert_eq!(site.shell("SELECT ref FROM holders").trim(), "x");
    assert_eq!(site.shell(secrets), secret);
    assert!(matches!(site.mode(), None | Some(0o600)));
    assert!(Site::new().shell(secrets).lines().all(|line| !lines.contains(line)));
}

#[test]
fn a_store_of_each_older_version_is_brought_up_to_date() {
    use tokenkaart_auth::store::schema::{Dialect, VERSION};
    let fresh = Site::new();
    let shape = |site: &Site| match site {
        Site::Sqlite(_) => site.shell("SELECT name, sql FROM sqlite_schema ORDER BY name"),
        Site::Postgres(_) => site.shell(
            "SELECT table_name, column_name, data_type, is_nullable FROM \
             information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
        ),
    };
    for version in 1..=VERSION {
        let site = Site::empty();
        let dialect = match site {
            Site::Sqlite(_) => Dialect::Sqlite,
            Site::Postgres(_) => Dialect::Postgres,
        };
        site.shell(&dialect.schema_up_to(version));
        let (_, added) = Store::create(&site.address()).unwrap();
        assert_eq!(added, (version + 1..=VERSION).collect::<Vec<_>>());
        assert_eq!(shape(&site), shape(&fresh), "{version}");
        Store::open(&site.address()).unwrap();
    }
}

#[test]
fn what_is_no_store_is_not_opened_and_the_error_says_what_to_do() {
    let refused = |url: &str| Store::open(&url.parse().unwrap()).map(drop).unwrap_err();
    let site = Site::empty();
    assert!(matches!(refused(&site.url()), StoreError::NoStore { .. }));
    let site = Site::new();
    site.shell("INSERT INTO schema_version VALUES (77, 0)");
    let error = refused(&site.url());
    assert!(matches!(error, StoreError::OtherVersion { found: 77, .. }), "{error}");
    assert!(error.to_string().contains("take a newer tokenkaart"), "{error}");
    assert!(matches!(Store::create(&site.address()), Err(StoreError::OtherVersion { .. })));
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let refused = |url: &str| Store::open(&url.parse().unwrap()).map(drop).unwrap_err();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| format!("sqlite:{}/{name}", folder.path().display());
    assert!(matches!(refused(&path("none.db")), StoreError::NoFile { .. }));
    assert!(!folder.path().join("none.db").exists());
    fs::write(folder.path().join("notes.txt"), "not a database, but long enough to be one")
        .unwrap();
    let StoreError::Database { cause: Cause::Damaged, .. } = refused(&path("notes.txt")) else {
        panic!("{}", refused(&path("notes.txt")));
    };
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let url = "postgres://sign_in:hunter2@127.0.0.1:1/cards";
    let error = Store::open(&url.parse().unwrap()).map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Database { cause: Cause::Unreachable, .. }), "{error}");
    let said = format!("{error} {error:?}");
    assert!(said.contains("sign_in@127.0.0.1:1/cards"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let office = Office::new();
    let said = office.run(&["status", "--store", url]).ended(2);
    assert!(said.contains("sign_in@127.0.0.1:1") && !said.contains("hunter2"), "{said}");
}

#[test]
fn what_is_not_committed_is_undone() {
    let site = Site::new();
    let mut store = site.open();
    let count = || site.number("SELECT count(*) FROM attempts");
    let insert = "INSERT INTO attempts (lane, holder, serial, failures, not_before, asked) \
                  VALUES ($1, $2, $3, $4, $5, 0)";
    let row = || vec![1_i64.into(), "4711".into(), None::<&str>.into(), 3_u8.into(), 5_i64.into()];
    let mut transaction = store.begin().unwrap();
    assert_eq!(transaction.execute(insert, &row()).unwrap(), 1);
    drop(transaction);
    assert_eq!(count(), 0);
    let mut transaction = store.begin().unwrap();
    transaction.queue(insert, row()).unwrap();
    drop(transaction);
    assert_eq!(count(), 0);
    let mut transaction = store.begin().unwrap();
    transaction.queue(insert, row()).unwrap();
    let found = transaction
        .query_one(
            "SELECT failures, not_before, serial, holder FROM attempts \
             WHERE not_before = $2 AND holder = $1 FOR UPDATE",
            &["4711".into(), 5_i64.into()],
        )
        .unwrap()
        .unwrap();
    assert_eq!((found.int("failures").unwrap(), found.int("not_before").unwrap()), (3, 5));
    // A column without a value is no text and no number, and one that isn't there is neither.
    assert_eq!(found.text_or_null("serial").unwrap(), None);
    assert_eq!(found.int_or_null("serial").unwrap(), None);
    assert!(found.text("serial").is_err() && found.int_or_null("none").is_err());
    assert_eq!(found.text("holder").unwrap(), "4711");
    let error = found.int("holder").unwrap_err();
    assert!(matches!(error, StoreError::Malformed { column: "holder", .. }));
    assert!(!error.to_string().contains("4711"), "{error}");
    transaction.commit().unwrap();
    assert_eq!(count(), 1);
    let error = store.begin().unwrap().execute(insert, &row()).unwrap_err();
    assert!(matches!(error, StoreError::Database { cause: Cause::Conflict, .. }), "{error}");
    assert!(!error.to_string().contains("4711"), "{error}");
    // Also when it travels with the commit; nothing of the transaction is done then.
    let mut transaction = store.begin().unwrap();
    let failed = transaction
        .queue("DELETE FROM attempts", Vec::new())
        .and_then(|()| transaction.queue(insert, row()))
        .and_then(|()| transaction.queue(insert, row()))
        .and_then(|()| transaction.commit());
    assert!(matches!(failed, Err(StoreError::Database { cause: Cause::Conflict, .. })));
    assert_eq!(count(), 1);
    assert_eq!(store.begin().unwrap().execute("DELETE FROM attempts", &[]).unwrap(), 1);
}

#[test]
fn a_server_that_takes_a_connection_and_stays_silent_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for mode in ["disable", "require"] {
        let url = format!("postgres://x@127.0.0.1:{port}/x?connect_timeout=1&sslmode={mode}");
        let error = Store::open(&url.parse().unwrap()).map(drop).unwrap_err();
        assert!(matches!(error, StoreError::Database { cause: Cause::Unreachable, .. }), "{error}");
        assert!(error.to_string().contains("does not answer"), "{error}");
    }
}
