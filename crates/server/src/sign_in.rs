//! The sign-in service: what people's browsers and applications speak to.
//!
//! A handler reads what came, has `tokenkaart_auth` decide, and answers; there is a file for each
//! address.

mod account;
mod answer;
mod authorize;
mod card;
mod change;
mod code;
mod cookie;
mod failure;
mod first;
mod fixed;
mod flow;
mod forgotten;
mod headers;
mod key;
mod key_code;
mod language;
mod log;
mod logout;
mod lost;
mod metrics;
mod password;
mod phase_out;
mod places;
mod qr;
mod resting;
mod sending;
mod serve;
mod site;
mod tabs;
mod token;
mod userinfo;
mod visit;
mod warning;

use std::path::PathBuf;

use axum::{
    Router,
    routing::{any, get, post},
};
use clap::Args;
use tokenkaart_auth::{session::Lasting, sign_in::Entrance};
use tokenkaart_terminal::{Failure, Outcome};
use tracing::Level;

pub(super) use self::{
    answer::{html, json_text, plain, redirect, set_cookie, with_cookie},
    cookie::{delete as no_cookie, keep as lasting_cookie},
    failure::Failure as FailedVisit,
    fixed::{health_of, script_of_pages, style_of},
    headers::guard,
    log::log,
    metrics::Counted,
    password::too_many,
    serve::{Signals, listen, runtime, serve},
    site::{Face, Site},
    visit::{Visit, find_cookie},
};
use self::{
    serve::{Part, Stop},
    visit::{page, raw},
};
use crate::{config::Config, pages::Style};

/// The paths of the service, as its log names them.
const PATHS: [&str; 25] = [
    "/",
    "/sign-in",
    "/sign-in/key",
    "/sign-in/warning",
    "/sign-in/password",
    "/sign-in/code",
    "/account",
    "/account/card",
    "/account/keys",
    "/account/lost",
    "/activate",
    "/change",
    "/start",
    "/forgotten",
    "/sign-out",
    "/authorize",
    "/logout",
    "/token",
    "/userinfo",
    "/jwks",
    "/.well-known/openid-configuration",
    "/style.css",
    "/page.js",
    "/healthz",
    "/metrics",
];

#[derive(Args)]
pub(super) struct Options {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "server.toml")]
    config: PathBuf,
}

/// `tokenkaart-server sign-in`
pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    log(Level::INFO);
    let config = Config::read(&args.config)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let face = face(&config);
    let site = Site::open(config, face)?;
    runtime()?.block_on(async {
        let signals = Signals::new()?;
        let listener = listen(site.config.listen).await?;
        let metrics = match site.config.metrics {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        tracing::info!("{} listens on {}", site.config.issuer.as_str(), site.config.listen);
        signals
            .run(|stop| {
                let mut parts = vec![serve(listener, router(&site), stop.clone())];
                let metrics =
                    metrics.map(|metrics| serve(metrics, metrics_router(&site), stop.clone()));
                parts.extend(metrics);
                parts.extend(beside(&site, &stop));
                parts
            })
            .await
    })?;
    Ok(Outcome::Done)
}

/// What the service does beside answering.
pub(super) fn beside(site: &Site, stop: &Stop) -> [Part; 3] {
    [phase_out::watch, sending::sending, resting::resting].map(|part| part(site, stop.clone()))
}

/// The same of the desk, which closes no last day.
pub(super) fn beside_the_desk(site: &Site, stop: &Stop) -> [Part; 2] {
    [sending::sending, resting::resting].map(|part| part(site, stop.clone()))
}

/// The service of citizens and applications.
pub(super) fn face(config: &Config) -> Face {
    Face {
        entrance: Entrance::Citizens,
        actor: "sign-in",
        origin: config.issuer.clone(),
        form_cookie: cookie::FORM,
        paths: PATHS.to_vec(),
        style: Style::of(&config.office),
        lasting: Lasting::default(),
    }
}

/// All addresses of the service.
pub(super) fn router(site: &Site) -> Router {
    Router::new()
        .route("/", get(page(account::home)))
        .route("/sign-in", get(page(flow::show)))
        .route("/sign-in/key", get(page(key::show)).post(page(key::submit)))
        .route("/sign-in/warning", get(page(warning::show)).post(page(warning::submit)))
        .route("/sign-in/password", get(page(flow::again)).post(page(password::submit)))
        .route("/sign-in/code", get(page(flow::again)).post(page(code::submit)))
        .route("/account", get(page(account::show)))
        .route("/account/card", get(page(card::again)).post(page(card::submit)))
        .route("/account/lost", get(page(lost::show)).post(page(lost::submit)))
        .route("/account/keys", get(page(change::keys)).post(page(change::choose)))
        .route("/start", get(page(first::show)).post(page(first::submit)))
        .route("/forgotten", get(page(forgotten::show)).post(page(forgotten::submit)))
        .route("/activate", get(page(change::activate)))
        .route("/change", get(page(change::show)).post(page(change::submit)))
        .route("/sign-out", get(page(logout::again)).post(page(logout::submit)))
        .route("/authorize", get(page(authorize::show)).post(page(authorize::submit)))
        .route("/logout", get(page(logout::show)).post(page(logout::from_elsewhere)))
        .route("/token", post(raw(token::submit)))
        .route("/userinfo", get(raw(userinfo::show)).post(raw(userinfo::show)))
        .route("/jwks", get(raw(fixed::jwks)))
        .route("/.well-known/openid-configuration", get(raw(fixed::discovery)))
        .route("/style.css", get(raw(fixed::style)))
        .route("/page.js", get(raw(fixed::script)))
        .route("/healthz", get(raw(fixed::health)))
        .fallback(any(page(fixed::not_found)))
        .layer(axum::middleware::from_fn_with_state(site.clone(), headers::guard))
        .with_state(site.clone())
}

/// `/metrics`, and nothing else.
pub(super) fn metrics_router(site: &Site) -> Router {
    Router::new().route("/metrics", get(raw(fixed::metrics))).with_state(site.clone())
}
