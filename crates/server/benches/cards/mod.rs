//! Cards of holders who sign in, with their codes in the clear.

use rand::{SeedableRng as _, rngs::ChaCha20Rng};
use tokenkaart_auth::{
    Lane,
    store::{Address, Cell, Kind, Store},
};
use tokenkaart_token::{
    hash::{CodeHasher, Scheme},
    holder::HolderId,
    token::{CodeFormat, Position, Random, Token},
};

pub(crate) struct Card {
    pub(crate) holder: HolderId,
    pub(crate) codes: Vec<String>,
}

/// Active tokens of new holders, straight into the tables.
pub(crate) fn make(address: &Address, scheme: Scheme, count: usize) -> Vec<Card> {
    let format = CodeFormat::default();
    let format_text = serde_json::to_string(&format).unwrap();
    let scheme_text = scheme.to_string();
    let mut hasher = CodeHasher::new(scheme, None).unwrap();
    let mut store = Store::open(address).unwrap();
    let before = store
        .read()
        .unwrap()
        .query_one("SELECT count(*) AS tokens FROM tokens", &[])
        .unwrap()
        .unwrap()
        .int("tokens")
        .unwrap();
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(before.unsigned_abs() + 99));
    let made: Vec<(Card, String, Vec<String>)> = (0..count)
        .map(|number| {
            let token = Token::draw(&format, &mut random).unwrap();
            let holder = HolderId::new(&format!("bench {before} {number}")).unwrap();
            let all = || Position::all().map(|position| token.code(position));
            let codes = all().map(|code| code.printed(&format).to_string()).collect();
            let hashes = all()
                .map(|code| hasher.hash(code, &random.salt().unwrap()).unwrap().to_string())
                .collect();
            (Card { holder, codes }, token.serial().to_string(), hashes)
        })
        .collect();
    let key = [("lane", Kind::Small), ("holder", Kind::Text), ("serial", Kind::Text)];
    let lane = |card: &Card| Cell::Int(Lane::of(card.holder.as_str()).number().into());
    let mut transaction = store.begin_long().unwrap();
    let tokens = [
        ("came_at", Kind::Big),
        ("issued", Kind::Text),
        ("scheme", Kind::Text),
        ("code_format", Kind::Text),
        ("record_sha256", Kind::Text),
    ];
    let mut bulk = transaction.bulk("tokens", &[&key[..], &tokens].concat()).unwrap();
    for (card, serial, _) in &made {
        bulk.push(&[
            lane(card),
            Cell::Text(card.holder.as_str()),
            Cell::Text(serial),
            Cell::Int(0),
            Cell::Text("2026-11-22"),
            Cell::Text(&scheme_text),
            Cell::Text(&format_text),
            Cell::Text(""),
        ])
        .unwrap();
    }
    bulk.finish().unwrap();
    let codes = [("position", Kind::Small), ("hash", Kind::Text)];
    let mut bulk = transaction.bulk("codes", &[&key[..], &codes].concat()).unwrap();
    for (card, serial, hashes) in &made {
        for (position, hash) in (1..).zip(hashes) {
            bulk.push(&[
                lane(card),
                Cell::Text(card.holder.as_str()),
                Cell::Text(serial),
                Cell::Int(position),
                Cell::Text(hash),
            ])
            .unwrap();
        }
    }
    bulk.finish().unwrap();
    let states = [("state", Kind::Text), ("since", Kind::Big)];
    let mut bulk = transaction.bulk("states", &[&key[..], &states].concat()).unwrap();
    for (card, serial, _) in &made {
        bulk.push(&[
            lane(card),
            Cell::Text(card.holder.as_str()),
            Cell::Text(serial),
            Cell::Text("active"),
            Cell::Int(0),
        ])
        .unwrap();
    }
    bulk.finish().unwrap();
    transaction.commit().unwrap();
    made.into_iter().map(|(card, _, _)| card).collect()
}
