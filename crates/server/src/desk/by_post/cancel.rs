//! `POST /by-post/cancel`: the request is cancelled, and name and address are deleted.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart_auth::{clerk, post};
use tokenkaart_token::holder::HolderId;

use super::super::{at_desk::AtDesk, notice, person::Person};
use crate::sign_in::{FailedVisit, redirect};

/// `POST /by-post/cancel`
pub(in crate::desk) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(&at)) };
    let Ok(holder) = HolderId::new(&person.id) else { return Ok(notice::person_over(&at)) };
    let actor = clerk::actor(&at.clerk.user_name);
    // Whatever came of it, now or before, the page tells.
    at.blocking(move |site| {
        let mut store = site.pool.get()?;
        post::cancel(&mut store, &holder, &actor, &|| site.now())
            .map(drop)
            .map_err(FailedVisit::from)
    })
    .await?;
    Ok(redirect(&format!("/by-post?p={}", at.seal(&person)?)))
}
