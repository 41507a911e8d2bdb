//! First activation: a code on paper and a link by e-mail, and what neither of them does alone.

use std::collections::BTreeSet;

use jiff::Zoned;
use tokenkaart_auth::{
    ActivationLink, ChangeId, Key,
    account::{self, AccountError, Imported, NewAccount, Password, UserName},
    activation::{self, Activation, ActivationCode, ActivationError},
    change::{Change, Changed, Done, Opened, Stage},
    sign_in::Proof,
    verify::Policy,
};
use tokenkaart_token::{holder::HolderId, language::Language};

use super::{
    holding::{Card, Making, at},
    signing_in::{HOME, Mails, Signing, rules, start},
    site::moment,
};

/// What somebody chooses who activates their account.
pub(crate) const CHOSEN: &str = "zeven gele fietsen in de regen";
const DAY: i64 = 86_400_000;

pub(crate) fn with_keys() -> (Signing, Mails) {
    Signing::with_keys(Policy::default(), rules())
}

pub(crate) fn listed(holder: &str, user_name: &str) -> NewAccount {
    NewAccount {
        holder: HolderId::new(holder).unwrap(),
        user_name: user_name.parse().unwrap(),
        email: format!("{user_name}@post.be").parse().unwrap(),
        name: None,
        language: Language::Nl,
        password: None,
    }
}

/// Gives somebody an account that they are to activate.
pub(crate) fn invite(signing: &Signing, holder: &str, user_name: &str) -> Activation {
    let outbox = signing.service.outbox().unwrap();
    let (new, random) = (listed(holder, user_name), &mut signing.random());
    let mut store = signing.site.open();
    account::create_to_activate(&mut store, &new, outbox, "clerk", moment(0), random).unwrap()
}

/// What they have typed from the paper.
pub(crate) fn typed(activation: &Activation) -> ActivationCode {
    read(&activation.code.on_paper())
}

fn read(text: &str) -> ActivationCode {
    ActivationCode::read(text).map_err(|slip| panic!("{slip}")).unwrap()
}

pub(crate) fn open(
    signing: &Signing,
    link: &ActivationLink,
    code: &ActivationCode,
    now: &Zoned,
) -> Opened {
    let Signing { service, pool, .. } = signing;
    let (from, random) = (HOME.parse().unwrap(), &mut signing.random());
    service.open_activation(pool, link, code, from, now, random).unwrap()
}

#[track_caller]
pub(crate) fn opened(
    signing: &Signing,
    link: &ActivationLink,
    code: &ActivationCode,
    now: &Zoned,
) -> ChangeId {
    match open(signing, link, code, now) {
        Opened::Both(id) => id,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn change(signing: &Signing, id: &ChangeId, now: &Zoned) -> Change {
    signing.service.change(&signing.pool, id, now).unwrap().unwrap()
}

pub(crate) fn confirm_address(
    signing: &Signing,
    id: &ChangeId,
    address: &str,
    now: &Zoned,
) -> Changed {
    let Signing { service, pool, .. } = signing;
    let (address, from) = (address.parse().unwrap(), HOME.parse().unwrap());
    let random = &mut signing.random();
    change(signing, id, now).send_code(service, pool, &address, from, now, random).unwrap()
}

pub(crate) fn set_up(
    signing: &Signing,
    change: Change,
    user_name: &str,
    password: &str,
    now: &Zoned,
) -> Changed {
    let Signing { service, pool, .. } = signing;
    let name = user_name.parse::<UserName>().unwrap();
    let (password, random) = (Password::chosen(password, &[]).unwrap(), &mut signing.random());
    change.set_up(service, pool, &name, &password, now, random).unwrap()
}

fn is_refused(opened: &Opened) -> bool {
    matches!(opened, Opened::Refused)
}

fn proves(signing: &Signing, user_name: &str, password: &str, now: &Zoned) -> bool {
    let (_, chosen) = signing.choose(now);
    matches!(signing.prove(chosen, user_name, password, HOME, now), Proof::Proven(..))
}

#[test]
fn code_and_link_together_let_somebody_choose_name_and_password_and_neither_does_alone() {
    let (signing, mails) = with_keys();
    let (jan, piet) = (invite(&signing, "4711", "jan"), invite(&signing, "4712", "piet"));
    let card = Card::give(&signing.site, "4711", &Making::default());
    let (link, others, now) = (mails.link("jan"), mails.link("piet"), start());
    // The code of another, the link of another, and a link that nobody was sent.
    let nobodys = others.expose().replace(['1', '2'], "3").parse().unwrap();
    for (link, code) in [(&link, typed(&piet)), (&others, typed(&jan)), (&nobodys, typed(&jan))] {
        assert!(is_refused(&open(&signing, link, &code, &now)));
    }
    let id = opened(&signing, &link, &typed(&jan), &now);
    // The link was read at the account's address; another one takes a code.
    assert_eq!(change(&signing, &id, &now).stage(), Stage::Address);
    let early = set_up(&signing, change(&signing, &id, &now), "jan.p", CHOSEN, &now);
    assert!(matches!(early, Changed::Next), "no step is skipped: {early:?}");
    assert!(matches!(confirm_address(&signing, &id, "Jan@post.be", &now), Changed::Next));
    let last = change(&signing, &id, &now);
    assert_eq!(last.stage(), Stage::Act);
    // Nothing has changed yet.
    let passwords = || signing.site.number("SELECT count(*) FROM passwords");
    assert_eq!((passwords(), mails.kinds().len()), (0, 2));
    let done = set_up(&signing, last, "Jan.P", CHOSEN, &now);
    assert!(matches!(done, Changed::Activated { next: None }), "{done:?}");
    assert_eq!(mails.kinds()[2..], ["activated"]);
    assert!(!proves(&signing, "jan", CHOSEN, &now), "the name that was proposed is free again");
    assert!(proves(&signing, "jan.p", CHOSEN, &now) && passwords() == 1);
    assert_eq!(signing.site.states(card.holder.as_str()), ["active"]);
    // Used up, whoever brings them.
    assert!(is_refused(&open(&signing, &link, &typed(&jan), &now)));
    assert!(signing.service.change(&signing.pool, &id, &now).unwrap().is_none());
    let audit = signing.site.shell("SELECT event, detail FROM audit WHERE event LIKE 'activat%'");
    let rows: BTreeSet<&str> = audit.lines().collect();
    assert_eq!(
        rows,
        [
            "activated|",
            "activation accepted|",
            "activation begun|",
            "activation refused|no such link",
            "activation refused|wrong code",
        ]
        .into()
    );
}

#[test]
fn the_store_has_neither_a_code_nor_a_link() {
    let (signing, mails) = with_keys();
    let jan = invite(&signing, "4711", "jan");
    let link = mails.link("jan");
    open(&signing, &link, &typed(&jan), &start());
    let paper = jan.code.on_paper().replace('-', "");
    for table in ["activations", "changes", "mails", "audit", "limits", "mail_codes"] {
        let text = signing.site.shell(&format!("SELECT * FROM {table}"));
        assert!(!text.contains(&paper) && !text.contains(&link.expose()[2..]), "{table}: {text}");
    }
    assert!(!format!("{jan:?} {link:?}").contains(&paper[..4]), "{jan:?}");
}

#[test]
fn code_and_link_are_good_for_fourteen_days() {
    let (signing, mails) = with_keys();
    let jan = invite(&signing, "4711", "jan");
    let link = mails.link("jan");
    assert_eq!(jan.until, moment(14 * DAY));
    assert!(matches!(open(&signing, &link, &typed(&jan), &at(14 * DAY - 1)), Opened::Both(_)));
    assert!(is_refused(&open(&signing, &link, &typed(&jan), &at(14 * DAY))));
    // It stays in sight that they never came.
    super::holding::sweep(&mut signing.site.open(), None, &at(15 * DAY));
    assert_eq!(signing.site.number("SELECT count(*) FROM activations"), 1);
}

#[test]
fn an_unknown_a_used_and_an_expired_link_and_a_wrong_code_are_answered_alike() {
    let (signing, mails) = with_keys();
    let [jan, piet] =
        [("4711", "jan"), ("4712", "piet")].map(|(id, name)| invite(&signing, id, name));
    let [link, used] = ["jan", "piet"].map(|name| mails.link(name));
    let id = opened(&signing, &used, &typed(&piet), &start());
    confirm_address(&signing, &id, "piet@post.be", &start());
    set_up(&signing, change(&signing, &id, &start()), "piet", CHOSEN, &start());
    let unknown = link.expose().replace('4', "5").replace('6', "7").parse().unwrap();
    let seen = |link: &ActivationLink, code: &ActivationCode, now: &Zoned| {
        signing.pool.get().unwrap().watched();
        assert!(is_refused(&open(&signing, link, code, now)));
        let watch = signing.pool.get().unwrap().watched();
        (watch.statements, watch.round_trips)
    };
    // Once, so that what is prepared is prepared.
    seen(&unknown, &typed(&jan), &start());
    let known = seen(&link, &typed(&piet), &start());
    assert_eq!(seen(&unknown, &typed(&jan), &start()), known);
    assert_eq!(seen(&used, &typed(&piet), &start()), known);
    assert_eq!(seen(&link, &typed(&jan), &at(14 * DAY)), known);
}

#[test]
fn wrong_codes_slow_a_link_down_and_lock_nothing() {
    let (signing, mails) = with_keys();
    let [jan, piet] =
        [("4711", "jan"), ("4712", "piet")].map(|(id, name)| invite(&signing, id, name));
    let link = mails.link("jan");
    for _ in 0..10 {
        assert!(is_refused(&open(&signing, &link, &typed(&piet), &start())));
    }
    let Opened::Wait { until } = open(&signing, &link, &typed(&jan), &start()) else { panic!() };
    assert_eq!(until, moment(60_000));
    // Another one's link is nobody's to slow down.
    opened(&signing, &mails.link("piet"), &typed(&piet), &start());
    opened(&signing, &link, &typed(&jan), &at(60_000));
}

#[test]
fn a_new_code_takes_the_place_of_the_one_before_also_where_that_was_begun_with() {
    let (signing, mails) = with_keys();
    let first = invite(&signing, "4711", "jan");
    let first_link = mails.link("jan");
    let id = opened(&signing, &first_link, &typed(&first), &start());
    confirm_address(&signing, &id, "jan@post.be", &start());
    let outbox = signing.service.outbox().unwrap();
    let holder = HolderId::new("4711").unwrap();
    let second = {
        let (store, random) = (&mut signing.site.open(), &mut signing.random());
        activation::begin(store, outbox, &holder, "clerk", moment(1000), random).unwrap()
    };
    let now = at(1000);
    assert!(is_refused(&open(&signing, &first_link, &typed(&first), &now)));
    let over = set_up(&signing, change(&signing, &id, &now), "jan", CHOSEN, &now);
    assert!(matches!(over, Changed::Over), "{over:?}");
    let id = opened(&signing, &mails.link("jan"), &typed(&second), &now);
    confirm_address(&signing, &id, "jan@post.be", &now);
    let done = set_up(&signing, change(&signing, &id, &now), "jan", CHOSEN, &now);
    assert!(matches!(done, Changed::Activated { .. }), "{done:?}");
    // Nobody is activated whom nobody knows.
    let nobody = HolderId::new("nobody").unwrap();
    let (store, random) = (&mut signing.site.open(), &mut signing.random());
    let error = activation::begin(store, outbox, &nobody, "clerk", moment(0), random).unwrap_err();
    assert!(matches!(error, ActivationError::NoAccount { .. }), "{error}");
}

#[test]
fn whoever_had_a_password_has_another_one_and_all_their_sessions_end() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let session = signing.sign_in(&card, "jan", &start()).session;
    let outbox = signing.service.outbox().unwrap();
    let again = {
        let (store, random) = (&mut signing.site.open(), &mut signing.random());
        activation::begin(store, outbox, &card.holder, "clerk", moment(0), random).unwrap()
    };
    let id = opened(&signing, &mails.link("jan"), &typed(&again), &start());
    confirm_address(&signing, &id, "jan@post.be", &start());
    assert!(signing.is_signed_in(&session, &start()), "not before the last step");
    set_up(&signing, change(&signing, &id, &start()), "jan", CHOSEN, &start());
    assert!(!signing.is_signed_in(&session, &start()));
    assert!(!proves(&signing, "jan", super::signing_in::PASSWORD, &start()));
    assert!(proves(&signing, "jan", CHOSEN, &start()));
}

#[test]
fn a_name_or_an_address_of_another_is_refused_and_nothing_is_used_up() {
    let (signing, mails) = with_keys();
    signing.enrol("4712", "piet");
    let jan = invite(&signing, "4711", "jan");
    let now = start();
    let link = mails.link("jan");
    let id = opened(&signing, &link, &typed(&jan), &now);
    // Another address takes a code that is read there.
    assert!(matches!(confirm_address(&signing, &id, "piet@post.be", &now), Changed::Next));
    assert_eq!(change(&signing, &id, &now).stage(), Stage::Confirm);
    let code = mails.code("jan");
    let confirmed = {
        let random = &mut signing.random();
        let asked = change(&signing, &id, &now);
        asked.confirm(&signing.service, &signing.pool, &code, &now, random).unwrap()
    };
    assert!(matches!(confirmed, Changed::Next), "{confirmed:?}");
    let last = change(&signing, &id, &now);
    assert_eq!(last.stage(), Stage::Act);
    let taken = set_up(&signing, last, "jan", CHOSEN, &now);
    assert!(matches!(taken, Changed::AddressTaken), "{taken:?}");
    let id = opened(&signing, &link, &typed(&jan), &now);
    confirm_address(&signing, &id, "jan@post.be", &now);
    let mut last = change(&signing, &id, &now);
    for _ in 0..19 {
        last = match set_up(&signing, last, "PIET", CHOSEN, &now) {
            Changed::UserNameTaken(again) => again,
            other => panic!("{other:?}"),
        };
    }
    // Names can't be tried as fast as one likes.
    let Changed::Wait { until, step } = set_up(&signing, last, "piet", CHOSEN, &now) else {
        panic!()
    };
    assert_eq!(until, moment(60_000));
    let done = set_up(&signing, step, "jan", CHOSEN, &at(60_000));
    assert!(matches!(done, Changed::Activated { .. }), "{done:?}");
    let names = signing.site.shell("SELECT user_name, holder FROM logins ORDER BY user_name");
    assert_eq!(names.lines().collect::<Vec<_>>(), ["jan|4711", "piet|4712"]);
}

#[test]
fn another_address_that_was_confirmed_is_told_at_both() {
    let (signing, mails) = with_keys();
    let jan = invite(&signing, "4711", "jan");
    let now = start();
    let id = opened(&signing, &mails.link("jan"), &typed(&jan), &now);
    confirm_address(&signing, &id, "jan.p@post.be", &now);
    let code = mails.code("jan");
    let asked = change(&signing, &id, &now);
    asked.confirm(&signing.service, &signing.pool, &code, &now, &mut signing.random()).unwrap();
    let done = set_up(&signing, change(&signing, &id, &now), "jan", CHOSEN, &now);
    assert!(matches!(done, Changed::Activated { .. }), "{done:?}");
    let told = ["activation", "code", "activated", "address changed", "address changed"];
    assert_eq!(mails.kinds(), told);
    assert_eq!(signing.site.shell("SELECT email FROM accounts").trim(), "jan.p@post.be");
    assert_eq!(signing.site.shell("SELECT address FROM emails").trim(), "jan.p@post.be");
    assert_eq!(signing.site.shell("SELECT address FROM confirmed").trim(), "jan.p@post.be");
}

#[test]
fn who_has_no_key_gets_one_next_and_signs_in_with_it() {
    let (signing, mails) = with_keys();
    let jan = invite(&signing, "4711", "jan");
    let now = start();
    let id = opened(&signing, &mails.link("jan"), &typed(&jan), &now);
    confirm_address(&signing, &id, "jan@post.be", &now);
    let done = set_up(&signing, change(&signing, &id, &now), "jan", CHOSEN, &now);
    let Changed::Activated { next: Some(id) } = done else { panic!("{done:?}") };
    let method = change(&signing, &id, &now);
    assert_eq!(method.stage(), Stage::Method);
    let random = &mut signing.random();
    let chosen = method.choose(&signing.service, &signing.pool, Key::Mail, &now, random).unwrap();
    let Changed::Done(Done::KeyActive { key, token_ended, .. }) = chosen else {
        panic!("{chosen:?}")
    };
    assert_eq!((key, token_ended), (Key::Mail, false));
    assert_eq!(signing.site.shell("SELECT key FROM keys").trim(), "mail");
    assert_eq!(mails.kinds(), ["activation", "activated", "key active"]);
}

#[test]
fn a_code_is_kept_for_its_browser_sealed_and_for_half_an_hour() {
    let (signing, _mails) = with_keys();
    let jan = invite(&signing, "4711", "jan");
    let Signing { service, .. } = &signing;
    let kept = service.keep_code(&typed(&jan), &start(), &mut signing.random()).unwrap().unwrap();
    let paper = jan.code.on_paper();
    assert!(!kept.contains(&paper[..4]), "{kept}");
    let found = |kept: &str, now: i64| {
        service.kept_code(kept, &at(now)).map(|code| code.on_paper().to_string())
    };
    assert_eq!(found(&kept, 29 * 60_000), Some(paper.to_string()));
    assert_eq!(found(&kept, 30 * 60_000), None);
    let middle = kept.len() / 2;
    let other = if &kept[middle..=middle] == "A" { "B" } else { "A" };
    assert_eq!(found(&format!("{}{other}{}", &kept[..middle], &kept[middle + 1..]), 0), None);
    assert_eq!(found("", 0), None);
    // Without keys that seal nothing is kept.
    let plain = Signing::new();
    let kept = plain.service.keep_code(&typed(&jan), &start(), &mut plain.random()).unwrap();
    assert!(kept.is_none());
}

#[test]
fn a_list_is_made_with_a_code_for_each_and_given_again_for_those_who_have_not_used_theirs() {
    let (signing, mails) = with_keys();
    let outbox = signing.service.outbox().unwrap();
    let list: Vec<NewAccount> =
        (0..40).map(|number| listed(&format!("{number}"), &format!("user{number}"))).collect();
    let import = |list: &[NewAccount], now: i64| {
        let (mut store, random) = (signing.site.open(), &mut signing.random());
        account::import_to_activate(&mut store, list, outbox, "clerk", moment(now), random).unwrap()
    };
    // A part of it, as after an import that was cut off.
    let (imported, first) = import(&list[..7], 0);
    assert_eq!((imported, first.len()), (Imported { made: 7, known: 0 }, 7));
    // One of them has activated their account since.
    let id = opened(&signing, &mails.link("user3"), &typed(&first[3].1), &start());
    confirm_address(&signing, &id, "user3@post.be", &start());
    set_up(&signing, change(&signing, &id, &start()), "user3", CHOSEN, &start());
    // One has an account that was never to be activated so.
    signing.enrol_with("39", "user39", None);
    let (imported, all) = import(&list, 1000);
    assert_eq!(imported, Imported { made: 32, known: 8 });
    let places: Vec<usize> = all.iter().map(|(at, _)| *at).collect();
    let expected: Vec<usize> = (0..39).filter(|at| *at != 3).collect();
    assert_eq!(places, expected);
    // Each code is its holder's, and those of before are worth nothing.
    for (at, activation) in &all {
        opened(&signing, &mails.link(&format!("user{at}")), &typed(activation), &start());
    }
    let link = mails.link("user5");
    assert!(is_refused(&open(&signing, &link, &typed(&first[5].1), &start())));
    let mailed = mails.kinds().iter().filter(|kind| **kind == "activation").count();
    assert_eq!(mailed, 7 + 38);
    assert_eq!(signing.site.number("SELECT count(*) FROM activations"), 38);
    // What can't be made has sent nobody a mail.
    let taken = [listed("77", "user1")];
    let (mut store, random) = (signing.site.open(), &mut signing.random());
    let now = moment(0);
    let refused = account::import_to_activate(&mut store, &taken, outbox, "x", now, random);
    assert!(refused.is_err());
    let error =
        account::create_to_activate(&mut store, &taken[0], outbox, "x", now, random).unwrap_err();
    assert!(matches!(error, AccountError::UserNameTaken { .. }), "{error}");
    assert_eq!(signing.site.number("SELECT count(*) FROM accounts"), 40);
}
