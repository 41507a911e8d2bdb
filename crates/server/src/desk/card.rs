//! A card at the desk: seen before it is made, printed once, and in use when it is handed over.
//!
//! There is a file for each address. What a card is, `tokenkaart_auth::counter` decides; the PDF is the
//! answer to the request that draws its codes, and nothing else ever has it.

pub(super) mod activation;
pub(super) mod hand_over;
pub(super) mod outcome;
pub(super) mod picture;
pub(super) mod print;
pub(super) mod receipt;
pub(super) mod see;
pub(super) mod spoil;

mod making;
mod pdf;
mod texts;
