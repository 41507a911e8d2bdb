//! Several cards on a sheet that is cut: imposition, crop marks and slug.

use super::{
    error::LayoutError,
    faces::Faces,
    marks,
    page::{Item, Page, TextLine},
};
use crate::design::{Colour, Design, Font, Mm, Pt, Sheet};

/// The size of the slug.
const SLUG_SIZE: Pt = Pt(6.5);
/// From the sheet's lower edge to the slug's baseline; printers leave up to 5 mm white.
const SLUG_BASELINE: Mm = Mm(6.0);

/// Lays cards on sheets: a page of fronts, and behind it a page of backs if there are any.
pub(super) fn impose(
    faces: &Faces,
    design: &Design,
    sheet: &Sheet,
    cards: Vec<Vec<Page>>,
    label: &str,
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
                sides[side].extend(page.items.into_iter().map(|item| item.moved(cell.x, cell.y)));
            }
        }
        for (side, mut items) in sides.into_iter().enumerate() {
            let back = if side > 0 { ", back" } else { "" };
            let slug = format!("{label}, sheet {number} of {sheets}{back}");
            items.push(Item::Line(slug_line(faces, sheet, &slug)?));
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
