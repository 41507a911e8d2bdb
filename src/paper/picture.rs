//! A page as a picture, and the QR codes in it.

use hayro::{
    PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings,
    vello_cpu::color::palette::css::WHITE,
};
use zeroize::Zeroizing;

use super::{Page, PaperError};

/// The largest picture, in pixels; 256 MB.
const MAX_PIXELS: f64 = 64e6;
/// The largest side, in pixels.
const MAX_SIDE: f64 = 65_535.0;
/// The resolutions at which QR codes are looked for, in dots per inch: what an office printer
/// lays down, and finer for modules of few dots.
const QR_RESOLUTIONS: [f64; 2] = [300.0, 450.0];
/// Middles nearer than this are one, in mm: no QR code is as small.
const SAME_PLACE: f64 = 3.0;

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

    /// How light a pixel is, by Rec. 601; white outside the picture.
    fn lightness(&self, x: usize, y: usize) -> u8 {
        let start = (y * self.width + x) * 4;
        let Some([red, green, blue]) = self.rgba.get(start..start + 3) else {
            return u8::MAX;
        };
        let sum = u32::from(*red) * 299 + u32::from(*green) * 587 + u32::from(*blue) * 114;
        u8::try_from(sum / 1000).unwrap_or(u8::MAX)
    }
}

pub(super) fn render(page: &Page<'_>, dpi: f64) -> Result<Picture, PaperError> {
    let (width, height) = page.size();
    let (across, down) = (width / 25.4 * dpi, height / 25.4 * dpi);
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
        page.source,
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

/// A QR code that was read, and where its middle is, in mm.
pub(super) struct QrCode {
    pub(super) x: f64,
    pub(super) y: f64,
    text: Zeroizing<String>,
}

impl QrCode {
    /// Whether this is the other one, seen again at another resolution.
    fn is(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < SAME_PLACE;
        near(self.x, other.x) && near(self.y, other.y) && self.text == other.text
    }
}

/// What some QR codes say, each text once.
pub(super) fn texts<'c>(codes: impl IntoIterator<Item = &'c QrCode>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for code in codes {
        if !texts.contains(&code.text) {
            texts.push(code.text.to_string());
        }
    }
    texts
}

/// All QR codes of a page; the same text in two places is two of them.
pub(super) fn qr_codes(page: &Page<'_>) -> Result<Vec<QrCode>, PaperError> {
    let mut found: Vec<QrCode> = Vec::new();
    for dpi in QR_RESOLUTIONS {
        let picture = render(page, dpi)?;
        let mut prepared =
            rqrr::PreparedImage::prepare_from_greyscale(picture.width, picture.height, |x, y| {
                picture.lightness(x, y)
            });
        let grids = prepared.detect_grids();
        let mut all_read = !grids.is_empty();
        for grid in grids {
            let Ok((_, text)) = grid.decode() else {
                all_read = false;
                continue;
            };
            // Sides are at most 65 535 pixels, so four of them fit.
            let middle = |sum: i32| f64::from(sum) / 4.0 / dpi * 25.4;
            let code = QrCode {
                x: middle(grid.bounds.iter().map(|corner| corner.x).sum()),
                y: middle(grid.bounds.iter().map(|corner| corner.y).sum()),
                text: Zeroizing::new(text),
            };
            if !found.iter().any(|other| other.is(&code)) {
                found.push(code);
            }
        }
        if all_read {
            break;
        }
    }
    Ok(found)
}
