//! Sealing: cards leave the process as age files that only the print house can open.
//!
//! The format is age-encryption.org/v1, binary: `age` and `rage` open what is sealed here, and
//! what they encrypt is opened here. The crate draws its keys from the operating system itself.

mod identity;
mod recipients;

pub(crate) use self::identity::is_sealed;
pub use self::{
    identity::{Identity, IdentityError, UnsealError},
    recipients::{NamedIn, RecipientFault, Recipients, RecipientsError, SealError},
};

/// What the name of a sealed file ends in.
pub const ENDING: &str = "age";
