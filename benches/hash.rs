//! Hashes per core-second, ours and others', on the same work in the same run.
//!
//! `cargo bench --bench hash` runs `benches/hash.sh`, which builds the peers and has
//! `benches/hash/compare.py` run them in turns; with `--peer` this program is one of them.
//! Only a wrong tag fails. Under `cargo test` it makes a few hashes with each Rust peer.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program to look at"
)]

use std::{env, ops::Range, process::Command, thread};

use tokenkaart_token::{
    hash::{CodeHasher, Scheme, TAG_LEN},
    token::{Alphabet, CheckSymbol, Code, CodeFormat},
};

type Sum = [u8; TAG_LEN];
type WorkOptions = fn(Range<u64>) -> Sum;

const PEERS: [(&str, WorkOptions); 3] = [
    ("tokenkaart", tokenkaart),
    ("argon2-reused", argon2_reused),
    ("argon2-allocating", argon2_allocating),
];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--peer", peer, hashes, threads] => {
            let (_, work) = PEERS.iter().find(|(name, _)| *name == peer).unwrap();
            let (hashes, threads) = (hashes.parse().unwrap(), threads.parse().unwrap());
            println!("{}", hex(&shared(*work, hashes, threads)));
        }
        ["--bench", ..] | [_, "--bench", ..] => {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/hash.sh");
            let status = Command::new(script).arg(env::current_exe().unwrap()).status().unwrap();
            assert!(status.success(), "{script} failed");
        }
        _ => {
            let sums = PEERS.map(|(_, work)| shared(work, 4, 2));
            assert!(sums.iter().all(|sum| *sum == sums[0]), "the peers disagree");
        }
    }
}

/// The sum (exclusive or) of all tags, so that threads may finish in any order.
fn shared(work: WorkOptions, hashes: u64, threads: u64) -> Sum {
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|t| hashes * t / threads..hashes * (t + 1) / threads)
            .map(|share| scope.spawn(move || work(share)))
            .collect();
        workers.into_iter().fold([0; TAG_LEN], |sum, worker| add(sum, &worker.join().unwrap()))
    })
}

fn add(mut sum: Sum, tag: &Sum) -> Sum {
    sum.iter_mut().zip(tag).for_each(|(sum, byte)| *sum ^= byte);
    sum
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The i-th code: i in base 23, least symbol first.
fn code(format: &CodeFormat, number: u64) -> Code {
    let symbols = Alphabet::DEFAULT.as_bytes();
    let mut rest = number;
    let text: String = (0..9)
        .map(|_| {
            let symbol = symbols[usize::try_from(rest % 23).unwrap()];
            rest /= 23;
            char::from(symbol)
        })
        .collect();
    format.read(&text).unwrap()
}

fn salt(number: u64) -> [u8; 16] {
    std::array::from_fn(|byte| number.to_le_bytes()[byte % 8])
}

fn format() -> CodeFormat {
    let alphabet = Alphabet::new(Alphabet::DEFAULT).unwrap();
    CodeFormat::new(alphabet, 9, 3, CheckSymbol::None).unwrap()
}

/// What a run does: [`CodeHasher`], PHC strings and the wipe at the end.
fn tokenkaart(share: Range<u64>) -> Sum {
    let format = format();
    let mut hasher = CodeHasher::new(Scheme::default(), None).unwrap();
    share.fold([0; TAG_LEN], |sum, number| {
        let hash = hasher.hash(&code(&format, number), &salt(number)).unwrap().to_string();
        let mut tag = [0; TAG_LEN];
        let (_, text) = hash.rsplit_once('$').unwrap();
        <base64ct::Base64Unpadded as base64ct::Encoding>::decode(text, &mut tag).unwrap();
        add(sum, &tag)
    })
}

fn argon2_reused(share: Range<u64>) -> Sum {
    let format = format();
    let argon2 = argon2::Argon2::default();
    let mut blocks = vec![argon2::Block::default(); argon2.params().block_count()];
    share.fold([0; TAG_LEN], |sum, number| {
        let mut tag = [0; TAG_LEN];
        argon2
            .hash_password_into_with_memory(
                code(&format, number).canonical(),
                &salt(number),
                &mut tag,
                &mut blocks,
            )
            .unwrap();
        add(sum, &tag)
    })
}

fn argon2_allocating(share: Range<u64>) -> Sum {
    let format = format();
    share.fold([0; TAG_LEN], |sum, number| {
        let mut tag = [0; TAG_LEN];
        argon2::Argon2::default()
            .hash_password_into(code(&format, number).canonical(), &salt(number), &mut tag)
            .unwrap();
        add(sum, &tag)
    })
}
