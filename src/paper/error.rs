//! Why a file could not be read as paper.

/// Why a file could not be read as paper.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// Not a PDF, or one that is cut off or damaged beyond reading.
    #[error("this is not a whole PDF file; print it again, or take it from a backup")]
    NotPdf,
    /// A PDF that asks for a password.
    #[error("this PDF is encrypted; take away its password first")]
    Encrypted,
    /// The page is not there.
    #[error("there is no page {number}; the file has {count}")]
    NoSuchPage {
        /// The page asked for, the first being 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// A picture that would not fit in memory.
    #[error(
        "a page of {width:.0} × {height:.0} mm is too large to draw at {dpi} dpi; draw it coarser"
    )]
    TooLarge {
        /// Width of the page, in mm.
        width: f64,
        /// Height of the page, in mm.
        height: f64,
        /// The resolution asked for, in dots per inch.
        dpi: f64,
    },
}
