//! Why a card could not be made.

use tokenkaart_token::{
    hash::HashError,
    record::RecordError,
    token::{Position, Serial},
};

use crate::{layout::LayoutError, print::PrintError};

/// Why a card could not be made; nothing of it is anywhere then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// It can't be laid out.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The pages can't be made a PDF.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// A code can't be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The record can't be put together.
    #[error("the card's record {0}; please report it")]
    Record(#[from] RecordError),
    /// The operating system gives no random bytes.
    #[error("the operating system's generator gives no random bytes ({0}); try again")]
    Random(String),
    /// The two Argon2 implementations disagree.
    #[error(
        "serial {serial}, position {position}: two implementations of the hash disagree; \
         the computer or the program is faulty, so print no card with it and try another computer"
    )]
    Disagreement {
        /// The token's serial.
        serial: Serial,
        /// The position of the code.
        position: Position,
    },
    /// A thread died.
    #[error("a part of the card was never done; please report it, and try again")]
    Undone,
}
