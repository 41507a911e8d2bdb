//! The 24 codes in their grid, with what leads the eye along a row.

use tokenkaart_token::{
    language::Language,
    token::{CodeFormat, Position, Token},
};
use zeroize::Zeroizing;

use super::{
    error::LayoutError,
    face::Glyph,
    faces::Faces,
    page::{Item, TextLine},
    tag::Tag,
};
use crate::design::{Area, Design, Font, Grid, Mm, Pt};

/// What all cards of a run have alike: the size of the codes, bands and hairlines.
pub(super) struct SetGrid {
    grid: Grid,
    code_size: Pt,
    numbers: Vec<TextLine>,
    column: Mm,
    row: Mm,
}

impl SetGrid {
    /// Finds the size at which any code of a format fits.
    pub(super) fn new(
        faces: &Faces,
        design: &Design,
        format: &CodeFormat,
    ) -> Result<Self, LayoutError> {
        let grid = design.grid.clone();
        let face = faces.get(Font::Codes);
        if let Some(character) = face.missing(format.alphabet().as_str()) {
            return Err(LayoutError::NoGlyph { field: "codes".to_owned(), character });
        }
        let column = grid.area.width / f32::from(grid.columns);
        let row = grid.area.height / f32::from(grid.rows);
        // The face gives all symbols one width, so any code is as long as any other.
        let sample = sample(format);
        let mut glyphs = face.shape(&sample);
        narrow_gaps(&mut glyphs, &sample, face.units_per_em(), grid.group_gap);
        let ems = face.length(&glyphs, Pt(1.0)).0;
        let size = grid.size_of(ems).0;
        if size < grid.min_code_size.0 {
            return Err(LayoutError::CodeTooLong {
                symbols: format.length(),
                size,
                min_size: grid.min_code_size.0,
            });
        }
        let mut set = Self { grid, code_size: Pt(size), numbers: Vec::new(), column, row };
        let font = set.grid.number_font;
        let (text, number_size) = (faces.get(font), Pt(set.grid.number_size.0.min(size)));
        set.numbers = Position::all()
            .map(|position| {
                let number = position.to_string();
                let glyphs = text.shape(&number);
                let (left, baseline) = set.corner(faces, position);
                let length = Mm::from(text.length(&glyphs, number_size));
                let x = left + set.grid.number_right - length;
                let colour = set.grid.number_colour;
                let line = TextLine::new(font, number_size, x, baseline, colour, &number, glyphs);
                line.tagged(Tag::number(position))
            })
            .collect();
        Ok(set)
    }

    /// A cell's left edge, and its baseline: capitals stand in the middle of the row.
    fn corner(&self, faces: &Faces, position: Position) -> (Mm, Mm) {
        let (row, column) = self.grid.cell(position);
        let left = self.grid.area.x + self.column * f32::from(column);
        let top = self.grid.area.y + self.row * f32::from(row);
        let capital = Mm::from(self.code_size * faces.get(Font::Codes).cap_height());
        (left, top + (self.row + capital) / 2.0)
    }

    /// Bands under every other row, hairlines between columns, above and below.
    pub(super) fn ground(&self, items: &mut Vec<Item>) {
        let Grid { area, band_colour, rule_colour, rule_width, columns, rows, .. } = &self.grid;
        for row in (0..*rows).step_by(2) {
            let y = area.y + self.row * f32::from(row);
            let band = Area { x: area.x, y, width: area.width, height: self.row };
            items.push(Item::Fill { area: band, colour: *band_colour });
        }
        let thickness = Mm::from(*rule_width);
        let mut rule = |x, y, width, height| {
            items.push(Item::Fill { area: Area { x, y, width, height }, colour: *rule_colour });
        };
        rule(area.x, area.y, area.width, thickness);
        rule(area.x, area.bottom() - thickness, area.width, thickness);
        for column in 1..*columns {
            let x = area.x + self.column * f32::from(column) - thickness / 2.0;
            rule(x, area.y, thickness, area.height);
        }
    }

    /// The numbers and the codes of one token, in order of position.
    pub(super) fn codes(
        &self,
        faces: &Faces,
        format: &CodeFormat,
        token: &Token,
        language: Language,
        items: &mut Vec<Item>,
    ) {
        for (position, number) in Position::all().zip(&self.numbers) {
            let tag = Tag { language, ..number.tag };
            items.push(Item::Line(number.clone().tagged(tag)));
            let text = token.code(position).printed(format);
            let line = self.code(faces, position, &text);
            items.push(Item::Line(line.tagged(Tag::code(position, language))));
        }
    }

    /// The number of a position in its place.
    pub(super) fn number(&self, position: Position) -> TextLine {
        self.numbers[usize::from(position.number()) - 1].clone()
    }

    /// A code in the place of its position; `text` has its groups.
    pub(super) fn code(&self, faces: &Faces, position: Position, text: &str) -> TextLine {
        let face = faces.get(Font::Codes);
        let mut glyphs = face.shape(text);
        narrow_gaps(&mut glyphs, text, face.units_per_em(), self.grid.group_gap);
        let (left, baseline) = self.corner(faces, position);
        let x = left + self.grid.code_left;
        let colour = self.grid.code_colour;
        TextLine::new(Font::Codes, self.code_size, x, baseline, colour, text, glyphs)
    }

    /// The size that codes are printed in.
    #[cfg(test)]
    pub(super) fn code_size(&self) -> Pt {
        self.code_size
    }
}

/// A text as long as any code of a format, and no code.
fn sample(format: &CodeFormat) -> Zeroizing<String> {
    let group = if format.grouping() == 0 { format.length() } else { format.grouping() };
    let symbol = format.alphabet().as_str().chars().next().unwrap_or('0');
    let mut text = Zeroizing::new(String::new());
    for index in 0..format.length() {
        if index > 0 && index % group == 0 {
            text.push(' ');
        }
        text.push(symbol);
    }
    text
}

/// Makes the spaces between groups as wide as the design says; in a monospaced face they are
/// as wide as a symbol, which would cost the symbols a sixth of their size.
#[allow(clippy::cast_possible_truncation)]
fn narrow_gaps(glyphs: &mut [Glyph], text: &str, units_per_em: f32, gap: f32) {
    for glyph in glyphs {
        if text.as_bytes().get(glyph.cluster) == Some(&b' ') {
            glyph.advance = (units_per_em * gap).round() as i32;
        }
    }
}
