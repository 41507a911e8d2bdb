//! Sealing again, under the key that seals now, what older keys have sealed.

use rand::TryCryptoRng;
use tokenkaart_token::token::Random;

use crate::{
    Lane,
    seal::{OpenError, Sealer},
    store::{
        Store, StoreError,
        sealed::{self, COLUMNS},
    },
    verify::retry::retried,
};

/// Why not all could be sealed again. What was done stays done, and the rest can be done by calling
/// [`reseal`] again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResealError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something can't be opened.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// The generator of random numbers failed.
    #[error("the system gives no random numbers ({why}); try again")]
    Random {
        /// The generator's words.
        why: String,
    },
}

/// Seals again whatever isn't sealed under the key that seals now; says how much that was. It takes
/// the rights of the store's owner, and stops nobody: what somebody else changes meanwhile is left as
/// they have it.
///
/// # Errors
/// [`ResealError`].
pub fn reseal<R: TryCryptoRng>(
    store: &mut Store,
    sealer: &Sealer,
    random: &mut Random<R>,
) -> Result<u64, ResealError> {
    let mut done = 0;
    for lane in Lane::all() {
        for column in &COLUMNS {
            let rows = sealed::read(&mut store.read()?, column, lane)?;
            for row in rows.into_iter().filter(|row| !sealer.is_newest(&row.text)) {
                let place = column.place(lane, &row);
                let opened = sealer.open(&place, &row.text)?;
                let fresh = sealer
                    .seal(&place, &opened, random)
                    .map_err(|error| ResealError::Random { why: error.to_string() })?;
                retried(|| -> Result<(), StoreError> {
                    let mut transaction = store.begin()?;
                    sealed::write(&mut transaction, column, lane, &row, &fresh)?;
                    transaction.commit()
                })?;
                done += 1;
            }
        }
    }
    Ok(done)
}
