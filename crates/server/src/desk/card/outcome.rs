//! `GET /card/outcome`: what became of a card that was printed, asked or told.

use std::sync::Arc;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use jiff::Timestamp;
use tokenkaart_auth::{
    activation, clerk,
    counter::{self, CounterCard, IdentityDocument, LAPSED, SPOILT, Standing},
    store::State,
};
use tokenkaart_token::holder::HolderId;

use super::{
    super::{at_desk::AtDesk, notice, person::Person, shell::Shell},
    making::Subject,
    texts::{CardTexts, card_texts},
};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, html, redirect},
};

#[derive(Template)]
#[template(path = "desk/outcome.html")]
struct Outcome<'v> {
    shell: Shell<'v>,
    k: &'static CardTexts,
    p: String,
    serial: String,
    title: &'static str,
    text: String,
    /// Whether it is asked what became of it.
    is_asked: bool,
    is_handed_over: bool,
    /// Name of the choice, and what it says.
    documents: [(&'static str, &'static str); 4],
    activation: Activation,
    /// The activation that is begun, as the form names it.
    begun: String,
    /// Until when that one is good.
    begun_until: Option<String>,
}

/// What can be done about an account.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Activation {
    Possible,
    /// User name and address are to be entered first.
    Lacking,
    /// There is no mail server.
    NoMail,
}

/// `GET /card/outcome`
pub(in crate::desk) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    asked(&at, None).await
}

/// The page, with a fault that is told beside a field.
pub(super) async fn asked(
    at: &Arc<AtDesk>,
    fault: Option<(&'static str, &'static str)>,
) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(at)) };
    let Ok(holder) = HolderId::new(&person.id) else { return Ok(notice::person_over(at)) };
    let looked = person.clone();
    let found = at.blocking(move |site| {
        let latest = counter::latest(&mut *site.pool.get()?, &holder, site.now().timestamp())?;
        let subject = Subject::find(site, &looked)?;
        let can_mail = site.service.outbox().is_some();
        let activation = match subject {
            _ if !can_mail => Activation::NoMail,
            Some(subject) if subject.has_account => Activation::Possible,
            Some(_) if looked.user_name.is_some() && Subject::email(&looked).is_some() => {
                Activation::Possible
            }
            _ => Activation::Lacking,
        };
        let begun = activation::begun(&mut *site.pool.get()?, &holder)?;
        Ok::<_, FailedVisit>((latest, activation, begun))
    });
    let (Some(card), activation, begun) = found.await? else { return person.show(at) };
    let mut page = page_of(at, &person, &card, activation, begun)?;
    let status = match fault {
        Some((field, text)) => {
            page.shell.fault(field, text);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        None => StatusCode::OK,
    };
    Ok(html(status, &page, None))
}

fn page_of<'v>(
    at: &'v AtDesk,
    person: &Person,
    card: &CounterCard,
    activation: Activation,
    begun: Option<i64>,
) -> Result<Outcome<'v>, FailedVisit> {
    let k = card_texts(at.language());
    let is_good = |until: &i64| *until > Timestamp::now().as_millisecond();
    let begun_until =
        begun.filter(is_good).map(|until| fill(k.activation_begun, &[("time", &at.moment(until))]));
    let serial = card.serial.to_string();
    let who = |actor: &str| actor.strip_prefix(clerk::ACTOR).unwrap_or(actor).to_owned();
    let (title, text) = match &card.standing {
        Standing::Waiting { until } => (
            k.outcome,
            fill(
                k.outcome_text,
                &[
                    ("serial", &serial),
                    ("clerk", &who(&card.clerk)),
                    ("time", &at.moment(card.printed_at)),
                    ("until", &at.moment(*until)),
                ],
            ),
        ),
        Standing::HandedOver { clerk, at: when, state } => {
            let title = if *state == State::Active { k.in_use } else { k.was_in_use };
            let (clerk, time) = (who(clerk), at.moment(*when));
            let values = [("serial", &*serial), ("clerk", &*clerk), ("time", &*time)];
            (title, fill(k.in_use_text, &values))
        }
        Standing::Over { at: when, reason, .. } => {
            let text = match reason.as_deref() {
                Some(SPOILT) => k.over_spoilt,
                Some(LAPSED) => k.over_lapsed,
                _ => k.over_other,
            };
            (k.over, fill(text, &[("serial", &serial), ("time", &at.moment(*when))]))
        }
    };
    Ok(Outcome {
        shell: at.shell(),
        k,
        p: at.seal(person)?,
        serial,
        title,
        text,
        is_asked: matches!(card.standing, Standing::Waiting { .. }),
        is_handed_over: matches!(card.standing, Standing::HandedOver { .. }),
        documents: IdentityDocument::ALL.map(|kind| (kind.as_str(), document(kind, k))),
        activation,
        begun: begun.map(|until| until.to_string()).unwrap_or_default(),
        begun_until,
    })
}

const fn document(kind: IdentityDocument, k: &CardTexts) -> &'static str {
    match kind {
        IdentityDocument::IdentityCard => k.identity_card,
        IdentityDocument::Passport => k.passport,
        IdentityDocument::ResidencePermit => k.residence_permit,
        IdentityDocument::Other => k.other_document,
    }
}

/// Sends the browser to the page.
///
/// # Errors
/// [`FailedVisit`].
pub(super) fn to(at: &AtDesk, person: &Person) -> Result<Response, FailedVisit> {
    Ok(redirect(&format!("/card/outcome?p={}", at.seal(person)?)))
}
