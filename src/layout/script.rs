//! A text cut where its script changes: each script has its own rules in a font.

use std::ops::Range;

use harfrust::{Buffer, Direction, Script, unicode};

/// A stretch of text in one script.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Stretch {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// The script; none when there are only spaces, digits and signs.
    pub(super) script: Option<Script>,
}

/// The stretches of a text. What belongs to no script (marks, spaces, digits) stays with what
/// stands before it, at the beginning with what follows.
pub(super) fn stretches(text: &str) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (index, character) in text.char_indices() {
        let range = index..index + character.len_utf8();
        let script = script(character);
        match stretches.last_mut() {
            Some(last) if script.is_none() || last.script.is_none() || last.script == script => {
                last.range.end = range.end;
                last.script = last.script.or(script);
            }
            _ => stretches.push(Stretch { range, script }),
        }
    }
    stretches
}

/// The first letter of a script that is written from right to left.
pub(super) fn right_to_left(text: &str) -> Option<char> {
    text.chars().find(|character| {
        // The characters up to here are ours: Latin, Greek, Cyrillic and their marks.
        *character > '\u{52F}' && {
            let mut buffer = Buffer::new();
            buffer.push(u32::from(*character), 0);
            buffer.guess_segment_properties();
            buffer.direction() == Direction::RightToLeft
        }
    })
}

fn script(character: char) -> Option<Script> {
    let script = unicode::script(u32::from(character));
    (![Script::COMMON, Script::INHERITED, Script::UNKNOWN].contains(&script)).then_some(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(&str, Option<Script>)> {
        stretches(text).into_iter().map(|part| (&text[part.range], part.script)).collect()
    }

    #[test]
    fn a_text_is_cut_where_its_script_changes_and_nowhere_else() {
        let (latin, greek) = (Some(Script::LATIN), Some(Script::GREEK));
        assert_eq!(cut("Ελένη Peeters"), [("Ελένη ", greek), ("Peeters", latin)]);
        assert_eq!(cut("’t Hof-L\u{325}\u{304} 2"), [("’t Hof-L\u{325}\u{304} 2", latin)]);
        assert_eq!(
            cut("Стоян (Stoyan)"),
            [("Стоян (", Some(Script::CYRILLIC)), ("Stoyan)", latin)]
        );
        assert_eq!(cut("12-34"), [("12-34", None)]);
        assert_eq!(cut(""), []);
    }

    #[test]
    fn letters_written_from_right_to_left_are_found() {
        for letter in ['ש', 'م', 'ܐ', 'ހ', 'ߐ', '𐤀', '𞤀'] {
            assert_eq!(right_to_left(&format!("Jan ’{letter} P")), Some(letter), "{letter}");
        }
        assert_eq!(right_to_left("Đặng Ελένη Стоян გიორგი Ṣ–’€ 王 १२"), None);
    }
}
