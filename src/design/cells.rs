//! The table of a design file that says how the 24 codes stand.

use tokenkaart_token::token::{CodeFormat, Position};

use super::{
    colour::Colour,
    element::{Direction, Font, Grid},
    fault::DesignFault,
    fields::{Faults, Fields},
    limits::{MAX_LENGTH, MIN_CODE_SIZE},
    units::{Mm, Pt},
};

/// Reads the grid; if a format is given, its codes must fit.
pub(super) fn grid(
    mut fields: Fields<'_>,
    format: Option<&CodeFormat>,
    faults: &mut Faults,
) -> Option<Grid> {
    let at = fields.at;
    let area = fields.area(["the grid's width", "the grid's height"], faults);
    let columns: Option<u8> = fields.needed("columns", faults);
    let rows: Option<u8> = fields.needed("rows", faults);
    let cells = columns.zip(rows);
    let is_full = cells.is_some_and(|(columns, rows)| {
        u16::from(columns) * u16::from(rows) == u16::from(Position::MAX)
    });
    if let Some((columns, rows)) = cells.filter(|_| !is_full) {
        faults.add(fields.place("rows"), DesignFault::Cells { rows, columns });
    }
    let direction = fields.or("direction", Direction::Down, faults);
    let code_size: Option<Pt> = fields.needed("code_size", faults);
    let min_code_size: Option<Pt> = fields.needed("min_code_size", faults);
    for (key, size) in [("code_size", code_size), ("min_code_size", min_code_size)] {
        if let Some(size) = size.filter(|size| size.0.is_nan() || *size < MIN_CODE_SIZE) {
            faults.add(fields.place(key), DesignFault::CodeSize { size: size.0 });
        }
    }
    let most = code_size.map_or(72.0, |size| size.0);
    for (key, what, size, most) in [
        ("code_size", "the code size", code_size, 72.0),
        ("min_code_size", "the smallest code size", min_code_size, most),
    ] {
        if let Some(size) = size.filter(|size| *size >= MIN_CODE_SIZE) {
            faults.measure(fields.place(key), what, size.0, most);
        }
    }
    let group_gap: Option<f32> = fields.measure("group_gap", "the group gap", 2.0, faults);
    let number_font = fields.or("number_font", Font::Text, faults);
    let number_size = fields.measure("number_size", "the number size", most, faults);
    let width = area
        .zip(columns)
        .map_or(MAX_LENGTH, |(area, columns)| area.width.0 / f32::from(columns.max(1)));
    let code_left: Option<Mm> =
        fields.measure("code_left", "the place of the codes", width, faults);
    let most = code_left.map_or(width, |left| left.0);
    let number_right = fields.measure("number_right", "the place of the numbers", most, faults);
    let rule_width = fields.measure("rule_width", "the hairline", 2.0, faults);
    let code_colour = fields.or("code_colour", Colour::BLACK, faults);
    let [number_colour, band_colour, rule_colour] = ["number_colour", "band_colour", "rule_colour"]
        .map(|key| fields.needed::<Colour>(key, faults));
    let grounds: Vec<Colour> = [Some(Colour::WHITE), band_colour].into_iter().flatten().collect();
    faults.contrast(fields.place("code_colour"), "the code", code_colour, &grounds);
    if let Some(colour) = number_colour {
        faults.contrast(fields.place("number_colour"), "the number", colour, &grounds);
    }
    fields.finish(faults);
    let grid = Grid {
        area: area?,
        columns: columns?,
        rows: rows?,
        direction,
        code_size: code_size?,
        min_code_size: min_code_size?,
        group_gap: group_gap?,
        number_font,
        number_size: number_size?,
        number_right: number_right?,
        code_left: code_left?,
        code_colour,
        number_colour: number_colour?,
        band_colour: band_colour?,
        rule_colour: rule_colour?,
        rule_width: rule_width?,
    };
    if !is_full {
        return None;
    }
    if let Some(format) = format {
        let (size, min_size) = (grid.size_of_format(format).0, grid.min_code_size.0);
        if size < min_size {
            let symbols = format.length();
            faults.add(at, DesignFault::CodesTooSmall { symbols, size, min_size });
        }
    }
    Some(grid)
}
