//! The files of a run, as the program that prints writes them and all others read them.

pub mod bundles;
pub mod journal;
pub mod manifest;
mod parameters;
pub mod parts;
pub mod records;

pub use self::parameters::{Parameters, Part, Replaces, Sort, UnknownSort, Window, differences};

/// The journal's name in the run folder.
pub const JOURNAL: &str = "journal.jsonl";
/// The folder of the paper.
pub const CARDS: &str = "cards";
/// The folder of the hashes.
pub const RECORDS: &str = "records";
/// The name of the list of envelopes.
pub const MAIL: &str = "mail.csv";
/// The name of the page on which operator and print house agree.
pub const RECONCILIATION: &str = "reconciliation.pdf";
