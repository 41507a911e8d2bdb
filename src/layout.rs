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
mod filling;
mod grid;
pub(crate) mod handout;
mod marks;
mod naming;
mod one_size;
mod options;
mod page;
mod remark;
mod script;
mod sheet;
mod specimen;
mod standing;
mod tag;
mod text;

pub use self::{
    composer::Composer,
    contact::contact_sheet,
    country::country,
    error::LayoutError,
    face::{Face, Glyph},
    faces::{BrokenFont, Faces},
    fallback::{FallbackError, FallbackFont, MAX_FALLBACK_BYTES},
    naming::{NamingPlaces, NamingText},
    options::CardOptions,
    page::{Item, Page, TextLine},
    remark::LayoutRemark,
    sheet::Slug,
    standing::{OwnText, Standing, line},
    tag::{Role, Tag},
};

#[cfg(test)]
mod tests;
