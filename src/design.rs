//! A design file (TOML) made into a checked [`Design`]: what stands where on a card.
//!
//! A design that exists can be printed: its fields lie in the safe area and beside one
//! another, its texts lack no language, its codes stand out from the paper and lie where no
//! envelope shows them.

mod artwork;
mod beside;
mod built_in;
mod cells;
mod colour;
mod element;
mod envelope;
mod fault;
mod fields;
mod file;
mod limits;
mod placed;
mod tables;
mod units;

pub use self::{
    artwork::{Artwork, ArtworkError, Bitmap, Clip, Drawing, Outline, OutlinePiece},
    beside::DesignFileError,
    colour::{Colour, NotAColour},
    element::{
        AddressField, Align, Design, Direction, Flow, Font, Grid, Logo, Rule, Sheet, Side,
        TextField, Vertical,
    },
    fault::{DesignError, DesignFault, FaultInFile},
    units::{Area, Mm, Pt},
};
pub(crate) use self::{
    colour::{encoded, linear},
    limits::MIN_CONTRAST,
};
