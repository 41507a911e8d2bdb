//! Passwords: what may be one, and its hash.

use std::fmt;

use tokenkaart_token::hash::{CodeHasher, HashError, PhcString, SALT_LEN, Scheme, Verifier};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use zeroize::Zeroizing;

use super::blocklist;

/// The fewest characters of a password. NIST SP 800-63B-4, section 3.1.1.2, asks for 8 beside
/// another factor and for 15 alone.
pub const MIN_PASSWORD_CHARS: usize = 12;
/// The most characters of a password; NIST wants 64 at least to be possible.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// More bytes than so many characters can have.
const MAX_BYTES: usize = 4 * (MAX_PASSWORD_CHARS + 1);

/// A password in the clear; wiped on drop, and shown by nothing.
///
/// It is what was typed by the profile `OpaqueString` of RFC 8265, section 4.2: blanks of all kinds
/// are the same blank, and letters with marks are NFC, so that two keyboards type the same.
pub struct Password(Zeroizing<String>);

/// Why a password may not be one. Nothing of it is said.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// It has too few characters.
    #[error(
        "a password has at least {MIN_PASSWORD_CHARS} characters; a few words in a row will do"
    )]
    Short,
    /// It has too many characters.
    #[error("a password has up to {MAX_PASSWORD_CHARS} characters")]
    Long,
    /// A character that nobody can type again.
    #[error("a password has letters, digits, signs and blanks, and no control characters")]
    Control,
    /// Many people have it.
    #[error("this password is among the first that are guessed; take another one")]
    Common,
    /// It says who has it.
    #[error("this password is little more than the user name or the address; take another one")]
    Personal,
}

impl Password {
    /// What somebody typed who signs in.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        // What is longer is nobody's, and stays longer.
        let end = text.floor_char_boundary(MAX_BYTES);
        Self(normalised(&text[..end]))
    }

    /// What somebody wants as their new password; `personal` is what they are known by: user name,
    /// address, name. No rule asks for kinds of characters (NIST SP 800-63B-4, section 3.1.1.2).
    ///
    /// # Errors
    /// [`PasswordError`]; nothing of the password is in it.
    pub fn chosen(text: &str, personal: &[&str]) -> Result<Self, PasswordError> {
        let password = Self::typed(text);
        let chars = password.0.chars().count();
        if chars > MAX_PASSWORD_CHARS {
            return Err(PasswordError::Long);
        }
        if chars < MIN_PASSWORD_CHARS {
            return Err(PasswordError::Short);
        }
        if password.0.chars().any(char::is_control) {
            return Err(PasswordError::Control);
        }
        if blocklist::has(&password.0) {
            return Err(PasswordError::Common);
        }
        if personal.iter().any(|text| blocklist::is_little_more_than(&password.0, text)) {
            return Err(PasswordError::Personal);
        }
        Ok(password)
    }

    /// Its hash.
    ///
    /// # Errors
    /// [`HashError`]; nothing of the password is in it.
    pub(crate) fn hash(
        &self,
        scheme: Scheme,
        salt: &[u8; SALT_LEN],
    ) -> Result<PhcString, HashError> {
        CodeHasher::new(scheme, None)?.hash_secret(self.0.as_bytes(), salt)
    }

    /// Whether a hash is this password's.
    pub(crate) fn is_of(
        &self,
        hash: &PhcString,
        verifier: &mut Verifier<'_>,
    ) -> Result<bool, HashError> {
        verifier.verify_secret(self.0.as_bytes(), hash)
    }
}

fn normalised(text: &str) -> Zeroizing<String> {
    // NFC makes a text three times as long at most (UAX #15, section 12), so that no copy is left
    // behind by growing.
    let mut password = Zeroizing::new(String::with_capacity(3 * text.len()));
    let is_blank = |c: char| c != ' ' && !c.is_control() && c.is_whitespace();
    password.extend(text.chars().map(|c| if is_blank(c) { ' ' } else { c }).nfc());
    password
}

/// A text without marks, capitals and what is no letter or digit.
pub(super) fn bare(text: &str) -> Zeroizing<String> {
    let mut bare = Zeroizing::new(String::with_capacity(4 * text.len()));
    let letters = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    bare.extend(letters.filter(|c| c.is_alphanumeric()));
    bare
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> PhcString {
        let scheme = "argon2id:m=8,t=1,p=1".parse().unwrap();
        Password::typed(text).hash(scheme, &[7; SALT_LEN]).unwrap()
    }

    #[test]
    fn a_password_is_the_same_from_each_keyboard_and_otherwise_exact() {
        let of = hash("zo\u{eb} en\u{a0}jan te voet");
        let is = |text: &str| Password::typed(text).is_of(&of, &mut Verifier::new(None)).unwrap();
        assert!(is("zo\u{eb} en jan te voet") && is("zoe\u{308} en\u{2003}jan te voet"));
        for other in
            ["zoe en jan te voet", "Zo\u{eb} en jan te voet", " zo\u{eb} en jan te voet", ""]
        {
            assert!(!is(other), "{other}");
        }
    }

    #[test]
    fn a_password_is_no_prefix_of_a_longer_one() {
        let longest = "é".repeat(MAX_PASSWORD_CHARS);
        let of = hash(&longest);
        assert!(Password::typed(&longest).is_of(&of, &mut Verifier::new(None)).unwrap());
        for more in [1, 2, 1000, 1_000_000] {
            let longer = format!("{longest}{}", "é".repeat(more));
            assert!(
                !Password::typed(&longer).is_of(&of, &mut Verifier::new(None)).unwrap(),
                "{more}"
            );
            assert_eq!(Password::chosen(&longer, &[]).unwrap_err(), PasswordError::Long);
        }
    }

    #[test]
    fn rules_ask_for_length_and_nothing_else() {
        let refused = |text: &str| Password::chosen(text, &[]).err();
        for text in ["korte nacht!", "zzqfmwvbtkxh", "vier blauwe olifanten", "пять зелёных слонов"]
        {
            assert_eq!(refused(text), None, "{text}");
        }
        assert_eq!(refused("elf tekens!"), Some(PasswordError::Short));
        // As many bytes as are needed, and half the characters.
        assert_eq!(refused("ééäöüß"), Some(PasswordError::Short));
        assert_eq!(refused("a line\nand another"), Some(PasswordError::Control));
    }

    #[test]
    fn who_somebody_is_makes_no_password() {
        let personal = ["jan.peeters", "j.peeters@post.be", "Jan Peeters"];
        let refused = |text: &str| Password::chosen(text, &personal).err();
        for text in ["Jan.Peeters1", "peeters jan 1980", "j.peeters@post.be", "JanPeeters!!!"] {
            assert_eq!(refused(text), Some(PasswordError::Personal), "{text}");
        }
        assert_eq!(refused("jan fietst op maandag naar gent"), None);
    }

    #[test]
    fn nothing_shows_a_password() {
        let password = Password::chosen("vier blauwe olifanten", &[]).unwrap();
        assert_eq!(format!("{password:?} {password:#?}"), "Password(…) Password(…)");
        for error in ["x", &"x".repeat(999), "aaaaaaaaaaaaaaa"]
            .map(|text| Password::chosen(text, &[]).unwrap_err())
        {
            assert!(!format!("{error} {error:?}").contains("xx"), "{error}");
        }
    }
}
