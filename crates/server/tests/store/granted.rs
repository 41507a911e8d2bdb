//! What applications are given, and what takes it from them.

use std::{cell::Cell, thread};

use tokenkaart_auth::{
    AccessToken, GrantCode, SessionId,
    grant::{Granted, Redeemed, Refusal},
    verify::{self, Act, Who},
};

use super::{
    holding::{Card, at, random},
    signing_in::{Signing, VERIFIER, authorization, start},
    site::moment,
};

/// Somebody who is signed in, and an application.
struct App {
    signing: Signing,
    card: Card,
    session: SessionId,
    now: Cell<i64>,
}

impl App {
    fn new() -> Self {
        let signing = Signing::new();
        let card = signing.enrol("4711", "jan");
        let session = signing.sign_in(&card, "jan", &start()).session;
        Self { signing, card, session, now: Cell::new(0) }
    }

    fn grant(&self) -> Option<GrantCode> {
        let Signing { service, pool, .. } = &self.signing;
        let (now, random) = (at(self.now.get()), &mut self.signing.random());
        service.grant(pool, &self.session, &authorization(), &now, random).unwrap()
    }

    fn redeem(
        &self,
        code: &GrantCode,
        client: &str,
        uri: &str,
        verifier: Option<&str>,
    ) -> Redeemed {
        let Signing { service, pool, .. } = &self.signing;
        let (now, random) = (at(self.now.get()), &mut self.signing.random());
        service.redeem(pool, code, client, uri, verifier, &now, random).unwrap()
    }

    #[track_caller]
    fn access(&self) -> AccessToken {
        let wanted = authorization();
        let code = self.grant().unwrap();
        match self.redeem(&code, &wanted.client, &wanted.redirect_uri, Some(VERIFIER)) {
            Redeemed::Given { access, .. } => access,
            Redeemed::Refused(refusal) => panic!("{refusal}"),
        }
    }

    fn granted(&self, access: &AccessToken) -> Option<Granted> {
        let Signing { service, pool, .. } = &self.signing;
        service.granted(pool, access, &at(self.now.get())).unwrap()
    }
}

#[test]
fn a_code_is_for_one_application_at_one_address_with_one_proof() {
    let app = App::new();
    let code = app.grant().unwrap();
    let wanted = authorization();
    let uri = wanted.redirect_uri.as_str();
    let refused = |client: &str, uri: &str, verifier: Option<&str>| match app
        .redeem(&code, client, uri, verifier)
    {
        Redeemed::Refused(refusal) => refusal,
        Redeemed::Given { .. } => panic!("{client} {uri} {verifier:?}"),
    };
    assert_eq!(refused("other", uri, Some(VERIFIER)), Refusal::OtherClient);
    for other in ["", "https://app.example/back/", "https://app.example/Back"] {
        assert_eq!(refused("app", other, Some(VERIFIER)), Refusal::OtherRedirect, "{other}");
    }
    let plain = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for verifier in [None, Some(""), Some(&VERIFIER[1..]), Some(plain)] {
        assert_eq!(refused("app", uri, verifier), Refusal::Pkce, "{verifier:?}");
    }
    // Those were somebody else's tries; the application's own is taken.
    assert!(matches!(app.redeem(&code, "app", uri, Some(VERIFIER)), Redeemed::Given { .. }));
    // Another application takes nothing back with it.
    assert_eq!(refused("other", uri, Some(VERIFIER)), Refusal::OtherClient);
    assert_eq!(app.signing.site.number("SELECT count(*) FROM withdrawn"), 0);
    assert_eq!(refused("app", "elsewhere", None), Refusal::Twice);
    let unknown: GrantCode = "0".repeat(66).parse().unwrap();
    let answer = app.redeem(&unknown, "app", uri, Some(VERIFIER));
    assert!(matches!(answer, Redeemed::Refused(Refusal::Unknown)), "{answer:?}");
}

#[test]
fn a_code_without_a_challenge_takes_no_verifier() {
    let app = App::new();
    let Signing { service, pool, .. } = &app.signing;
    let wanted = tokenkaart_auth::grant::Authorization { pkce: None, ..authorization() };
    let give = || {
        let random = &mut app.signing.random();
        service.grant(pool, &app.session, &wanted, &start(), random).unwrap().unwrap()
    };
    let (first, second) = (give(), give());
    let answer = app.redeem(&first, "app", &wanted.redirect_uri, Some(VERIFIER));
    assert!(matches!(answer, Redeemed::Refused(Refusal::Pkce)), "{answer:?}");
    let answer = app.redeem(&second, "app", &wanted.redirect_uri, None);
    assert!(matches!(answer, Redeemed::Given { .. }), "{answer:?}");
}

#[test]
fn codes_and_access_tokens_end_by_time() {
    let app = App::new();
    let wanted = authorization();
    let code = app.grant().unwrap();
    let access = app.access();
    app.now.set(60_000);
    let answer = app.redeem(&code, &wanted.client, &wanted.redirect_uri, Some(VERIFIER));
    assert!(matches!(answer, Redeemed::Refused(Refusal::Unknown)), "{answer:?}");
    app.now.set(599_999);
    assert!(app.granted(&access).is_some());
    app.now.set(600_000);
    assert!(app.granted(&access).is_none());
}

#[test]
fn what_a_session_gave_ends_with_it() {
    for end in ["sign out", "revoke", "idle"] {
        let app = App::new();
        let code = app.grant().unwrap();
        let access = app.access();
        assert!(app.granted(&access).is_some());
        match end {
            "sign out" => {
                let Signing { service, pool, .. } = &app.signing;
                service.sign_out(pool, &app.session, &start()).unwrap();
                // Twice does no harm.
                service.sign_out(pool, &app.session, &start()).unwrap();
            }
            "revoke" => {
                let who = Who::Holder(app.card.holder.clone());
                let mut store = app.signing.site.open();
                verify::change(&mut store, &who, Act::Revoke, None, "x", moment(0)).unwrap();
            }
            _ => {
                let seen = "UPDATE sessions SET seen_at = seen_at - 1800000";
                app.signing.site.shell(seen);
            }
        }
        assert!(app.granted(&access).is_none(), "{end}");
        assert!(app.grant().is_none(), "{end}");
        let wanted = authorization();
        let answer = app.redeem(&code, &wanted.client, &wanted.redirect_uri, Some(VERIFIER));
        assert!(matches!(answer, Redeemed::Refused(Refusal::Ended)), "{end}: {answer:?}");
    }
}

#[test]
fn one_code_at_many_doors_opens_one_and_then_none() {
    let app = App::new();
    for round in 0..4 {
        let code = app.grant().unwrap();
        let given: Vec<AccessToken> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|number| {
                    let (service, pool, code) = (&app.signing.service, &app.signing.pool, &code);
                    scope.spawn(move || {
                        let (wanted, now) = (authorization(), start());
                        let random = &mut random(1000 + round * 10 + number);
                        let (client, uri) = (&wanted.client, &wanted.redirect_uri);
                        let verifier = Some(VERIFIER);
                        match service.redeem(pool, code, client, uri, verifier, &now, random) {
                            Ok(Redeemed::Given { access, .. }) => Some(access),
                            Ok(Redeemed::Refused(Refusal::Twice)) => None,
                            other => panic!("{other:?}"),
                        }
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(given.len(), 1);
        assert!(app.granted(&given[0]).is_none());
    }
}

#[test]
fn an_assertion_counts_once_for_its_application() {
    let app = App::new();
    let Signing { service, pool, .. } = &app.signing;
    let first = |client: &str, jti: &str| {
        service.assertion_once(pool, client, jti, moment(60_000)).unwrap()
    };
    assert!(first("app", "1") && !first("app", "1"));
    assert!(first("app", "2") && first("ap", "p1") && first("other", "1") && first("app", ""));
    assert!(!first("app", ""));
}

#[test]
fn sectors_do_not_find_out_that_they_mean_the_same_person() {
    let app = App::new();
    let service = &app.signing.service;
    let holder = &app.card.holder;
    let sub = service.subject("app.example", holder);
    assert_eq!(sub.len(), 64);
    assert_eq!(sub, service.subject("app.example", holder));
    assert!(!sub.contains("4711"));
    assert_ne!(sub, service.subject("other.example", holder));
    // Of another store it is another.
    assert_ne!(sub, Signing::new().service.subject("app.example", holder));
    let other = tokenkaart_token::holder::HolderId::new("p4711").unwrap();
    assert_ne!(service.subject("ap", &other), service.subject("app", holder));
}

#[test]
fn no_id_is_in_the_store_and_nothing_secret_in_the_audit() {
    let app = App::new();
    let code = app.grant().unwrap();
    let access = app.access();
    let tables = [
        "steps",
        "sessions",
        "sign_ins",
        "grants",
        "redeemed",
        "access_tokens",
        "limits",
        "audit",
        "passwords",
        "accounts",
        "challenges",
        "assertions",
    ];
    let everything: String =
        tables.map(|table| app.signing.site.shell(&format!("SELECT * FROM {table}"))).concat();
    for secret in [
        &code.expose()[2..],
        &access.expose()[2..],
        &app.session.expose()[2..],
        super::signing_in::PASSWORD,
    ] {
        assert!(!everything.contains(secret));
    }
    let audit = app.signing.site.shell("SELECT actor, event, detail FROM audit");
    for event in ["account made", "password accepted", "signed in", "granted", "redeemed"] {
        assert!(audit.contains(event), "{event}: {audit}");
    }
    for said in ["jan", "4711", "@post.be"] {
        assert!(!audit.contains(said), "{said}: {audit}");
    }
}
