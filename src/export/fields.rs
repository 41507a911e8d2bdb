//! What all formats say of a token in the same words.

use tokenkaart_token::record::{Record, RecordError};

/// What codes of a token look like, as the record has it: an object of JSON.
pub(super) fn code_format(record: &Record) -> Result<String, RecordError> {
    serde_json::to_string(record.code_format()).map_err(RecordError::Json)
}

/// The serials that a token voids, with a space between; none when it voids none.
pub(super) fn voids(record: &Record) -> Option<String> {
    let serials: Vec<String> = record.voids().iter().map(ToString::to_string).collect();
    (!serials.is_empty()).then(|| serials.join(" "))
}
