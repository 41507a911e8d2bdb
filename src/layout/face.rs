//! Fonts: their bytes, what they cover, and text shaped with them.

use std::{borrow::Cow, fmt, ops::Range};

use harfrust::{
    Buffer, Direction, Feature, Font as FontData, GlyphId, Script, ShapeOptions, ShapePlan,
    ShaperFont, Tag,
    font::{
        Blob,
        glyph::outline::{DrawMemory, DrawOptions, PathSink},
    },
    shape,
};
use zeroize::Zeroize;

use super::script::stretches;
use crate::design::{OutlinePiece, Pt};

/// A glyph where shaping put it; lengths in font units.
#[derive(Clone, Debug, Zeroize)]
pub struct Glyph {
    /// The glyph's number in the font.
    pub id: u16,
    /// From this glyph's origin to the next one's.
    pub advance: i32,
    /// How far right of its origin it is drawn.
    pub x_offset: i32,
    /// How far above its origin it is drawn.
    pub y_offset: i32,
    /// The first byte of the text it stands for; glyphs of one cluster share it.
    pub cluster: usize,
}

/// A font that texts are set with.
pub struct Face {
    font: FontData,
    features: Vec<Feature>,
    plans: Vec<ShapePlan>,
    /// The whole font file.
    pub bytes: Blob,
    /// Its PostScript name.
    pub name: Cow<'static, str>,
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Face").field(&self.name).finish()
    }
}

impl Face {
    /// Opens a font file; `None` when it can't be read. The features of `off` are never used.
    pub(super) fn open(name: Cow<'static, str>, bytes: Blob, off: &[&[u8; 4]]) -> Option<Self> {
        let font = FontData::new(bytes.clone(), 0)?;
        let features: Vec<Feature> =
            off.iter().map(|tag| Feature::new(Tag::new(tag), 0, ..)).collect();
        let plans = [Script::LATIN, Script::GREEK, Script::CYRILLIC]
            .map(|script| {
                ShapePlan::new(&font, Direction::LeftToRight, Some(script), None, &features)
            })
            .into();
        Some(Self { font, features, plans, bytes, name })
    }

    /// Font units in an em.
    #[must_use]
    pub(crate) fn units_per_em(&self) -> f32 {
        f32::from(self.font.units_per_em())
    }

    /// The height of a flat capital, in ems.
    #[must_use]
    pub(crate) fn cap_height(&self) -> f32 {
        self.font.metrics().cap_height.map_or(0.7, |height| height.to_f32() / self.units_per_em())
    }

    /// The first character that the font has no glyph for.
    #[must_use]
    pub fn missing(&self, text: &str) -> Option<char> {
        let charmap = self.font.charmap();
        text.chars().find(|character| charmap.map_unicode(*character).is_none())
    }

    /// Sets a text in one line: kerned, marks attached (OpenType GSUB and GPOS), each script by
    /// its own rules.
    #[must_use]
    pub fn shape(&self, text: &str) -> Vec<Glyph> {
        // One allocation, so that no copy of a code is left behind.
        let mut glyphs = Vec::with_capacity(text.len());
        for stretch in stretches(text) {
            self.shape_stretch(text, stretch.range, stretch.script, &mut glyphs);
        }
        glyphs
    }

    fn shape_stretch(
        &self,
        text: &str,
        range: Range<usize>,
        script: Option<Script>,
        glyphs: &mut Vec<Glyph>,
    ) {
        let mut buffer = Buffer::new();
        buffer.push_str(&text[range.clone()]);
        buffer.set_pre_context(&text[..range.start]);
        buffer.set_post_context(&text[range.end..]);
        buffer.set_direction(Direction::LeftToRight);
        // Digits alone are set as beside Latin letters.
        let script = script.unwrap_or(Script::LATIN);
        buffer.set_script(Some(script));
        let plan = self.plans.iter().find(|plan| plan.script() == Some(script));
        let options = ShapeOptions::new().features(&self.features).plan(plan);
        let shaper = ShaperFont::new(&self.font);
        if shape(&shaper, &mut buffer, options).is_err() {
            return;
        }
        let shaped = buffer.glyph_infos().iter().zip(buffer.glyph_positions());
        glyphs.extend(shaped.map(|(info, position)| Glyph {
            // OpenType fonts have at most 65,535 glyphs.
            id: u16::try_from(info.glyph_id).unwrap_or_default(),
            advance: position.x_advance,
            x_offset: position.x_offset,
            y_offset: position.y_offset,
            cluster: range.start + info.cluster as usize,
        }));
        // What was shaped may be a code.
        for info in buffer.glyph_infos_mut() {
            info.glyph_id = 0;
        }
    }

    /// The outline of a glyph in ems, upwards and to the right of its origin; empty for a space.
    #[must_use]
    pub(crate) fn outline(&self, glyph: u16) -> Vec<OutlinePiece> {
        let mut pen = Pen { units: self.units_per_em(), at: [0.0; 2], pieces: Vec::new() };
        let outlines = self.font.outline_glyphs();
        if let Some(outline) = outlines.get(GlyphId::new(glyph.into())) {
            // One that can't be drawn has no ink.
            if outline.draw(&DrawOptions::new(), DrawMemory::Scratch, &mut pen).is_err() {
                pen.pieces.clear();
            }
        }
        pen.pieces
    }

    /// The length of a line at a size.
    #[must_use]
    pub fn length(&self, glyphs: &[Glyph], size: Pt) -> Pt {
        let units: i32 = glyphs.iter().map(|glyph| glyph.advance).sum();
        let units = units as f32;
        size * (units / self.units_per_em())
    }
}

/// Writes down what a glyph's outline is made of.
struct Pen {
    units: f32,
    at: [f32; 2],
    pieces: Vec<OutlinePiece>,
}

impl Pen {
    fn to(&mut self, x: f32, y: f32) -> [f32; 2] {
        self.at = [x / self.units, y / self.units];
        self.at
    }
}

impl PathSink for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let to = self.to(x, y);
        self.pieces.push(OutlinePiece::Move(to));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.to(x, y);
        self.pieces.push(OutlinePiece::Line(to));
    }

    /// A curve with one control point is one with two, each two thirds of the way to it.
    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        let (from, control) = (self.at, [cx0 / self.units, cy0 / self.units]);
        let to = self.to(x, y);
        let towards = |end: [f32; 2]| [0, 1].map(|i| end[i] + (control[i] - end[i]) * 2.0 / 3.0);
        self.pieces.push(OutlinePiece::Curve(towards(from), towards(to), to));
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let controls = [[cx0, cy0], [cx1, cy1]].map(|[x, y]| [x / self.units, y / self.units]);
        let to = self.to(x, y);
        self.pieces.push(OutlinePiece::Curve(controls[0], controls[1], to));
    }

    fn close(&mut self) {
        self.pieces.push(OutlinePiece::Close);
    }
}
