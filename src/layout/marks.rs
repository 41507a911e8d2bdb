//! Rules, dashes and crop marks as filled rectangles.

use super::page::Item;
use crate::design::{Area, Colour, Mm, Pt, Rule, Sheet};

/// The thickness of a crop mark.
const HAIRLINE: Pt = Pt(0.25);

/// A rule, whole or in dashes along its longer side.
pub(super) fn rule(rule: &Rule, items: &mut Vec<Item>) {
    let Rule { area, colour, dash } = *rule;
    let Some(dash) = dash else {
        items.push(Item::Fill { area, colour });
        return;
    };
    let across = area.width > area.height;
    let length = if across { area.width } else { area.height };
    let mut at = Mm(0.0);
    while at < length {
        let piece = Mm(dash.0.min((length - at).0));
        let area = if across {
            Area { x: area.x + at, width: piece, ..area }
        } else {
            Area { y: area.y + at, height: piece, ..area }
        };
        items.push(Item::Fill { area, colour });
        at += dash * 2.0;
    }
}

/// Crop marks at the edges of all cards, in the margins of the sheet and off the bleed.
pub(super) fn crop(sheet: &Sheet, card: &Area, items: &mut Vec<Item>) {
    let thickness = Mm::from(HAIRLINE);
    let first = sheet.cell(0, card, false);
    let last = sheet.cell(sheet.cards() - 1, card, false);
    let (left, top) = (first.x - sheet.bleed - sheet.mark, first.y - sheet.bleed - sheet.mark);
    let (right, bottom) = (last.right() + sheet.bleed, last.bottom() + sheet.bleed);
    let mut fill = |area| items.push(Item::Fill { area, colour: Colour::BLACK });
    for column in 0..u32::from(sheet.columns) {
        let cell = sheet.cell(column, card, false);
        for x in [cell.x, cell.right()] {
            let x = x - thickness / 2.0;
            fill(Area { x, y: top, width: thickness, height: sheet.mark });
            fill(Area { x, y: bottom, width: thickness, height: sheet.mark });
        }
    }
    for row in 0..u32::from(sheet.rows) {
        let cell = sheet.cell(row * u32::from(sheet.columns), card, false);
        for y in [cell.y, cell.bottom()] {
            let y = y - thickness / 2.0;
            fill(Area { x: left, y, width: sheet.mark, height: thickness });
            fill(Area { x: right, y, width: sheet.mark, height: thickness });
        }
    }
}
