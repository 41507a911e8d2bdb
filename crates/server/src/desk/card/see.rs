//! `GET /card`: the card before it is made, and what to look at.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use rand::TryCryptoRng;
use tokenkaart::layout::{LayoutError, LayoutRemark};
use tokenkaart_auth::counter::{self, ActKey, CounterCard};
use tokenkaart_token::token::Random;

use super::{
    super::{
        at_desk::{AtDesk, faulty, page},
        notice,
        person::Person,
        shell::Shell,
    },
    making::{Subject, plan},
    texts::{CardTexts, card_texts},
};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, Site, redirect},
};

#[derive(Template)]
#[template(path = "desk/card.html")]
struct SeeCard<'v> {
    shell: Shell<'v>,
    k: &'static CardTexts,
    p: String,
    act: String,
    name: String,
    alt: String,
    remarks: Vec<String>,
    /// That an older card stops working.
    old: Option<String>,
    can_print: bool,
}

/// What there is to see.
enum Seen {
    /// A card waits to be handed over.
    Waits,
    /// There is no name for the card.
    Nameless,
    Card(Box<Subject>, Result<Vec<LayoutRemark>, LayoutError>),
}

/// `GET /card`
pub(in crate::desk) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(&at)) };
    let asked = person.clone();
    match at.blocking(move |site| look(site, &asked)).await? {
        Seen::Waits => Ok(redirect(&format!("/card/outcome?p={}", at.seal(&person)?))),
        Seen::Nameless => Ok(redirect(&format!("/person/enter?p={}", at.seal(&person)?))),
        Seen::Card(subject, remarks) => shown(&at, &person, &subject, remarks),
    }
}

fn look(site: &Site, person: &Person) -> Result<Seen, FailedVisit> {
    let Some(subject) = Subject::find(site, person)? else { return Ok(Seen::Nameless) };
    let now = site.now();
    let waits: Option<CounterCard> =
        counter::waiting(&mut *site.pool.get()?, &subject.holder.id, now.timestamp())?;
    if waits.is_some() {
        return Ok(Seen::Waits);
    }
    let remarks = plan(&site.config, subject.language, now.date(), None).and_then(|plan| {
        plan.composer().check(&subject.holder, subject.language)?;
        plan.composer().remarks(&subject.holder, subject.language)
    });
    Ok(Seen::Card(Box::new(subject), remarks))
}

fn shown(
    at: &AtDesk,
    person: &Person,
    subject: &Subject,
    remarks: Result<Vec<LayoutRemark>, LayoutError>,
) -> Result<Response, FailedVisit> {
    let k = card_texts(at.language());
    let name = subject.holder.name.as_str().to_owned();
    let act = drawn(&mut Site::random())?;
    let old = subject.live.as_ref().map(|old| fill(k.old_ends, &[("serial", &old.to_string())]));
    let mut seen = SeeCard {
        shell: at.shell(),
        k,
        p: at.seal(person)?,
        act: act.to_string(),
        alt: fill(k.picture_alt, &[("name", &name)]),
        name,
        remarks: Vec::new(),
        old,
        can_print: remarks.is_ok(),
    };
    match remarks {
        Ok(remarks) => {
            seen.remarks = remarks.into_iter().map(|remark| in_words(remark, k)).collect();
            Ok(page(&seen))
        }
        Err(error) => {
            seen.shell.fault("correct", why_not(&error, k));
            Ok(faulty(&seen))
        }
    }
}

/// The key of a new form.
fn drawn<R: TryCryptoRng>(random: &mut Random<R>) -> Result<ActKey, FailedVisit> {
    ActKey::draw(random).map_err(|_| {
        tracing::error!("the system gives no random numbers");
        FailedVisit::Fault
    })
}

fn in_words(remark: LayoutRemark, k: &CardTexts) -> String {
    match remark {
        LayoutRemark::SmallName { size, designed } => {
            let (size, usual) = (format!("{:.1}", size.0), format!("{:.1}", designed.0));
            fill(k.remark_small, &[("size", &size), ("usual", &usual)])
        }
        LayoutRemark::BrokenName { lines } => fill(k.remark_lines, &[("n", &lines.to_string())]),
        LayoutRemark::OtherFont => k.remark_font.to_owned(),
    }
}

/// Why a card can't be printed, to somebody who can do something about it.
pub(super) fn why_not(error: &LayoutError, k: &CardTexts) -> String {
    match error {
        LayoutError::NoGlyph { character, .. }
        | LayoutError::TwoFonts { character, .. }
        | LayoutError::RightToLeft { character, .. } => {
            fill(k.no_sign, &[("sign", &character.to_string())])
        }
        LayoutError::NameTooLong { .. } => k.too_long.to_owned(),
        other => {
            tracing::error!("a card can't be laid out: {other}");
            k.not_possible.to_owned()
        }
    }
}
