//! `GET /sign-in`: the page of the step that the sign-in has reached.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::{
    Key,
    session::{Demand, Prompt},
    sign_in::{CodeAsked, Question, Step},
    store::account,
};
use tokenkaart_token::language::Language;

use super::{
    answer::{html, redirect, with_cookie},
    cookie,
    failure::Failure,
    site::Site,
    visit::Visit,
};
use crate::{
    config::{Application, RedirectUri},
    openid::AuthorizationRequest,
    pages::{AskCode, AskPassword, Choose, Message, Waiting, Wrong},
};

/// What a sign-in is for: an application's request, or the page of one's own.
pub(super) struct Purpose {
    pub(super) request: Option<AuthorizationRequest>,
}

impl Purpose {
    /// Of the text that was kept with the sign-in.
    pub(super) fn kept(text: &str) -> Self {
        Self { request: AuthorizationRequest::kept(text) }
    }

    pub(super) fn application<'s>(&self, site: &'s Site) -> Option<&'s Application> {
        self.request.as_ref().and_then(|request| site.config.application(&request.client))
    }

    /// The language that the application wishes for.
    pub(super) fn language(&self) -> Option<Language> {
        self.request.as_ref()?.language
    }

    /// Where the last step of the sign-in sends the browser.
    pub(super) fn target<'s>(&self, site: &'s Site) -> Option<&'s str> {
        let wanted = self.request.as_ref()?.redirect_uri.as_str();
        let uris = &self.application(site)?.redirect_uris;
        uris.iter().find(|uri| uri.as_str() == wanted).map(RedirectUri::origin)
    }

    /// The name of the application, in a language.
    pub(super) fn name<'s>(&self, site: &'s Site, language: Language) -> Option<&'s str> {
        Some(self.application(site)?.names.in_language(language))
    }

    /// What a sign-in must be to do for it.
    pub(super) fn demand(&self, site: &Site) -> Demand {
        let (Some(request), Some(application)) = (&self.request, self.application(site)) else {
            let keys = Key::ALL.to_vec();
            return Demand { keys, level: 0, prompt: Prompt::Any, max_age: None };
        };
        demand(request, application, site)
    }

    /// The keys that can be signed in with for it.
    pub(super) fn keys(&self, site: &Site) -> Vec<Key> {
        let levels = site.config.levels.ranks();
        let demand = self.demand(site);
        demand.open_keys(&levels).filter(|key| key.is_offered()).collect()
    }
}

/// What a request asks of a sign-in. A level that is wished for counts where it can be had;
/// `acr_values` are a wish (OpenID Connect Core 1.0 §3.1.2.1).
pub(super) fn demand(
    request: &AuthorizationRequest,
    application: &Application,
    site: &Site,
) -> Demand {
    let levels = &site.config.levels;
    let mut demand = Demand {
        keys: application.keys.clone(),
        level: application.least_rank,
        prompt: request.prompt.into(),
        max_age: request.max_age.map(|seconds| jiff::SignedDuration::from_secs(seconds.into())),
    };
    let wished = request.acr_values.iter().filter_map(|uri| levels.named(uri));
    let wished = wished.map(|level| level.rank.max(application.least_rank));
    let can_be_had = |rank: &u16| {
        let demand = Demand { level: *rank, ..demand.clone() };
        demand.open_keys(&levels.ranks()).any(Key::is_offered)
    };
    if let Some(rank) = wished.filter(can_be_had).min() {
        demand.level = rank;
    }
    demand
}

/// `GET /sign-in`
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    let Some(id) = visit.sign_in() else { return Ok(redirect("/account")) };
    let step = visit.blocking(move |site| {
        let step = site.service.step(&site.pool, &id, &|| site.now())?;
        match step {
            Some(Step::Proven(proven)) => {
                let random = &mut Site::random();
                proven.ask(&site.service, &site.pool, &|| site.now(), random).map(Reached::Question)
            }
            other => Ok(Reached::Step(other)),
        }
    });
    match step.await? {
        Reached::Step(None) | Reached::Question(Question::Over) => Ok(redirect("/account")),
        Reached::Step(Some(Step::Begun(begun))) => {
            Ok(choose(&visit, &Purpose::kept(begun.request())))
        }
        Reached::Step(Some(Step::Chosen(chosen))) => {
            let purpose = Purpose::kept(chosen.request());
            Ok(ask_password(&visit, &purpose, StatusCode::OK, None))
        }
        Reached::Step(Some(Step::Asked(asked))) | Reached::Question(Question::Asked(asked)) => {
            ask_code(&visit, &asked, StatusCode::OK, None).await
        }
        Reached::Question(Question::Wait { until, step }) => {
            let wished = Purpose::kept(step.request()).language();
            let page = Waiting::new(visit.shell(wished), Visit::seconds_until(until));
            Ok(html(StatusCode::OK, &page, None))
        }
        // The step was asked above.
        Reached::Step(Some(Step::Proven(_))) => Ok(redirect("/sign-in")),
    }
}

enum Reached {
    Step(Option<Step>),
    Question(Question),
}

/// `GET` of where a form is posted to: the step's page.
pub(super) async fn again(_visit: Arc<Visit>) -> Result<Response, Failure> {
    Ok(redirect("/sign-in"))
}

/// Begins a sign-in, for what is kept with it.
pub(super) async fn begin(visit: &Visit, request: String) -> Result<Response, Failure> {
    let begun = visit.blocking(move |site| {
        site.service.begin(&site.pool, &request, &|| site.now(), &mut Site::random())
    });
    let cookie = cookie::set(cookie::SIGN_IN, begun.await?.expose());
    Ok(with_cookie(redirect("/sign-in"), &cookie))
}

/// The page where a key is chosen.
pub(super) fn choose(visit: &Visit, purpose: &Purpose) -> Response {
    let shell = visit.shell(purpose.language());
    let name = purpose.name(&visit.site, shell.language);
    let page = Choose::new(shell, name, &purpose.keys(&visit.site));
    html(StatusCode::OK, &page, None)
}

/// The page where user name and password are given.
pub(super) fn ask_password(
    visit: &Visit,
    purpose: &Purpose,
    status: StatusCode,
    wrong: Option<Wrong>,
) -> Response {
    let hint = purpose.request.as_ref().and_then(|request| request.login_hint.as_deref());
    let user_name = visit.form.get("user_name").or(hint).unwrap_or_default();
    let shell = visit.shell(purpose.language());
    let name = purpose.name(&visit.site, shell.language);
    html(status, &AskPassword::new(shell, name, user_name, wrong), None)
}

/// The page where a code is given; its form ends at the application.
pub(super) async fn ask_code(
    visit: &Visit,
    asked: &CodeAsked,
    status: StatusCode,
    wrong: Option<Wrong>,
) -> Result<Response, Failure> {
    let purpose = Purpose::kept(asked.request());
    let wished = match purpose.language() {
        Some(language) => Some(language),
        None => of_account(visit, asked.holder().as_str()).await?,
    };
    let shell = visit.shell(wished);
    let name = purpose.name(&visit.site, shell.language);
    let page = AskCode::new(shell, name, asked.position().number(), wrong);
    Ok(html(status, &page, purpose.target(&visit.site)))
}

/// The language of a holder's account.
async fn of_account(visit: &Visit, holder: &str) -> Result<Option<Language>, Failure> {
    if visit.chosen.is_some() {
        return Ok(None);
    }
    let holder = holder.to_owned();
    let found =
        visit.blocking(move |site| account::of_holder(&mut site.pool.get()?.read()?, &holder));
    Ok(found.await?.map(|account| account.language))
}

/// The page of a sign-in that has ended, which is not to be continued.
pub(super) fn ended(visit: &Visit) -> Response {
    let page = visit.notice(StatusCode::FORBIDDEN, Message::Ended);
    with_cookie(page, &cookie::delete(cookie::SIGN_IN))
}
