//! `POST /card/spoilt`: the card is no good, so its token is void.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart_auth::{clerk, counter};

use super::{
    super::{at_desk::AtDesk, notice},
    hand_over::meant,
    outcome,
};
use crate::sign_in::FailedVisit;

/// `POST /card/spoilt`
pub(in crate::desk) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some((person, holder, serial)) = meant(&at) else { return Ok(notice::person_over(&at)) };
    let actor = clerk::actor(&at.clerk.user_name);
    // Whatever came of it, now or before, the page tells.
    at.blocking(move |site| {
        let mut store = site.pool.get()?;
        counter::spoil(&mut store, &holder, &serial, &actor, &|| site.now())
            .map(drop)
            .map_err(FailedVisit::from)
    })
    .await?;
    outcome::to(&at, &person)
}
