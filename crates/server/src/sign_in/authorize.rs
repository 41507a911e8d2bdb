//! `/authorize`: an application wants to know who somebody is.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::{SessionId, grant::Authorization, session::Decision};

use super::{
    answer::redirect,
    failure::Failure,
    flow::{self, Purpose},
    metrics::Counted,
    site::Site,
    visit::Visit,
};
use crate::{
    openid::{self, Answer, AuthorizationRequest, Prompt, Refusal, WhyNotSentBack},
    pages::Message,
};

/// No request is longer, in bytes.
const LONGEST: usize = 16 * 1024;

/// `GET /authorize`
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    let parameters = visit.parameters();
    let parsed = openid::parse(&parameters, &visit.site.config);
    let (request, application) = match parsed {
        Ok(parsed) => parsed,
        Err(Refusal::SentBack(Answer(to))) => return Ok(redirect(&to)),
        Err(Refusal::Page(why)) => {
            let message = match why {
                WhyNotSentBack::Client => Message::NoClient,
                WhyNotSentBack::RedirectUri => Message::NoRedirect,
            };
            return Ok(visit.notice(StatusCode::BAD_REQUEST, message));
        }
    };
    let sector = application.sector.clone();
    let (id, purpose) = (visit.session(), Purpose { request: Some(request.clone()), change: None });
    let looked = visit.blocking(move |site| {
        let demand = purpose.demand(site)?;
        let (now, session) = (
            jiff::Timestamp::now(),
            match &id {
                Some(id) => site.service.session(&site.pool, id, &|| site.now())?,
                None => None,
            },
        );
        let (Some(id), Some(session), Some(request)) = (id, session, purpose.request) else {
            return Ok((demand.decide(None, false, now), None));
        };
        let is_told = demand.phase.warns_of(session.key).is_some()
            && site.service.is_told(&site.pool, &id, &request.client)?;
        let subject = site.service.subject(&sector, &session.holder);
        let decision = demand.decide(Some(&session), is_told, now);
        Ok::<_, Failure>((decision, Some((id, subject))))
    });
    let (mut decision, looked) = looked.await?;
    let issuer = visit.site.config.issuer.as_str();
    if let (Decision::Grant | Decision::Warn { .. }, Some(hint), Some((_, subject))) =
        (decision, &request.id_token_hint, &looked)
    {
        // The application means somebody: another one's session doesn't do.
        let meant = visit.site.keys.verified(hint);
        let is_meant = meant.is_some_and(|claims| claims["sub"] == subject.as_str());
        decision = match (is_meant, request.prompt) {
            (true, _) => decision,
            (false, Prompt::None) => Decision::LoginRequired,
            (false, _) => Decision::SignIn,
        };
    }
    match (decision, looked) {
        (Decision::Grant, Some((id, _))) => grant(&visit, id, request).await,
        (Decision::LoginRequired, _) => Ok(redirect(&request.refused(issuer, "login_required").0)),
        (Decision::InteractionRequired, _) => {
            Ok(redirect(&request.refused(issuer, "interaction_required").0))
        }
        (Decision::Warn { .. }, _) => flow::begin_with_warning(&visit, request.to_text()).await,
        (Decision::Grant | Decision::SignIn, _) => flow::begin(&visit, request.to_text()).await,
    }
}

/// `POST /authorize`: the same by `GET`, with which the browser sends its cookies; of a form of
/// another site it sends none.
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    let query = visit.form.to_query();
    if query.len() > LONGEST || visit.form.is_twice() {
        return Ok(visit.notice(StatusCode::BAD_REQUEST, Message::NoClient));
    }
    Ok(redirect(&format!("/authorize?{query}")))
}

/// Sends the browser to the application, with a code.
pub(super) async fn grant(
    visit: &Visit,
    session: SessionId,
    request: AuthorizationRequest,
) -> Result<Response, Failure> {
    let issuer = visit.site.config.issuer.as_str();
    let asked = request.clone();
    let granted = visit.blocking(move |site| {
        let clock = || site.now();
        let Some(found) = site.service.session(&site.pool, &session, &clock)? else {
            return Ok(None);
        };
        let purpose = Purpose { request: Some(asked.clone()), change: None };
        // The last day with the token may have ended meanwhile.
        if !purpose.demand(site)?.takes(found.key) {
            return Ok(None);
        }
        let application = purpose.application(site);
        if let Some(hint) = &asked.id_token_hint {
            // The application is never given somebody else than it means (OpenID Connect Core 1.0
            // §3.1.2.2).
            let subject = application
                .map(|application| site.service.subject(&application.sector, &found.holder));
            let meant = site.keys.verified(hint);
            let meant = meant.as_ref().and_then(|claims| claims["sub"].as_str());
            if meant.is_none() || meant != subject.as_deref() {
                return Ok(None);
            }
        }
        let authorization = Authorization {
            phases_out: application.is_some_and(|application| application.phase_out.is_some()),
            client: asked.client,
            redirect_uri: asked.redirect_uri,
            scopes: asked.scopes.join(" "),
            nonce: asked.nonce,
            pkce: asked.code_challenge.and_then(|challenge| challenge.parse().ok()),
            acr: Some(site.config.levels.of(found.key).uri.clone()),
        };
        let random = &mut Site::random();
        let code = site.service.grant(&site.pool, &session, &authorization, &clock, random)?;
        Ok::<_, Failure>(code)
    });
    match granted.await? {
        Some(code) => {
            visit.site.metrics.count(Counted::Granted);
            Ok(redirect(&request.granted(issuer, code.expose()).0))
        }
        None => Ok(redirect(&request.refused(issuer, "access_denied").0)),
    }
}

/// The address that a sign-in which is over goes on at: the same request, for whoever is signed in
/// by now.
pub(super) fn address(request: &AuthorizationRequest) -> String {
    format!("/authorize?{}", request.to_query())
}
