//! `POST /card/print`: the codes are drawn, the token is pending, and the answer is the PDF, once.

use std::sync::Arc;

use axum::response::Response;
use tokenkaart::card::{CardError, MadeCard};
use tokenkaart_auth::{
    clerk,
    counter::{self, ActKey, Printing},
};
use tokenkaart_token::token::Serial;
use zeroize::Zeroizing;

use super::{
    super::{at_desk::AtDesk, notice, person::Person},
    making::{Subject, first_pepper, memory, plan},
    pdf,
};
use crate::sign_in::{FailedVisit, Site, redirect};

/// What came of it.
enum Made {
    /// The one copy.
    Pdf(Zeroizing<Vec<u8>>, Serial),
    /// A card is there already: of this form, or one that waits to be handed over.
    Other,
    /// It can't be printed; the page before says why.
    Unprintable,
}

/// `POST /card/print`
pub(in crate::desk) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(&at)) };
    let Some(act) = at.field("act").and_then(|act| act.parse::<ActKey>().ok()) else {
        return Err(FailedVisit::FormOver);
    };
    let (asked, actor) = (person.clone(), clerk::actor(&at.clerk.user_name));
    let kib = memory(&at.visit.site.config);
    let made = at.visit.hashing_in(kib, move |site| make(site, &asked, &act, &actor)).await?;
    match made {
        Made::Pdf(pdf, serial) => Ok(pdf::answer(pdf, &serial.to_string())),
        // Which of the two it was, is asked there.
        Made::Other => Ok(redirect(&format!("/card/outcome?p={}", at.seal(&person)?))),
        Made::Unprintable => Ok(redirect(&format!("/card?p={}", at.seal(&person)?))),
    }
}

fn make(site: &Site, person: &Person, act: &ActKey, actor: &str) -> Result<Made, FailedVisit> {
    let Some(subject) = Subject::find(site, person)? else { return Ok(Made::Unprintable) };
    let now = site.now();
    // Before anything is drawn that nobody will see.
    if counter::waiting(&mut *site.pool.get()?, &subject.holder.id, now.timestamp())?.is_some() {
        return Ok(Made::Other);
    }
    let pepper = first_pepper(&site.config).map_err(|failure| {
        tracing::error!("{failure}");
        FailedVisit::Fault
    })?;
    let random = &mut Site::random();
    let language = subject.language;
    let voids = subject.live.into_iter().collect();
    let made = plan(&site.config, language, now.date(), pepper.as_ref())
        .map_err(CardError::from)
        .and_then(|plan| plan.make(&subject.holder, language, voids, random));
    let MadeCard { pdf, record } = match made {
        Ok(made) => made,
        Err(CardError::Layout(_)) => return Ok(Made::Unprintable),
        Err(error) => {
            tracing::error!("a card can't be made: {error}");
            return Err(FailedVisit::Fault);
        }
    };
    let mut store = site.pool.get()?;
    // Committed before the answer begins: nobody sees a card that the store doesn't know.
    match counter::print(&mut store, &record, act, actor, &|| site.now(), random)? {
        Printing::Printed(card) => Ok(Made::Pdf(pdf, card.serial)),
        Printing::Again(_) | Printing::Waiting(_) => Ok(Made::Other),
    }
}
