//! Why pages can't be made into a PDF file.

/// Why pages can't be made into a PDF file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    /// A font can't be cut down to what the pages use.
    #[error(
        "the font {font} can't be embedded ({why}); if it is the fallback font, give \
         another, and if not, the program was built wrongly, so build it again"
    )]
    Font {
        /// The font.
        font: String,
        /// What the subsetter says.
        why: String,
    },
    /// The PDF library complains, which it must not: a page may lack something.
    #[error("the PDF library complains ({0}); please report it, and print nothing of this run")]
    Library(String),
}
