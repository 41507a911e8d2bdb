//! E-mail addresses, as an office writes to them.

use std::{fmt, str::FromStr};

use unicode_normalization::UnicodeNormalization as _;

/// Longer than an address may be, in bytes: RFC 5321, section 4.5.3.1.3, without its brackets.
const MAX: usize = 254;
/// Longer than what stands before the `@` may be, in bytes: RFC 5321, section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;

/// A private e-mail address, as its owner writes it: trimmed, NFC.
///
/// It is looked at for slips, not for each rule of RFC 5321: whether somebody reads what is sent
/// there shows only by a mail. Quoted parts and addresses without a domain are none of a citizen's.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct EmailAddress(String);

/// A text is no e-mail address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an e-mail address looks like name@example.be")]
pub struct EmailError;

impl EmailAddress {
    /// The address, to write to.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is compared: two that differ by capitals reach the same person nearly everywhere.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 4 * MAX {
            return Err(EmailError);
        }
        let address: String = text.trim().nfc().collect();
        let (local, domain) = address.rsplit_once('@').ok_or(EmailError)?;
        let is_sign = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric();
        let is_part = |part: &str, signs: &str| {
            !part.is_empty()
                && part.chars().all(|c| {
                    if c.is_ascii() {
                        !is_sign(c) || signs.contains(c)
                    } else {
                        c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
                    }
                })
        };
        let is_label =
            |label: &str| is_part(label, "-") && !label.starts_with('-') && !label.ends_with('-');
        // `atext` of RFC 5322, section 3.2.3.
        let is_word = |word: &str| is_part(word, "!#$%&'*+-/=?^_`{|}~");
        let is_address = address.len() <= MAX
            && local.len() <= MAX_LOCAL
            && local.split('.').all(is_word)
            && domain.contains('.')
            && domain.split('.').all(is_label)
            && !domain.ends_with(|c: char| c.is_ascii_digit());
        if is_address { Ok(Self(address)) } else { Err(EmailError) }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_people_are_taken() {
        for text in
            ["jan@post.be", " Jan.Peeters+stad@Mail.Example.BE ", "o'brien@a-b.eu", "zoë@größe.de"]
        {
            let address: EmailAddress = text.parse().unwrap();
            assert_eq!(address.as_str(), text.trim());
        }
        let [a, b] = ["Jan@Post.be", "jan@post.BE"].map(|t| t.parse::<EmailAddress>().unwrap());
        assert_eq!(a.key(), b.key());
    }

    #[test]
    fn slips_and_hostile_texts_are_refused() {
        let long_local = format!("{}@post.be", "x".repeat(65));
        let long = format!("x@{}.be", "y".repeat(250));
        for text in [
            "",
            "jan",
            "@post.be",
            "jan@",
            "jan@post",
            "jan@@post.be",
            "jan@post..be",
            "jan@.be",
            "ja n@post.be",
            ".jan@post.be",
            "jan.@post.be",
            "jan@-post.be",
            "jan@post.be.",
            "jan@post.be\r\nBcc: all@post.be",
            "jan@[127.0.0.1]",
            "jan@127.0.0.1",
            "\"a b\"@post.be",
            "<jan@post.be>",
            "jan@post.be,piet@post.be",
            "jan\u{202e}@post.be",
            &long_local,
            &long,
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(EmailError), "{text:?}");
        }
        assert_eq!("x".repeat(1_000_000).parse::<EmailAddress>(), Err(EmailError));
    }
}
