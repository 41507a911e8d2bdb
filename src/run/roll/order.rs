//! In which order cards are printed.

use std::fmt::Write as _;

use tokenkaart_token::{
    country::Country,
    holder::{Holder, Line},
    run_files::Sort,
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::layout;

/// What sorts a holder among others, of whom those at home come first; `None` when nothing is sorted.
pub(super) fn key(sort: Sort, home: Country, holder: &Holder) -> Option<String> {
    if sort == Sort::Input {
        return None;
    }
    let plain = |line: &Option<Line>| plain(line.as_ref().map_or("", Line::as_str));
    let address = &holder.address;
    let (named, code) = (plain(&address.country), plain(&address.postal_code));
    let country = address.country.as_ref().and_then(|line| layout::country(line.as_str()));
    let is_home = named.is_empty() || country == Some(home);
    let rank = match (is_home, code.is_empty()) {
        (true, false) => 0,
        (false, _) => 1,
        (true, true) => 2,
    };
    let named = if is_home { "" } else { &named };
    Some(format!("{rank} {named}\u{1} {code}\u{1} {}", plain(&address.street)))
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
                let holder = holder("1", code, street, country);
                key(Sort::PostalCode, Country::BELGIUM, &holder).unwrap()
            })
            .collect();
        assert!(keys.is_sorted(), "{keys:#?}");
    }
}
