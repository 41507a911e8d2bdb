//! A printed PDF read back: its text with the places, its QR and Data Matrix codes, its pictures,
//! and how light each dot of it is.
//!
//! What wrote the paper has no part in this: the file is parsed, interpreted and rasterised by
//! hayro, the QR codes are found by rqrr. A font that is not embedded reads as nothing, as it
//! might in print.
//!
//! Lengths are millimetres from the top left of the page as it is seen; font sizes are points.
//! The text of a page holds codes, so nothing here shows it through `Debug` or `Display`, and
//! what this module keeps of it is wiped on drop. The interpreter's own buffers (decoded
//! content streams) are freed with the [`Paper`], not wiped.

mod codes;
mod drawn;
mod error;
mod grey;
mod matrix;
mod page;
mod picture;
mod region;
mod text;
mod unit;

use std::{fmt, sync::Arc};

use hayro::hayro_syntax::{LoadPdfError, Pdf};
use zeroize::Zeroizing;

pub use self::{
    codes::{CodesError, NumberedCode},
    error::PaperError,
    grey::Grey,
    page::{PaperPage, PaperPart},
    picture::Picture,
    region::Region,
    text::{TextRun, Word},
};

/// A PDF file in memory; its bytes are wiped when it is dropped.
pub struct Paper(Pdf);

impl Paper {
    /// Reads the structure of a file.
    ///
    /// # Errors
    /// [`PaperError::NotPdf`] or [`PaperError::Encrypted`].
    pub fn open(bytes: Vec<u8>) -> Result<Self, PaperError> {
        match Pdf::new(Arc::new(Zeroizing::new(bytes))) {
            // Without a page there is no paper; a file cut off in its middle may read so.
            Ok(pdf) if pdf.pages().is_empty() => Err(PaperError::NotPdf),
            Ok(pdf) => Ok(Self(pdf)),
            Err(LoadPdfError::Decryption(_)) => Err(PaperError::Encrypted),
            Err(LoadPdfError::Invalid) => Err(PaperError::NotPdf),
        }
    }

    /// How many pages there are, at least one.
    #[must_use]
    pub fn page_count(&self) -> usize {
        self.0.pages().len()
    }

    /// A page; the first is 1.
    ///
    /// # Errors
    /// [`PaperError::NoSuchPage`].
    pub fn page(&self, number: usize) -> Result<PaperPage<'_>, PaperError> {
        let pages = self.0.pages();
        match number.checked_sub(1).and_then(|index| pages.get(index)) {
            Some(page) => Ok(PaperPage::new(page)),
            None => Err(PaperError::NoSuchPage { number, count: pages.len() }),
        }
    }
}

impl fmt::Debug for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paper").field("pages", &self.page_count()).finish_non_exhaustive()
    }
}
