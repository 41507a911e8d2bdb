//! Rectangles and QR codes as filled paths.

use printpdf::{Color, DictItem, Greyscale, Op, Rgb};

use crate::{
    design::{Area, Colour, Pt},
    qr::{QUIET_ZONE, Symbol},
};

/// Fills a rectangle.
pub(super) fn fill(ops: &mut Vec<Op>, page_height: f32, area: &Area, colour: Colour) {
    set_colour(ops, colour);
    let (x, y) = (Pt::from(area.x).0, page_height - Pt::from(area.bottom()).0);
    rectangle(ops, x, y, Pt::from(area.width).0, Pt::from(area.height).0);
    paint(ops);
}

/// Draws a QR code as one path of strips of dark modules.
///
/// The strips are whole rectangles, not one per module, so that no hairline shows between
/// neighbours.
pub(super) fn qr(ops: &mut Vec<Op>, page_height: f32, area: &Area, symbol: &Symbol) {
    set_colour(ops, Colour::BLACK);
    // A symbol has at most 177 modules a side.
    let module = Pt::from(area.width).0 / (symbol.side() + 2 * QUIET_ZONE) as f32;
    let (left, top) = (Pt::from(area.x).0, page_height - Pt::from(area.y).0);
    for (row, column, length) in symbol.strips() {
        let x = left + (column + QUIET_ZONE) as f32 * module;
        let y = top - (row + QUIET_ZONE + 1) as f32 * module;
        rectangle(ops, x, y, length as f32 * module, module);
    }
    paint(ops);
}

fn set_colour(ops: &mut Vec<Op>, fill: Colour) {
    ops.push(Op::SetFillColor { col: colour(fill) });
}

/// A colour as the PDF names it: greys as such, for a printer's black ink alone.
pub(super) fn colour(colour: Colour) -> Color {
    let [red, green, blue] = colour.rgb.map(|value| f32::from(value) / 255.0);
    if colour.rgb[0] == colour.rgb[1] && colour.rgb[1] == colour.rgb[2] {
        Color::Greyscale(Greyscale::new(red, None))
    } else {
        Color::Rgb(Rgb::new(red, green, blue, None))
    }
}

/// `re` (ISO 32000-1, 8.5.2.1); printpdf would paint each rectangle by itself.
fn rectangle(ops: &mut Vec<Op>, x: f32, y: f32, width: f32, height: f32) {
    // A hundredth of a point is 3.5 µm, finer than any printer's dot.
    let value = [x, y, width, height]
        .map(|length| DictItem::Real((length * 100.0).round() / 100.0))
        .to_vec();
    ops.push(Op::Unknown { key: "re".to_owned(), value });
}

fn paint(ops: &mut Vec<Op>) {
    ops.push(Op::Unknown { key: "f".to_owned(), value: Vec::new() });
}
