//! Token cards: a holder's name and 24 numbered secret codes on paper, and the hashed codes
//! that match them for the auth store.
//!
//! The library does the work and reports; it never prints, never exits and never reads the
//! environment. The binary `tokenkaart` talks to people.

pub mod hash;
pub mod holder;
pub mod language;
pub mod paper;
pub mod record;
pub mod token;
