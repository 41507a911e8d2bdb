//! Colours, and whether one can be read on another.

use serde::Deserialize;

/// A colour in sRGB (IEC 61966-2-1), written `#RRGGBB`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub struct Colour {
    /// Red, green and blue, 0 to 255.
    pub rgb: [u8; 3],
}

/// A text is no colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a colour is written #RRGGBB, for example #595959")]
pub struct NotAColour;

impl Colour {
    /// Black.
    pub const BLACK: Self = Self { rgb: [0; 3] };
    /// The paper.
    pub const WHITE: Self = Self { rgb: [255; 3] };

    /// The contrast ratio of two colours, 1 to 21: WCAG 2.2, "contrast ratio".
    #[must_use]
    pub(crate) fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.2, "relative luminance".
    #[must_use]
    pub(crate) fn luminance(self) -> f32 {
        let [r, g, b] = self.rgb.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
}

/// How much light a part of a colour in sRGB stands for, 0 to 1 (IEC 61966-2-1).
#[must_use]
pub(crate) fn linear(value: u8) -> f32 {
    let value = f32::from(value) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The part of a colour in sRGB that stands for so much light; the inverse of [`linear`].
#[must_use]
// From 0 to 255.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn encoded(light: f32) -> u8 {
    let value =
        if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0).round().clamp(0.0, 255.0) as u8
}

impl TryFrom<String> for Colour {
    type Error = NotAColour;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.strip_prefix('#').ok_or(NotAColour)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAColour);
        }
        let mut rgb = [0; 3];
        for (index, value) in rgb.iter_mut().enumerate() {
            *value = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16)
                .map_err(|_| NotAColour)?;
        }
        Ok(Self { rgb })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_computed_as_wcag_does() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 1e-3);
        let grey = Colour::try_from("#767676".to_owned()).unwrap();
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn light_and_value_lead_to_one_another() {
        assert!((0..=u8::MAX).all(|value| encoded(linear(value)) == value));
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for text in ["", "#", "595959", "#59595", "#5959590", "#59595g", "#é9595", "#+1+1+1"] {
            assert_eq!(Colour::try_from(text.to_owned()), Err(NotAColour), "{text}");
        }
    }
}
