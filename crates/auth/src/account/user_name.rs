//! User names, in the one form that is compared.

use std::{fmt, str::FromStr};

use unicode_normalization::UnicodeNormalization as _;

/// Longer than a user name may be, in characters.
pub const MAX_USER_NAME_CHARS: usize = 64;

/// A user name: in small letters, NFC, without blanks, up to [`MAX_USER_NAME_CHARS`] characters.
///
/// `Jan.Peeters` and `jan.peeters` are the same, by the profile `UsernameCaseMapped` of RFC 8265,
/// section 3.3; of its letters and digits all are taken, and of signs `.`, `-`, `_`, `+`, `'` and
/// `@`, so that an e-mail address may be one.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UserName(String);

/// Why a text is no user name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UserNameError {
    /// There is nothing.
    #[error("a user name has at least one letter or digit")]
    Empty,
    /// It is too long.
    #[error("a user name has up to {MAX_USER_NAME_CHARS} characters")]
    Long,
    /// A character that no user name has.
    #[error("a user name has letters, digits and . - _ + ' @ and no blanks")]
    Character,
}

impl UserName {
    /// The user name as the store knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    /// Blanks around it are left out, as password managers and telephones add them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Before anything is made of it, so that a long one costs nothing.
        if text.len() > 8 * MAX_USER_NAME_CHARS {
            return Err(UserNameError::Long);
        }
        let name: String = text.trim().nfkc().flat_map(char::to_lowercase).nfc().collect();
        if !name.chars().any(char::is_alphanumeric) {
            return Err(if name.is_empty() {
                UserNameError::Empty
            } else {
                UserNameError::Character
            });
        }
        let is_of_a_name = |c: char| c.is_alphanumeric() || is_mark(c) || ".-_+'@".contains(c);
        if !name.chars().all(is_of_a_name) {
            return Err(UserNameError::Character);
        }
        if name.chars().count() > MAX_USER_NAME_CHARS {
            return Err(UserNameError::Long);
        }
        Ok(Self(name))
    }
}

/// A mark on a letter that has no composed form.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_one_whatever_its_capitals_and_marks() {
        let name = |text: &str| text.parse::<UserName>().map(|name| name.0);
        for text in ["Jan.Peeters", " jan.peeters\t", "ＪＡＮ.peeters"] {
            assert_eq!(name(text), Ok("jan.peeters".to_owned()), "{text}");
        }
        assert_eq!(name("Zo\u{eb}"), name("zoe\u{308}"));
        assert_eq!(name("zoë@post.be"), Ok("zoë@post.be".to_owned()));
        assert_eq!(name("o'brien"), Ok("o'brien".to_owned()));
    }

    #[test]
    fn what_is_no_user_name_is_refused() {
        let refused = |text: &str| text.parse::<UserName>().unwrap_err();
        assert_eq!(refused(""), UserNameError::Empty);
        assert_eq!(refused(" \u{a0} "), UserNameError::Empty);
        for text in
            ["...", "a b", "a\nb", "a\u{200b}b", "a\u{202e}b", "a/b", "<b>", "a\0", "\u{308}"]
        {
            assert_eq!(refused(text), UserNameError::Character, "{text:?}");
        }
        assert!("x".repeat(64).parse::<UserName>().is_ok());
        for length in [65, 512, 513, 1_000_000] {
            assert_eq!(refused(&"x".repeat(length)), UserNameError::Long, "{length}");
        }
    }
}
