//! What pages say, in four languages. A text that one of them lacks doesn't compile.
//!
//! `{n}` stands for a number, `{name}` for an application, `{line}` for the help line, `{desk}` for
//! the desk, `{time}` for a moment.

mod de;
mod en;
mod fr;
mod nl;

use tokenkaart_token::language::Language;

/// All texts of a language.
pub(crate) struct Texts {
    /// The language's own name.
    pub(super) own_name: &'static str,
    pub(super) skip: &'static str,
    pub(super) languages: &'static str,
    pub(super) help: &'static str,
    pub(super) error: &'static str,
    pub(super) problem: &'static str,
    pub(super) back: &'static str,
    pub(super) go_on: &'static str,

    pub(super) choose: &'static str,
    pub(super) to_sign_in_to: &'static str,
    pub(super) token: &'static str,
    pub(super) token_hint: &'static str,
    pub(super) app: &'static str,
    pub(super) app_hint: &'static str,
    pub(super) mail: &'static str,
    pub(super) mail_hint: &'static str,

    pub(super) name_and_password: &'static str,
    pub(super) user_name: &'static str,
    pub(super) password: &'static str,
    pub(super) not_right: &'static str,
    pub(super) user_name_missing: &'static str,
    pub(super) password_missing: &'static str,
    pub(super) password_lost: &'static str,
    pub(super) wait_seconds: &'static str,
    pub(super) wait_minutes: &'static str,

    /// What stands before and after the position in the question for a code.
    pub(super) code_question: [&'static str; 2],
    pub(super) code: &'static str,
    pub(super) code_hint: &'static str,
    pub(super) code_missing: &'static str,
    pub(super) code_wrong: &'static str,
    pub(super) slip_length: &'static str,
    pub(super) slip_symbol: &'static str,
    pub(super) slip_check: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) no_card: &'static str,
    pub(super) no_card_text: &'static str,

    pub(super) few: &'static str,
    pub(super) few_text: &'static str,
    pub(super) few_none: &'static str,
    pub(super) new_card: &'static str,

    pub(super) ended: &'static str,
    pub(super) ended_text: &'static str,
    pub(super) begin_again: &'static str,

    pub(super) own_page: &'static str,
    pub(super) signed_in_as: &'static str,
    pub(super) codes_left: &'static str,
    pub(super) codes_none: &'static str,
    pub(super) last_sign_ins: &'static str,
    pub(super) when: &'static str,
    pub(super) by: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) report: &'static str,
    pub(super) report_text: &'static str,
    pub(super) report_button: &'static str,
    pub(super) reported: &'static str,
    pub(super) reported_text: &'static str,
    pub(super) no_token: &'static str,

    pub(super) sign_out_question: &'static str,
    pub(super) sign_out_text: &'static str,
    pub(super) stay: &'static str,
    pub(super) signed_out: &'static str,
    pub(super) signed_out_text: &'static str,

    pub(super) not_found: &'static str,
    pub(super) not_found_text: &'static str,
    pub(super) no_client: &'static str,
    pub(super) no_redirect: &'static str,
    pub(super) application_fault: &'static str,
    pub(super) form_over: &'static str,
    pub(super) form_over_text: &'static str,
    pub(super) busy: &'static str,
    pub(super) busy_text: &'static str,
    pub(super) fault: &'static str,
    pub(super) fault_text: &'static str,
}

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
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
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
