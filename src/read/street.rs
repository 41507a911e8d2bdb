//! House number and box, which extracts have in columns of their own, joined to the street as
//! the country of the address writes them.
//!
//! * Belgium: `Kerkstraat 12 bus 3`, `Rue Haute 12 bte 3` (bpost, addressing guidelines);
//! * the Netherlands: `Kerkstraat 12A`, `Kerkstraat 12-3`, `Kerkstraat 12 bis` (NEN 5825);
//! * Germany: `Hauptstraße 12 a` (DIN 5008);
//! * France: `12 bis rue de la Paix` (NF Z10-011);
//! * Luxembourg: `12, rue de la Gare` (POST Luxembourg).

use tokenkaart_token::language::Language;

use super::{country::Country, vocabulary::fold};

/// The parts of a street line, unframed; empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) street: &'a str,
    pub(super) number: &'a str,
    pub(super) suffix: &'a str,
    pub(super) box_number: &'a str,
    /// The header over the boxes.
    pub(super) box_header: &'a str,
}

/// What an address says of where it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Where<'a> {
    pub(super) country: Option<&'a str>,
    pub(super) postal_code: Option<&'a str>,
    pub(super) language: Option<Language>,
}

/// The street line of an address; empty when there is nothing of it.
pub(super) fn joined(parts: Parts<'_>, place: Where<'_>) -> String {
    let Parts { street, number, .. } = parts;
    let country = country_of(street, place);
    let number = number_with_suffix(number, parts.suffix, country);
    let mut line = match country {
        _ if number.is_empty() || ends_in(street, &number) => street.to_owned(),
        _ if street.is_empty() => number,
        Some(Country::France) => format!("{number} {street}"),
        Some(Country::Luxembourg) => format!("{number}, {street}"),
        _ => format!("{street} {number}"),
    };
    let box_number = parts.box_number;
    if is_box(box_number) {
        let word = if box_number.starts_with(|c: char| c.is_ascii_digit()) || box_number.len() <= 2
        {
            box_word(parts.box_header, place.language, country, street)
        } else {
            ""
        };
        let separator = if word.is_empty() { "" } else { " " };
        line = format!("{line} {word}{separator}{box_number}");
        return line.trim().to_owned();
    }
    line
}

/// Whether there is a house or a box behind a text: a 0 of an export is none.
fn is_box(text: &str) -> bool {
    !text.is_empty() && !text.chars().all(|c| matches!(c, '0' | '-' | '.' | '/' | ' '))
}

fn number_with_suffix(number: &str, suffix: &str, country: Option<Country>) -> String {
    let number = if is_box(number) { number } else { "" };
    if suffix.is_empty() || number.is_empty() || suffix == "-" {
        return number.to_owned();
    }
    let is_letter = suffix.chars().count() == 1 && suffix.chars().all(char::is_alphabetic);
    let is_digits = suffix.bytes().all(|byte| byte.is_ascii_digit());
    match country {
        Some(Country::Germany) => format!("{number} {suffix}"),
        _ if is_letter => format!("{number}{suffix}"),
        Some(Country::France) => format!("{number} {suffix}"),
        _ if is_digits => format!("{number}-{suffix}"),
        _ if suffix.starts_with(['-', '/']) => format!("{number}{suffix}"),
        _ => format!("{number} {suffix}"),
    }
}

/// Whether a street has its number already.
fn ends_in(street: &str, number: &str) -> bool {
    let last = street.rsplit([' ', ',']).next().unwrap_or_default();
    last.eq_ignore_ascii_case(number)
}

/// Where an address is: by its country, else by what its postal code and its street look like.
fn country_of(street: &str, place: Where<'_>) -> Option<Country> {
    if let Some(country) = place.country {
        return Country::named(country);
    }
    let code = place.postal_code.unwrap_or_default().trim();
    let upper = code.to_uppercase();
    let is_digits = code.bytes().all(|byte| byte.is_ascii_digit());
    match (code.len(), is_digits) {
        (4, true) => Some(Country::Belgium),
        (5, true) if is_french(street) => Some(Country::France),
        (5, true) => Some(Country::Germany),
        _ if upper.starts_with("L-") => Some(Country::Luxembourg),
        _ if upper.starts_with("F-") => Some(Country::France),
        _ if upper.starts_with("D-") => Some(Country::Germany),
        _ if upper.starts_with("B-") => Some(Country::Belgium),
        (6..=7, false) => Some(Country::Netherlands),
        _ => None,
    }
}

/// Whether a street begins as French ones do.
fn is_french(street: &str) -> bool {
    let first = street.split([' ', '\'', '\u{2019}']).next().unwrap_or_default();
    matches!(
        fold(first).as_str(),
        "rue"
            | "avenue"
            | "av"
            | "place"
            | "pl"
            | "boulevard"
            | "bd"
            | "bld"
            | "chemin"
            | "che"
            | "ch"
            | "impasse"
            | "imp"
            | "allee"
            | "all"
            | "allees"
            | "quai"
            | "route"
            | "rte"
            | "cours"
            | "square"
            | "sq"
            | "passage"
            | "sentier"
            | "ruelle"
            | "clos"
            | "cite"
            | "residence"
            | "hameau"
            | "lieu"
            | "lotissement"
            | "faubourg"
            | "fbg"
            | "chaussee"
            | "drève"
            | "dreve"
            | "esplanade"
            | "montee"
            | "villa"
            | "venelle"
            | "rond"
            | "voie"
            | "mail"
            | "parvis"
            | "traverse"
            | "sente"
            | "cour"
            | "digue"
            | "galerie"
    )
}

/// What Belgian addresses write before the number of a box.
fn box_word(
    header: &str,
    language: Option<Language>,
    country: Option<Country>,
    street: &str,
) -> &'static str {
    if !matches!(country, None | Some(Country::Belgium)) {
        return "";
    }
    let header = fold(header);
    if header.starts_with("bus") || header.starts_with("brievenbus") {
        // The header is the extract's; the street is the address's own.
        return if is_french(street) { "bte" } else { "bus" };
    }
    if header.starts_with("boite") || header.starts_with("bt") || is_french(street) {
        return "bte";
    }
    match language {
        Some(Language::Fr) => "bte",
        _ if header.starts_with("briefkasten") || header == "bfk" => "Bfk.",
        _ => "bus",
    }
}

/// Whether a spreadsheet took a house number for a date: `5-7` became `5-jul`.
pub(super) fn is_date(text: &str) -> bool {
    const MONTHS: [&str; 29] = [
        "jan", "janv", "feb", "febr", "fev", "fevr", "mrt", "maa", "mars", "mar", "marz", "mrz",
        "apr", "avr", "mei", "mai", "may", "jun", "juin", "jul", "juil", "aug", "aout", "sep",
        "sept", "okt", "oct", "nov", "dez",
    ];
    let mut parts: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .map(fold)
        .filter(|part| !part.is_empty())
        .collect();
    let before = parts.len();
    parts.retain(|part| {
        !(MONTHS.contains(&part.as_str()) || matches!(part.as_str(), "dec" | "juni" | "juli"))
    });
    before == parts.len() + 1
        && (1..=2).contains(&parts.len())
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(parts: [&str; 4], country: &str, postal_code: &str) -> String {
        let [street, number, suffix, box_number] = parts;
        let parts = Parts { street, number, suffix, box_number, box_header: "" };
        joined(
            parts,
            Where {
                country: (!country.is_empty()).then_some(country),
                postal_code: (!postal_code.is_empty()).then_some(postal_code),
                language: None,
            },
        )
    }

    #[test]
    fn a_street_line_is_joined_as_its_country_writes_it() {
        for (parts, country, code, expected) in [
            (["Kerkstraat", "12", "", "3"], "", "9000", "Kerkstraat 12 bus 3"),
            (["Kerkstraat", "12", "A", ""], "België", "9000", "Kerkstraat 12A"),
            (["Rue Haute", "12", "", "3"], "", "1000", "Rue Haute 12 bte 3"),
            (["Kerkstraat", "12", "A", ""], "NL", "1234 AB", "Kerkstraat 12A"),
            (["Kerkstraat", "12", "3", ""], "", "1234 AB", "Kerkstraat 12-3"),
            (["Kerkstraat", "12", "bis", ""], "NL", "1234 AB", "Kerkstraat 12 bis"),
            (["Hauptstraße", "12", "a", ""], "DE", "10115", "Hauptstraße 12 a"),
            (["Hauptstraße", "12", "", ""], "", "10115", "Hauptstraße 12"),
            (["rue de la Paix", "12", "bis", ""], "France", "75002", "12 bis rue de la Paix"),
            (["rue de la Paix", "12", "", ""], "", "75002", "12 rue de la Paix"),
            (["rue de la Gare", "12", "", ""], "LU", "1009", "12, rue de la Gare"),
            (["Kerkstraat 12", "12", "", ""], "", "9000", "Kerkstraat 12"),
            (["Kerkstraat", "", "", ""], "", "9000", "Kerkstraat"),
            (["Kerkstraat", "12", "", "0"], "", "9000", "Kerkstraat 12"),
            (["Kerkstraat", "0", "", ""], "", "9000", "Kerkstraat"),
            (["Kerkstraat", "12", "", "bus 3"], "", "9000", "Kerkstraat 12 bus 3"),
            (["Kerkstraat", "12", "", "B3"], "", "9000", "Kerkstraat 12 bus B3"),
            (["Kerkstraat", "12", "", "0301"], "", "9000", "Kerkstraat 12 bus 0301"),
            (["Kerkstraat", "z/n", "", ""], "", "9000", "Kerkstraat z/n"),
            (["", "12", "", ""], "", "9000", "12"),
            (["", "", "", ""], "", "", ""),
            (["High Street", "12", "", ""], "UK", "SW1A 1AA", "High Street 12"),
        ] {
            assert_eq!(line(parts, country, code), expected);
        }
    }

    #[test]
    fn the_word_before_a_box_is_that_of_the_street_or_the_extract() {
        let word =
            |header, language, street| box_word(header, language, Some(Country::Belgium), street);
        assert_eq!(word("bus", None, "Kerkstraat"), "bus");
        assert_eq!(word("bus", None, "Rue Haute"), "bte");
        assert_eq!(word("boîte", None, "Place Verte"), "bte");
        assert_eq!(word("box", Some(Language::Fr), "Haut-Fays"), "bte");
        assert_eq!(word("Briefkasten", Some(Language::De), "Gospertstraße"), "Bfk.");
    }

    #[test]
    fn a_house_number_that_became_a_date_is_seen() {
        for text in ["5-jul", "05/jul", "7-mei", "mei-07", "1-févr", "3. Okt", "12-dec-26"] {
            assert!(is_date(text), "{text}");
        }
        for text in ["12", "12A", "12-14", "12/3", "z/n", "12 bis", "Jan", "5 rue", "dec", ""] {
            assert!(!is_date(text), "{text}");
        }
    }
}
