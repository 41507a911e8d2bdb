//! An app that is a key of somebody from the beginning, given by whoever stands in for a desk.

use jiff::Timestamp;
use rand::TryCryptoRng;
use tokenkaart_token::{holder::HolderId, token::Random};

use super::AccountError;
use crate::{
    Key, Lane,
    seal::Sealer,
    store::{
        Store, StoreError,
        audit::{self, Entry, Event},
        key::KeyRow,
        sealed::of_app,
    },
    totp::AppSecret,
    verify::retry::retried,
};

/// Makes an app the key of a holder who has an account, in the place of one that they had; gives the
/// secret, which whoever has it signs in with beside the password.
///
/// # Errors
/// [`AccountError`]; they have the app that they had then.
pub fn give_app<R: TryCryptoRng>(
    store: &mut Store,
    sealer: &Sealer,
    holder: &HolderId,
    actor: &str,
    now: Timestamp,
    random: &mut Random<R>,
) -> Result<AppSecret, AccountError> {
    let failed = |error: R::Error| AccountError::Random { why: error.to_string() };
    let secret = AppSecret::draw(random).map_err(failed)?;
    let id = format!("{:032x}", u128::from_be_bytes(random.salt().map_err(failed)?));
    let place = of_app(holder.as_str(), &id);
    let sealed = sealer.seal(&place, secret.as_bytes(), random).map_err(failed)?;
    let row = KeyRow {
        holder: holder.as_str().to_owned(),
        key: Key::App,
        id,
        secret: Some(sealed),
        made_at: now.as_millisecond(),
    };
    retried(|| -> Result<(), StoreError> {
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, Lane::of(holder.as_str()))?;
        row.put(&mut transaction)?;
        let reference = audit::reference(&mut transaction, holder.as_str())?;
        let entry = Entry {
            event: Event::KeyActive,
            reference: reference.as_deref(),
            serial: None,
            position: None,
            detail: Key::App.as_str(),
        };
        audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
        transaction.commit()
    })?;
    Ok(secret)
}
