//! Why a file can't be a logo.

/// The most pixels along a side of a picture.
pub(super) const MAX_SIDE: u32 = 4096;

/// Why a file can't be a logo.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArtworkError {
    /// Not a format that is known.
    #[error("it is not a PNG, JPEG or SVG file")]
    Format,
    /// The picture can't be read.
    #[error(
        "the picture can't be read ({0}); save it again as PNG, at most {MAX_SIDE} pixels wide and high"
    )]
    Bitmap(String),
    /// The drawing can't be read.
    #[error("the drawing can't be read ({0}); save it again as plain SVG")]
    Drawing(String),
    /// The drawing has something that a printed page can't hold.
    #[error("the drawing has {0}; print houses refuse that, so convert it to plain filled paths")]
    Unprintable(&'static str),
    /// A part of the drawing lies, or reaches, far beyond its picture.
    #[error(
        "the drawing has a part that reaches far beyond its picture (its viewBox), which PDF/A \
         can't hold; cut it to the picture in the drawing program"
    )]
    FarOut,
    /// The drawing shows nothing.
    #[error(
        "the drawing shows nothing within its picture (its viewBox); save it again as plain SVG \
         with filled paths in it"
    )]
    Nothing,
    /// The picture's colours are those of a printing press.
    #[error("the picture is made for a press (CMYK); save it again in RGB colours, best sRGB")]
    NotRgb,
    /// The picture's colour profile means nothing to us.
    #[error("the picture's colour profile can't be read; save it again in sRGB colours")]
    Profile,
}
