//! The shipped fonts: their bytes, what they cover, and text shaped with them.

use harfrust::{
    Buffer, Direction, Feature, Font as FontData, Script, ShapeOptions, ShapePlan, ShaperFont, Tag,
    shape,
};
use zeroize::Zeroize;

use crate::design::{Font, Pt};

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

/// One of the fonts the program carries.
pub struct Face {
    font: FontData,
    plans: [ShapePlan; 3],
    /// The whole font file.
    pub bytes: &'static [u8],
    /// Its PostScript name.
    pub name: &'static str,
}

/// A font that came with the program can't be read; the build is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the program's own font {0} can't be read; the program was built wrongly, so build it anew"
)]
pub struct BrokenFont(pub &'static str);

/// The shipped faces.
pub struct Faces([Face; 3]);

impl Faces {
    /// Opens the fonts that the program carries.
    ///
    /// # Errors
    /// [`BrokenFont`] when one can't be read.
    pub fn shipped() -> Result<Self, BrokenFont> {
        Ok(Self([
            Face::open(
                "NotoSans-Regular",
                include_bytes!("../../fonts/NotoSans-Regular.ttf"),
                &[],
            )?,
            Face::open("NotoSans-Bold", include_bytes!("../../fonts/NotoSans-Bold.ttf"), &[])?,
            // A code is read symbol by symbol; no rule of the font may change one by its
            // neighbours.
            Face::open(
                "AtkinsonHyperlegibleMono-Medium",
                include_bytes!("../../fonts/AtkinsonHyperlegibleMono-Medium.ttf"),
                &[b"calt", b"liga"],
            )?,
        ]))
    }

    /// The face for a purpose.
    #[must_use]
    pub const fn get(&self, font: Font) -> &Face {
        match font {
            Font::Text => &self.0[0],
            Font::Bold => &self.0[1],
            Font::Codes => &self.0[2],
        }
    }
}

impl Face {
    fn open(
        name: &'static str,
        bytes: &'static [u8],
        off: &[&[u8; 4]],
    ) -> Result<Self, BrokenFont> {
        let font = FontData::new(bytes, 0).ok_or(BrokenFont(name))?;
        let features: Vec<Feature> =
            off.iter().map(|tag| Feature::new(Tag::new(tag), 0, ..)).collect();
        let plans = [Script::LATIN, Script::GREEK, Script::CYRILLIC].map(|script| {
            ShapePlan::new(&font, Direction::LeftToRight, Some(script), None, &features)
        });
        Ok(Self { font, plans, bytes, name })
    }

    /// Font units in an em.
    #[must_use]
    pub fn units_per_em(&self) -> f32 {
        f32::from(self.font.units_per_em())
    }

    /// The height of a flat capital, in ems.
    #[must_use]
    pub fn cap_height(&self) -> f32 {
        self.font.metrics().cap_height.map_or(0.7, |height| height.to_f32() / self.units_per_em())
    }

    /// The first character that the font has no glyph for.
    #[must_use]
    pub fn missing(&self, text: &str) -> Option<char> {
        let charmap = self.font.charmap();
        text.chars().find(|character| charmap.map_unicode(*character).is_none())
    }

    /// Sets a text in one line: kerned, marks attached (OpenType GSUB and GPOS).
    #[must_use]
    pub fn shape(&self, text: &str) -> Vec<Glyph> {
        let mut buffer = Buffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let plan = self
            .plans
            .iter()
            .find(|plan| plan.script() == buffer.script())
            .unwrap_or(&self.plans[0]);
        buffer.set_script(plan.script());
        buffer.set_language(None);
        let shaper = ShaperFont::new(&self.font);
        if shape(&shaper, &mut buffer, ShapeOptions::new().plan(Some(plan))).is_err() {
            return Vec::new();
        }
        let glyphs = buffer
            .glyph_infos()
            .iter()
            .zip(buffer.glyph_positions())
            .map(|(info, position)| Glyph {
                // OpenType fonts have at most 65,535 glyphs.
                id: u16::try_from(info.glyph_id).unwrap_or_default(),
                advance: position.x_advance,
                x_offset: position.x_offset,
                y_offset: position.y_offset,
                cluster: info.cluster as usize,
            })
            .collect();
        // What was shaped may be a code.
        for info in buffer.glyph_infos_mut() {
            info.glyph_id = 0;
        }
        glyphs
    }

    /// The length of a line at a size.
    #[must_use]
    pub fn length(&self, glyphs: &[Glyph], size: Pt) -> Pt {
        let units: i32 = glyphs.iter().map(|glyph| glyph.advance).sum();
        let units = units as f32;
        size * (units / self.units_per_em())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_attached_and_pairs_are_kerned() {
        let faces = Faces::shipped().unwrap();
        let face = faces.get(Font::Text);
        let marked = face.shape("l\u{325}\u{304}");
        assert!(marked.iter().skip(1).all(|mark| mark.advance == 0));
        assert!(marked.iter().any(|mark| mark.y_offset != 0 || mark.x_offset != 0));
        let pair = |text| face.length(&face.shape(text), Pt(10.0)).0;
        assert!(pair("AV") < pair("A") + pair("V"));
    }

    #[test]
    fn a_codes_glyphs_do_not_depend_on_their_neighbours() {
        let faces = Faces::shipped().unwrap();
        let face = faces.get(Font::Codes);
        let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let alone = |c: char| face.shape(&c.to_string())[0].id;
        for a in alphabet.chars() {
            for b in alphabet.chars() {
                let glyphs = face.shape(&format!("{a}{b}"));
                assert_eq!([glyphs[0].id, glyphs[1].id], [alone(a), alone(b)], "{a}{b}");
                assert_eq!(glyphs[0].advance, glyphs[1].advance);
            }
        }
    }

    #[test]
    fn a_character_without_a_glyph_is_named() {
        let faces = Faces::shipped().unwrap();
        for font in [Font::Text, Font::Bold] {
            let face = faces.get(font);
            assert_eq!(face.missing("Đặng Ǻsa Ελένη Стоян C\u{328}\u{306}"), None);
            assert_eq!(face.missing("Jan გიორგი"), Some('გ'));
        }
    }
}
