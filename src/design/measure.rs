//! Lengths and colours that a design may have.

use super::{colour::Colour, fault::DesignFault, limits::MIN_CONTRAST};

/// The largest page, in millimetres: A2's shorter side.
pub(super) const MAX_LENGTH: f32 = 420.0;

/// A fault and the byte of the file at which it was found.
pub(super) type DesignFaultAt = (usize, DesignFault);

pub(super) const fn black() -> Colour {
    Colour::BLACK
}

pub(super) fn measure(
    at: usize,
    what: &'static str,
    value: f32,
    max: f32,
) -> Result<(), DesignFaultAt> {
    // Not a number is neither.
    if value > 0.0 && value <= max { Ok(()) } else { Err((at, DesignFault::Measure { what, max })) }
}

pub(super) fn contrast(
    at: usize,
    what: &str,
    colour: Colour,
    ground: Colour,
) -> Result<(), DesignFaultAt> {
    let contrast = colour.contrast(ground);
    if contrast >= MIN_CONTRAST {
        Ok(())
    } else {
        Err((at, DesignFault::Contrast { what: what.to_owned(), contrast }))
    }
}
