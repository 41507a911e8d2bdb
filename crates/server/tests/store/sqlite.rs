//! Of SQLite, which has no server, the program is killed.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
};

use tokenkaart_auth::store::Store;

use super::{
    imported::records,
    office::{Office, Said},
    site::Site,
};

#[test]
fn an_import_that_is_killed_is_invisible_and_the_same_command_finishes_it() {
    let office = Office::new();
    office.write("run.jsonl", records(0..9000));
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
    assert_eq!(said, "run.jsonl: 9000 tokens were imported\n");
    assert_eq!(site.number("SELECT count(*) FROM codes"), 216_000);
    assert_eq!(site.number("SELECT count(*) FROM states"), 9000);
}

#[test]
fn a_backup_is_made_while_sign_ins_go_on_and_is_whole() {
    use std::{
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

/// The program as somebody who may write to nothing that another has.
fn as_nobody(office: &Office, arguments: &[&str]) -> Said {
    let asked = office.command(arguments);
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root {
        return office.run(arguments);
    }
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    let mut command = std::process::Command::new("setpriv");
    command.args(nobody).arg(asked.get_program()).args(asked.get_args());
    Said::of(command.current_dir(office.path("")).output().unwrap())
}

#[test]
fn a_store_that_can_not_be_written_to_can_be_looked_at() {
    use super::holding::{Card, Making, at, gate, random, sign_in};
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    sign_in(&gate(), &mut site.open(), &card, &at(0), &mut random(1));
    let office = Office::new();
    office.run(&["store", "backup", "a b%.db", "--store", &site.url()]).ended(0);
    let mode = |name: &str, mode| {
        fs::set_permissions(office.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("a b%.db", 0o444);
    mode("", 0o555);
    let store = ["--store", "sqlite:a b%.db"];
    let asked = |arguments: &[&str]| as_nobody(&office, &[arguments, &store[..]].concat());
    assert_eq!(asked(&["status"]).ended(0), "active: 1 token\n");
    assert!(asked(&["status", "--holder", "4711"]).ended(0).contains("23 codes left"));
    asked(&["audit", "--verify"]).ended(0);
    assert_eq!(asked(&["audit", "--format", "jsonl"]).ended(0).lines().count(), 2);
    asked(&["store", "check"]).ended(0);
    let said = asked(&["suspend", "--holder", "4711"]).ended(2);
    assert!(said.contains("so that the store can only be looked at"), "{said}");
    let said = asked(&["store", "create"]).ended(0);
    assert!(said.contains("already"), "{said}");

    // What is in the log alone is not passed over.
    mode("", 0o755);
    mode("a b%.db", 0o644);
    let mut writer =
        Store::open(&format!("sqlite:{}", office.path("a b%.db").display()).parse().unwrap())
            .unwrap();
    let act = tokenkaart_auth::verify::Act::Suspend;
    let who = tokenkaart_auth::verify::Who::Holder(
        tokenkaart_token::holder::HolderId::new("4711").unwrap(),
    );
    tokenkaart_auth::verify::change(&mut writer, &who, act, None, "x", super::site::moment(0))
        .unwrap();
    for name in ["a b%.db", "a b%.db-wal"] {
        office.write(&format!("copy{name}"), fs::read(office.path(name)).unwrap());
        mode(&format!("copy{name}"), 0o444);
    }
    // While somebody has it open it is read with its log.
    for name in ["a b%.db", "a b%.db-wal", "a b%.db-shm"] {
        mode(name, 0o444);
    }
    mode("", 0o555);
    assert_eq!(asked(&["status"]).ended(0), "suspended: 1 token\n");
    let said = as_nobody(&office, &["status", "--store", "sqlite:copya b%.db"]).ended(2);
    assert!(said.contains("a b%.db-wal, and in a folder") && said.contains("copy both"), "{said}");
    mode("", 0o755);
    mode("a b%.db", 0o000);
    let said = asked(&["status"]).ended(2);
    assert!(said.contains("take a login that may read the file"), "{said}");
}

#[test]
fn many_make_a_store_at_once_and_each_has_it() {
    let office = Office::new();
    // What a process left that was killed while it made one.
    office.write("auth.db.part", "");
    let create = ["store", "create", "--store", "sqlite:auth.db"];
    let all: Vec<_> = (0..12).map(|_| office.command(&create).spawn().unwrap()).collect();
    let said: Vec<String> =
        all.into_iter().map(|one| Said::of(one.wait_with_output().unwrap()).ended(0)).collect();
    let made = said.iter().filter(|said| said.contains("is an empty auth store now")).count();
    assert_eq!(made, 1, "{said:?}");
    office.run(&["store", "check", "--store", "sqlite:auth.db"]).ended(0);
    let mode = fs::metadata(office.path("auth.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_name_that_looks_like_an_address_is_a_name() {
    let office = Office::new();
    let store = ["--store", "sqlite:file:auth.db?mode=memory"];
    office.run(&[&["store", "create"], &store[..]].concat()).ended(0);
    office.run(&[&["store", "backup", "file:copy.db"], &store[..]].concat()).ended(0);
    for name in ["file:auth.db?mode=memory", "file:copy.db"] {
        let file = office.path(name);
        assert!(fs::read(&file).unwrap().starts_with(b"SQLite format 3"), "{name}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    let names = fs::read_dir(office.path(".")).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{names:?}");
}

#[test]
fn a_store_in_a_file_that_was_there_is_its_owners_alone() {
    let office = Office::new();
    office.write("auth.db", "");
    fs::set_permissions(office.path("auth.db"), fs::Permissions::from_mode(0o644)).unwrap();
    office.run(&["store", "create", "--store", "sqlite:auth.db"]).ended(0);
    let mode = fs::metadata(office.path("auth.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_store_that_somebody_has_put_a_trigger_into_is_not_sound() {
    let office = Office::new();
    let site = Site::new();
    let check = ["store", "check", "--store", &site.url()];
    office.run(&check).ended(0);
    site.shell("CREATE TRIGGER zz AFTER INSERT ON audit BEGIN DELETE FROM uses; END");
    let said = office.run(&check).ended(1);
    assert!(said.contains("there is a trigger zz, and no store has one"), "{said}");
}

#[test]
fn a_backup_that_is_killed_leaves_nothing_under_its_name_and_can_be_made_again() {
    let office = Office::new();
    office.write("run.jsonl", records(0..3000));
    let site = Site::new();
    let url = site.url();
    office.run(&["import", "run.jsonl", "--unsigned", "--store", &url]).ended(0);
    let backup = ["store", "backup", "copy.db", "--store", &url];
    let mut child = office.command(&backup).spawn().unwrap();
    while fs::metadata(office.path("copy.db.part")).map_or(0, |file| file.len()) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it was over before it was looked at");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!office.path("copy.db").exists());
    office.run(&backup).ended(0);
    let said = office.run(&["status", "--store", "sqlite:copy.db"]).ended(0);
    assert_eq!(said, "active: 3000 tokens\n");
    assert!(!office.path("copy.db.part").exists());
}
