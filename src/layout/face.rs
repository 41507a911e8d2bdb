//! Fonts: their bytes, what they cover, and text shaped with them.

use std::{borrow::Cow, fmt, ops::Range};

use harfrust::{
    Buffer, Direction, Feature, Font as FontData, Script, ShapeOptions, ShapePlan, ShaperFont, Tag,
    font::Blob, shape,
};
use zeroize::Zeroize;

use super::{
    fallback::FallbackFont,
    script::{right_to_left, stretches},
};
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

/// A font that came with the program can't be read; the build is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the program's own font {0} can't be read; the program was built wrongly, so build it anew"
)]
pub struct BrokenFont(pub &'static str);

/// Why no face can set a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NoFace {
    /// No font has the character.
    Missing(char),
    /// The face has not `face`, the fallback font has not `fallback`.
    Mixed { face: char, fallback: char },
    /// The character is written from right to left.
    RightToLeft(char),
}

/// The shipped faces, and the one that helps out if the operator gave one.
pub struct Faces {
    shipped: [Face; 3],
    fallback: Option<FallbackFont>,
}

impl Faces {
    /// Opens the fonts that the program carries.
    ///
    /// # Errors
    /// [`BrokenFont`] when one can't be read.
    pub fn shipped() -> Result<Self, BrokenFont> {
        let open = |name, bytes: &'static [u8], off: &[&[u8; 4]]| {
            Face::open(Cow::Borrowed(name), bytes.into(), off).ok_or(BrokenFont(name))
        };
        let shipped = [
            open("NotoSans-Regular", include_bytes!("../../fonts/NotoSans-Regular.ttf"), &[])?,
            open("NotoSans-Bold", include_bytes!("../../fonts/NotoSans-Bold.ttf"), &[])?,
            // A code is read symbol by symbol; no rule of the font may change one by its
            // neighbours.
            open(
                "AtkinsonHyperlegibleMono-Medium",
                include_bytes!("../../fonts/AtkinsonHyperlegibleMono-Medium.ttf"),
                &[b"calt", b"liga"],
            )?,
        ];
        Ok(Self { shipped, fallback: None })
    }

    /// With a font of the operator's, for lines that the design's face can't set.
    #[must_use]
    pub fn with_fallback(self, fallback: Option<FallbackFont>) -> Self {
        Self { fallback, ..self }
    }

    /// The face for a purpose; where no fallback was given, running text takes its place.
    #[must_use]
    pub fn get(&self, font: Font) -> &Face {
        match (font, &self.fallback) {
            (Font::Bold, _) => &self.shipped[1],
            (Font::Codes, _) => &self.shipped[2],
            (Font::Fallback, Some(fallback)) => fallback.face(),
            (Font::Text | Font::Fallback, _) => &self.shipped[0],
        }
    }

    /// The font for a whole text: the one asked for, or else the fallback font. Two fonts in one
    /// name would look like a fault.
    pub(super) fn choose(&self, font: Font, text: &str) -> Result<Font, NoFace> {
        if let Some(character) = right_to_left(text) {
            return Err(NoFace::RightToLeft(character));
        }
        let Some(face) = self.get(font).missing(text) else { return Ok(font) };
        let Some(fallback) = &self.fallback else { return Err(NoFace::Missing(face)) };
        match fallback.face().missing(text) {
            None => Ok(Font::Fallback),
            Some(fallback) if fallback == face => Err(NoFace::Missing(face)),
            Some(fallback) => Err(NoFace::Mixed { face, fallback }),
        }
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

#[cfg(test)]
mod tests {
    use unicode_normalization::char::is_combining_mark;

    use super::*;
    use tokenkaart_token::holder::din91379::{self, Group};

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
    fn every_letter_of_din_91379_is_covered_and_its_marks_are_attached() {
        let faces = Faces::shipped().unwrap();
        for font in [Font::Text, Font::Bold] {
            let face = faces.get(font);
            for entry in din91379::latin() {
                let glyphs = face.shape(&entry);
                assert!(glyphs.iter().all(|glyph| glyph.id != 0), "{font:?} {entry}");
                // A letter advances, a mark that is a glyph of its own hangs on it.
                let advancing = glyphs.iter().filter(|glyph| glyph.advance != 0).count();
                let letters = entry.chars().filter(|c| !is_combining_mark(*c)).count();
                assert_eq!(advancing, letters, "{font:?} {entry}: {glyphs:?}");
                let hanging = glyphs.iter().filter(|glyph| glyph.advance == 0);
                for mark in hanging {
                    assert!(mark.x_offset != 0 || mark.y_offset != 0, "{font:?} {entry}");
                }
            }
        }
    }

    #[test]
    fn names_of_every_group_are_covered_but_for_three_signs_of_mathematics() {
        let faces = Faces::shipped().unwrap();
        for font in [Font::Text, Font::Bold] {
            let missing: String = din91379::entries()
                .filter(|(group, _)| *group != Group::WhiteSpace)
                .filter_map(|(_, entry)| faces.get(font).missing(&entry))
                .collect();
            assert_eq!(missing, "∞≤≥", "{font:?}");
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
