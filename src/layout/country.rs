//! Countries by what people call them, and the last line of an address: a country, where the letter
//! crosses a border.
//!
//! As posts ask for it (UPU S42, DIN 5008): none inland; abroad the whole name in capitals, in the
//! sender's language, which is the letter's.

use std::{collections::HashMap, sync::LazyLock};

use tokenkaart_token::{country::Country, language::Language};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Countries by their codes (ISO 3166-1, alpha-2) with their names in Dutch, French, German and
/// English, as Unicode CLDR has them.
const NAMES: &str = include_str!("../../assets/countries.tsv");
/// What else people write: signs of cars, three-letter codes, names of old and for short.
const ALSO: [(&str, &str); 24] = [
    ("AT", "a aut osterreich"),
    ("BE", "b bel koninkrijkbelgie royaumedebelgique"),
    ("CH", "che confederationsuisse"),
    ("CZ", "cze tsjechischerepubliek republiquetcheque tschechischerepublik czechrepublic"),
    ("DE", "d deu ger deutschland bundesrepublikdeutschland brd"),
    ("DK", "dnk danmark"),
    ("ES", "e esp espana"),
    ("FI", "fin suomi"),
    ("FR", "f fra"),
    (
        "GB",
        "uk gbr grootbrittannie grandebretagne grossbritannien greatbritain engeland angleterre england",
    ),
    ("GR", "grc"),
    ("HR", "hrv hrvatska"),
    ("HU", "h hun magyarorszag"),
    ("IE", "irl"),
    ("IT", "i ita italia"),
    ("LU", "l lux groothertogdomluxemburg grandducheduluxembourg grandduchedeluxembourg"),
    ("MA", "mar"),
    ("NL", "nld holland hollande"),
    ("NO", "n nor norge"),
    ("PL", "pol polska"),
    ("PT", "p prt"),
    ("SE", "s swe sverige"),
    ("TR", "tur turkiye"),
    ("US", "usa vs verenigdestatenvanamerika etatsunisdamerique unitedstatesofamerica"),
];

/// By what people write, folded: the row of the table.
static ROWS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let rows = NAMES.lines().filter(|line| !line.starts_with('#'));
    let mut known: HashMap<String, &'static str> = HashMap::new();
    for row in rows.clone() {
        known.extend(row.split('\t').map(|name| (fold(name), row)));
    }
    // A code means its own country, whatever another one's name or sign is.
    known.extend(rows.filter_map(|row| Some((fold(row.split('\t').next()?), row))));
    for (code, others) in ALSO {
        if let Some(row) = known.get(&fold(code)).copied() {
            for other in others.split(' ') {
                known.entry(other.to_owned()).or_insert(row);
            }
        }
    }
    known
});

/// The country that a text names, by its code or by a name of it in Dutch, French, German, English or
/// its own language.
#[must_use]
pub fn country(text: &str) -> Option<Country> {
    ROWS.get(&fold(text))?.split('\t').next()?.parse().ok()
}

/// The line of a country as a holder file has it, by code or name, for letters that are posted at
/// `home`; none inland. What is no country that we know stands as it is, in capitals.
pub(super) fn line(text: &str, home: Country, language: Language) -> Option<String> {
    let Some(row) = ROWS.get(&fold(text)) else { return Some(text.to_uppercase()) };
    let [_, names @ ..] = &*row.split('\t').collect::<Vec<_>>() else { return None };
    let column = match language {
        Language::Nl => 0,
        Language::Fr => 1,
        Language::De => 2,
        Language::En => 3,
    };
    let name = names.get(column).filter(|_| country(text) != Some(home))?;
    Some(name.to_uppercase())
}

/// Letters and digits alone, without case, marks and article.
fn fold(text: &str) -> String {
    let lower = text.trim().to_lowercase().replace(['’', 'ʼ'], "'");
    let articles = ["the ", "de ", "het ", "le ", "la ", "les ", "l'"];
    let bare = articles.iter().find_map(|article| lower.strip_prefix(article)).unwrap_or(&lower);
    let plain = bare.nfd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric());
    plain.collect::<String>().replace('ß', "ss")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line on a letter from Belgium.
    fn line(text: &str, language: Language) -> Option<String> {
        super::line(text, Country::BELGIUM, language)
    }

    #[test]
    fn inland_is_where_the_office_is() {
        let [fr, lu] = ["Frankrijk", "L"].map(|text| country(text).unwrap());
        assert_eq!([fr.to_string(), lu.to_string()], ["FR", "LU"]);
        assert_eq!(super::line("France", fr, Language::Fr), None);
        assert_eq!(super::line("België", fr, Language::Fr).as_deref(), Some("BELGIQUE"));
        assert_eq!(super::line("L", lu, Language::De), None);
        assert_eq!(country("Vlaamse Gemeenschap"), None);
    }

    #[test]
    fn a_country_stands_on_letters_abroad_alone_in_capitals_and_in_full() {
        for inland in ["BE", "be", "B", "België", "BELGIQUE", "Belgien", "Belgium", " BEL "] {
            assert_eq!(line(inland, Language::Nl), None, "{inland}");
        }
        for (country, language, expected) in [
            ("FR", Language::Nl, "FRANKRIJK"),
            ("nl", Language::Fr, "PAYS-BAS"),
            ("Les Pays-Bas", Language::De, "NIEDERLANDE"),
            ("The Netherlands", Language::Nl, "NEDERLAND"),
            ("Nederland", Language::En, "NETHERLANDS"),
            ("D", Language::Nl, "DUITSLAND"),
            ("de", Language::Fr, "ALLEMAGNE"),
            ("Deutschland", Language::De, "DEUTSCHLAND"),
            ("Luxembourg", Language::Nl, "LUXEMBURG"),
            ("États-Unis", Language::De, "VEREINIGTE STAATEN"),
            ("Côte d’Ivoire", Language::Nl, "IVOORKUST"),
            ("Österreich", Language::Fr, "AUTRICHE"),
            ("es", Language::Nl, "SPANJE"),
            ("Vlaamse Gemeenschap", Language::Nl, "VLAAMSE GEMEENSCHAP"),
        ] {
            assert_eq!(line(country, language).as_deref(), Some(expected), "{country}");
        }
    }

    #[test]
    fn each_country_has_a_code_and_four_names() {
        let rows: Vec<&str> = NAMES.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.len() > 240);
        for row in rows {
            let cells: Vec<&str> = row.split('\t').collect();
            assert!(cells.len() == 5 && cells.iter().all(|cell| !cell.is_empty()), "{row}");
            assert_eq!(line(cells[0], Language::En).is_none(), cells[0] == "BE", "{row}");
        }
    }
}
