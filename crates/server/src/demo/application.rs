//! The demo's application: a page that says who has signed in, with a session of its own.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::Value;

use super::{
    addresses::{CLIENT, CLIENTS},
    relying_party::{Pending, Person, RelyingParty, form, fresh},
    set_up::Demo,
};
use crate::{
    openid::Parameters,
    sign_in::{find_cookie, redirect, set_cookie},
};

/// The application's own cookie.
const SESSION: &str = "__Host-app";
/// The most sessions that are kept.
const MOST: usize = 1000;

struct Application {
    party: RelyingParty,
    address: String,
    visitors: Mutex<BTreeMap<String, Visitor>>,
}

/// A browser that the application knows.
#[derive(Clone)]
enum Visitor {
    SigningIn(Pending),
    SignedIn(Person),
}

#[derive(Template)]
#[template(path = "application.html")]
struct Page {
    claims: Option<Vec<(String, String)>>,
    error: Option<String>,
}

pub(super) fn router(demo: &Demo) -> Router {
    let addresses = &demo.addresses;
    let port = addresses.issuer.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let party = RelyingParty {
        issuer: addresses.issuer.clone(),
        redirect_uri: addresses.redirect_uri.clone(),
        secret: demo.client_secret.clone(),
        service: SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or_default())),
    };
    let application =
        Application { party, address: addresses.application.clone(), visitors: Mutex::default() };
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/back", get(back))
        .route("/sign-out", post(sign_out))
        .with_state(Arc::new(application))
}

impl Application {
    fn visitor(&self, headers: &HeaderMap) -> Option<(String, Visitor)> {
        let cookie = find_cookie(headers, SESSION)?;
        let visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        visitors.get(&cookie).cloned().map(|visitor| (cookie, visitor))
    }

    /// Keeps a visitor by a new id; the old one names nobody any more.
    fn keep(&self, old: Option<String>, visitor: Visitor) -> Option<String> {
        let id = fresh().ok()?;
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = old {
            visitors.remove(&old);
        }
        if visitors.len() >= MOST {
            visitors.clear();
        }
        visitors.insert(id.clone(), visitor);
        Some(id)
    }

    fn forget(&self, id: &str) {
        self.visitors.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

fn show(status: StatusCode, page: &Page) -> Response {
    let mut response = (status, page.render().unwrap_or_default()).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn home(State(application): State<Arc<Application>>, headers: HeaderMap) -> Response {
    let claims = match application.visitor(&headers) {
        Some((_, Visitor::SignedIn(person))) => Some(rows(&person.claims)),
        _ => None,
    };
    show(StatusCode::OK, &Page { claims, error: None })
}

fn rows(claims: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let claims = claims.as_object().into_iter().flatten();
    claims.map(|(name, value)| (name.clone(), text(value))).collect()
}

async fn sign_in(State(application): State<Arc<Application>>, request: Request) -> Response {
    let old = application.visitor(request.headers()).map(|(id, _)| id);
    let query = Parameters::read(request.uri().query().unwrap_or_default().as_bytes());
    let wanted = query.get("client").unwrap_or(CLIENT);
    let client = CLIENTS.into_iter().find(|client| *client == wanted).unwrap_or(CLIENT);
    let Ok(pending) = Pending::new(client) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let address = application.party.address(&pending);
    match application.keep(old, Visitor::SigningIn(pending)) {
        Some(id) => set_cookie(redirect(&address), SESSION, &id),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn back(State(application): State<Arc<Application>>, request: Request) -> Response {
    let visitor = application.visitor(request.headers());
    let answer = Parameters::read(request.uri().query().unwrap_or_default().as_bytes());
    let failed =
        |error: String| show(StatusCode::BAD_REQUEST, &Page { claims: None, error: Some(error) });
    let Some((id, Visitor::SigningIn(pending))) = visitor else {
        return failed("nobody is signing in in this browser".to_owned());
    };
    match application.party.finish(&answer, &pending).await {
        Ok(person) => match application.keep(Some(id), Visitor::SignedIn(person)) {
            Some(id) => set_cookie(redirect(&application.address), SESSION, &id),
            None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        Err(error) => {
            application.forget(&id);
            failed(error.to_string())
        }
    }
}

async fn sign_out(State(application): State<Arc<Application>>, headers: HeaderMap) -> Response {
    let Some((id, visitor)) = application.visitor(&headers) else {
        return redirect(&application.address);
    };
    application.forget(&id);
    let Visitor::SignedIn(person) = visitor else { return redirect(&application.address) };
    let query = form(&[
        ("client_id", person.client),
        ("id_token_hint", &person.id_token),
        ("post_logout_redirect_uri", &application.address),
    ]);
    redirect(&format!("{}/logout?{query}", application.party.issuer))
}
