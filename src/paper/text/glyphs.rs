//! The glyphs a page shows, in the order in which it shows them, and what it draws beside them.

use hayro::{
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
        InterpreterCache, InterpreterSettings, SoftMask, TransformExt,
        font::{Glyph, GlyphRun},
        hayro_cmap::BfString,
        interpret_page,
    },
    hayro_syntax::{
        object::{Dict, String as PdfString, dict::keys::ACTUAL_TEXT},
        page::Page,
    },
    kurbo::{Affine, BezPath, Point, Rect, Vec2},
};
use zeroize::Zeroizing;

use crate::paper::drawn::Drawn;

/// Units in which glyphs measure themselves, to the em.
const UNITS_PER_EM: f64 = 1000.0;

/// A glyph, or several that stand for one text, and the ink's place in points from the top
/// left of the page.
#[derive(Clone)]
pub(in crate::paper) struct Piece {
    pub(super) text: Zeroizing<String>,
    /// Where the baseline starts.
    pub(in crate::paper) origin: Point,
    /// The way the text runs, of length 1.
    pub(super) direction: Vec2,
    /// How far it reaches in that direction.
    pub(super) advance: f64,
    /// Font size in points.
    pub(super) size: f64,
    /// Whether the text was given for its glyphs, so that where each letter stands is not known.
    pub(super) is_given: bool,
}

/// What interpreting a page shows of it.
pub(in crate::paper) struct Seen {
    pub(in crate::paper) pieces: Vec<Piece>,
    pub(in crate::paper) drawn: Drawn,
}

/// A text that marked content gives for the glyphs within it.
struct Replacement {
    /// How many spans were open before this one.
    depth: usize,
    text: Zeroizing<String>,
    /// The place: where the first glyph stands and the last one ends.
    piece: Option<Piece>,
}

/// Collects glyphs and shapes and draws nothing.
struct Collector {
    pieces: Vec<Piece>,
    drawn: Drawn,
    page: Rect,
    depth: usize,
    /// The outermost replacement that is open; those within it are replaced with it.
    replacement: Option<Replacement>,
    /// Where the glyphs last filled stood: outlining the same ones shows them no second time.
    filled: Vec<Affine>,
}

pub(in crate::paper) fn collect(page: &Page<'_>) -> Seen {
    let (width, height) = page.render_dimensions();
    let page_area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let cache = InterpreterCache::new();
    let mut context = Context::new(
        page.initial_transform(true).to_kurbo(),
        page_area,
        &cache,
        page.xref(),
        InterpreterSettings::default(),
    );
    let mut collector = Collector {
        pieces: Vec::new(),
        drawn: Drawn::default(),
        page: page_area,
        depth: 0,
        replacement: None,
        filled: Vec::new(),
    };
    interpret_page(page, &mut context, &mut collector);
    collector.close_replacement();
    Seen { pieces: collector.pieces, drawn: collector.drawn }
}

impl Collector {
    fn take(&mut self, glyph: &Glyph<'_>, transform: Affine) {
        let origin = transform * Point::ZERO;
        let em = transform * Point::new(UNITS_PER_EM, 0.0) - origin;
        let up = transform * Point::new(0.0, UNITS_PER_EM) - origin;
        let (size, along) = (up.hypot(), em.hypot());
        if !self.page.contains(origin) || !size.is_normal() || !along.is_normal() {
            return;
        }
        let advance = match glyph {
            Glyph::Outline(glyph) => glyph.advance_width(),
            Glyph::Type3(glyph) => glyph.advance_width(),
        };
        let piece = Piece {
            text: unicode(glyph),
            origin,
            direction: em / along,
            advance: f64::from(advance.unwrap_or_default()) / UNITS_PER_EM * along,
            size,
            is_given: false,
        };
        if !piece.advance.is_finite() {
            return;
        }
        match &mut self.replacement {
            None => self.pieces.push(piece),
            Some(replacement) => match &mut replacement.piece {
                None => replacement.piece = Some(piece),
                Some(whole) => {
                    let end = (piece.origin - whole.origin).dot(whole.direction) + piece.advance;
                    whole.advance = whole.advance.max(end);
                }
            },
        }
    }

    fn close_replacement(&mut self) {
        if let Some(Replacement { text, piece: Some(mut piece), .. }) = self.replacement.take() {
            piece.text = text;
            piece.is_given = true;
            self.pieces.push(piece);
        }
    }
}

impl<'a> Device<'a> for Collector {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let places = run.glyphs().iter().map(|glyph| props.transform * glyph.transform());
        match mode {
            DrawMode::Invisible => return,
            DrawMode::Stroke(_) if self.filled.iter().copied().eq(places.clone()) => return,
            DrawMode::Fill(_) => self.filled = places.clone().collect(),
            _ => {}
        }
        self.drawn.text(run, &props);
        for (glyph, transform) in run.glyphs().iter().zip(places) {
            self.take(glyph, transform);
        }
    }

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        let text = properties.and_then(|dict| dict.get::<PdfString<'_>>(ACTUAL_TEXT));
        if let (Some(text), None) = (text, &self.replacement) {
            let text = text_string(text.as_bytes());
            self.replacement = Some(Replacement { depth: self.depth, text, piece: None });
        }
        self.depth += 1;
    }

    fn end_marked_content(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.replacement.as_ref().is_some_and(|open| open.depth >= self.depth) {
            self.close_replacement();
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.drawn.path(path, &props, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.drawn.clip(&clip.path);
    }

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        if mask.is_some() {
            self.drawn.anywhere();
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.drawn.picture(image.width(), image.height(), props.transform);
    }

    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// What a glyph says; U+FFFD when its font doesn't tell.
fn unicode(glyph: &Glyph<'_>) -> Zeroizing<String> {
    Zeroizing::new(match glyph.as_unicode() {
        Some(BfString::Char(char)) => char.to_string(),
        Some(BfString::String(text)) => text,
        None => char::REPLACEMENT_CHARACTER.to_string(),
    })
}

/// A PDF text string (ISO 32000-2, 7.9.2.2): UTF-16BE or UTF-8 by its mark, or else
/// `PDFDocEncoding`, of which the part that Latin-1 shares is read.
fn text_string(bytes: &[u8]) -> Zeroizing<String> {
    let text = match bytes {
        [0xFE, 0xFF, units @ ..] => {
            let units = units.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        [0xEF, 0xBB, 0xBF, utf8 @ ..] => String::from_utf8_lossy(utf8).into_owned(),
        bytes => bytes
            .iter()
            .map(|byte| match byte {
                0x20..=0x7E | 0xA1..=0xFF => char::from(*byte),
                _ => char::REPLACEMENT_CHARACTER,
            })
            .collect(),
    };
    Zeroizing::new(text)
}

#[cfg(test)]
mod tests {
    use super::text_string;

    #[test]
    fn a_text_string_is_read_by_its_mark() {
        for (bytes, text) in [
            (&b"\xFE\xFF\x00A\x01\x0D\xD8\x35\xDC\x00"[..], "A\u{10d}\u{1d400}"),
            (&b"\xFE\xFF\xD8\x35\x00A"[..], "\u{fffd}A"),
            (&b"\xEF\xBB\xBFA\xC4\x8D"[..], "A\u{10d}"),
            (&b"Ren\xE9\x80"[..], "Ren\u{e9}\u{fffd}"),
            (&b""[..], ""),
        ] {
            assert_eq!(*text_string(bytes), text);
        }
    }
}
