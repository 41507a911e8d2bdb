//! The languages of the people who hold cards: nl, fr, de, en.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A language a card can be printed in.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Dutch.
    #[default]
    Nl,
    /// French.
    Fr,
    /// German.
    De,
    /// English.
    En,
}

/// The text names no language that a card can be printed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a language is one of nl, fr, de, en")]
pub struct UnknownLanguage;

impl Language {
    /// All of them, in the order of the ISO 639-1 codes on Belgian forms.
    pub const ALL: [Self; 4] = [Self::Nl, Self::Fr, Self::De, Self::En];

    /// The ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::Fr => "fr",
            Self::De => "de",
            Self::En => "en",
        }
    }
}

impl Language {
    /// A date as letters write it: `22 november 2026`, `1er mars 2026`, `22. November 2026`.
    #[must_use]
    pub fn date(self, date: Date) -> String {
        let (day, year) = (date.day(), date.year());
        let month = usize::from(date.month().unsigned_abs()) - 1;
        match self {
            Self::Nl => format!("{day} {} {year}", MONTHS_NL[month]),
            Self::Fr if day == 1 => format!("1er {} {year}", MONTHS_FR[month]),
            Self::Fr => format!("{day} {} {year}", MONTHS_FR[month]),
            Self::De => format!("{day}. {} {year}", MONTHS_DE[month]),
            Self::En => format!("{day} {} {year}", MONTHS_EN[month]),
        }
    }
}

const MONTHS_NL: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];
const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads an ISO 639-1 code in any case, also with a region (`nl-BE`, `fr_BE`), or the
    /// language's own name as registers write it (`Nederlands`, `français`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_lowercase();
        let tag = lower.split(['-', '_']).next().unwrap_or_default();
        match tag {
            "nl" | "n" | "nld" | "dut" | "nederlands" | "néerlandais" | "neerlandais"
            | "niederländisch" | "dutch" => Ok(Self::Nl),
            "fr" | "f" | "fra" | "fre" | "français" | "francais" | "frans" | "französisch"
            | "french" => Ok(Self::Fr),
            "de" | "d" | "deu" | "ger" | "deutsch" | "duits" | "allemand" | "german" => {
                Ok(Self::De)
            }
            "en" | "e" | "eng" | "english" | "engels" | "anglais" | "englisch" => Ok(Self::En),
            _ => Err(UnknownLanguage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_read_as_registers_write_it() {
        for (text, language) in [
            ("nl", Language::Nl),
            ("NL", Language::Nl),
            (" nl-BE ", Language::Nl),
            ("Français", Language::Fr),
            ("fr_BE", Language::Fr),
            ("Deutsch", Language::De),
            ("EN", Language::En),
        ] {
            assert_eq!(text.parse(), Ok(language), "{text}");
        }
    }

    #[test]
    fn each_language_writes_a_date_its_own_way() {
        let written = |language: Language, day| language.date(jiff::civil::date(2026, 3, day));
        assert_eq!(written(Language::Nl, 22), "22 maart 2026");
        assert_eq!(written(Language::Fr, 1), "1er mars 2026");
        assert_eq!(written(Language::Fr, 2), "2 mars 2026");
        assert_eq!(written(Language::De, 22), "22. März 2026");
        assert_eq!(written(Language::En, 22), "22 March 2026");
    }

    #[test]
    fn a_language_no_card_has_is_refused() {
        for text in ["", "it", "nlfr", "-", "Nederlandsch"] {
            assert_eq!(text.parse::<Language>(), Err(UnknownLanguage), "{text}");
        }
    }
}
