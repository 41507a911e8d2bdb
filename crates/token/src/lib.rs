//! What the program that prints token cards and the auth store agree on: a token and its codes,
//! their hashes, the record of a token, and the files of a run.
//!
//! Rules and formats only: no page, no database, no network. It never prints, never exits and
//! never reads the environment.

pub mod country;
pub mod csv;
pub mod files;
pub mod hash;
pub mod holder;
pub mod key_half;
pub mod language;
pub mod listed;
pub mod record;
pub mod run_files;
pub mod shard;
pub mod shell;
pub mod sign;
pub mod token;
