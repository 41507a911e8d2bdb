//! What programs put around a value, and what they write where there is none.

use std::borrow::Cow;

/// Why a cell's text can't be taken for its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NoValue {
    /// A formula, where its result should be.
    Formula,
    /// A word for "nothing" or for an error.
    ErrorWord,
    /// A number as a program writes it that calculates with it: `4711.0`, `2,00E+03`.
    Calculated,
}

/// A cell's text without what programs put around it: blanks, `="…"`, a pair of quotation marks.
///
/// `is_code` says that the value is an id or the like, where an apostrophe at the start is the
/// spreadsheet's sign for text; in a name it may be a letter's.
pub(super) fn unframed(text: &str, is_code: bool) -> Result<Cow<'_, str>, NoValue> {
    let mut value = Cow::Borrowed(text.trim());
    // A program may have framed what another one framed.
    loop {
        match without_frame(&value, is_code)?.map(Cow::into_owned) {
            Some(inner) => value = Cow::Owned(inner),
            None => return Ok(value),
        }
    }
}

/// What is inside the outermost thing that a program put around it, if there is one.
fn without_frame(text: &str, is_code: bool) -> Result<Option<Cow<'_, str>>, NoValue> {
    if let Some(formula) = text.strip_prefix('=') {
        let quoted = formula.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        return match quoted.map(|quoted| quoted.replace("\"\"", "\u{0}")) {
            Some(value) if !value.contains('"') => {
                Ok(Some(value.replace('\u{0}', "\"").trim().to_owned().into()))
            }
            _ => Err(NoValue::Formula),
        };
    }
    for (open, close) in [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('„', '”'), ('«', '»')]
    {
        let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        let Some(inner) = inner else { continue };
        let doubled: String = [close, close].iter().collect();
        let inner = inner.replace(&doubled, "\u{0}");
        if inner.trim().is_empty() || inner.contains([open, close]) {
            continue;
        }
        return Ok(Some(inner.replace('\u{0}', &close.to_string()).trim().to_owned().into()));
    }
    match text.strip_prefix('\'') {
        Some(rest) if is_code && !rest.trim().is_empty() => Ok(Some(rest.trim_start().into())),
        _ => Ok(None),
    }
}

/// Signs that stand where there is nothing to write.
pub(super) fn is_dash(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| matches!(c, '-' | '–' | '—' | '.' | '/' | '_' | ' '))
}

/// Whether a whole cell is a word that databases and programs write for "nothing".
pub(super) fn is_nothing(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "null"
            | "nil"
            | "none"
            | "nothing"
            | "nan"
            | "nat"
            | "<na>"
            | "n/a"
            | "n.a."
            | "#n/a"
            | "n/b"
            | "undefined"
            | "unknown"
            | "(null)"
            | "<null>"
            | "[null]"
            | "{null}"
            | "\\n"
            | "(blank)"
            | "(empty)"
            | "(leeg)"
            | "(vide)"
            | "(leer)"
            | "n.v.t."
            | "nvt"
            | "s.o."
            | "k.a."
            | "onbekend"
            | "inconnu"
            | "unbekannt"
            | "[object object]"
            | "system.dbnull"
            | "dbnull"
    ) || text == "NA"
}

/// Whether a whole cell is the error of a spreadsheet, in whatever language: `#REF!`, `#NAAM?`,
/// `#####`, `Err:502`.
pub(super) fn is_sheet_error(text: &str) -> bool {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('#') {
        if rest.chars().all(|c| c == '#') {
            return text.len() >= 2;
        }
        let is_word = |word: &str| {
            word.chars().any(char::is_alphabetic)
                && word.chars().all(|c| c.is_uppercase() || matches!(c, '/' | '0' | '_' | ' '))
        };
        return match rest.strip_suffix(['!', '?']) {
            Some(word) => is_word(word),
            None => matches!(rest, "N/A" | "NV" | "N/B" | "N/D" | "GETTING_DATA" | "NULL"),
        };
    }
    let (word, number) = text.split_once(':').unwrap_or((text, ""));
    matches!(word.trim(), "Err" | "Fout" | "Erreur" | "Fehler" | "Error")
        && number.len() == 3
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is a number as a program writes it that calculates with it, which is another text
/// than the one that was typed: `8,50731E+10`, `4711.0`.
pub(super) fn is_calculated(text: &str) -> bool {
    let text = text.trim();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((mantissa, exponent)) = text.split_once(['E', 'e']) {
        let fraction = mantissa.split_once([',', '.']);
        let has_fraction =
            fraction.is_some_and(|(whole, fraction)| is_digits(whole) && is_digits(fraction));
        let sign = exponent.strip_prefix(['+', '-']);
        // Without a sign and a fraction it may be a code: `1E10`.
        return (has_fraction && is_digits(sign.unwrap_or(exponent)))
            || (is_digits(mantissa) && exponent.starts_with('+') && sign.is_some_and(is_digits));
    }
    text.split_once(['.', ',']).is_some_and(|(whole, fraction)| {
        is_digits(whole)
            && !fraction.is_empty()
            && fraction.bytes().all(|byte| byte == b'0')
            && fraction.len() != 3
    })
}

/// The value of a cell that is no name: unframed, and neither a word for nothing nor an error.
pub(super) fn value(text: &str, is_code: bool) -> Result<Cow<'_, str>, NoValue> {
    let value = unframed(text, is_code)?;
    if is_nothing(&value) || is_sheet_error(&value) {
        return Err(NoValue::ErrorWord);
    }
    if is_calculated(&value) {
        return Err(NoValue::Calculated);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_put_around_a_value_is_taken_off() {
        for (text, is_code, expected) in [
            ("=\"0004711\"", true, "0004711"),
            ("=\"Jan Peeters\"", false, "Jan Peeters"),
            ("=\"Jan \"\"Jef\"\" Peeters\"", false, "Jan \"Jef\" Peeters"),
            ("'0004712", true, "0004712"),
            ("'0004712'", true, "0004712"),
            ("'Jan Peeters'", false, "Jan Peeters"),
            ("'O''Brien'", false, "O'Brien"),
            ("'''t Hart'", false, "'t Hart"),
            ("\"Jan\"", false, "Jan"),
            ("“Jan”", false, "Jan"),
            ("„Jan“", false, "Jan"),
            ("« Jan »", false, "Jan"),
            (" \u{a0}4711 ", true, "4711"),
            ("'t Hart", false, "'t Hart"),
            ("'s-Hertogenbosch", false, "'s-Hertogenbosch"),
            ("\"Jef\" Peeters \"junior\"", false, "\"Jef\" Peeters \"junior\""),
            ("''", false, "''"),
            ("'", true, "'"),
            ("A=B", false, "A=B"),
        ] {
            assert_eq!(unframed(text, is_code).unwrap(), expected, "{text}");
        }
        for formula in ["=A1", "=", "=4711", "=\"a\"&\"b\"", "=CONCAT(A1;B1)", "==\"x\"", "=+1"] {
            assert_eq!(unframed(formula, true), Err(NoValue::Formula), "{formula}");
        }
    }

    #[test]
    fn words_for_nothing_and_errors_are_no_values() {
        for text in [
            "#N/A",
            "#REF!",
            "#NAAM?",
            "#WAARDE!",
            "#VERW!",
            "#DEEL/0!",
            "#DIV/0!",
            "#VALEUR!",
            "#NOM?",
            "#WERT!",
            "#BEZUG!",
            "#NV",
            "#N/B",
            "#ÜBERLAUF!",
            "#ERROR!",
            "########",
            "##",
            "\\N",
            "NULL",
            "null",
            "nan",
            "NaN",
            "None",
            "undefined",
            "[object Object]",
            "(null)",
            "<NULL>",
            "Err:502",
            "Fout:508",
            "NA",
            "n/a",
            "N.v.t.",
        ] {
            assert_eq!(value(text, true), Err(NoValue::ErrorWord), "{text}");
            assert_eq!(value(&format!(" {text} "), false), Err(NoValue::ErrorWord), "{text}");
        }
        for text in [
            "4711.0",
            "2000.0",
            "2000,00",
            "2,00E+03",
            "8,50731E+10",
            "8.5E10",
            "9E+14",
            " 8,5e+10 ",
            "1,5E-05",
            "=\"4711.0\"",
        ] {
            assert_eq!(value(text, true), Err(NoValue::Calculated), "{text}");
        }
        for text in [
            "85073003328",
            "85.07.30-033.28",
            "1E10",
            "A1E+",
            "E+1",
            "Be+1",
            "1,2,3E+1",
            "#12",
            "#A",
            "4.711",
            "4711.5",
            "1.000",
            "Nullstraat 1",
            "Nan",
            "NB",
            "Na",
            "Err",
            "12",
            "Nederland",
            "None-les-Bains",
            "1.2.0",
        ] {
            let is_value = value(text, true);
            let expected = !matches!(text, "Nan");
            assert_eq!(is_value.is_ok(), expected, "{text}");
        }
    }
}
