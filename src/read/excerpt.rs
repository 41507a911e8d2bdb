//! Texts of others in our messages: short, in one line, and unable to garble a terminal.

use std::fmt;

use tokenkaart_token::shell::escaped_text;

/// A text from the file, cut short and with everything unprintable escaped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Excerpt(Box<str>);

impl Excerpt {
    /// How many characters of the text are shown.
    pub const MAX_CHARS: usize = 40;

    /// Cuts and escapes a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut chars = text.chars();
        let mut shown = escaped_text(&chars.by_ref().take(Self::MAX_CHARS).collect::<String>());
        if chars.next().is_some() {
            shown.push('…');
        }
        Self(shown.into())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a library says, which may quote the file.
pub(super) fn harmless(error: &impl fmt::Display) -> String {
    escaped_text(&error.to_string())
}

/// Names as a list, each in quotation marks, the first thirty.
#[must_use]
pub fn listed(names: &[String]) -> String {
    const MAX_LISTED: usize = 30;
    let mut texts: Vec<String> =
        names.iter().take(MAX_LISTED).map(|name| format!("\"{}\"", Excerpt::new(name))).collect();
    match names.len().saturating_sub(MAX_LISTED) {
        0 if texts.is_empty() => "none".to_owned(),
        0 => texts.join(", "),
        more => {
            let last = texts.pop().unwrap_or_default();
            format!("{}, {last} and {more} more", texts.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_cannot_garble_a_terminal() {
        for (text, shown) in [
            ("Zoë d'Hondt \"Zo\"", "Zoë d'Hondt \"Zo\""),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("a\u{202e}b\u{feff}\n", "a\\u{202e}b\\u{feff}\\n"),
            ("R\u{304}", "R\u{304}"),
        ] {
            assert_eq!(Excerpt::new(text).to_string(), shown);
        }
        let long = Excerpt::new(&"é".repeat(1000)).to_string();
        assert_eq!(long, format!("{}…", "é".repeat(40)));
    }

    #[test]
    fn a_long_list_of_names_is_cut() {
        let names: Vec<String> = (0..32).map(|n| format!("k{n}")).collect();
        assert_eq!(listed(&names[..2]), "\"k0\", \"k1\"");
        assert!(listed(&names[..30]).ends_with("\"k28\", \"k29\""));
        assert!(listed(&names).ends_with("\"k29\" and 2 more"));
        assert_eq!(listed(&[]), "none");
    }
}
