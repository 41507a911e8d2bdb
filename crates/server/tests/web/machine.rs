//! The sign-in as a state machine, over HTTP: requests in any order, of several browsers, with
//! cookies that others had and cookies of before. Nobody comes in without both factors.

use std::collections::{HashMap, HashSet};

use super::{
    application::Application,
    browser::{Browser, Page, encoded},
    mutate::Lot,
    service::{PASSWORD, Service, USERS},
};

/// Requests, if the environment doesn't ask for more.
const REQUESTS: u64 = 1500;
const HOST: &str = "sign-in.localhost";
const BROWSERS: usize = 3;

struct World {
    service: Service,
    tax: Application,
    browsers: Vec<Browser>,
    /// What each browser's forms come with.
    tokens: Vec<String>,
    /// Cookies that browsers had, and bring once more.
    before: Vec<Browser>,
    /// Whose password was right, by the id that the answer gave.
    proven: HashMap<String, usize>,
    /// The position that was asked for last under an id.
    asked: HashMap<String, usize>,
    /// Who is signed in, by the id of the session.
    sessions: HashMap<String, usize>,
    /// Codes that were right once.
    used: HashSet<String>,
    came_in: usize,
}

/// A request, and what may come of it.
struct Sent {
    method: &'static str,
    path: String,
    fields: Vec<(&'static str, String)>,
    /// Whose password this is, if it is right.
    password_of: Option<usize>,
    code: Option<String>,
}

impl Sent {
    fn get(path: &str) -> Self {
        let (method, fields) = ("GET", Vec::new());
        Self { method, path: path.to_owned(), fields, password_of: None, code: None }
    }

    fn post(path: &str, fields: Vec<(&'static str, String)>) -> Self {
        Self { method: "POST", fields, ..Self::get(path) }
    }
}

impl World {
    fn new() -> Self {
        let service = Service::new();
        let tax = Application::of(&service, "tax");
        let mut browsers = vec![Browser::default(); BROWSERS];
        let tokens = browsers.iter_mut().map(|browser| browser.go(&service.at("/account")));
        let tokens = tokens.map(|page| page.form_token()).collect();
        Self {
            service,
            tax,
            browsers,
            tokens,
            before: Vec::new(),
            proven: HashMap::new(),
            asked: HashMap::new(),
            sessions: HashMap::new(),
            used: HashSet::new(),
            came_in: 0,
        }
    }

    fn cookie(&self, who: usize, name: &str) -> Option<String> {
        self.browsers[who].cookies.get(HOST)?.get(name).cloned()
    }

    fn password(user: usize, is_right: bool) -> Sent {
        let password = if is_right { PASSWORD } else { "vier blauwe olifantjes" };
        let fields = vec![("user_name", USERS[user].to_owned()), ("password", password.to_owned())];
        let password_of = is_right.then_some(user);
        Sent { password_of, ..Sent::post("/sign-in/password", fields) }
    }

    fn code(&self, user: usize, position: usize) -> Sent {
        let code = self.service.code(user, position).to_owned();
        let fields = vec![("code", code.clone())];
        Sent { code: Some(code), ..Sent::post("/sign-in/code", fields) }
    }

    /// What brings a browser on, as far as is known of it.
    fn next(&self, who: usize, lot: &mut Lot) -> Sent {
        let id = self.cookie(who, "__Host-sign-in").unwrap_or_default();
        match (self.proven.get(&id), self.asked.get(&id)) {
            (Some(user), Some(position)) => self.code(*user, *position),
            (Some(_), None) => Sent::get("/sign-in"),
            _ if id.is_empty() => {
                let address = self.tax.address(&[("prompt", "login")]);
                Sent::get(&address.replace(&self.service.issuer, ""))
            }
            _ if lot.below(2) == 0 => Sent::post("/sign-in/key", vec![("key", "token".to_owned())]),
            _ => Self::password(lot.below(USERS.len()), true),
        }
    }

    fn draw(&self, who: usize, lot: &mut Lot) -> Sent {
        if lot.below(2) == 0 {
            return self.next(who, lot);
        }
        let user = lot.below(USERS.len());
        let authorize = self.tax.address(&[]).replace(&self.service.issuer, "");
        match lot.below(40) {
            0..=2 => Sent::get(&authorize),
            3 => Sent::get("/account"),
            4..=10 => Sent::get("/sign-in"),
            11 => Sent::get("/sign-in/key"),
            12 => Sent::get("/sign-in/warning"),
            13..=17 => Sent::post("/sign-in/key", vec![("key", "token".to_owned())]),
            18 => Sent::post("/sign-in/key", vec![("key", "app".to_owned())]),
            19 => Sent::post("/sign-in/warning", vec![("choice", "continue".to_owned())]),
            20..=25 => Self::password(user, lot.below(4) > 0),
            26..=36 => {
                // Mostly the code that is asked for, of whoever it may be.
                let id = self.cookie(who, "__Host-sign-in").unwrap_or_default();
                let position = self.asked.get(&id).copied();
                let user = self.proven.get(&id).copied().filter(|_| lot.below(6) > 0);
                let user = user.unwrap_or_else(|| lot.below(USERS.len()));
                let position = position.filter(|_| lot.below(6) > 0);
                self.code(user, position.unwrap_or_else(|| lot.below(24) + 1))
            }
            37 => Sent::post("/sign-in/code", vec![("code", "ABC".to_owned())]),
            38 => Sent::post("/sign-out", Vec::new()),
            _ => Sent::get("/logout"),
        }
    }

    fn send(&mut self, who: usize, sent: &Sent, lot: &mut Lot) {
        let url = self.service.at(&sent.path);
        let before = self.cookie(who, "__Host-sign-in").unwrap_or_default();
        let session_before = self.cookie(who, "__Host-session");
        let page = if sent.method == "GET" {
            self.browsers[who].ask("GET", &url, None)
        } else {
            // Now and then with a token that another browser's forms come with.
            let is_own = lot.below(20) > 0;
            let token = &self.tokens[if is_own { who } else { (who + 1) % BROWSERS }];
            let mut pairs = vec![("form", token.as_str())];
            pairs.extend(sent.fields.iter().map(|(name, value)| (*name, value.as_str())));
            let page = self.browsers[who].ask("POST", &url, Some(&encoded(&pairs)));
            if !is_own {
                assert_eq!(page.status, 403, "{}", sent.path);
            }
            page
        };
        self.hold(who, sent, &page, &before, session_before.as_deref());
    }

    /// Holds an answer to what is known of whoever asked.
    fn hold(
        &mut self,
        who: usize,
        sent: &Sent,
        page: &Page,
        before: &str,
        session_before: Option<&str>,
    ) {
        let what = format!("{} {} by {who}: {}", sent.method, sent.path, page.status);
        assert!(page.status < 500, "{what}");
        let after = self.cookie(who, "__Host-sign-in").unwrap_or_default();
        if after != before && sent.path == "/sign-in/password" {
            let user = sent.password_of.unwrap_or_else(|| panic!("a wrong password: {what}"));
            self.proven.insert(after.clone(), user);
        }
        if page.body.contains("id=\"position\"") {
            assert!(self.proven.contains_key(&after), "asked without a password: {what}");
            self.asked.insert(after.clone(), page.position());
        }
        let session = self.cookie(who, "__Host-session");
        if session.is_some() && session.as_deref() != session_before {
            let id = session.clone().unwrap_or_default();
            let user = *self.proven.get(before).unwrap_or_else(|| panic!("no password: {what}"));
            let position = self.asked[before];
            let code = sent.code.clone().unwrap_or_else(|| panic!("no code: {what}"));
            assert_eq!(code, self.service.code(user, position), "{what}");
            assert!(self.used.insert(code), "a code came in twice: {what}");
            self.proven.remove(before);
            self.sessions.insert(id, user);
            if let Some(old) = session_before {
                self.sessions.remove(old);
            }
            self.came_in += 1;
        }
        let known = session.as_ref().and_then(|id| self.sessions.get(id));
        if page.answer("code").is_some() && page.status == 303 {
            assert!(known.is_some(), "an application got a code: {what}");
        }
        if let Some((_, rest)) = page.body.split_once("U bent aangemeld als ") {
            let user = known.unwrap_or_else(|| panic!("nobody is signed in: {what}"));
            assert!(rest.starts_with(USERS[*user]), "{what}");
        }
        if sent.path == "/sign-out"
            && page.status == 200
            && let Some(old) = session_before
        {
            self.sessions.remove(old);
        }
    }

    /// Time passes: nobody has to wait any more, and no token is near its lock.
    fn time_passes(&self) {
        self.service.site.shell(
            "UPDATE attempts SET failures = 0, not_before = 0; DELETE FROM limits; \
             DELETE FROM locks",
        );
    }
}

#[test]
fn in_no_order_of_requests_does_anybody_come_in_without_both_factors() {
    let requests = std::env::var("FUZZ_CASES").map_or(REQUESTS, |cases| cases.parse().unwrap());
    let mut world = World::new();
    for number in 0..requests {
        let mut lot = Lot::new("machine", number);
        let who = lot.below(BROWSERS);
        if number % 25 == 0 {
            world.time_passes();
        }
        match lot.below(40) {
            // What a browser had is brought once more, by another one.
            0 => world.before.push(world.browsers[who].clone()),
            1 if !world.before.is_empty() => {
                let old = world.before[lot.below(world.before.len())].clone();
                let own = world.browsers[who].cookies[HOST]["__Host-form"].clone();
                world.browsers[who] = old;
                let cookies = world.browsers[who].cookies.get_mut(HOST).unwrap();
                cookies.insert("__Host-form".to_owned(), own);
            }
            _ => {}
        }
        let sent = world.draw(who, &mut lot);
        world.send(who, &sent, &mut lot);
    }
    assert!(world.came_in > 10, "{} came in", world.came_in);
}
