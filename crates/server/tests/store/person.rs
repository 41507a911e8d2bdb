//! All that the store has of one person, told and forgotten.

use std::collections::BTreeSet;

use serde_json::Value;
use tokenkaart_auth::{
    counter::{self, ActKey, IdentityDocument},
    person::{self, ForgetError},
    post,
    store::{audit, schema::Dialect},
    verify::{self, Act, Policy, Who},
};
use tokenkaart_token::holder::HolderId;

use super::{
    holding::{Card, Making, at, gate, random, sign_in},
    keys::activate_app,
    office::Office,
    post::holder as of_letter,
    signing_in::{Signing, rules, start},
    site::{Site, moment},
};

/// The tables that have a column `holder`, as the schema says.
fn tables() -> BTreeSet<String> {
    let schema = Dialect::Sqlite.schema();
    let tables = schema.split("CREATE TABLE ").skip(1).filter_map(|table| {
        let (name, rest) = table.split_once(" (")?;
        let body = rest.split_once("\n)")?.0;
        body.lines().any(|line| line.trim().starts_with("holder ")).then(|| name.to_owned())
    });
    let tables: BTreeSet<String> = tables.collect();
    assert!(tables.len() > 30, "{tables:?}");
    tables
}

/// In which of them there are rows of somebody.
fn rows_of(site: &Site, holder: &str) -> BTreeSet<String> {
    let has = |table: &String| {
        site.number(&format!("SELECT count(*) FROM {table} WHERE holder = '{holder}'")) > 0
    };
    tables().into_iter().filter(has).collect()
}

#[test]
fn who_is_forgotten_is_in_no_table_and_the_audit_is_whole_and_names_nobody() {
    let signing = Signing::new();
    signing.enrol("4711", "jan");
    signing.enrol("other", "an");
    let site = &signing.site;
    let mut store = site.open();
    let (holder, document) = (HolderId::new("4711").unwrap(), IdentityDocument::Passport);
    // Sign-ins, uses, a wrong answer, a new card from a counter, and a letter.
    let (mut random, gate) = (random(77), gate());
    let (card, record) = Card::drawn("4711", &Making::default(), 4711);
    let act = ActKey::draw(&mut random).unwrap();
    counter::print(&mut store, &record, &act, "clerk els", &at(0), &mut random).unwrap();
    counter::hand_over(&mut store, &holder, &card.serial, document, "clerk els", &at(1)).unwrap();
    for later in [2000, 4000] {
        sign_in(&gate, &mut store, &card, &at(later), &mut random);
    }
    super::holding::ask(&gate, &mut store, &holder, &at(9000), &mut random);
    let letter = of_letter("4711", "Jan Peeters");
    post::ask(&mut store, &letter, &act, "clerk els", &at(0), &mut random).unwrap();
    let before = rows_of(site, "4711");
    for table in ["accounts", "tokens", "codes", "uses", "handed_over", "post_addresses", "ends"] {
        assert!(before.contains(table), "{before:?}");
    }
    let others = rows_of(site, "other");

    // All of it is told, but for what is secret.
    let told = person::export(&mut store, &holder).unwrap().unwrap();
    let json = serde_json::to_string(&told).unwrap();
    let told_tables: BTreeSet<String> = told.tables.keys().cloned().collect();
    let silent = ["codes", "emails", "holders", "logins", "post_exports"].map(str::to_owned);
    let expected: BTreeSet<String> =
        before.iter().filter(|table| !silent.contains(table)).cloned().collect();
    assert_eq!(told_tables, expected);
    for part in ["jan@", "Jan Peeters", "'s-Gravenstraat", "passport", &card.serial.to_string()] {
        assert!(json.contains(part), "{part}: {json}");
    }
    assert!(!json.contains("$argon2id$"), "{json}");
    let told: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told["tables"]["handed_over"][0]["at"], moment(1).to_string());
    assert!(told["audit"].as_array().unwrap().len() > 5);

    // A card that works is ended first, by somebody who says why.
    let refused = person::forget(&mut store, &holder, "owner", moment(10_000)).unwrap_err();
    assert!(matches!(refused, ForgetError::Live { .. }), "{refused}");
    assert_eq!(rows_of(site, "4711"), before);
    let who = Who::Holder(holder.clone());
    verify::change(&mut store, &who, Act::Revoke, Some("left"), "jan", moment(10_000)).unwrap();
    let reference = site.shell("SELECT ref FROM holders WHERE holder = '4711'");
    let rows = site.number("SELECT count(*) FROM audit");
    assert!(person::forget(&mut store, &holder, "owner", moment(10_001)).unwrap() > 50);
    assert_eq!(rows_of(site, "4711"), BTreeSet::new());
    assert_eq!(rows_of(site, "other"), others);
    for (table, column) in [("logins", "user_name"), ("emails", "address")] {
        let found = site.shell(&format!("SELECT {column} FROM {table}"));
        assert!(!found.contains("jan"), "{found}");
    }
    // The audit's rows are there still, and one more.
    assert_eq!(site.number("SELECT count(*) FROM audit"), rows + 1);
    let last = site.shell("SELECT actor, ref FROM audit WHERE event = 'person forgotten'");
    assert_eq!(last.trim(), format!("owner|{}", reference.trim()));
    assert_eq!(audit::verify(&site.open(), None).unwrap().broken, []);
    assert_eq!(site.open().check().unwrap(), []);
    // Nobody is known by that id any more, and somebody new is somebody else.
    assert!(person::export(&mut store, &holder).unwrap().is_none());
    assert_eq!(person::forget(&mut store, &holder, "owner", moment(10_002)).unwrap(), 0);
    let again = Card::give(site, "4711", &Making::default());
    sign_in(&gate, &mut store, &again, &at(20_000), &mut random);
    let other = site.shell("SELECT ref FROM holders WHERE holder = '4711'");
    assert_ne!(other, reference);
}

#[test]
fn nothing_is_left_of_somebody_who_has_signed_in_and_has_an_app() {
    let (signing, _mails) = Signing::with_keys(Policy::default(), rules());
    let card = signing.enrol("4711", "jan");
    signing.sign_in(&card, "jan", &start());
    activate_app(&signing, &card, "jan", &at(600_000));
    let before = rows_of(&signing.site, "4711");
    for table in ["sign_ins", "keys", "app_uses", "mails"] {
        assert!(before.contains(table), "{table}: {before:?}");
    }
    let mut store = signing.site.open();
    let holder = HolderId::new("4711").unwrap();
    let told = person::export(&mut store, &holder).unwrap().unwrap();
    let silent = ["codes", "emails", "holders", "logins"].map(str::to_owned);
    assert!(before.iter().all(|table| told.tables.contains_key(table) || silent.contains(table)));
    let who = Who::Holder(holder.clone());
    verify::change(&mut store, &who, Act::Revoke, None, "jan", moment(700_000)).unwrap();
    assert!(person::forget(&mut store, &holder, "owner", moment(700_001)).unwrap() > 30);
    assert_eq!(rows_of(&signing.site, "4711"), BTreeSet::new());
    assert_eq!(signing.site.open().check().unwrap(), []);
}

#[test]
fn the_program_tells_and_forgets_and_says_what_is_to_be_done_before() {
    let (site, office) = (Site::new(), Office::new());
    Card::give(&site, "4711", &Making::default());
    let url = site.url();
    let run = |words: &[&str]| office.run(&[words, &["--store", &url]].concat());
    let told = run(&["person", "export", "--holder", "4711"]).ended(0);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["tables"]["tokens"].as_array().unwrap().len(), 1);
    let said = run(&["person", "forget", "--holder", "4711"]).ended(2);
    assert!(said.contains("end it first (`tokenkaart-server revoke` does that)"), "{said}");
    run(&["revoke", "--holder", "4711", "--reason", "left"]).ended(0);
    let said = run(&["person", "forget", "--holder", "4711"]).ended(0);
    assert!(said.starts_with("holder 4711 is forgotten: "), "{said}");
    for act in ["export", "forget"] {
        let said = run(&["person", act, "--holder", "4711"]).ended(1);
        assert!(said.contains("the store has nothing of holder 4711"), "{said}");
    }
    run(&["audit", "--verify"]).ended(0);
    run(&["store", "check"]).ended(0);
}
