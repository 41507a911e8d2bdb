//! Lines of text, each glyph where shaping put it.

use super::{
    content::{Content, Corner, hundredths},
    font::Embedded,
};
use crate::layout::{Glyph, TextLine};

/// How far a glyph may stand beside its place, in thousandths of an em: 10 µm in the largest
/// names. PDF's widths are whole thousandths and a font's need not be; what that leaves over
/// is carried along and put right where the pen is moved anyway.
const TOLERANCE: f32 = 2.5;

/// Shows one line of text.
pub(super) fn show(content: &mut Content, corner: Corner, embedded: &Embedded, line: &TextLine) {
    content.begin_line(corner.x(line.x), corner.y(line.baseline));
    content.colour(line.colour);
    content.font(line.font, line.size);
    if is_plain(line) {
        glyphs(content, embedded, line);
    } else {
        actual_text(content, line.text());
        glyphs(content, embedded, line);
        content.operator("EMC");
    }
}

/// Puts a space behind a line that goes on in the next one, unless it ends in a hyphen: on paper it is
/// nothing, and who has the text read to them hears two words.
pub(super) fn go_on(content: &mut Content, embedded: &Embedded, line: &TextLine) {
    if let Some(space) = embedded.space.filter(|_| !line.text().ends_with('-')) {
        content.string([embedded.id(space)].into_iter());
        content.operator("Tj");
    }
}

/// Whether each character is one glyph on the baseline, so that readers need no help to find
/// the characters again.
fn is_plain(line: &TextLine) -> bool {
    line.glyphs().len() == line.text().chars().count()
        && line.glyphs().iter().zip(line.text().char_indices()).all(|(glyph, (index, _))| {
            glyph.cluster == index && glyph.x_offset == 0 && glyph.y_offset == 0
        })
}

/// Shows glyphs, one operator for as many as stand on one height.
fn glyphs(content: &mut Content, embedded: &Embedded, line: &TextLine) {
    let mut back = 0.0;
    for row in line.glyphs().chunk_by(|a, b| a.y_offset == b.y_offset) {
        content.rise(embedded.ems(row[0].y_offset) * line.size.0);
        back = show_row(content, embedded, row, back);
    }
    content.rise(0.0);
}

/// Shows glyphs of one height; gives what the pen still has to go back for the next one, in
/// thousandths of an em.
///
/// A positive number in the array moves what follows to the left (ISO 32000-1, 9.4.3).
fn show_row(content: &mut Content, embedded: &Embedded, row: &[Glyph], mut back: f32) -> f32 {
    // Where a glyph does not stand where the one before has left the pen, a new string begins.
    let mut strings: Vec<(f32, usize)> = Vec::with_capacity(8);
    for (index, glyph) in row.iter().enumerate() {
        let before = back - embedded.ems(glyph.x_offset) * 1000.0;
        let moves = before.abs() >= TOLERANCE;
        if index == 0 || moves {
            strings.push((if moves { before.round() } else { 0.0 }, index));
        }
        let left_over = if moves { before - before.round() } else { before };
        back = left_over
            + embedded.width(glyph.id)
            + (embedded.ems(glyph.x_offset) - embedded.ems(glyph.advance)) * 1000.0;
    }
    let one = strings.len() == 1 && strings[0].0 == 0.0;
    if !one {
        content.begin_array();
    }
    let ends = strings.iter().skip(1).map(|(_, start)| *start).chain([row.len()]);
    for ((before, start), end) in strings.iter().zip(ends) {
        if *before != 0.0 {
            content.decimal(hundredths(*before), 2);
        }
        content.string(row[*start..end].iter().map(|glyph| embedded.id(glyph.id)));
    }
    if one {
        content.operator("Tj");
    } else {
        content.end_array();
        content.operator("TJ");
    }
    back
}

/// Begins a span that says what its glyphs say (ISO 32000-1, 14.9.4), as UTF-16BE.
fn actual_text(content: &mut Content, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    content.raw(b"/Span<</ActualText<FEFF");
    for byte in text.encode_utf16().flat_map(u16::to_be_bytes) {
        content.raw(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    content.raw(b">>>");
    content.operator("BDC");
}
