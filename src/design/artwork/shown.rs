//! What a printed page can hold of a logo: rows of pixels, or filled outlines.

use std::{fmt, sync::Arc};

use crate::design::colour::Colour;

/// What a design shows as its logo.
#[derive(Clone, PartialEq)]
pub enum Artwork {
    /// Rows of pixels from the top left.
    Bitmap(Bitmap),
    /// Filled outlines.
    Drawing(Drawing),
}

/// A picture without transparency.
#[derive(Clone, PartialEq)]
pub struct Bitmap {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Three bytes a pixel, sRGB.
    pub rgb: Arc<[u8]>,
}

/// A drawing of filled outlines.
#[derive(Clone, PartialEq)]
pub struct Drawing {
    /// Its width, in units of its own.
    pub width: f32,
    /// Its height, in units of its own.
    pub height: f32,
    /// The outlines, the undermost first.
    pub shapes: Arc<[Outline]>,
}

/// A filled outline.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Its segments, in the drawing's units from the top left.
    pub outline: Vec<OutlinePiece>,
    /// Its colour.
    pub colour: Colour,
    /// Whether overlapping parts cut each other out.
    pub even_odd: bool,
    /// What it is cut to, each of them; empty where all of it shows.
    pub clips: Vec<Clip>,
}

/// An outline beyond which nothing shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Its segments, in the drawing's units from the top left.
    pub outline: Vec<OutlinePiece>,
    /// Whether overlapping parts cut each other out.
    pub even_odd: bool,
}

/// A piece of an outline; points are x and y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutlinePiece {
    /// Begins a part.
    Move([f32; 2]),
    /// A straight line.
    Line([f32; 2]),
    /// A cubic curve: two control points and its end.
    Curve([f32; 2], [f32; 2], [f32; 2]),
    /// Back to the part's beginning.
    Close,
}

impl Artwork {
    /// Its width for a height of 1.
    #[must_use]
    pub(crate) fn aspect(&self) -> f32 {
        match self {
            Self::Bitmap(picture) => picture.width as f32 / picture.height.max(1) as f32,
            Self::Drawing(drawing) => drawing.width / drawing.height,
        }
    }
}

impl fmt::Debug for Artwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bitmap(picture) => write!(f, "Picture({}×{})", picture.width, picture.height),
            Self::Drawing(drawing) => write!(f, "Drawing({} shapes)", drawing.shapes.len()),
        }
    }
}
