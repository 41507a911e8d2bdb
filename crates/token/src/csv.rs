//! Cells of CSV (RFC 4180) that a spreadsheet can open without computing them.

use std::borrow::Cow;

/// A text that no spreadsheet takes for a formula: one that begins like a formula, or with an
/// apostrophe, gets an apostrophe before it, so that taking one off gives the text back.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    // The wide ones too: where they are typed, they are computed. Some skip white space before.
    let formula = [
        '\'', '=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}', '\t', '\r', '\n',
    ];
    if text.starts_with(formula) { format!("'{text}").into() } else { text.into() }
}

/// A cell in quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A line; a cell is in quotes where it must be, and otherwise as it is.
#[must_use]
pub fn line<const N: usize>(cells: [String; N]) -> String {
    let quoted = cells.map(|cell| {
        let needs_quotes = cell.contains(['"', ',', ';', '\r', '\n']) || cell.trim() != cell;
        if needs_quotes { quoted(&cell) } else { cell }
    });
    quoted.join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_when_it_must_be() {
        let cells = ["4711", "a,b", "say \"x\"", " y", ""].map(str::to_owned);
        assert_eq!(line(cells), "4711,\"a,b\",\"say \"\"x\"\"\",\" y\",\r\n");
    }
}
