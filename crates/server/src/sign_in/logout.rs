//! `/logout` and `/sign-out`: somebody signs out, here or by way of an application (OpenID Connect
//! RP-Initiated Logout 1.0).

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};

use super::{
    answer::{html, redirect, with_cookie},
    cookie,
    failure::Failure,
    visit::Visit,
};
use crate::{
    config::{Application, Config, RedirectUri},
    openid::{Parameters, with_query},
    pages::{Message, SignOut},
};

/// What an application asks for that has somebody sign out.
struct Wanted<'c> {
    application: &'c Application,
    /// Whom it means; as its token says, which we have signed.
    subject: Option<String>,
    /// Where it has the browser sent, if that is an address of its own.
    target: Option<(&'c RedirectUri, Option<String>)>,
}

impl<'c> Wanted<'c> {
    fn read(parameters: &Parameters, visit: &'c Visit) -> Option<Self> {
        let config: &'c Config = &visit.site.config;
        let claims =
            parameters.get("id_token_hint").and_then(|hint| visit.site.keys.verified(hint));
        let text = |name: &str| claims.as_ref()?.get(name)?.as_str().map(str::to_owned);
        let hinted = text("aud");
        let said = parameters.get("client_id");
        if let (Some(hinted), Some(said)) = (&hinted, said)
            && hinted != said
        {
            return None;
        }
        let application = config.application(hinted.as_deref().or(said)?)?;
        let wanted = parameters.get("post_logout_redirect_uri");
        let mut uris = application.post_logout_redirect_uris.iter();
        let found = wanted.and_then(|wanted| uris.find(|uri| uri.as_str() == wanted));
        let state = parameters.get("state").map(str::to_owned);
        let target = found.map(|uri| (uri, state));
        Some(Self { application, subject: text("sub"), target })
    }

    fn address(&self) -> Option<String> {
        let (uri, state) = self.target.as_ref()?;
        let state: Vec<_> = state.iter().map(|state| ("state", state.as_str())).collect();
        Some(if state.is_empty() {
            uri.as_str().to_owned()
        } else {
            with_query(uri.as_str(), &state)
        })
    }
}

/// `GET /logout`: with a token of ours that names who is signed in, at once; otherwise after a
/// question, since anybody can send a browser here.
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    let parameters = visit.parameters();
    let wanted = Wanted::read(&parameters, &visit).filter(|_| !parameters.is_twice());
    let id = visit.session();
    let session = visit.blocking(move |site| match id {
        Some(id) => site.service.session(&site.pool, &id, &|| site.now()),
        None => Ok(None),
    });
    let Some(session) = session.await? else { return Ok(gone(&visit, wanted.as_ref())) };
    let is_meant = wanted.as_ref().is_some_and(|wanted| {
        let subject = visit.site.service.subject(&wanted.application.sector, &session.holder);
        wanted.subject.as_ref() == Some(&subject)
    });
    if is_meant {
        end(&visit).await?;
        return Ok(gone(&visit, wanted.as_ref()));
    }
    let target = wanted.as_ref().and_then(|wanted| wanted.target.as_ref());
    let query = target.is_some().then_some(visit.query.as_str());
    let page = SignOut::new(visit.shell(None), query);
    Ok(html(StatusCode::OK, &page, target.map(|(uri, _)| uri.origin())))
}

/// `POST /logout`, by a form of an application: the same by `GET`, with the browser's cookies.
pub(super) async fn from_elsewhere(visit: Arc<Visit>) -> Result<Response, Failure> {
    Ok(redirect(&format!("/logout?{}", visit.form.to_query())))
}

/// `GET /sign-out`: the question.
pub(super) async fn again(_visit: Arc<Visit>) -> Result<Response, Failure> {
    Ok(redirect("/logout"))
}

/// `POST /sign-out`
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    end(&visit).await?;
    let query = visit.form.get("query").unwrap_or_default();
    let parameters = Parameters::read(query.as_bytes());
    let wanted = Wanted::read(&parameters, &visit).filter(|_| !parameters.is_twice());
    Ok(gone(&visit, wanted.as_ref()))
}

async fn end(visit: &Visit) -> Result<(), Failure> {
    let Some(id) = visit.session() else { return Ok(()) };
    visit.blocking(move |site| site.service.sign_out(&site.pool, &id, &|| site.now())).await
}

fn gone(visit: &Visit, wanted: Option<&Wanted<'_>>) -> Response {
    let response = match wanted.and_then(Wanted::address) {
        Some(address) => redirect(&address),
        None => visit.notice(StatusCode::OK, Message::SignedOut),
    };
    let response = with_cookie(response, &cookie::delete(cookie::SESSION));
    with_cookie(response, &cookie::delete(cookie::SIGN_IN))
}
