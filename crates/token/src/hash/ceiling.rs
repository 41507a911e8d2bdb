//! The most that a hash may cost whoever verifies it.

use super::{Scheme, SchemeName};

/// The most that a hash may cost: a store takes no record above it, since each answer to it would
/// cost as much, and somebody else chose that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ceiling {
    m_kib: u32,
    t: u32,
    p: u32,
    iterations: u32,
}

/// A scheme that costs more than a store takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{found} costs more than the {most} that is taken at most; somebody has to verify each answer"
)]
pub struct DearScheme {
    /// What was found.
    pub found: Scheme,
    /// What is taken at most.
    pub most: CeilingOf,
}

/// A ceiling, as it is said of one scheme.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CeilingOf(SchemeName, Ceiling);

impl Default for Ceiling {
    /// Argon2id with 64 MiB, 8 passes and 4 lanes, PBKDF2 with 5,000,000 iterations.
    fn default() -> Self {
        Self { m_kib: 65_536, t: 8, p: 4, iterations: 5_000_000 }
    }
}

impl Ceiling {
    /// The same with the parameters of a scheme in place of that scheme's.
    #[must_use]
    pub const fn of(mut self, most: Scheme) -> Self {
        match most {
            Scheme::Argon2id(cost) => {
                self.m_kib = cost.m_kib();
                self.t = cost.t();
                self.p = cost.p();
            }
            Scheme::Pbkdf2Sha256(cost) => self.iterations = cost.iterations(),
        }
        self
    }

    /// Refuses a scheme that costs more in any parameter.
    ///
    /// # Errors
    /// [`DearScheme`], with what is taken at most.
    pub fn require(self, found: Scheme) -> Result<(), DearScheme> {
        let is_below = match found {
            Scheme::Argon2id(cost) => {
                cost.m_kib() <= self.m_kib && cost.t() <= self.t && cost.p() <= self.p
            }
            Scheme::Pbkdf2Sha256(cost) => cost.iterations() <= self.iterations,
        };
        if is_below {
            Ok(())
        } else {
            Err(DearScheme { found, most: CeilingOf(found.name(), self) })
        }
    }
}

impl std::fmt::Display for CeilingOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(name, Ceiling { m_kib, t, p, iterations }) = self;
        match name {
            SchemeName::Argon2id => write!(f, "argon2id:m={m_kib},t={t},p={p}"),
            SchemeName::Pbkdf2Sha256 => write!(f, "pbkdf2-sha256:i={iterations}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_in_any_parameter_is_refused() {
        let require = |ceiling: Ceiling, text: &str| {
            ceiling.require(text.parse().unwrap()).map_err(|dear| dear.to_string())
        };
        let ceiling = Ceiling::default();
        for taken in
            ["argon2id:m=19456,t=2,p=1", "argon2id:m=65536,t=8,p=4", "pbkdf2-sha256:i=5000000"]
        {
            assert_eq!(require(ceiling, taken), Ok(()), "{taken}");
        }
        for dear in [
            "argon2id:m=65537,t=1,p=1",
            "argon2id:m=19456,t=9,p=1",
            "argon2id:m=19456,t=1,p=5",
            "pbkdf2-sha256:i=5000001",
        ] {
            let said = require(ceiling, dear).unwrap_err();
            assert!(said.starts_with(dear) && said.contains("that is taken at most"), "{said}");
        }
        let raised = ceiling.of("argon2id:m=131072,t=1,p=1".parse().unwrap());
        assert_eq!(require(raised, "argon2id:m=131072,t=1,p=1"), Ok(()));
        assert!(require(raised, "argon2id:m=65536,t=8,p=4").is_err());
        assert_eq!(require(raised, "pbkdf2-sha256:i=5000000"), Ok(()));
    }
}
