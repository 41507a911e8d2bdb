//! Glyphs gathered from a page and put together into words and runs, as a person reads them.

mod glyphs;
mod group;
mod run;

pub use self::run::{TextRun, Word};
pub(super) use self::{
    glyphs::{Piece, Seen, collect},
    group::runs,
};
