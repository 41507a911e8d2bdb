//! `POST /person/help`: something is done to somebody's card, or to another key of theirs.

use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use tokenkaart_auth::{
    Key,
    account::{AccountError, KeyAct, change_key},
    verify::{self, Act, LifeError, Who},
};
use tokenkaart_token::{holder::HolderId, token::Serial};

use super::{
    at_desk::AtDesk,
    notice,
    person::{Person, look},
};
use crate::sign_in::{FailedVisit, Site, redirect};

/// The longest reason, in characters.
const LONGEST: usize = 200;

/// `POST /person/help`
pub(super) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(&at)) };
    let back = format!("/person?p={}", at.seal(&person)?);
    for (name, act) in [("unlock-key", KeyAct::Unlock), ("remove-key", KeyAct::Remove)] {
        if let Some(key) = at.field(name).and_then(|key| key.parse::<Key>().ok()) {
            return change(&at, &person, &back, key, act).await;
        }
    }
    let (name, act) = match at.field("act") {
        Some("unlock") => ("unlock", Act::Unlock),
        Some("suspend") => ("suspend", Act::Suspend),
        Some("resume") => ("resume", Act::Resume),
        Some("revoke") => ("revoke", Act::Revoke),
        _ => return Ok(redirect(&back)),
    };
    let reason = at.field("reason").map(str::to_owned);
    let t = at.texts();
    match &reason {
        None if act == Act::Revoke => {
            return look(&at, &person, None, Some(t.reason_missing)).await;
        }
        Some(text) if text.chars().count() > LONGEST || text.chars().any(char::is_control) => {
            return look(&at, &person, None, Some(t.reason_long)).await;
        }
        _ => {}
    }
    // The card that the page showed, and no other that has taken its place since.
    let serial = at.field("serial").and_then(|serial| serial.parse::<Serial>().ok());
    let Some(serial) = serial else { return Ok(redirect(&back)) };
    let actor = at.clerk.actor();
    let done = at.blocking(move |site| {
        let (who, mut store) = (Who::Serial(serial), site.pool.get()?);
        let now = Timestamp::now();
        match verify::change(&mut store, &who, act, reason.as_deref(), &actor, now) {
            Ok(changed) => Ok(changed.holder == person.id),
            Err(LifeError::Store(error)) => Err(FailedVisit::from(error)),
            // Another window was quicker, or the form was sent twice.
            Err(_) => Ok(false),
        }
    });
    let said = if done.await? { name } else { "not" };
    Ok(redirect(&format!("{back}&done={said}")))
}

/// Removes or unlocks a key beside the token; its holder is told by a mail.
async fn change(
    at: &AtDesk,
    person: &Person,
    back: &str,
    key: Key,
    act: KeyAct,
) -> Result<Response, FailedVisit> {
    let Ok(holder) = HolderId::new(&person.id) else { return Ok(redirect(back)) };
    let actor = at.clerk.actor();
    let done = at.blocking(move |site| {
        let (mut store, now) = (site.pool.get()?, Timestamp::now());
        let (outbox, random) = (site.service.outbox(), &mut Site::random());
        match change_key(&mut store, outbox, &holder, key, act, None, &actor, now, random) {
            Ok(_) => Ok(true),
            Err(AccountError::Store(error)) => Err(FailedVisit::from(error)),
            // It was done a moment ago.
            Err(_) => Ok(false),
        }
    });
    let said = match (done.await?, act) {
        (false, _) => "not",
        (true, KeyAct::Unlock) => "key-unlock",
        (true, KeyAct::Remove) => "key-remove",
    };
    Ok(redirect(&format!("{back}&done={said}")))
}
