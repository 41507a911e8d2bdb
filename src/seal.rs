//! Sealing: cards leave the process as age files that only the print house can open.
//!
//! The format is age-encryption.org/v1, binary: `age` and `rage` open what is sealed here, and
//! what they encrypt is opened here. The crate draws its keys from the operating system itself.

mod identity;
mod recipients;

pub use self::{
    identity::{Identity, IdentityError, UnsealError, is_sealed},
    recipients::{RecipientFault, Recipients, RecipientsError, SealError, Whence},
};

/// What the name of a sealed file ends in.
pub const ENDING: &str = "age";
#[cfg(test)]
mod tests;
