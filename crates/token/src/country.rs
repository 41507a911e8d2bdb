//! A country by its code, such as the one that letters are posted in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A country by its code of ISO 3166-1, alpha-2. Whether there is such a country is not asked here.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// The text is no code of a country.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the code of a country has two letters, as BE")]
pub struct NotACountryCode;

impl Country {
    /// Belgium.
    pub const BELGIUM: Self = Self(*b"BE");
    /// France.
    pub const FRANCE: Self = Self(*b"FR");
}

impl Default for Country {
    fn default() -> Self {
        Self::BELGIUM
    }
}

impl FromStr for Country {
    type Err = NotACountryCode;

    /// Reads a code in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Ok(Self([first.to_ascii_uppercase(), second.to_ascii_uppercase()]))
            }
            _ => Err(NotACountryCode),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| fmt::Write::write_char(f, char::from(*letter)))
    }
}

impl TryFrom<String> for Country {
    type Error = NotACountryCode;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_two_letters_in_any_case() {
        assert_eq!("be".parse(), Ok(Country::BELGIUM));
        assert_eq!(Country::BELGIUM.to_string(), "BE");
        for text in ["", "B", "BEL", "B1", "é", "België"] {
            assert_eq!(text.parse::<Country>(), Err(NotACountryCode), "{text}");
        }
    }
}
