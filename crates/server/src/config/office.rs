//! Whose service it is: its name, colour, desk and help line, in each language.

use tokenkaart_token::language::Language;

use super::reader::{At, Reader, Section};

/// Contrast of text on the office's colour that WCAG 2.2 asks for (SC 1.4.3).
const CONTRAST: f64 = 4.5;

/// A text in each language.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Names([String; 4]);

/// The office.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    /// Its name, above each page.
    pub(crate) name: Names,
    /// Its colour, which white text is read on.
    pub(crate) colour: Colour,
    /// The number to call.
    pub(crate) help_line: String,
    /// Where one goes in person.
    pub(crate) desk: Names,
}

/// A colour, as `#0b5c8a`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Colour(String);

impl Names {
    /// The text in a language.
    pub(crate) fn in_language(&self, language: Language) -> &str {
        &self.0[language as usize]
    }
}

impl Colour {
    /// Takes a colour on which white text can be read.
    ///
    /// # Errors
    /// What is wrong with it.
    fn new(text: &str) -> Result<Self, String> {
        let channel = |place: usize| {
            let digits = text.get(place..place + 2)?;
            u8::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|b| b != b'+'))
        };
        let channels = [channel(1), channel(3), channel(5)];
        let (true, true, [Some(red), Some(green), Some(blue)]) =
            (text.len() == 7, text.starts_with('#'), channels)
        else {
            return Err(format!("\"{text}\" is no colour; write #0b5c8a"));
        };
        // WCAG 2.2, "relative luminance" and "contrast ratio".
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
        let contrast = 1.05 / (luminance + 0.05);
        if contrast < CONTRAST {
            return Err(format!(
                "white text on {text} has a contrast of {contrast:.1}, and {CONTRAST} is needed; \
                 take a darker colour"
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// As CSS writes it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text for all languages, or one for each: `"..."` or `{ nl = "...", fr = "..." }`.
pub(super) fn names<'t>(
    reader: &mut Reader<'t>,
    section: &mut Section<'_, 't>,
    key: &'static str,
    name: &'static str,
) -> Option<Names> {
    if section.is_table(key) {
        let mut inner = reader.table(section, key, name)?;
        let mut texts = Language::ALL.map(|_| None);
        for language in Language::ALL {
            let text = reader.needed(&mut inner, language.code(), "\"...\"");
            texts[language as usize] = text.and_then(|text| line(reader, name, &text));
        }
        reader.finish(&inner);
        let [nl, fr, de, en] = texts;
        return Some(Names([nl?, fr?, de?, en?]));
    }
    let text = reader.needed(
        section,
        key,
        "{ nl = \"...\", fr = \"...\", de = \"...\", en = \"...\" }",
    )?;
    let text = line(reader, name, &text)?;
    Some(Names(Language::ALL.map(|_| text.clone())))
}

pub(super) fn line(reader: &mut Reader<'_>, name: &str, text: &At<String>) -> Option<String> {
    let trimmed = text.value.trim();
    if trimmed.is_empty() || trimmed.chars().count() > 100 || trimmed.chars().any(char::is_control)
    {
        reader.fault(text.line, format!("{name} must be one line of 1 to 100 characters"));
        return None;
    }
    Some(trimmed.to_owned())
}

pub(super) fn read<'t>(reader: &mut Reader<'t>, top: &mut Section<'_, 't>) -> Option<Office> {
    let Some(mut section) = reader.table(top, "office", "[office]") else {
        reader
            .fault(top.line, "[office] is missing; write it with name, colour, help_line and desk");
        return None;
    };
    let name = names(reader, &mut section, "name", "[office] name");
    let colour = reader.needed(&mut section, "colour", "\"#0b5c8a\"");
    let colour = colour.and_then(|text| match Colour::new(&text.value) {
        Ok(colour) => Some(colour),
        Err(error) => {
            reader.fault(text.line, format!("[office] colour: {error}"));
            None
        }
    });
    let help_line = reader.needed(&mut section, "help_line", "\"1700\"");
    let help_line = help_line.and_then(|text| line(reader, "[office] help_line", &text));
    let desk = names(reader, &mut section, "desk", "[office] desk");
    reader.finish(&section);
    Some(Office { name: name?, colour: colour?, help_line: help_line?, desk: desk? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_text_can_be_read_on_each_colour_that_is_taken() {
        assert_eq!(Colour::new("#0B5C8A").unwrap().as_str(), "#0b5c8a");
        // Grey of 4.48 and 4.54, as WebAIM's contrast checker has them.
        assert!(Colour::new("#777777").is_err() && Colour::new("#767676").is_ok());
        for bad in ["", "#fff", "0b5c8a0", "#0b5c8g", "#+b5c8a", "#ffff00", "#0b5c8é"] {
            assert!(Colour::new(bad).is_err(), "{bad}");
        }
    }
}
