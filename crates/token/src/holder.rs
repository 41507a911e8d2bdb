//! Who a card is for, and what a valid holder is.
//!
//! A value that exists is valid: each type is made in one place and refuses what may not be
//! printed or stored.

pub mod din91379;
pub mod invisible;

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::language::Language;

/// The longest name a register may give, in characters after NFC.
pub const MAX_NAME_CHARS: usize = 200;
/// The longest identifier, in characters after NFC.
pub const MAX_ID_CHARS: usize = 200;
/// The longest of the other fields (street, city, …), in characters after NFC.
pub const MAX_FIELD_CHARS: usize = 200;

/// Why a text can't be a holder's field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// Nothing but white space.
    #[error("is empty")]
    Empty,
    /// A character that has no place on paper: C0 and C1 controls, line and paragraph
    /// separators, and the marks that turn the direction of writing.
    #[error("has the control character U+{:04X} at character {position}", u32::from(*.character))]
    Control {
        /// The character itself.
        character: char,
        /// Its place, the first being 1.
        position: usize,
    },
    /// A character that nobody sees, or a blank that isn't the plain one.
    #[error(
        "has U+{:04X} at character {position}, {}",
        u32::from(*.character), look(*.character)
    )]
    Invisible {
        /// The character itself.
        character: char,
        /// Its place, the first being 1.
        position: usize,
    },
    /// More characters than the field may have.
    #[error("has {count} characters; at most {max} fit")]
    TooLong {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
}

/// Trims and normalises to NFC (DIN 91379 §4 prescribes NFC), and changes nothing else.
fn clean(text: &str, max: usize) -> Result<String, FieldError> {
    let text: String = text.trim().nfc().collect();
    if text.is_empty() {
        return Err(FieldError::Empty);
    }
    if let Some((index, character)) = text.chars().enumerate().find(|(_, c)| is_forbidden(*c)) {
        return Err(FieldError::Control { character, position: index + 1 });
    }
    let count = text.chars().count();
    if count > max {
        return Err(FieldError::TooLong { count, max });
    }
    Ok(text)
}

const fn look(character: char) -> &'static str {
    if invisible::is_odd_blank(character) {
        "which looks like a space"
    } else if invisible::is_odd_hyphen(character) {
        "which looks like a hyphen"
    } else {
        "which nobody sees"
    }
}

/// The first character of a text of which `is_odd` holds, as what is wrong with it.
fn require_visible(text: &str, is_odd: impl Fn(char) -> bool) -> Result<(), FieldError> {
    match text.chars().enumerate().find(|(_, character)| is_odd(*character)) {
        Some((index, character)) => Err(FieldError::Invisible { character, position: index + 1 }),
        None => Ok(()),
    }
}

/// Controls, separators, and the bidirectional marks that could make a printed name read
/// otherwise than it is stored.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFD}'
        )
}

/// The office's own key for a holder; unique in a run.
///
/// It may be a national register number, so it goes into records (the auth store looks
/// holders up by it) but is never printed on a card.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct HolderId(String);

impl HolderId {
    /// Makes an id of a text: trimmed, NFC.
    ///
    /// # Errors
    /// [`FieldError`] when it is empty, has control characters or over [`MAX_ID_CHARS`], and when
    /// it has a character that would make another id of it to the same eyes: see [`invisible`].
    pub fn new(text: &str) -> Result<Self, FieldError> {
        let id = clean(text, MAX_ID_CHARS)?;
        require_visible(&id, |character| {
            invisible::is_ignorable(character)
                || invisible::is_odd_blank(character)
                || invisible::is_odd_hyphen(character)
        })?;
        Ok(Self(id))
    }

    /// The id as the auth store knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HolderId {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<HolderId> for String {
    fn from(id: HolderId) -> Self {
        id.0
    }
}

impl fmt::Display for HolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A holder's name as printed: trimmed, NFC, otherwise as the register writes it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct HolderName(String);

impl HolderName {
    /// Makes a name of a text.
    ///
    /// # Errors
    /// [`FieldError`] when it is empty, has control characters or ones that nobody sees, or over
    /// [`MAX_NAME_CHARS`].
    pub fn new(text: &str) -> Result<Self, FieldError> {
        let name = clean(text, MAX_NAME_CHARS)?;
        // Joiners shape the letters of some scripts, so between such letters they are seen.
        require_visible(&name, |character| {
            invisible::is_ignorable(character) && !matches!(character, '\u{200C}' | '\u{200D}')
        })?;
        Ok(Self(name))
    }

    /// Joins a given and a family name, in the order in which Belgian letters address people.
    ///
    /// # Errors
    /// As [`HolderName::new`]; either part may be empty, not both.
    pub fn from_parts(given: &str, family: &str) -> Result<Self, FieldError> {
        Self::new(&format!("{} {}", given.trim(), family.trim()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of text that is neither a name nor an id: a street, a city, a user name.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Line(String);

impl Line {
    /// Makes a line of a text; `None` when there is nothing in it. Line breaks within the text,
    /// which spreadsheets allow in a cell, become spaces.
    ///
    /// # Errors
    /// [`FieldError`] when it has other control characters or over [`MAX_FIELD_CHARS`].
    pub fn new(text: &str) -> Result<Option<Self>, FieldError> {
        let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).collect();
        let text = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        match clean(&text, MAX_FIELD_CHARS) {
            Ok(text) => Ok(Some(Self(text))),
            Err(FieldError::Empty) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the post finds a holder.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct PostalAddress {
    /// Street, house number and box.
    pub street: Option<Line>,
    /// Postal code.
    pub postal_code: Option<Line>,
    /// City.
    pub city: Option<Line>,
    /// Country; none means the sender's own.
    pub country: Option<Line>,
}

/// A person who gets a card.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Holder {
    /// The office's key.
    pub id: HolderId,
    /// The name on the card.
    pub name: HolderName,
    /// Where the post finds the holder.
    pub address: PostalAddress,
    /// The language of the card; none means the run's.
    pub language: Option<Language>,
    /// Electronic mail; not printed.
    pub email: Option<Line>,
    /// The name the holder signs in with.
    pub user_name: Option<Line>,
}

impl Holder {
    /// A holder of whom only the id and the name are known.
    #[must_use]
    pub fn new(id: HolderId, name: HolderName) -> Self {
        Self {
            id,
            name,
            address: PostalAddress::default(),
            language: None,
            email: None,
            user_name: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_composed_and_nothing_else() {
        let name = HolderName::new("\u{a0} Rene\u{301}e  van 't Hof-D\u{2019}Hondt ").unwrap();
        assert_eq!(name.as_str(), "Ren\u{e9}e  van 't Hof-D\u{2019}Hondt");
    }

    #[test]
    fn a_name_that_could_mislead_or_break_the_page_is_refused() {
        assert_eq!(HolderName::new(" \t\u{a0}"), Err(FieldError::Empty));
        for (text, character, position) in [
            ("Jan\u{0}Peeters", '\u{0}', 4),
            ("Jan\nPeeters", '\n', 4),
            ("\u{85}x\u{7f}", '\u{7f}', 2),
            ("Jan \u{202e}sreteeP", '\u{202e}', 5),
            ("Ren\u{fffd}", '\u{fffd}', 4),
        ] {
            assert_eq!(
                HolderName::new(text),
                Err(FieldError::Control { character, position }),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_id_has_no_character_that_nobody_sees() {
        for (text, character, position) in [
            ("4711\u{200b}", '\u{200b}', 5),
            ("4711\u{ad}", '\u{ad}', 5),
            ("\u{2060}4711", '\u{2060}', 1),
            ("47\u{a0}11", '\u{a0}', 3),
            ("47\u{202f}11", '\u{202f}', 3),
            ("4711\u{fe0f}", '\u{fe0f}', 5),
            ("47\u{3164}11", '\u{3164}', 3),
            ("47\u{e0020}11", '\u{e0020}', 3),
            ("47\u{2800}11", '\u{2800}', 3),
            ("B\u{2011}12", '\u{2011}', 2),
        ] {
            let refused = HolderId::new(text);
            assert_eq!(refused, Err(FieldError::Invisible { character, position }), "{text:?}");
        }
        assert!(HolderId::new("Zo\u{eb} 47-11").is_ok());
        assert!(HolderName::new("Jan\u{ad}Peeters").is_err());
        assert_eq!(
            HolderId::new("47\u{a0}11").unwrap_err().to_string(),
            "has U+00A0 at character 3, which looks like a space"
        );
    }

    #[test]
    fn a_name_is_measured_in_characters() {
        assert!(HolderName::new(&"é".repeat(200)).is_ok());
        assert_eq!(
            HolderName::new(&"é".repeat(201)),
            Err(FieldError::TooLong { count: 201, max: 200 })
        );
    }

    #[test]
    fn a_line_break_in_a_cell_becomes_a_space() {
        let line = Line::new("Kerkstraat 1\r\n bus 2\n").unwrap().unwrap();
        assert_eq!(line.as_str(), "Kerkstraat 1 bus 2");
        assert_eq!(Line::new(" \n "), Ok(None));
        assert!(Line::new("Kerkstraat\u{0} 1").is_err());
    }

    #[test]
    fn a_name_of_two_parts_needs_one_of_them() {
        assert_eq!(HolderName::from_parts("Jan ", " Peeters").unwrap().as_str(), "Jan Peeters");
        assert_eq!(HolderName::from_parts("", "Madonna").unwrap().as_str(), "Madonna");
        assert_eq!(HolderName::from_parts(" ", ""), Err(FieldError::Empty));
    }
}
