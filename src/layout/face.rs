//! Fonts: their bytes, what they cover, and text shaped with them.

use std::{borrow::Cow, fmt, ops::Range};

use harfrust::{
    Buffer, Direction, Feature, Font as FontData, Script, ShapeOptions, ShapePlan, ShaperFont, Tag,
    font::Blob, shape,
};
use zeroize::Zeroize;

use super::script::stretches;
use crate::design::Pt;

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

    /// The length of a line at a size.
    #[must_use]
    pub fn length(&self, glyphs: &[Glyph], size: Pt) -> Pt {
        let units: i32 = glyphs.iter().map(|glyph| glyph.advance).sum();
        let units = units as f32;
        size * (units / self.units_per_em())
    }
}
