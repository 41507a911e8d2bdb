//! What stands on a page: fills, lines of text, symbols, logos, each in its place.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{face::Glyph, tag::Tag};
use crate::{
    design::{Area, Colour, Font, Logo, Mm, Pt},
    symbol::Symbol,
};

/// One thing on a page.
#[derive(Clone)]
pub enum Item {
    /// A filled rectangle.
    Fill {
        /// Where.
        area: Area,
        /// In which colour.
        colour: Colour,
    },
    /// A line of text.
    Line(TextLine),
    /// A QR code or a Data Matrix, quiet zone included.
    Symbol {
        /// Where.
        area: Area,
        /// Its modules.
        symbol: Symbol,
        /// What is read in its stead; nothing of what is for machines alone.
        alt: String,
        /// What it is to readers.
        tag: Tag,
    },
    /// A logo.
    Logo(Logo),
}

impl Item {
    /// The same thing with another tag; fills and logos have none.
    pub(super) fn retagged(mut self, change: impl Fn(Tag) -> Tag) -> Self {
        if let Self::Line(TextLine { tag, .. }) | Self::Symbol { tag, .. } = &mut self {
            *tag = change(*tag);
        }
        self
    }

    /// The same thing elsewhere on the page.
    pub(super) fn moved(self, right: Mm, down: Mm) -> Self {
        let moved = |area: Area| Area { x: area.x + right, y: area.y + down, ..area };
        match self {
            Self::Fill { area, colour } => Self::Fill { area: moved(area), colour },
            Self::Symbol { area, symbol, alt, tag } => {
                Self::Symbol { area: moved(area), symbol, alt, tag }
            }
            Self::Logo(logo) => Self::Logo(Logo { area: moved(logo.area), ..logo }),
            Self::Line(mut line) => {
                line.x += right;
                line.baseline += down;
                Self::Line(line)
            }
        }
    }
}

/// A line of text, shaped and placed. It may hold a code, so it wipes itself.
#[derive(Clone)]
pub struct TextLine {
    /// The face.
    pub font: Font,
    /// The size.
    pub size: Pt,
    /// The left end of the baseline.
    pub x: Mm,
    /// The baseline, from the top of the page.
    pub baseline: Mm,
    /// The colour.
    pub colour: Colour,
    /// What it is to readers.
    pub tag: Tag,
    content: PageContent,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct PageContent {
    text: String,
    glyphs: Vec<Glyph>,
}

impl TextLine {
    /// A line that nobody has tagged yet.
    pub(super) fn new(
        font: Font,
        size: Pt,
        x: Mm,
        baseline: Mm,
        colour: Colour,
        text: &str,
        glyphs: Vec<Glyph>,
    ) -> Self {
        let content = PageContent { text: text.to_owned(), glyphs };
        Self { font, size, x, baseline, colour, tag: Tag::ARTIFACT, content }
    }

    /// The same line, of which it is said what it is.
    pub(super) fn tagged(self, tag: Tag) -> Self {
        Self { tag, ..self }
    }

    /// The characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.content.text
    }

    /// The glyphs, from left to right.
    #[must_use]
    pub fn glyphs(&self) -> &[Glyph] {
        &self.content.glyphs
    }
}

/// One page of a card.
pub struct Page {
    /// What stands on it, in order of drawing, which is the order of reading too.
    pub items: Vec<Item>,
}
