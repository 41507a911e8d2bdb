//! Passwords: what may be one, and its hash.

use std::fmt;

use tokenkaart_token::hash::{CodeHasher, HashError, SALT_LEN, Scheme, Verifier};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use zeroize::Zeroizing;

use super::blocklist;
use crate::password_hash::PasswordHash;

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
pub struct Password {
    text: Zeroizing<String>,
    /// What was typed, where that is another text: another system may have hashed it so.
    as_typed: Option<Zeroizing<String>>,
    /// More was typed than anybody's password has.
    is_cut: bool,
}

/// How a password fits a hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fit {
    /// It is another's.
    No,
    /// It is its own.
    Yes,
    /// It is its own letter by letter as typed, which is not how passwords are kept here.
    AsTyped,
}

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
        // What is longer is nobody's, and is hashed all the same.
        let typed = &text[..text.floor_char_boundary(MAX_BYTES)];
        let text_of_it = normalised(typed);
        let is_other = *text_of_it != typed;
        Self {
            text: text_of_it,
            as_typed: is_other.then(|| Zeroizing::new(typed.to_owned())),
            is_cut: typed.len() < text.len(),
        }
    }

    /// What somebody wants as their new password; `personal` is what they are known by: user name,
    /// address, name. No rule asks for kinds of characters (NIST SP 800-63B-4, section 3.1.1.2).
    ///
    /// # Errors
    /// [`PasswordError`]; nothing of the password is in it.
    pub fn chosen(text: &str, personal: &[&str]) -> Result<Self, PasswordError> {
        let password = Self::typed(text);
        let chars = password.text.chars().count();
        if chars > MAX_PASSWORD_CHARS {
            return Err(PasswordError::Long);
        }
        if chars < MIN_PASSWORD_CHARS {
            return Err(PasswordError::Short);
        }
        if password.text.chars().any(char::is_control) {
            return Err(PasswordError::Control);
        }
        if blocklist::has(&password.text) {
            return Err(PasswordError::Common);
        }
        if personal.iter().any(|text| blocklist::is_little_more_than(&password.text, text)) {
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
    ) -> Result<PasswordHash, HashError> {
        let hash = CodeHasher::new(scheme, None)?.hash_secret(self.text.as_bytes(), salt)?;
        Ok(hash.into())
    }

    /// Whether a hash is this password's, be it as typed. The empty one is nobody's, whatever another
    /// system let people choose.
    ///
    /// # Errors
    /// [`HashError`]; nothing of the password is in it.
    pub(crate) fn fit(
        &self,
        hash: &PasswordHash,
        verifier: &mut Verifier<'_>,
    ) -> Result<Fit, HashError> {
        let can_be = !self.is_cut && !self.text.is_empty();
        if hash.is_of(self.text.as_bytes(), verifier)? && can_be {
            return Ok(Fit::Yes);
        }
        let Some(as_typed) = &self.as_typed else { return Ok(Fit::No) };
        let is_its = hash.is_of(as_typed.as_bytes(), verifier)? && can_be;
        Ok(if is_its { Fit::AsTyped } else { Fit::No })
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

    fn fit(typed: &str, hash: &PasswordHash) -> Fit {
        Password::typed(typed).fit(hash, &mut Verifier::new(None)).unwrap()
    }

    fn hash(text: &str) -> PasswordHash {
        let scheme = "argon2id:m=8,t=1,p=1".parse().unwrap();
        Password::typed(text).hash(scheme, &[7; SALT_LEN]).unwrap()
    }

    #[test]
    fn a_password_is_the_same_from_each_keyboard_and_otherwise_exact() {
        let of = hash("zo\u{eb} en\u{a0}jan te voet");
        let is = |text: &str| fit(text, &of) == Fit::Yes;
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
        assert_eq!(fit(&longest, &of), Fit::Yes);
        for more in [1, 2, 1000, 1_000_000] {
            let longer = format!("{longest}{}", "é".repeat(more));
            assert_eq!(fit(&longer, &of), Fit::No, "{more}");
            assert_eq!(Password::chosen(&longer, &[]).unwrap_err(), PasswordError::Long);
        }
    }

    #[test]
    fn what_another_system_hashed_as_typed_is_its_own_as_typed() {
        let of = |typed: &str| -> PasswordHash {
            let mut hasher =
                CodeHasher::new("argon2id:m=8,t=1,p=1".parse().unwrap(), None).unwrap();
            hasher.hash_secret(typed.as_bytes(), &[7; SALT_LEN]).unwrap().into()
        };
        let (decomposed, composed) = ("zoe\u{308} en\u{a0}jan", "zo\u{eb} en jan");
        assert_eq!(fit(decomposed, &of(decomposed)), Fit::AsTyped);
        assert_eq!(fit(decomposed, &of(composed)), Fit::Yes);
        assert_eq!(fit(composed, &of(decomposed)), Fit::No);
        assert_eq!(fit("zoe en jan", &of(decomposed)), Fit::No);
        // The empty one is nobody's, and what is cut is not what was typed.
        assert_eq!(fit("", &of("")), Fit::No);
        let longest = "x".repeat(MAX_BYTES);
        assert_eq!(fit(&longest, &of(&longest)), Fit::Yes);
        assert_eq!(fit(&format!("{longest}x"), &of(&longest)), Fit::No);
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
