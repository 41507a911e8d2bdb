//! What a PDF file says of itself.

use jiff::civil::Date;
use tokenkaart_token::language::Language;

/// What a file says of itself; no name of a holder, and no code.
#[derive(Clone, Debug)]
pub struct About {
    /// The title that viewers show.
    pub title: String,
    /// Who issues the cards: the office.
    pub author: Option<String>,
    /// The language of most of it.
    pub language: Language,
    /// The date of request.
    pub date: Date,
    /// Whether each second page is the back of the one before it.
    pub backs: bool,
    /// Whether it has the structure of its pages for screen readers.
    pub tagged: bool,
}

impl About {
    /// A title, the language of most of it and the date of request; of nobody, without backs and tags.
    #[must_use]
    pub const fn new(title: String, language: Language, date: Date) -> Self {
        Self { title, author: None, language, date, backs: false, tagged: false }
    }
}
