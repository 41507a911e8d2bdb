//! A QR code as a drawing inside of a page, which no browser has to load.

use std::fmt::Write as _;

use tokenkaart::symbol::qr;
use zeroize::Zeroizing;

use super::failure::Failure;
use crate::pages::QrCode;

/// Millimetres that a code takes on a screen, about.
const SIZE: f32 = 60.0;
/// Modules of white around it (ISO/IEC 18004, 9.1).
const QUIET_ZONE: usize = 4;

/// Draws a text, which may be a secret.
///
/// # Errors
/// [`Failure::Fault`] when it is too long.
pub(super) fn drawn(text: &str) -> Result<QrCode, Failure> {
    let Ok(symbol) = qr::encode(text, SIZE) else {
        tracing::error!("a QR code holds no text of {} bytes", text.len());
        return Err(Failure::Fault);
    };
    // Room for each strip, so that no copy is left behind by growing.
    let mut path = Zeroizing::new(String::with_capacity(24 * symbol.strips().count()));
    for (row, column, length) in symbol.strips() {
        let (x, y) = (column + QUIET_ZONE, row + QUIET_ZONE);
        // Writing to a string doesn't fail.
        let _ = write!(*path, "M{x} {y}h{length}v1h-{length}z");
    }
    Ok(QrCode { side: symbol.side() + 2 * QUIET_ZONE, path })
}
