//! What scanners send around a mark or a serial, and what a keyboard makes of it.

use tokenkaart_token::holder::invisible;

/// A text without what a scanner puts around it: control characters (STX, ETX, GS …), blanks and what
/// nobody sees, the stars of Code 39, quotation marks, brackets, the symbology of ISO/IEC 15424 (`]d` and a digit for a Data
/// Matrix), and a URL in which the text is the last part that has its length.
pub(super) fn unframed(text: &str, length: usize) -> String {
    let is_around = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || invisible::is_ignorable(c)
            || invisible::is_odd_blank(c)
            || "*\"'=`\u{b4}\u{2018}\u{2019}\u{201c}\u{201d}\u{201e}«»[<>{}|~^".contains(c)
    };
    // The symbology begins with a closing bracket.
    let mut text = text.trim_start_matches(is_around);
    text = text.trim_end_matches(|c| c == ']' || is_around(c));
    let symbology = text.get(..2).filter(|start| start.starts_with(']') && start.is_ascii());
    if let Some(rest) = symbology.and_then(|_| text[2..].strip_prefix(|c: char| c.is_ascii_digit()))
    {
        text = rest.trim_matches(is_around);
    }
    if text.contains("://") {
        let mut parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        if let Some(part) = parts.rfind(|part| part.len() == length) {
            text = part;
        }
    }
    // Divided for the eye, as a person types it.
    let is_seen = |c: &char| !c.is_whitespace() && !c.is_control() && !invisible::is_ignorable(*c);
    text.chars().filter(is_seen).collect()
}

/// Whether a mark was sent as keys to a computer that takes another keyboard for the scanner's: the
/// keys of digits give signs and accented letters on AZERTY.
pub(super) fn is_other_keyboard(mark: &str) -> bool {
    const KEYS: &str = "&\u{e9}\"'(\u{a7}\u{e8}!\u{e7}\u{e0}-_";
    let begins = mark.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("tk"));
    let of_keys = mark.chars().filter(|c| KEYS.contains(*c)).count();
    begins && of_keys >= 3 && !mark.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_scanners_send_it() {
        for (sent, read) in [
            ("TK1A", "TK1A"),
            ("]d1TK1A", "TK1A"),
            ("]D2tk1a", "tk1a"),
            ("]C1TK1A", "TK1A"),
            ("\u{2}TK1A\u{3}", "TK1A"),
            ("\u{1d}TK1A\r", "TK1A"),
            ("*TK1A*", "TK1A"),
            ("\"TK1A\"", "TK1A"),
            ("=\"TK1A\"", "TK1A"),
            (" TK 1A ", "TK1A"),
            ("https://mail.example.be/l/TK1A", "TK1A"),
            ("https://mail.example.be/?m=TK1A&v=2", "TK1A"),
            ("]d2\u{1d}TK1A", "TK1A"),
            ("[TK1A]", "TK1A"),
            ("<TK1A>", "TK1A"),
            ("`TK1A`", "TK1A"),
            ("\u{201c}TK1A\u{201d}", "TK1A"),
            ("TK1A\u{200b}", "TK1A"),
            ("\u{a0}TK\u{ad}1A\u{2007}", "TK1A"),
            ("{]d2TK1A}", "TK1A"),
            ("]d", "]d"),
            ("]dTK1A", "]dTK1A"),
            ("]\u{e9}1", "]\u{e9}1"),
            ("", ""),
        ] {
            assert_eq!(unframed(sent, 4), read, "{sent}");
        }
    }

    #[test]
    fn digits_of_another_keyboard_are_known_as_such() {
        for mark in ["TK&CBCB\u{a7}\u{e9}(DDE", "tk&\u{e9}\"'", "TK&(-_\u{e8}QB"] {
            assert!(is_other_keyboard(mark), "{mark}");
        }
        for mark in ["TK115D9B", "", "TK", "&\u{e9}\"'", "TK1&\u{e9}\""] {
            assert!(!is_other_keyboard(mark), "{mark}");
        }
    }
}
