//! The designs that the program carries, and a design from a file's text.

use tokenkaart_token::token::CodeFormat;

use super::{element::Design, fault::DesignError, file};

/// The designs that the program carries: name, purpose, file.
const BUILT_IN: [(&str, &str, &str); 5] = [
    (
        "card",
        "one card of the size of a bank card a page, for a card printer or the counter; has a back",
        include_str!("../../assets/card/design.toml"),
    ),
    (
        "letter",
        "A4 for a window envelope, the card to cut out at its foot, marked for inserting machines; \
         needs an office and addresses",
        include_str!("../../assets/letter/design.toml"),
    ),
    (
        "large",
        "A4 for people who see badly: codes of 24 pt and more, texts of 16 pt and more, to fold to A5; \
         has a back",
        include_str!("../../assets/large/design.toml"),
    ),
    (
        "sheet",
        "A4 with eight cards to cut, with bleed and crop marks; has backs",
        concat!(
            include_str!("../../assets/card/design.toml"),
            include_str!("../../assets/sheet/design.toml")
        ),
    ),
    (
        "sheet-10",
        "A4 with ten cards without gaps, one cut parts two; has backs",
        concat!(
            include_str!("../../assets/card/design.toml"),
            include_str!("../../assets/sheet-10/design.toml")
        ),
    ),
];

impl Design {
    /// The names of the designs that the program carries.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, ..)| *name)
    }

    /// The file of a design that the program carries.
    ///
    /// # Errors
    /// [`DesignError::Unknown`] with the names there are.
    pub fn built_in_text(name: &str) -> Result<&'static str, DesignError> {
        known(name).map(|(.., text)| *text)
    }

    /// What a design that the program carries is for, in a few words.
    ///
    /// # Errors
    /// [`DesignError::Unknown`] with the names there are.
    pub fn purpose(name: &str) -> Result<&'static str, DesignError> {
        known(name).map(|(_, purpose, _)| *purpose)
    }

    /// A design that the program carries.
    ///
    /// # Errors
    /// [`DesignError::Unknown`] with the names there are.
    pub fn built_in(name: &str) -> Result<Self, DesignError> {
        Self::parse(name, Self::built_in_text(name)?, &mut |_| Err("there is none".to_owned()))
    }

    /// Reads a design file's text; `name` is what messages call it, and `artwork` gives the
    /// bytes of the artwork files that it names, or says why it can't.
    ///
    /// # Errors
    /// [`DesignError::Faulty`] with all faults, each with line, column and remedy.
    pub fn parse(
        name: &str,
        text: &str,
        artwork: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, DesignError> {
        file::parse(name, text, artwork, None)
    }

    /// As [`Design::parse`]; that codes of a format are too small for it is a fault too.
    ///
    /// # Errors
    /// [`DesignError::Faulty`] with all faults, each with line, column and remedy.
    pub fn parse_for(
        name: &str,
        text: &str,
        artwork: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
        format: &CodeFormat,
    ) -> Result<Self, DesignError> {
        file::parse(name, text, artwork, Some(format))
    }
}

fn known(name: &str) -> Result<&'static (&'static str, &'static str, &'static str), DesignError> {
    let found = BUILT_IN.iter().find(|(built_in, ..)| *built_in == name);
    found.ok_or_else(|| DesignError::Unknown {
        name: name.to_owned(),
        known: Design::built_in_names().collect::<Vec<_>>().join(", "),
    })
}
