//! Characters that nobody sees, and blanks and hyphens that look like the plain ones.
//!
//! Two ids that differ in one of these are one id to everybody who reads them, so an id has none.
//! In a name they are left out by whoever reads it from a file, and refused otherwise.

/// Whether Unicode lets a program draw nothing for a character: `Default_Ignorable_Code_Point`
/// (Unicode 17, `DerivedCoreProperties.txt`), the reserved code points among them.
#[must_use]
pub const fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character is a blank that looks like the plain space: every `Space_Separator` but
/// that one, and the blank of braille. DIN 91379 wants none of them.
#[must_use]
pub const fn is_odd_blank(character: char) -> bool {
    matches!(
        character,
        '\u{A0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{2800}' | '\u{3000}'
    )
}

/// Whether a character is a hyphen or a minus that looks like the plain one, as word processors
/// put there.
#[must_use]
pub const fn is_odd_hyphen(character: char) -> bool {
    matches!(character, '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_din_91379_wants_in_a_name_is_invisible() {
        for (group, entry) in crate::holder::din91379::entries() {
            for character in entry.chars().filter(|c| *c != '\u{A0}') {
                let odd = is_ignorable(character) || is_odd_blank(character);
                assert!(!odd, "U+{:04X} of {group:?}", u32::from(character));
            }
        }
    }
}
