//! What things on a page are to those who have it read to them.

use tokenkaart_token::{language::Language, token::Position};

/// What a thing is, and what it belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tag {
    /// What it is.
    pub role: Role,
    /// Which card of the page it is on, from 0.
    pub card: u16,
    /// Its place in the order of reading; the lines of one text share it.
    pub place: u16,
    /// The card's language.
    pub language: Language,
}

/// What a thing is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Nothing to be read: ground, marks for machines and cutters.
    Artifact,
    /// A heading of a level, from 1.
    Heading(u8),
    /// A text.
    Paragraph,
    /// A picture with a text in its stead.
    Figure,
    /// The number of a code.
    Number,
    /// A code.
    Code,
}

/// Where the QR code is read: behind the texts, of which no design has so many.
const FIGURE: u16 = 50_000;
/// Where the codes begin, behind all else.
const CODES: u16 = 60_000;

impl Tag {
    /// What nobody reads.
    pub const ARTIFACT: Self =
        Self { role: Role::Artifact, card: 0, place: 0, language: Language::Nl };

    /// A text of the design, the first being 0.
    pub(super) fn text(index: usize, heading: Option<u8>, language: Language) -> Self {
        let role = heading.map_or(Role::Paragraph, Role::Heading);
        Self { role, place: place(index).saturating_add(1), language, ..Self::ARTIFACT }
    }

    /// The address, read before a text of the design.
    pub(super) fn address(before: usize, language: Language) -> Self {
        Self { role: Role::Paragraph, place: place(before), language, ..Self::ARTIFACT }
    }

    /// The QR code.
    pub(super) const fn figure(language: Language) -> Self {
        Self { role: Role::Figure, place: FIGURE, language, ..Self::ARTIFACT }
    }

    /// The number of a position.
    pub(super) fn number(position: Position) -> Self {
        let place = CODES + 2 * u16::from(position.number());
        Self { role: Role::Number, place, ..Self::ARTIFACT }
    }

    /// The code at a position.
    pub(super) fn code(position: Position, language: Language) -> Self {
        let place = CODES + 2 * u16::from(position.number()) + 1;
        Self { role: Role::Code, place, language, ..Self::ARTIFACT }
    }

    /// What it belongs to: things of one unit are one element.
    pub(crate) const fn unit(self) -> Option<(u16, u16)> {
        match self.role {
            Role::Artifact => None,
            _ => Some((self.card, self.place)),
        }
    }
}

/// Two places a text, so that the address has one between them.
fn place(index: usize) -> u16 {
    u16::try_from(index * 2).unwrap_or(FIGURE - 2)
}
