//! `POST /person/help`: something is done to somebody's card.

use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use tokenkaart_auth::verify::{self, Act, LifeError, Who};
use tokenkaart_token::token::Serial;

use super::{
    at_desk::AtDesk,
    notice,
    person::{Person, look},
};
use crate::sign_in::{FailedVisit, redirect};

/// The longest reason, in characters.
const LONGEST: usize = 200;

/// `POST /person/help`
pub(super) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(&at)) };
    let back = format!("/person?p={}", at.seal(&person)?);
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
