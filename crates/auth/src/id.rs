//! Names that whoever holds them can use: they begin with their lane, and the store keeps digests.

use std::{fmt, marker::PhantomData, str::FromStr};

use rand::TryCryptoRng;
use tokenkaart_token::{files::Sha256Digest, token::Random};
use zeroize::Zeroizing;

use crate::Lane;

/// Hexadecimal digits of an id: two of the lane, and 64 of 256 random bits.
const DIGITS: usize = 66;

/// A name that whoever holds it can use: a lane and 256 random bits, 66 hexadecimal digits. `K`
/// says what it names.
///
/// It goes to one browser or application, and the store keeps its SHA-256. It wipes itself, and
/// `Debug` shows nothing of it.
pub struct SecretId<K> {
    text: Zeroizing<String>,
    kind: PhantomData<fn() -> K>,
}

/// What a [`SignInId`] names.
#[derive(Debug)]
pub enum OfSignIn {}
/// What a [`SessionId`] names.
#[derive(Debug)]
pub enum OfSession {}
/// What a [`DeskSessionId`] names.
#[derive(Debug)]
pub enum OfDesk {}
/// What a [`ChangeId`] names.
#[derive(Debug)]
pub enum OfChange {}
/// What an [`ActivationLink`] names.
#[derive(Debug)]
pub enum OfActivation {}
/// What a [`GrantCode`] names.
#[derive(Debug)]
pub enum OfGrant {}
/// What an [`AccessToken`] names.
#[derive(Debug)]
pub enum OfAccess {}

/// The name of a sign-in under way.
pub type SignInId = SecretId<OfSignIn>;
/// The name of a browser's session.
pub type SessionId = SecretId<OfSession>;
/// The name of a browser's session at the desk.
pub type DeskSessionId = SecretId<OfDesk>;
/// The name of a change of an account that is under way.
pub type ChangeId = SecretId<OfChange>;
/// What is in the link that somebody is mailed to activate their account.
pub type ActivationLink = SecretId<OfActivation>;
/// The authorization code of OpenID Connect.
pub type GrantCode = SecretId<OfGrant>;
/// The access token of OAuth 2.0, a bearer token of RFC 6750.
pub type AccessToken = SecretId<OfAccess>;

/// A text is no id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an id has 66 hexadecimal digits in lower case")]
pub struct SecretIdError;

impl<K> SecretId<K> {
    pub(crate) fn draw<R: TryCryptoRng>(
        lane: Lane,
        random: &mut Random<R>,
    ) -> Result<Self, R::Error> {
        let (high, low) = (Zeroizing::new(random.salt()?), Zeroizing::new(random.salt()?));
        let mut text = Zeroizing::new(String::with_capacity(DIGITS));
        for byte in [lane_byte(lane)].iter().chain(high.iter()).chain(low.iter()) {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
            }
        }
        Ok(Self { text, kind: PhantomData })
    }

    /// The lane that what it names is in.
    #[must_use]
    pub fn lane(&self) -> Lane {
        let digits = self.text.get(..2).unwrap_or_default();
        // Two digits, as every id has.
        u16::from_str_radix(digits, 16).ok().and_then(Lane::new).unwrap_or(Lane::OFFICE)
    }

    /// The id as text: for a cookie, an answer or the link of a mail, and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The same bits as the name of another thing, which they name from now on.
    pub(crate) fn renamed<L>(self) -> SecretId<L> {
        SecretId { text: self.text, kind: PhantomData }
    }

    /// What the store knows it by.
    pub(crate) fn digest(&self) -> String {
        Sha256Digest::of(self.text.as_bytes()).to_string()
    }
}

/// A holder's lane has a byte; none of these names is of the office's.
fn lane_byte(lane: Lane) -> u8 {
    u8::try_from(lane.number()).unwrap_or(u8::MAX)
}

impl<K> FromStr for SecretId<K> {
    type Err = SecretIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == DIGITS && text.bytes().all(is_digit) {
            Ok(Self { text: Zeroizing::new(text.to_owned()), kind: PhantomData })
        } else {
            Err(SecretIdError)
        }
    }
}

impl<K> fmt::Debug for SecretId<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretId(…)")
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::ChaCha20Rng};

    use super::*;

    #[test]
    fn an_id_names_its_lane_and_is_read_back() {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        for lane in Lane::of_holders() {
            let id = SessionId::draw(lane, &mut random).unwrap();
            assert_eq!((id.lane(), id.expose().len()), (lane, 66));
            let again: SessionId = id.expose().parse().unwrap();
            assert_eq!(again.digest(), id.digest());
            assert!(!id.digest().contains(&id.expose()[2..]));
        }
        let [a, b] = [1, 2].map(|_| SessionId::draw(Lane::of("x"), &mut random).unwrap());
        assert_ne!(a.expose(), b.expose());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let digits = "0".repeat(66);
        assert!(digits.parse::<SignInId>().is_ok());
        for text in ["", &digits[1..], &format!("{digits}0"), &digits.replace("00", "0A")] {
            assert_eq!(text.parse::<SignInId>().map(drop), Err(SecretIdError), "{text}");
        }
    }

    #[test]
    fn debug_never_shows_an_id() {
        let id = AccessToken::draw(Lane::of("x"), &mut Random::new(ChaCha20Rng::seed_from_u64(3)));
        let id = id.unwrap();
        assert_eq!(format!("{id:?} {id:#?}"), "SecretId(…) SecretId(…)");
    }
}
