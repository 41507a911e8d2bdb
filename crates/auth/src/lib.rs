//! The auth store: hashed codes in SQLite or PostgreSQL, asked for and judged.
//!
//! It knows no HTTP and no terminal: whether somebody is let in is decided here and nowhere else.

pub mod import;
mod lane;
pub mod store;
pub mod verify;

pub use self::lane::Lane;
