//! Token cards: a holder's name and 24 numbered secret codes on paper, and the hashed codes
//! that match them for the auth store.
//!
//! The library does the work and reports; it never prints, never exits and never reads the
//! environment. The binary `tokenkaart` talks to people. What the auth store must know too, from
//! [`tokenkaart_token::token::Code`] to a run's files, is in the crate `tokenkaart_token`.

pub mod card;
pub mod check;
pub mod design;
pub mod export;
pub mod handout;
pub mod ink;
pub mod layout;
pub mod open;
pub mod paper;
pub mod preview;
pub mod print;
pub mod read;
pub mod reconcile;
pub mod run;
pub mod seal;
pub mod symbol;
