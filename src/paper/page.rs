//! A page, and a part of it read by itself: one card of a sheet.

use std::{cell::OnceCell, fmt};

use hayro::hayro_syntax::object::dict::keys::{ANNOTS, USER_UNIT};
use tokenkaart_token::token::{CodeFormat, Position};
use zeroize::Zeroizing;

use super::{
    codes::{self, CodesError, NumberedCode},
    error::PaperError,
    grey::{Drawings, Grey},
    picture::{self, Picture},
    region::{Cut, Region},
    text::{self, Piece, Seen, TextRun},
    unit::POINTS_PER_MM,
};

/// One page of a [`Paper`](super::Paper); it is interpreted once, and drawn at most once to look for
/// QR codes, however often it is asked.
pub struct PaperPage<'a> {
    source: &'a hayro::hayro_syntax::page::Page<'a>,
    seen: OnceCell<Seen>,
    lines: OnceCell<Vec<TextRun>>,
    drawings: Drawings,
}

impl<'a> PaperPage<'a> {
    pub(super) fn new(source: &'a hayro::hayro_syntax::page::Page<'a>) -> Self {
        let (seen, lines) = (OnceCell::new(), OnceCell::new());
        Self { source, seen, lines, drawings: Drawings::default() }
    }

    /// Width and height as seen, in mm.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        picture::size(self.source)
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
        codes::find(self.lines(), format).map(|found| codes::symbols(&found))
    }

    /// What the QR codes on the page say, each text once. Several near one another may not all
    /// be found; ask the page's parts then.
    ///
    /// # Errors
    /// [`PaperError::TooLarge`] when the page can't be drawn finely enough to look.
    pub fn qr_codes(&self) -> Result<Vec<String>, PaperError> {
        self.outside(&[]).qr_codes()
    }

    /// Draws a part of the page as it is printed.
    ///
    /// # Errors
    /// [`PaperError::TooLarge`] when the page can't be drawn.
    pub fn grey(&self, region: &Region) -> Result<Grey, PaperError> {
        self.drawings.part(self.source, region)
    }

    /// Draws all of the page at once, for who will ask for many parts of it.
    ///
    /// # Errors
    /// [`PaperError::TooLarge`] when the page can't be drawn.
    pub fn prepare(&self) -> Result<(), PaperError> {
        self.drawings.prepare(self.source)
    }

    /// Whether the page has what prints otherwise than it is shown: annotations and layers, either
    /// of which may be for the screen alone or for the printer alone, and a unit of its own, which
    /// scales it.
    #[must_use]
    pub fn prints_otherwise(&self) -> bool {
        let page = self.source.raw();
        page.contains_key(ANNOTS)
            || page.contains_key(USER_UNIT)
            || self.source.xref().has_optional_content_groups()
    }

    /// Draws the page on white.
    ///
    /// # Errors
    /// [`PaperError::TooLarge`] when a side would be over 65 535 pixels or the picture over
    /// 64 million.
    pub fn render(&self, dpi: f64) -> Result<Picture, PaperError> {
        picture::render(self.source, dpi)
    }

    pub(super) fn seen(&self) -> &Seen {
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

/// What stands in a part of a page.
///
/// The page is cut between glyphs, before they are put together: a word that runs over the
/// edge is read up to there, and what stands beyond has no part in any row or code. A glyph
/// stands where its baseline starts; a QR code that was cut through is none.
pub struct PaperPart<'p, 'a> {
    page: &'p PaperPage<'a>,
    cut: Cut,
    lines: OnceCell<Vec<TextRun>>,
}

impl<'p, 'a> PaperPart<'p, 'a> {
    pub(super) fn within(page: &'p PaperPage<'a>, region: Region) -> Self {
        Self { page, cut: Cut::Within(region), lines: OnceCell::new() }
    }

    pub(super) fn outside(page: &'p PaperPage<'a>, regions: &[Region]) -> Self {
        Self { page, cut: Cut::Outside(regions.to_vec()), lines: OnceCell::new() }
    }

    /// The text that stands there, as [`PaperPage::lines`]; places are from the corner of the page.
    #[must_use]
    pub fn lines(&self) -> &[TextRun] {
        self.lines.get_or_init(|| {
            let pieces = self.page.pieces().iter().filter(|piece| {
                self.cut.keeps(piece.origin.x / POINTS_PER_MM, piece.origin.y / POINTS_PER_MM)
            });
            text::runs(pieces.cloned().collect())
        })
    }

    /// The numbered codes that stand there, as [`PaperPage::codes`].
    ///
    /// # Errors
    /// [`CodesError`] when a position or a number could be read in more than one way.
    pub fn codes(
        &self,
        format: &CodeFormat,
    ) -> Result<Vec<(Position, Zeroizing<String>)>, CodesError> {
        self.numbered_codes(format).map(|found| codes::symbols(&found))
    }

    /// The numbered codes that stand there, with their places.
    ///
    /// # Errors
    /// [`CodesError`] when a position or a number could be read in more than one way.
    pub fn numbered_codes(&self, format: &CodeFormat) -> Result<Vec<NumberedCode<'_>>, CodesError> {
        codes::find(self.lines(), format)
    }

    /// What the Data Matrix codes there say, those of the size of our marks that are drawn as a
    /// path of rectangles; no picture is looked at.
    #[must_use]
    pub(crate) fn matrices(&self) -> Vec<Zeroizing<String>> {
        let texts = self.page.seen().drawn.matrices(&self.cut);
        texts.map(|text| Zeroizing::new(text.to_owned())).collect()
    }

    /// What the QR codes there say, each text once. The page is drawn for the first of its
    /// parts that asks.
    ///
    /// # Errors
    /// [`PaperError::TooLarge`] when the page can't be drawn finely enough to look.
    pub fn qr_codes(&self) -> Result<Vec<String>, PaperError> {
        let PaperPage { source, drawings, .. } = self.page;
        drawings.qr_codes(source, &self.page.seen().drawn, &self.cut)
    }
}

impl fmt::Debug for PaperPart<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").finish_non_exhaustive()
    }
}
