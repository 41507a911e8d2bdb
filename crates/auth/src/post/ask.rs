//! A card by post is asked for.

use rand::TryCryptoRng;
use tokenkaart_token::{
    holder::{Holder, Line},
    token::Random,
};

use super::{
    error::PostError,
    request::{PostRequest, Progress},
};
use crate::{
    Lane,
    counter::ActKey,
    store::{
        Store,
        audit::{self, Entry, Event},
        post::{self, RequestRow},
    },
    verify::{Clock, retry::retried},
};

/// What came of asking for a card by post.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Asking {
    /// The next export takes it.
    Asked(PostRequest),
    /// The same form has asked this before.
    Again(PostRequest),
    /// The holder has a request that is open; no other was kept.
    Waiting(PostRequest),
}

/// Keeps a request for a card by post; one for a holder.
///
/// # Errors
/// [`PostError`] when a letter couldn't be addressed, or the list couldn't be opened by a
/// spreadsheet without harm; nothing was kept then.
pub fn ask<R: TryCryptoRng>(
    store: &mut Store,
    holder: &Holder,
    act: &ActKey,
    clerk: &str,
    clock: &(impl Clock + ?Sized),
    random: &mut Random<R>,
) -> Result<Asking, PostError> {
    require_letter(holder)?;
    let drawn = random.salt().map_err(|error| PostError::Random { why: error.to_string() })?;
    let drawn = format!("{:032x}", u128::from_be_bytes(drawn));
    retried(|| {
        let id = holder.id.as_str();
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, Lane::of(id))?;
        let now = clock.now().timestamp();
        if let Some(request) = PostRequest::of_act(&mut transaction, id, act.as_str())? {
            return Ok(Asking::Again(request));
        }
        if let Some(row) = RequestRow::find(&mut transaction, id)? {
            return Ok(Asking::Waiting(PostRequest::of(row)));
        }
        let (clerk_name, at) = (clerk.to_owned(), now.as_millisecond());
        let row = RequestRow { act: act.to_string(), clerk: clerk_name, at, batch: None };
        row.insert(&mut transaction, id)?;
        post::insert_address(&mut transaction, holder)?;
        let reference = if let Some(known) = audit::reference(&mut transaction, id)? {
            known
        } else {
            audit::refer(&mut transaction, id, &drawn)?;
            drawn.clone()
        };
        let entry = Entry {
            event: Event::PostAsked,
            reference: Some(&reference),
            serial: None,
            position: None,
            detail: "",
        };
        audit::append(&mut transaction, &mut head, now, clerk, &[entry])?;
        transaction.commit()?;
        let progress = Progress::Asked;
        Ok(Asking::Asked(PostRequest { clerk: row.clerk, asked_at: row.at, progress }))
    })
}

/// Whether a letter can be addressed to a holder, and the list of such holders be opened by a
/// spreadsheet without computing anything.
fn require_letter(holder: &Holder) -> Result<(), PostError> {
    let address = &holder.address;
    for (field, line) in [
        ("street", &address.street),
        ("postal code", &address.postal_code),
        ("city", &address.city),
    ] {
        if line.is_none() {
            return Err(PostError::Missing { field });
        }
    }
    let text = |line: &Option<Line>| line.as_ref().map(|line| line.as_str().to_owned());
    for (field, text) in [
        ("name", Some(holder.name.as_str().to_owned())),
        ("street", text(&address.street)),
        ("postal code", text(&address.postal_code)),
        ("city", text(&address.city)),
        ("country", text(&address.country)),
        ("e-mail address", text(&holder.email)),
        ("user name", text(&holder.user_name)),
    ] {
        let first = text.as_deref().and_then(|text| text.chars().next());
        let formula = ['=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];
        if let Some(character) = first.filter(|first| formula.contains(first)) {
            return Err(PostError::Formula { field, character });
        }
    }
    Ok(())
}
