//! Rectangles, QR codes and Data Matrix codes as filled paths.

use super::content::{Content, Corner, hundredths};
use crate::{
    design::{Area, Colour, Pt},
    symbol::Symbol,
};

/// Fills a rectangle.
pub(super) fn fill(content: &mut Content, corner: Corner, area: &Area, colour: Colour) {
    content.end_text();
    content.colour(colour);
    content.decimal(hundredths(corner.x(area.x)), 2);
    content.decimal(hundredths(corner.y(area.bottom())), 2);
    content.decimal(hundredths(Pt::from(area.width).0), 2);
    content.decimal(hundredths(Pt::from(area.height).0), 2);
    content.operator("re");
    content.operator("f");
}

/// Draws a QR code or a Data Matrix as one path of strips of dark modules, in a grid of modules.
///
/// The strips are whole rectangles of one path, not one per module, so that no hairline shows
/// between neighbours. They come by length and then by row, so that from strip to strip often
/// the column alone changes: that deflates to less than three bytes a strip.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn symbol(content: &mut Content, corner: Corner, area: &Area, symbol: &Symbol) {
    content.end_text();
    content.colour(Colour::BLACK);
    content.raw(b"q\n");
    // A symbol has at most 177 modules a side, so four places are right to 0.01 pt.
    let module = Pt::from(area.width).0 / (symbol.side() + 2 * symbol.quiet_zone()) as f32;
    let scale = (f64::from(module) * 10_000.0).round() as i64;
    let quiet = symbol.quiet_zone() as f32 * module;
    content.decimal(scale, 4);
    content.raw(b" 0 0 ");
    content.decimal(-scale, 4);
    content.decimal(hundredths(corner.x(area.x) + quiet), 2);
    content.decimal(hundredths(corner.y(area.y) - quiet), 2);
    content.operator("cm");
    let mut strips: Vec<_> = symbol.strips().collect();
    strips.sort_unstable_by_key(|(row, column, length)| (*length, *row, *column));
    for (row, column, length) in strips {
        // Two digits each, so that the pattern keeps its step.
        let number = |number: usize| [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
        let hundred = |number: usize| if number > 99 { b"1".as_slice() } else { b"" };
        content.raw(hundred(column));
        content.raw(&number(column));
        content.raw(b" ");
        content.raw(hundred(row));
        content.raw(&number(row));
        content.whole(length);
        content.raw(b" 1");
        content.operator("re");
    }
    content.operator("f");
    content.operator("Q");
}
