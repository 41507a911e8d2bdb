//! The sign-in, from the key that is chosen to the application that lets somebody in.

use tokenkaart_auth::{
    Key,
    grant::{Redeemed, Refusal},
    sign_in::{CodeAnswer, Proof, Step},
};

use super::{
    holding::at,
    office::Office,
    signing_in::{HOME, PASSWORD, Signing, VERIFIER, authorization, start},
};

#[test]
fn a_citizen_signs_in_by_password_and_code_and_an_application_hears_of_it() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan.peeters");
    let now = start();
    let signed_in = signing.sign_in(&card, " Jan.Peeters ", &now);
    assert_eq!((signed_in.holder.as_str(), signed_in.left, signed_in.low), ("4711", 23, false));
    assert_eq!(signed_in.request, "a request");
    let session = signing.service.session(&signing.pool, &signed_in.session, &now).unwrap();
    let session = session.unwrap();
    assert_eq!((session.key, session.signed_in_at), (Key::Token, now.timestamp()));

    let overview = signing.service.overview(&signing.pool, &session).unwrap().unwrap();
    assert_eq!(overview.account.email, "jan.peeters@post.be");
    assert_eq!((overview.last.len(), overview.last[0].key), (1, Key::Token));
    let token = overview.token.unwrap();
    assert_eq!((token.serial, token.left), (card.serial.clone(), 23));

    let Signing { service, pool, .. } = &signing;
    let wanted = authorization();
    let code = service.grant(pool, &signed_in.session, &wanted, &now, &mut signing.random());
    let code = code.unwrap().unwrap();
    let redeem = |verifier| {
        let (client, uri) = (&wanted.client, &wanted.redirect_uri);
        let random = &mut signing.random();
        service.redeem(pool, &code, client, uri, verifier, &now, random).unwrap()
    };
    let Redeemed::Given { access, granted, .. } = redeem(Some(VERIFIER)) else { panic!() };
    assert_eq!((granted.nonce, granted.acr), (wanted.nonce.clone(), wanted.acr.clone()));
    assert_eq!((granted.key, granted.signed_in_at), (Key::Token, now.timestamp()));
    let seen = service.granted(pool, &access, &now).unwrap().unwrap();
    assert_eq!((seen.holder.as_str(), &*seen.account.user_name), ("4711", "jan.peeters"));

    // The code again: it is refused, and takes back what it gave.
    assert!(matches!(redeem(Some(VERIFIER)), Redeemed::Refused(Refusal::Twice)));
    assert!(service.granted(pool, &access, &now).unwrap().is_none());

    service.sign_out(pool, &signed_in.session, &now).unwrap();
    let audit = ["audit", "--store", &signing.site.url(), "--holder", "4711"];
    let said = Office::new().run(&audit).ended(0);
    for says in [
        "the account was made",
        "the password was right",
        "the holder signed in (token)",
        "an application was given a code (app)",
        "the application brought its code in (app)",
        "what the code gave was taken back, since it came twice (app)",
        "the holder signed out",
    ] {
        let found = said.lines().filter(|line| line.contains(says)).count();
        assert_eq!(found, 1, "{says}: {said}");
    }
}

#[test]
fn no_step_shows_in_a_log_who_it_is_of_or_what_would_answer_it() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    let now = start();
    let (_, chosen) = signing.choose(&now);
    let begun = format!("{chosen:?}");
    let (id, asked) = signing.asked("jan", &now);
    let asks = format!("{id:?} {asked:?} {:?}", signing.step(&id, &now));
    let code = card.code(asked.position()).to_owned();
    let CodeAnswer::SignedIn(signed_in) = signing.answer(asked, &code, &now) else { panic!() };
    let shown = format!("{begun} {asks} {signed_in:?} {:?}", signing.service);
    let secrets = signing.site.shell("SELECT value FROM secrets");
    let ids = ["4711", "a request", &code, signed_in.session.expose(), id.expose()];
    for secret in secrets.lines().chain(ids) {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!shown.contains("ChallengeId"), "{shown}");
}

#[test]
fn each_factor_gives_a_new_id_and_the_one_before_names_nothing() {
    let signing = Signing::new();
    let card = signing.enrol("4711", "jan");
    let now = start();
    let (chooser, chosen) = signing.choose(&now);
    let Proof::Proven(id, proven) = signing.prove(chosen, "jan", PASSWORD, HOME, &now) else {
        panic!()
    };
    assert_ne!(chooser.expose(), id.expose());
    assert!(signing.step(&chooser, &now).is_none());
    drop(proven);
    let Some(Step::Proven(proven)) = signing.step(&id, &now) else { panic!() };
    let tokenkaart_auth::sign_in::Question::Asked(asked) = signing.question(proven, &now) else {
        panic!()
    };
    let position = asked.position();
    // Another instance shows the same.
    let Some(Step::Asked(asked)) = signing.step(&id, &at(1000)) else { panic!() };
    assert_eq!(asked.position(), position);
    let answer = signing.answer(asked, card.code(position), &at(1000));
    let CodeAnswer::SignedIn(signed_in) = answer else { panic!("{answer:?}") };
    assert!(signing.step(&id, &now).is_none());
    assert!(signing.is_signed_in(&signed_in.session, &at(2000)));
    // What the store has is no id.
    let stored = signing.site.shell("SELECT id FROM sessions");
    assert!(!stored.contains(&signed_in.session.expose()[2..]), "{stored}");
}
