//! A page, A4, made a PDF.

use jiff::civil::Date;
use tokenkaart_token::language::Language;
use zeroize::Zeroizing;

use super::error::HandoutError;
use crate::{
    design::Design,
    layout::{
        Faces, FallbackFont,
        handout::{self, Block},
    },
    print::{self, About},
};

/// The design that has the size of these pages.
const SIZE_OF: &str = "letter";

/// What a page has beside its blocks.
pub(super) struct Sheet<'a> {
    pub(super) title: &'a str,
    pub(super) office: &'a str,
    pub(super) date: Date,
    pub(super) language: Language,
    pub(super) fallback: Option<FallbackFont>,
}

impl Sheet<'_> {
    /// Makes the PDF, tagged for screen readers.
    pub(super) fn print(self, blocks: &[Block<'_>]) -> Result<Zeroizing<Vec<u8>>, HandoutError> {
        let Sheet { title, office, date, language, fallback } = self;
        let design = Design::built_in(SIZE_OF)?;
        let faces = Faces::shipped()?.with_fallback(fallback);
        let pages = [handout::lay_out(&faces, &design.printed_page(), language, blocks)?];
        let about = About {
            author: Some(office.to_owned()),
            tagged: true,
            ..About::new(title.to_owned(), language, date)
        };
        Ok(print::print(&design, &faces, &pages, &about)?)
    }
}
