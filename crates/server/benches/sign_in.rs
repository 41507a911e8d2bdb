//! Full sign-ins a second through the library: a challenge, the right answer, accepted.
//!
//! `benches/sign_in.sh` runs it. STORE is the address of an empty store that `store create` made;
//! THREADS, DURATION, CARDS and SCHEME say how much. It prints one line: threads, sign-ins a second,
//! the median and the longest of a sign-in in ms, and with HASHES the bare hashes a second on as
//! many threads.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that can't be run says why"
)]

mod cards;

use std::{
    env,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use jiff::Zoned;
use rand::{SeedableRng as _, rngs::ChaCha20Rng};
use tokenkaart_auth::{
    store::{Address, Pool},
    verify::{Answer, Asked, Gate, Peppers, Policy},
};
use tokenkaart_token::{
    hash::{CodeHasher, Scheme, Verifier},
    token::{CodeFormat, Position, Random, Token},
};

use cards::{Card, make};

fn setting<T: std::str::FromStr>(name: &str, otherwise: &str) -> T {
    let text = env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    text.parse().unwrap_or_else(|_| panic!("{name}={text}"))
}

fn main() {
    // `cargo test` would run it too.
    let Ok(store) = env::var("STORE") else { return };
    let address: Address = store.parse().unwrap();
    let threads: usize = setting("THREADS", "16");
    let seconds: u64 = setting("DURATION", "5");
    let scheme: Scheme = setting("SCHEME", "argon2id:m=8,t=1,p=1");
    let cards = make(&address, scheme, setting("CARDS", "2000"));
    if env::var("HASHES").is_ok() {
        println!("{threads} threads: {:.0} bare hashes a second", hashes(scheme, threads, seconds));
    }
    let pool = Pool::open(&address, u32::try_from(threads).unwrap()).unwrap();
    let gate =
        Gate { policy: Policy::default(), peppers: Peppers::default(), actor: "bench".to_owned() };
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let mut took: Vec<Duration> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|seed| {
                let (pool, gate, cards, next) = (&pool, &gate, &cards, &next);
                scope.spawn(move || {
                    let mut random = Random::new(ChaCha20Rng::seed_from_u64(seed as u64));
                    let mut took = Vec::new();
                    while Instant::now() < end {
                        let Some(card) = cards.get(next.fetch_add(1, Ordering::Relaxed)) else {
                            break;
                        };
                        for _ in 0..24 {
                            if Instant::now() >= end {
                                break;
                            }
                            let begun = Instant::now();
                            sign_in(pool, gate, card, &mut random);
                            took.push(begun.elapsed());
                        }
                    }
                    took
                })
            })
            .collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort_unstable();
    let ms = |took: Option<&Duration>| took.map_or(0.0, |took| took.as_secs_f64() * 1000.0);
    println!(
        "{threads} threads: {rate:.0} sign-ins a second, median {:.1} ms, longest {:.1} ms{}",
        ms(took.get(took.len() / 2)),
        ms(took.last()),
        if next.load(Ordering::Relaxed) > cards.len() { " (cards ran out)" } else { "" },
    );
}

fn sign_in(pool: &Pool, gate: &Gate, card: &Card, random: &mut Random<ChaCha20Rng>) {
    let asked =
        gate.challenge(&mut pool.get().unwrap(), &card.holder, &Zoned::now, random).unwrap();
    let Asked::Challenge(challenge) = asked else { panic!("{asked:?}") };
    let code = &card.codes[challenge.position.index()];
    let answer = gate.answer_with(pool, &challenge.id, code, &Zoned::now).unwrap();
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
}

/// What the hashes of answers alone would allow.
fn hashes(scheme: Scheme, threads: usize, seconds: u64) -> f64 {
    let format = CodeFormat::default();
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(7));
    let token = Token::draw(&format, &mut random).unwrap();
    let code = token.code(Position::new(1).unwrap());
    let hash = CodeHasher::new(scheme, None).unwrap().hash(code, &[7; 16]).unwrap();
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let done: u64 = thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut verifier = Verifier::new(None);
                    let mut done = 0;
                    while Instant::now() < end {
                        assert!(verifier.verify(code, &hash).unwrap());
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    done as f64 / begun.elapsed().as_secs_f64()
}
