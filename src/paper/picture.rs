//! A page, or a part of one, as a picture.

use std::ops::Range;

use hayro::{
    RenderCache, RenderSettings,
    hayro_interpret::{InterpreterSettings, TransformExt as _},
    hayro_syntax::page::Page,
    kurbo::Affine,
    render_into,
    vello_cpu::{
        Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit,
        color::palette::css::WHITE,
    },
};
use zeroize::Zeroizing;

use super::{error::PaperError, unit::POINTS_PER_MM};

/// The largest picture, in pixels; 256 MB.
const MAX_PIXELS: f64 = 64e6;
/// The largest side, in pixels.
const MAX_SIDE: f64 = 65_535.0;
pub(super) const MM_PER_INCH: f64 = 25.4;

/// A drawn page; wiped on drop, since it shows codes.
pub struct Picture {
    width: usize,
    height: usize,
    rgba: Zeroizing<Vec<u8>>,
}

impl Picture {
    /// Width in pixels.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Red, green, blue and alpha, a byte each; rows from the top, every pixel opaque.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }
}

/// Width and height of a page as seen, in mm.
pub(super) fn size(page: &Page<'_>) -> (f64, f64) {
    let (width, height) = page.render_dimensions();
    (f64::from(width) / POINTS_PER_MM, f64::from(height) / POINTS_PER_MM)
}

pub(super) fn render(page: &Page<'_>, dpi: f64) -> Result<Picture, PaperError> {
    let (columns, rows) = pixels(page, dpi)?;
    let pixmap = draw(page, dpi, &(0..columns), &(0..rows), RenderSettings::default());
    Ok(Picture {
        width: usize::from(columns),
        height: usize::from(rows),
        rgba: Zeroizing::new(pixmap.data_as_u8_slice().to_vec()),
    })
}

/// How many pixels wide and high a page is.
// Both sides are bounded before they become whole numbers.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn pixels(page: &Page<'_>, dpi: f64) -> Result<(u16, u16), PaperError> {
    let (width, height) = size(page);
    let (across, down) = (width / MM_PER_INCH * dpi, height / MM_PER_INCH * dpi);
    // Written so that no number at all (NaN) is refused too.
    let fits = across >= 1.0
        && down >= 1.0
        && across <= MAX_SIDE
        && down <= MAX_SIDE
        && across * down <= MAX_PIXELS;
    if !fits {
        return Err(PaperError::TooLarge { width, height, dpi });
    }
    // A side that is a whole number of pixels but for rounding.
    Ok(((across + 1e-3) as u16, (down + 1e-3) as u16))
}

/// Draws some columns and rows of a page's pixels on white.
pub(super) fn draw(
    page: &Page<'_>,
    dpi: f64,
    columns: &Range<u16>,
    rows: &Range<u16>,
    settings: RenderSettings,
) -> Pixmap {
    let (width, height) = (columns.end - columns.start, rows.end - rows.start);
    let mut context = RenderContext::new(width, height);
    let transform = Affine::translate((-f64::from(columns.start), -f64::from(rows.start)))
        * Affine::scale(dpi / 72.0)
        * page.initial_transform(true).to_kurbo();
    let interpreting = InterpreterSettings::default();
    render_into(page, &RenderCache::new(), &interpreting, &settings, &mut context, transform);
    context.flush();
    let mut pixmap = Pixmap::new(width, height);
    let settings =
        RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
    context.render_with(&mut pixmap, &mut Resources::default(), settings);
    pixmap
}
