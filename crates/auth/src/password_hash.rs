//! Hashes of passwords: those that are made here, and those that another system made before its
//! people came.
//!
//! Made here are Argon2id and PBKDF2 as [`PhcString`] writes them. Taken over are the three variants
//! of Argon2, bcrypt, and PBKDF2 with SHA-256 or SHA-512, until their holder signs in the next time.

mod argon2_hash;
mod bcrypt_hash;
mod error;
mod form;
mod pbkdf2_hash;

use std::{fmt, str::FromStr};

use tokenkaart_token::hash::{Ceiling, DearScheme, HashError, PhcString, Scheme, Verifier};

pub use self::error::{DearHash, PasswordHashError};
use self::{argon2_hash::Argon2Hash, bcrypt_hash::BcryptHash, pbkdf2_hash::Pbkdf2Hash};

/// Longer than any hash that is read, in bytes.
const MAX_TEXT: usize = 512;

/// The hash of a password, as a store has it.
///
/// `Debug` leaves salt and tag out.
#[derive(Clone, Eq, PartialEq)]
pub struct PasswordHash(Made);

#[derive(Clone, Eq, PartialEq)]
enum Made {
    /// By this program, or by another one in the same form.
    Here(PhcString),
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Pbkdf2(Pbkdf2Hash),
}

impl PasswordHash {
    /// A hash that costs as much as any of the scheme and is no password's.
    pub(crate) const fn of_no_password(scheme: Scheme) -> Self {
        Self(Made::Here(PhcString::of_no_code(scheme)))
    }

    /// Whether it is of what was typed; it compares in constant time. Of bcrypt the first 72 bytes
    /// count alone, as with those who made such hashes, and what has a NUL is nobody's.
    ///
    /// # Errors
    /// [`HashError`]; nothing of what was typed is in it.
    pub(crate) fn is_of(
        &self,
        typed: &[u8],
        verifier: &mut Verifier<'_>,
    ) -> Result<bool, HashError> {
        match &self.0 {
            Made::Here(hash) => verifier.verify_secret(typed, hash),
            Made::Argon2(hash) => hash.is_of(typed),
            Made::Bcrypt(hash) => Ok(hash.is_of(typed)),
            Made::Pbkdf2(hash) => Ok(hash.is_of(typed)),
        }
    }

    /// The scheme that costs as much, or a little more: in memory and in time.
    pub(crate) const fn as_dear_as(&self) -> Scheme {
        match &self.0 {
            Made::Here(hash) => hash.scheme(),
            Made::Argon2(hash) => Scheme::Argon2id(hash.cost()),
            Made::Bcrypt(hash) => hash.as_dear_as(),
            Made::Pbkdf2(hash) => hash.as_dear_as(),
        }
    }

    /// Whether it was made by a scheme.
    pub(crate) fn is_by(&self, scheme: Scheme) -> bool {
        matches!(&self.0, Made::Here(hash) if hash.scheme() == scheme)
    }

    /// Refuses a hash that costs more than may be: whoever tries a password has it computed.
    ///
    /// # Errors
    /// [`DearHash`], with what is taken at most.
    pub fn require(&self, most: Ceiling) -> Result<(), DearHash> {
        most.require(self.as_dear_as())
            .map_err(|DearScheme { found, most }| DearHash { as_dear_as: found, most })
    }
}

impl From<PhcString> for PasswordHash {
    fn from(hash: PhcString) -> Self {
        Self(Made::Here(hash))
    }
}

impl FromStr for PasswordHash {
    type Err = PasswordHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_TEXT || !text.is_ascii() {
            return Err(PasswordHashError::Unknown);
        }
        if let Ok(hash) = text.parse::<PhcString>() {
            return Ok(hash.into());
        }
        if text.starts_with("$argon2") {
            return Argon2Hash::read(text).map(Made::Argon2).map(Self);
        }
        if text.starts_with("$2") {
            return BcryptHash::read(text).map(Made::Bcrypt).map(Self);
        }
        if text.starts_with("$pbkdf2-sha256$") || text.starts_with("$pbkdf2-sha512$") {
            let hash = Pbkdf2Hash::read(text)?;
            let own = hash.to_string().parse::<PhcString>();
            return Ok(own.map_or_else(|_| Self(Made::Pbkdf2(hash)), Self::from));
        }
        let is_of_django = text.starts_with("pbkdf2_sha");
        Err(if is_of_django { PasswordHashError::Django } else { PasswordHashError::Unknown })
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Made::Here(hash) => hash.fmt(f),
            Made::Argon2(hash) => hash.fmt(f),
            Made::Bcrypt(hash) => hash.fmt(f),
            Made::Pbkdf2(hash) => hash.fmt(f),
        }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Made::Here(_) => "made here",
            Made::Argon2(_) => "Argon2",
            Made::Bcrypt(_) => "bcrypt",
            Made::Pbkdf2(_) => "PBKDF2",
        };
        write!(f, "PasswordHash({kind}, as dear as {})", self.as_dear_as())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PASSWORD: &str = "vier blauwe olifanten";

    /// Of [`PASSWORD`], and who made it. scripts/test.sh has such programs make others.
    const OF_OTHERS: [(&str, &str); 15] = [
        (
            "argon2-cffi 25.1",
            "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$nLbkH90gmCMTVymSrE2Z6Qz5o3CBoZut",
        ),
        (
            "argon2-cffi 25.1",
            "$argon2i$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$7uZptW2j5MDWpl9PMqUEdz607OusAjbD",
        ),
        (
            "argon2-cffi 25.1",
            "$argon2d$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$Gn5E3rh+BxtrgFVCojrTyGVsp2BjjmAR",
        ),
        ("argon2-cffi 25.1", "$argon2i$v=16$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$NSxzaaYDsYx2xb1/XrtxYQ"),
        (
            "argon2-cffi 25.1",
            "$argon2id$v=19$m=256,t=3,p=4$c29tZXNhbHRzb21lc2FsdHNvbWVzYWx0$\
             fLERxk2LaUxej8K5yMWvPtim7QJXCJVodnygXMk7/1Kz2Ar9tAaknBz07hZBF+ozxCasqgVe0H+S/oF9M9A83A",
        ),
        (
            "PHP 8.2",
            "$argon2id$v=19$m=64,t=2,p=1$UXY4cmt5SENyVHdweTN5WA$\
             VSnj02JXJQUp/Qy+AKSuBJ3WS0l1Kuon0slYWxXm59Q",
        ),
        ("bcrypt 5.0 of Python", "$2a$04$FgQKRkmQo6ZS/oJKK4b9xu8L0r3v7N6LBYcyK8wUanz8CJxuYdd2u"),
        ("bcrypt 5.0 of Python", "$2b$04$60iTeai/Ud5ytSi2z5Sq8eRjjqkVFR2WfC3j0IdiTbIrxotfpmcI6"),
        ("htpasswd 2.4.71", "$2y$04$..otfOh2ZaJJ/qEhQSH/4ONk6x9kFs8JBE3zmHyv0.GFOCKCZ.LB6"),
        ("PHP 8.2", "$2y$04$Q3B0hzHELeiNFrQEjNQ/8OjhTKUu0pFkxwhtsnJLfd2uiJmfmcLHO"),
        ("hashlib 3.11", "$pbkdf2-sha256$i=1000,l=20$OGJ5dGVzYWw$/AwB20XP2R8nM+WtYJ18g0twYos"),
        (
            "hashlib 3.11",
            "$pbkdf2-sha256$i=1000,l=64$MTYgYnl0ZXMgb2Ygc2FsdA$\
             u6J/+53ZYiuLBB6d8zXvYVkzkIv9Scwa3+jcmZan4TQ6L0RuOj45CoOsSHtwoV0S2k2vj/p5vD+ZdfB02AVckg",
        ),
        (
            "hashlib 3.11",
            "$pbkdf2-sha512$i=1000$MTYgYnl0ZXMgb2Ygc2FsdA$\
             I30LOWbSpvAqs1FIB3AYc/hsRO+CaEO9gKsnOATC1d/OoQve7XuwOqDFJx6LkMHp0Ytdm076w/nrFlaSaKzBdg",
        ),
        (
            "passlib 1.7.4",
            "$pbkdf2-sha256$1000$CKH0/v.f0/pfa03pfY/Rmg$zmil0iWrrphY77E2BOBgkdt4bHXmXyX4Eey.Y5okoTk",
        ),
        (
            "passlib 1.7.4",
            "$pbkdf2-sha512$1000$R4jRWivF.L/XWqs1BmBMKQ$\
             dBM98hERD9u9ZRwHMzsnHWf/GaM1ZdNXdRHcy0OtPXxAIeRCN.tTRPLOLSXvLc87yD4wLot3PnFJIYL.RMCPew",
        ),
    ];

    fn hash(text: &str) -> PasswordHash {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn is_of(hash: &PasswordHash, typed: &str) -> bool {
        hash.is_of(typed.as_bytes(), &mut Verifier::new(None)).unwrap()
    }

    fn refused(text: &str) -> PasswordHashError {
        text.parse::<PasswordHash>().unwrap_err()
    }

    #[test]
    fn hashes_of_other_makers_are_of_their_passwords_and_of_no_other() {
        for (maker, text) in OF_OTHERS {
            let hash = hash(text);
            assert!(is_of(&hash, PASSWORD), "{maker}: {text}");
            for other in ["vier blauwe olifanten ", "Vier blauwe olifanten", "vier", "", "\0"] {
                assert!(!is_of(&hash, other), "{maker}: {text} of {other:?}");
            }
            // What the store has of it is read back as it was written.
            let stored = hash.to_string();
            assert_eq!(stored.parse::<PasswordHash>().unwrap().to_string(), stored);
            assert_eq!(stored.parse::<PasswordHash>().unwrap(), hash);
            let shown = format!("{hash:?}");
            assert!(!shown.contains(text.rsplit('$').next().unwrap()), "{shown}");
        }
    }

    #[test]
    fn of_bcrypt_the_first_72_bytes_count_and_a_nul_is_nobodys() {
        // Of 71 and of 100 letters, by Python's bcrypt and by htpasswd.
        let of_71 = hash("$2b$04$mbGlVDavpKCL42uV8fVRReLr/DXqdPFao8ou5cVxx7pHW3TFUQywa");
        let of_100 = hash("$2y$04$OGoNKAM1Te4TVRANjQRns.UwgUacanOPqtCjb8bEegKX78ypFkYOK");
        let is = |hash: &PasswordHash, letters: usize| is_of(hash, &"x".repeat(letters));
        assert!(is(&of_71, 71) && !is(&of_71, 72) && !is(&of_71, 70));
        assert!(is(&of_100, 100) && is(&of_100, 72) && is(&of_100, 500) && !is(&of_100, 71));
        let known = hash(OF_OTHERS[7].1);
        for with_nul in ["vier blauwe olifanten\0", "vier blauwe olifanten\0more", "\0"] {
            assert!(!is_of(&known, with_nul), "{with_nul:?}");
        }
        // Of no letters at all; passwords see to it that nobody has that one.
        let empty = hash("$2b$04$CaY3HPvnTUVImDamXPBq9.uLlxPIEJbBdR5jg/cfW6t8JlxRSoFfm");
        assert!(is_of(&empty, "") && !is_of(&empty, "\0"));
    }

    #[test]
    fn bits_of_a_salt_that_carry_nothing_do_not_matter() {
        let right = "$2b$04$60iTeai/Ud5ytSi2z5Sq8eRjjqkVFR2WfC3j0IdiTbIrxotfpmcI6";
        // The last letter of the salt is `e`, of which `f` to `t` differ in the lower four bits.
        for letter in ["f", "l", "t"] {
            let odd = right.replacen("Sq8e", &format!("Sq8{letter}"), 1);
            assert_eq!(hash(&odd).to_string(), right);
        }
        assert_ne!(hash(&right.replacen("Sq8e", "Sq8u", 1)).to_string(), right);
    }

    #[test]
    fn a_hash_says_what_it_costs_whoever_verifies_it() {
        let dear = |text: &str| hash(text).require(Ceiling::default()).map_err(|e| e.to_string());
        let bcrypt = |cost: u32| {
            format!("$2b${cost:02}$60iTeai/Ud5ytSi2z5Sq8eRjjqkVFR2WfC3j0IdiTbIrxotfpmcI6")
        };
        let sha512 = |iterations: u32, letters: usize| {
            let tag = "A".repeat(letters);
            format!("$pbkdf2-sha512$i={iterations}$MTYgYnl0ZXMgb2Ygc2FsdA${tag}")
        };
        assert_eq!(dear(&bcrypt(14)), Ok(()));
        let said = dear(&bcrypt(15)).unwrap_err();
        assert!(said.contains("pbkdf2-sha256:i=9994240, and pbkdf2-sha256:i=5000000 is"), "{said}");
        assert_eq!(dear(&sha512(1_250_000, 86)), Ok(()));
        assert!(dear(&sha512(1_250_001, 86)).is_err());
        assert_eq!(dear(&sha512(1_250_000, 43)), Ok(()));
        let argon2 = |m: u32| {
            format!("$argon2i$v=19$m={m},t=3,p=1$c2FsdHNhbHRzYWx0$7uZptW2j5MDWpl9PMqUEdz607OusAjbD")
        };
        assert_eq!(dear(&argon2(65_536)), Ok(()));
        let said = dear(&argon2(262_144)).unwrap_err();
        assert!(said.starts_with("it costs as much as argon2id:m=262144,t=3,p=1"), "{said}");
        // A tag of two blocks costs all iterations twice.
        let sha256 = format!("$pbkdf2-sha256$i=2500001$MTYgYnl0ZXMgb2Ygc2FsdA${}", "A".repeat(86));
        assert!(dear(&sha256).is_err());
    }

    #[test]
    fn what_is_no_hash_that_can_be_taken_over_is_refused_in_words() {
        use PasswordHashError::{BcryptCost, Django, FaultyBcrypt, Form, Keyed, Scheme, Unknown};
        for text in [
            "",
            "vier blauwe olifanten",
            "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
            "$6$saltsalt$x",
            "$y$j9T$x$x",
            "{SSHA}x",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "$pbkdf2$131000$x$x",
            "$scrypt$ln=16,r=8,p=1$x$x",
            "bcrypt$$2b$12$x",
            &format!("$2b$04${}", "x".repeat(1000)),
        ] {
            assert_eq!(refused(text), Unknown, "{text}");
        }
        assert_eq!(refused("pbkdf2_sha256$600000$salt$aGFzaA=="), Django);
        assert!(Django.to_string().contains("$pbkdf2-sha256$i=ITERATIONS,l=32$SALT$HASH"));
        for text in ["$2$04$x", "$2x$04$60iTeai/Ud5ytSi2z5Sq8eRjjqkVFR2WfC3j0IdiTbIrxotfpmcI6"] {
            assert_eq!(refused(text), FaultyBcrypt, "{text}");
        }
        let right = "$2b$04$60iTeai/Ud5ytSi2z5Sq8eRjjqkVFR2WfC3j0IdiTbIrxotfpmcI6";
        assert_eq!(refused(&right.replace("$04$", "$16$")), BcryptCost(16));
        assert_eq!(refused(&right.replace("$04$", "$03$")), BcryptCost(3));
        for (from, to) in
            [("$04$", "$4$"), ("$04$", "$+4$"), ("I6", "I"), ("I6", "I6x"), ("60i", "=0i")]
        {
            let text = right.replacen(from, to, 1);
            assert!(matches!(refused(&text), Form(_)), "{text}");
        }
        let argon2 = OF_OTHERS[1].1;
        for (from, to) in [
            ("v=19", "v=18"),
            ("argon2i", "argon2x"),
            ("m=64,t=2,p=1", "t=2,m=64,p=1"),
            ("p=1", "p=1,x=1"),
            ("p=1", "p=01"),
            ("c2FsdHNhbHRzYWx0", "c2FsdA"),
            ("7uZptW2j5MDWpl9PMqUEdz607OusAjbD", "7uZptW2j5MDW"),
            ("7uZptW2j5MDWpl9PMqUEdz607OusAjbD", "7uZptW2j5MDWpl9PMqUEdz607OusAjbD=="),
        ] {
            let text = argon2.replacen(from, to, 1);
            assert!(matches!(refused(&text), Form(_)), "{text}");
        }
        assert_eq!(refused(&argon2.replace("p=1", "p=1,keyid=AAAA")), Keyed);
        assert!(matches!(refused(&argon2.replace("m=64", "m=4194305")), Scheme(_)));
        let pbkdf2 = OF_OTHERS[10].1;
        for (from, to) in [("l=20", "l=32"), ("i=1000", "x=1000"), (",l=20", ",l=20,x=1")] {
            let text = pbkdf2.replacen(from, to, 1);
            assert!(matches!(refused(&text), Form(_)), "{text}");
        }
        assert!(matches!(refused(&pbkdf2.replace("i=1000", "i=10000001")), Scheme(_)));
        assert!(matches!(refused(&pbkdf2.replace("i=1000", "i=0")), Scheme(_)));
    }

    /// Most of these are read, and the others are nearly.
    const NEARLY: &str = "\\$(\
        argon2(i|d|id)(\\$v=(16|19))?\\$m=[1-9][0-9]{1,7},t=[1-9][0-9]?,p=[1-4]\\$([A-Za-z0-9+/]{4}){2,22}\\$([A-Za-z0-9+/]{4}){5,22}|\
        2[abxy]?\\$(0[4-9]|1[0-6])\\$[./A-Za-z0-9]{52}[.CGKOSWaeimquy26]|\
        pbkdf2-sha(256|512)\\$(i=)?[1-9][0-9]{0,7}(,l=[1-6][0-9])?\\$([A-Za-z0-9+/.]{4}){2,22}\\$([A-Za-z0-9+/.]{4}){5,22}\
        )";

    proptest! {
        #[test]
        fn what_is_read_is_written_so_that_it_is_read_the_same(text in NEARLY) {
            if let Ok(hash) = text.parse::<PasswordHash>() {
                let written = hash.to_string();
                prop_assert_eq!(written.parse::<PasswordHash>(), Ok(hash));
                prop_assert_eq!(written.parse::<PasswordHash>().unwrap().to_string(), written);
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "([ -~]{0,60}|\\PC{0,40})", begin in "(\\$(argon2id\\$v=19(\\$m=8,t=1,p=1)?|2[aby](\\$04)?|pbkdf2-sha256(\\$i=9)?)\\$)?") {
            let _ = format!("{begin}{text}").parse::<PasswordHash>();
        }
    }
}
