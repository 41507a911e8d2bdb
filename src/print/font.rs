//! Fonts cut down to the glyphs a file uses, and lines of text shown with them.

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{
    Codepoint, DictItem, FontId, Op, ParsedFont, PdfFont, PdfFontHandle, TextItem, TextMatrix,
};
use subsetter::GlyphRemapper;

use super::{PrintError, font_id, graphics};
use crate::{
    design::{Font, Pt},
    layout::{Face, Item, Line, Page},
};

impl Font {
    /// All faces, in the order in which they are embedded.
    pub(super) const ALL: [Self; 3] = [Self::Text, Self::Bold, Self::Codes];

    /// The subset prefix: six capitals (ISO 32000-1, 9.6.4).
    pub(super) const fn resource(self) -> &'static str {
        match self {
            Self::Text => "TKTEXT",
            Self::Bold => "TKBOLD",
            Self::Codes => "TKCODE",
        }
    }
}

/// Which glyphs the pages of a file use.
pub(super) struct Used(BTreeMap<&'static str, BTreeSet<u16>>);

impl Used {
    pub(super) fn by(pages: &[Page]) -> Self {
        let mut used: BTreeMap<_, BTreeSet<u16>> = BTreeMap::new();
        for item in pages.iter().flat_map(|page| &page.items) {
            if let Item::Line(line) = item {
                let glyphs = used.entry(line.font.resource()).or_default();
                glyphs.extend(line.glyphs().iter().map(|glyph| glyph.id));
            }
        }
        Self(used)
    }

    pub(super) fn glyphs(&self, font: Font) -> Option<&BTreeSet<u16>> {
        self.0.get(font.resource())
    }
}

/// A font as it goes into one file.
pub(super) struct Embedded {
    pub(super) id: FontId,
    font: ParsedFont,
    remapper: GlyphRemapper,
}

impl Embedded {
    /// Cuts a font down to some glyphs.
    pub(super) fn subset(
        font: Font,
        face: &Face,
        glyphs: &BTreeSet<u16>,
    ) -> Result<Self, PrintError> {
        let failed = |why: String| PrintError::Font { font: face.name, why };
        let glyphs: Vec<u16> = glyphs.iter().copied().collect();
        let remapper = GlyphRemapper::new_from_glyphs_sorted(&glyphs);
        let bytes = subsetter::subset(face.bytes, 0, &remapper)
            .map_err(|error| failed(error.to_string()))?;
        let mut warnings = Vec::new();
        // printpdf reads widths and metrics out of the whole font, and embeds the subset.
        let mut parsed = ParsedFont::from_bytes(face.bytes, 0, &mut warnings)
            .ok_or_else(|| failed("its tables can't be read".to_owned()))?;
        if let Some(warning) = warnings.first() {
            return Err(failed(warning.message.clone()));
        }
        parsed.glyph_widths = remapper
            .remapped_gids()
            .zip(0..)
            .filter_map(|(old, new)| Some((new, parsed.get_glyph_width(old)?)))
            .collect();
        parsed.codepoint_to_glyph = BTreeMap::new();
        parsed.original_bytes = bytes;
        parsed.font_name = Some(format!("{}+{}", font.resource(), face.name));
        Ok(Self { id: font_id(font), font: parsed, remapper })
    }

    pub(super) fn pdf_font(&self) -> PdfFont {
        PdfFont::new(self.font.clone())
    }

    /// The advance that readers assume: the width in the PDF's `/W`, in 1/1000 em.
    fn width(&self, glyph: u16) -> f32 {
        let width = self.font.get_glyph_width(glyph).unwrap_or_default();
        (f32::from(width) * 1000.0 / f32::from(self.font.units_per_em)).trunc()
    }
}

/// Shows one line of text, each glyph where shaping put it.
pub(super) fn show(
    ops: &mut Vec<Op>,
    page_height: f32,
    face: &Face,
    subset: &Embedded,
    line: &Line,
) {
    let col = graphics::colour(line.colour);
    let plain = is_plain(line);
    if !plain {
        ops.push(Op::BeginMarkedContentWithProperties {
            tag: "Span".to_owned(),
            properties: actual_text(line.text()),
        });
    }
    ops.push(Op::StartTextSection);
    ops.push(Op::SetFillColor { col });
    ops.push(Op::SetFont {
        font: PdfFontHandle::External(subset.id.clone()),
        size: printpdf::Pt(line.size.0),
    });
    let (x, y) = (Pt::from(line.x).0, page_height - Pt::from(line.baseline).0);
    ops.push(Op::SetTextMatrix { matrix: TextMatrix::Translate(printpdf::Pt(x), printpdf::Pt(y)) });
    glyphs(ops, face, subset, line);
    ops.push(Op::EndTextSection);
    if !plain {
        ops.push(Op::EndMarkedContentWithProperties);
    }
}

/// Whether each character is one glyph on the baseline, so that readers need no help to find
/// the characters again.
fn is_plain(line: &Line) -> bool {
    line.glyphs().len() == line.text().chars().count()
        && line.glyphs().iter().zip(line.text().char_indices()).all(|(glyph, (index, _))| {
            glyph.cluster == index && glyph.x_offset == 0 && glyph.y_offset == 0
        })
}

fn glyphs(ops: &mut Vec<Op>, face: &Face, subset: &Embedded, line: &Line) {
    let thousandths = |units: i32| units as f32 * 1000.0 / face.units_per_em();
    let mut items: Vec<TextItem> = Vec::new();
    let mut run: Vec<Codepoint> = Vec::new();
    let mut rise = 0;
    let glyphs = line.glyphs();
    for (index, glyph) in glyphs.iter().enumerate() {
        if glyph.y_offset != rise {
            flush(&mut items, &mut run);
            if !items.is_empty() {
                ops.push(Op::ShowText { items: std::mem::take(&mut items) });
            }
            rise = glyph.y_offset;
            let points = thousandths(rise) / 1000.0 * line.size.0;
            ops.push(Op::SetLineOffset { multiplier: points });
        }
        if glyph.x_offset != 0 {
            flush(&mut items, &mut run);
            items.push(TextItem::Offset(-thousandths(glyph.x_offset)));
        }
        let id = subset.remapper.get(glyph.id).unwrap_or_default();
        // A positive number moves the next glyph to the left (ISO 32000-1, 9.4.3).
        let back = subset.width(id) - thousandths(glyph.advance) + thousandths(glyph.x_offset);
        let back = if back.abs() < 0.05 { 0.0 } else { back };
        run.push(Codepoint::with_cid(id, back, characters(line, glyphs, index)));
    }
    flush(&mut items, &mut run);
    if !items.is_empty() {
        ops.push(Op::ShowText { items });
    }
    if rise != 0 {
        ops.push(Op::SetLineOffset { multiplier: 0.0 });
    }
}

fn flush(items: &mut Vec<TextItem>, run: &mut Vec<Codepoint>) {
    if !run.is_empty() {
        items.push(TextItem::GlyphIds(std::mem::take(run)));
    }
}

/// The characters that a glyph stands for, for the font's table of Unicode values: the
/// cluster's text goes to its first glyph; a mark on its own is its own character.
fn characters(line: &Line, glyphs: &[crate::layout::Glyph], index: usize) -> String {
    let start = glyphs[index].cluster;
    let first = glyphs.iter().position(|glyph| glyph.cluster == start).unwrap_or(index);
    let end = glyphs
        .iter()
        .map(|glyph| glyph.cluster)
        .filter(|cluster| *cluster > start)
        .min()
        .unwrap_or(line.text().len());
    let cluster = &line.text()[start..end];
    let place = index - first;
    let last = glyphs.iter().skip(index + 1).all(|glyph| glyph.cluster != start);
    let mut characters = cluster.chars().skip(place);
    if last && place == 0 {
        cluster.to_owned()
    } else if last {
        characters.collect()
    } else {
        characters.next().map(String::from).unwrap_or_default()
    }
}

/// `/ActualText`: what the span's glyphs say (ISO 32000-1, 14.9.4), as UTF-16BE.
fn actual_text(text: &str) -> DictItem {
    let mut data = vec![0xFE, 0xFF];
    data.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    let value = DictItem::String { data, literal: false };
    DictItem::Dict { map: BTreeMap::from([("ActualText".to_owned(), value)]) }
}
