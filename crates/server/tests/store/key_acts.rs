//! What an operator does to keys beside the token, and how a holder comes back who has none left.

use jiff::Zoned;
use tokenkaart_auth::{
    Key,
    account::{self, AccountError, HeldKey, KeyAct, KeyChanged},
    activation,
    change::{Changed, Done},
    sign_in::{KeyAnswer, Proof, Question},
};
use tokenkaart_token::holder::HolderId;

use super::{
    activation::{CHOSEN, change, confirm_address, opened, set_up, typed, with_keys},
    app_code::app_code,
    holding::at,
    keys::{activate_app, activate_mail},
    signing_in::{HOME, PASSWORD, Signing, demand, start},
    site::moment,
};

fn act(
    signing: &Signing,
    holder: &str,
    key: Key,
    act: KeyAct,
    reason: Option<&str>,
) -> Result<KeyChanged, AccountError> {
    let (outbox, now) = (signing.service.outbox(), moment(0));
    let (mut store, random) = (signing.site.open(), &mut signing.random());
    let holder = HolderId::new(holder).unwrap();
    account::change_key(&mut store, outbox, &holder, key, act, reason, "clerk", now, random)
}

fn held(signing: &Signing) -> Vec<HeldKey> {
    account::keys_of(&mut signing.site.open(), &HolderId::new("4711").unwrap()).unwrap()
}

/// Whether the code that the app shows lets its holder in.
#[track_caller]
fn comes_in(signing: &Signing, secret: &str, now: &Zoned) -> bool {
    let (_, chosen) = signing.choose_key(Key::App, now);
    let Proof::Proven(_, proven) = signing.prove(chosen, "jan", PASSWORD, HOME, now) else {
        panic!("a right password")
    };
    let Question::KeyAsked(asked) = signing.question(proven, now) else { panic!("a question") };
    let code = app_code(secret, now.timestamp().as_second());
    let (random, demand) = (&mut signing.random(), demand(tokenkaart_auth::phase_out::Phase::Open));
    let answer = asked.answer(&signing.service, &signing.pool, &code, &demand, now, random);
    matches!(answer.unwrap(), KeyAnswer::SignedIn(_))
}

#[test]
fn an_app_that_wrong_codes_have_locked_is_unlocked_by_an_operator() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    let secret = activate_app(&signing, &card, "jan", &at(-300_000));
    let lane = tokenkaart_auth::Lane::of("4711");
    signing.site.shell(&format!("INSERT INTO key_attempts VALUES ({lane}, '4711', 'app', 99, 0)"));
    assert!(!held(&signing)[0].is_locked());
    signing.site.shell("UPDATE key_attempts SET failures = 100");
    let found = held(&signing);
    assert_eq!((found.len(), found[0].key, found[0].failures), (1, Key::App, 100));
    assert!(found[0].is_locked() && !comes_in(&signing, &secret, &start()));
    let session = signing.sign_in(&card, "jan", &start()).session;
    let before = mails.kinds().len();
    let unlocked = act(&signing, "4711", Key::App, KeyAct::Unlock, Some("called")).unwrap();
    assert!(unlocked.has_key && !held(&signing)[0].is_locked());
    assert!(comes_in(&signing, &secret, &at(60_000)));
    assert!(signing.is_signed_in(&session, &at(60_000)), "nobody is signed out by it");
    assert_eq!(mails.kinds()[before..], ["key unlocked"]);
    let audit = "SELECT actor, detail FROM audit WHERE event = 'key unlocked'";
    assert_eq!(signing.site.shell(audit), "clerk|app, called\n");
    // What isn't locked, isn't there or is nobody's is told apart.
    let error = act(&signing, "4711", Key::App, KeyAct::Unlock, None).unwrap_err();
    assert!(matches!(error, AccountError::NotLocked { .. }), "{error}");
    for (key, act_) in [(Key::Mail, KeyAct::Unlock), (Key::Mail, KeyAct::Remove)] {
        let error = act(&signing, "4711", key, act_, None).unwrap_err();
        assert!(matches!(error, AccountError::NoKey { .. }), "{error}");
    }
    let error = act(&signing, "nobody", Key::App, KeyAct::Remove, None).unwrap_err();
    assert!(matches!(error, AccountError::NoAccount { .. }), "{error}");
    let told = "SELECT count(*) FROM mails WHERE kind LIKE 'key %' AND kind <> 'key active'";
    assert_eq!(signing.site.number(told), 1, "nothing is told of what was not done");
}

#[test]
fn an_operator_removes_a_key_also_the_last_one_and_its_holder_comes_back_by_an_activation() {
    let (signing, mails) = with_keys();
    let card = signing.enrol("4711", "jan");
    activate_mail(&signing, &mails, &card, "jan", &at(-600_000));
    let secret = activate_app(&signing, &card, "jan", &at(-300_000));
    let session = signing.sign_in(&card, "jan", &start()).session;
    let before = mails.kinds().len();
    let removed = act(&signing, "4711", Key::App, KeyAct::Remove, Some("phone lost")).unwrap();
    assert!(removed.has_key);
    assert!(!signing.is_signed_in(&session, &start()), "whoever has the phone may have a session");
    assert!(!comes_in(&signing, &secret, &start()));
    signing.site.set_state("4711", "voided");
    let removed = act(&signing, "4711", Key::Mail, KeyAct::Remove, None).unwrap();
    assert!(!removed.has_key && held(&signing).is_empty());
    assert_eq!(mails.kinds()[before..], ["key removed", "key removed"]);
    let audit = "SELECT detail FROM audit WHERE event = 'key removed' ORDER BY seq";
    assert_eq!(signing.site.shell(audit), "app, phone lost\nmail\n");
    let again = {
        let (store, random) = (&mut signing.site.open(), &mut signing.random());
        let outbox = signing.service.outbox().unwrap();
        activation::begin(store, outbox, &card.holder, "clerk", moment(0), random).unwrap()
    };
    let id = opened(&signing, &mails.link("jan"), &typed(&again), &start());
    confirm_address(&signing, &id, "jan@post.be", &start());
    let done = set_up(&signing, change(&signing, &id, &start()), "jan", CHOSEN, &start());
    let Changed::Activated { next: Some(id) } = done else { panic!("{done:?}") };
    let (method, random) = (change(&signing, &id, &start()), &mut signing.random());
    let chosen = method.choose(&signing.service, &signing.pool, Key::Mail, &start(), random);
    let Changed::Done(Done::KeyActive { key: Key::Mail, .. }) = chosen.unwrap() else { panic!() };
    assert_eq!(held(&signing).len(), 1);
}
