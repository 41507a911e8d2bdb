//! The designs that the program carries, and a design from a file's text.

use super::{element::Design, fault::DesignError, file};

/// The designs that the program carries, by name.
const BUILT_IN: [(&str, &str); 4] = [
    ("card", include_str!("../../assets/card/design.toml")),
    ("letter", include_str!("../../assets/letter/design.toml")),
    (
        "sheet",
        concat!(
            include_str!("../../assets/card/design.toml"),
            include_str!("../../assets/sheet/design.toml")
        ),
    ),
    (
        "sheet-10",
        concat!(
            include_str!("../../assets/card/design.toml"),
            include_str!("../../assets/sheet-10/design.toml")
        ),
    ),
];

impl Design {
    /// The names of the designs that the program carries.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The file of a design that the program carries.
    ///
    /// # Errors
    /// [`DesignError::Unknown`] with the names there are.
    pub fn built_in_text(name: &str) -> Result<&'static str, DesignError> {
        let found = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
        found.map(|(_, text)| *text).ok_or_else(|| DesignError::Unknown {
            name: name.to_owned(),
            known: Self::built_in_names().collect::<Vec<_>>().join(", "),
        })
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
    /// [`DesignError::DesignFault`] with line, column and remedy.
    pub fn parse(
        name: &str,
        text: &str,
        artwork: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, DesignError> {
        file::parse(name, text, artwork)
    }
}
