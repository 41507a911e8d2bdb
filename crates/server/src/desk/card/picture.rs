//! `GET /card/picture`: the card as it would be printed, with SPECIMEN across a specimen's codes.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use tokenkaart::preview;

use super::{
    super::{at_desk::AtDesk, person::Person},
    making::{Subject, plan},
};
use crate::sign_in::{FailedVisit, Site};

/// `GET /card/picture`
pub(in crate::desk) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let person = at.carried::<Person>("p").ok_or(FailedVisit::NotFound)?;
    let png = at.blocking(move |site| draw(site, &person)).await?;
    let mut response = Body::from(png).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    Ok(response)
}

fn draw(site: &Site, person: &Person) -> Result<Vec<u8>, FailedVisit> {
    let subject = Subject::find(site, person)?.ok_or(FailedVisit::NotFound)?;
    let (holder, language) = (&subject.holder, subject.language);
    let plan = plan(&site.config, language, site.now().date(), None);
    let drawn = plan.map_err(preview::PreviewError::from).and_then(|plan| {
        preview::of_holder(plan.composer(), holder, language, &mut Site::random())?.png()
    });
    // What can't be laid out is told on the page.
    drawn.map_err(|error| {
        tracing::warn!("a card can't be shown: {error}");
        FailedVisit::NotFound
    })
}
