//! Token cards: a holder's name and 24 numbered secret codes on paper, and the hashed codes
//! that match them for the auth store.
//!
//! The library does the work and reports; it never prints, never exits and never reads the
//! environment. The binary `tokenkaart` talks to people.

pub mod check;
pub mod contact;
pub mod design;
pub mod export;
pub mod files;
pub mod hash;
pub mod holder;
pub mod import;
pub mod journal;
pub mod language;
pub mod layout;
pub mod mark;
pub mod matrix;
pub mod open;
pub mod paper;
pub mod preview;
pub mod print;
pub mod qr;
pub mod read;
pub mod reconcile;
pub mod reconciliation;
pub mod record;
pub mod records;
pub mod roll;
pub mod run;
pub mod seal;
pub mod shard;
pub mod shell;
pub mod sign;
pub mod store;
pub mod symbol;
pub mod token;
pub mod verify;
