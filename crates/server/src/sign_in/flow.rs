//! `GET /sign-in`: the page of the step that the sign-in has reached.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use jiff::Timestamp;
use tokenkaart_auth::{
    Key, SignInId,
    change::ChangeKind,
    phase_out::Phase,
    session::{Demand, Prompt},
    sign_in::{CodeAsked, KeyAsked, Question, Step},
    store::account,
};
use tokenkaart_token::language::Language;

use super::{
    answer::{html, redirect},
    failure::Failure,
    site::Site,
    visit::Visit,
};
use crate::{
    config::{Application, Levels, RedirectUri},
    openid::AuthorizationRequest,
    pages::{AskCode, AskKeyCode, AskPassword, Choose, Message, Notice, Shell, Waiting, Wrong},
};

/// What a sign-in is for: an application's request, or the page of one's own.
pub(super) struct Purpose {
    pub(super) request: Option<AuthorizationRequest>,
    /// The change of the account that it begins, before that.
    pub(super) change: Option<ChangeKind>,
}

/// What a sign-in is kept with that begins a change of the account, before what is gone on with.
const CHANGE: &str = "change ";

/// What is kept with a sign-in that begins a change, and goes on with a request.
pub(super) fn for_change(kind: ChangeKind, request: &str) -> String {
    format!("{CHANGE}{kind} {request}")
}

/// The change that a sign-in begins, and what is gone on with.
fn split(text: &str) -> (Option<ChangeKind>, &str) {
    let change = text.strip_prefix(CHANGE).and_then(|rest| rest.split_once(' '));
    match change.and_then(|(kind, rest)| Some((kind.parse().ok()?, rest))) {
        Some((kind, rest)) => (Some(kind), rest),
        None => (None, text),
    }
}

/// What is gone on with behind a change.
pub(super) fn behind_change(text: &str) -> &str {
    split(text).1
}

impl Purpose {
    /// Of the text that was kept with the sign-in.
    pub(super) fn kept(text: &str) -> Self {
        let (change, rest) = split(text);
        Self { request: AuthorizationRequest::kept(rest), change }
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
        if self.change.is_some() {
            return None;
        }
        let wanted = self.request.as_ref()?.redirect_uri.as_str();
        let uris = &self.application(site)?.redirect_uris;
        uris.iter().find(|uri| uri.as_str() == wanted).map(RedirectUri::origin)
    }

    /// The name of the application, in a language.
    pub(super) fn name<'s>(&self, site: &'s Site, language: Language) -> Option<&'s str> {
        if self.change.is_some() {
            return None;
        }
        Some(self.application(site)?.names.in_language(language))
    }

    /// What a sign-in must be to do for it today; it blocks.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn demand(&self, site: &Site) -> Result<Demand, Failure> {
        let levels = &site.config.levels;
        let is_offered = |key: &&Key| site.service.offers(**key);
        let own = |keys: &[Key], prompt| Demand {
            keys: keys.iter().filter(is_offered).copied().collect(),
            level: 0,
            levels: levels.ranks(),
            phase: Phase::Open,
            prompt,
            max_age: None,
        };
        if let Some(kind) = self.change {
            // It is no matter of the application's which keys it takes itself.
            return Ok(own(kind.keys(), Prompt::Login));
        }
        let (Some(request), Some(application)) = (&self.request, self.application(site)) else {
            return Ok(own(&Key::ALL, Prompt::Any));
        };
        let keys = application.keys.iter().filter(is_offered).copied().collect();
        Ok(demand(request, application, keys, site.phase(application)?, levels))
    }

    /// The frame of a page on the way to it, with its help line.
    pub(super) fn shell<'v>(&self, visit: &'v Visit, wished: Option<Language>) -> Shell<'v> {
        let application = self.application(&visit.site);
        let help_line = application.and_then(|application| application.help_line.as_deref());
        visit.shell(wished).helped_by(help_line)
    }
}

/// What a request asks of a sign-in. A level that is wished for counts where it can be had;
/// `acr_values` are a wish (OpenID Connect Core 1.0 §3.1.2.1).
fn demand(
    request: &AuthorizationRequest,
    application: &Application,
    keys: Vec<Key>,
    phase: Phase,
    levels: &Levels,
) -> Demand {
    let mut demand = Demand {
        keys,
        level: application.least_rank,
        levels: levels.ranks(),
        phase,
        prompt: request.prompt.into(),
        max_age: request.max_age.map(|seconds| jiff::SignedDuration::from_secs(seconds.into())),
    };
    let wished = request.acr_values.iter().filter_map(|uri| levels.named(uri));
    let wished = wished.map(|level| level.rank.max(application.least_rank));
    let can_be_had = |rank: &u16| {
        let demand = Demand { level: *rank, ..demand.clone() };
        demand.open_keys().next().is_some()
    };
    if let Some(rank) = wished.filter(can_be_had).min() {
        demand.level = rank;
    }
    demand
}

/// `GET /sign-in`
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    let Some(id) = visit.sign_in() else { return Ok(redirect("/account")) };
    let from = visit.from;
    let reached = visit.blocking(move |site| {
        let clock = || site.now();
        let Some(step) = site.service.step(&site.pool, &id, &clock)? else {
            return Ok(Reached::Nothing);
        };
        let demand = Purpose::kept(step.request()).demand(site)?;
        if step.key().is_some_and(|key| !demand.takes(key)) {
            return Ok(Reached::NotTaken(step.request().to_owned()));
        }
        Ok::<_, Failure>(match step {
            Step::Begun(begun) => Reached::Begun(begun.request().to_owned(), demand),
            Step::Chosen(chosen) => Reached::Chosen(chosen.request().to_owned()),
            Step::Asked(asked) => Reached::Question(Question::Asked(asked)),
            Step::KeyAsked(asked) => Reached::Question(Question::KeyAsked(asked)),
            Step::Proven(proven) => {
                let random = &mut Site::random();
                let (service, pool) = (&site.service, &site.pool);
                Reached::Question(proven.ask(service, pool, &demand, from, &clock, random)?)
            }
        })
    });
    match reached.await? {
        Reached::Nothing | Reached::Question(Question::Over) => Ok(redirect("/account")),
        Reached::NotTaken(request) => begin_again(&visit, request).await,
        Reached::Begun(request, demand) => Ok(choose(&visit, &Purpose::kept(&request), &demand)),
        Reached::Chosen(request) => {
            Ok(ask_password(&visit, &Purpose::kept(&request), StatusCode::OK, None))
        }
        Reached::Question(Question::Asked(asked)) => {
            ask_code(&visit, &asked, StatusCode::OK, None).await
        }
        Reached::Question(Question::KeyAsked(asked)) => {
            ask_key_code(&visit, &asked, StatusCode::OK, None).await
        }
        Reached::Question(Question::Wait { until, step }) => {
            Ok(wait(&visit, &Purpose::kept(step.request()), until))
        }
        // A day has ended between the two looks; the next one sees it.
        Reached::Question(Question::NotTaken) => Ok(visit.to("/sign-in")),
    }
}

/// How far a sign-in has come, and what it is for.
enum Reached {
    Nothing,
    Begun(String, Demand),
    Chosen(String),
    /// The application doesn't take the key that was chosen, or no longer.
    NotTaken(String),
    Question(Question),
}

/// The step that the browser's sign-in has reached, for a form of ours that it has sent.
///
/// # Errors
/// [`Failure::FormOver`] when the form is not of this browser, or there is no such sign-in.
pub(super) async fn posted(visit: &Visit) -> Result<Step, Failure> {
    visit.require_own_form()?;
    let Some(id) = visit.sign_in() else { return Err(Failure::FormOver) };
    let step = visit.blocking(move |site| site.service.step(&site.pool, &id, &|| site.now()));
    step.await?.ok_or(Failure::FormOver)
}

/// `GET` of where a form is posted to: the step's page.
pub(super) async fn again(visit: Arc<Visit>) -> Result<Response, Failure> {
    Ok(visit.to("/sign-in"))
}

/// The page of who has to wait.
pub(super) fn wait(visit: &Visit, purpose: &Purpose, until: Timestamp) -> Response {
    let shell = purpose.shell(visit, purpose.language());
    html(StatusCode::OK, &Waiting::new(shell, Visit::seconds_until(until)), None)
}

/// Begins a sign-in, for what is kept with it.
pub(super) async fn begin(visit: &Visit, request: String) -> Result<Response, Failure> {
    Ok(visit.to_new("/sign-in", &begun(visit, request).await?, false))
}

/// Begins a sign-in whose first page is the warning of a last day.
pub(super) async fn begin_with_warning(
    visit: &Visit,
    request: String,
) -> Result<Response, Failure> {
    Ok(visit.to_new("/sign-in/warning", &begun(visit, request).await?, false))
}

/// Begins the sign-in of this tab once more.
pub(super) async fn begin_again(visit: &Visit, request: String) -> Result<Response, Failure> {
    Ok(visit.to_new("/sign-in", &begun(visit, request).await?, true))
}

async fn begun(visit: &Visit, request: String) -> Result<SignInId, Failure> {
    let begun = visit.blocking(move |site| {
        site.service.begin(&site.pool, &request, &|| site.now(), &mut Site::random())
    });
    begun.await
}

/// The page where a key is chosen.
fn choose(visit: &Visit, purpose: &Purpose, demand: &Demand) -> Response {
    let shell = purpose.shell(visit, purpose.language());
    let name = purpose.name(&visit.site, shell.language);
    let keys: Vec<Key> = demand.open_keys().collect();
    let page = Choose::new(shell, name, &keys, &demand.phase);
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
    let shell = purpose.shell(visit, purpose.language());
    let name = purpose.name(&visit.site, shell.language);
    let can_forget = visit.site.service.offers(Key::Mail);
    html(status, &AskPassword::new(shell, name, user_name, can_forget, wrong), None)
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
    let shell = purpose.shell(visit, wished);
    let name = purpose.name(&visit.site, shell.language);
    let page = AskCode::new(shell, name, asked.position().number(), wrong);
    Ok(html(status, &page, purpose.target(&visit.site)))
}

/// The page where the code of an app or of an e-mail is given; its form ends at the application.
pub(super) async fn ask_key_code(
    visit: &Visit,
    asked: &KeyAsked,
    status: StatusCode,
    wrong: Option<Wrong>,
) -> Result<Response, Failure> {
    let purpose = Purpose::kept(asked.request());
    let wished = match purpose.language() {
        Some(language) => Some(language),
        None => of_account(visit, asked.holder().as_str()).await?,
    };
    let shell = purpose.shell(visit, wished);
    let name = purpose.name(&visit.site, shell.language);
    let page = AskKeyCode::new(shell, name, asked.key(), wrong);
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
pub(super) fn ended(visit: &Visit, purpose: &Purpose, message: Message) -> Response {
    let shell = purpose.shell(visit, purpose.language());
    let page = Notice::new(shell, message);
    visit.without_sign_in(html(StatusCode::FORBIDDEN, &page, None))
}
