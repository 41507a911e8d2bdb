//! Fonts cut down to the glyphs a file uses.

use std::collections::BTreeMap;

use printpdf::{Codepoint, FontId, Op, ParsedFont, PdfFont, PdfFontHandle, TextItem};
use subsetter::GlyphRemapper;

use super::error::PrintError;
use crate::{
    design::Font,
    layout::{Face, Faces, Glyph, Item, Page, TextLine},
};

impl Font {
    /// All faces, in the order in which they are embedded.
    pub(super) const ALL: [Self; 4] = [Self::Text, Self::Bold, Self::Codes, Self::Fallback];

    /// The name that content calls it by, and the subset prefix: six capitals (ISO 32000-1,
    /// 9.6.4).
    pub(super) const fn resource(self) -> &'static str {
        match self {
            Self::Text => "TKTEXT",
            Self::Bold => "TKBOLD",
            Self::Codes => "TKCODE",
            Self::Fallback => "TKFALL",
        }
    }
}

/// The characters that each glyph of a face stands for where it comes first, by glyph id.
type Used = BTreeMap<u16, String>;

/// The fonts that a file needs.
pub(super) struct Fonts(Vec<(Font, Embedded)>);

impl Fonts {
    /// Cuts each face down to what the pages use of it; of pages that are tagged, with the space that
    /// stands at the end of a line.
    pub(super) fn for_pages(
        faces: &Faces,
        pages: &[Page],
        tagged: bool,
    ) -> Result<Self, PrintError> {
        let mut used = Font::ALL.map(|_| Used::new());
        let lines = pages.iter().flat_map(|page| &page.items).filter_map(|item| match item {
            Item::Line(line) => Some(line),
            _ => None,
        });
        for line in lines {
            let Some(place) = Font::ALL.iter().position(|font| *font == line.font) else {
                continue;
            };
            for (index, glyph) in line.glyphs().iter().enumerate() {
                used[place].entry(glyph.id).or_insert_with(|| characters(line, index));
            }
        }
        Font::ALL
            .into_iter()
            .zip(used)
            .filter(|(_, used)| !used.is_empty())
            .map(|(font, mut used)| {
                let face = faces.get(font);
                let space = face.shape(" ").first().map(|glyph| glyph.id).filter(|_| tagged);
                if let Some(space) = space {
                    used.entry(space).or_insert_with(|| " ".to_owned());
                }
                Ok((font, Embedded { space, ..Embedded::subset(font, face, used)? }))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(super) fn get(&self, font: Font) -> Option<&Embedded> {
        self.0.iter().find(|(of, _)| *of == font).map(|(_, embedded)| embedded)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Font, &Embedded)> {
        self.0.iter().map(|(font, embedded)| (*font, embedded))
    }
}

/// A font as it goes into one file.
pub(super) struct Embedded {
    font: ParsedFont,
    used: Used,
    /// What is looked up for each glyph that is shown, by its number in the whole font.
    shown: Vec<Shown>,
    /// Glyphs in the subset's font program: those used, and those that they are made of.
    pub(super) glyphs: u16,
    /// The space, in files that are tagged.
    pub(super) space: Option<u16>,
}

/// A glyph as a page shows it.
#[derive(Clone, Copy, Default)]
struct Shown {
    /// Its number in the subset.
    id: u16,
    /// The advance that readers assume: the width in the PDF's `/W`, in 1/1000 em.
    width: f32,
}

impl Embedded {
    fn subset(font: Font, face: &Face, used: Used) -> Result<Self, PrintError> {
        let failed = |why: String| PrintError::Font { font: face.name.to_string(), why };
        let ids: Vec<u16> = used.keys().copied().collect();
        let remapper = GlyphRemapper::new_from_glyphs_sorted(&ids);
        let bytes = subsetter::subset(&face.bytes, 0, &remapper)
            .map_err(|error| failed(error.to_string()))?;
        let mut warnings = Vec::new();
        // printpdf reads widths and metrics out of the whole font, and embeds the subset.
        let mut parsed = ParsedFont::from_bytes(&face.bytes, 0, &mut warnings)
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
        let glyphs = glyph_count(&bytes)
            .ok_or_else(|| failed("the subset does not say how many glyphs it has".to_owned()))?;
        parsed.original_bytes = bytes;
        parsed.font_name = Some(format!("{}+{}", font.resource(), face.name));
        let mut shown = vec![Shown::default(); ids.last().map_or(0, |last| usize::from(*last) + 1)];
        for old in ids {
            let id = remapper.get(old).unwrap_or_default();
            let width = f32::from(parsed.get_glyph_width(id).unwrap_or_default());
            let width = (width / f32::from(parsed.units_per_em) * 1000.0).trunc();
            shown[usize::from(old)] = Shown { id, width };
        }
        Ok(Self { font: parsed, used, shown, glyphs, space: None })
    }

    pub(super) fn pdf_font(&self) -> PdfFont {
        PdfFont::new(self.font.clone())
    }

    /// Operators that show each glyph once, for printpdf to learn from which glyphs there are
    /// and what they stand for.
    pub(super) fn specimen(&self, font: Font) -> [Op; 4] {
        let glyphs = self
            .used
            .iter()
            .map(|(old, characters)| Codepoint::with_cid(self.id(*old), 0.0, characters.clone()))
            .collect();
        let handle = PdfFontHandle::External(FontId(font.resource().to_owned()));
        [
            Op::StartTextSection,
            Op::SetFont { font: handle, size: printpdf::Pt(1.0) },
            Op::ShowText { items: vec![TextItem::GlyphIds(glyphs)] },
            Op::EndTextSection,
        ]
    }

    /// A glyph's number in the subset.
    pub(super) fn id(&self, glyph: u16) -> u16 {
        self.shown(glyph).id
    }

    /// The advance that readers assume: the width in the PDF's `/W`, in 1/1000 em.
    pub(super) fn width(&self, glyph: u16) -> f32 {
        self.shown(glyph).width
    }

    fn shown(&self, glyph: u16) -> Shown {
        self.shown.get(usize::from(glyph)).copied().unwrap_or_default()
    }

    /// Font units in ems.
    pub(super) fn ems(&self, units: i32) -> f32 {
        units as f32 / f32::from(self.font.units_per_em)
    }
}

/// The characters that a glyph stands for, for the font's table of Unicode values: the
/// cluster's text goes to its first glyph; a mark on its own is its own character.
fn characters(line: &TextLine, index: usize) -> String {
    let glyphs: &[Glyph] = line.glyphs();
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

/// `maxp.numGlyphs` of a font program (OpenType 1.9, "maxp").
fn glyph_count(font: &[u8]) -> Option<u16> {
    let short = |at: usize| font.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]]));
    let tables = usize::from(short(4)?);
    let record = font.get(12..)?.chunks_exact(16).take(tables).find(|r| r.starts_with(b"maxp"))?;
    let offset = u32::from_be_bytes([record[8], record[9], record[10], record[11]]);
    short(usize::try_from(offset).ok()? + 4)
}
