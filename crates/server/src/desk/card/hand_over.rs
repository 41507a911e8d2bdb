//! `POST /card/handed-over`: the card came out well, and its holder has it.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart_auth::{
    clerk,
    counter::{self, IdentityDocument},
};
use tokenkaart_token::{holder::HolderId, token::Serial};

use super::{
    super::{at_desk::AtDesk, notice, person::Person},
    outcome,
    texts::card_texts,
};
use crate::sign_in::FailedVisit;

/// `POST /card/handed-over`
pub(in crate::desk) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some((person, holder, serial)) = meant(&at) else { return Ok(notice::person_over(&at)) };
    let kind = at.field("document").and_then(|kind| kind.parse::<IdentityDocument>().ok());
    let Some(document) = kind else {
        let missing = card_texts(at.language()).document_missing;
        return outcome::asked(&at, Some(("document", missing))).await;
    };
    let actor = clerk::actor(&at.clerk.user_name);
    // Whatever came of it, now or before, the page tells.
    at.blocking(move |site| {
        let mut store = site.pool.get()?;
        counter::hand_over(&mut store, &holder, &serial, document, &actor, &|| site.now())
            .map(drop)
            .map_err(FailedVisit::from)
    })
    .await?;
    outcome::to(&at, &person)
}

/// Whose card is meant, and which.
pub(super) fn meant(at: &AtDesk) -> Option<(Person, HolderId, Serial)> {
    let person = at.carried::<Person>("p")?;
    let holder = HolderId::new(&person.id).ok()?;
    Some((person, holder, at.field("serial")?.parse().ok()?))
}
