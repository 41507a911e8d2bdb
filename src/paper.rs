//! A printed PDF read back: its text with the places, its QR and Data Matrix codes, its pictures.
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
mod matrix;
mod part;
mod picture;
mod text;

use std::{cell::OnceCell, fmt, sync::Arc};

use hayro::hayro_syntax::{LoadPdfError, Pdf};
use tokenkaart_token::token::{CodeFormat, Position};
use zeroize::Zeroizing;

use self::text::{Piece, Seen};
pub use self::{
    codes::CodesError,
    part::{PaperPart, Region},
    picture::Picture,
    text::{TextRun, Word},
};

/// Points in a millimetre.
const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// Why a file could not be read as paper.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// Not a PDF, or one that is cut off or damaged beyond reading.
    #[error("this is not a whole PDF file; print it again, or take it from a backup")]
    NotPdf,
    /// A PDF that asks for a password.
    #[error("this PDF is encrypted; take away its password first")]
    Encrypted,
    /// The page is not there.
    #[error("there is no page {number}; the file has {count}")]
    NoSuchPage {
        /// The page asked for, the first being 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// A picture that would not fit in memory.
    #[error(
        "a page of {width:.0} × {height:.0} mm is too large to draw at {dpi} dpi; draw it coarser"
    )]
    TooLarge {
        /// Width of the page, in mm.
        width: f64,
        /// Height of the page, in mm.
        height: f64,
        /// The resolution asked for, in dots per inch.
        dpi: f64,
    },
}

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
            Some(page) => Ok(PaperPage {
                source: page,
                seen: OnceCell::new(),
                lines: OnceCell::new(),
                drawings: picture::Drawings::default(),
            }),
            None => Err(PaperError::NoSuchPage { number, count: pages.len() }),
        }
    }
}

impl fmt::Debug for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paper").field("pages", &self.page_count()).finish_non_exhaustive()
    }
}

/// One page of a [`Paper`]; it is interpreted once, and drawn at most once to look for
/// QR codes, however often it is asked.
pub struct PaperPage<'a> {
    source: &'a hayro::hayro_syntax::page::Page<'a>,
    seen: OnceCell<Seen>,
    lines: OnceCell<Vec<TextRun>>,
    drawings: picture::Drawings,
}

impl<'a> PaperPage<'a> {
    /// Width and height as seen, in mm.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        let (width, height) = self.source.render_dimensions();
        (f64::from(width) / POINTS_PER_MM, f64::from(height) / POINTS_PER_MM)
    }

    /// The text that stands on the page, in reading order.
    ///
    /// A run is what stands on one baseline in one size with no more than a space between; a
    /// column's gap or a change of size begins another. Invisible text and text off the page
    /// are left out. The text that marked content gives for its glyphs (`/ActualText`) takes
    /// their place.
    #[must_use]
    pub fn lines(&self) -> &[TextRun] {
        self.lines.get_or_init(|| text::runs(self.pieces().to_vec()))
    }

    /// What stands in a part of the page, as if it had been cut out.
    #[must_use]
    pub fn within(&self, region: Region) -> PaperPart<'_, 'a> {
        PaperPart::within(self, region)
    }

    /// What is left of the page when parts of it are cut out.
    #[must_use]
    pub fn outside(&self, regions: &[Region]) -> PaperPart<'_, 'a> {
        PaperPart::outside(self, regions)
    }

    /// The numbered codes: their positions, and their symbols as they are hashed (without the
    /// spaces between the groups), in order of position.
    ///
    /// A code is a row of words of one size grouped as `format` says, in its alphabet, with a
    /// number from 1 to 24 as the next word to its left. Whether its check symbol fits is not
    /// asked: a misprint is a code that verifies nowhere, not a code that isn't there.
    ///
    /// # Errors
    /// [`CodesError`] when a position or a number could be read in more than one way.
    pub fn codes(
        &self,
        format: &CodeFormat,
    ) -> Result<Vec<(Position, Zeroizing<String>)>, CodesError> {
        codes::find(self.lines(), format)
    }

    /// What the QR codes on the page say, each text once. Several near one another may not all
    /// be found; ask the page's parts then.
    ///
    /// # Errors
    /// [`PaperError::TooLarge`] when the page can't be drawn finely enough to look.
    pub fn qr_codes(&self) -> Result<Vec<String>, PaperError> {
        self.outside(&[]).qr_codes()
    }

    /// Draws the page on white.
    ///
    /// # Errors
    /// [`PaperError::TooLarge`] when a side would be over 65 535 pixels or the picture over
    /// 64 million.
    pub fn render(&self, dpi: f64) -> Result<Picture, PaperError> {
        picture::render(self, dpi)
    }

    fn seen(&self) -> &Seen {
        self.seen.get_or_init(|| text::collect(self.source))
    }

    fn pieces(&self) -> &[Piece] {
        &self.seen().pieces
    }
}

impl fmt::Debug for PaperPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("size", &self.size()).finish_non_exhaustive()
    }
}
