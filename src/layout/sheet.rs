//! Several cards on a sheet that is cut: imposition, crop marks and slug.

use tokenkaart_token::language::Language;

use super::{
    error::LayoutError,
    faces::Faces,
    marks,
    page::{Item, Page, TextLine},
    tag::Tag,
};
use crate::design::{Colour, Design, Font, Mm, Pt, Sheet};

/// The size of the slug.
const SLUG_SIZE: Pt = Pt(6.5);
/// From the sheet's lower edge to the slug's baseline; printers leave up to 5 mm white.
const SLUG_BASELINE: Mm = Mm(6.0);

/// What the slug of a sheet says: of which file it is, in the language of whoever prints and cuts it.
#[derive(Clone, Copy, Debug)]
pub struct Slug {
    /// The number of the file; none of a preview.
    pub file: Option<u32>,
    /// The language of the run.
    pub language: Language,
}

impl Slug {
    /// The slug of a sheet, the first of its file being 1, on its front or its back.
    fn text(self, number: usize, sheets: usize, is_back: bool) -> String {
        let [file_word, sheet_word, of, back_word] = match self.language {
            Language::Nl => ["bestand", "vel", "van", "achterkant"],
            Language::Fr => ["fichier", "feuille", "sur", "verso"],
            Language::De => ["Datei", "Bogen", "von", "Rückseite"],
            Language::En => ["file", "sheet", "of", "back"],
        };
        let file = self.file.map(|file| format!(", {file_word} {file:04}")).unwrap_or_default();
        let back = if is_back { format!(", {back_word}") } else { String::new() };
        format!("tokenkaart{file}, {sheet_word} {number} {of} {sheets}{back}")
    }
}

/// Lays cards on sheets: a page of fronts, and behind it a page of backs if there are any.
pub(super) fn impose(
    faces: &Faces,
    design: &Design,
    sheet: &Sheet,
    cards: Vec<Vec<Page>>,
    slug: Slug,
) -> Result<Vec<Page>, LayoutError> {
    let per_sheet = sheet.cards() as usize;
    let sheets = cards.len().div_ceil(per_sheet);
    let mut pages = Vec::new();
    let mut cards = cards.into_iter();
    for number in 1..=sheets {
        let mut sides: Vec<Vec<Item>> = Vec::new();
        for (index, card) in (0..).zip(cards.by_ref().take(per_sheet)) {
            for (side, page) in card.into_iter().enumerate() {
                if sides.len() <= side {
                    let mut items = Vec::new();
                    marks::crop(sheet, &design.page, &mut items);
                    sides.push(items);
                }
                let cell = sheet.cell(index, &design.page, side > 0);
                // A sheet has at most 200 cards.
                let number = u16::try_from(index).unwrap_or(u16::MAX);
                sides[side].extend(page.items.into_iter().map(|item| {
                    let item = item.moved(cell.x, cell.y);
                    item.retagged(|tag| Tag { card: number, ..tag })
                }));
            }
        }
        for (side, mut items) in sides.into_iter().enumerate() {
            let text = slug.text(number, sheets, side > 0);
            items.push(Item::Line(slug_line(faces, sheet, &text)?));
            pages.push(Page { items });
        }
    }
    Ok(pages)
}

fn slug_line(faces: &Faces, sheet: &Sheet, text: &str) -> Result<TextLine, LayoutError> {
    let face = faces.get(Font::Text);
    let glyphs = face.shape(text);
    let length = Mm::from(face.length(&glyphs, SLUG_SIZE));
    let slack = sheet.page.width - length;
    if slack < Mm(10.0) {
        let field = "the sheet's label".to_owned();
        return Err(LayoutError::TooLong { field, lines: 1 });
    }
    let baseline = sheet.page.height - SLUG_BASELINE;
    Ok(TextLine::new(Font::Text, SLUG_SIZE, slack / 2.0, baseline, Colour::BLACK, text, glyphs))
}
