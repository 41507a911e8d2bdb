//! The mask of a QR code: the one of eight that makes the symbol easiest to read, by the
//! penalties of ISO/IEC 18004:2015, 7.8.3.
//!
//! qrcode's own search goes module by module. Here a row is one number, and its penalties are
//! a few shifts: a whole symbol of a card takes 84 µs where qrcode alone took 658
//! (`cargo bench --bench pages`, both in one run).

use qrcode::{
    Color,
    canvas::{Canvas, MaskPattern},
};

const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];
/// The widest symbol that goes into a number with the four light modules on both sides that
/// penalty 3 looks at: version 25.
const WIDEST: usize = 117;

/// The dark modules of a symbol under its best mask, row by row.
pub(super) fn masked(canvas: &Canvas, side: usize) -> Vec<bool> {
    let dark = |canvas: Canvas| -> Vec<bool> {
        canvas.into_colors().into_iter().map(|colour| colour == Color::Dark).collect()
    };
    if side > WIDEST {
        return dark(canvas.apply_best_mask());
    }
    MASKS
        .map(|mask| {
            let mut canvas = canvas.clone();
            canvas.apply_mask(mask);
            dark(canvas)
        })
        .into_iter()
        .min_by_key(|modules| penalty(modules, side))
        .unwrap_or_default()
}

/// How hard a symbol is to read: the sum of the four penalties.
fn penalty(modules: &[bool], side: usize) -> u32 {
    let mut rows = vec![0_u128; side];
    let mut columns = vec![0_u128; side];
    let mut dark = 0;
    for (place, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
        let (row, column) = (place / side, place % side);
        rows[row] |= 1 << column;
        columns[column] |= 1 << row;
        dark += 1;
    }
    let lines: u32 = rows.iter().chain(&columns).map(|line| in_line(*line, side)).sum();
    lines + blocks(&rows, side) + balance(dark, modules.len())
}

/// Penalty 1: 3 for five modules of one colour in a line, 1 for each further one; and
/// penalty 3: 40 for what looks like a finder pattern with four light modules beside it, those
/// around the symbol counted.
fn in_line(line: u128, side: usize) -> u32 {
    let pairs = !(line ^ (line >> 1)) & ones(side - 1);
    let fives = pairs & (pairs >> 1) & (pairs >> 2) & (pairs >> 3);
    let runs = fives & !(fives << 1);
    let line = line << 4;
    let finder =
        line & !(line >> 1) & (line >> 2) & (line >> 3) & (line >> 4) & !(line >> 5) & (line >> 6);
    let light = |line: u128| !(line | (line >> 1) | (line >> 2) | (line >> 3));
    // A finder begins at its bit; light modules before it begin four bits lower.
    let alone =
        (finder & (light(line) << 4)).count_ones() + (finder & light(line >> 7)).count_ones();
    fives.count_ones() + 2 * runs.count_ones() + 40 * alone
}

/// Penalty 2: 3 for each square of two by two modules of one colour.
fn blocks(rows: &[u128], side: usize) -> u32 {
    let squares = rows.windows(2).map(|two| {
        let across = |row: u128| !(row ^ (row >> 1));
        (across(two[0]) & across(two[1]) & !(two[0] ^ two[1]) & ones(side - 1)).count_ones()
    });
    3 * squares.sum::<u32>()
}

/// Penalty 4: 10 for each full 5 % that the dark modules are away from half.
fn balance(dark: usize, all: usize) -> u32 {
    u32::try_from((20 * dark).abs_diff(10 * all) / all * 10).unwrap_or(u32::MAX)
}

const fn ones(count: usize) -> u128 {
    (1 << count) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbol::qr;

    /// The penalties as the standard says them, module by module.
    fn by_the_book(modules: &[bool], side: usize) -> u32 {
        let at = |line: usize, place: usize, across: bool| {
            modules[if across { line * side + place } else { place * side + line }]
        };
        let mut sum = 0;
        for across in [true, false] {
            for line in 0..side {
                let line: Vec<bool> = (0..side).map(|place| at(line, place, across)).collect();
                for run in line.chunk_by(PartialEq::eq).filter(|run| run.len() >= 5) {
                    sum += 3 + u32::try_from(run.len() - 5).unwrap();
                }
                let wide = [vec![false; 4], line, vec![false; 4]].concat();
                for eleven in wide.windows(11) {
                    let text: String = eleven.iter().map(|d| if *d { '1' } else { '0' }).collect();
                    if text == "10111010000" {
                        sum += 40;
                    }
                    if text == "00001011101" {
                        sum += 40;
                    }
                }
            }
        }
        for row in 1..side {
            for column in 1..side {
                let square = [(0, 0), (0, 1), (1, 0), (1, 1)]
                    .map(|(up, left)| modules[(row - up) * side + column - left]);
                if square == [true; 4] || square == [false; 4] {
                    sum += 3;
                }
            }
        }
        let dark = modules.iter().filter(|dark| **dark).count() as f64;
        let percent = dark / modules.len() as f64 * 100.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let steps = ((percent - 50.0).abs() / 5.0) as u32;
        sum + 10 * steps
    }

    #[test]
    fn penalties_are_those_of_the_standard() {
        for serial in 0..40_usize {
            let text = format!("https://example.be/?s={}{serial}", "K7M2".repeat(serial / 4));
            let symbol = qr::encode(&text, 30.0).unwrap();
            let (modules, side) = (symbol.dark(), symbol.side());
            assert_eq!(penalty(modules, side), by_the_book(modules, side), "{text}");
        }
    }

    #[test]
    fn no_other_mask_is_easier_to_read() {
        use qrcode::{EcLevel, QrCode, Version};
        let codewords = QrCode::with_version(b"x", Version::Normal(1), EcLevel::Q).unwrap();
        let mut canvas = Canvas::new(codewords.version(), EcLevel::Q);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&[0x5A; 13], &[0xC3; 13]);
        let best = penalty(&masked(&canvas, 21), 21);
        for mask in MASKS {
            let mut other = canvas.clone();
            other.apply_mask(mask);
            let dark: Vec<bool> = other.into_colors().iter().map(|c| *c == Color::Dark).collect();
            assert!(best <= by_the_book(&dark, 21));
        }
    }
}
