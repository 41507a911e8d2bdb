//! A page as a picture, and the QR codes in it.

use std::{cell::OnceCell, ops::Range};

use hayro::{
    PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings,
    hayro_syntax::page::Page, vello_cpu::color::palette::css::WHITE,
};
use zeroize::Zeroizing;

use super::{drawn::Drawn, error::PaperError, region::Cut, unit::POINTS_PER_MM};

/// The largest picture, in pixels; 256 MB.
const MAX_PIXELS: f64 = 64e6;
/// The largest side, in pixels.
const MAX_SIDE: f64 = 65_535.0;
/// The resolutions at which QR codes are looked for, in dots per inch: what an office printer
/// lays down, and finer for modules of few dots.
const QR_RESOLUTIONS: [f64; 2] = [300.0, 450.0];
const MM_PER_INCH: f64 = 25.4;

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
    // Both sides were bounded above; a scale needs no more than single precision.
    #[allow(clippy::cast_possible_truncation)]
    let scale = (dpi / 72.0) as f32;
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE },
    );
    Ok(Picture {
        width: usize::from(pixmap.width()),
        height: usize::from(pixmap.height()),
        rgba: Zeroizing::new(pixmap.data_as_u8_slice().to_vec()),
    })
}

/// A page drawn for the eye that looks for QR codes: how light each pixel is.
pub(super) struct Grey {
    dpi: f64,
    width: usize,
    height: usize,
    lightness: Zeroizing<Vec<u8>>,
}

/// The drawings in which QR codes are looked for, made when they are first needed.
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
        for (cell, dpi) in self.0.iter().zip(QR_RESOLUTIONS) {
            let grey =
                cell.get_or_init(|| Grey::draw(page, dpi)).as_ref().map_err(|error| *error)?;
            if grey.read(cut, &mut found) {
                break;
            }
        }
        Ok(found)
    }
}

impl Grey {
    fn draw(page: &Page<'_>, dpi: f64) -> Result<Self, PaperError> {
        let picture = render(page, dpi)?;
        let lightness = picture.rgba.chunks_exact(4).map(lightness).collect();
        let (width, height) = (picture.width, picture.height);
        Ok(Self { dpi, width, height, lightness: Zeroizing::new(lightness) })
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
        // A float becomes the nearest number there is, and none (NaN) becomes 0.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let pixel = |mm: f64| (mm / MM_PER_INCH * self.dpi) as usize;
        let range = |start: f64, length: f64, end: usize| {
            let start_pixel = pixel(start).min(end);
            start_pixel..pixel(start + length).saturating_add(1).clamp(start_pixel, end)
        };
        (range(region.x, region.width, self.width), range(region.y, region.height, self.height))
    }
}

/// How light a pixel is, by Rec. 601.
fn lightness(rgba: &[u8]) -> u8 {
    let [red, green, blue, ..] = rgba else { return u8::MAX };
    let sum = u32::from(*red) * 299 + u32::from(*green) * 587 + u32::from(*blue) * 114;
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}
