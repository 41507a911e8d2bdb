//! How codes are hashed, how dearly, and what is too cheap.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The most memory a hash may take, in KiB: 4 GiB.
pub const MAX_M_KIB: u32 = 4 * 1024 * 1024;
/// The most passes over that memory.
pub const MAX_T: u32 = 100;
/// The most lanes.
pub const MAX_P: u32 = 64;
/// The most iterations of PBKDF2.
pub const MAX_ITERATIONS: u32 = 10_000_000;

/// OWASP's Argon2id configurations of equal worth, each with p=1: memory in KiB and passes
/// (Password Storage Cheat Sheet).
const OWASP_ARGON2ID: [(u32, u32); 5] = [(47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5)];
/// OWASP's minimum for PBKDF2-HMAC-SHA256, in iterations.
const OWASP_PBKDF2_SHA256: u32 = 600_000;

/// A password-hashing scheme without its parameters, as a record names it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum SchemeName {
    /// Argon2id version 1.3, RFC 9106.
    #[serde(rename = "argon2id")]
    Argon2id,
    /// PBKDF2 with HMAC-SHA-256, RFC 8018.
    #[serde(rename = "pbkdf2-sha256")]
    Pbkdf2Sha256,
}

impl SchemeName {
    /// The name in records, PHC strings and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Argon2id => "argon2id",
            Self::Pbkdf2Sha256 => "pbkdf2-sha256",
        }
    }
}

impl fmt::Display for SchemeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an Argon2id hash costs; made by [`Scheme::argon2id`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Argon2id {
    m_kib: u32,
    t: u32,
    p: u32,
}

impl Argon2id {
    /// Memory in KiB: at least 8 for each lane, at most [`MAX_M_KIB`].
    #[must_use]
    pub const fn m_kib(self) -> u32 {
        self.m_kib
    }

    /// Passes over the memory, 1 to [`MAX_T`].
    #[must_use]
    pub const fn t(self) -> u32 {
        self.t
    }

    /// Lanes, 1 to [`MAX_P`]. They are part of what is hashed; one thread fills them all, since
    /// a run has a hasher on every core already.
    #[must_use]
    pub const fn p(self) -> u32 {
        self.p
    }
}

/// What a PBKDF2 hash costs; made by [`Scheme::pbkdf2_sha256`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Pbkdf2Sha256 {
    iterations: u32,
}

impl Pbkdf2Sha256 {
    /// Iterations, 1 to [`MAX_ITERATIONS`].
    #[must_use]
    pub(crate) const fn iterations(self) -> u32 {
        self.iterations
    }
}

/// A password-hashing scheme with its parameters, within sane bounds.
///
/// ```
/// use tokenkaart_token::hash::Scheme;
///
/// assert_eq!(Scheme::default().to_string(), "argon2id:m=19456,t=2,p=1");
/// let dearer: Scheme = "argon2id:m=65536,t=3".parse()?;
/// assert_eq!(dearer.to_string(), "argon2id:m=65536,t=3,p=1");
/// # Ok::<(), tokenkaart_token::hash::SchemeError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scheme {
    /// Argon2id version 1.3, RFC 9106.
    Argon2id(Argon2id),
    /// PBKDF2 with HMAC-SHA-256, for who needs FIPS 140.
    Pbkdf2Sha256(Pbkdf2Sha256),
}

/// Why a scheme was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// No such scheme.
    #[error(
        "there is no scheme {0:?}; choose argon2id:m=19456,t=2,p=1 or pbkdf2-sha256:i=600000, with parameters of your own"
    )]
    Unknown(String),
    /// A parameter the scheme doesn't have or that was given before, or no number.
    #[error(
        "{scheme} takes {takes}, each once and as a whole number; {parameter:?} is none of these"
    )]
    Parameter {
        /// The scheme.
        scheme: SchemeName,
        /// The parameters it has.
        takes: &'static str,
        /// What was written.
        parameter: String,
    },
    /// A parameter out of bounds.
    #[error("{scheme} takes {name} from {min} to {max} {unit}, not {value}")]
    Bounds {
        /// The scheme.
        scheme: SchemeName,
        /// The parameter.
        name: &'static str,
        /// The least it may be.
        min: u32,
        /// The most it may be.
        max: u32,
        /// What it counts.
        unit: &'static str,
        /// What was asked for.
        value: u32,
    },
}

/// The scheme is cheaper than OWASP's minimum.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{0} is below OWASP's minimum, so whoever steals the store could soon find all codes; \
     take {default} or more",
    default = self.minimum()
)]
pub struct WeakScheme(pub Scheme);

impl WeakScheme {
    const fn minimum(self) -> &'static str {
        match self.0 {
            Scheme::Argon2id(_) => "argon2id:m=19456,t=2,p=1",
            Scheme::Pbkdf2Sha256(_) => "pbkdf2-sha256:i=600000",
        }
    }
}

impl Scheme {
    /// Argon2id with memory in KiB, passes and lanes.
    ///
    /// # Errors
    /// [`SchemeError::Bounds`] outside 8·p to [`MAX_M_KIB`], 1 to [`MAX_T`], 1 to [`MAX_P`].
    pub fn argon2id(m_kib: u32, t: u32, p: u32) -> Result<Self, SchemeError> {
        let scheme = SchemeName::Argon2id;
        within(scheme, "p", "lanes", p, 1, MAX_P)?;
        within(scheme, "t", "passes", t, 1, MAX_T)?;
        within(scheme, "m", "KiB", m_kib, 8 * p, MAX_M_KIB)?;
        Ok(Self::Argon2id(Argon2id { m_kib, t, p }))
    }

    /// PBKDF2-HMAC-SHA256 with so many iterations.
    ///
    /// # Errors
    /// [`SchemeError::Bounds`] outside 1 to [`MAX_ITERATIONS`].
    pub fn pbkdf2_sha256(iterations: u32) -> Result<Self, SchemeError> {
        within(SchemeName::Pbkdf2Sha256, "i", "iterations", iterations, 1, MAX_ITERATIONS)?;
        Ok(Self::Pbkdf2Sha256(Pbkdf2Sha256 { iterations }))
    }

    /// The scheme without its parameters.
    #[must_use]
    pub const fn name(self) -> SchemeName {
        match self {
            Self::Argon2id(_) => SchemeName::Argon2id,
            Self::Pbkdf2Sha256(_) => SchemeName::Pbkdf2Sha256,
        }
    }

    /// Memory one hash takes, in KiB; a run takes it once for each worker.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        match self {
            Self::Argon2id(cost) => cost.m_kib,
            Self::Pbkdf2Sha256(_) => 0,
        }
    }

    /// Whether it is cheaper than every configuration that OWASP names for the scheme: it is
    /// enough to be as dear as one of them in each parameter.
    #[must_use]
    pub(crate) fn is_below_minimum(self) -> bool {
        match self {
            Self::Argon2id(Argon2id { m_kib, t, .. }) => {
                !OWASP_ARGON2ID.iter().any(|(least_m, least_t)| m_kib >= *least_m && t >= *least_t)
            }
            Self::Pbkdf2Sha256(Pbkdf2Sha256 { iterations }) => iterations < OWASP_PBKDF2_SHA256,
        }
    }

    /// Refuses a scheme below OWASP's minimum; not called when the operator allowed a weak one.
    ///
    /// # Errors
    /// [`WeakScheme`], with what to do.
    pub fn require_minimum(self) -> Result<(), WeakScheme> {
        if self.is_below_minimum() { Err(WeakScheme(self)) } else { Ok(()) }
    }
}

impl TryFrom<String> for Scheme {
    type Error = SchemeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Scheme> for String {
    fn from(scheme: Scheme) -> Self {
        scheme.to_string()
    }
}

impl Default for Scheme {
    /// OWASP's first choice: Argon2id over 19 MiB (19456 KiB), two passes, one lane.
    fn default() -> Self {
        Self::Argon2id(Argon2id { m_kib: 19456, t: 2, p: 1 })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argon2id(Argon2id { m_kib, t, p }) => {
                write!(f, "argon2id:m={m_kib},t={t},p={p}")
            }
            Self::Pbkdf2Sha256(Pbkdf2Sha256 { iterations }) => {
                write!(f, "pbkdf2-sha256:i={iterations}")
            }
        }
    }
}

impl FromStr for Scheme {
    type Err = SchemeError;

    /// Reads `argon2id:m=…,t=…,p=…` (m in KiB) or `pbkdf2-sha256:i=…`; what is left out has its
    /// default.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, parameters) = match text.split_once(':') {
            Some((name, parameters)) => (name, Some(parameters)),
            None => (text, None),
        };
        match name {
            "argon2id" => {
                let [m, t, p] = read(
                    SchemeName::Argon2id,
                    "m (KiB), t (passes) and p (lanes)",
                    [("m", 19456), ("t", 2), ("p", 1)],
                    parameters,
                )?;
                Self::argon2id(m, t, p)
            }
            "pbkdf2-sha256" => {
                let [iterations] = read(
                    SchemeName::Pbkdf2Sha256,
                    "i (iterations)",
                    [("i", OWASP_PBKDF2_SHA256)],
                    parameters,
                )?;
                Self::pbkdf2_sha256(iterations)
            }
            _ => Err(SchemeError::Unknown(name.into())),
        }
    }
}

/// Reads `name=number` pairs in any order over their defaults.
fn read<const N: usize>(
    scheme: SchemeName,
    takes: &'static str,
    defaults: [(&'static str, u32); N],
    parameters: Option<&str>,
) -> Result<[u32; N], SchemeError> {
    let mut given: [Option<u32>; N] = [None; N];
    for parameter in parameters.into_iter().flat_map(|text| text.split(',')) {
        let wrong = || SchemeError::Parameter { scheme, takes, parameter: parameter.into() };
        let (name, number) = parameter.split_once('=').ok_or_else(wrong)?;
        let place = defaults.iter().position(|(known, _)| *known == name).ok_or_else(wrong)?;
        if given[place].is_some() {
            return Err(wrong());
        }
        given[place] = Some(decimal(number).ok_or_else(wrong)?);
    }
    let mut values = defaults.map(|(_, default)| default);
    for (value, given) in values.iter_mut().zip(given) {
        *value = given.unwrap_or(*value);
    }
    Ok(values)
}

/// A number in digits alone, without a sign or leading zeros, as PHC strings write it.
pub(super) fn decimal(text: &str) -> Option<u32> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit())
        && !text.is_empty()
        && (text == "0" || !text.starts_with('0'));
    canonical.then(|| text.parse().ok()).flatten()
}

fn within(
    scheme: SchemeName,
    name: &'static str,
    unit: &'static str,
    value: u32,
    min: u32,
    max: u32,
) -> Result<(), SchemeError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(SchemeError::Bounds { scheme, name, min, max, unit, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(text: &str) -> Scheme {
        text.parse().unwrap()
    }

    #[test]
    fn a_scheme_is_read_back_as_written() {
        for text in [
            "argon2id:m=19456,t=2,p=1",
            "argon2id:m=8,t=1,p=1",
            "argon2id:m=4194304,t=100,p=64",
            "pbkdf2-sha256:i=600000",
            "pbkdf2-sha256:i=1",
        ] {
            assert_eq!(scheme(text).to_string(), text);
        }
        assert_eq!(scheme("argon2id"), Scheme::default());
        assert_eq!(scheme("argon2id:p=2,m=20000"), Scheme::argon2id(20000, 2, 2).unwrap());
        assert_eq!(scheme("pbkdf2-sha256"), Scheme::pbkdf2_sha256(600_000).unwrap());
    }

    #[test]
    fn a_scheme_out_of_bounds_is_refused() {
        for text in [
            "argon2id:m=7,t=1,p=1",
            "argon2id:m=15,t=1,p=2",
            "argon2id:m=4194305,t=1,p=1",
            "argon2id:m=4294967295,t=1,p=1",
            "argon2id:m=19456,t=0,p=1",
            "argon2id:m=19456,t=101,p=1",
            "argon2id:m=19456,t=1,p=0",
            "argon2id:m=19456,t=1,p=65",
            "pbkdf2-sha256:i=0",
            "pbkdf2-sha256:i=10000001",
        ] {
            assert!(matches!(text.parse::<Scheme>(), Err(SchemeError::Bounds { .. })), "{text}");
        }
    }

    #[test]
    fn a_scheme_that_could_be_misread_is_refused() {
        for text in [
            "argon2id:",
            "argon2id:m=19456,",
            "argon2id:m=19456,m=19456",
            "argon2id:m=+19456",
            "argon2id:m=019456",
            "argon2id:m=19456 ",
            "argon2id:m=",
            "argon2id:M=19456",
            "argon2id:i=5",
            "argon2id:m=99999999999",
            "pbkdf2-sha256:m=5",
        ] {
            assert!(matches!(text.parse::<Scheme>(), Err(SchemeError::Parameter { .. })), "{text}");
        }
        for text in ["", "argon2i", "Argon2id", "bcrypt", "scrypt:n=5", "argon2id m=5"] {
            assert!(matches!(text.parse::<Scheme>(), Err(SchemeError::Unknown(_))), "{text}");
        }
    }

    #[test]
    fn every_configuration_of_owasp_is_enough_and_anything_less_is_not() {
        for (m, t) in OWASP_ARGON2ID {
            assert!(!Scheme::argon2id(m, t, 1).unwrap().is_below_minimum());
            assert!(!Scheme::argon2id(m, t, 4).unwrap().is_below_minimum());
            assert!(Scheme::argon2id(m - 1, t, 1).unwrap().is_below_minimum());
        }
        assert!(Scheme::argon2id(46 * 1024 - 1, 1, 1).unwrap().is_below_minimum());
        assert!(Scheme::argon2id(7167, 100, 1).unwrap().is_below_minimum());
        assert_eq!(scheme("pbkdf2-sha256:i=600000").require_minimum(), Ok(()));
        assert!(scheme("pbkdf2-sha256:i=599999").is_below_minimum());
    }

    #[test]
    fn a_weak_scheme_is_refused_with_what_to_do() {
        let error = scheme("argon2id:m=8,t=1,p=1").require_minimum().unwrap_err().to_string();
        for part in ["argon2id:m=8,t=1,p=1", "argon2id:m=19456,t=2,p=1 or more"] {
            assert!(error.contains(part), "{error}");
        }
        let error = scheme("pbkdf2-sha256:i=9").require_minimum().unwrap_err().to_string();
        assert!(error.contains("pbkdf2-sha256:i=600000 or more"), "{error}");
    }
}
