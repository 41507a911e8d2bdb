//! What a code looks like, its check symbol, and reading back what a person types.

use serde::{Deserialize, Serialize};
/// The least a code may be worth, in bits: six decimal digits' worth, NIST SP 800-63B-4 §3.1.2.
pub const MIN_BITS: f64 = 20.0;
/// The longest code, in symbols: what fits a card's column at a size one can read.
pub(super) const MAX_LENGTH: usize = 16;

/// The symbols of a code, in order of their values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alphabet(Box<str>);

/// Why a code format was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Not a printable symbol that has one form only.
    #[error("the code alphabet may hold digits and the letters A to Z; {0:?} is neither")]
    Symbol(char),
    /// The same symbol twice.
    #[error("the code alphabet has {0:?} twice, which would make some codes likelier; keep one")]
    Repeated(char),
    /// Fewer than two symbols.
    #[error("the code alphabet needs at least two symbols; it has {0}")]
    TooFew(usize),
    /// No symbol at all, or more than fit on a card.
    #[error("a code has {0} symbols; choose from 1 to {MAX_LENGTH}")]
    Length(usize),
    /// A weighted sum only catches every slip modulo a prime.
    #[error(
        "a check symbol needs an alphabet of a prime number of symbols (11, 13, 17, 19, 23, 29, 31), \
         and this one has {size}; add or leave out symbols, or do without the \
         check symbol"
    )]
    NotPrime {
        /// How many symbols the alphabet has.
        size: usize,
    },
    /// Weights would repeat.
    #[error(
        "a check symbol over {size} symbols guards codes shorter than {size}, and this one has \
         {length}; choose a shorter code, or do without the check symbol"
    )]
    TooLongForCheck {
        /// How many symbols the alphabet has.
        size: usize,
        /// How many symbols the code has.
        length: usize,
    },
    /// Groups that don't fit the code.
    #[error("a code of {length} symbols can't be shown in groups of {grouping}")]
    Grouping {
        /// How many symbols the code has.
        length: usize,
        /// The group asked for.
        grouping: usize,
    },
    /// Guessable.
    #[error(
        "a code of {random} random symbols out of {size} is worth {bits:.1} bits; \
         NIST SP 800-63B-4 §3.1.2 asks for at least {MIN_BITS}, so take {needed} random symbols or more"
    )]
    TooWeak {
        /// Random symbols in the code.
        random: usize,
        /// Symbols in the alphabet.
        size: usize,
        /// What the code is worth.
        bits: f64,
        /// Random symbols that would do.
        needed: usize,
    },
}

impl Alphabet {
    /// 23 symbols without look-alikes, and without vowels, so that no word comes up.
    pub const DEFAULT: &'static str = "23456789CDFHJKMNPRTVWXY";
    /// Twenty consonants: the letters-only codes of the federal token, without words.
    pub const FEDERAL: &'static str = "BCDFGHJKLMNPQRSTVWXZ";

    /// Makes an alphabet of digits and letters; lower case is taken as upper case.
    ///
    /// # Errors
    /// [`FormatError`] for another symbol, a symbol that comes twice, or fewer than two.
    pub fn new(symbols: &str) -> Result<Self, FormatError> {
        let symbols = symbols.to_ascii_uppercase();
        for (index, symbol) in symbols.char_indices() {
            if !symbol.is_ascii_digit() && !symbol.is_ascii_uppercase() {
                return Err(FormatError::Symbol(symbol));
            }
            if symbols[..index].contains(symbol) {
                return Err(FormatError::Repeated(symbol));
            }
        }
        if symbols.len() < 2 {
            return Err(FormatError::TooFew(symbols.len()));
        }
        Ok(Self(symbols.into()))
    }

    /// How many symbols there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The symbols, in order of their values.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn symbol(&self, value: u8) -> u8 {
        self.0.as_bytes()[usize::from(value)]
    }

    pub(super) fn value(&self, symbol: u8) -> Option<u8> {
        // At most 36 symbols.
        #[allow(clippy::cast_possible_truncation)]
        self.0.bytes().position(|s| s == symbol).map(|index| index as u8)
    }
}

/// Whether a code ends in a check symbol, and how it is computed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckSymbol {
    /// Every symbol is random.
    None,
    /// The last symbol makes the sum of value times place (the first place being 1) a
    /// multiple of the alphabet's size.
    WeightedSum,
}

/// What every code of a run looks like.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Described", into = "Described")]
pub struct CodeFormat {
    alphabet: Alphabet,
    length: usize,
    grouping: usize,
    check: CheckSymbol,
}

/// A code format as records carry it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Described {
    alphabet: String,
    length: usize,
    grouping: usize,
    check: CheckSymbol,
}

/// What a person typed is no code of this format: a slip, not a guess.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Slip {
    /// Too few or too many symbols.
    #[error("a code has {expected} symbols, not {found}")]
    Length {
        /// Symbols in a code.
        expected: usize,
        /// Symbols typed.
        found: usize,
    },
    /// A symbol that no card carries; which one is not said, since it may be part of a code.
    #[error("symbol {place} is not one that cards use")]
    Symbol {
        /// Its place, the first being 1.
        place: usize,
    },
    /// The check symbol does not fit.
    #[error("one symbol is mistyped, or two have changed places")]
    Check,
}

impl CodeFormat {
    /// Settles what codes look like.
    ///
    /// `length` counts all symbols, the check symbol among them; `grouping` is the number of
    /// symbols shown together, 0 for no groups.
    ///
    /// # Errors
    /// [`FormatError`], with what to change.
    pub fn new(
        alphabet: Alphabet,
        length: usize,
        grouping: usize,
        check: CheckSymbol,
    ) -> Result<Self, FormatError> {
        let size = alphabet.size();
        if !(1..=MAX_LENGTH).contains(&length) {
            return Err(FormatError::Length(length));
        }
        if grouping > length {
            return Err(FormatError::Grouping { length, grouping });
        }
        if check == CheckSymbol::WeightedSum {
            if !is_prime(size) {
                return Err(FormatError::NotPrime { size });
            }
            if length >= size {
                return Err(FormatError::TooLongForCheck { size, length });
            }
        }
        let format = Self { alphabet, length, grouping, check };
        if format.bits() < MIN_BITS {
            let per_symbol = (size as f64).log2();
            return Err(FormatError::TooWeak {
                random: format.random_symbols(),
                size,
                bits: format.bits(),
                needed: (1..=MAX_LENGTH)
                    .find(|symbols| *symbols as f64 * per_symbol >= MIN_BITS)
                    .unwrap_or(MAX_LENGTH + 1),
            });
        }
        Ok(format)
    }

    /// Six letters in one piece, no check symbol, as the original federal token had.
    #[must_use]
    pub fn federal() -> Self {
        Self {
            alphabet: Alphabet(Alphabet::FEDERAL.into()),
            length: 6,
            grouping: 0,
            check: CheckSymbol::None,
        }
    }

    /// The alphabet.
    #[must_use]
    pub const fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// Symbols in a code, the check symbol among them.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// Symbols shown together; 0 when a code is shown in one piece.
    #[must_use]
    pub const fn grouping(&self) -> usize {
        self.grouping
    }

    /// How the check symbol is computed.
    #[must_use]
    pub const fn check(&self) -> CheckSymbol {
        self.check
    }

    /// Random symbols in a code.
    #[must_use]
    pub const fn random_symbols(&self) -> usize {
        match self.check {
            CheckSymbol::None => self.length,
            CheckSymbol::WeightedSum => self.length.saturating_sub(1),
        }
    }

    /// What a code is worth against guessing, in bits.
    #[must_use]
    pub fn bits(&self) -> f64 {
        self.random_symbols() as f64 * (self.alphabet.size() as f64).log2()
    }

    /// Sets the last value so that the weighted sum is 0 modulo the alphabet's size.
    pub(super) fn complete(&self, values: &mut [u8]) {
        if self.check == CheckSymbol::None {
            return;
        }
        // The last weight is no multiple of the prime, so exactly one value does it.
        let last = values.len() - 1;
        for value in 0..self.alphabet.size() {
            #[allow(clippy::cast_possible_truncation)]
            {
                values[last] = value as u8;
            }
            if self.weighted_sum(values) == 0 {
                return;
            }
        }
        debug_assert!(false, "no check symbol; the alphabet's size is no prime");
    }

    pub(super) fn weighted_sum(&self, values: &[u8]) -> usize {
        let sum: usize =
            values.iter().zip(1..).map(|(value, weight)| usize::from(*value) * weight).sum();
        sum % self.alphabet.size()
    }

    #[cfg(test)]
    pub(super) fn unchecked_for_tests(alphabet: &str, length: usize) -> Self {
        Self { alphabet: Alphabet(alphabet.into()), length, grouping: 0, check: CheckSymbol::None }
    }
}

impl Default for CodeFormat {
    /// Nine symbols in three groups of three: eight random ones and a check symbol, 36 bits.
    fn default() -> Self {
        Self {
            alphabet: Alphabet(Alphabet::DEFAULT.into()),
            length: 9,
            grouping: 3,
            check: CheckSymbol::WeightedSum,
        }
    }
}

impl TryFrom<Described> for CodeFormat {
    type Error = FormatError;

    fn try_from(described: Described) -> Result<Self, Self::Error> {
        // A record says what is hashed, which is upper case; nothing may have to be guessed.
        if let Some(lower) = described.alphabet.chars().find(char::is_ascii_lowercase) {
            return Err(FormatError::Symbol(lower));
        }
        Self::new(
            Alphabet::new(&described.alphabet)?,
            described.length,
            described.grouping,
            described.check,
        )
    }
}

impl From<CodeFormat> for Described {
    fn from(format: CodeFormat) -> Self {
        Self {
            alphabet: format.alphabet.0.into(),
            length: format.length,
            grouping: format.grouping,
            check: format.check,
        }
    }
}

fn is_prime(n: usize) -> bool {
    n >= 2 && (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;
    use crate::token::Code;
    use crate::token::Random;

    fn drawn(format: &CodeFormat, seed: u64) -> Vec<u8> {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(seed));
        Code::draw(format, &mut random).unwrap().canonical().to_vec()
    }

    fn verdict(format: &CodeFormat, symbols: &[u8]) -> Result<(), Slip> {
        format.read(std::str::from_utf8(symbols).unwrap()).map(drop)
    }

    /// Whether a slip is caught depends only on the places and the values that change, never
    /// on the other symbols; so all places with all values, over a few codes, is all there is.
    #[test]
    fn every_single_wrong_symbol_is_caught() {
        let format = CodeFormat::default();
        let symbols = format.alphabet().as_str().as_bytes();
        for place in 0..format.length() {
            for right in symbols {
                let mut code = drawn(&format, place as u64);
                // Put `right` at the place and mend the code at another place.
                code[place] = *right;
                let mend = usize::from(place == 0);
                let fitting = symbols
                    .iter()
                    .filter(|symbol| {
                        code[mend] = **symbol;
                        verdict(&format, &code).is_ok()
                    })
                    .copied()
                    .collect::<Vec<_>>();
                assert_eq!(fitting.len(), 1, "one symbol fits at every place");
                code[mend] = fitting[0];
                for wrong in symbols.iter().filter(|wrong| *wrong != right) {
                    code[place] = *wrong;
                    assert_eq!(verdict(&format, &code), Err(Slip::Check));
                }
            }
        }
    }

    #[test]
    fn every_swap_of_two_symbols_is_caught() {
        let format = CodeFormat::default();
        let symbols = format.alphabet().as_str().as_bytes();
        for a in 0..format.length() {
            for b in a + 1..format.length() {
                for left in symbols {
                    for right in symbols.iter().filter(|right| *right != left) {
                        let mut code = vec![symbols[0]; format.length()];
                        let mend = (0..format.length()).find(|m| *m != a && *m != b).unwrap();
                        code[a] = *left;
                        code[b] = *right;
                        code[mend] = *symbols
                            .iter()
                            .find(|symbol| {
                                let mut tried = code.clone();
                                tried[mend] = **symbol;
                                verdict(&format, &tried).is_ok()
                            })
                            .unwrap();
                        code.swap(a, b);
                        assert_eq!(verdict(&format, &code), Err(Slip::Check));
                    }
                }
            }
        }
    }

    #[test]
    fn typing_is_forgiving() {
        let format = CodeFormat::default();
        let code = String::from_utf8(drawn(&format, 5)).unwrap();
        let loose =
            format!(" {}-{} \u{2013}{}\t", &code[..3], code[3..6].to_lowercase(), &code[6..]);
        assert!(format.read(&loose).is_ok_and(|read| read.canonical() == code.as_bytes()));
    }

    #[test]
    fn a_slip_is_told_without_the_code() {
        let format = CodeFormat::default();
        assert_eq!(verdict(&format, b"234"), Err(Slip::Length { expected: 9, found: 3 }));
        assert_eq!(verdict(&format, b"2345O7892"), Err(Slip::Symbol { place: 5 }));
        assert_eq!(format.read("23456789\u{e9}").map(drop), Err(Slip::Symbol { place: 9 }));
        assert_eq!(format.read("").map(drop), Err(Slip::Length { expected: 9, found: 0 }));
    }

    #[test]
    fn the_default_is_worth_36_bits() {
        assert!((CodeFormat::default().bits() - 36.19).abs() < 0.01);
        let format = CodeFormat::default();
        assert_eq!(
            CodeFormat::new(format.alphabet().clone(), 9, 3, CheckSymbol::WeightedSum),
            Ok(format)
        );
        assert!(CodeFormat::federal().bits() >= MIN_BITS);
    }

    #[test]
    fn a_format_that_could_be_guessed_or_misread_is_refused() {
        let new = |alphabet: &str, length, check| {
            CodeFormat::new(Alphabet::new(alphabet)?, length, 0, check)
        };
        assert!(matches!(
            new("0123456789", 6, CheckSymbol::None),
            Err(FormatError::TooWeak { random: 6, size: 10, needed: 7, .. })
        ));
        assert!(new("0123456789", 7, CheckSymbol::None).is_ok());
        assert_eq!(
            new("0123456789", 8, CheckSymbol::WeightedSum),
            Err(FormatError::NotPrime { size: 10 })
        );
        assert_eq!(
            new("01234567XYZ", 11, CheckSymbol::WeightedSum),
            Err(FormatError::TooLongForCheck { size: 11, length: 11 })
        );
        assert_eq!(new("ABA", 9, CheckSymbol::None), Err(FormatError::Repeated('A')));
        assert_eq!(new("ABa", 9, CheckSymbol::None), Err(FormatError::Repeated('A')));
        assert_eq!(new("AB-", 9, CheckSymbol::None), Err(FormatError::Symbol('-')));
        assert_eq!(new("A", 9, CheckSymbol::None), Err(FormatError::TooFew(1)));
        assert_eq!(new("AB", 0, CheckSymbol::None), Err(FormatError::Length(0)));
        assert_eq!(new("AB", 17, CheckSymbol::None), Err(FormatError::Length(17)));
    }

    #[test]
    fn a_format_in_a_record_is_checked_like_any_other() {
        let format = CodeFormat::default();
        let json = serde_json::to_string(&format).unwrap();
        assert_eq!(
            json,
            r#"{"alphabet":"23456789CDFHJKMNPRTVWXY","length":9,"grouping":3,"check":"weighted-sum"}"#
        );
        assert_eq!(serde_json::from_str::<CodeFormat>(&json).unwrap(), format);
        assert!(serde_json::from_str::<CodeFormat>(&json.replace(":9,", ":4,")).is_err());
        assert!(serde_json::from_str::<CodeFormat>(&json.replace("WXY", "WXy")).is_err());
    }
}
