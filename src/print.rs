//! Placed items made into PDF/A-1b bytes; the only user of printpdf.
//!
//! printpdf makes the document and embeds the fonts. Pages are written by hand, since its own
//! repeat everything on every page; and what an archive asks for is added, since printpdf
//! only says that it is there.

mod about;
mod conformance;
mod content;
mod document;
mod error;
mod font;
mod form;
mod graphics;
mod icc;
mod logo;
mod tags;
mod text;

use zeroize::Zeroizing;

pub use self::{about::About, error::PrintError};
use self::{document::TrimmedSheet, font::Fonts, form::Sharing};
use crate::{
    design::Design,
    layout::{Faces, Page},
};

/// Makes one PDF file of pages, which all have the design's size.
///
/// The same pages make the same bytes. What stands on the pages is wiped after use, but for
/// the deflater's own memory; the bytes that leave here wipe themselves.
///
/// # Errors
/// [`PrintError`], after which the file is not to be used.
pub fn print(
    design: &Design,
    faces: &Faces,
    pages: &[Page],
    about: &About,
) -> Result<Zeroizing<Vec<u8>>, PrintError> {
    let library = |error: lopdf::Error| PrintError::Library(error.to_string());
    let fonts = Fonts::for_pages(faces, pages, about.tagged)?;
    let mut pdf = document::specimen(&about.title, &fonts)?;
    let page = design.printed_page();
    let sheet = TrimmedSheet::new(&page, &design.trimmed(), design.bleed);
    let sharing = Sharing::among(pages, about.tagged);
    let tagged = about.tagged.then_some(pages);
    document::set_pages(&mut pdf, &fonts, &sharing, sheet, tagged).map_err(library)?;
    conformance::declare(&mut pdf, about, &fonts, &page).map_err(library)?;
    document::save(pdf).map_err(library)
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;
    use crate::{
        layout::{CardOptions, Composer},
        symbol::mark::{Envelope, RunId, Sequence},
    };
    use tokenkaart_token::{
        holder::{Holder, HolderId, HolderName},
        language::Language,
        token::{CodeFormat, Random, Token},
    };

    fn two_cards() -> Zeroizing<Vec<u8>> {
        let date = jiff::civil::date(2026, 11, 22);
        let format = CodeFormat::default();
        let url = Some("https://aanmelden.example.be/?s={serial}".to_owned());
        let design = Design::built_in("card").unwrap();
        let settings = CardOptions { url, ..CardOptions::new(format.clone(), date) };
        let composer = Composer::new(design, settings).unwrap();
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        let sequence = Sequence { number: 1, total: 1, file: 1, card: 1, cards: 1 };
        let envelope = Envelope { run: RunId::from_bytes([7; 16]), sequence };
        let pages: Vec<Page> =
            ["Jan Peeters", "S\u{31b}\u{304}ukru\u{308} l\u{325}\u{304} C\u{328}\u{306} AVoT"]
                .into_iter()
                .flat_map(|name| {
                    let token = Token::draw(&format, &mut random).unwrap();
                    let name = HolderName::new(name).unwrap();
                    let holder = Holder::new(HolderId::new("4711").unwrap(), name);
                    composer.compose(&holder, Language::Nl, &token, &envelope).unwrap()
                })
                .collect();
        let about = About::new("Tokenkaarten 0001".to_owned(), Language::Nl, date);
        print(composer.design(), composer.faces(), &pages, &about).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_bytes() {
        let first = two_cards();
        assert_eq!(*first, *two_cards());
    }
}
