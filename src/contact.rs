//! A contact sheet: every letter of DIN 91379 as the program sets it, to be looked at.

use jiff::civil::Date;
use zeroize::Zeroizing;

use crate::{
    design::{Area, Design, DesignError},
    language::Language,
    layout::{self, BrokenFont, Faces},
    print::{self, About, PrintError},
};

/// The design whose page, A4, the sheets have.
const PAGE_OF: &str = "letter";

/// Why there is no contact sheet; each means that the program was built wrongly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContactError {
    /// The page can't be had.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// A font can't be read.
    #[error(transparent)]
    Font(#[from] BrokenFont),
    /// It can't be made a PDF.
    #[error(transparent)]
    Print(#[from] PrintError),
}

/// Makes the PDF file: A4 pages, each entry in both text faces with its code points under it.
///
/// # Errors
/// [`ContactError`] when the program was built wrongly.
pub fn sheet(date: Date) -> Result<Zeroizing<Vec<u8>>, ContactError> {
    let design = Design::built_in(PAGE_OF)?;
    let faces = Faces::shipped()?;
    let page: Area = design.printed_page();
    let pages = layout::contact_sheet(&faces, &page);
    let about = About { title: "DIN 91379".to_owned(), author: None, language: Language::En, date };
    Ok(print::print(&design, &faces, &pages, &about)?)
}
