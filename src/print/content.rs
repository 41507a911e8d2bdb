//! Content streams, written byte by byte: nothing is said twice, and no number is longer than
//! the eye needs.

use zeroize::Zeroizing;

use crate::design::{Colour, Font, Mm, Pt};

/// Hundredths of a point: 3.5 µm, finer than any printer's dot. Whole numbers, so that steps
/// from place to place add up to the places themselves.
pub(super) type Hundredths = i64;

/// Where the trimmed page lies on the sheet, in points from the sheet's lower left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Corner {
    /// The trimmed page's left edge.
    pub(super) left: f32,
    /// The trimmed page's upper edge.
    pub(super) top: f32,
}

impl Corner {
    pub(super) fn x(self, x: Mm) -> f32 {
        self.left + Pt::from(x).0
    }

    pub(super) fn y(self, y: Mm) -> f32 {
        self.top - Pt::from(y).0
    }
}

/// A content stream as it is being written, and what its operators have set so far.
///
/// What is written holds codes: the buffer wipes itself.
pub(super) struct Content {
    bytes: Zeroizing<Vec<u8>>,
    colour: Colour,
    font: Option<(Font, Hundredths)>,
    /// Where the line matrix stands, inside a text object.
    line: Option<(Hundredths, Hundredths)>,
    rise: Hundredths,
}

impl Content {
    /// An empty stream, with room for a page, so that it need not grow and leave copies.
    pub(super) fn new() -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(64 << 10)),
            colour: Colour::BLACK,
            font: None,
            line: None,
            rise: 0,
        }
    }

    /// Begins again in the same buffer, in the state that every page and form begins in
    /// (ISO 32000-1, 8.4.1).
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.colour = Colour::BLACK;
        self.font = None;
        self.line = None;
        self.rise = 0;
    }

    /// What has been written.
    pub(super) fn finish(&mut self) -> &[u8] {
        self.end_text();
        &self.bytes
    }

    /// Draws what stands in a form.
    pub(super) fn form(&mut self, name: &str) {
        self.end_text();
        self.name(name);
        self.operator("Do");
    }

    /// Sets the colour of fills and letters, if it is another one.
    pub(super) fn colour(&mut self, colour: Colour) {
        if self.colour == colour {
            return;
        }
        self.colour = colour;
        let [red, green, blue] = colour.rgb;
        // Greys as such, for a printer's black ink alone. A thousandth is finer than 1/255.
        let parts = colour.rgb.map(|value| (i64::from(value) * 1000 + 127) / 255);
        if red == green && green == blue {
            self.decimal(parts[0], 3);
            self.operator("g");
        } else {
            for part in parts {
                self.decimal(part, 3);
            }
            self.operator("rg");
        }
    }

    /// Keeps the colour, for [`Content::restore`] to bring back; text is not to be set in between.
    pub(super) fn save(&mut self) -> Colour {
        self.end_text();
        self.operator("q");
        self.colour
    }

    /// Ends what [`Content::save`] began, and what was cut to since.
    pub(super) fn restore(&mut self, colour: Colour) {
        self.operator("Q");
        self.colour = colour;
    }

    /// Moves to the beginning of a line of text.
    pub(super) fn begin_line(&mut self, x: f32, y: f32) {
        let (from, to) = (self.line, (hundredths(x), hundredths(y)));
        if from.is_none() {
            self.operator("BT");
        }
        self.line = Some(to);
        // A text object begins at the page's corner.
        let (from_x, from_y) = from.unwrap_or((0, 0));
        self.decimal(to.0 - from_x, 2);
        self.decimal(to.1 - from_y, 2);
        self.operator("Td");
    }

    /// Sets the font, if it is another one.
    pub(super) fn font(&mut self, font: Font, size: Pt) {
        let wanted = (font, hundredths(size.0));
        if self.font != Some(wanted) {
            self.font = Some(wanted);
            self.name(font.resource());
            self.decimal(wanted.1, 2);
            self.operator("Tf");
        }
    }

    /// Raises what follows above the baseline.
    pub(super) fn rise(&mut self, points: f32) {
        let rise = hundredths(points);
        if self.rise != rise {
            self.rise = rise;
            self.decimal(rise, 2);
            self.operator("Ts");
        }
    }

    /// Ends a text object, if one is open.
    pub(super) fn end_text(&mut self) {
        if self.line.take().is_some() {
            self.operator("ET");
        }
    }

    /// A number: units of which `10^places` are one, as short as can be.
    pub(super) fn decimal(&mut self, units: i64, places: u32) {
        self.separate();
        if units < 0 {
            self.bytes.push(b'-');
        }
        let one = 10_u64.pow(places);
        let (whole, mut part) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
        if whole > 0 || part == 0 {
            self.digits(whole);
        }
        if part > 0 {
            self.bytes.push(b'.');
            let mut unit = one;
            while part > 0 {
                unit /= 10;
                self.digit(part / unit);
                part %= unit;
            }
        }
    }

    /// A whole number.
    pub(super) fn whole(&mut self, number: usize) {
        self.separate();
        self.digits(number as u64);
    }

    fn digits(&mut self, number: u64) {
        if number > 9 {
            self.digits(number / 10);
        }
        self.digit(number % 10);
    }

    #[allow(clippy::cast_possible_truncation)]
    fn digit(&mut self, digit: u64) {
        self.bytes.push(b'0' + (digit % 10) as u8);
    }

    fn name(&mut self, name: &str) {
        self.bytes.push(b'/');
        self.bytes.extend_from_slice(name.as_bytes());
    }

    /// What is written already.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// An operator.
    pub(super) fn operator(&mut self, name: &str) {
        self.separate();
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(b'\n');
    }

    /// A space, where two words would run together without it.
    fn separate(&mut self) {
        if self.bytes.last().is_some_and(|last| !b"\n ()[]<>".contains(last)) {
            self.bytes.push(b' ');
        }
    }

    /// Opens an array.
    pub(super) fn begin_array(&mut self) {
        self.bytes.push(b'[');
    }

    /// Closes an array.
    pub(super) fn end_array(&mut self) {
        self.bytes.push(b']');
    }

    /// A string of glyph ids, two bytes each, the higher one first.
    ///
    /// As bytes, not as hexadecimal digits: that is half as long, and what repeats in it is
    /// found as well.
    pub(super) fn string(&mut self, glyphs: impl Iterator<Item = u16>) {
        self.bytes.push(b'(');
        for byte in glyphs.flat_map(u16::to_be_bytes) {
            match byte {
                b'(' | b')' | b'\\' => self.bytes.extend_from_slice(&[b'\\', byte]),
                // A bare carriage return would be read as a line feed (ISO 32000-1, 7.3.4.2).
                b'\r' => self.bytes.extend_from_slice(b"\\r"),
                _ => self.bytes.push(byte),
            }
        }
        self.bytes.push(b')');
    }
}

/// To whole hundredths.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn hundredths(points: f32) -> Hundredths {
    (f64::from(points) * 100.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Content)) -> String {
        let mut content = Content::new();
        write(&mut content);
        String::from_utf8(content.finish().to_vec()).unwrap()
    }

    #[test]
    fn numbers_are_as_short_as_can_be() {
        for (units, text) in [
            (0, "0"),
            (7, ".07"),
            (-70, "-.7"),
            (100, "1"),
            (1230, "12.3"),
            (-24_265, "-242.65"),
            (10_005, "100.05"),
        ] {
            assert_eq!(written(|content| content.decimal(units, 2)), text);
        }
    }

    #[test]
    fn nothing_is_said_twice() {
        let text = written(|content| {
            for y in [20.0, 10.006] {
                content.begin_line(5.0, y);
                content.colour(Colour::BLACK);
                content.font(Font::Text, Pt(7.0));
                content.rise(0.0);
                content.string([1].into_iter());
                content.operator("Tj");
            }
        });
        assert_eq!(text, "BT\n5 20 Td\n/TKTEXT 7 Tf\n(\0\u{1})Tj\n0 -9.99 Td\n(\0\u{1})Tj\nET\n");
    }

    #[test]
    fn bytes_that_mean_something_in_a_string_are_escaped() {
        let text = written(|content| content.string([0x28, 0x29, 0x5C, 0x0D, 0x0A].into_iter()));
        assert_eq!(text, "(\0\\(\0\\)\0\\\\\0\\r\0\n)");
    }
}
