//! Cards by post: a request is asked, exported in a numbered batch, and closed by the import of the
//! run that was made of it.
//!
//! What a letter needs (name, address, language, e-mail) is in the store until the request is closed
//! or cancelled, and nowhere after. A request is exported once by itself; a batch can be exported
//! again by its number alone, so nobody gets two letters because a file was lost.

mod ask;
mod cancel;
mod error;
mod export;
mod request;

pub use self::{
    ask::{Asking, ask},
    cancel::{Cancelling, cancel},
    error::PostError,
    export::{Batch, BatchCounts, batch, batches, export, waiting},
    request::{PostRequest, Progress, last},
};
