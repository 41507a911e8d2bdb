//! A font of the operator's, for names in letters that the shipped fonts lack.

use std::{borrow::Cow, sync::Arc};

use harfrust::font::{Blob, Font as FontData, name::NameId};

use super::face::Face;

/// The largest font file, in bytes; a font of all Chinese characters takes about 20 MB.
pub const MAX_FALLBACK_BYTES: u64 = 64 << 20;
/// `fsType`: the font may not be embedded (OpenType, OS/2 table).
const RESTRICTED: u16 = 0x0002;
/// `fsType`: the font may not be cut down to the glyphs in use.
const NO_SUBSETTING: u16 = 0x0100;
/// `fsType`: only bitmaps of the font may be embedded.
const BITMAPS_ONLY: u16 = 0x0200;

/// Why a file can't be the fallback font.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FallbackError {
    /// It is no font, or a damaged one.
    #[error("it is not a font this program can read; give a TrueType font (.ttf)")]
    NotAFont,
    /// It is several fonts in one file.
    #[error("it is a collection of fonts; give a single TrueType font (.ttf)")]
    Collection,
    /// Its outlines are not of the kind that this program embeds.
    #[error(
        "it has no TrueType outlines; fonts with PostScript outlines or pictures for letters can't \
         be embedded, so give the font's TrueType version (.ttf)"
    )]
    NoOutlines,
    /// Its maker does not allow what the program would do with it.
    #[error(
        "it may not be embedded in documents: its maker says so (OS/2 fsType 0x{0:04X}); \
         choose a font with a free licence, for example one of the Noto fonts"
    )]
    NotAllowed(u16),
}

/// A font that sets a line of text when the design's own face can't.
#[derive(Clone, Debug)]
pub struct FallbackFont(Arc<Face>);

impl FallbackFont {
    /// Reads a font file's bytes.
    ///
    /// # Errors
    /// [`FallbackError`] when it can't be read, or may not be embedded.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, FallbackError> {
        if bytes.starts_with(b"ttcf") {
            return Err(FallbackError::Collection);
        }
        let fs_type = table(&bytes, *b"OS/2").and_then(|os2| u16_at(os2, 8));
        let has_outlines = table(&bytes, *b"glyf").is_some_and(|glyf| !glyf.is_empty());
        let blob = Blob::from(bytes);
        let font = FontData::new(blob.clone(), 0).ok_or(FallbackError::NotAFont)?;
        if !has_outlines {
            return Err(FallbackError::NoOutlines);
        }
        // A font that says nothing about embedding forbids nothing.
        let fs_type = fs_type.unwrap_or(0);
        if fs_type & (RESTRICTED | NO_SUBSETTING | BITMAPS_ONLY) != 0 {
            return Err(FallbackError::NotAllowed(fs_type));
        }
        if font.num_glyphs() < 2 || font.units_per_em() == 0 || !font.charmap().has_unicode() {
            return Err(FallbackError::NotAFont);
        }
        let name = Cow::Owned(postscript_name(&font));
        Face::open(name, blob, &[]).map(|face| Self(Arc::new(face))).ok_or(FallbackError::NotAFont)
    }

    /// The whole font file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    pub(super) fn face(&self) -> &Face {
        &self.0
    }
}

/// The name as PDF files have it: letters, digits and hyphens.
fn postscript_name(font: &FontData) -> String {
    let name: String = font
        .names()
        .get(NameId::POSTSCRIPT_NAME)
        .and_then(|name| name.english_or_first())
        .map(|name| name.name().chars().collect())
        .unwrap_or_default();
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(63).collect();
    if name.is_empty() { "Fallback".to_owned() } else { name }
}

/// A table of a font file: the directory has 16 bytes a table, behind a head of 12.
fn table(bytes: &[u8], tag: [u8; 4]) -> Option<&[u8]> {
    let count = usize::from(u16_at(bytes, 4)?);
    let entry = bytes.get(12..)?.chunks_exact(16).take(count).find(|entry| entry[..4] == tag)?;
    let (start, length) = (u32_at(entry, 8)?, u32_at(entry, 12)?);
    bytes.get(start..start.checked_add(length)?)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().map(u16::from_be_bytes).ok()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let number = bytes.get(at..at + 4)?.try_into().map(u32::from_be_bytes).ok()?;
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: &[u8] = include_bytes!("../../fonts/NotoSans-Regular.ttf");

    /// The font with another `fsType`.
    fn with_fs_type(fs_type: u16) -> Vec<u8> {
        let mut bytes = FONT.to_vec();
        let os2 = table(FONT, *b"OS/2").unwrap().as_ptr() as usize - FONT.as_ptr() as usize;
        bytes[os2 + 8..os2 + 10].copy_from_slice(&fs_type.to_be_bytes());
        bytes
    }

    /// The font without a table: its tag is made one that nobody knows.
    fn without(tag: [u8; 4]) -> Vec<u8> {
        let mut bytes = FONT.to_vec();
        let at = bytes[..600].windows(4).position(|window| window == tag).unwrap();
        bytes[at..at + 4].copy_from_slice(b"zzzz");
        bytes
    }

    #[test]
    fn a_font_that_may_be_embedded_is_taken_with_its_name() {
        for fs_type in [0, 0x0004, 0x0008] {
            let font = FallbackFont::parse(with_fs_type(fs_type)).unwrap();
            assert_eq!(font.0.name, "NotoSans-Regular");
            assert_eq!(font.bytes().len(), FONT.len());
        }
    }

    #[test]
    fn a_font_whose_maker_forbids_embedding_is_refused() {
        for fs_type in [0x0002, 0x0102, 0x0104, 0x0200] {
            let error = FallbackFont::parse(with_fs_type(fs_type)).unwrap_err();
            assert_eq!(error, FallbackError::NotAllowed(fs_type));
        }
    }

    #[test]
    fn what_is_no_single_truetype_font_is_refused() {
        let refused = |bytes: &[u8]| FallbackFont::parse(bytes.to_vec()).unwrap_err();
        assert_eq!(refused(b""), FallbackError::NotAFont);
        assert_eq!(refused(b"%PDF-1.4 not a font at all"), FallbackError::NotAFont);
        assert_eq!(refused(b"ttcf\0\x01\0\0\0\0\0\x02"), FallbackError::Collection);
        assert_eq!(refused(&without(*b"glyf")), FallbackError::NoOutlines);
        assert_eq!(refused(&without(*b"cmap")), FallbackError::NotAFont);
        // However a font is cut off, it is refused or read, and nothing panics.
        for end in (0..FONT.len()).step_by(997) {
            let _ = FallbackFont::parse(FONT[..end].to_vec());
        }
    }
}
