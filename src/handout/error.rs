//! Why a page could not be made.

use crate::{
    design::DesignError,
    layout::{BrokenFont, LayoutError},
    print::PrintError,
};

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandoutError {
    /// It can't be laid out.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// It can't be made a PDF.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// The program's own design can't be read; the program was built wrongly.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// The program's own fonts can't be read; the program was built wrongly.
    #[error(transparent)]
    Font(#[from] BrokenFont),
}
