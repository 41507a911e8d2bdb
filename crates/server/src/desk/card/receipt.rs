//! `GET /card/receipt`: what the holder signs.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart::handout::Receipt;
use tokenkaart_auth::counter::{self, Standing};

use super::{
    super::{at_desk::AtDesk, person::Person},
    making::Subject,
    pdf,
};
use crate::sign_in::{FailedVisit, Site};

/// `GET /card/receipt`
pub(in crate::desk) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let person = at.carried::<Person>("p").ok_or(FailedVisit::NotFound)?;
    let made = at.blocking(move |site| make(site, &person)).await?;
    Ok(pdf::answer(made, "receipt"))
}

fn make(site: &Site, person: &Person) -> Result<zeroize::Zeroizing<Vec<u8>>, FailedVisit> {
    let subject = Subject::find(site, person)?.ok_or(FailedVisit::NotFound)?;
    let now = site.now();
    let card = counter::latest(&mut *site.pool.get()?, &subject.holder.id, now.timestamp())?;
    let card = card.filter(|card| matches!(card.standing, Standing::HandedOver { .. }));
    let card = card.ok_or(FailedVisit::NotFound)?;
    let office = &site.config.office;
    let receipt = Receipt {
        office: office.name.in_language(subject.language),
        date: now.date(),
        name: &subject.holder.name,
        serial: &card.serial,
        phone: Some(&office.help_line),
    };
    receipt.print(subject.language, None).map_err(|error| {
        tracing::error!("a receipt can't be made: {error}");
        FailedVisit::Fault
    })
}
