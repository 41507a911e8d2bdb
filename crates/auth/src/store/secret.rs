//! What a store alone knows.

use zeroize::Zeroizing;

use super::{StoreError, Transaction};

/// A secret by its name; a store of this version has it, and nothing may follow from an empty one.
pub(crate) fn find(
    transaction: &mut Transaction<'_>,
    name: &str,
) -> Result<Zeroizing<String>, StoreError> {
    let row = transaction.query_one("SELECT value FROM secrets WHERE name = $1", &[name.into()])?;
    let value = row.map(|row| row.text("value").map(|text| Zeroizing::new(text.to_owned())));
    match value.transpose()? {
        Some(value) if value.len() >= 32 => Ok(value),
        _ => {
            let store = transaction.store.to_string();
            Err(StoreError::Malformed { store, column: "value" })
        }
    }
}
