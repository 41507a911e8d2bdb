//! In which order cards are printed.

use std::{fmt::Write as _, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::holder::{Holder, Line};

/// In which order cards are printed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// As the holder file has them.
    #[default]
    Input,
    /// By postal code, then street, then house number, as the post sorts for its rounds; the
    /// own country first, and those who have no postal code last.
    PostalCode,
}

/// The text names no order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an order is one of input, postal-code")]
pub struct UnknownSort;

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "input" => Ok(Self::Input),
            "postal-code" => Ok(Self::PostalCode),
            _ => Err(UnknownSort),
        }
    }
}

impl Sort {
    /// What sorts the holder among others; `None` when nothing is sorted.
    pub(super) fn key(self, holder: &Holder) -> Option<String> {
        if self == Self::Input {
            return None;
        }
        let plain = |line: &Option<Line>| plain(line.as_ref().map_or("", Line::as_str));
        let address = &holder.address;
        let (country, code) = (plain(&address.country), plain(&address.postal_code));
        let home =
            matches!(&*country, "" | "b" | "be" | "belgie" | "belgique" | "belgien" | "belgium");
        let rank = match (home, code.is_empty()) {
            (true, false) => 0,
            (false, _) => 1,
            (true, true) => 2,
        };
        let country = if home { "" } else { &country };
        Some(format!("{rank} {country}\u{1} {code}\u{1} {}", plain(&address.street)))
    }
}

/// Small letters without marks, and numbers filled up with zeros, so that 9 comes before 10.
fn plain(text: &str) -> String {
    let letters: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let mut plain = String::with_capacity(letters.len() + 8);
    let mut rest = &*letters;
    while let Some(c) = rest.chars().next() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            // Writing to a String cannot fail.
            let _ = write!(plain, "{:0>8}", &rest[..digits]);
            rest = &rest[digits..];
        } else {
            if c != ' ' || !plain.ends_with(' ') {
                plain.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::holder, *};

    #[test]
    fn letters_lie_in_the_order_of_the_postman_s_round() {
        let in_order = [
            ("1000", "Wetstraat 1", ""),
            ("3000", "Écluse 3", "België"),
            ("3000", "Kerkstraat 9", "BE"),
            ("3000", "KERKSTRAAT 10", ""),
            ("3000", "kerkstraat 10 bus 2", ""),
            ("3000", "Kerkstraat 10 bus 11", "Belgique"),
            ("9990", "Aalter", ""),
            ("10115", "Invalidenstraße 1", "Deutschland"),
            ("59000", "Rue 1", "France"),
            ("", "Kerkstraat 1", ""),
        ];
        let keys: Vec<_> = in_order
            .iter()
            .map(|(code, street, country)| {
                Sort::PostalCode.key(&holder("1", code, street, country)).unwrap()
            })
            .collect();
        assert!(keys.is_sorted(), "{keys:#?}");
    }
}
