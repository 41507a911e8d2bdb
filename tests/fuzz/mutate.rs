//! Inputs changed by lot.

/// A lot that is the same for the same target and case (`SplitMix64`).
pub(crate) struct Lot(u64);

impl Lot {
    pub(crate) fn new(target: &str, case: u64) -> Self {
        let name = target.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(257) + u64::from(byte));
        Self(name ^ case.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap();
        usize::try_from(self.next() % end).unwrap()
    }

    pub(crate) fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

/// What breaks readers of any format.
const WORDS: [&str; 24] = [
    "\0",
    "\n",
    "\r\n",
    "\r",
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "0",
    "-1",
    "null",
    "1e999",
    "4294967296",
    "18446744073709551616",
    "\u{feff}",
    "\u{202e}",
    "\u{1b}[2J",
    "é",
    "\u{10ffff}",
];
/// No input grows beyond this, so that a case stays small.
const MOST_BYTES: usize = 64 << 10;

/// One of the seeds, changed in one to six ways; a few changes are likelier, for what is nearly
/// right is read furthest.
pub(crate) fn mutated(seeds: &[Vec<u8>], words: &[&str], lot: &mut Lot) -> Vec<u8> {
    let mut bytes = seeds[lot.below(seeds.len())].clone();
    let most = lot.below(6) + 1;
    for _ in 0..=lot.below(most) {
        change(&mut bytes, seeds, words, lot);
        bytes.truncate(MOST_BYTES);
    }
    bytes
}

pub(crate) fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str], lot: &mut Lot) {
    let at = lot.below(bytes.len() + 1);
    let end = (at + lot.below(40)).min(bytes.len());
    match lot.below(9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << lot.below(8),
        1 if at < bytes.len() => bytes[at] = lot.byte(),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        // The same once more, now and then very often.
        4 => {
            let times = if lot.below(20) == 0 { 500 } else { 1 };
            let again = bytes[at..end].repeat(times);
            drop(bytes.splice(at..at, again));
        }
        5 | 6 => {
            let word = if lot.below(2) == 0 { lot.one(words) } else { lot.one(&WORDS) };
            drop(bytes.splice(at..at, word.bytes()));
        }
        // A digit of a number: counts and lengths that are not true.
        7 => {
            let digits = bytes.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
            let places: Vec<usize> = digits.map(|(place, _)| place).collect();
            if let Some(place) = places.get(lot.below(places.len())) {
                bytes[*place] = b'0' + u8::try_from(lot.below(10)).unwrap();
            }
        }
        _ => {
            let other = &seeds[lot.below(seeds.len())];
            let from = lot.below(other.len() + 1);
            let to = (from + lot.below(200)).min(other.len());
            drop(bytes.splice(at..end, other[from..to].iter().copied()));
        }
    }
}
