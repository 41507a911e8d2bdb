//! The fonts that a card is set with, and which of them sets a text.

use std::borrow::Cow;

use super::{face::Face, fallback::FallbackFont, script::right_to_left};
use crate::design::Font;

/// A font that came with the program can't be read; the build is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the program's own font {0} can't be read; the program was built wrongly, so build it again"
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

#[cfg(test)]
mod tests {
    use unicode_normalization::char::is_combining_mark;

    use super::*;
    use crate::design::Pt;
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
