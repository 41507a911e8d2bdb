//! The code on paper.

use rand::TryCryptoRng;
use tokenkaart_token::token::{Alphabet, Random, Slip};
use zeroize::Zeroizing;

use crate::{ActivationLink, secrets::tag};

/// Symbols that are random: 11 of 23 are 49 bits. Nobody can try any without the link that belongs to
/// it, and who has that is slowed down.
const RANDOM: usize = 11;
/// All symbols, the check symbol among them.
const LENGTH: usize = RANDOM + 1;
/// Symbols that are written together.
const GROUP: usize = 4;

/// The code of an activation: 12 symbols without look-alikes in three groups, as `K7M2-P9RT-3XYV`, of
/// which the last is a check symbol (a weighted sum modulo 23, as in the codes of a card).
///
/// No `Clone`, `Debug`, `Display`, `PartialEq` or `Serialize`, and it wipes itself: it is drawn once and
/// leaves once, by [`ActivationCode::on_paper`].
pub struct ActivationCode(Zeroizing<String>);

impl ActivationCode {
    pub(crate) fn draw<R: TryCryptoRng>(random: &mut Random<R>) -> Result<Self, R::Error> {
        let symbols = Alphabet::DEFAULT.as_bytes();
        let mut values = Zeroizing::new([0_usize; LENGTH]);
        for value in values.iter_mut().take(RANDOM) {
            // One of 23.
            *value = random.place(23)? as usize;
        }
        // The last weight is 12, and 12 × 2 ≡ 1 (mod 23).
        values[RANDOM] = (symbols.len() - sum(&values) % symbols.len()) * 2 % symbols.len();
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        text.extend(values.iter().map(|value| char::from(symbols[*value])));
        Ok(Self(text))
    }

    /// Reads what a person typed: any case, with blanks and hyphens anywhere.
    ///
    /// # Errors
    /// [`Slip`] when no paper can have it: a typing slip, which is not a guess.
    pub fn read(typed: &str) -> Result<Self, Slip> {
        let is_between = |c: char| {
            c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.' | '\u{2212}')
        };
        let symbols = || typed.chars().filter(|c| !is_between(*c));
        let found = symbols().take(10 * LENGTH).count();
        if found != LENGTH {
            return Err(Slip::Length { expected: LENGTH, found });
        }
        let mut values = Zeroizing::new([0; LENGTH]);
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        for (index, symbol) in symbols().enumerate() {
            let symbol = symbol.to_ascii_uppercase();
            values[index] =
                Alphabet::DEFAULT.find(symbol).ok_or(Slip::Symbol { place: index + 1 })?;
            text.push(symbol);
        }
        if sum(&values).is_multiple_of(Alphabet::DEFAULT.len()) {
            Ok(Self(text))
        } else {
            Err(Slip::Check)
        }
    }

    /// The code in its groups: for one paper, and nothing else.
    #[must_use]
    pub fn on_paper(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH + LENGTH / GROUP));
        for (place, symbol) in self.0.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(symbol);
        }
        text
    }

    /// What the store knows it by. The link's 256 bits are in it, so that who has read the store alone
    /// can't try all codes.
    pub(crate) fn digest(&self, link: &ActivationLink) -> String {
        tag(link.expose(), "activation code", &self.0)
    }

    /// The symbols, to be sealed for the browser that they were typed in.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn sum(values: &[usize; LENGTH]) -> usize {
    values.iter().zip(1..).map(|(value, weight)| value * weight).sum()
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::ChaCha20Rng};

    use super::*;
    use crate::Lane;

    fn codes() -> impl Iterator<Item = ActivationCode> {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(4));
        (0..300).map(move |_| ActivationCode::draw(&mut random).unwrap())
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for code in codes() {
            let paper = code.on_paper();
            assert_eq!(paper.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4]);
            for typed in [paper.to_lowercase(), paper.replace('-', " "), format!(" {}", &*code.0)] {
                let read = ActivationCode::read(&typed).map_err(|slip| panic!("{slip}: {typed}"));
                assert_eq!(read.unwrap().as_bytes(), code.as_bytes());
            }
        }
    }

    #[test]
    fn one_symbol_that_is_wrong_and_two_that_changed_places_are_slips() {
        let is_slip = |text: String| matches!(ActivationCode::read(&text), Err(Slip::Check));
        for code in codes() {
            let symbols: Vec<char> = code.0.chars().collect();
            for place in 0..LENGTH {
                for other in Alphabet::DEFAULT.chars().filter(|other| *other != symbols[place]) {
                    let mut typed = symbols.clone();
                    typed[place] = other;
                    assert!(is_slip(typed.iter().collect()));
                }
                let mut typed = symbols.clone();
                typed.swap(place, (place + 1) % LENGTH);
                assert!(typed == symbols || is_slip(typed.iter().collect()));
            }
        }
        let slip = |text: &str| ActivationCode::read(text).err();
        assert_eq!(slip("K7M2"), Some(Slip::Length { expected: 12, found: 4 }));
        assert_eq!(slip("K7M2-P9RT-3XYA"), Some(Slip::Symbol { place: 12 }));
        assert!(slip(&"2".repeat(100_000)).is_some());
    }

    #[test]
    fn the_store_knows_a_code_under_its_link_alone() {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(5));
        let code = ActivationCode::draw(&mut random).unwrap();
        let [one, other] =
            [0; 2].map(|_| ActivationLink::draw(Lane::of("4711"), &mut random).unwrap());
        assert_eq!(code.digest(&one).len(), 64);
        assert_ne!(code.digest(&one), code.digest(&other));
    }
}
