//! What a number format makes of a number: the text that its cell shows.
//!
//! ECMA-376 part 1, 18.8.30 (`numFmt`) and 18.8.31. Only what shows each digit once is shown here;
//! whatever depends on the reader's country (decimal and thousands signs), rounds, or turns a
//! number into a date is told instead, so that nothing is printed that no cell shows.

use crate::read::value::NonText;

/// From here on a workbook, which keeps fifteen digits, has lost some.
const ROUNDED: f64 = 1e15;

/// A number format, ready to be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct NumberFormat {
    sections: Vec<Section>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Section {
    /// Of which numbers it is, as an operator and a number's bits.
    condition: Option<(Operator, u64)>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Operator {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Literal(char),
    /// `0`, `#` or `?`.
    Digit(char),
    General,
    Text,
    /// A decimal sign or one between thousands.
    Punctuation(char),
    /// A percent sign, an exponent or a fraction.
    Calculation,
    Date,
}

impl NumberFormat {
    /// The format that is built in under a number (ECMA-376 part 1, 18.8.30).
    pub(super) fn built_in(number: u32) -> Self {
        let code = match number {
            1 => "0",
            2 | 39 | 40 | 43 | 44 => "0.00",
            3 | 37 | 38 | 41 | 42 => "#,##0",
            4 => "#,##0.00",
            9 | 10 => "0%",
            11 | 48 => "0.00E+00",
            12 | 13 => "# ?/?",
            14..=22 | 27..=36 | 45..=47 | 50..=58 => "yyyy",
            49 => "@",
            _ => "General",
        };
        Self::parse(code)
    }

    /// Reads a format's code; what isn't understood stands for itself, as in Excel.
    pub(super) fn parse(code: &str) -> Self {
        let mut sections = vec![Section::default()];
        let mut rest = code;
        while let Some(c) = rest.chars().next() {
            let mut length = c.len_utf8();
            let behind = &rest[length..];
            let next = behind.chars().next();
            let section = sections.last_mut();
            let Some(Section { condition, pieces }) = section else { break };
            match c {
                ';' => sections.push(Section::default()),
                '"' => {
                    let end = behind.find('"').unwrap_or(behind.len());
                    pieces.extend(behind[..end].chars().map(Piece::Literal));
                    length += (end + 1).min(behind.len());
                }
                '\\' => {
                    pieces.extend(next.map(Piece::Literal));
                    length += next.map_or(0, char::len_utf8);
                }
                // As much room as the next character takes; or that one, over and over.
                '_' | '*' => {
                    if c == '_' {
                        pieces.push(Piece::Literal(' '));
                    }
                    length += next.map_or(0, char::len_utf8);
                }
                '[' => {
                    let end = behind.find(']').unwrap_or(behind.len());
                    bracket(&behind[..end], condition, pieces);
                    length += (end + 1).min(behind.len());
                }
                '0' | '#' | '?' => pieces.push(Piece::Digit(c)),
                '.' | ',' => pieces.push(Piece::Punctuation(c)),
                '%' => pieces.push(Piece::Calculation),
                '@' => pieces.push(Piece::Text),
                'E' | 'e' if matches!(next, Some('+' | '-')) => {
                    pieces.push(Piece::Calculation);
                    length += 1;
                }
                '/' if pieces.iter().any(|piece| matches!(piece, Piece::Digit(_))) => {
                    pieces.push(Piece::Calculation);
                }
                'G' | 'g'
                    if rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("general")) =>
                {
                    pieces.push(Piece::General);
                    length = 7;
                }
                'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' | 'a' | 'A' | 'b'
                | 'B' | 'e' | 'g' | 'j' | 'J' | 't' | 'T' | 'u' | 'U' => pieces.push(Piece::Date),
                c => pieces.push(Piece::Literal(c)),
            }
            rest = &rest[length..];
        }
        Self { sections }
    }

    /// The text that a cell with this number shows.
    pub(super) fn show(&self, number: f64) -> Result<String, NonText> {
        if !number.is_finite() {
            return Err(NonText::RoundedNumber);
        }
        let number = fifteen_digits(number);
        let (section, is_signed) = self.section(number);
        let has = |kind: fn(&Piece) -> bool| section.pieces.iter().any(kind);
        if has(|piece| *piece == Piece::Date) {
            return Err(NonText::Date);
        }
        if has(|piece| *piece == Piece::Calculation) {
            return Err(NonText::CalculatedNumber);
        }
        if has(|piece| *piece == Piece::General || *piece == Piece::Text) {
            let general = general(number, is_signed)?;
            let shown = section.pieces.iter().map(|piece| match piece {
                Piece::Literal(c) => c.to_string(),
                Piece::General | Piece::Text => general.clone(),
                _ => String::new(),
            });
            return Ok(shown.collect());
        }
        if !has(|piece| matches!(piece, Piece::Digit(_))) {
            return Err(NonText::HiddenNumber);
        }
        let has_sign_between = |number: f64| number.abs() >= 1000.0;
        let mut punctuation =
            section.pieces.iter().filter(|piece| matches!(piece, Piece::Punctuation(_)));
        if punctuation.any(|piece| *piece == Piece::Punctuation('.') || has_sign_between(number)) {
            return Err(NonText::PunctuatedNumber);
        }
        if number.abs() >= ROUNDED {
            return Err(NonText::RoundedNumber);
        }
        Ok(section.fill(number.round(), is_signed))
    }

    /// The text that a cell with this text shows.
    pub(super) fn show_text(&self, text: &str) -> String {
        let of_text = match self.sections.as_slice() {
            [_, _, _, last] => Some(last),
            sections => sections.iter().find(|section| section.pieces.contains(&Piece::Text)),
        };
        let Some(section) = of_text else { return text.to_owned() };
        let shown = section.pieces.iter().map(|piece| match piece {
            Piece::Literal(c) => c.to_string(),
            Piece::Text => text.to_owned(),
            _ => String::new(),
        });
        shown.collect()
    }

    /// The section that shows a number, and whether it shows a minus before it.
    fn section(&self, number: f64) -> (&Section, bool) {
        let last = self.sections.last();
        let of_numbers = &self.sections[..self.sections.len().min(3)];
        if of_numbers.iter().any(|section| section.condition.is_some()) {
            let found = of_numbers.iter().find(|section| section.is_of(number)).or(last);
            return (found.unwrap_or(&self.sections[0]), number < 0.0);
        }
        match of_numbers {
            [_, negative, ..] if number < 0.0 => (negative, false),
            [_, _, zero] if number == 0.0 => (zero, false),
            _ => (&self.sections[0], number < 0.0),
        }
    }
}

/// What stands in brackets: a condition, a currency's sign, a colour, or hours past 24.
fn bracket(inside: &str, condition: &mut Option<(Operator, u64)>, pieces: &mut Vec<Piece>) {
    if let Some(sign) = inside.strip_prefix('$') {
        let sign = sign.split('-').next().unwrap_or_default();
        pieces.extend(sign.chars().map(Piece::Literal));
        return;
    }
    let operators = [
        ("<=", Operator::LessOrEqual),
        ("<>", Operator::NotEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
    ];
    for (sign, operator) in operators {
        if let Some(number) = inside.strip_prefix(sign).and_then(|text| text.parse::<f64>().ok()) {
            *condition = Some((operator, number.to_bits()));
            return;
        }
    }
    let is_hours = !inside.is_empty()
        && inside.bytes().all(|byte| matches!(byte.to_ascii_lowercase(), b'h' | b'm' | b's'));
    if is_hours {
        pieces.push(Piece::Date);
    }
}

impl Section {
    fn is_of(&self, number: f64) -> bool {
        let Some((operator, bits)) = self.condition else { return true };
        let bound = f64::from_bits(bits);
        match operator {
            Operator::Less => number < bound,
            Operator::LessOrEqual => number <= bound,
            Operator::Equal => number.total_cmp(&bound).is_eq(),
            Operator::NotEqual => number.total_cmp(&bound).is_ne(),
            Operator::Greater => number > bound,
            Operator::GreaterOrEqual => number >= bound,
        }
    }

    /// Puts a whole number's digits into the places, from the last one on.
    fn fill(&self, number: f64, is_signed: bool) -> String {
        let is_place = |piece: &&Piece| matches!(piece, Piece::Digit(_));
        let places = self.pieces.iter().filter(is_place).count();
        let digits = format!("{:.0}", number.abs());
        let digits = if digits == "0" { "" } else { digits.as_str() };
        let mut missing = places.saturating_sub(digits.len());
        // More digits than places all stand at the first.
        let mut taken = digits.len().saturating_sub(places);
        let mut shown = String::new();
        if is_signed && number != 0.0 {
            shown.push('-');
        }
        let mut is_first = true;
        for piece in &self.pieces {
            match piece {
                Piece::Literal(c) => shown.push(*c),
                Piece::Digit(kind) => {
                    if is_first {
                        shown.push_str(&digits[..taken]);
                        is_first = false;
                    }
                    if missing > 0 {
                        missing -= 1;
                        match kind {
                            '0' => shown.push('0'),
                            '?' => shown.push(' '),
                            _ => {}
                        }
                    } else {
                        shown.push_str(digits.get(taken..=taken).unwrap_or_default());
                        taken += 1;
                    }
                }
                _ => {}
            }
        }
        shown.trim().to_owned()
    }
}

/// A number as a workbook shows it at most: with fifteen digits.
fn fifteen_digits(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// A number in the format "General".
fn general(number: f64, is_signed: bool) -> Result<String, NonText> {
    if number.abs() >= ROUNDED || number.fract() != 0.0 {
        return Err(NonText::RoundedNumber);
    }
    let sign = if is_signed && number != 0.0 { "-" } else { "" };
    Ok(format!("{sign}{:.0}", number.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(code: &str, number: f64) -> Result<String, NonText> {
        NumberFormat::parse(code).show(number)
    }

    #[test]
    fn a_number_is_shown_as_its_cell_shows_it() {
        for (code, number, shown) in [
            ("00000", 471.0, "00471"),
            ("00000", 1067.0, "01067"),
            ("00000", 1_234_567.0, "1234567"),
            ("0000\\-000", 4_711_234.0, "4711-234"),
            ("\"B-\"0000", 1000.0, "B-1000"),
            ("\"B-\"0000", 5.0, "B-0005"),
            ("General", 124_599.999_999_999_99, "124600"),
            ("General", 85_073_003_328.0, "85073003328"),
            ("General", 0.0, "0"),
            ("General", -5.0, "-5"),
            ("0", 4711.4, "4711"),
            ("0", 4711.6, "4712"),
            ("@", 4711.0, "4711"),
            ("#", 4711.0, "4711"),
            ("#", 0.0, ""),
            ("###0", 12.0, "12"),
            ("00\".\"00\".\"00\"-\"000\".\"00", 85_073_100_261.0, "85.07.31-002.61"),
            ("00\\.00\\.00\\-000\\.00", 1_010_112_345.0, "01.01.01-123.45"),
            ("[<=99999]00000;00000\\-0000", 1067.0, "01067"),
            ("[<=99999]00000;00000\\-0000", 123_456_789.0, "12345-6789"),
            ("[$-413]00000", 471.0, "00471"),
            ("[Red]0000;[Blue]0000", 12.0, "0012"),
            ("0;\"min \"0", -3.0, "min 3"),
            ("0;-0;\"geen\"0", 7.0, "7"),
            ("_ 0_ ", 7.0, "7"),
            ("* 0000", 7.0, "0007"),
            ("#,##0", 471.0, "471"),
            ("General\" nr\"", 5.0, "5 nr"),
            ("\"L-\"0000", 1009.0, "L-1009"),
            ("0 00 00 00 000 000", 1_850_731_002_611.0, "1 85 07 31 002 611"),
        ] {
            assert_eq!(show(code, number).as_deref(), Ok(shown), "{code} {number}");
        }
    }

    #[test]
    fn what_a_cell_shows_otherwise_in_each_country_is_told() {
        for (code, number, what) in [
            ("#,##0", 4711.0, NonText::PunctuatedNumber),
            ("0.00", 4711.0, NonText::PunctuatedNumber),
            ("00.00.00", 850_731.0, NonText::PunctuatedNumber),
            ("0%", 0.05, NonText::CalculatedNumber),
            ("0.00E+00", 4711.0, NonText::CalculatedNumber),
            ("# ?/?", 0.5, NonText::CalculatedNumber),
            ("dd/mm/yyyy", 45_000.0, NonText::Date),
            ("[$-80C]dddd d mmmm yyyy", 45_000.0, NonText::Date),
            ("[h]:mm", 1.5, NonText::Date),
            ("jj/mm/aaaa", 45_000.0, NonText::Date),
            (";;;", 4711.0, NonText::HiddenNumber),
            ("\"geheim\"", 4711.0, NonText::HiddenNumber),
            ("General", 0.5, NonText::RoundedNumber),
            ("General", 1e15, NonText::RoundedNumber),
            ("0", 1e15, NonText::RoundedNumber),
            ("General", f64::NAN, NonText::RoundedNumber),
        ] {
            assert_eq!(show(code, number), Err(what), "{code} {number}");
        }
        for number in [9, 11, 12, 14, 22, 46] {
            assert!(NumberFormat::built_in(number).show(45_000.0).is_err(), "{number}");
        }
        assert_eq!(NumberFormat::built_in(1).show(471.0).as_deref(), Ok("471"));
        assert_eq!(NumberFormat::built_in(49).show(471.0).as_deref(), Ok("471"));
    }

    #[test]
    fn a_text_is_shown_with_what_its_format_puts_beside_it() {
        for (code, shown) in [
            ("General", "4711"),
            ("@", "4711"),
            ("00000", "4711"),
            ("\"B-\"@", "B-4711"),
            ("0;-0;0;\"x\"@", "x4711"),
            (";;;", ""),
        ] {
            assert_eq!(NumberFormat::parse(code).show_text("4711"), shown, "{code}");
        }
    }

    #[test]
    fn no_code_makes_the_reader_panic() {
        for code in ["", "\"", "\\", "_", "*", "[", "[<", "[<=x]0", ";", ";;;;;;", "é\\é", "0\u{0}"]
        {
            let format = NumberFormat::parse(code);
            for number in [0.0, -1.0, 1e300, 123.0] {
                let _ = format.show(number);
            }
            format.show_text("x");
        }
    }
}
