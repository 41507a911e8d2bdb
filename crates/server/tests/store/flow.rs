//! Random sequences of requests to the sign-in: in no order does anybody come in without both
//! factors, and who is in stays in as long as they may and no longer.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokenkaart_auth::{
    Key, SessionId, SignInId,
    account::Password,
    phase_out::Phase,
    sign_in::{Choice, CodeAnswer, KeyAnswer, KeyAsked, Loss, Proof, Question, Step},
    verify::{self, Act, LockAfter, Policy, Who},
};

use super::{
    app_code::app_code,
    holding::{Card, at},
    keys::{activate_app, activate_mail},
    signing_in::{HOME, Mails, PASSWORD, Signing, demand, rules},
    site::moment,
};

const PEOPLE: usize = 2;

/// One request, or what happens beside.
#[derive(Clone, Debug)]
enum Deed {
    Begin,
    /// Of which of the ids so far, counted from the last: any that ever was.
    Choose(usize, Key),
    /// With whose name, and with a password that is right or not.
    Prove(usize, usize, bool),
    Ask(usize),
    Answer(usize, Typed),
    Abandon(usize),
    SignOut(usize),
    ReportLost(usize, bool),
    Operate(usize, Act),
    GiveNew(usize),
    Wait(i64),
    /// All the way, with nothing between.
    SignIn(usize, Key),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Typed {
    Right,
    Wrong,
    /// The code at the same position of the other person's card.
    OfOther,
    Slip,
}

fn deed() -> impl Strategy<Value = Deed> {
    let (id, person) = (0..4_usize, 0..PEOPLE);
    let key = prop_oneof![3 => Just(Key::Token), 2 => Just(Key::App), 2 => Just(Key::Mail)];
    let typed = prop_oneof![
        4 => Just(Typed::Right), 2 => Just(Typed::Wrong), 1 => Just(Typed::OfOther),
        1 => Just(Typed::Slip)
    ];
    let act =
        prop_oneof![Just(Act::Suspend), Just(Act::Resume), Just(Act::Unlock), Just(Act::Revoke)];
    prop_oneof![
        5 => Just(Deed::Begin),
        6 => (id.clone(), key.clone()).prop_map(|(id, key)| Deed::Choose(id, key)),
        8 => (id.clone(), person.clone(), prop::bool::weighted(0.7))
            .prop_map(|(id, person, right)| Deed::Prove(id, person, right)),
        8 => id.clone().prop_map(Deed::Ask),
        12 => (id.clone(), typed).prop_map(|(id, typed)| Deed::Answer(id, typed)),
        1 => id.clone().prop_map(Deed::Abandon),
        1 => id.clone().prop_map(Deed::SignOut),
        1 => (id, any::<bool>()).prop_map(|(id, right)| Deed::ReportLost(id, right)),
        1 => (person.clone(), act).prop_map(|(person, act)| Deed::Operate(person, act)),
        1 => person.clone().prop_map(Deed::GiveNew),
        3 => (person, key).prop_map(|(person, key)| Deed::SignIn(person, key)),
        4 => prop_oneof![Just(500_i64), 1000..90_000_i64, Just(1_000_000_i64), Just(14_000_000_i64)]
            .prop_map(Deed::Wait),
    ]
}

/// What the model knows of an id that ever was.
struct Under {
    id: SignInId,
    /// Whose password was right under it.
    person: Option<usize>,
    is_chosen: bool,
    is_asked: bool,
    /// The code that was mailed for it.
    mailed: String,
    /// Whether it may still name something.
    is_alive: bool,
    until: i64,
}

/// What it knows of a session that ever was.
struct In {
    id: SessionId,
    person: usize,
    is_alive: bool,
    since: i64,
    seen: i64,
}

struct World {
    signing: Signing,
    mails: Mails,
    /// The secrets of their apps.
    apps: Vec<String>,
    cards: Vec<Card>,
    names: Vec<String>,
    now: i64,
    under: Vec<Under>,
    signed_in: Vec<In>,
    /// How many have come in, so that a test in which nobody does fails.
    came_in: usize,
    /// Of those, by another key than the token.
    came_in_by_key: usize,
}

fn back(length: usize, which: usize) -> Option<usize> {
    length.checked_sub(1 + which)
}

impl World {
    fn new() -> Self {
        let policy = Policy { lock_after: LockAfter::new(4).unwrap(), ..Policy::default() };
        let (signing, mails) = Signing::with_keys(policy, rules());
        let names: Vec<String> = (0..PEOPLE).map(|person| format!("person{person}")).collect();
        let cards = names.iter().enumerate();
        let cards = cards.map(|(person, name)| signing.enrol(&format!("471{person}"), name));
        let cards: Vec<Card> = cards.collect();
        let apps = names.iter().zip(&cards).map(|(name, card)| {
            activate_mail(&signing, &mails, card, name, &at(-300_000));
            activate_app(&signing, card, name, &at(-200_000))
        });
        let apps = apps.collect();
        let (under, signed_in) = (Vec::new(), Vec::new());
        Self {
            signing,
            mails,
            apps,
            cards,
            names,
            now: 0,
            under,
            signed_in,
            came_in: 0,
            came_in_by_key: 0,
        }
    }

    fn state(&self, person: usize) -> String {
        self.signing.site.states(self.cards[person].holder.as_str())[0].clone()
    }

    /// What a lock, an operator or the holder ends.
    fn end_all(&mut self, person: usize) {
        self.signed_in.iter_mut().filter(|s| s.person == person).for_each(|s| s.is_alive = false);
        let theirs = self.under.iter_mut().filter(|under| under.person == Some(person));
        theirs.for_each(|under| under.is_alive = false);
    }

    fn is_in(&self, session: &In) -> bool {
        session.is_alive
            && self.now - session.since < 8 * 3_600_000
            && self.now - session.seen < 1_800_000
    }

    /// The step that an id has reached; what the model says of it must be so.
    fn step(&mut self, at_id: usize) -> Option<Step> {
        let found = self.signing.step(&self.under[at_id].id, &at(self.now));
        let under = &self.under[at_id];
        assert_eq!(found.is_some(), under.is_alive && self.now < under.until);
        match &found {
            Some(Step::Begun(_)) => assert!(!under.is_chosen),
            Some(Step::Chosen(_)) => assert!(under.is_chosen && under.person.is_none()),
            Some(Step::Proven(_)) => assert!(under.person.is_some()),
            Some(Step::Asked(_) | Step::KeyAsked(_)) => {
                assert!(under.person.is_some() && under.is_asked);
            }
            None => {}
        }
        found
    }

    fn prove(&mut self, which: usize, person: usize, is_right: bool) {
        let Some(at_id) = back(self.under.len(), which) else { return };
        let Some(Step::Chosen(chosen)) = self.step(at_id) else { return };
        let password = if is_right { PASSWORD } else { "vier blauwe olifantjes" };
        let now = at(self.now);
        match self.signing.prove(chosen, &self.names[person], password, HOME, &now) {
            Proof::Proven(id, proven) => {
                assert!(is_right);
                assert_eq!(proven.holder(), &self.cards[person].holder);
                self.under[at_id].is_alive = false;
                let until = self.now + 1_800_000;
                let person = Some(person);
                let (is_chosen, is_asked, is_alive) = (true, false, true);
                let mailed = String::new();
                self.under.push(Under { id, person, is_chosen, is_asked, mailed, is_alive, until });
            }
            Proof::Refused(_) => assert!(!is_right),
            Proof::Wait { .. } => {}
            Proof::Over => panic!("nobody else is here"),
        }
    }

    fn answer(&mut self, which: usize, typed: Typed) {
        let Some(at_id) = back(self.under.len(), which) else { return };
        let asked = match self.step(at_id) {
            Some(Step::Asked(asked)) => asked,
            Some(Step::KeyAsked(asked)) => return self.answer_key(at_id, asked, typed),
            _ => return,
        };
        let person = self.under[at_id].person.unwrap();
        let (card, other) = (&self.cards[person], &self.cards[1 - person]);
        let position = asked.position();
        let text = match typed {
            Typed::Right => card.code(position),
            Typed::Wrong => card.wrong(position),
            Typed::OfOther => other.code(position),
            Typed::Slip => "slip",
        };
        let text = text.to_owned();
        let before = self.state(person);
        let answer = self.signing.answer(asked, &text, &at(self.now));
        let after = self.state(person);
        if before == "active" && after == "locked" {
            assert!(matches!(answer, CodeAnswer::Ended), "{answer:?}");
            self.end_all(person);
            return;
        }
        match answer {
            CodeAnswer::SignedIn(signed_in) => {
                assert_eq!((typed, before.as_str()), (Typed::Right, "active"));
                assert_eq!(signed_in.holder, card.holder);
                self.under[at_id].is_alive = false;
                self.came_in += 1;
                let (since, seen) = (self.now, self.now);
                let id = signed_in.session;
                self.signed_in.push(In { id, person, is_alive: true, since, seen });
            }
            CodeAnswer::Ended => {
                assert_ne!(after, "active");
                self.under[at_id].is_alive = false;
            }
            CodeAnswer::Refused(_) => {
                assert!(
                    matches!(typed, Typed::Wrong | Typed::OfOther | Typed::Slip)
                        || before != "active"
                );
            }
            CodeAnswer::Slip(..) => assert_eq!(typed, Typed::Slip),
            CodeAnswer::Wait { .. } | CodeAnswer::Again(_) => {}
            CodeAnswer::NotTaken => panic!("all keys are taken"),
        }
    }

    /// The code of an app, or one that was mailed.
    fn answer_key(&mut self, at_id: usize, asked: KeyAsked, typed: Typed) {
        let person = self.under[at_id].person.unwrap();
        let now = at(self.now);
        let other = self.under.iter().rev().find(|under| under.person == Some(1 - person));
        let text = match (asked.key(), typed) {
            (_, Typed::Slip) => "12345".to_owned(),
            (Key::App, Typed::Right) => app_code(&self.apps[person], now.timestamp().as_second()),
            (Key::App, Typed::OfOther) => {
                app_code(&self.apps[1 - person], now.timestamp().as_second())
            }
            (_, Typed::Right) => self.under[at_id].mailed.clone(),
            (_, Typed::OfOther) => other.map(|other| other.mailed.clone()).unwrap_or_default(),
            (_, Typed::Wrong) => "000000".to_owned(),
        };
        let (random, demand) = (&mut self.signing.random(), demand(Phase::Open));
        let Signing { service, pool, .. } = &self.signing;
        let answer = asked.answer(service, pool, &text, &demand, &now, random).unwrap();
        match answer {
            KeyAnswer::SignedIn(signed_in) => {
                assert_eq!(typed, Typed::Right);
                assert_eq!(signed_in.holder, self.cards[person].holder);
                self.under[at_id].is_alive = false;
                self.came_in += 1;
                self.came_in_by_key += 1;
                let (since, seen) = (self.now, self.now);
                let id = signed_in.session;
                self.signed_in.push(In { id, person, is_alive: true, since, seen });
            }
            KeyAnswer::Slip(_) => {
                assert!(typed == Typed::Slip || text.is_empty());
            }
            KeyAnswer::Refused(_) | KeyAnswer::Wait { .. } | KeyAnswer::Again(_) => {}
            KeyAnswer::Ended => panic!("so many wrong codes were not given"),
            KeyAnswer::NotTaken => panic!("all keys are taken"),
        }
    }

    fn take(&mut self, deed: &Deed) {
        let now = at(self.now);
        match *deed {
            Deed::Begin => {
                let id = self.signing.begin(&now);
                let until = self.now + 1_800_000;
                let (is_chosen, is_asked, is_alive) = (false, false, true);
                let person = None;
                let mailed = String::new();
                self.under.push(Under { id, person, is_chosen, is_asked, mailed, is_alive, until });
            }
            Deed::Choose(which, key) => {
                let Some(at_id) = back(self.under.len(), which) else { return };
                let Some(Step::Begun(begun)) = self.step(at_id) else { return };
                let pool = &self.signing.pool;
                let chosen = begun.choose(pool, key, &demand(Phase::Open), false).unwrap();
                assert!(matches!(chosen, Choice::Chosen(_)), "{chosen:?}");
                self.under[at_id].is_chosen = true;
            }
            Deed::Prove(which, person, is_right) => self.prove(which, person, is_right),
            Deed::Ask(which) => {
                let Some(at_id) = back(self.under.len(), which) else { return };
                let Some(Step::Proven(proven)) = self.step(at_id) else { return };
                match self.signing.question(proven, &now) {
                    Question::Asked(_) => self.under[at_id].is_asked = true,
                    Question::KeyAsked(asked) => {
                        self.under[at_id].is_asked = true;
                        if asked.key() == Key::Mail {
                            let person = self.under[at_id].person.unwrap();
                            self.under[at_id].mailed = self.mails.code(&self.names[person]);
                        }
                    }
                    Question::Wait { .. } => {}
                    Question::Over => panic!("nobody else is here"),
                    Question::NotTaken => panic!("all keys are taken"),
                }
            }
            Deed::Answer(which, typed) => self.answer(which, typed),
            Deed::Abandon(which) => {
                let Some(at_id) = back(self.under.len(), which) else { return };
                let under = &mut self.under[at_id];
                self.signing.service.abandon(&self.signing.pool, &under.id).unwrap();
                under.is_alive = false;
            }
            Deed::SignOut(which) => {
                let Some(at_session) = back(self.signed_in.len(), which) else { return };
                let session = &mut self.signed_in[at_session];
                self.signing.service.sign_out(&self.signing.pool, &session.id, &now).unwrap();
                session.is_alive = false;
            }
            Deed::ReportLost(which, is_right) => self.report_lost(which, is_right),
            Deed::Operate(person, act) => {
                let who = Who::Holder(self.cards[person].holder.clone());
                let mut store = self.signing.site.open();
                let done = verify::change(&mut store, &who, act, None, "x", moment(self.now));
                if done.is_ok() && matches!(act, Act::Suspend | Act::Revoke) {
                    self.end_all(person);
                }
            }
            Deed::GiveNew(person) => {
                let holder = self.cards[person].holder.as_str().to_owned();
                self.cards[person] =
                    Card::give(&self.signing.site, &holder, &super::holding::Making::default());
            }
            Deed::Wait(time) => self.now += time,
            Deed::SignIn(person, key) => {
                self.take(&Deed::Begin);
                self.take(&Deed::Choose(0, key));
                self.take(&Deed::Prove(0, person, true));
                self.take(&Deed::Ask(0));
                self.take(&Deed::Answer(0, Typed::Right));
            }
        }
    }

    fn report_lost(&mut self, which: usize, is_right: bool) {
        let Some(at_session) = back(self.signed_in.len(), which) else { return };
        let session = &self.signed_in[at_session];
        let (was_in, person) = (self.is_in(session), session.person);
        let password = Password::typed(if is_right { PASSWORD } else { "wrong" });
        let from = HOME.parse().unwrap();
        let Signing { service, pool, .. } = &self.signing;
        let now = &at(self.now);
        let loss = {
            let random = &mut self.signing.random();
            service.report_lost(pool, &session.id, &password, from, now, random).unwrap()
        };
        match loss {
            Loss::Revoked(_) => {
                assert!(was_in && is_right);
                self.end_all(person);
            }
            Loss::Over => assert!(!was_in),
            Loss::Refused => assert!(was_in && !is_right),
            Loss::NoToken => assert!(was_in && is_right),
            Loss::Wait { .. } => assert!(was_in),
        }
        if was_in && self.now - self.signed_in[at_session].seen >= 60_000 {
            self.signed_in[at_session].seen = self.now;
        }
    }

    /// Who is in is who the model says.
    fn look(&mut self) {
        for at_session in 0..self.signed_in.len() {
            let session = &self.signed_in[at_session];
            let is_in = self.is_in(session);
            let found = self.signing.is_signed_in(&session.id, &at(self.now));
            assert_eq!(found, is_in, "{at_session} at {}", self.now);
            if is_in && self.now - session.seen >= 60_000 {
                self.signed_in[at_session].seen = self.now;
            }
        }
        // No id names two things.
        let ids: BTreeSet<&str> = self.under.iter().map(|under| under.id.expose()).collect();
        assert_eq!(ids.len(), self.under.len());
    }
}

#[test]
fn no_order_of_requests_lets_anybody_in_without_both_factors() {
    let cases = if super::IS_POSTGRES { 10 } else { 24 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, random);
    let (came_in, by_key) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let done = runner.run(&prop::collection::vec(deed(), 1..120), |deeds| {
        let mut world = World::new();
        for deed in &deeds {
            world.take(deed);
            world.look();
        }
        let audit = tokenkaart_auth::store::audit::verify(&world.signing.site.open(), None);
        assert_eq!(audit.unwrap().broken, []);
        came_in.set(came_in.get() + world.came_in);
        by_key.set(by_key.get() + world.came_in_by_key);
        Ok(())
    });
    done.unwrap();
    assert!(came_in.get() > 10 && by_key.get() > 10, "{} {}", came_in.get(), by_key.get());
}
