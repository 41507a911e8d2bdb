//! Where each thing stands on the page.
//!
//! Lengths are millimetres from the top left of the trimmed page. Only [`crate::print`]
//! knows PDF points.

mod address;
mod composer;
mod contact;
pub(crate) mod count_sheet;
mod country;
mod envelope;
mod error;
mod face;
mod faces;
mod fallback;
mod grid;
mod marks;
mod naming;
mod page;
mod script;
mod sheet;
mod standing;
mod text;

pub use self::{
    composer::{CardOptions, Composer},
    contact::contact_sheet,
    error::LayoutError,
    face::{Face, Glyph},
    faces::{BrokenFont, Faces},
    fallback::{FallbackError, FallbackFont, MAX_FALLBACK_BYTES},
    naming::{NamingPlaces, NamingText},
    page::{Item, Page, TextLine},
    standing::{OwnText, Standing, line},
};

#[cfg(test)]
mod tests;
