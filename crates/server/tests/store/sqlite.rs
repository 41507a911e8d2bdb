//! Of SQLite, which has no server, the program is killed.

use super::{imported::records, office::Office, site::Site};

#[test]
fn an_import_that_is_killed_is_invisible_and_the_same_command_finishes_it() {
    let office = Office::new();
    office.write("run.jsonl", records(0..6000));
    let site = Site::new();
    let url = site.url();
    let import = ["import", "run.jsonl", "--unsigned", "--store", &url];
    for loads in [1, 3] {
        let mut child = office.command(&import).spawn().unwrap();
        while site.number("SELECT count(*) FROM loads") < loads {
            assert!(child.try_wait().unwrap().is_none(), "it was over before it was looked at");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(site.number("SELECT count(*) FROM states"), 0);
    }
    let said = office.run(&["status", "--store", &url]).ended(0);
    assert!(said.contains("loading: ") && said.contains(" is unfinished: begun "), "{said}");
    let said = office.run(&import).ended(0);
    assert_eq!(said, "run.jsonl: 6000 tokens were imported\n");
    assert_eq!(site.number("SELECT count(*) FROM codes"), 144_000);
    assert_eq!(site.number("SELECT count(*) FROM states"), 6000);
}

#[test]
fn a_backup_is_made_while_sign_ins_go_on_and_is_whole() {
    use std::{
        fs,
        os::unix::fs::PermissionsExt as _,
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    use super::holding::{Card, Making, at, gate, random, sign_in};
    let site = Site::new();
    let cards: Vec<Card> =
        (0..6).map(|number| Card::give(&site, &number.to_string(), &Making::default())).collect();
    let office = Office::new();
    let url = site.url();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let signing_in = scope.spawn(|| {
            let (mut store, mut random) = (site.open(), random(1));
            for card in &cards {
                for _ in 0..20 {
                    sign_in(&gate(), &mut store, card, &at(0), &mut random);
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
        let mut number = 0;
        while !is_over.load(Ordering::Relaxed) {
            number += 1;
            let name = format!("backup-{number}.db");
            office.run(&["store", "backup", &name, "--store", &url]).ended(0);
            let mode = fs::metadata(office.path(&name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let check = ["store", "check", "--store", &format!("sqlite:{name}")];
            let said = office.run(&check).ended(0);
            assert!(said.contains("the store is sound"), "{said}");
        }
        signing_in.join().unwrap();
    });
    // Never over another file.
    office.run(&["store", "backup", "backup-1.db", "--store", &url]).ended(2);
}

#[test]
fn a_store_whose_parts_are_of_different_days_is_not_sound() {
    use super::holding::{Card, Making, at, gate, random, sign_in};
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    for _ in 0..3 {
        sign_in(&gate(), &mut site.open(), &card, &at(0), &mut random(1));
    }
    let office = Office::new();
    let url = site.url();
    let check = ["store", "check", "--store", &url];
    office.run(&check).ended(0);
    let used = site.shell("SELECT position FROM uses ORDER BY 1");
    let first = used.lines().next().unwrap();
    site.shell(&format!("DELETE FROM uses WHERE position = {first}"));
    let said = office.run(&check).ended(1);
    assert!(said.contains(&format!("the code at position {first} was accepted, and it is not")));
    site.shell(
        "INSERT INTO uses SELECT lane, holder, serial, position, 0 FROM codes \
                WHERE position NOT IN (SELECT position FROM uses) LIMIT 9",
    );
    let said = office.run(&check).ended(1);
    assert!(said.contains("is used, and the audit has not accepted it"), "{said}");
}
