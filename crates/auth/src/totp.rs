//! Codes of an authenticator app: RFC 6238 with HMAC-SHA-1, six digits and steps of 30 seconds, which is
//! what every app does; many of them ignore what else they are told.
//!
//! `ring` has the HMAC, and is there for TLS already; a crate for the rest would bring more than the
//! fifty lines here.

use std::fmt;

use jiff::Timestamp;
use rand::TryCryptoRng;
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use subtle::ConstantTimeEq as _;
use tokenkaart_token::token::Random;
use zeroize::Zeroizing;

/// Bytes of a secret: as many as SHA-1 puts out (RFC 4226, section 4, R6).
const SECRET_LEN: usize = 20;
/// Seconds of a step.
const STEP: i64 = 30;
/// Steps before and after the present one whose codes are taken: for a clock that is off, and for
/// slow typing (RFC 6238, section 5.2).
const DRIFT: i64 = 1;
/// The alphabet of Base32 (RFC 4648, section 6), which apps take secrets in.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Letters of a secret that are shown together.
const GROUP: usize = 4;

/// The secret that an app and the service share. It wipes itself, and nothing shows it by accident.
pub struct AppSecret(Zeroizing<[u8; SECRET_LEN]>);

/// What somebody typed as a code of six digits.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Digits(u32);

/// A text is no code of six digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a code has six digits")]
pub struct DigitsError;

impl Digits {
    /// Reads what was typed; blanks and hyphens don't count.
    pub(crate) fn read(typed: &str) -> Result<Self, DigitsError> {
        let mut number = 0;
        let mut count = 0;
        for symbol in typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(7) {
            number = 10 * number + symbol.to_digit(10).ok_or(DigitsError)?;
            count += 1;
        }
        if count == 6 { Ok(Self(number)) } else { Err(DigitsError) }
    }

    /// Draws six digits, each code equally likely.
    pub(crate) fn draw<R: TryCryptoRng>(random: &mut Random<R>) -> Result<Self, R::Error> {
        random.place(1_000_000).map(Self)
    }

    /// The digits, zeros in front too.
    pub(crate) fn text(self) -> Zeroizing<String> {
        Zeroizing::new(format!("{:06}", self.0))
    }

    /// Whether two are the same, in a time that doesn't depend on where they differ.
    pub(crate) fn is(self, other: Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A code is not for a log.
impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(…)")
    }
}

impl AppSecret {
    pub(crate) fn draw<R: TryCryptoRng>(random: &mut Random<R>) -> Result<Self, R::Error> {
        let mut secret = Zeroizing::new([0; SECRET_LEN]);
        for part in secret.chunks_mut(16) {
            part.copy_from_slice(&Zeroizing::new(random.salt()?)[..part.len()]);
        }
        Ok(Self(secret))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// What is compared with where there is no app, so that it costs the same.
    pub(crate) fn of_nobody() -> Self {
        Self(Zeroizing::new([0; SECRET_LEN]))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The code of a step (RFC 4226, section 5.3).
    fn code(&self, step: i64) -> Digits {
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &*self.0);
        let tag = sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 0xf);
        let word =
            tag[offset..offset + 4].iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        Digits((word & 0x7fff_ffff) % 1_000_000)
    }

    /// The step whose code was typed, of those that are taken now and are later than the last one
    /// that was.
    pub(crate) fn step(&self, typed: Digits, last: Option<i64>, now: Timestamp) -> Option<i64> {
        let present = now.as_second().div_euclid(STEP);
        let steps = present - DRIFT..=present + DRIFT;
        // All are computed, whichever it is.
        let found = steps.fold(None, |found, step| {
            let is_it = self.code(step).is(typed) && last.is_none_or(|last| step > last);
            if is_it && found.is_none() { Some(step) } else { found }
        });
        std::hint::black_box(found)
    }

    /// The secret as apps take it: Base32 without padding.
    fn base32(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(SECRET_LEN * 8 / 5));
        let mut bits = 0_u32;
        let mut count = 0;
        for byte in self.0.iter() {
            bits = (bits << 8 | u32::from(*byte)) & 0xffff;
            count += 8;
            while count >= 5 {
                count -= 5;
                text.push(char::from(BASE32[(bits >> count & 31) as usize]));
            }
        }
        text
    }

    /// The secret in groups, for who types it into an app: its way out to one page.
    #[must_use]
    pub fn groups(&self) -> Zeroizing<String> {
        let text = self.base32();
        let mut groups = Zeroizing::new(String::with_capacity(text.len() + text.len() / GROUP));
        for (place, letter) in text.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                groups.push(' ');
            }
            groups.push(letter);
        }
        groups
    }

    /// What an app reads from a QR code: its way out to one page. `issuer` is the office, and
    /// `account` a user name, as apps show them.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (escaped(issuer), escaped(account));
        let secret = self.base32();
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}",
            &*secret
        ))
    }
}

/// A text as a part of an address (RFC 3986, section 2.1): apps read no plus sign as a blank.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |escaped, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            format!("{escaped}{}", char::from(byte))
        }
        _ => format!("{escaped}%{byte:02X}"),
    })
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn secret() -> AppSecret {
        AppSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B; ours are the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (second, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(*secret().code(second / STEP).text(), code[2..], "{second}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_once() {
        let secret = secret();
        let typed = secret.code(1000);
        let step = |last, second| secret.step(typed, last, at(second));
        for second in [29_970, 30_000, 30_029, 30_059] {
            assert_eq!(step(None, second), Some(1000), "{second}");
        }
        assert_eq!((step(None, 29_969), step(None, 30_060)), (None, None));
        assert_eq!((step(Some(999), 30_000), step(Some(1000), 30_000)), (Some(1000), None));
        // A clock that was ahead doesn't give codes back.
        assert_eq!(step(Some(1001), 30_000), None);
        let other = Digits((typed.0 + 1) % 1_000_000);
        assert_eq!(secret.step(other, None, at(30_000)), None);
    }

    #[test]
    fn a_secret_is_shown_as_apps_take_it() {
        // base32 of coreutils.
        assert_eq!(*secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(*secret().groups(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let uri = secret().uri("Ville d’Exemple & co", "zoë");
        assert_eq!(
            *uri,
            "otpauth://totp/Ville%20d%E2%80%99Exemple%20%26%20co:zo%C3%AB\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ville%20d%E2%80%99Exemple%20%26%20co"
        );
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for text in ["123456", " 123 456\n", "123-456"] {
            assert_eq!(Digits::read(text), Ok(Digits(123_456)), "{text:?}");
        }
        assert_eq!(*Digits::read("000001").unwrap().text(), "000001");
        for text in ["", "12345", "1234567", "12345a", "１２３４５６", "99999999999999999999"]
        {
            assert_eq!(Digits::read(text), Err(DigitsError), "{text:?}");
        }
    }

    #[test]
    fn debug_never_shows_a_secret_or_a_code() {
        let shown = format!("{:?} {:?}", secret(), Digits(123_456));
        assert_eq!(shown, "AppSecret(…) Digits(…)");
    }
}
