//! A word across the codes of a card that is none.

use super::{
    composer::Composer,
    page::{Item, Page, TextLine},
};
use crate::design::{Colour, Font, Mm, Pt};

/// What stands across the codes; it is understood in every language that cards have.
const WORD: &str = "SPECIMEN";
/// Light enough that the codes over it are read, and no grey of an office printer.
const COLOUR: Colour = Colour { rgb: [0xF2, 0x9B, 0x9B] };
/// How much of the grid's width and height the word takes.
const PART: f32 = 0.92;

impl Composer {
    /// Marks a card's front as a specimen: under its codes, so that these can be looked at, and over
    /// their bands.
    pub(crate) fn mark_specimen(&self, front: &mut Page) {
        let area = self.design.grid.area;
        let face = self.faces().get(Font::Bold);
        let glyphs = face.shape(WORD);
        let ems = face.length(&glyphs, Pt(1.0)).0;
        let by_width = Pt::from(area.width).0 * PART / ems;
        let by_height = Pt::from(area.height).0 * PART / face.cap_height();
        let size = Pt(by_width.min(by_height));
        let x = area.x + (area.width - Mm::from(size * ems)) / 2.0;
        let baseline = area.y + (area.height + Mm::from(size * face.cap_height())) / 2.0;
        let line = TextLine::new(Font::Bold, size, x, baseline, COLOUR, WORD, glyphs);
        let over = front.items.iter().rposition(|item| matches!(item, Item::Fill { .. }));
        front.items.insert(over.map_or(0, |last| last + 1), Item::Line(line));
    }
}
