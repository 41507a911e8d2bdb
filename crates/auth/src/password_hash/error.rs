//! Why the hash of another system is not taken over.

use tokenkaart_token::hash::{CeilingOf, Scheme, SchemeError};

/// Why a text is no hash of a password that can be taken over.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordHashError {
    /// It has none of the forms that are read.
    #[error(
        "this is no hash that can be taken over; those begin with $argon2id$, $argon2i$, $argon2d$, \
         $2a$, $2b$, $2y$, $pbkdf2-sha256$ or $pbkdf2-sha512$"
    )]
    Unknown,
    /// It has Django's form of PBKDF2.
    #[error(
        "this is Django's form and no PHC string; write $pbkdf2-sha256$i=ITERATIONS,l=32$SALT$HASH, \
         the letters of the salt in Base64, and no = behind salt and hash"
    )]
    Django,
    /// Nobody can tell what a faulty bcrypt hashed.
    #[error(
        "$2$ and $2x$ are of a bcrypt with a fault, and can't be verified; leave the hash out, so \
         that its holder chooses a new password"
    )]
    FaultyBcrypt,
    /// It begins as one that is read, and goes on otherwise.
    #[error("a hash that begins so reads {0}")]
    Form(&'static str),
    /// It was made with a secret beside the password.
    #[error(
        "it was made with a secret of the other system (keyid or data) and can't be verified \
         without; leave the hash out, so that its holder chooses a new password"
    )]
    Keyed,
    /// A cost of bcrypt that nobody could bear, or that there isn't.
    #[error("bcrypt is taken with a cost from 4 to 15, not {0}")]
    BcryptCost(u32),
    /// Parameters that no scheme has.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
}

/// The hash of a password costs more than may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "it costs as much as {as_dear_as}, and {most} is taken at most; whoever tries a password has it \
     computed"
)]
pub struct DearHash {
    /// What costs as much.
    pub as_dear_as: Scheme,
    /// What is taken at most.
    pub most: CeilingOf,
}
