//! Random sequences of acts, each answer foretold by a small model of the rules.

use std::{cell::Cell, collections::BTreeSet};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokenkaart_auth::{
    store::{State, Store},
    verify::{self, Act, Answer, Asked, Challenge, Gate, LockAfter, Policy, Who},
};
use tokenkaart_token::{holder::HolderId, token::Position};

use super::{
    holding::{Card, Making, at, gate_with, random, sweep},
    site::{Site, moment},
};

const HOLDERS: usize = 2;
const LOCK_AFTER: u32 = 5;

#[derive(Clone, Debug)]
enum Deed {
    Ask(usize),
    /// To which of the questions so far, counted from the last.
    Answer(usize, Typed),
    Operate(usize, Act),
    GiveNew(usize),
    Expire,
    /// So many milliseconds pass.
    Wait(i64),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Typed {
    Right,
    Wrong,
    Slip,
}

fn deed() -> impl Strategy<Value = Deed> {
    let holder = 0..HOLDERS;
    let typed =
        prop_oneof![3 => Just(Typed::Right), 3 => Just(Typed::Wrong), 1 => Just(Typed::Slip)];
    let act =
        prop_oneof![Just(Act::Suspend), Just(Act::Resume), Just(Act::Unlock), Just(Act::Revoke)];
    prop_oneof![
        8 => holder.clone().prop_map(Deed::Ask),
        12 => (0..4_usize, typed).prop_map(|(which, typed)| Deed::Answer(which, typed)),
        2 => (holder.clone(), act).prop_map(|(holder, act)| Deed::Operate(holder, act)),
        1 => holder.prop_map(Deed::GiveNew),
        1 => Just(Deed::Expire),
        6 => prop_oneof![Just(500_i64), 1000..20_000_i64, Just(200_000_i64), Just(43_200_000_i64)]
            .prop_map(Deed::Wait),
    ]
}

/// What the model knows of a token.
struct Known {
    card: Card,
    holder: usize,
    state: State,
    used: BTreeSet<Position>,
    /// The positions that stay drawn, by slot.
    drawn: [Option<Position>; 2],
    /// When it ended, if it did.
    ended: i64,
}

/// What it knows of a question.
struct Question {
    challenge: Challenge,
    holder: usize,
    /// Of which token it asks for a code, if the holder had one.
    token: Option<usize>,
    answered: bool,
    slips: u32,
    forgotten: bool,
}

#[derive(Clone, Copy, Default)]
struct Wrongs {
    token: Option<usize>,
    failures: u32,
    not_before: i64,
}

struct World<'s> {
    site: &'s Site,
    store: Store,
    gate: Gate,
    random: tokenkaart_token::token::Random<rand::rngs::ChaCha20Rng>,
    now: i64,
    names: [String; HOLDERS],
    tokens: Vec<Known>,
    questions: Vec<Question>,
    wrongs: [Wrongs; HOLDERS],
    /// The positions that were shown since the last right answer.
    seen: [BTreeSet<Position>; HOLDERS],
}

/// The day of `at(0)` is 2026-11-18; the tokens end five days later.
const ENDS: &str = "2026-11-23";

impl World<'_> {
    fn live(&self, holder: usize) -> Option<usize> {
        let is_live = |token: &Known| token.holder == holder && token.state.is_live();
        self.tokens.iter().position(is_live)
    }

    fn is_usable(&self, token: usize) -> bool {
        let known = &self.tokens[token];
        known.state == State::Active
            && at(self.now).date().to_string().as_str() < ENDS
            && self.wrongs[known.holder].failures < LOCK_AFTER
    }

    /// Wrong answers are counted against the live token.
    fn renew(&mut self, holder: usize) {
        let live = self.live(holder);
        if live.is_some() && live != self.wrongs[holder].token {
            self.wrongs[holder] = Wrongs { token: live, failures: 0, not_before: self.now };
        }
    }

    fn is_open(&self, question: &Question) -> bool {
        !question.answered
            && !question.forgotten
            && question.challenge.expires_at > moment(self.now)
    }

    fn ask(&mut self, holder: usize) {
        let name = HolderId::new(&self.names[holder]).unwrap();
        let asked =
            self.gate.challenge(&mut self.store, &name, &at(self.now), &mut self.random).unwrap();
        let live = self.live(holder);
        let wrongs = self.wrongs[holder];
        let is_slow = wrongs.not_before > self.now && (live.is_none() || live == wrongs.token);
        if is_slow {
            assert_eq!(asked, Asked::Wait { until: moment(wrongs.not_before) });
            return;
        }
        self.renew(holder);
        let Asked::Challenge(challenge) = asked else { panic!("{asked:?}") };
        let position = challenge.position;
        let token = live.or_else(|| self.ended_last(holder));
        let open = |position: Position| {
            let is_at = |question: &&Question| {
                question.holder == holder
                    && question.token == token
                    && question.challenge.position == position
                    && self.is_open(question)
            };
            self.questions.iter().filter(is_at).count()
        };
        let drawn = token.map_or([None; 2], |token| self.tokens[token].drawn);
        let kept = drawn.into_iter().flatten().min_by_key(|position| open(*position));
        let mut free: BTreeSet<Position> = Position::all().collect();
        if let Some(token) = token {
            free.retain(|position| !self.tokens[token].used.contains(position));
            free.retain(|position| !drawn.contains(&Some(*position)));
        }
        let slot = drawn.iter().position(Option::is_none);
        match (kept, live, slot) {
            (Some(kept), Some(_), _) if open(kept) == 0 => assert_eq!(position, kept),
            (_, Some(live), Some(slot)) if !free.is_empty() => {
                assert!(free.contains(&position));
                self.tokens[live].drawn[slot] = Some(position);
            }
            (Some(kept), Some(_), _) => assert_eq!(position, kept),
            // Without a live token, or with all its codes used, another test has it.
            _ => {}
        }
        if live.is_some() || token.is_none() {
            self.seen[holder].insert(position);
            assert!(self.seen[holder].len() <= 2, "{:?}", self.seen[holder]);
        }
        self.questions.push(Question {
            challenge,
            holder,
            token,
            answered: false,
            slips: 0,
            forgotten: false,
        });
    }

    fn ended_last(&self, holder: usize) -> Option<usize> {
        let mine = |(_, token): &(usize, &Known)| token.holder == holder;
        let all = self.tokens.iter().enumerate().filter(mine);
        all.max_by_key(|(_, token)| token.ended).map(|(index, _)| index)
    }

    fn answer(&mut self, back: usize, typed: Typed) {
        let Some(which) = self.questions.len().checked_sub(back + 1) else { return };
        let question = &self.questions[which];
        let (holder, position) = (question.holder, question.challenge.position);
        // Of a decoy somebody may hold the right code of the token that there is.
        let card = question.token.or(self.live(holder)).map(|token| &self.tokens[token].card);
        let text = match (typed, card) {
            (Typed::Slip, _) => "slip",
            (Typed::Right, Some(card)) => card.code(position),
            (Typed::Wrong, Some(card)) => card.wrong(position),
            (_, None) => "222 222 222",
        };
        let text = text.to_owned();
        let id = question.challenge.id.clone();
        let is_open = self.is_open(question);
        let token = question.token;
        let found = self.gate.answer(&mut self.store, &id, &text, &at(self.now)).unwrap();
        if !is_open {
            assert_eq!(found, Answer::Over);
            return;
        }
        let live = self.live(holder);
        if live.is_some() && live != token {
            assert_eq!(found, Answer::Over);
            return;
        }
        self.renew(holder);
        if self.wrongs[holder].not_before > self.now {
            let until = moment(self.wrongs[holder].not_before);
            assert_eq!(found, Answer::Wait { until });
            return;
        }
        let is_slip = typed == Typed::Slip;
        if is_slip && self.questions[which].slips < self.gate.policy.slips {
            self.questions[which].slips += 1;
            assert!(matches!(found, Answer::Slip(_)), "{found:?}");
            return;
        }
        let may_be_right =
            token.is_some_and(|token| self.live(holder) == Some(token) && self.is_usable(token));
        if let Some(token) = token.filter(|_| may_be_right && typed == Typed::Right) {
            assert!(self.tokens[token].used.insert(position), "{position} was used before");
            let left = 24 - u8::try_from(self.tokens[token].used.len()).unwrap();
            assert_eq!(found, Answer::Accepted { left, low: left <= 6 });
            for question in &mut self.questions {
                question.answered |=
                    question.token == Some(token) && question.challenge.position == position;
            }
            for drawn in &mut self.tokens[token].drawn {
                *drawn = drawn.filter(|drawn| *drawn != position);
            }
            self.seen[holder] = self.tokens[token].drawn.into_iter().flatten().collect();
            self.wrongs[holder] = Wrongs { token: Some(token), failures: 0, not_before: self.now };
            return;
        }
        assert_eq!(found, Answer::Refused);
        let wrongs = &mut self.wrongs[holder];
        wrongs.failures += 1;
        let doublings = wrongs.failures.checked_sub(3);
        let wait = doublings.map_or(0, |doublings| (1000_i64 << doublings).min(900_000));
        wrongs.not_before = self.now + wait;
        let is_last = wrongs.failures >= LOCK_AFTER;
        let active = live.filter(|live| is_last && self.tokens[*live].state == State::Active);
        if let Some(token) = active {
            self.tokens[token].state = State::Locked;
        }
    }

    fn operate(&mut self, holder: usize, act: Act) {
        let who = Who::Holder(HolderId::new(&self.names[holder]).unwrap());
        let done = verify::change(&mut self.store, &who, act, None, "clerk", moment(self.now));
        let live = self.live(holder);
        let state = live.map(|token| self.tokens[token].state);
        let to = match (act, state) {
            (Act::Revoke, Some(_)) => Some(State::Revoked),
            (Act::Suspend, Some(State::Active)) => Some(State::Suspended),
            (Act::Resume, Some(State::Suspended)) | (Act::Unlock, Some(State::Locked)) => {
                Some(State::Active)
            }
            // One that is waited for.
            (Act::Unlock, Some(State::Active))
                if self.wrongs[holder].token == live && self.wrongs[holder].failures > 0 =>
            {
                Some(State::Active)
            }
            _ => None,
        };
        assert_eq!(done.is_ok(), to.is_some(), "{act:?} of {state:?}: {done:?}");
        let (Some(token), Some(to)) = (live, to) else { return };
        self.tokens[token].state = to;
        self.tokens[token].ended = moment(self.now).as_millisecond();
        if act == Act::Unlock {
            self.wrongs[holder] = Wrongs { token: Some(token), failures: 0, not_before: self.now };
        }
    }

    fn give_new(&mut self, holder: usize) {
        if let Some(old) = self.live(holder) {
            self.tokens[old].state = State::Voided;
            self.tokens[old].ended = moment(0).as_millisecond();
        }
        let making = Making { expires: Some(ENDS), ..Making::default() };
        let card = Card::give(self.site, &self.names[holder], &making);
        self.seen[holder].clear();
        let (used, drawn) = (BTreeSet::new(), [None; 2]);
        self.tokens.push(Known { card, holder, state: State::Active, used, drawn, ended: 0 });
    }

    fn expire(&mut self) {
        let over = at(self.now).date().to_string().as_str() >= ENDS;
        let mine = |token: &Known| over && token.state.is_live();
        for token in self.tokens.iter_mut().filter(|token| mine(token)) {
            token.state = State::Expired;
            token.ended = moment(self.now).as_millisecond();
        }
        sweep(&mut self.store, None, &at(self.now));
        // Questions of a day ago are forgotten; no sequence lasts a year, as attempts do.
        let before = moment(self.now - 86_400_000);
        for question in &mut self.questions {
            question.forgotten |= question.challenge.expires_at < before;
        }
    }
}

#[test]
fn no_sequence_of_acts_lets_in_who_may_not_come_in_or_keeps_out_who_may() {
    let site = Site::new();
    let config = Config { cases: 40, max_shrink_iters: 200, ..Config::default() };
    let seeded = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, seeded);
    let number = Cell::new(0_u64);
    runner
        .run(&prop::collection::vec(deed(), 1..80), |deeds| {
            let case = number.get() + 1;
            number.set(case);
            let policy =
                Policy { lock_after: LockAfter::new(LOCK_AFTER).unwrap(), ..Policy::default() };
            let mut world = World {
                site: &site,
                store: site.open(),
                gate: gate_with(policy),
                random: random(1000 + case),
                now: 0,
                names: [format!("with a card {case}"), format!("without one {case}")],
                tokens: Vec::new(),
                questions: Vec::new(),
                wrongs: [Wrongs::default(); HOLDERS],
                seen: [const { BTreeSet::new() }; HOLDERS],
            };
            world.give_new(0);
            for deed in deeds {
                match deed {
                    Deed::Ask(holder) => world.ask(holder),
                    Deed::Answer(back, typed) => world.answer(back, typed),
                    Deed::Operate(holder, act) => world.operate(holder, act),
                    Deed::GiveNew(holder) => world.give_new(holder),
                    Deed::Expire => world.expire(),
                    Deed::Wait(passed) => world.now += passed,
                }
            }
            Ok(())
        })
        .unwrap();
}
