//! `GET /by-post`: the request of a person, or the form for one.

use std::sync::Arc;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::{
    clerk,
    counter::ActKey,
    post::{self, PostRequest, Progress},
};
use tokenkaart_token::holder::HolderId;

use super::{
    super::{at_desk::AtDesk, notice, person::Person, shell::Shell},
    texts::{PostTexts, post_texts},
};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, Site, html},
};

/// What was typed of an address.
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub(super) street: String,
    pub(super) postal_code: String,
    pub(super) city: String,
    pub(super) country: String,
}

#[derive(Template)]
#[template(path = "desk/by_post.html")]
struct ByPost<'v> {
    shell: Shell<'v>,
    k: &'static PostTexts,
    p: String,
    act: String,
    name: String,
    typed: Typed,
    /// What is said of the last request.
    said: Option<String>,
    is_open: bool,
    is_exported: bool,
}

/// `GET /by-post`
pub(in crate::desk) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    with(&at, Typed::default(), Vec::new()).await
}

/// The page, with what was typed and what is wrong with it.
pub(super) async fn with(
    at: &Arc<AtDesk>,
    typed: Typed,
    faults: Vec<(&'static str, String)>,
) -> Result<Response, FailedVisit> {
    let Some(person) = at.carried::<Person>("p") else { return Ok(notice::person_over(at)) };
    let Ok(holder) = HolderId::new(&person.id) else { return Ok(notice::person_over(at)) };
    let found = at.blocking(move |site| {
        post::last(&mut *site.pool.get()?, &holder).map_err(FailedVisit::from)
    });
    let request = found.await?;
    let k = post_texts(at.language());
    let act = ActKey::draw(&mut Site::random()).map_err(|_| FailedVisit::Fault)?;
    let is =
        |open: fn(&Progress) -> bool| request.as_ref().is_some_and(|last| open(&last.progress));
    let mut page = ByPost {
        shell: at.shell(),
        k,
        p: at.seal(&person)?,
        act: act.to_string(),
        name: person.name.clone().unwrap_or_else(|| person.masked()),
        typed,
        said: request.as_ref().map(|request| in_words(at, request, k)),
        is_open: is(|progress| matches!(progress, Progress::Asked | Progress::Exported { .. })),
        is_exported: is(|progress| matches!(progress, Progress::Exported { .. })),
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    for (field, text) in faults {
        page.shell.fault(field, text);
    }
    Ok(html(status, &page, None))
}

fn in_words(at: &AtDesk, request: &PostRequest, k: &PostTexts) -> String {
    let who = |actor: &str| actor.strip_prefix(clerk::ACTOR).unwrap_or(actor).to_owned();
    let asked = at.moment(request.asked_at);
    let (clerk, batch, time, text) = match &request.progress {
        Progress::Asked => (who(&request.clerk), String::new(), asked, k.asked),
        Progress::Exported { batch } => (who(&request.clerk), batch.to_string(), asked, k.exported),
        Progress::Imported { at: when } => {
            (String::new(), String::new(), at.moment(*when), k.imported)
        }
        Progress::Cancelled { clerk, at: when } => {
            (who(clerk), String::new(), at.moment(*when), k.cancelled)
        }
    };
    fill(text, &[("clerk", &clerk), ("n", &batch), ("time", &time)])
}
