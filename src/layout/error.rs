//! Why a card can't be laid out.

use super::faces::{BrokenFont, NoFace};
use crate::symbol::{mark::NotAMark, matrix::MatrixError, qr::QrError};

/// Why a card can't be laid out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// No font has the character.
    #[error(
        "{field} has `{character}` (U+{:04X}), which no font of this program can print; \
         ask the holder for the name in Latin letters, as on the identity card, or give a \
         fallback font that has it",
        u32::from(*character)
    )]
    NoGlyph {
        /// Which text.
        field: String,
        /// The character.
        character: char,
    },
    /// The text needs two fonts.
    #[error(
        "{field} has `{character}` (U+{:04X}), which only the fallback font can print, and \
         `{other}` (U+{:04X}), which it can't; a text is set in one font, so give a fallback \
         font that has both",
        u32::from(*character),
        u32::from(*other)
    )]
    TwoFonts {
        /// Which text.
        field: String,
        /// What the design's own font lacks.
        character: char,
        /// What the fallback font lacks.
        other: char,
    },
    /// The text is written from right to left.
    #[error(
        "{field} has `{character}` (U+{:04X}), a letter written from right to left, which this \
         program can't set; ask the holder for the name in Latin letters, as on the identity card",
        u32::from(*character)
    )]
    RightToLeft {
        /// Which text.
        field: String,
        /// The character.
        character: char,
    },
    /// A text with the holder's name does not fit, not even small and broken.
    #[error(
        "{field} is too long for the card, also in small print{}; \
         shorten it, for example by leaving out second given names",
        on_lines(*lines)
    )]
    NameTooLong {
        /// Which text.
        field: String,
        /// The lines there may be.
        lines: usize,
    },
    /// The address does not fit, not even small.
    #[error(
        "the address is too long for the envelope's window, also in small print; shorten the \
         name, the street or the city in the holder file, as on an envelope written by hand"
    )]
    AddressTooLong,
    /// A text of the design does not fit, not even small and broken.
    #[error(
        "{field} is too long for its place, also in small print{}; shorten it, or give it more \
         room in the design",
        on_lines(*lines)
    )]
    TooLong {
        /// Which text.
        field: String,
        /// The lines there may be.
        lines: usize,
    },
    /// Codes would be too small to read.
    #[error(
        "codes of {symbols} symbols would be {size:.1} pt high on this design, and under \
         {min_size} pt nobody can read them; choose shorter codes"
    )]
    CodeTooLong {
        /// Symbols of a code.
        symbols: usize,
        /// The size at which they fit.
        size: f32,
        /// The size they must have.
        min_size: f32,
    },
    /// The URL can't be shown as a QR code.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// The envelope can't be marked.
    #[error(transparent)]
    Mark(#[from] NotAMark),
    /// The mark can't be shown as a Data Matrix.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// There is no place for it.
    #[error("the design has no place for a QR code; leave out the URL or choose another design")]
    NoPlaceForQr,
    /// A letter needs an address.
    #[error(
        "the design is a letter, and the holder has no {missing}; \
         add it to the holder file, or choose a design that needs none"
    )]
    NoAddress {
        /// What is missing.
        missing: &'static str,
    },
    /// The design shows what was not given.
    #[error("text `{field}` of the design shows the {}; give it", in_words(placeholder))]
    NotGiven {
        /// Which text.
        field: String,
        /// What it shows, by its name in braces.
        placeholder: String,
    },
    /// The design shows the holder's id, and the id must not be shown.
    #[error(
        "text `{field}` of the design shows the holder's id, and this one is a national register \
         number, which is printed on no card; give holders ids of your own, or take {{id}} out of \
         the design"
    )]
    RegisterNumber {
        /// Which text.
        field: String,
    },
    /// There is nothing to print on it.
    #[error("the design has no back; leave the back out or choose another design")]
    NoBack,
    /// The program is broken.
    #[error(transparent)]
    Font(#[from] BrokenFont),
}

/// What a placeholder stands for.
fn in_words(placeholder: &str) -> &str {
    match placeholder {
        "phone" => "phone number",
        "url" => "sign-in address",
        "expires" => "last day of the cards",
        "reply_to" => "office's address",
        other => other,
    }
}

/// How many lines a text may take, if more than one.
fn on_lines(lines: usize) -> String {
    if lines > 1 { format!(" on {lines} lines") } else { String::new() }
}

impl LayoutError {
    pub(super) fn no_face(field: &str, why: NoFace) -> Self {
        let field = field.to_owned();
        match why {
            NoFace::Missing(character) => Self::NoGlyph { field, character },
            NoFace::Mixed { face: character, fallback: other } => {
                Self::TwoFonts { field, character, other }
            }
            NoFace::RightToLeft(character) => Self::RightToLeft { field, character },
        }
    }
}
