//! One secret code: drawn once, printed once, hashed once.

use rand::TryCryptoRng;
use zeroize::Zeroizing;

use super::{CheckSymbol, CodeFormat, Random, Slip};

/// One code in the clear; wiped on drop.
///
/// No `Clone`, `Debug`, `Display`, `PartialEq` or `Serialize`: a code is drawn once, printed
/// once and hashed once. Its text leaves through [`Code::canonical`] (for the hash) and
/// [`Code::printed`] (for the paper), and nowhere else.
///
/// What the next examples begin with compiles; what they do with it doesn't.
///
/// ```no_run
/// # let code: tokenkaart_token::token::Code = unimplemented!();
/// drop(code);
/// ```
///
/// ```compile_fail
/// # let code: tokenkaart_token::token::Code = unimplemented!();
/// println!("{code:?}");
/// ```
///
/// ```compile_fail
/// # let code: tokenkaart_token::token::Code = unimplemented!();
/// println!("{code}");
/// ```
///
/// ```compile_fail
/// # let code: tokenkaart_token::token::Code = unimplemented!();
/// let copy = code.clone();
/// ```
pub struct Code(Zeroizing<Box<[u8]>>);

impl Code {
    /// Draws the random symbols and adds the check symbol, if the format has one.
    ///
    /// # Errors
    /// What the generator says when it fails.
    pub(super) fn draw<R: TryCryptoRng>(
        format: &CodeFormat,
        random: &mut Random<R>,
    ) -> Result<Self, R::Error> {
        let size = format.alphabet().size();
        let mut values = Zeroizing::new(vec![0_u8; format.length()].into_boxed_slice());
        for value in values.iter_mut().take(format.random_symbols()) {
            // The alphabet has at most 64 symbols.
            #[allow(clippy::cast_possible_truncation)]
            {
                *value = random.below(size)? as u8;
            }
        }
        format.complete(&mut values);
        Ok(Self::from_values(format, values))
    }

    /// Takes values that [`CodeFormat`] has checked.
    pub(super) fn from_values(format: &CodeFormat, mut values: Zeroizing<Box<[u8]>>) -> Self {
        for value in values.iter_mut() {
            *value = format.alphabet().symbol(*value);
        }
        Self(values)
    }

    /// What is hashed: the symbols alone, upper case, no separators, as UTF-8.
    #[must_use]
    pub fn canonical(&self) -> &[u8] {
        &self.0
    }

    /// What is printed: the symbols in the format's groups, a space between.
    #[must_use]
    pub fn printed(&self, format: &CodeFormat) -> Zeroizing<String> {
        let group = match format.grouping() {
            0 => self.0.len().max(1),
            group => group,
        };
        let mut text = Zeroizing::new(String::with_capacity(self.0.len() * 2));
        for (index, symbol) in self.0.iter().enumerate() {
            if index > 0 && index % group == 0 {
                text.push(' ');
            }
            text.push(char::from(*symbol));
        }
        text
    }

    /// Whether two codes are the same; without `PartialEq`, so that no assertion prints one.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl CodeFormat {
    /// Reads what a person typed: any case, with spaces and hyphens anywhere.
    ///
    /// # Errors
    /// [`Slip`] when no card can carry it: a typing slip, which is not a guess.
    pub fn read(&self, typed: &str) -> Result<Code, Slip> {
        let symbols = || {
            typed.chars().filter(|c| {
                !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.' | '\u{2212}')
            })
        };
        let found = symbols().count();
        if found != self.length() {
            return Err(Slip::Length { expected: self.length(), found });
        }
        let mut values = Zeroizing::new(vec![0_u8; self.length()].into_boxed_slice());
        for (index, symbol) in symbols().enumerate() {
            let value = u8::try_from(symbol.to_ascii_uppercase())
                .ok()
                .and_then(|symbol| self.alphabet().value(symbol))
                .ok_or(Slip::Symbol { place: index + 1 })?;
            values[index] = value;
        }
        if self.check() == CheckSymbol::WeightedSum && self.weighted_sum(&values) != 0 {
            return Err(Slip::Check);
        }
        Ok(Code::from_values(self, values))
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;

    #[test]
    fn a_code_is_printed_in_groups_and_hashed_without_them() {
        let format = CodeFormat::default();
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        let code = Code::draw(&format, &mut random).unwrap();
        let printed = code.printed(&format);
        assert_eq!(printed.len(), 11);
        assert_eq!(printed.split(' ').map(str::len).collect::<Vec<_>>(), [3, 3, 3]);
        assert_eq!(printed.replace(' ', "").as_bytes(), code.canonical());
        assert!(
            code.canonical().iter().all(|c| format.alphabet().as_str().contains(char::from(*c)))
        );
    }

    #[test]
    fn a_code_without_groups_is_printed_in_one_piece() {
        let format = CodeFormat::federal();
        let code = Code::draw(&format, &mut Random::new(ChaCha20Rng::seed_from_u64(1))).unwrap();
        assert_eq!(code.printed(&format).as_bytes(), code.canonical());
    }

    #[test]
    fn every_drawn_code_is_read_back_as_itself() {
        let format = CodeFormat::default();
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(2));
        for _ in 0..1000 {
            let code = Code::draw(&format, &mut random).unwrap();
            assert!(format.read(&code.printed(&format)).is_ok_and(|read| read.is_same(&code)));
        }
    }
}
