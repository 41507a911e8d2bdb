//! How light each dot of a page is, and the QR codes among the dots.

use std::{cell::OnceCell, ops::Range, sync::LazyLock};

use hayro::{RenderSettings, hayro_syntax::page::Page};
use zeroize::Zeroizing;

use super::{
    drawn::Drawn,
    error::PaperError,
    picture::{MM_PER_INCH, draw, pixels},
    region::{Cut, Region},
};
use crate::design::{encoded, linear};

/// What an office printer lays down, in dots per inch.
const DPI: f64 = 300.0;
/// The resolutions at which QR codes are looked for, in dots per inch: the printer's, and finer for
/// modules of few dots.
const QR_RESOLUTIONS: [f64; 2] = [DPI, 450.0];
/// Shapes where the file has them, not where a screen would show them best.
const AS_PRINTED: RenderSettings = RenderSettings {
    force_image_interpolation: false,
    aliasing_threshold: None,
    hinting: false,
    glyph_caching: false,
};

/// A part of a page in dots of 300 to the inch, as light as each is; wiped on drop, since it shows
/// codes.
pub struct Grey {
    dpi: f64,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    lightness: Zeroizing<Vec<u8>>,
}

impl Grey {
    /// Dots in a millimetre.
    #[must_use]
    pub fn dots_per_mm(&self) -> f64 {
        self.dpi / MM_PER_INCH
    }

    /// How light a dot is, counted from the top left of the page: the relative luminance of
    /// WCAG 2.2, encoded as sRGB encodes a grey (0 black, 255 white). White where nothing was drawn,
    /// be it off the page.
    #[must_use]
    pub fn lightness(&self, column: usize, row: usize) -> u8 {
        let (Some(x), Some(y)) = (column.checked_sub(self.left), row.checked_sub(self.top)) else {
            return u8::MAX;
        };
        if x >= self.width {
            return u8::MAX;
        }
        self.lightness.get(y * self.width + x).copied().unwrap_or(u8::MAX)
    }

    fn draw(page: &Page<'_>, dpi: f64, columns: &Range<u16>, rows: &Range<u16>) -> Self {
        let (left, top) = (usize::from(columns.start), usize::from(rows.start));
        let (width, height) = (columns.len(), rows.len());
        let lightness = if width == 0 || height == 0 {
            Vec::new()
        } else {
            let pixmap = draw(page, dpi, columns, rows, AS_PRINTED);
            pixmap.data_as_u8_slice().chunks_exact(4).map(lightness).collect()
        };
        Self { dpi, left, top, width, height, lightness: Zeroizing::new(lightness) }
    }

    fn whole(page: &Page<'_>, dpi: f64) -> Result<Self, PaperError> {
        let (columns, rows) = pixels(page, dpi)?;
        Ok(Self::draw(page, dpi, &(0..columns), &(0..rows)))
    }

    /// A part of what was drawn.
    fn part(&self, columns: &Range<u16>, rows: &Range<u16>) -> Self {
        let mut lightness = Vec::with_capacity(columns.len() * rows.len());
        for row in rows.clone() {
            let from = usize::from(row) * self.width;
            let row = from + usize::from(columns.start)..from + usize::from(columns.end);
            lightness.extend_from_slice(self.lightness.get(row).unwrap_or_default());
        }
        Self {
            dpi: self.dpi,
            left: columns.start.into(),
            top: rows.start.into(),
            width: columns.len(),
            height: rows.len(),
            lightness: Zeroizing::new(lightness),
        }
    }

    /// Adds what QR codes say; says whether there were some and all could be read.
    fn read(&self, cut: &Cut, found: &mut Vec<String>) -> bool {
        let (columns, rows) = self.bounds(cut);
        let (left, top) = (columns.start, rows.start);
        // Almost every pixel is white, so this is asked of few.
        let kept = |x: usize, y: usize| {
            let mm = |pixel: usize| (pixel as f64 + 0.5) / self.dpi * MM_PER_INCH;
            cut.keeps(mm(x), mm(y))
        };
        let mut prepared =
            rqrr::PreparedImage::prepare_from_greyscale(columns.len(), rows.len(), |x, y| {
                let (x, y) = (left + x, top + y);
                match self.lightness.get(y * self.width + x) {
                    Some(lightness) if *lightness < u8::MAX && kept(x, y) => *lightness,
                    _ => u8::MAX,
                }
            });
        let grids = prepared.detect_grids();
        let mut all_read = !grids.is_empty();
        for grid in grids {
            match grid.decode() {
                Ok((_, text)) if found.contains(&text) => {}
                Ok((_, text)) => found.push(text),
                Err(_) => all_read = false,
            }
        }
        all_read
    }

    /// The columns and rows of pixels that may show something of a part.
    fn bounds(&self, cut: &Cut) -> (Range<usize>, Range<usize>) {
        let Cut::Within(region) = cut else { return (0..self.width, 0..self.height) };
        let range = |start: f64, length: f64, end: usize| {
            let start_pixel = pixel(start, self.dpi).min(end);
            let behind = pixel(start + length, self.dpi).saturating_add(1);
            start_pixel..behind.clamp(start_pixel, end)
        };
        (range(region.x, region.width, self.width), range(region.y, region.height, self.height))
    }
}

/// The pixel in which a place lies, the first for what lies before it.
// A float becomes the nearest number there is, and none (NaN) becomes 0.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn pixel(mm: f64, dpi: f64) -> usize {
    (mm / MM_PER_INCH * dpi) as usize
}

/// The drawings of a page, made when they are first needed.
#[derive(Default)]
pub(super) struct Drawings([OnceCell<Result<Grey, PaperError>>; QR_RESOLUTIONS.len()]);

impl Drawings {
    /// What the QR codes in a part of the page say, each text once.
    ///
    /// The part is cut out before it is looked at: among the corners of many QR codes some form
    /// squares that are none, and then those that are may not be found.
    pub(super) fn qr_codes(
        &self,
        page: &Page<'_>,
        drawn: &Drawn,
        cut: &Cut,
    ) -> Result<Vec<String>, PaperError> {
        let mut found = Vec::new();
        if !drawn.could_be_qr(cut) {
            return Ok(found);
        }
        for place in 0..QR_RESOLUTIONS.len() {
            if self.whole(page, place)?.read(cut, &mut found) {
                break;
            }
        }
        Ok(found)
    }

    /// Draws all of the page, so that its parts needn't be drawn one by one.
    pub(super) fn prepare(&self, page: &Page<'_>) -> Result<(), PaperError> {
        self.whole(page, 0).map(|_| ())
    }

    /// A part of the page; what was drawn already is not drawn again.
    pub(super) fn part(&self, page: &Page<'_>, region: &Region) -> Result<Grey, PaperError> {
        let (width, height) = pixels(page, DPI)?;
        let range = |start: f64, length: f64, end: u16| {
            let within = |pixel: usize| u16::try_from(pixel).unwrap_or(u16::MAX).min(end);
            let start_pixel = within(pixel(start, DPI));
            start_pixel..within(pixel(start + length, DPI).saturating_add(1)).max(start_pixel)
        };
        let columns = range(region.x, region.width, width);
        let rows = range(region.y, region.height, height);
        match self.0[0].get() {
            Some(drawn) => drawn.as_ref().map(|drawn| drawn.part(&columns, &rows)).map_err(|e| *e),
            None => Ok(Grey::draw(page, DPI, &columns, &rows)),
        }
    }

    fn whole(&self, page: &Page<'_>, place: usize) -> Result<&Grey, PaperError> {
        let drawn = self.0[place].get_or_init(|| Grey::whole(page, QR_RESOLUTIONS[place]));
        drawn.as_ref().map_err(|error| *error)
    }
}

/// The parts of relative luminance that red, green and blue of each strength have.
static PARTS: LazyLock<[[f32; 256]; 3]> = LazyLock::new(|| {
    let mut parts = [[0.0; 256]; 3];
    for (part, weight) in parts.iter_mut().zip([0.2126, 0.7152, 0.0722]) {
        for (value, of_it) in (0..=u8::MAX).zip(part) {
            *of_it = weight * linear(value);
        }
    }
    parts
});

/// How light a pixel is, as [`Grey::lightness`] says it.
fn lightness(rgba: &[u8]) -> u8 {
    let [red, green, blue, ..] = *rgba else { return u8::MAX };
    if red == green && green == blue {
        return red;
    }
    let [reds, greens, blues] = &*PARTS;
    let part = |of: &[f32; 256], value: u8| of[usize::from(value)];
    encoded(part(reds, red) + part(greens, green) + part(blues, blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_as_light_as_the_grey_of_its_luminance() {
        for (rgb, grey) in [
            ([0, 0, 0], 0),
            ([89, 89, 89], 89),
            ([255, 255, 255], 255),
            // Blue is darker than it looks in a mean of its parts.
            ([0, 0, 255], 76),
            ([255, 255, 0], 247),
        ] {
            let [red, green, blue] = rgb;
            assert_eq!(lightness(&[red, green, blue, 255]), grey, "{rgb:?}");
        }
    }
}
