//! What pages say, in four languages. A text that one of them lacks doesn't compile.
//!
//! `{n}` stands for a number, `{name}` for an application, `{line}` for the help line, `{desk}` for
//! the desk, `{day}` for a day, `{time}` for a moment,
//! `{address}` for an e-mail address.

mod all;
mod de;
mod en;
mod fr;
mod nl;

use tokenkaart_token::language::Language;

pub(crate) use self::all::Texts;

/// The texts of a language.
pub(crate) const fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Nl => &nl::TEXTS,
        Language::Fr => &fr::TEXTS,
        Language::De => &de::TEXTS,
        Language::En => &en::TEXTS,
    }
}

/// A text with its values in place.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text of a language with its name, as the file has them.
    fn pairs(source: &str) -> Vec<(String, String)> {
        let body = source.split_once("Texts {").unwrap().1;
        let mut pairs = Vec::new();
        for entry in body.split(",\n    ") {
            if let Some((name, text)) = entry.trim().split_once(':') {
                pairs.push((name.trim().to_owned(), text.to_owned()));
            }
        }
        pairs
    }

    #[test]
    fn all_languages_have_the_same_values_in_their_texts() {
        let names = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap_or_default().to_owned())
                .collect();
            names.sort();
            names
        };
        let english = pairs(include_str!("texts/en.rs"));
        assert!(english.len() > 60, "{}", english.len());
        for other in
            [include_str!("texts/nl.rs"), include_str!("texts/fr.rs"), include_str!("texts/de.rs")]
        {
            let other = pairs(other);
            assert_eq!(english.len(), other.len());
            for ((name, text), (other_name, other_text)) in english.iter().zip(&other) {
                assert_eq!(name, other_name);
                assert_eq!(names(text), names(other_text), "{name}");
            }
        }
    }

    #[test]
    fn a_value_is_put_in_and_never_read_for_another() {
        assert_eq!(fill("a {n} b {line}", &[("n", "{line}"), ("line", "1")]), "a {line} b 1");
        assert_eq!(fill("a", &[]), "a");
    }
}
