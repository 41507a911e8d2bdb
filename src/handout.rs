//! What a counter hands out beside a card: the receipt that its holder signs, and the sheet with the
//! code that activates another key.

mod activation;
mod error;
mod page;
mod receipt;

pub use self::{activation::ActivationSheet, error::HandoutError, receipt::Receipt};
