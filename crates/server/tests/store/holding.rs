//! Tokens in a store without a run behind them, and their codes in the clear.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{Span, Timestamp, Zoned, tz::TimeZone};
use rand::{SeedableRng as _, rngs::ChaCha20Rng};
use tokenkaart_auth::{
    Lane,
    store::{Store, Value},
    verify::{self, Answer, Asked, Challenge, Expiry, Gate, Peppers, Policy, Swept},
};
use tokenkaart_token::{
    hash::{CodeHasher, Pepper, Scheme},
    holder::HolderId,
    record::Record,
    token::{CodeFormat, Position, Random, Serial, Token},
};
use zeroize::Zeroizing;

use super::site::{Site, moment};

/// A scheme that costs nothing.
pub(crate) const CHEAP: &str = "argon2id:m=8,t=1,p=1";

/// A token whose codes a test knows.
pub(crate) struct Card {
    pub(crate) holder: HolderId,
    pub(crate) serial: Serial,
    codes: Vec<String>,
}

/// How a token is made.
pub(crate) struct Making<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) pepper: Option<&'a Pepper>,
    pub(crate) expires: Option<&'a str>,
    pub(crate) format: CodeFormat,
}

impl Default for Making<'_> {
    fn default() -> Self {
        Self { scheme: CHEAP, pepper: None, expires: None, format: CodeFormat::default() }
    }
}

impl Card {
    /// Gives a holder a token, and voids the one that they have.
    pub(crate) fn give(site: &Site, holder: &str, making: &Making<'_>) -> Self {
        Self::give_in(&mut site.open(), holder, making)
    }

    pub(crate) fn give_in(store: &mut Store, holder: &str, making: &Making<'_>) -> Self {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let seed = SEED.fetch_add(1, Ordering::Relaxed);
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(seed));
        let token = Token::draw(&making.format, &mut random).unwrap();
        let scheme: Scheme = making.scheme.parse().unwrap();
        let mut hasher = CodeHasher::new(scheme, making.pepper).unwrap();
        let serial = token.serial().to_string();
        let format = serde_json::to_string(&making.format).unwrap();
        let run = format!("run of {serial}");
        let key_id = making.pepper.map(|pepper| pepper.key_id().to_string());
        let now = moment(0).as_millisecond();
        let lane = Lane::of(holder);
        let mut transaction = store.begin().unwrap();
        let mut queue = |sql, values: &[Value]| transaction.queue(sql, values.to_vec()).unwrap();
        queue(
            "INSERT INTO runs (run, begun_at, tokens, scheme, code_format) \
             VALUES ($1, $2, 1, $3, $4)",
            &[run.as_str().into(), now.into(), making.scheme.into(), format.as_str().into()],
        );
        queue(
            "INSERT INTO imported (lane, run, at) VALUES (256, $1, $2)",
            &[run.as_str().into(), now.into()],
        );
        queue(
            "INSERT INTO ends (lane, holder, serial, state, was, at) \
             SELECT lane, holder, serial, 'voided', 'active', $3 FROM states \
             WHERE lane = $1 AND holder = $2",
            &[lane.into(), holder.into(), now.into()],
        );
        queue("DELETE FROM states WHERE lane = $1 AND holder = $2", &[lane.into(), holder.into()]);
        queue(
            "INSERT INTO tokens (lane, holder, serial, run, came_at, issued, expires, scheme, \
             key_id, code_format, record_sha256) \
             VALUES ($1, $2, $3, $4, $5, '2026-11-18', $6, $7, $8, $9, '')",
            &[
                lane.into(),
                holder.into(),
                serial.as_str().into(),
                run.as_str().into(),
                now.into(),
                making.expires.into(),
                making.scheme.into(),
                key_id.into(),
                format.as_str().into(),
            ],
        );
        let mut codes = Vec::new();
        for position in Position::all() {
            let code = token.code(position);
            codes.push(code.printed(&making.format).to_string());
            let hash = hasher.hash(code, &random.salt().unwrap()).unwrap();
            queue(
                "INSERT INTO codes (lane, holder, serial, position, hash) \
                 VALUES ($1, $2, $3, $4, $5)",
                &[
                    lane.into(),
                    holder.into(),
                    serial.as_str().into(),
                    position.number().into(),
                    hash.to_string().into(),
                ],
            );
        }
        queue(
            "INSERT INTO states (lane, holder, serial, state, since) \
             VALUES ($1, $2, $3, 'active', $4)",
            &[lane.into(), holder.into(), serial.as_str().into(), now.into()],
        );
        queue(
            "INSERT INTO decoys (one, scheme, code_format) VALUES (1, $1, $2) \
             ON CONFLICT (one) DO UPDATE SET scheme = excluded.scheme, \
             code_format = excluded.code_format",
            &[making.scheme.into(), format.as_str().into()],
        );
        transaction.commit().unwrap();
        Self { holder: HolderId::new(holder).unwrap(), serial: token.serial().clone(), codes }
    }

    /// A token that is in no store yet, and its record.
    pub(crate) fn drawn(holder: &str, making: &Making<'_>, seed: u64) -> (Self, Record) {
        let mut random = random(seed);
        let token = Token::draw(&making.format, &mut random).unwrap();
        let mut hasher = CodeHasher::new(making.scheme.parse().unwrap(), making.pepper).unwrap();
        let mut hash =
            |position| hasher.hash(token.code(position), &random.salt().unwrap()).unwrap();
        let hashes = Position::all().map(&mut hash).collect();
        let holder = HolderId::new(holder).unwrap();
        let record = Record::new(
            token.serial().clone(),
            holder.clone(),
            "2026-11-18".parse().unwrap(),
            making.expires.map(|date| date.parse().unwrap()),
            making.pepper.map(Pepper::key_id),
            making.format.clone(),
            hashes,
        );
        let printed = |position| token.code(position).printed(&making.format).to_string();
        let codes = Position::all().map(printed).collect();
        (Self { holder, serial: token.serial().clone(), codes }, record.unwrap())
    }

    /// The code at a position, as printed.
    pub(crate) fn code(&self, position: Position) -> &str {
        &self.codes[position.index()]
    }

    /// A code of the card's format that stands at another position.
    pub(crate) fn wrong(&self, position: Position) -> &str {
        &self.codes[(position.index() + 1) % self.codes.len()]
    }
}

/// A moment as a person's clock shows it.
pub(crate) fn at(later: i64) -> Zoned {
    moment(later).to_zoned(TimeZone::UTC)
}

/// A gate with the rules that are documented and no pepper.
pub(crate) fn gate() -> Gate {
    gate_with(Policy::default())
}

pub(crate) fn gate_with(policy: Policy) -> Gate {
    Gate { policy, peppers: Peppers::default(), actor: "test".to_owned() }
}

pub(crate) fn pepper(byte: u8) -> Pepper {
    Pepper::new(Zeroizing::new(vec![byte; 32])).unwrap()
}

/// A generator for positions and ids.
pub(crate) fn random(seed: u64) -> Random<ChaCha20Rng> {
    Random::new(ChaCha20Rng::seed_from_u64(seed))
}

/// Asks a holder, who must get a challenge.
#[track_caller]
pub(crate) fn ask(
    gate: &Gate,
    store: &mut Store,
    holder: &HolderId,
    now: &Zoned,
    random: &mut Random<ChaCha20Rng>,
) -> Challenge {
    match gate.challenge(store, holder, now, random).unwrap() {
        Asked::Challenge(challenge) => challenge,
        Asked::Wait { until } => panic!("wait until {until}"),
    }
}

/// Until when a holder has to wait for a challenge.
#[track_caller]
pub(crate) fn told_to_wait(
    gate: &Gate,
    store: &mut Store,
    holder: &HolderId,
    now: &Zoned,
    random: &mut Random<ChaCha20Rng>,
) -> Timestamp {
    match gate.challenge(store, holder, now, random).unwrap() {
        Asked::Challenge(challenge) => panic!("code {}?", challenge.position),
        Asked::Wait { until } => until,
    }
}

/// Asks a holder and gives the right code.
#[track_caller]
pub(crate) fn sign_in(
    gate: &Gate,
    store: &mut Store,
    card: &Card,
    now: &Zoned,
    random: &mut Random<ChaCha20Rng>,
) -> (Position, Answer) {
    let challenge = ask(gate, store, &card.holder, now, random);
    let code = card.code(challenge.position);
    (challenge.position, gate.answer(store, &challenge.id, code, now).unwrap())
}

/// Ends tokens by time, however many they are and wherever the clock is.
pub(crate) fn sweep(store: &mut Store, unused_for: Option<Span>, now: &Zoned) -> Swept {
    let expiry = Expiry { unused_for, dry_run: true, expect: None };
    let would = verify::expire(store, &expiry, "cron", now).unwrap().expired;
    let expiry = Expiry { expect: Some(would), dry_run: false, ..expiry };
    verify::expire(store, &expiry, "cron", now).unwrap()
}
