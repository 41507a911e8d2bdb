//! A part of a page, read by itself: one card of a sheet.

use std::{cell::OnceCell, fmt};

use hayro::kurbo::Rect;
use tokenkaart_token::token::{CodeFormat, Position};
use zeroize::Zeroizing;

use super::{CodesError, POINTS_PER_MM, PaperError, PaperPage, TextRun, codes, text};

/// A rectangle on a page, in mm from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

impl Region {
    /// Whether a point lies in it; the left and upper edge do, the others don't, so that a
    /// point lies in one of two regions that touch.
    fn contains(&self, x: f64, y: f64) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
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

/// Where the scissors went.
pub(super) enum Cut {
    Within(Region),
    Outside(Vec<Region>),
}

impl Cut {
    pub(super) fn keeps(&self, x: f64, y: f64) -> bool {
        match self {
            Self::Within(region) => region.contains(x, y),
            Self::Outside(regions) => !regions.iter().any(|region| region.contains(x, y)),
        }
    }

    /// Whether a rectangle (in points) may show in what is kept; only its bounds are known.
    pub(super) fn touches(&self, bounds: &Rect) -> bool {
        let [left, top, right, bottom] =
            [bounds.x0, bounds.y0, bounds.x1, bounds.y1].map(|points| points / POINTS_PER_MM);
        match self {
            Self::Within(Region { x, y, width, height }) => {
                left <= x + width && *x <= right && top <= y + height && *y <= bottom
            }
            Self::Outside(regions) => !regions
                .iter()
                .any(|region| region.contains(left, top) && region.contains(right, bottom)),
        }
    }
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
        self.page.drawings.qr_codes(self.page, &self.cut)
    }
}

impl fmt::Debug for PaperPart<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").finish_non_exhaustive()
    }
}
