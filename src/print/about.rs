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
}
