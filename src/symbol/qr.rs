//! A text as a QR code: its modules, dark or light (ISO/IEC 18004).

mod mask;

use qrcode::{EcLevel, bits, canvas::Canvas, ec};

use crate::symbol::Symbol;

/// Modules of white that must surround a symbol: ISO/IEC 18004, 9.1.
const QUIET_ZONE: usize = 4;
/// The smallest module a phone reads from office print, in millimetres.
const MIN_MODULE: f32 = 0.25;

/// A text does not fit a QR code.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// More than any symbol holds.
    #[error("the URL has {length} bytes, more than a QR code holds; shorten it")]
    TooLong {
        /// Bytes of the text.
        length: usize,
    },
    /// The modules would be too small.
    #[error(
        "the URL has {length} bytes, which makes the QR code's modules {module:.2} mm wide on this \
         design, too small for a phone (at least {MIN_MODULE} mm); shorten the URL"
    )]
    TooFine {
        /// Bytes of the text.
        length: usize,
        /// Millimetres of a module.
        module: f32,
    },
}

/// Encodes a text for a square of `size` mm, quiet zone included.
///
/// A quarter of the symbol may be damaged (level Q), or less where the modules would
/// become too fine for it.
///
/// # Errors
/// [`QrError`] when the text is too long.
pub fn encode(text: &str, size: f32) -> Result<Symbol, QrError> {
    let length = text.len();
    let mut finest = QrError::TooLong { length };
    for level in [EcLevel::Q, EcLevel::M] {
        let Ok(bits) = bits::encode_auto(text.as_bytes(), level) else { continue };
        let version = bits.version();
        // No version is narrower than 21 modules.
        let side = usize::try_from(version.width()).unwrap_or_default();
        // A symbol has at most 177 modules a side.
        let module = size / (side + 2 * QUIET_ZONE) as f32;
        if module >= MIN_MODULE {
            let codewords = ec::construct_codewords(&bits.into_bytes(), version, level);
            let Ok((data, correction)) = codewords else { continue };
            let mut canvas = Canvas::new(version, level);
            canvas.draw_all_functional_patterns();
            canvas.draw_data(&data, &correction);
            return Ok(Symbol::new(side, QUIET_ZONE, mask::masked(&canvas, side)));
        }
        finest = QrError::TooFine { length, module };
    }
    Err(finest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://aanmelden.gemeente.example.be/?s=K7M2-P9RT-3XYV-4CDX";

    #[test]
    fn a_url_too_long_for_the_card_is_refused_before_it_is_printed() {
        let long = format!("{URL}{}", "x".repeat(200));
        assert!(matches!(encode(&long, 13.4), Err(QrError::TooFine { length: 260, .. })));
        let endless = "x".repeat(5000);
        assert_eq!(encode(&endless, 13.4), Err(QrError::TooLong { length: 5000 }));
    }
}
