//! Letters that a name may have and mostly hasn't: they are let through, and a line says so.
//!
//! What can't be right is a fault ([`super::damage`]). `JosÚ` and `ÅŸahin` are each somebody's name or
//! another one read in another encoding, and only a person can tell.

use tokenkaart_token::holder::invisible;

/// Whether somebody should look at a name before it is printed.
pub(super) fn of_name(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_digit() || c == '\u{B0}')
        || matches!(
            name,
            "TRUE" | "FALSE" | "WAAR" | "ONWAAR" | "VRAI" | "FAUX" | "WAHR" | "FALSCH"
        )
        || of_text(name)
}

/// Whether somebody should look at a text before it is printed.
pub(super) fn of_text(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphabetic() && !invisible::is_ignorable(c));
    let has_odd_word = words.filter(|word| !word.is_empty()).any(is_odd);
    let chars: Vec<char> = text.chars().collect();
    let after = |index: usize| chars.get(index + 1).is_some_and(|next| next.is_alphabetic());
    // An opening mark that nothing follows, as Mac OS writes an ë, and a closing one amid a word.
    let has_odd_mark = chars.iter().enumerate().any(|(index, c)| match c {
        '\u{2018}' | '\u{201C}' | '\u{201E}' => !after(index),
        '\u{201D}' => after(index),
        _ => false,
    });
    has_odd_word || has_odd_mark
}

fn is_odd(word: &str) -> bool {
    let chars: Vec<char> = word.chars().collect();
    // The first half of two bytes, the second of which was a blank: `Jan Â Maes`.
    matches!(word, "Â" | "Ã")
        || is_of_two_scripts(&chars)
        || has_odd_capital(&chars)
        || is_utf8(&chars)
}

/// Letters of Latin and others that look like them.
fn is_of_two_scripts(chars: &[char]) -> bool {
    let is_greek_or_cyrillic = |c: &char| matches!(c, '\u{370}'..='\u{52F}');
    let is_latin = |c: &char| c.is_ascii_alphabetic() || matches!(c, '\u{C0}'..='\u{24F}');
    chars.iter().any(is_greek_or_cyrillic) && chars.iter().any(is_latin)
}

/// An accented capital behind small letters, as DOS and Mac OS write small ones: `JosÚ`, `RenŽ`; and
/// the thorn of DOS's ç. Irish has `hÓg` and `MacÉil`.
fn has_odd_capital(chars: &[char]) -> bool {
    let is_odd = |c: &char| c.is_uppercase() && !c.is_ascii();
    chars.iter().enumerate().skip(1).any(|(index, c)| {
        let before = &chars[..index];
        let is_prefix = matches!(before, ['h' | 't' | 'n' | 'd' | 'b' | 'g'])
            || matches!(before, ['M', 'a', 'c' | 'g'] | ['M', 'c']);
        let is_thorn = *c == 'þ'
            && chars
                .get(index + 1)
                .is_some_and(|next| !matches!(next, 'ó' | 'ú' | 'ý' | 'r' | 'u'));
        (is_odd(c) && before[index - 1].is_lowercase() && !is_prefix) || is_thorn
    })
}

/// Two letters that are one in UTF-8 read as Windows-1252: `ÅŸ` for ş.
fn is_utf8(chars: &[char]) -> bool {
    let byte = |c: char| -> Option<u8> {
        let mut buffer = [0; 4];
        let (bytes, _, is_unknown) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
        bytes.first().copied().filter(|_| !is_unknown)
    };
    chars.windows(2).any(|pair| {
        let (Some(first @ 0xC3..=0xC6), Some(second)) = (byte(pair[0]), byte(pair[1])) else {
            return false;
        };
        let letter =
            std::str::from_utf8(&[first, second]).ok().and_then(|text| text.chars().next());
        letter.is_some_and(char::is_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokenkaart_token::holder::din91379;

    #[test]
    fn names_that_may_be_damaged_are_told_from_those_that_are_not() {
        for name in [
            "JosÚ",
            "ZoÙ",
            "HÚlÞne",
            "FranÁois",
            "RenŽe",
            "RenÈ",
            "Franþois",
            "ÅŸahin",
            "Zo\u{2018}",
            "M\u{201D}ller",
            "Jan Â Maes",
            "J\u{430}n",
            "Jan 3",
            "TRUE",
            "Bj\u{B0}rn",
            "Ã",
        ] {
            assert!(of_name(name), "{name}");
        }
        for name in [
            "José",
            "Zoë",
            "Ó hÓgáin",
            "MacÉil",
            "McÉvoy",
            "VÍŠEK",
            "ČÍŽEK",
            "ÅSA ÄRLIG",
            "Þórður",
            "Hafþór",
            "Steinþrúður",
            "Guðrún",
            "Łukasz Żółć",
            "Ελένη Παπά",
            "Петр Стоянов",
            "D\u{2019}Hondt",
            "\u{2018}t Hart",
            "Jan \u{201C}Jef\u{201D} Maes",
            "DeWit",
            "IRMÃ JOÃO",
            "X Æ",
            "Ştefan Şahin",
            "L\u{b4}Hermite",
            "Ana Mª López",
        ] {
            assert!(!of_name(name), "{name}");
        }
        for letter in din91379::latin() {
            assert!(!of_text(&letter) || letter == "Ã" || letter == "Â", "{letter}");
        }
        assert!(!of_text("Kerkstraat 12 bus 3") && of_text("LiÚge"));
    }
}
