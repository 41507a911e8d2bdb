//! The ways to a password other than the password: random sequences of activations and forgotten
//! passwords. In no order does anybody get one without both of what it takes, and nobody comes in by it.

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokenkaart_auth::{
    ActivationLink, ChangeId, Key,
    account::Password,
    activation,
    change::{ChangeKind, Changed, Done, Opened, Stage},
    forgotten::{ForgottenAnswer, ForgottenName, ForgottenStage},
    sign_in::Proof,
    verify::{self, Act, LockAfter, Policy, Who},
};

use super::{
    activation::{open, set_up},
    app_code::app_code,
    forgotten::{answer_key, answer_mail, choose, find},
    holding::{Card, at},
    keys::activate_app,
    signing_in::{HOME, Mails, PASSWORD, Signing, rules},
    site::moment,
};

const PEOPLE: usize = 2;

#[derive(Clone, Debug)]
enum Deed {
    /// An office gives somebody a code, and a link is mailed.
    Invite(usize),
    /// The link that was mailed so many before the last, with the code of so many before it, of whom each.
    Open([usize; 2], [usize; 2]),
    /// A user name is typed; of nobody too.
    Forget(usize),
    /// Of which of the ids so far, counted from the last, with whose code.
    Mail(usize, Typed),
    Choose(usize, Key),
    Answer(usize, Typed),
    /// What the step asks for that a change has come to.
    Step(usize),
    Operate(usize, Act),
    Wait(i64),
    /// All the way, with nothing between.
    Forgotten(usize, Key),
    Activated(usize),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Typed {
    Right,
    Wrong,
    OfOther,
}

fn deed() -> impl Strategy<Value = Deed> {
    let (id, person) = (0..4_usize, 0..PEOPLE);
    let key = prop_oneof![Just(Key::Token), Just(Key::App), Just(Key::Mail)];
    let typed =
        prop_oneof![4 => Just(Typed::Right), 2 => Just(Typed::Wrong), 1 => Just(Typed::OfOther)];
    let act = prop_oneof![Just(Act::Suspend), Just(Act::Resume), Just(Act::Unlock)];
    let before = 0..3_usize;
    prop_oneof![
        4 => person.clone().prop_map(Deed::Invite),
        6 => ([person.clone(), person.clone()], [before.clone(), before])
            .prop_map(|(whose, before)| Deed::Open(whose, before)),
        5 => (0..=PEOPLE).prop_map(Deed::Forget),
        8 => (id.clone(), typed.clone()).prop_map(|(id, typed)| Deed::Mail(id, typed)),
        6 => (id.clone(), key.clone()).prop_map(|(id, key)| Deed::Choose(id, key)),
        8 => (id.clone(), typed).prop_map(|(id, typed)| Deed::Answer(id, typed)),
        8 => id.prop_map(Deed::Step),
        1 => (person.clone(), act).prop_map(|(person, act)| Deed::Operate(person, act)),
        2 => (person.clone(), key).prop_map(|(person, key)| Deed::Forgotten(person, key)),
        2 => person.prop_map(Deed::Activated),
        4 => prop_oneof![Just(500_i64), 1000..90_000_i64, Just(900_000_i64), Just(1_300_000_000_i64)]
            .prop_map(Deed::Wait),
    ]
}

/// An activation that was begun, of which the newest alone counts.
struct Begun {
    link: ActivationLink,
    code: String,
    until: i64,
    is_used: bool,
}

/// What the model knows of an id that ever was.
struct Way {
    id: ChangeId,
    /// Nobody, where a user name means none.
    person: Option<usize>,
    mailed: String,
    is_mail_right: bool,
    is_key_right: bool,
    /// Which of the person's activations it began with: code and link were right.
    activation: Option<usize>,
}

struct World {
    signing: Signing,
    mails: Mails,
    apps: Vec<String>,
    cards: Vec<Card>,
    passwords: Vec<String>,
    begun: Vec<Vec<Begun>>,
    ways: Vec<Way>,
    now: i64,
    /// How many passwords were had by each of the two, so that a test in which none is fails.
    had: [usize; 2],
}

fn name(person: usize) -> String {
    format!("person{person}")
}

fn back<T>(list: &[T], which: usize) -> Option<usize> {
    list.len().checked_sub(1 + which)
}

impl World {
    fn new() -> Self {
        let policy = Policy { lock_after: LockAfter::new(6).unwrap(), ..Policy::default() };
        let (signing, mails) = Signing::with_keys(policy, rules());
        let cards: Vec<Card> = (0..PEOPLE)
            .map(|person| signing.enrol(&format!("471{person}"), &name(person)))
            .collect();
        let apps = cards
            .iter()
            .enumerate()
            .map(|(person, card)| activate_app(&signing, card, &name(person), &at(-200_000)));
        let apps = apps.collect();
        // The sessions of setting up are nobody's.
        signing.site.shell("DELETE FROM sessions");
        Self {
            signing,
            mails,
            apps,
            cards,
            passwords: vec![PASSWORD.to_owned(); PEOPLE],
            begun: (0..PEOPLE).map(|_| Vec::new()).collect(),
            ways: Vec::new(),
            now: 0,
            had: [0; 2],
        }
    }

    fn way(&mut self, id: ChangeId, person: Option<usize>) -> &mut Way {
        let (mailed, activation) = (String::new(), None);
        let way = Way { id, person, mailed, is_mail_right: false, is_key_right: false, activation };
        self.ways.push(way);
        self.ways.last_mut().unwrap()
    }

    fn invite(&mut self, person: usize) {
        let (outbox, now) = (self.signing.service.outbox().unwrap(), moment(self.now));
        let begun = {
            let (store, random) = (&mut self.signing.site.open(), &mut self.signing.random());
            let holder = &self.cards[person].holder;
            activation::begin(store, outbox, holder, "clerk", now, random).unwrap()
        };
        let code = begun.code.on_paper().to_string();
        let until = begun.until.as_millisecond();
        let link = self.mails.link(&name(person));
        self.begun[person].push(Begun { link, code, until, is_used: false });
    }

    fn open(&mut self, whose: [usize; 2], before: [usize; 2]) {
        let [link_of, code_of] = whose;
        let (Some(link), Some(code)) =
            (back(&self.begun[link_of], before[0]), back(&self.begun[code_of], before[1]))
        else {
            return;
        };
        let newest = self.begun[link_of].len() - 1;
        let of_link = &self.begun[link_of][link];
        let code_text = self.begun[code_of][code].code.clone();
        let is_one = (link_of, link) == (code_of, code);
        let is_good = is_one
            && link == newest
            && !of_link.is_used
            && of_link.until > moment(self.now).as_millisecond();
        let read = activation::ActivationCode::read(&code_text);
        let Ok(read) = read else { panic!("{code_text}") };
        match open(&self.signing, &of_link.link, &read, &at(self.now)) {
            Opened::Both(id) => {
                assert!(is_good, "{whose:?} {before:?}");
                self.way(id, Some(link_of)).activation = Some(link);
            }
            Opened::Refused => assert!(!is_good, "{whose:?} {before:?}"),
            Opened::Wait { .. } => {}
        }
    }

    fn forget(&mut self, person: usize) {
        let (random, from) = (&mut self.signing.random(), HOME.parse().unwrap());
        let Signing { service, pool, .. } = &self.signing;
        let (name, now) = (name(person), at(self.now));
        let sent = service.forget_password(pool, &name, from, &now, random).unwrap();
        let ForgottenName::Mailed(id) = sent else { return };
        // What was drawn for nobody was read by nobody.
        let mailed = if person < PEOPLE { self.mails.code(&name) } else { "000000".to_owned() };
        let way = Way {
            id,
            person: Some(person).filter(|person| *person < PEOPLE),
            mailed,
            is_mail_right: false,
            is_key_right: false,
            activation: None,
        };
        self.ways.push(way);
    }

    fn mail(&mut self, which: usize, typed: Typed) {
        let Some(at_way) = back(&self.ways, which) else { return };
        let way = &self.ways[at_way];
        let Some(step) = find(&self.signing, &way.id, &at(self.now)) else { return };
        if step.stage() != ForgottenStage::Mail {
            return;
        }
        let other = self.ways.iter().rev().find(|other| other.person != way.person);
        let code = match typed {
            Typed::Right => way.mailed.clone(),
            Typed::Wrong => "000000".to_owned(),
            Typed::OfOther => other.map(|other| other.mailed.clone()).unwrap_or_default(),
        };
        let (is_right, person) = (code == way.mailed && way.person.is_some(), way.person);
        match answer_mail(&self.signing, step, &code, &at(self.now)) {
            ForgottenAnswer::Mailed(id) => {
                assert!(is_right);
                self.way(id, person).is_mail_right = true;
            }
            ForgottenAnswer::Refused(_) => assert!(!is_right),
            ForgottenAnswer::CodeOver | ForgottenAnswer::Slip(..) => {}
            other => panic!("{other:?}"),
        }
    }

    fn choose(&mut self, which: usize, key: Key) {
        let Some(at_way) = back(&self.ways, which) else { return };
        let Some(step) = find(&self.signing, &self.ways[at_way].id, &at(self.now)) else { return };
        let before = step.stage();
        let chosen = choose(&self.signing, step, key, &at(self.now));
        assert!(
            matches!(chosen, ForgottenAnswer::Next | ForgottenAnswer::Wait { .. }),
            "{chosen:?}"
        );
        if !self.ways[at_way].is_mail_right || key == Key::Mail {
            let after = find(&self.signing, &self.ways[at_way].id, &at(self.now)).unwrap();
            assert_eq!(after.stage(), before, "no key before the mail, and no mail for a key");
        }
    }

    fn answer(&mut self, which: usize, typed: Typed) {
        let Some(at_way) = back(&self.ways, which) else { return };
        let way = &self.ways[at_way];
        let Some(step) = find(&self.signing, &way.id, &at(self.now)) else { return };
        let Some(person) = way.person.filter(|_| way.is_mail_right) else {
            let answer = answer_key(&self.signing, step, "123456", &at(self.now));
            assert!(matches!(answer, ForgottenAnswer::Next), "{answer:?}");
            return;
        };
        let whose = if typed == Typed::OfOther { 1 - person } else { person };
        let code = match (step.stage(), typed) {
            (ForgottenStage::Token(place), Typed::Wrong) => {
                self.cards[person].wrong(place).to_owned()
            }
            (ForgottenStage::Token(place), _) => self.cards[whose].code(place).to_owned(),
            (_, Typed::Wrong) => "000000".to_owned(),
            (_, _) => app_code(&self.apps[whose], at(self.now).timestamp().as_second()),
        };
        match answer_key(&self.signing, step, &code, &at(self.now)) {
            ForgottenAnswer::Proven(id) => {
                assert_eq!(typed, Typed::Right);
                let way = self.way(id, Some(person));
                (way.is_mail_right, way.is_key_right) = (true, true);
            }
            ForgottenAnswer::Mailed(_) => panic!("that was a mail's"),
            _ => {}
        }
    }

    /// Goes on with a change as far as it goes at once.
    fn step(&mut self, which: usize) {
        let Some(at_way) = back(&self.ways, which) else { return };
        let (now, Signing { service, pool, .. }) = (at(self.now), &self.signing);
        let way = &self.ways[at_way];
        let Some(step) = service.change(pool, &way.id, &now).unwrap() else { return };
        let person = way.person.unwrap();
        let password = format!("een lang wachtwoord {} en {}", self.had[0], self.had[1]);
        match (step.kind(), step.stage()) {
            (ChangeKind::First, Stage::Address) => {
                assert!(way.activation.is_some());
                let (address, from) =
                    (format!("{}@post.be", name(person)).parse().unwrap(), HOME.parse().unwrap());
                let random = &mut self.signing.random();
                step.send_code(service, pool, &address, from, &now, random).unwrap();
            }
            (ChangeKind::First, _) => {
                let at_begun = way.activation.unwrap();
                let done = set_up(&self.signing, step, &name(person), &password, &now);
                let is_newest = at_begun + 1 == self.begun[person].len();
                let begun = &mut self.begun[person][at_begun];
                match done {
                    Changed::Activated { .. } => {
                        assert!(is_newest && !begun.is_used);
                        begun.is_used = true;
                        self.passwords[person] = password;
                        self.had[0] += 1;
                    }
                    Changed::Over => assert!(!is_newest || begun.is_used),
                    Changed::Wait { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
            (ChangeKind::Password, _) => {
                assert!(way.is_mail_right && way.is_key_right);
                let chosen = Password::chosen(&password, &[]).unwrap();
                let random = &mut self.signing.random();
                let done = step.set_password(service, pool, &chosen, &now, random).unwrap();
                assert!(matches!(done, Changed::Done(Done::PasswordChanged)), "{done:?}");
                self.passwords[person] = password;
                self.had[1] += 1;
            }
            other => panic!("{other:?}"),
        }
    }

    fn take(&mut self, deed: &Deed) {
        match *deed {
            Deed::Invite(person) => self.invite(person),
            Deed::Open(whose, before) => self.open(whose, before),
            Deed::Forget(person) => self.forget(person),
            Deed::Mail(which, typed) => self.mail(which, typed),
            Deed::Choose(which, key) => self.choose(which, key),
            Deed::Answer(which, typed) => self.answer(which, typed),
            Deed::Step(which) => self.step(which),
            Deed::Operate(person, act) => {
                let who = Who::Holder(self.cards[person].holder.clone());
                let mut store = self.signing.site.open();
                // Whether it was possible is not what is tried here.
                drop(verify::change(&mut store, &who, act, None, "x", moment(self.now)));
            }
            Deed::Wait(time) => self.now += time,
            Deed::Forgotten(person, key) => {
                self.forget(person);
                self.mail(0, Typed::Right);
                self.choose(0, key);
                self.answer(0, Typed::Right);
                self.step(0);
            }
            Deed::Activated(person) => {
                self.invite(person);
                self.open([person, person], [0, 0]);
                self.step(0);
                self.step(0);
            }
        }
    }

    /// Each password is the one that the model knows, and nobody has come in.
    fn look(&mut self) {
        assert_eq!(self.signing.site.number("SELECT count(*) FROM sessions"), 0);
        for person in 0..PEOPLE {
            let (_, chosen) = self.signing.choose(&at(self.now));
            let password = &self.passwords[person];
            let proof = self.signing.prove(chosen, &name(person), password, HOME, &at(self.now));
            assert!(matches!(proof, Proof::Proven(..)), "{proof:?}");
        }
    }
}

#[test]
fn no_order_of_requests_gives_a_password_without_both_of_what_it_takes() {
    let cases = if super::IS_POSTGRES { 8 } else { 20 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, random);
    let had = [std::cell::Cell::new(0), std::cell::Cell::new(0)];
    let done = runner.run(&prop::collection::vec(deed(), 1..100), |deeds| {
        let mut world = World::new();
        for deed in &deeds {
            world.take(deed);
        }
        world.look();
        let audit = tokenkaart_auth::store::audit::verify(&world.signing.site.open(), None);
        assert_eq!(audit.unwrap().broken, []);
        for (all, had) in had.iter().zip(world.had) {
            all.set(all.get() + had);
        }
        Ok(())
    });
    done.unwrap();
    assert!(had.iter().all(|had| 2 * had.get() > cases as usize), "{had:?}");
}
