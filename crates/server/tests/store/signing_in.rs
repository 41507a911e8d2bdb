//! Somebody who signs in: an account, a card, and a browser that goes from step to step.

use std::{
    cell::RefCell,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use jiff::Zoned;
use rand::rngs::ChaCha20Rng;
use tokenkaart_auth::{
    ActivationLink, Key, SessionId, SignInId,
    account::{self, NewAccount, Password},
    grant::Authorization,
    outbox::{News, Outbox, Written},
    phase_out::Phase,
    seal::{SealKeys, Sealer},
    session::{Demand, Levels, Prompt},
    sign_in::{
        Begun, Choice, Chosen, CodeAnswer, CodeAsked, PasswordProven, Proof, Question, Rules,
        Service, SignedIn, Step,
    },
    store::{Pool, Store},
    verify::Policy,
};
use tokenkaart_token::{holder::HolderId, language::Language, token::Random};

use super::{
    holding::{CHEAP, Card, Making, at, gate_with, random},
    site::{Site, moment},
};

/// What the account of each holder has.
pub(crate) const PASSWORD: &str = "vier blauwe olifanten";
/// Where somebody sits.
pub(crate) const HOME: &str = "192.0.2.7";

/// A sign-in service over a store of its own.
pub(crate) struct Signing {
    pub(crate) site: Site,
    pub(crate) pool: Pool,
    pub(crate) service: Service,
    random: RefCell<Random<ChaCha20Rng>>,
}

impl Signing {
    pub(crate) fn new() -> Self {
        Self::with(Policy::default(), rules())
    }

    pub(crate) fn with(policy: Policy, rules: Rules) -> Self {
        let site = Site::new();
        let pool = Pool::open(&site.address(), 4).unwrap();
        let service = Service::open(&mut site.open(), gate_with(policy), rules).unwrap();
        Self::of(site, pool, service)
    }

    pub(crate) fn of(site: Site, pool: Pool, service: Service) -> Self {
        Self { site, pool, service, random: RefCell::new(random(1)) }
    }

    /// The same with keys beside the token; what is written to people is kept.
    pub(crate) fn with_keys(policy: Policy, rules: Rules) -> (Self, Mails) {
        Self::with(policy, rules).sealed()
    }

    pub(crate) fn sealed(self) -> (Self, Mails) {
        let keys = SealKeys::rotated(None, &mut random(5)).unwrap();
        let sealer = Arc::new(Sealer::new(SealKeys::parse(&keys).unwrap(), || None));
        let mails = Mails::default();
        let kept = mails.clone();
        let words = move |news: &News<'_>, user: &str, _| kept.write(news, user);
        let outbox = Outbox::new(Arc::clone(&sealer), Box::new(words));
        let service = self.service.sealing(sealer).writing(outbox);
        (Self { service, ..self }, mails)
    }

    /// Gives somebody an account and a card.
    pub(crate) fn enrol(&self, holder: &str, user_name: &str) -> Card {
        self.enrol_with(holder, user_name, Some(PASSWORD));
        Card::give(&self.site, holder, &Making::default())
    }

    pub(crate) fn enrol_with(&self, holder: &str, user_name: &str, password: Option<&str>) {
        enrol(&mut self.site.open(), holder, user_name, password);
    }

    pub(crate) fn begin(&self, now: &Zoned) -> SignInId {
        self.service.begin(&self.pool, "a request", now, &mut self.random.borrow_mut()).unwrap()
    }

    #[track_caller]
    pub(crate) fn step(&self, id: &SignInId, now: &Zoned) -> Option<Step> {
        self.service.step(&self.pool, id, now).unwrap()
    }

    #[track_caller]
    pub(crate) fn begun(&self, id: &SignInId, now: &Zoned) -> Begun {
        match self.step(id, now) {
            Some(Step::Begun(begun)) => begun,
            other => panic!("{other:?}"),
        }
    }

    /// Begins, and chooses the token.
    #[track_caller]
    pub(crate) fn choose(&self, now: &Zoned) -> (SignInId, Chosen) {
        self.choose_key(Key::Token, now)
    }

    #[track_caller]
    pub(crate) fn choose_key(&self, key: Key, now: &Zoned) -> (SignInId, Chosen) {
        let id = self.begin(now);
        let begun = self.begun(&id, now);
        match begun.choose(&self.pool, key, &demand(Phase::Open), false).unwrap() {
            Choice::Chosen(chosen) => (id, chosen),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn prove(
        &self,
        chosen: Chosen,
        user_name: &str,
        password: &str,
        from: &str,
        now: &Zoned,
    ) -> Proof {
        let from: IpAddr = from.parse().unwrap();
        let password = Password::typed(password);
        let random = &mut self.random.borrow_mut();
        chosen.prove(&self.service, &self.pool, user_name, &password, from, now, random).unwrap()
    }

    /// Comes as far as a right password.
    #[track_caller]
    pub(crate) fn proven(&self, user_name: &str, now: &Zoned) -> (SignInId, PasswordProven) {
        let (_, chosen) = self.choose(now);
        match self.prove(chosen, user_name, PASSWORD, HOME, now) {
            Proof::Proven(id, proven) => (id, proven),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn question(&self, proven: PasswordProven, now: &Zoned) -> Question {
        let (demand, random) = (demand(Phase::Open), &mut self.random.borrow_mut());
        let from = HOME.parse().unwrap();
        proven.ask(&self.service, &self.pool, &demand, from, now, random).unwrap()
    }

    /// Comes as far as the question for a code.
    #[track_caller]
    pub(crate) fn asked(&self, user_name: &str, now: &Zoned) -> (SignInId, CodeAsked) {
        let (id, proven) = self.proven(user_name, now);
        match self.question(proven, now) {
            Question::Asked(asked) => (id, asked),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn answer(&self, asked: CodeAsked, typed: &str, now: &Zoned) -> CodeAnswer {
        let random = &mut self.random.borrow_mut();
        let demand = demand(Phase::Open);
        asked.answer(&self.service, &self.pool, typed, &demand, now, random).unwrap()
    }

    /// Signs in all the way.
    #[track_caller]
    pub(crate) fn sign_in(&self, card: &Card, user_name: &str, now: &Zoned) -> SignedIn {
        let (_, asked) = self.asked(user_name, now);
        let code = card.code(asked.position()).to_owned();
        match self.answer(asked, &code, now) {
            CodeAnswer::SignedIn(signed_in) => signed_in,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn is_signed_in(&self, id: &SessionId, now: &Zoned) -> bool {
        self.service.session(&self.pool, id, now).unwrap().is_some()
    }

    /// The generator of this service.
    pub(crate) fn random(&self) -> std::cell::RefMut<'_, Random<ChaCha20Rng>> {
        self.random.borrow_mut()
    }
}

/// What was written to people: whom, what it tells, and the code in it.
#[derive(Clone, Default)]
pub(crate) struct Mails(Arc<Mutex<Vec<Mail>>>);

type Mail = (String, &'static str, String);

impl Mails {
    fn write(&self, news: &News<'_>, user: &str) -> Written {
        let code = match news {
            News::Code { code, .. } => (*code).to_owned(),
            News::Activation { link, .. } => link.expose().to_owned(),
            _ => String::new(),
        };
        self.0.lock().unwrap().push((user.to_owned(), news.kind(), code));
        let empty = || String::new().into();
        Written { subject: String::new(), text: empty(), html: empty() }
    }

    /// The last code that was written to somebody.
    pub(crate) fn code(&self, user: &str) -> String {
        let mails = self.0.lock().unwrap();
        let found = mails.iter().rev().find(|(to, kind, _)| to == user && *kind == "code");
        found.map(|(_, _, code)| code.clone()).unwrap_or_default()
    }

    /// What is in the last link that was written to somebody.
    pub(crate) fn link(&self, user: &str) -> ActivationLink {
        let mails = self.0.lock().unwrap();
        let found = mails.iter().rev().find(|(to, kind, _)| to == user && *kind == "activation");
        found.unwrap().2.parse().unwrap()
    }

    /// What was told, in order.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().iter().map(|(_, kind, _)| *kind).collect()
    }
}

/// Gives somebody an account.
pub(crate) fn enrol(store: &mut Store, holder: &str, user_name: &str, password: Option<&str>) {
    let new = NewAccount {
        holder: HolderId::new(holder).unwrap(),
        user_name: user_name.parse().unwrap(),
        email: format!("{user_name}@post.be").parse().unwrap(),
        name: None,
        language: Language::Nl,
        password: password.map(|password| Password::chosen(password, &[]).unwrap().into()),
    };
    let scheme = CHEAP.parse().unwrap();
    account::create(store, &new, scheme, "clerk", moment(0), &mut random(2)).unwrap();
}

/// The documented rules, with hashes that cost nothing.
pub(crate) fn rules() -> Rules {
    Rules { scheme: CHEAP.parse().unwrap(), ..Rules::default() }
}

/// What an application asks for.
pub(crate) fn authorization() -> Authorization {
    Authorization {
        client: "app".to_owned(),
        redirect_uri: "https://app.example/back".to_owned(),
        scopes: "openid profile".to_owned(),
        nonce: Some("n-0S6_WzA2Mj".to_owned()),
        pkce: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap()),
        acr: Some("urn:level:400".to_owned()),
        phases_out: false,
    }
}

/// What an application asks for that takes all keys.
pub(crate) fn demand(phase: Phase) -> Demand {
    let levels = Levels { token: 400, app: 400, mail: 300 };
    let (keys, prompt) = (Key::ALL.to_vec(), Prompt::Any);
    Demand { keys, level: 0, levels, phase, prompt, max_age: None }
}

/// What meets the challenge of [`authorization`].
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The moment that tests begin at.
pub(crate) fn start() -> Zoned {
    at(0)
}
