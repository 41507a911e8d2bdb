//! What programs did to a printed text on its way: letters lost, or shown as others.
//!
//! A damaged name would be printed as it stands, so whatever can be seen of it is a fault.

use std::fmt;

use super::{cell, excerpt::Excerpt, vocabulary::fold};

/// Why a text is not what somebody is called or where somebody lives.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Damage {
    /// There is no letter in it.
    NoLetter,
    /// A question mark, where an export had no letter to write.
    LostLetter,
    /// An entity of HTML or XML, such as `&euml;`.
    Entity(Excerpt),
    /// The bytes of one encoding, shown as the letters of another.
    Mojibake(Excerpt),
    /// A sign that is in no name.
    Sign(char),
    /// A quotation mark without its pair.
    UnpairedQuote,
    /// An apostrophe at its start that is no letter's.
    Apostrophe,
    /// A word that programs write for "nothing", or an error.
    ErrorWord,
    /// A formula, where its result should be.
    Formula,
    /// What stands before a sum.
    TotalRow,
    /// A number from a cell of numbers.
    Number,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLetter => f.write_str("has no letter"),
            Self::LostLetter => f.write_str(
                "has a question mark, as exports write for letters that they don't know; export \
                 it as UTF-8",
            ),
            Self::Entity(entity) => {
                write!(f, "has \"{entity}\", which a web page shows as one letter; type the letter")
            }
            Self::Mojibake(right) => write!(
                f,
                "looks like \"{right}\" read in another encoding; open the source in its own \
                 encoding and export it again"
            ),
            Self::Sign(sign) => write!(
                f,
                "has U+{:04X} ({}), which is in no name; it may be a letter of another encoding",
                u32::from(*sign),
                Excerpt::new(&sign.to_string()),
            ),
            Self::UnpairedQuote => f.write_str("has a quotation mark without its pair"),
            Self::Apostrophe => f.write_str(
                "begins with an apostrophe, as a spreadsheet marks texts; delete it, or write ’ \
                 if it is of the name",
            ),
            Self::ErrorWord => f.write_str("is what programs write for nothing or for an error"),
            Self::Formula => f.write_str("is a formula instead of its result; paste the values"),
            Self::TotalRow => f.write_str("is the word of a total, and no holder; delete the row"),
            Self::Number => f.write_str("is a number; check that this is the right column"),
        }
    }
}

/// Looks at a name or a part of one, unframed.
pub(super) fn of_name(name: &str) -> Option<Damage> {
    // A person may be named Null; programs write it in small letters or capitals throughout.
    let is_nothing = match name {
        "Null" | "None" | "Nil" | "Nan" | "NA" => false,
        "N/A" | "n/a" => true,
        _ => cell::is_nothing(name) || matches!(name, "nihil" | "geen" | "néant" | "keine"),
    };
    if is_nothing || cell::is_sheet_error(name) {
        return Some(Damage::ErrorWord);
    }
    if !name.chars().any(char::is_alphabetic) {
        return Some(Damage::NoLetter);
    }
    of_text(name).or_else(|| name.chars().find(|c| is_foreign_sign(*c)).map(Damage::Sign))
}

/// Looks at a text that is printed: a street, a city, a name.
pub(super) fn of_text(text: &str) -> Option<Damage> {
    if let Some(entity) = entity(text) {
        return Some(Damage::Entity(Excerpt::new(entity)));
    }
    if let Some(right) = mojibake(text) {
        return Some(Damage::Mojibake(Excerpt::new(&right)));
    }
    if text.contains('?') {
        return Some(Damage::LostLetter);
    }
    if text.matches('"').count() % 2 == 1 {
        return Some(Damage::UnpairedQuote);
    }
    if text.starts_with('\'') && !begins_with_article(text) {
        return Some(Damage::Apostrophe);
    }
    text.chars().find(|c| is_foreign_letter(*c)).map(Damage::Sign)
}

/// `'t Hart`, `'s-Gravenmoer`, `'T KINT`: a Dutch article or the like, cut short.
fn begins_with_article(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    let is_letter = chars.next().is_some_and(char::is_alphabetic);
    is_letter && chars.next().is_none_or(|c| !c.is_lowercase())
}

/// What extracts write before the sum of a column.
pub(super) fn is_total(text: &str) -> bool {
    let folded = fold(text);
    let word = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(
        word,
        "totaal"
            | "totalen"
            | "totaux"
            | "total"
            | "totals"
            | "eindtotaal"
            | "subtotaal"
            | "subtotal"
            | "soustotal"
            | "grandtotal"
            | "totalgeneral"
            | "algemeentotaal"
            | "summe"
            | "gesamt"
            | "gesamtsumme"
            | "insgesamt"
            | "zwischensumme"
            | "somme"
            | "som"
            | "aantal"
            | "anzahl"
            | "nombre"
            | "totaalaantal"
            | "aantaltotaal"
            | "nombretotal"
            | "gesamtanzahl"
            | "totaalaantalleden"
            | "aantalleden"
            | "aantalrijen"
            | "aantalrecords"
            | "aantalpersonen"
            | "nombredepersonnes"
            | "nombredemembres"
            | "nombredelignes"
            | "anzahlpersonen"
            | "anzahlmitglieder"
            | "rowcount"
            | "rowsaffected"
            | "rowsselected"
            | "eindevanhetrapport"
            | "einderapport"
            | "findurapport"
            | "berichtsende"
            | "endofreport"
            | "eof"
    )
}

/// Signs of other encodings and of programs: none is written in a street or in a name.
fn is_foreign_letter(c: char) -> bool {
    matches!(c,
        '\\' | '{' | '}' | '|' | '^' | '~' | '<' | '>' | '\u{A1}'..='\u{A9}' | '\u{AC}'
        | '\u{AE}' | '\u{AF}' | '\u{B1}'..='\u{B3}' | '\u{B5}' | '\u{B6}' | '\u{B8}' | '\u{B9}'
        | '\u{BC}'..='\u{BF}' | '\u{D7}' | '\u{F7}' | 'ƒ' | '‚' | '…' | '†' | '‡' | 'ˆ' | '‰'
        | '‹' | '›' | '•' | '˜' | '™' | '€' | '\u{2100}'..='\u{2BFF}' | '\u{E000}'..='\u{F8FF}')
        && !matches!(c, '§')
}

/// Signs that a street may have, and a name not.
fn is_foreign_sign(c: char) -> bool {
    matches!(c, '@' | '#' | '$' | '%' | '+' | '=' | '[' | ']' | '_' | '§')
}

/// An entity as web pages write letters; its semicolon may have been taken for a delimiter.
fn entity(text: &str) -> Option<&str> {
    text.match_indices('&').find_map(|(start, _)| {
        let rest = &text[start + 1..];
        let ends = ["uml", "cute", "rave", "circ", "edil", "ilde", "ring", "lash", "lig", "aron"];
        if !rest.contains([' ', ';']) && ends.iter().any(|end| rest.ends_with(end)) {
            return Some(&text[start..]);
        }
        // A number that is cut off behind its digits.
        let digits = rest.strip_prefix('#').map(|number| number.trim_start_matches(['x', 'X']));
        let is_cut = digits.is_some_and(|digits| {
            let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
            end >= 2 && !digits[end..].starts_with(';')
        });
        if is_cut {
            return Some(text[start..].split(char::is_whitespace).next().unwrap_or_default());
        }
        let name = &rest[..rest.find(';').filter(|end| (2..=8).contains(end))?];
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_number = name
            .strip_prefix('#')
            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        (is_name || is_number).then(|| &text[start..=start + 1 + name.len()])
    })
}

/// The text as it was, if it is UTF-8 that was read as Windows-1252.
///
/// Letters of Western Europe are two bytes in UTF-8, the first of which Windows-1252 shows as Â,
/// Ã, Ä or Å, and the second as a sign that no name has there.
fn mojibake(text: &str) -> Option<String> {
    // With Windows-1252 where it has a letter, and the code point where it has none.
    let byte = |c: char| -> Option<u8> {
        let mut buffer = [0; 4];
        let (bytes, _, is_unknown) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
        match (is_unknown, &*bytes) {
            (false, [byte]) => Some(*byte),
            _ => u8::try_from(u32::from(c)).ok(),
        }
    };
    let chars: Vec<char> = text.chars().collect();
    let mut right = String::new();
    let (mut index, mut found) = (0, 0);
    while let Some(&first) = chars.get(index) {
        let length = match byte(first) {
            Some(0xC2..=0xDF) => 2,
            Some(0xE2) => 3,
            Some(0xF0) => 4,
            _ => 1,
        };
        let bytes: Option<Vec<u8>> = chars
            .get(index..index + length)
            .and_then(|part| part.iter().map(|c| byte(*c)).collect());
        let letter = bytes.filter(|_| length > 1).and_then(|bytes| {
            let letter = std::str::from_utf8(&bytes).ok()?.chars().next()?;
            let is_sure = length > 2
                || matches!(first, 'Â' | 'Ã')
                || !chars[index + 1].is_alphabetic()
                    && !matches!(chars[index + 1], '’' | '‘' | '–' | '—' | '“' | '”' | '·' | '´')
                    && !chars[index + 1].is_whitespace();
            Some((letter, is_sure))
        });
        if let Some((letter, is_sure)) = letter {
            right.push(letter);
            found += if is_sure { 2 } else { 1 };
            index += length;
        } else {
            right.push(first);
            index += 1;
        }
    }
    // `Ã` whose second half, a blank, was trimmed or made a plain one: `VoilÃ `.
    let is_half = chars.windows(2).enumerate().any(|(place, pair)| {
        pair[1] == 'Ã'
            && pair[0].is_lowercase()
            && chars.get(place + 2).is_none_or(|next| next.is_whitespace())
    });
    // UTF-8 as DOS's code page 850 shows it.
    let of_dos = text.contains("ÔÇÖ") || text.contains(['├', '┬', '─', '┼']);
    if is_half || of_dos {
        let right = if is_half { right.replace('Ã', "à") } else { right };
        return Some(right);
    }
    (found >= 2).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_as_registers_write_it_is_whole() {
        for name in [
            "Jan Peeters",
            "Null",
            "None",
            "Jennifer Null",
            "O",
            "X Æ",
            "Zoë",
            "'t Hart",
            "'T KINT",
            "'s Jongers",
            "D\u{2019}Hondt",
            "Ana Mª López",
            "Jan \"Jef\" Peeters",
            "Peeters (wed. Janssens)",
            "JOÃO",
            "IRMÃ",
            "Conceição",
            "ÅSA ÄRLIG",
            "VÍŠEK",
            "ČÍŽEK",
            "JOSÉ\u{2013}MARIA",
            "Weiß\u{2019}",
            "Müller/Meier",
            "Jr. & Co",
            "Żółć",
            "Ștefan",
            "Ελένη",
            "Дмитрий",
            "N'Diaye",
            "ʻAkau",
            "Karel de 5e",
            "Ann Total",
            "Summer",
            "Jean-Noël",
            "Voßkuhle",
            "Anh Đặng",
            "Ô",
            "Sœur Marie",
            "L´Hermite",
        ] {
            assert_eq!(of_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_name_without_a_letter_or_with_lost_ones_is_told() {
        for (name, damage) in [
            ("???", Damage::NoLetter),
            (".", Damage::NoLetter),
            ("4711", Damage::NoLetter),
            ("-", Damage::NoLetter),
            ("n/a", Damage::ErrorWord),
            ("N/A", Damage::ErrorWord),
            ("NULL", Damage::ErrorWord),
            ("null", Damage::ErrorWord),
            ("undefined", Damage::ErrorWord),
            ("#NAAM?", Damage::ErrorWord),
            ("\\N", Damage::ErrorWord),
            ("Onbekend", Damage::ErrorWord),
            ("Zo&#235", Damage::Entity(Excerpt::new("&#235"))),
            ("Zo&#xEB Maes", Damage::Entity(Excerpt::new("&#xEB"))),
            ("J?r?me", Damage::LostLetter),
            ("Ren?", Damage::LostLetter),
            ("Jan \\Jef Peeters", Damage::Sign('\\')),
            ("Jan@dorp.be", Damage::Sign('@')),
            ("Zo%C3%AB", Damage::Sign('%')),
            ("Zo=C3=AB", Damage::Sign('=')),
            ("Zo_x00EB_", Damage::Sign('_')),
            ("Jan \"Jef Peeters", Damage::UnpairedQuote),
            ("'Jan", Damage::Apostrophe),
        ] {
            assert_eq!(of_name(name), Some(damage), "{name}");
        }
    }

    #[test]
    fn the_word_before_a_sum_is_known_and_a_name_is_none() {
        for text in ["Totaal", "Totaal: 46", "TOTAL 3", "Summe", "Aantal leden: 12", "Sous-total"] {
            assert!(is_total(text), "{text}");
        }
        for text in ["Ann Total", "Summer", "Nombre Jan", "Totalis", "12"] {
            assert!(!is_total(text), "{text}");
        }
    }

    #[test]
    fn utf8_that_was_read_as_another_encoding_is_told_with_what_it_was() {
        for (shown, right) in [
            ("ZoÃ«", "Zoë"),
            ("RenÃ© FranÃ§ois", "René François"),
            ("GÃ¼nther MÃ¼ller", "Günther Müller"),
            ("VoilÃ\u{a0}", "Voilà"),
            ("VoilÃ Jean", "Voilà Jean"),
            ("Dâ€™Hondt", "D’Hondt"),
            ("È˜tefan È™i", "Ștefan și"),
            ("Ð”Ð¼Ð¸Ñ‚Ñ€Ð¸Ð¹", "Дмитрий"),
            ("JosÃƒÂ©", "JosÃ©"),
            ("MarÃ\u{ad}a", "María"),
        ] {
            assert_eq!(mojibake(shown).as_deref(), Some(right), "{shown}");
            assert!(matches!(of_name(shown), Some(Damage::Mojibake(_))), "{shown}");
        }
        // UTF-8 by a Mac, DOS's letters by Windows, and a lost letter of Oracle.
        for shown in ["Ren√©", "Zo‰", "Ren‚", "Fran‡ois", "M\u{201e}rz ‡", "Ren├®", "Zo¿", "Zo¨½"]
        {
            assert!(of_name(shown).is_some(), "{shown}");
        }
    }

    #[test]
    fn entities_of_web_pages_are_told() {
        for (name, entity) in [
            ("Zo&euml;", "&euml;"),
            ("D&#39;Hondt", "&#39;"),
            ("Jan &amp; An", "&amp;"),
            ("Zo&#xEB; X", "&#xEB;"),
            ("Zo&euml", "&euml"),
            ("Ren&eacute", "&eacute"),
        ] {
            assert_eq!(of_name(name), Some(Damage::Entity(Excerpt::new(entity))), "{name}");
        }
        assert_eq!(of_name("Jan & An; Jef"), None);
    }

    #[test]
    fn a_street_may_have_signs_that_a_name_has_not() {
        for street in
            ["Kerkstraat 12", "Rue n° 5", "Haus #3", "'s-Gravenweg 1", "Dorp 1 (bus 2)", "12 bis"]
        {
            assert_eq!(of_text(street), None, "{street}");
        }
        for street in ["Stra?e 1", "StraÃŸe 1", "Stra&szlig;e 1", "Li├¿ge", "'Kerkstraat 1"] {
            assert!(of_text(street).is_some(), "{street}");
        }
    }
}
